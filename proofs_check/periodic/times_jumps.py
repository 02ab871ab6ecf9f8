"""When delta-jumps come: proposition 2, the bounds of appendix A.5 under it, and corollary 1.

Nothing is suppressed: alpha' = 1 - (1 - eta lambda)^2, kappa'^2 = eta/(lambda (2 - eta lambda)), and J(g)^2
is the exact level of rho^4 (``periodic:eq9``), below which the effective gradient g makes a jump.
"""

from collections.abc import Mapping
from fractions import Fraction
from math import isqrt
from random import Random

from proofs_check import (
    Claim,
    Clause,
    Failure,
    Form,
    Implies,
    Kind,
    Not,
    Process,
    Q,
    Statement,
    all_of,
    ball,
    enclosure,
    induction,
    kernel,
    less,
    reals,
    root,
    smt,
    trial,
)
from proofs_check.attacks import norms
from proofs_check.periodic.searches import searched
from proofs_check.statements.answers import Answer
from sitheory.theory import periodic

lr, wd, lo, hi, s, g, grad_sq, excess, delta = reals("lr wd lo hi s g G e delta")
SMALL = [lr > 0, wd > 0, lr * wd < Q(1, 4)]
GRADIENT = [lo >= 0, lo <= hi, lo**2 <= grad_sq, grad_sq <= hi**2]
JUMPY = [delta > 0, delta < 1]
kappa, is_kappa = root(periodic.kappa_sq(lr, wd), "kappa")
exact, is_exact = root(periodic.kappa_sq_exact(lr, wd), "kappa_x")
alpha = periodic.beta_alpha_exact(lr, wd)
after = periodic.norm_sq_next(s, grad_sq, lr, wd)

RUN = "forall lr wd lo hi {delta}G s, norm_run lr wd lo hi G s -> "
KAPPA, EXACT = "sqrt (periodic_kappa_sq lr wd)", "sqrt (periodic_kappa_sq_exact lr wd)"
ALPHA = "periodic_beta_alpha_exact lr wd"


def is_jump(square):
    """A delta-jump, for delta < 1 and without a root (``periodic:eq9``)."""
    return (1 - delta) ** 2 * periodic.inverse_cos_sq(s, square, lr, wd) > 1


def but(process, **changes):
    """The process with some of its parts changed."""
    return Process(**(vars(process) | changes))


above = Process(
    state=[s, excess],
    following=[after, (1 - 4 * lr * wd) * excess],
    given=[*SMALL, *GRADIENT, is_kappa],
    start=[s > kappa * lo, excess == s - kappa * lo],
    invariant=[s > 0, excess >= 0, s >= kappa * lo + excess],
)
LOWER_BOUND = "forall t, {k} * lo + (1 - {rate}) ^ t * (s O - {k} * lo) <= s t"
COQ_LOWER = RUN.format(delta="") + "{start}" + LOWER_BOUND
A5_TMIN = Claim(
    id="periodic:A5-tmin",
    source="periodic A.5",
    printed=Form(
        r"If $\rho_0^2 > \kappa\ell$: $\kappa\ell + (1-4\eta\lambda)^t(\rho_0^2 - \kappa\ell) \le \rho_t^2$ "
        r"for all $t$.",
        (
            kernel(
                COQ_LOWER.format(k=KAPPA, rate="4 * (lr * wd)", start=f"{KAPPA} * lo < s O -> "),
                "NormMore.A5_lower_printed",
                mutants=[COQ_LOWER.format(k=KAPPA, rate="2 * (lr * wd)", start=f"{KAPPA} * lo < s O -> ")],
            ),
            induction(
                above,
                mutants=[
                    but(above, following=[after, (1 - lr * wd) * excess]),
                    but(above, given=[lr > 0, wd > 0, *GRADIENT, is_kappa]),
                ],
            ),
            searched(norms.A5_TMIN_WITH_EXACT_RECURSION, wrong=[norms.A5_TMIN_WITH_RATE_2_ETA_LAMBDA]),
        ),
        note="True on (1) as it stands, without suppressing anything, for eta lambda < 1/4 (which is alpha "
        "< 1/2).",
    ),
    amended=Form(
        r"From every start $\kappa'\ell + (1-2\alpha')^t(\rho_0^2 - \kappa'\ell) \le \rho_t^2$ for all $t$, "
        r"with "
        r"$\alpha' = 1-(1-\eta\lambda)^2$ and $\kappa'^2 = \frac{\eta}{\lambda(2-\eta\lambda)}$, which is "
        r"stronger.",
        (
            kernel(
                COQ_LOWER.format(k=EXACT, rate=f"2 * {ALPHA}", start=""),
                "NormMore.A5_lower_exact",
                mutants=[COQ_LOWER.format(k=EXACT, rate=ALPHA, start="")],
            ),
            induction(
                above_exact := Process(
                    state=[s, excess],
                    following=[after, (1 - 2 * alpha) * excess],
                    given=[*SMALL, *GRADIENT, is_exact],
                    start=[s > 0, excess == s - exact * lo],
                    invariant=[s > 0, s >= exact * lo + excess],
                ),
                mutants=[but(above_exact, following=[after, (1 - alpha) * excess])],
            ),
            searched(
                norms.A5_TMIN_FROM_EVERY_START, wrong=[norms.A5_TMIN_FROM_EVERY_START_WITH_RATE_ALPHA_PRIME]
            ),
        ),
    ),
    needs=("periodic:eq3",),
)

