"""Beta-determined sequences (11): the hop over the stationary point, and Lemma 1 with its sharper form."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from proofs_check import (
    And,
    Claim,
    Clause,
    Derivation,
    Form,
    Implies,
    Process,
    Q,
    Statement,
    Step,
    between,
    induction,
    kernel,
    reals,
    root,
    smt,
)
from proofs_check.attacks import sequences
from proofs_check.periodic.searches import searched
from sitheory.theory import periodic

alpha, beta, x, x0, p, r = reals("alpha beta x x_0 p r")
SMALL = between(Q(0), alpha, high=Q(1, 2))
star, is_star = root(periodic.stationary_sq(alpha, beta), "x_star")
hop_level = periodic.hop_ratio(alpha) * star
following = periodic.beta_next(x, alpha, beta)
MOVING = [*SMALL, beta > 0, x > 0, is_star]
ORBIT = "beta_orbit alpha beta x0"
STAR = "sqrt (beta / alpha)"

only_if = Statement([*MOVING, x < star, star < following], x < hop_level)
from_above = Statement([*MOVING, star < x], star < following)
otherwise = Statement(
    [*MOVING, hop_level <= x],
    And(
        Implies(x <= star, And(x <= following, following <= star)),
        Implies(x >= star, And(star <= following, following <= x)),
        (following - star) ** 2 <= ((1 - alpha) * (x - star)) ** 2,
    ),
)
exactly_if = Statement(MOVING, And(x < star, star < following) == (x < hop_level))
lands_beyond = Statement(MOVING, following > hop_level)
MONOTONE = (
    "forall alpha beta x0, 0 < alpha < 1 / 2 -> 0 < beta -> let s := sqrt (beta / alpha) in "
    "(alpha / (1 - alpha) * s <= x0 <= s -> "
    f"forall t, {ORBIT} t <= {ORBIT} (S t) <= s) /\\ "
    f"(s <= x0 -> forall t, s <= {ORBIT} (S t) <= {ORBIT} t) /\\ "
    "({reach} <= x0 -> "
    f"forall t, Rabs ({ORBIT} t - s) <= (1 - alpha) ^ t * Rabs (x0 - s))"
)
ONCE = (
    "forall (alpha beta : R) (x : nat -> R), 0 < alpha < 1 / 2 -> 0 < beta -> 0 < x 0%nat -> "
    "(forall t, x (S t) = periodic_beta_next (x t) alpha beta) -> forall t, "
    "(x ({t}) < sqrt (beta / alpha) -> x ({t}) < x (S ({t})) < sqrt (beta / alpha)) /\\ "
    "(sqrt (beta / alpha) < x ({t}) -> sqrt (beta / alpha) < x (S ({t})) < x ({t}))"
)
HOP = Claim(
    id="periodic:hop",
    source="periodic A.4.1, below the chain",
    printed=Form(
        r"$x_{t+1}$ can hop over $x^*$ only if $x_t < \frac{\alpha}{1-\alpha} x^*$; "
        "otherwise the approach is monotone.",
        (
            smt(only_if, part="only if", mutants=[only_if.but(then=x < alpha * star)]),
            smt(from_above, part="not from above", mutants=[from_above.but(given=[*MOVING, star <= x])]),
            kernel(
                "forall alpha beta x, 0 < alpha < 1 / 2 -> 0 < beta -> 0 < x -> "
                "x < sqrt (beta / alpha) < periodic_beta_next x alpha beta -> "
                "x < alpha / (1 - alpha) * sqrt (beta / alpha)",
                "ltac:(intros; apply Beta.hop_iff; assumption)",
                part="only if",
                mutants=[
                    "forall alpha beta x, 0 < alpha < 1 / 2 -> 0 < beta -> 0 < x -> "
                    "x < sqrt (beta / alpha) < periodic_beta_next x alpha beta -> "
                    "x < alpha * sqrt (beta / alpha)"
                ],
            ),
            kernel(
                "forall alpha beta x, 0 < alpha < 1 / 2 -> 0 < beta -> 0 < x -> "
                "sqrt (beta / alpha) < x -> sqrt (beta / alpha) < periodic_beta_next x alpha beta",
                "ltac:(intros; apply Beta.hop_iff; assumption)",
                part="not from above",
                mutants=[
                    "forall alpha beta x, 0 < alpha < 1 / 2 -> 0 < beta -> 0 < x -> "
                    "sqrt (beta / alpha) <= x -> sqrt (beta / alpha) < periodic_beta_next x alpha beta"
                ],
            ),
            smt(
                otherwise,
                part="otherwise",
                mutants=[
                    otherwise.but(given=[*MOVING, alpha * star <= x]),
                    otherwise.but(then=(following - star) ** 2 <= ((1 - 2 * alpha) * (x - star)) ** 2),
                ],
            ),
            kernel(
                MONOTONE.format(reach="alpha / (1 - alpha) * s"),
                "Beta.hop_monotone",
                part="otherwise",
                mutants=[MONOTONE.format(reach="alpha * s")],
                total=True,
            ),
            searched(
                sequences.HOP_ONLY_BELOW_LEVEL, wrong=[sequences.HOP_ONLY_BELOW_ALPHA_X_STAR], part="only if"
            ),
            searched(
                sequences.HOP_NOT_FROM_ABOVE,
                wrong=[sequences.HOP_NOT_FROM_ABOVE_WITH_OTHER_BETAS],
                part="not from above",
            ),
            searched(
                sequences.HOP_OTHERWISE_MONOTONE,
                wrong=[sequences.HOP_MONOTONE_ABOVE_ALPHA_X_STAR],
                part="otherwise",
            ),
        ),
        note="Monotone in the weak sense: at alpha/(1-alpha) x* itself the next value is x* and stays there.",
        clauses=(
            Clause("it can hop over only if it is below that level", ("only if", "not from above")),
            Clause("otherwise the approach is monotone", ("otherwise",)),
        ),
    ),
    amended=Form(
        r"Stronger: a sequence below $x^*$ hops over it if and only if $x_t < \frac{\alpha}{1-\alpha} x^*$, "
        r"and only its first step can: for $t \ge 1$ it is strictly monotone and keeps its side of $x^*$ "
        "(unless it has landed on it).",
        (
            smt(
                exactly_if,
                part="if and only if",
                mutants=[exactly_if.but(then=And(x < star, star < following) == (x <= hop_level))],
            ),
            kernel(
                "forall alpha beta x, 0 < alpha < 1 / 2 -> 0 < beta -> 0 < x -> "
                "(x < sqrt (beta / alpha) < periodic_beta_next x alpha beta <-> "
                "x < alpha / (1 - alpha) * sqrt (beta / alpha))",
                "ltac:(intros; apply Beta.hop_iff; assumption)",
                part="if and only if",
                mutants=[
                    "forall alpha beta x, 0 < alpha < 1 / 2 -> 0 < beta -> 0 < x -> "
                    "(x < sqrt (beta / alpha) < periodic_beta_next x alpha beta <-> "
                    "x <= alpha / (1 - alpha) * sqrt (beta / alpha))"
                ],
            ),
            smt(
                lands_beyond,
                part="only the first step",
                mutants=[
                    lands_beyond.but(then=following > 2 * hop_level),
                    lands_beyond.but(then=following > star),
                ],
            ),
            kernel(
                ONCE.format(t="S t"),
                "BetaMore.hop_only_at_the_first_step",
                part="only the first step",
                mutants=[ONCE.format(t="t")],
            ),
            searched(
                sequences.HOP_EXACTLY_BELOW_LEVEL,
                wrong=[sequences.HOP_EXACTLY_BELOW_X_STAR],
                part="if and only if",
            ),
            searched(
                sequences.HOP_MONOTONE_FROM_SECOND_VALUE_ON,
                wrong=[sequences.HOP_MONOTONE_FROM_FIRST_VALUE_ON],
                part="only the first step",
            ),
        ),
        clauses=(
            Clause("it hops if and only if", ("if and only if",)),
            Clause("only its first step can", ("only the first step",)),
        ),
    ),
    needs=("periodic:13b", "periodic:13d"),
)


def rate() -> list[Derivation]:
    """One step of Lemma 1: the factor by which gamma - 1 shrinks, and its distance from both bounds."""
    import sympy

    a, g = sympy.symbols("alpha gamma", positive=True)
    lower, upper = periodic.beta_rates(a)
    factor = (1 - a) - a / g
    one = Derivation(
        periodic.phi(g, a) - 1,
        [
            Step(((1 - a) * g**2 - g + a) / g, "over the common denominator gamma"),
            Step((g - 1) * ((1 - a) * g - a) / g, "gamma = 1 is a root of the numerator"),
            Step((g - 1) * factor, "divide the second factor by gamma"),
        ],
        "each step multiplies gamma_t - 1 by (1 - alpha) - alpha/gamma_t",
        "the factor of a step",
    )
    below = Derivation(
        factor - lower,
        [Step(a * (g - 1) / g, "collect")],
        "the factor exceeds 1 - 2 alpha by alpha (gamma - 1)/gamma > 0 where gamma > 1",
        "the lower rate",
    )
    above = Derivation(
        upper - factor,
        [Step(a / g, "collect")],
        "the factor is below 1 - alpha by alpha/gamma > 0; t steps, by induction, multiply t such factors",
        "the upper rate",
    )
    squared = Derivation(
        periodic.phi(g, a) ** 2 - 1,
        [
            Step((1 - a) ** 2 * (g**2 - 1) + a**2 * (1 / g**2 - 1), "1 = ((1 - alpha) + alpha)^2"),
            Step((g**2 - 1) * ((1 - a) ** 2 - a**2 / g**2), "take out gamma^2 - 1"),
        ],
        "each step multiplies gamma_t^2 - 1 by a factor between 1 - 2 alpha and (1 - alpha)^2",
        "the same for squares",
    )
    return [one, below, above, squared]


slow, fast = periodic.beta_rates(alpha)
slow_sq, fast_sq = periodic.beta_rates_of_squares(alpha)


def _shrinking(value: Callable[[Any], Any], limit: Any, rates: tuple) -> Process:
    """Bounds low^t (v_0 - limit) <= v_t - limit <= high^t (v_0 - limit); p and r follow the two powers."""
    start = value(x0) - limit
    bounds = And(p * start <= value(x) - limit, value(x) - limit <= r * start)
    return Process(
        state=[x, p, r],
        following=[following, rates[0] * p, rates[1] * r],
        given=[*SMALL, beta >= 0, is_star, x0 > star],
        start=[x == x0, p == 1, r == 1],
        invariant=[x > star, p >= 0, r >= 0, bounds],
        then=bounds,
    )


bounded = _shrinking(lambda v: v, star, (slow, fast))
strictly = Process(
    state=[x, p, r],
    following=bounded.following,
    given=[*SMALL, beta > 0, is_star, x0 > star],
    start=[x == periodic.beta_next(x0, alpha, beta), p == slow, r == fast],
    invariant=[x > star, p > 0, r > 0, p * (x0 - star) < x - star, x - star < r * (x0 - star)],
)
squares = _shrinking(lambda v: v**2, star**2, (slow_sq, fast_sq))
# With r = (1 - alpha)^t: the bound on squares gives the printed one.
sharper = Statement(
    [star >= 0, x0 > star, r > 0, r <= 1, x >= star, x**2 - star**2 <= r**2 * (x0**2 - star**2)],
    x - star <= r * (x0 - star),
)
LEMMA1 = (
    "forall alpha beta x0, 0 < alpha < 1 / 2 -> 0 <= beta -> x0 > sqrt (beta / alpha) -> forall t, "
    f"(1 - 2 * alpha) ^ t * (x0 - {STAR}) <= {ORBIT} t - {STAR} <= (1 - {{rate}}) ^ t * (x0 - {STAR})"
)
STRICT = (
    "forall alpha beta x0, 0 < alpha < 1 / 2 -> {sign} beta -> x0 > sqrt (beta / alpha) -> "
    f"forall t, (1 <= t)%nat -> (1 - 2 * alpha) ^ t * (x0 - {STAR}) < {ORBIT} t - {STAR} "
    f"< (1 - alpha) ^ t * (x0 - {STAR})"
)
SQUARES = (
    "forall (alpha beta : R) (x : nat -> R), 0 < alpha < 1 / 2 -> 0 <= beta -> "
    "sqrt (beta / alpha) < x 0%nat -> (forall t, x (S t) = periodic_beta_next (x t) alpha beta) -> "
    "forall t, (1 - 2 * alpha) ^ t * (x 0%nat ^ 2 - beta / alpha) <= x t ^ 2 - beta / alpha /\\ "
    "x t ^ 2 - beta / alpha <= (1 - {rate}) ^ (2 * t) * (x 0%nat ^ 2 - beta / alpha)"
)
LIMIT = (
    "forall (alpha beta : R) (x : nat -> R), 0 < alpha < 1 / 2 -> 0 < beta -> "
    "sqrt (beta / alpha) < x 0%nat -> "
    "(forall t, x (S t) = periodic_beta_next (x t) alpha beta) -> "
    "Un_cv (fun t => (x (S t) - sqrt (beta / alpha)) / (x t - sqrt (beta / alpha))) (1 - {rate})"
)
LEMMA_1 = Claim(
    id="periodic:lemma1",
    source="periodic Lemma 1, with the strict bounds above it",
    printed=Form(
        r"For $\beta \ge 0$, $x_0 > x^*$ and all $t$: "
        r"$(1-2\alpha)^t (x_0-x^*) \le x_t-x^* \le (1-\alpha)^t (x_0-x^*)$; "
        r"strictly for $t \ge 1$ and $\beta > 0$.",
        (
            induction(
                bounded,
                part="all t",
                mutants=[
                    _shrinking(lambda v: v, star, (fast, fast)),
                    _shrinking(lambda v: v, star, (slow, slow)),
                ],
            ),
            kernel(
                LEMMA1.format(rate="alpha"),
                "Beta.lemma1",
                part="all t",
                mutants=[LEMMA1.format(rate="2 * alpha")],
            ),
            induction(
                strictly,
                part="strictly",
                mutants=[replace(strictly, given=[*SMALL, beta >= 0, is_star, x0 > star])],
            ),
            kernel(
                STRICT.format(sign="0 <"),
                "Beta.lemma1_strict",
                part="strictly",
                mutants=[STRICT.format(sign="0 <=")],
            ),
            searched(
                sequences.LEMMA1_LOWER_BOUND,
                wrong=[sequences.LEMMA1_LOWER_BOUND_WITH_RATE_1_ALPHA],
                part="all t",
            ),
            searched(
                sequences.LEMMA1_UPPER_BOUND,
                wrong=[sequences.LEMMA1_UPPER_BOUND_WITH_RATE_1_2_ALPHA],
                part="all t",
            ),
        ),
        clauses=(
            Clause("the two bounds for all t", ("all t",)),
            Clause("strictly for t >= 1 and beta > 0", ("strictly",)),
        ),
    ),
    amended=Form(
        r"Stronger: for all $t$, "
        r"$(1-2\alpha)^t (x_0^2-x^{*2}) \le x_t^2-x^{*2} \le (1-\alpha)^{2t} (x_0^2-x^{*2})$, "
        r"which gives the printed upper bound, pins the rate up to $\alpha^2$, "
        r"and $(x_{t+1}-x^*)/(x_t-x^*) \to 1-2\alpha$ for $\beta > 0$.",
        (
            induction(
                squares,
                part="squares",
                mutants=[
                    _shrinking(lambda v: v**2, star**2, (1, fast_sq)),
                    _shrinking(lambda v: v**2, star**2, (slow_sq, alpha)),
                ],
            ),
            kernel(
                SQUARES.format(rate="alpha"),
                "BetaMore.lemma1_in_squares",
                part="squares",
                mutants=[SQUARES.format(rate="2 * alpha")],
            ),
            smt(
                sharper,
                part="gives the printed bound",
                mutants=[sharper.but(without=3), sharper.but(then=x - star <= r**2 * (x0 - star))],
            ),
            kernel(
                LIMIT.format(rate="2 * alpha"),
                "BetaMore.determined_rate_limit",
                part="the rate in the limit",
                mutants=[LIMIT.format(rate="alpha")],
                total=True,
            ),
            searched(
                sequences.LEMMA1_SQUARES_LOWER_BOUND,
                wrong=[sequences.LEMMA1_LOWER_BOUND_WITH_RATE_1_ALPHA],
                part="squares",
            ),
            searched(
                sequences.LEMMA1_SQUARES_UPPER_BOUND,
                wrong=[sequences.LEMMA1_SQUARES_UPPER_BOUND_WITH_RATE_1_2_ALPHA],
                part="squares",
            ),
        ),
        note="The limit of the rate is the kernel's alone: no other engine here knows limits.",
        clauses=(
            Clause("the two bounds of the squares", ("squares",)),
            Clause("they give the printed bound", ("gives the printed bound",)),
            Clause("the rate in the limit", ("the rate in the limit",)),
        ),
    ),
    needs=("periodic:eq12", "periodic:13b"),
    derivation=rate,
)

CLAIMS = (HOP, LEMMA_1)
