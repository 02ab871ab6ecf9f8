"""Where beta-undetermined sequences end: Proposition 5, and when its interval is reached in finite time."""

from dataclasses import replace

from proofs_check import (
    And,
    Claim,
    Clause,
    Derivation,
    Failure,
    Form,
    Kind,
    Or,
    Process,
    Q,
    Statement,
    Step,
    algebra,
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

alpha, beta, a, b, x, y, u, v = reals("alpha beta a b x y u v")
SMALL = between(Q(0), alpha, high=Q(1, 2))
low, is_low = root(periodic.stationary_sq(alpha, a), "x_a")
high, is_high = root(periodic.stationary_sq(alpha, b), "x_b")
BETAS = [*SMALL, a >= 0, a <= b, is_low, is_high]
settles = periodic.least_a(alpha, b) <= a
following = periodic.beta_next(x, alpha, beta)
_, fast = periodic.beta_rates(alpha)
SEQUENCE = "forall alpha a b beta x, beta_sequence alpha a b beta x -> "
CONDITION = "alpha / (1 - alpha) * sqrt b <= sqrt a -> "
INSIDE = "sqrt (a / alpha) <= x t <= sqrt (b / alpha)"

# ---- the printed proposition: from some t on, in the interval ------------------------------------
settled = SEQUENCE + CONDITION + "exists N, forall t, (N <= t)%nat -> " + INSIDE
nearly = (
    SEQUENCE + CONDITION + "forall eps, 0 < eps -> exists N, forall t, (N <= t)%nat -> "
    "sqrt (a / alpha) - eps <= x t <= sqrt (b / alpha) + eps"
)
# The witness, by another engine: alpha = 1/3, b = 2, so that the upper end is sqrt 6 < 3.
third, two = Q(1, 3), Q(2)
stays_out = Process(
    state=[x],
    following=[periodic.beta_next(x, third, two)],
    given=[],
    start=[x == 3],
    invariant=[x > 0, x * x > periodic.stationary_sq(third, two)],
)
RATE = (
    SEQUENCE + CONDITION + "x O > sqrt (b / alpha) -> forall t, sqrt (a / alpha) < x t /\\ "
    "x t - sqrt (b / alpha) <= (1 - {rate}) ^ t * (x O - sqrt (b / alpha))"
)
# From above and under the condition x_t never falls below the hop level, where each step shrinks v.
from_above = Process(
    state=[x, v],
    following=[following, fast * v],
    given=[*BETAS, settles, a <= beta, beta <= b],
    start=[x > high, v == x - high],
    invariant=[x > low, v >= 0, x - high <= v],
)

# ---- the amended one ---------------------------------------------------------------------------
LINEAR = (
    SEQUENCE + CONDITION + "forall t, "
    "(1 - 2 * alpha) ^ t * (x O - sqrt (a / alpha)) <= x t - sqrt (a / alpha) /\\ "
    "x t - sqrt (b / alpha) <= "
    "(1 - {rate}) ^ t * (Rabs (x O - sqrt (b / alpha)) * Rmax 1 (sqrt (b / alpha) / x O))"
)
# The upper envelope x_{b,t} = y from any start; v starts at |y_0 - x_b| max(1, x_b / y_0).
hop_level = periodic.hop_ratio(alpha) * high
envelope = Process(
    state=[y, v],
    following=[periodic.beta_next(y, alpha, b), fast * v],
    given=[*SMALL, b >= 0, is_high],
    start=[y > 0, v >= y - high, v >= high - y, v * y >= (y - high) * high, v * y >= (high - y) * high],
    invariant=[y > 0, v >= 0, y - high <= v, Or(y >= hop_level, (high - y) * high <= v * y)],
    then=y - high <= v,
)
kept = Statement(
    [*BETAS, settles, x > 0, low <= x, x <= high, a <= beta, beta <= b],
    And(low <= following, following <= high),
)
middle = (low + hop_level) / 2
left = Statement(
    [*BETAS, a < periodic.least_a(alpha, b)],
    And(middle > 0, low <= middle, middle <= high, periodic.beta_next(middle, alpha, b) > high),
)
KEPT = (
    "forall alpha a b : R, 0 < alpha < 1 / 2 -> 0 <= a <= b -> "
    "((forall x beta, 0 < x -> sqrt (a / alpha) <= x <= sqrt (b / alpha) -> a <= beta <= b -> "
    "sqrt (a / alpha) <= periodic_beta_next x alpha beta <= sqrt (b / alpha)) "
    "<-> {ratio} * sqrt b <= sqrt a)"
)
NEEDED = (
    "forall alpha a b x0 : R, 0 < alpha < 1 / 2 -> 0 <= a <= b -> 0 < x0 -> "
    "sqrt a {less} alpha / (1 - alpha) * sqrt b -> exists beta x margin, "
    "beta_sequence alpha a b beta x /\\ x O = x0 /\\ 0 < margin /\\ "
    "forall N, exists t, (N <= t)%nat /\\ sqrt (b / alpha) + margin <= x t"
)
TIME = (
    SEQUENCE + CONDITION + "x O > sqrt (b / alpha) -> forall eps t, 0 < eps -> "
    "ln ((x O - sqrt (b / alpha)) / eps) / {speed} <= INR t -> "
    "sqrt (a / alpha) <= x t <= sqrt (b / alpha) + eps"
)
TIME_OF_SQUARES = (
    SEQUENCE + CONDITION + "x O > sqrt (b / alpha) -> forall eps t, 0 < eps -> "
    "ln ((x O ^ 2 - b / alpha) / eps) <= {speed} * alpha * INR t -> x t ^ 2 <= b / alpha + eps"
)
TIME_NEEDED = (
    "forall alpha b eps x0 t, 0 < alpha < 1 / 2 -> 0 <= b -> 0 < eps -> sqrt (b / alpha) < x0 -> "
    "beta_orbit alpha b x0 t <= sqrt (b / alpha) + eps -> "
    "ln ((x0 - sqrt (b / alpha)) / eps) <= - ln (1 - {speed} * alpha) * INR t"
)


def core() -> list[Derivation]:
    """The three identities that carry Proposition 5, with x_a = A and x_b = X."""
    import sympy

    al, z, low_end, high_end = sympy.symbols("alpha x x_a x_b", positive=True)
    lower = Derivation(
        periodic.beta_next(z, al, al * low_end**2) - low_end - (1 - 2 * al) * (z - low_end),
        [
            Step(al * (z + low_end**2 / z - 2 * low_end), "collect alpha"),
            Step(al * (z - low_end) ** 2 / z, "complete the square"),
        ],
        "x_{t+1} - x_a >= (1 - 2 alpha)(x_t - x_a) from every start, because beta_t >= a",
        "the lower end",
    )
    upper = Derivation(
        periodic.beta_next(z, al, al * high_end**2) - high_end,
        [
            Step(((1 - al) * z**2 - high_end * z + al * high_end**2) / z, "over the common denominator x"),
            Step((z - high_end) * ((1 - al) * z - al * high_end) / z, "x = x_b is a root of the numerator"),
        ],
        "between alpha/(1-alpha) x_b and x_b no step leads above x_b; above x_b the excess shrinks by a "
        "factor below 1 - alpha",
        "the upper end",
    )
    hop = Derivation(
        (1 - al) * low_end - al * high_end,
        [Step((1 - al) * (low_end - periodic.hop_ratio(al) * high_end), "take out 1 - alpha")],
        "all of [x_a, x_b] lies above the hop level if and only if alpha/(1-alpha) sqrt b <= sqrt a",
        "the condition",
    )
    return [lower, upper, hop]


PROPOSITION_5 = Claim(
    id="periodic:prop5",
    source="periodic Proposition 5",
    printed=Form(
        r"If $\frac{\alpha}{1-\alpha}\sqrt b \le \sqrt a$, then "
        r"$\sqrt{a/\alpha} \le x_t \le \sqrt{b/\alpha}$ for $t \gg 1$; "
        r"if $x_0 > \sqrt{b/\alpha}$, linearly in $\mathcal{O}(1/\alpha)$ time.",
        (
            kernel(
                settled,
                "ltac:(intro H; apply BetaMore.prop5_from_some_t_on_refuted; "
                "intros al a b be x Ha Hab Hr H0 Hb Hs; "
                "apply (H al a b be x); [repeat split; auto; try apply Hb; lra | exact Hr])",
                refutes={"alpha": "1/3", "a": "1", "b": "2", "beta_t": "2 for all t", "x_0": "3"},
                part="from some t on",
                mutants=[nearly],
            ),
            induction(
                stays_out,
                part="the witness stays above the interval",
                mutants=[replace(stays_out, following=[periodic.beta_next(x, third, Q(1))])],
            ),
            kernel(
                RATE.format(rate="alpha"),
                "Beta.proposition5_rate",
                part="linearly",
                mutants=[RATE.format(rate="2 * alpha")],
            ),
            induction(
                from_above,
                part="linearly",
                mutants=[replace(from_above, given=[*BETAS, a <= beta, beta <= b])],
            ),
            searched(
                sequences.PROP5_LINEARLY,
                wrong=[sequences.PROP5_LINEARLY_WITH_RATE_1_2_ALPHA],
                part="linearly",
            ),
        ),
        note="t >> 1 is read as 'from some t on', which is what the display says; footnote 4 withdraws it "
        "in favour of t -> oo, the amended form.",
        failure=Failure(
            Kind.EDGE_CASE,
            "with beta_t = b for ever the interval is reached in the limit only",
            "x_1 = 8/3, so x_1^2 = 64/9, and x_t^2 stays above b/alpha = 6 for all t",
        ),
        clauses=(
            Clause(
                "the interval holds the sequence for large t",
                ("from some t on", "the witness stays above the interval"),
            ),
            Clause("linearly, in O(1/alpha) time", ("linearly",)),
        ),
    ),
    amended=Form(
        r"If $\frac{\alpha}{1-\alpha}\sqrt b \le \sqrt a$, then from every $x_0 > 0$ and for all $t$: "
        r"$x_t - x_a \ge (1-2\alpha)^t (x_0 - x_a)$ and "
        r"$x_t - x_b \le (1-\alpha)^t \, |x_0 - x_b| \max(1, x_b/x_0)$, with $x_a = \sqrt{a/\alpha}$, "
        r"$x_b = \sqrt{b/\alpha}$; a sequence in $[x_a, x_b]$ stays there. From $x_0 > x_b$ it is within "
        r"$\varepsilon$ after $\ln((x_0-x_b)/\varepsilon)/\alpha$ steps, its square after "
        r"$\ln((x_0^2-x_b^2)/\varepsilon)/(2\alpha)$, and with $\beta_t = b$ not before "
        r"$\ln((x_0-x_b)/\varepsilon)/(-\ln(1-2\alpha))$. The condition is sharp: the interval is kept by "
        r"every step if and only if it holds, and without it some $\beta_t \in [a, b]$ leads above $x_b$ "
        r"by a fixed amount again and again, from every start.",
        (
            kernel(
                LINEAR.format(rate="alpha"),
                "ltac:(intros al a b be x (Ha & Hab & H0 & Hb & Hs) Hr; "
                "apply (BetaMore.prop5_linear_every_start al a b be x); auto; lra)",
                part="linearly from every start",
                mutants=[LINEAR.format(rate="2 * alpha")],
            ),
            induction(
                envelope,
                part="linearly from every start",
                mutants=[
                    replace(envelope, start=[y > 0, v >= y - high, v >= high - y]),
                    replace(envelope, following=[periodic.beta_next(y, alpha, b), alpha * v]),
                ],
            ),
            smt(
                kept,
                part="the interval is kept",
                mutants=[
                    kept.but(given=[*BETAS, *kept.given[len(BETAS) + 1 :]]),
                    kept.but(given=[*BETAS, alpha**2 * b <= a, *kept.given[len(BETAS) + 1 :]]),
                ],
            ),
            smt(
                left,
                part="the interval is left without the condition",
                mutants=[left.but(given=[*BETAS, a <= periodic.least_a(alpha, b)])],
            ),
            kernel(
                KEPT.format(ratio="alpha / (1 - alpha)"),
                "BetaMore.interval_kept_iff",
                part="the interval is kept",
                mutants=[KEPT.format(ratio="alpha")],
            ),
            kernel(
                NEEDED.format(less="<"),
                "ltac:(intros al a b x0 Ha Hab H0 Hr; "
                "destruct (BetaMore.prop5_condition_needed al a b x0 Ha Hab H0 Hr) "
                "as (be & x & m & Hm & E & Hb & Hs & Ht); "
                "exists be, x, m; repeat split; auto; try apply Hb; lra)",
                part="the condition is needed",
                mutants=[NEEDED.format(less="<=")],
            ),
            kernel(
                TIME.format(speed="alpha"),
                "Beta.proposition5_time",
                part="the time it takes",
                mutants=[TIME.format(speed="(2 * alpha)")],
            ),
            kernel(
                TIME_OF_SQUARES.format(speed="2"),
                "ltac:(intros al a b be x (Ha & Hab & H0 & Hb & Hs) Hr Hx e t He Ht; "
                "apply (BetaMore.prop5_time_in_squares al a b e be x t); auto; lra)",
                part="the time of the squares",
                mutants=[TIME_OF_SQUARES.format(speed="3")],
                total=True,
            ),
            kernel(
                TIME_NEEDED.format(speed="2"),
                "ltac:(intros al b e x0 t Ha Hb He H0 Ht; "
                "apply (BetaMore.time_needed al b e (beta_orbit al b x0) t); auto)",
                part="the time needed",
                mutants=[TIME_NEEDED.format(speed="1")],
            ),
            searched(
                sequences.PROP5_LINEARLY_FROM_EVERY_START,
                wrong=[sequences.PROP5_LINEARLY_FROM_EVERY_START_WITHOUT_FACTOR],
                part="linearly from every start",
            ),
            searched(
                sequences.PROP5_INTERVAL_IS_KEPT,
                wrong=[sequences.PROP5_INTERVAL_IS_KEPT_WITHOUT_CONDITION],
                part="the interval is kept",
            ),
        ),
        note="The sequence lies below x_{b,t} (remark 2) and above the tangent's bound (corollary 2.1): the "
        "induction here adds the envelope x_{b,t} from any start. Logarithms, and the adversary's "
        "infinitely many steps, are the kernel's alone. The printed proof speaks of sequences that reach "
        "x_a; those that stay below it need the bounds here.",
        clauses=(
            Clause("linearly from every start", ("linearly from every start",)),
            Clause("the interval is kept", ("the interval is kept",)),
            Clause("the time it takes", ("the time it takes",)),
            Clause("the time of the squares", ("the time of the squares",)),
            Clause("the time needed with beta = b", ("the time needed",)),
            Clause(
                "the interval is kept by every step only under the condition",
                ("the interval is left without the condition",),
            ),
            Clause("without it some choice leads above again and again", ("the condition is needed",)),
        ),
    ),
    needs=("periodic:remark2", "periodic:cor2.1", "periodic:cor2.2"),
    derivation=core,
)

# ---- footnote 4 --------------------------------------------------------------------------------
# b = alpha x_b^2: what one step adds to the excess over x_b, and what beta_t < b takes away.
excess = Statement(
    [x > 0],
    following - high
    == (1 - 2 * alpha) * (x - high) + alpha * (x - high) ** 2 / x - (alpha * high**2 - beta) / x,
)
# alpha = 1/4, b = 1, x_b = 2: under beta = 1 - u^2/4 the excess u is halved, so that it never ends.
halving = Statement([u > 0], periodic.beta_next(2 + u, Q(1, 4), 1 - u**2 / 4) == 2 + u / 2)
never = Process(
    state=[x],
    following=[periodic.beta_next(x, alpha, b)],
    given=[*SMALL, b > 0, is_high],
    start=[x > high],
    invariant=[x > high],
)
NEVER = (
    "forall alpha b x0, 0 < alpha < 1 / 2 -> 0 <= b -> x0 {above} sqrt (b / alpha) -> "
    "forall t, beta_orbit alpha b x0 t > sqrt (b / alpha)"
)
STRICTLY_BELOW = (
    "~ (" + SEQUENCE + CONDITION + "(forall t, beta t < {bound}) -> exists t, x t <= sqrt (b / alpha))"
)
IF_AND_ONLY_IF = (
    "forall (alpha b : R) (beta : nat -> R), 0 < alpha < 1 / 2 -> 0 < b -> (forall t, 0 <= beta t <= b) -> "
    "((forall x : nat -> R, sqrt (b / alpha) < x 0%nat -> "
    "(forall t, x (S t) = periodic_beta_next (x t) alpha (beta t)) -> exists t, x t <= sqrt (b / alpha)) "
    "<-> (forall M, exists n, M < sum_f_R0 (fun t => (b - beta t) / (1 - {rate}) ^ S t) n))"
)
FROM_BELOW = (
    "forall (alpha a : R) (beta x : nat -> R) (n : nat), 0 < alpha < 1 / 2 -> 0 < a -> 0 < x 0%nat -> "
    "(forall t, a <= beta t) -> (forall t, x (S t) = periodic_beta_next (x t) alpha (beta t)) -> "
    "sqrt (a / alpha) * (sqrt (a / alpha) - x 0%nat) "
    "<= sum_f_R0 (fun t => (beta t - a) / (1 - {rate}) ^ S t) n -> "
    "exists t, (t <= S n)%nat /\\ sqrt (a / alpha) <= x t"
)
STAYS = (
    SEQUENCE + CONDITION + "forall t0, sqrt (a / alpha) <= x t0 <= {end} -> "
    "forall t, (t0 <= t)%nat -> sqrt (a / alpha) <= x t <= {end}"
)
FOOTNOTE_4 = Claim(
    id="periodic:footnote4",
    source="periodic footnote 4",
    printed=Form(
        r"In general the bounds are asymptotic ($t \to \infty$); excluding the degenerate cases, $x_t$ often "
        "reaches the interval in finite time.",
        note="'Degenerate' and 'often' are not defined, so there is nothing exact to decide. The natural "
        "reading, that beta_t < b for all t is enough, is false: see the amended form.",
        hedge="'in general', 'often'",
    ),
    amended=Form(
        r"From above: under $\beta_t = b$ no start $x_0 > \sqrt{b/\alpha}$ reaches the interval, and "
        r"$\beta_t < b$ for all $t$ is not enough ($\alpha = 1/4$, $b = 1$, $\beta_t = 1 - 4^{-(t+1)}$ gives "
        r"$x_t = 2 + 2^{-t}$). Every start comes down to $\sqrt{b/\alpha}$ in finite time if and only if "
        r"$\sum_t (b-\beta_t)/(1-2\alpha)^{t+1} = \infty$. From below: $\sqrt{a/\alpha}$ is "
        r"reached by the time $\sum_t (\beta_t-a)/(1-2\alpha)^{t+1}$ is at least "
        r"$\sqrt{a/\alpha}(\sqrt{a/\alpha}-x_0)$. "
        "Under the condition of Proposition 5 a sequence that has entered stays.",
        (
            kernel(
                NEVER.format(above=">"),
                "Beta.proposition5_never_from_above",
                part="beta_t = b",
                mutants=[NEVER.format(above=">=")],
            ),
            induction(
                never,
                part="beta_t = b",
                mutants=[replace(never, given=[*SMALL, b > 0, is_high], start=[x >= high])],
            ),
            kernel(
                STRICTLY_BELOW.format(bound="b"),
                "ltac:(intro H; apply BetaMore.strictly_below_b_is_not_enough; "
                "intros al a b be x Ha Hab Hr H0 Hb Hs; apply (H al a b be x); "
                "[repeat split; auto; try (specialize (Hb t); lra); lra | exact Hr | intro t; apply Hb])",
                part="beta_t < b",
                mutants=[STRICTLY_BELOW.format(bound="b / 2")],
            ),
            algebra(
                halving,
                part="beta_t < b",
                mutants=[Statement([u > 0], periodic.beta_next(2 + u, Q(1, 4), 1 - u**2) == 2 + u / 2)],
            ),
            kernel(
                IF_AND_ONLY_IF.format(rate="2 * alpha"),
                "BetaMore.finite_time_iff",
                part="if and only if",
                mutants=[IF_AND_ONLY_IF.format(rate="alpha")],
            ),
            algebra(
                excess,
                part="the step behind it",
                mutants=[
                    excess.but(
                        then=following - high == (1 - alpha) * (x - high) - (alpha * high**2 - beta) / x
                    )
                ],
            ),
            kernel(
                FROM_BELOW.format(rate="2 * alpha"),
                "BetaMore.finite_time_from_below",
                part="from below",
                mutants=[FROM_BELOW.format(rate="alpha")],
            ),
            kernel(
                STAYS.format(end="sqrt (b / alpha)"),
                "Beta.proposition5_absorbing",
                part="stays",
                mutants=[STAYS.format(end="2 * sqrt (b / alpha)")],
            ),
            searched(
                sequences.FOOTNOTE4_BETA_T_IS_B_NEVER_COMES_DOWN_TO_X_B,
                wrong=[sequences.FOOTNOTE4_NO_BETA_T_COMES_DOWN_TO_X_B],
                part="beta_t = b",
            ),
        ),
        note="The series and the search for a time of entry are the kernel's alone; the other engine checks "
        "the step that both directions sum up. So beta_t <= b - eps infinitely often is enough, with room.",
        clauses=(
            Clause("under beta_t = b no start from above reaches the interval", ("beta_t = b",)),
            Clause("beta_t < b for all t is not enough", ("beta_t < b",)),
            Clause(
                "it does in finite time if and only if the sum diverges",
                (
                    "if and only if",
                    "the step behind it",
                ),
            ),
            Clause("from below", ("from below",)),
            Clause("a sequence that has entered stays", ("stays",)),
        ),
    ),
    needs=("periodic:prop5",),
)

CLAIMS = (PROPOSITION_5, FOOTNOTE_4)