# eta = 2 lambda k^2, so that kappa = k is rational wherever eta and lambda are.
k = reals("k")[0]
lr_k = 2 * wd * k**2
first_step = Statement(
    [wd > 0, k > 0, lr_k * wd < Q(1, 4), hi > 0, s > k * hi],
    periodic.norm_sq_next(s, hi**2, lr_k, wd) <= k * hi + (1 - 2 * lr_k * wd) * (s - k * hi),
)
low = periodic.hop_ratio(alpha) * exact * hi
beneath = Process(
    state=[s, excess],
    following=[after, (1 - lr * wd) ** 2 * excess],
    given=[*SMALL, *GRADIENT, hi > 0, is_exact, s >= low],
    start=[s > exact * hi, excess == s - exact * hi],
    invariant=[excess >= 0, s <= exact * hi + excess],
)
WHILE = (
    "forall lr wd lo hi G s T, norm_run lr wd lo hi G s -> s O > {k} * hi -> (forall t, (t <= T)%nat -> "
    "{low} <= s t) -> "
    "forall t, (t <= T + 1)%nat -> s t <= {k} * hi + ((1 - lr * wd) ^ 2) ^ t * (s O - {k} * hi)"
)
HOP = f"periodic_hop_ratio ({ALPHA}) * ({EXACT} * hi)"
A5_TMAX = Claim(
    id="periodic:A5-tmax",
    source="periodic A.5",
    printed=Form(
        r"If $\rho_0^2 > \kappa L$: $\rho_t^2 \le \kappa L + (1-2\eta\lambda)^t(\rho_0^2 - \kappa L)$, at "
        r"least while "
        r"$\rho_t^2 \ge \kappa L$.",
        (
            smt(
                first_step,
                mutants=[
                    first_step.but(then=periodic.norm_sq_next(s, hi**2, lr_k, wd) < (1 - 2 * lr_k * wd) * s)
                ],
            ),
            searched(norms.A5_TMAX_WITH_EXACT_RECURSION, wrong=[norms.A5_TMAX_WITH_RATE_4_ETA_LAMBDA]),
        ),
        note="Fails at the first step, near kappa L (the norm is drawn to kappa' L > kappa L) and far from "
        "it (the norm "
        "decays by (1 - eta lambda)^2 > 1 - 2 eta lambda a step). It is corollary 2 for alpha = 2 eta "
        "lambda; here "
        "suppressing (eta lambda)^2 goes to the unsafe side, in the lower bound above to the safe one.",
        hedge="section 4 opens with 'we suppress O((eta lambda)^2)'",
    ),
    amended=Form(
        r"If $\rho_0^2 > \kappa' L$: $\rho_t^2 \le \kappa' L + (1-\eta\lambda)^{2t}(\rho_0^2 - \kappa' L)$ "
        r"as long as every earlier "
        r"$\rho_t^2$ is at least $\frac{\alpha'}{1-\alpha'}\kappa' L$.",
        (
            kernel(
                WHILE.format(k=EXACT, low=HOP),
                "NormMore.A5_upper_exact",
                mutants=[WHILE.format(k=KAPPA, low=HOP), WHILE.format(k=EXACT, low="0")],
            ),
            induction(
                beneath,
                mutants=[
                    but(beneath, following=[after, (1 - 2 * lr * wd) * excess]),
                    but(beneath, given=[*SMALL, *GRADIENT, hi > 0, is_exact, s > 0]),
                ],
            ),
            searched(
                norms.A5_TMAX_WITH_RATE_ALPHA_PRIME,
                wrong=[norms.A5_TMAX_WITH_RATE_2_ETA_LAMBDA_AND_EXACT_KAPPA_PRIME],
            ),
        ),
    ),
    needs=("periodic:eq3", "periodic:cor2.2"),
)

# Of what the printed formulas take the logarithm is positive there: elsewhere they say nothing.
PROP2_HEAD = RUN.format(delta="delta ") + "0 < lo -> 0 < delta -> "
TMIN_PRINTED = PROP2_HEAD + (
    f"s O > {KAPPA} * lo -> delta < lr * wd * (hi ^ 2 / lo ^ 2) -> "
    f"{KAPPA} * lo < lr * hi / sqrt (2 * delta) -> forall t, {{time}} < "
    f"periodic_time_to_level (s O) ({KAPPA} * lo) (lr * hi / sqrt (2 * delta)) (4 * (lr * wd)) -> "
    "~ jump (s t) (G t) lr wd delta"
)
REFUTED_TMIN = """ltac:(intro H; destruct Equilibrium.tmin_printed_refuted as
  (lr & wd & lo & hi & d & G & s & R & P & D & S0 & C & V & T0 & J);
  apply (H lr wd lo hi d G s R P D S0 C V 0%nat); [simpl; exact T0 | exact J])"""
TMAX_PRINTED = PROP2_HEAD + (
    f"s O > {KAPPA} * hi -> delta < lr * wd * (lo ^ 2 / hi ^ 2) -> "
    f"{KAPPA} * hi < lr * lo / sqrt (2 * delta) -> forall T, "
    f"periodic_time_to_level (s O) ({KAPPA} * hi) (lr * lo / sqrt (2 * delta)) (2 * (lr * wd)) < INR T -> "
    "exists t, {until}jump (s t) (G t) lr wd delta"
)
REFUTED_TMAX = """ltac:(intro H; destruct Equilibrium.tmax_printed_refuted as
  (lr & wd & lo & hi & d & G & s & T & R & P & D & S0 & C & V & TT & N);
  destruct (H lr wd lo hi d G s R P D S0 C V T TT) as (t & Ht & J); exact (N t Ht J))"""

at_start = Statement(
    [*SMALL, lo > 0, lo <= g, g <= hi, *JUMPY, s > 0, s**2 > periodic.kappa_sq(lr, wd) * lo**2,
     delta < lr * wd * hi**2 / lo**2, s**2 > periodic.prop1_norm_4(hi**2, lr, delta)],
    Not(is_jump(g**2)),
)  # fmt: skip
J_HI, J_LO = (f"sqrt (periodic_jump_norm_4 ({end} ^ 2) lr wd delta)" for end in ("hi", "lo"))
NO_JUMP = "~ jumps lr wd delta G s t"
TMIN = RUN.format(delta="delta ") + (
    "{small} -> {k} * lo < s O -> {k} * lo < {level} -> "
    "forall t, INR t <= periodic_time_to_level (s O) ({k} * lo) ({level}) ({rate}) -> " + NO_JUMP
)
PRINTED_HI = "sqrt (periodic_prop1_norm_4 (hi ^ 2) lr delta)"
POSSIBLE = (
    "forall lr wd lo hi delta s0 t, 0 < lr -> 0 < wd -> lr * wd < 1 / 4 -> 0 <= lo <= hi -> 0 < s0 -> 0 < "
    "delta < 1 -> "
    "((exists G s, norm_run lr wd lo hi G s /\\ s O = s0 /\\ jumps lr wd delta G s t) <-> "
    "(norm_path lr wd (fun _ => {end} ^ 2) s0 t) ^ 2 < periodic_jump_norm_4 (hi ^ 2) lr wd delta)"
)
PASSAGE = (
    "forall lr wd lo level s0, 0 < lr -> 0 < wd -> lr * wd < 1 / 4 -> 0 <= lo -> "
    "{k} * lo < s0 -> {k} * lo < level -> "
    "(forall t, INR t <= periodic_time_to_level s0 ({k} * lo) level (2 * {alpha}) -> "
    "level <= norm_path lr wd (fun _ => lo ^ 2) s0 t) /\\ "
    "(forall t, periodic_time_to_level s0 ({k} * lo) level ({alpha}) < INR t -> "
    "norm_path lr wd (fun _ => lo ^ 2) s0 t < level)"
)
top, is_top = root(periodic.jump_norm_4(hi**2, lr, wd, delta), "J")
quiet = but(
    above,
    given=[*SMALL, *GRADIENT, hi > 0, is_kappa, *JUMPY, is_top],
    then=Implies(kappa * lo + excess >= top, Not(is_jump(grad_sq))),
)
PROP2_TMIN = Claim(
    id="periodic:prop2-tmin",
    source="periodic proposition 2.1, (5)",
    printed=Form(
        r"If $\rho_0^2 > \kappa\ell$ and $\delta < \eta\lambda\frac{L^2}{\ell^2}$, no $\delta$-jump comes "
        r"before $t_{\min} = \max\left\{0, "
        r"\frac{\log(\rho_0^2 - \kappa\ell) - \log(\eta L/\sqrt{2\delta} - "
        r"\kappa\ell)}{-\log(1-4\eta\lambda)}\right\}$.",
        (
            smt(
                at_start,
                mutants=[
                    at_start.but(
                        given=[*at_start.given[:-1], s**2 > periodic.prop1_norm_4(hi**2, lr, delta) / 2]
                    )
                ],
            ),
            kernel(
                TMIN_PRINTED.replace("{time}", "INR t"),
                REFUTED_TMIN,
                mutants=[TMIN_PRINTED.replace("{time}", "2 * INR t + 10")],
                refutes={
                    "eta": "1",
                    "lambda": "1/10",
                    "l": "1",
                    "L": "1",
                    "delta": "1/50",
                    "rho_0^2": "26/5",
                    "t": "0",
                },
            ),
            searched(norms.PROP2_TMIN_WITH_EXACT_RECURSION, wrong=[norms.PROP2_TMIN_WITH_RATE_3_ETA_LAMBDA]),
        ),
        note="Decided at t = 0: where rho_0^2 exceeds the printed level, t_min > 0, yet a jump can come at "
        "once if "
        "the exact level is higher, which is so whenever 2(1 - delta)^2 > (2 - delta)(1 - eta lambda)^2, in "
        "particular for "
        "delta <= eta lambda. With l = L and delta -> eta lambda from below, t_min even grows without bound "
        "at such a "
        "start. The bound on rho_t^2 behind it is right (A5-tmin); condition (4a), which drops a factor, is "
        "what fails. "
        "A jump at step t is one from x_t to x_{t+1}.",
        hedge="section 4 opens with 'we suppress O((eta lambda)^2)'",
    ),
    amended=Form(
        r"A jump at step $t$ is possible (for some $\tilde g \in [\ell, L]$) if and only if the run with "
        r"$\tilde g = \ell$ has "
        r"$\rho_t^2 < J(L)$, $J(g)^2 = \frac{\eta^2g^2(1-\delta)^2}{(1-\eta\lambda)^2\delta(2-\delta)}$. "
        r"That run is at or above $J(L)$ for $t "
        r"\le T(2\alpha')$ and below it for $t > T(\alpha')$, where $T(r) = \frac{\log(\rho_0^2 - "
        r"\kappa'\ell) - \log(J(L) - \kappa'\ell)}"
        r"{-\log(1-r)}$: the true minimal time lies between, a factor of about 2 apart. Formula (5) is a "
        r"lower bound "
        r"with $J(L)$ for $\eta L/\sqrt{2\delta}$, and as printed if $\delta \ge \frac43\eta\lambda$.",
        (
            kernel(
                POSSIBLE.format(end="lo"),
                "NormMore.jump_possible_iff",
                mutants=[POSSIBLE.format(end="hi")],
                part="the minimal time",
            ),
            kernel(
                PASSAGE.format(k=EXACT, alpha=ALPHA),
                "NormMore.first_passage_between",
                mutants=[PASSAGE.format(k=KAPPA, alpha=ALPHA), PASSAGE.format(k=EXACT, alpha=f"2 * {ALPHA}")],
                part="between two formulas",
            ),
            kernel(
                TMIN.format(small="0 < delta < 1", k=KAPPA, level=J_HI, rate="4 * (lr * wd)"),
                "NormMore.tmin_level_exact",
                mutants=[
                    TMIN.format(small="0 < delta < 1", k=KAPPA, level=PRINTED_HI, rate="4 * (lr * wd)"),
                    TMIN.format(small="0 < delta < 1", k=KAPPA, level=J_HI, rate="2 * (lr * wd)"),
                ],
                part="(5) with the exact level",
            ),
            induction(
                quiet,
                mutants=[but(quiet, then=Implies(kappa * lo + excess >= top / 2, Not(is_jump(grad_sq))))],
                part="(5) with the exact level",
            ),
            kernel(
                TMIN.format(
                    small="4 / 3 * (lr * wd) <= delta < 1", k=KAPPA, level=PRINTED_HI, rate="4 * (lr * wd)"
                ),
                "NormMore.tmin_printed_for_large_delta",
                mutants=[
                    TMIN.format(small="lr * wd <= delta < 1", k=KAPPA, level=PRINTED_HI, rate="4 * (lr * wd)")
                ],
                part="(5) as printed for large delta",
            ),
            searched(
                norms.PROP2_TMIN_WITH_EXACT_LEVEL,
                wrong=[norms.PROP2_TMIN_WITH_EXACT_LEVEL_AND_RATE_ALPHA_PRIME],
                part="(5) with the exact level",
            ),
        ),
        note="Logarithms and 'some run' have the kernel alone; the induction decides (5) with (1 - 4 eta "
        "lambda)^t for "
        "the logarithms.",
        clauses=(
            Clause(
                "a jump at t is possible if and only if the run with the least gradient is below J(L)",
                ("the minimal time",),
            ),
            Clause("the minimal time lies between two formulas", ("between two formulas",)),
            Clause("(5) with J(L) is a lower bound", ("(5) with the exact level",)),
            Clause("(5) as printed is one if delta >= 4/3 eta lambda", ("(5) as printed for large delta",)),
        ),
    ),
    needs=("periodic:A5-tmin", "periodic:eq9", "periodic:prop1a"),
)


def late_jump(_: Random) -> Mapping[str, Fraction] | None:
    """Check the smallest run found that has no jump up to the printed t_max; None if it has one."""
    return late(Fraction(1, 3), Fraction(2, 3), Fraction(1, 50), Fraction(70))


def later_jump(_: Random) -> Mapping[str, Fraction] | None:
    """The same against half the printed time, with a smaller start."""
    return late(Fraction(1, 3), Fraction(2, 3), Fraction(1, 50), Fraction(35), halved=True)


def _root(square: Fraction) -> Fraction:
    found = Fraction(isqrt(square.numerator), isqrt(square.denominator))
    assert found**2 == square, "the run is chosen so that its roots are rational"
    return found


def late(eta, lam, jump, start, halved=False):
    """With l = L = 1: whether no step up to t_max is a jump, in exact fractions and without logarithms."""
    limit, level = _root(periodic.kappa_sq(eta, lam)), _root(periodic.prop1_norm_4(1, eta, jump))
    assert limit < start and jump < eta * lam and limit < level, "the conditions of proposition 2.2"
    t_max = next(t for t in range(1000) if limit + (1 - 2 * eta * lam) ** t * (start - limit) <= level)
    last, rho_sq = t_max // 2 if halved else t_max, start
    for _ in range(last + 1):
        if rho_sq**2 < periodic.jump_norm_4(1, eta, lam, jump):
            return None
        rho_sq = periodic.norm_sq_next(rho_sq, 1, eta, lam)
    return {
        "eta": eta,
        "lambda": lam,
        "l": 1,
        "L": 1,
        "delta": jump,
        "rho_0^2": start,
        "no jump up to t": last,
    }


LATEST = RUN.format(delta="delta ") + (
    "0 < delta < 1 -> s O > {k} * hi -> {k} * hi < {level} -> "
    "forall T, periodic_time_to_level (s O) ({k} * hi) ({level}) ({rate}) < INR T -> "
    "exists t, (t <= T)%nat /\\ jumps lr wd delta G s t"
)
EVERY_START = RUN.format(delta="delta ") + (
    "0 < delta < {bound} -> 0 < lo -> "
    "forall T, periodic_time_to_level (s O) 0 ({level}) (1 - periodic_jumpless_growth_sq lr wd delta) < INR "
    "T -> "
    "exists t, (t <= T)%nat /\\ jumps lr wd delta G s t"
)
RECUR = RUN.format(delta="delta ") + (
    "0 < delta < {bound} -> 0 < lo -> forall N, exists t, (N <= t)%nat /\\ jumps lr wd delta G s t"
)
NEVER = (
    "forall lr wd lo hi delta, 0 < lr -> 0 < wd -> lr * wd < 1 / 4 -> 0 <= lo <= hi -> 0 < hi -> {bound} <= "
    "delta < 1 -> "
    "exists G s, norm_run lr wd lo hi G s /\\ forall t, ~ jumps lr wd delta G s t"
)
bottom, is_bottom = root(periodic.jump_norm_4(lo**2, lr, wd, delta), "j")
loud = but(
    beneath,
    given=[
        *SMALL,
        *GRADIENT,
        lo > 0,
        is_exact,
        *JUMPY,
        is_bottom,
        bottom > exact * hi,
        s > 0,
        Not(is_jump(grad_sq)),
    ],
    then=exact * hi + excess >= bottom,
)
# The mutant at one point of the parameters, where a solver finds its counterexample at once.
AT_POINT = [lr == 1, wd == Q(1, 5), lo == 1, hi == 1, delta == Q(1, 10), *loud.given]
shrinks = Statement(
    [*SMALL, grad_sq >= 0, s > 0, *JUMPY, Not(is_jump(grad_sq))],
    after <= periodic.jumpless_growth_sq(lr, wd, delta) * s,
)
reached = Statement(
    [*SMALL, lo > 0, lo**2 <= grad_sq, s > 0, *JUMPY, Not(is_jump(grad_sq))],
    s**2 >= periodic.jump_norm_4(lo**2, lr, wd, delta),
)
decays = Statement([*SMALL, delta > 0, delta < lr * wd], periodic.jumpless_growth_sq(lr, wd, delta) < 1)
implied = Statement(
    [*SMALL, lo > 0, lo <= hi, delta > 0, delta < lr * wd * lo**2 / hi**2],
    periodic.kappa_sq_exact(lr, wd) * hi**2 < periodic.jump_norm_4(lo**2, lr, wd, delta),
)
at_rest = Statement(
    [*SMALL, hi > 0, s > 0, *JUMPY, periodic.norm_sq_next(s, hi**2, lr, wd) == s],
    is_jump(hi**2) == (delta < lr * wd),
)
PROP2_TMAX = Claim(
    id="periodic:prop2-tmax",
    source="periodic proposition 2.2, (6)",
    printed=Form(
        r"If $\rho_0^2 > \kappa L$ and $\delta < \eta\lambda\frac{\ell^2}{L^2}$, a $\delta$-jump comes at "
        r"the latest at $t_{\max} = "
        r"\max\left\{0, \frac{\log(\rho_0^2 - \kappa L) - \log(\eta\ell/\sqrt{2\delta} - \kappa "
        r"L)}{-\log(1-2\eta\lambda)}\right\}$.",
        (
            trial(
                "some step t <= ceil(t_max) is a delta-jump",
                late_jump,
                mutants=[("some step t <= t_max/2 is a delta-jump", later_jump)],
                n=1,
            ),
            kernel(
                TMAX_PRINTED.replace("{until}", "(t <= T)%nat /\\ "),
                REFUTED_TMAX,
                mutants=[TMAX_PRINTED.replace("{until}", "")],
                refutes={
                    "eta": "1",
                    "lambda": "1/5",
                    "l": "1",
                    "L": "1",
                    "delta": "1/10",
                    "rho_0^2": "1000000",
                    "T": "28",
                },
            ),
            searched(norms.PROP2_TMAX_WITH_EXACT_RECURSION, wrong=[norms.PROP2_TMAX_WITH_RATE_3_ETA_LAMBDA]),
        ),
        note="The run of the smaller witness has l = L = 1, so that nothing is left to an adversary; exact "
        "fractions: eight "
        "steps, 0 to 7, without a jump, and kappa + (5/9)^7 (70 - kappa) < eta/sqrt(2 delta), which says "
        "t_max < 7. The decay "
        "1 - 2 eta lambda is faster than the true (1 - eta lambda)^2 (A5-tmax), and the longer the time, "
        "the more it costs. "
        "(4b) itself is exact here, since delta <= eta lambda.",
        hedge="section 4 opens with 'we suppress O((eta lambda)^2)'",
    ),
    amended=Form(
        r"If $\rho_0^2 > \kappa' L$ and $\kappa' L < J(\ell)$, which $\delta < "
        r"\eta\lambda\frac{\ell^2}{L^2}$ implies, a jump comes by any $T > "
        r"\frac{\log(\rho_0^2 - \kappa' L) - \log(J(\ell) - \kappa' L)}{-2\log(1-\eta\lambda)}$. More is "
        r"true: for every $\delta < \eta\lambda$ and $\ell > "
        r"0$, from every start and whatever $L$ is, a jump comes by any $T > \frac{\log\rho_0^2 - \log "
        r"J(\ell)}"
        r"{2\log((1-\delta)/(1-\eta\lambda))}$, and jumps recur for ever, since a step without one "
        r"multiplies $\rho^2$ by at most "
        r"$\left(\frac{1-\eta\lambda}{1-\delta}\right)^2 < 1$. For $\delta \ge \eta\lambda$ a run need "
        r"never jump: one at rest turns by $1 - \cos "
        r"= \eta\lambda$ at each step.",
        (
            kernel(
                LATEST.format(k=EXACT, level=J_LO, rate=ALPHA),
                "NormMore.tmax_exact",
                mutants=[
                    LATEST.format(k=EXACT, level=J_LO, rate="2 * (lr * wd)"),
                    LATEST.format(k=KAPPA, level=J_LO, rate=ALPHA),
                ],
                part="(6), corrected",
            ),
            induction(
                loud,
                mutants=[but(loud, given=AT_POINT, following=[after, (1 - 3 * lr * wd) * excess])],
                part="(6), corrected",
            ),
            smt(
                implied,
                mutants=[
                    implied.but(
                        given=[
                            *SMALL,
                            lo > 0,
                            lo <= hi,
                            delta > 0,
                            delta < 2 * lr * wd * lo**2 / hi**2,
                            delta < 1,
                        ]
                    )
                ],
                part="the printed condition implies the exact one",
            ),
            kernel(
                EVERY_START.format(bound="lr * wd", level=J_LO),
                "NormMore.tmax_every_start",
                mutants=[
                    EVERY_START.format(bound="2 * (lr * wd)", level=J_LO),
                    EVERY_START.format(bound="lr * wd", level=J_HI),
                ],
                part="every start",
            ),
            kernel(
                RECUR.format(bound="lr * wd"),
                "NormMore.jumps_recur",
                mutants=[RECUR.format(bound="2 * (lr * wd)")],
                part="for ever",
            ),
            kernel(
                NEVER.format(bound="lr * wd"),
                "NormMore.jumps_may_never_come",
                mutants=[NEVER.format(bound="lr * wd / 2")],
                part="and not otherwise",
            ),
            smt(
                at_rest,
                mutants=[at_rest.but(then=is_jump(hi**2) == (delta <= lr * wd))],
                part="and not otherwise",
            ),
            smt(shrinks, mutants=[shrinks.but(then=after <= s)], part="a step without a jump"),
            smt(
                reached,
                mutants=[reached.but(then=s**2 >= periodic.prop1_norm_4(lo**2, lr, delta) * 2)],
                part="no jump keeps above J(l)",
            ),
            smt(
                decays,
                mutants=[decays.but(given=[*SMALL, delta > 0, delta < 2 * lr * wd])],
                part="which decays",
            ),
            searched(
                norms.PROP2_TMAX_CORRECTED,
                wrong=[norms.PROP2_TMAX_CORRECTED_WITH_RATE_3_ETA_LAMBDA],
                part="(6), corrected",
            ),
            searched(
                norms.PROP2_TMAX_FROM_EVERY_START,
                wrong=[norms.PROP2_TMAX_FROM_EVERY_START_WITH_1_ETA_LAMBDA_SQUARED_STEP],
                part="every start",
            ),
        ),
        note="Logarithms and 'for ever' have the kernel alone; the solvers confirm each step they are made "
        "of.",
        clauses=(
            Clause("(6), corrected", ("(6), corrected",)),
            Clause(
                "its condition follows from the printed one", ("the printed condition implies the exact one",)
            ),
            Clause(
                "for every delta < eta lambda a jump comes from every start, whatever L is",
                (
                    "every start",
                    "no jump keeps above J(l)",
                    "which decays",
                ),
            ),
            Clause(
                "jumps recur for ever",
                (
                    "for ever",
                    "a step without a jump",
                ),
            ),
            Clause("for delta >= eta lambda a run need never jump", ("and not otherwise",)),
        ),
    ),
    needs=("periodic:A5-tmax", "periodic:eq9", "periodic:prop1b"),
)

lr2, wd2 = reals("lr2 wd2")
sooner = Statement(
    [lr > 0, wd > 0, lr2 > 0, wd2 > 0, lr * wd < lr2 * wd2, lr2 * wd2 < Q(1, 4), hi > 0, s > 0, *JUMPY,
     s**2 < periodic.jump_norm_4(hi**2, lr, wd, delta)],
    s**2 < periodic.jump_norm_4(hi**2, lr2, wd2, delta),
)  # fmt: skip
rescaled = sooner.but(
    given=[*sooner.given[:-1], (lr * s) ** 2 < periodic.jump_norm_4(hi**2, lr, wd, delta)],
    then=(lr2 * s) ** 2 < periodic.jump_norm_4(hi**2, lr2, wd2, delta),
)
OVER_RATE = (
    "forall start limit level rate, limit < level < start -> 0 < rate < 1 -> "
    "let A := ln ((start - limit) / (level - limit)) in "
    "A / rate - {low}A < periodic_time_to_level start limit level rate < A / rate"
)
SOONER = (
    "forall lr wd lr' wd' lo hi delta z, 0 < lr -> 0 < wd -> 0 < lr' -> 0 < wd' -> lr * wd <= lr' * wd' < 1 "
    "/ 4 -> "
    "0 <= lo <= hi -> 0 < delta < 1 -> 0 < z -> sqrt (periodic_kappa_sq_exact lr wd) * lo <= lr * z -> "
    "forall t, norm_path lr wd (fun _ => lo ^ 2) ({l} * z) t ^ 2 < periodic_jump_norm_4 (hi ^ 2) lr wd "
    "delta -> "
    "norm_path lr' wd' (fun _ => lo ^ 2) ({m} * z) t ^ 2 < periodic_jump_norm_4 (hi ^ 2) lr' wd' delta"
)


def near_inverse() -> Answer:
    """At rho_0^2 = 100, l = 1/10, L = 1, eta = 1/10, lambda = 1/100, delta = 1/10000."""
    start, limit, level, rate = (
        ball(100),
        (ball("5").sqrt() / 10),
        ball("1/10") / ball("1/5000").sqrt(),
        ball("1/250"),
    )
    time = periodic.time_to_level(start, limit, level, rate, lambda x: x.log())
    ratio = ((start - limit) / (level - limit)).log()
    return all_of(less(ratio / rate - ratio, time), less(time, ratio / rate))


def inverse_exactly() -> Answer:
    """The same numbers, with equality claimed up to a thousandth of the ratio."""
    start, limit, level, rate = (
        ball(100),
        (ball("5").sqrt() / 10),
        ball("1/10") / ball("1/5000").sqrt(),
        ball("1/250"),
    )
    time = periodic.time_to_level(start, limit, level, rate, lambda x: x.log())
    ratio = ((start - limit) / (level - limit)).log()
    return less(ratio / rate - ratio / 1000, time)


COR1 = Claim(
    id="periodic:cor1",
    source="periodic corollary 1",
    printed=Form(
        r"A larger $\eta\lambda$ makes $\delta$-jumps possible no later: with the same $\rho_0$, $\ell$, "
        r"$L$, $\delta$ and $\eta\lambda < "
        r"\eta'\lambda'$, if $(\eta, \lambda)$ allows a jump at step $t$, so does $(\eta', \lambda')$.",
        (
            smt(
                sooner,
                mutants=[sooner.but(given=[*sooner.given[:4], lr * wd < 2 * lr2 * wd2, *sooner.given[5:]])],
            ),
            searched(
                norms.COR1_AS_PRINTED, wrong=[norms.COR1_ALSO_WITH_ETA_LAMBDA_BELOW_2_ETA_PRIME_LAMBDA_PRIME]
            ),
        ),
        note="That is what 'must occur more often for larger values of eta lambda' says of a first jump; "
        "decided at t = "
        "0, with l = 0. 'Inversely proportional' is not exact either: the logarithm over it depends on eta "
        "and lambda "
        "through kappa and the level, which is why eta lambda alone does not order the times.",
        failure=Failure(
            Kind.HYPOTHESIS,
            "rho_0^2/eta has to be kept as well: eta lambda alone does not order the times",
            "rho_0^2 = 1/2, lo = 0, hi = 1, delta = 1/2: with eta = 1, lambda = 1/9 the level of "
            "rho_0^4 is 27/64, above 1/4: a jump is possible at once; with eta' = 1/5, lambda' = 1 "
            "it is 1/48, below 1/4: none is",
        ),
    ),
    amended=Form(
        r"Each of the times (5) and (6) is $\frac{A}{r}$ less at most $A$, where $r$ is its rate "
        r"($4\eta\lambda$, $2\eta\lambda$; exactly, "
        r"$2\alpha'$, $\alpha'$) and $A = \log\frac{\rho_0^2 - \text{limit}}{\text{level} - \text{limit}}$, "
        r"which is free of $\eta\lambda$ if "
        r"$\rho_0^2/\kappa$ and $\delta/(\eta\lambda)$ are kept: then $\eta\lambda\, t \to A/4$ and $A/2$ "
        r"as $\eta\lambda \to 0$. And if $\rho_0^2/\eta$ is kept "
        r"(proposition 4: only $\rho_0^2/\eta$ and $\eta\lambda$ matter), a larger $\eta\lambda < \frac14$ "
        r"makes jumps possible no later.",
        (
            kernel(
                OVER_RATE.format(low=""),
                "NormMore.printed_times_over_rate",
                mutants=[OVER_RATE.format(low="1 / 4 * ")],
                part="inversely proportional",
            ),
            enclosure(
                "t_min at six given numbers lies between A/r - A and A/r",
                near_inverse,
                mutants=[("t_min there exceeds A/r - A/1000", inverse_exactly)],
                part="inversely proportional, at one point",
            ),
            kernel(
                SOONER.format(l="lr", m="lr'"),
                "NormMore.sooner_with_more_decay",
                mutants=[SOONER.format(l="lr", m="lr"), SOONER.format(l="lr", m="(2 * lr')")],
                part="sooner with more decay",
            ),
            smt(rescaled, mutants=[sooner], part="sooner with more decay, at t = 0"),
            searched(
                norms.COR1_WITH_RHO_0_SQUARED_ETA_KEPT,
                wrong=[norms.COR1_AS_PRINTED],
                part="sooner with more decay",
            ),
        ),
        note="Logarithms and runs have the kernel alone; t = 0 and one numerical point are checked besides.",
        clauses=(
            Clause(
                "each time is A/r less at most A, inversely proportional in the limit",
                (
                    "inversely proportional",
                    "inversely proportional, at one point",
                ),
            ),
            Clause(
                "with rho_0^2/eta kept more decay makes jumps possible no later",
                (
                    "sooner with more decay",
                    "sooner with more decay, at t = 0",
                ),
            ),
        ),
    ),
    needs=("periodic:prop2-tmin", "periodic:prop2-tmax", "periodic:prop4"),
)

CLAIMS = (A5_TMIN, A5_TMAX, PROP2_TMIN, PROP2_TMAX, COR1)
