"""When a step is a delta-jump: equation 9, conditions 4a and 4b, the bounds drawn in figure 3.

A jump is 1 - c > delta, with c the cosine of eq. 8. For delta < 1 that is (1 - delta)^2 / c^2 > 1, which
needs no root; ``periodic:eq9`` proves it, and searches for counterexamples use it.
"""

from proofs_check import (
    And,
    Claim,
    Clause,
    Form,
    Implies,
    Or,
    Q,
    Statement,
    certificate,
    kernel,
    reals,
    root,
    smt,
)
from proofs_check.attacks import jumps
from proofs_check.periodic.searches import searched
from sitheory.theory import periodic

lr, wd, delta, norm_sq, g, lo, hi = reals("lr wd delta norm_sq g lo hi")
SMALL = [lr > 0, wd > 0, lr * wd < Q(1, 4)]
JUMPY = [delta > 0, delta < 1]
BETWEEN = [lo >= 0, lo <= g, g <= hi]
inverse = periodic.inverse_cos_sq(norm_sq, g**2, lr, wd)
c, is_cos = root(1 / inverse, "c")
STEP = [lr > 0, lr * wd < 1, norm_sq > 0]


def is_jump(grad):
    """A delta-jump, for delta < 1 and without a root."""
    return (1 - delta) ** 2 * periodic.inverse_cos_sq(norm_sq, grad**2, lr, wd) > 1


def below(level):
    """rho^4 lies below a level."""
    return norm_sq**2 < level


exact, printed = periodic.jump_norm_4(g**2, lr, wd, delta), periodic.jump_norm_4_printed(g**2, lr, wd, delta)
necessary = Statement([*STEP, g >= 0, delta > 0, is_cos, 1 - c > delta], below(printed))
rootless = Statement([*STEP, g >= 0, *JUMPY, is_cos], (1 - c > delta) == is_jump(g))
threshold = Statement([*STEP, *JUMPY], is_jump(g) == below(exact))
nearly = Statement([*STEP, *JUMPY, below((1 - Q(3, 2) * delta) * printed)], is_jump(g))
converse = Statement([*SMALL, norm_sq > 0, g > 0, *JUMPY, below(printed)], is_jump(g))
between = Statement([*STEP, g > 0, *JUMPY], exact < printed)
JUMP = "jump norm_sq (gt ^ 2) lr wd delta"
LEVEL_9 = "norm_sq < lr * gt / ((1 - lr * wd) * sqrt (2 * delta))"
COQ_STEP = "0 < norm_sq -> 0 <= gt -> 0 < lr -> lr * wd < 1 -> "
HEAD_9 = f"forall norm_sq gt lr wd delta, {COQ_STEP}"

EQ9 = Claim(
    id="periodic:eq9",
    source="periodic (9), A.2, A.3",
    printed=Form(
        r"$1 - \cos(x_t, x_{t+1}) > \delta \Rightarrow \rho_t^2 < \frac{\eta\tilde "
        r"g_t}{(1-\eta\lambda)\sqrt{2\delta}}$.",
        (
            smt(
                necessary,
                mutants=[
                    necessary.but(then=below(printed / 2)),
                    necessary.but(then=below(periodic.prop1_norm_4(g**2, lr, delta))),
                ],
            ),
            kernel(
                f"{HEAD_9}0 < delta -> {JUMP} -> {LEVEL_9}",
                "Norm.eq9_necessary",
                mutants=[
                    f"{HEAD_9}0 < delta -> {JUMP} -> norm_sq < lr * gt / sqrt (2 * delta)",
                    f"{HEAD_9}0 < delta -> {LEVEL_9} -> {JUMP}",
                ],
            ),
            searched(jumps.EQ9_NECESSARY, wrong=[jumps.EQ9_NECESSARY_WITHOUT_1_ETA_LAMBDA]),
        ),
        note="For every delta > 0 and every eta lambda < 1, nothing small assumed. What the text adds, that "
        "the "
        "level is 'approximately sufficient for small delta', says nothing exact: see the amended form.",
    ),
    amended=Form(
        r"For $0 < \delta < 1$ a $\delta$-jump happens if and only if $\rho_t^4 < "
        r"\frac{\eta^2\tilde g_t^2 (1-\delta)^2}{(1-\eta\lambda)^2\,\delta(2-\delta)}$. The printed level "
        r"of $\rho_t^4$ "
        r"is always above this one, and $1 - \frac32\delta$ times the printed level never is.",
        (
            smt(
                rootless,
                mutants=[rootless.but(given=[*STEP, g >= 0, delta > 0, is_cos])],
                part="the jump without a root",
            ),
            smt(
                threshold,
                mutants=[
                    threshold.but(then=is_jump(g) == below(printed)),
                    threshold.but(then=is_jump(g) == below((1 - delta) * exact)),
                ],
                part="if and only if",
            ),
            kernel(
                "forall norm_sq eff_sq lr wd delta, 0 < norm_sq -> 0 <= eff_sq -> lr * wd < 1 -> 0 < delta "
                "< 1 -> "
                "(jump norm_sq eff_sq lr wd delta <-> norm_sq ^ 2 < periodic_jump_norm_4 eff_sq lr wd delta)",
                "Norm.jump_exact",
                mutants=[
                    "forall norm_sq eff_sq lr wd delta, 0 < norm_sq -> 0 <= eff_sq -> lr * wd < 1 -> 0 < "
                    "delta < 1 -> "
                    "(jump norm_sq eff_sq lr wd delta <-> norm_sq ^ 2 < periodic_jump_norm_4_printed eff_sq "
                    "lr wd delta)"
                ],
                part="if and only if",
            ),
            smt(
                between,
                mutants=[between.but(then=exact < Q(3, 4) * printed), converse],
                part="never sufficient",
            ),
            kernel(
                "forall gt lr wd delta, 0 < gt -> 0 < lr -> lr * wd < 1 -> 0 < delta < 1 -> "
                f"exists norm_sq, 0 < norm_sq /\\ {LEVEL_9} /\\ ~ {JUMP}",
                "Norm.eq9_never_sufficient",
                mutants=[
                    "forall gt lr wd delta, 0 < gt -> 0 < lr -> lr * wd < 1 -> 0 < delta < 1 -> "
                    f"exists norm_sq, 0 < norm_sq /\\ norm_sq < lr * gt / sqrt (2 * delta) /\\ ~ {JUMP}"
                ],
                part="never sufficient",
            ),
            smt(
                nearly,
                mutants=[nearly.but(given=[*STEP, *JUMPY, below((1 - delta) * printed)])],
                part="sufficient but for 3 delta/2",
            ),
            kernel(
                f"{HEAD_9}0 < delta < 1 -> norm_sq ^ 2 < (1 - 3 / 2 * delta) * "
                f"periodic_jump_norm_4_printed (gt ^ 2) lr wd delta -> {JUMP}",
                "Norm.eq9_approximately_sufficient",
                mutants=[
                    f"{HEAD_9}0 < delta < 1 -> norm_sq ^ 2 < (1 - delta) * "
                    f"periodic_jump_norm_4_printed (gt ^ 2) lr wd delta -> {JUMP}"
                ],
                part="sufficient but for 3 delta/2",
            ),
            searched(jumps.EQ9_EXACT_LEVEL, wrong=[jumps.EQ9_PRINTED_LEVEL_EXACTLY], part="if and only if"),
            searched(
                jumps.EQ9_SUFFICIENT_BUT_FOR_3_DELTA_2,
                wrong=[jumps.EQ9_SUFFICIENT],
                part="sufficient but for 3 delta/2",
            ),
        ),
        note="'The jump without a root' is a change of notation and has the SMT solvers alone.",
        clauses=(
            Clause(
                "the exact level of a jump",
                (
                    "the jump without a root",
                    "if and only if",
                ),
            ),
            Clause("the printed level is always above it", ("never sufficient",)),
            Clause("1 - 3 delta/2 times the printed level never is", ("sufficient but for 3 delta/2",)),
        ),
    ),
    needs=("periodic:eq8",),
)


LEVELS = (
    "forall gt lr wd delta, 0 < gt -> 0 < lr -> lr * wd < 1 -> 0 < delta < 1 -> "
    "(periodic_jump_norm_4 (gt ^ 2) lr wd delta <= periodic_prop1_norm_4 (gt ^ 2) lr delta <-> "
)
level_1 = periodic.prop1_norm_4(Q(1), Q(1), delta)
always = Statement(JUMPY, periodic.jump_norm_4(Q(1), Q(1), delta / 2, delta) < level_1)
nowhere = always.but(then=periodic.jump_norm_4(Q(1), Q(1), delta, delta) < level_1)


def exact_when(end, name):
    """What conditions 4a and 4b can say, at the end of [l, L] that they speak of."""
    level = periodic.prop1_norm_4(end**2, lr, delta)
    small = Statement([*SMALL, norm_sq > 0, end > 0, delta > 0, delta <= lr * wd, below(level)], is_jump(end))
    large = Statement(
        [*SMALL, norm_sq > 0, end > 0, delta < 1, delta >= Q(4, 3) * lr * wd, is_jump(end)], below(level)
    )
    # The mutants at eta = g = 1, where a solver finds its counterexample at once.
    unit = [lr == 1, wd > 0, wd < Q(1, 4), norm_sq > 0, end == 1]
    too_small = small.but(given=[*unit, delta > 0, delta <= 2 * wd, below(level)])
    too_large = large.but(given=[*unit, delta > 0, delta >= wd, is_jump(end)])
    return (
        smt(small, mutants=[too_small], part=f"sufficient for delta <= eta lambda ({name})"),
        certificate(always, mutants=[nowhere], part="however small delta is"),
        smt(always, mutants=[nowhere], part="however small delta is"),
        smt(large, mutants=[too_large], part=f"necessary for delta >= (4/3) eta lambda ({name})"),
        kernel(
            LEVELS + "2 * (1 - delta) ^ 2 <= (2 - delta) * (1 - lr * wd) ^ 2)",
            "Norm.prop1_level_exact",
            mutants=[LEVELS + "(1 - delta) ^ 2 <= (2 - delta) * (1 - lr * wd) ^ 2)"],
            part="where the printed level is right",
        ),
    )


SUFFICIENT = (
    r"The printed level is sufficient if $\delta \le \eta\lambda$ and necessary if $\frac43\eta\lambda \le "
    r"\delta$; "
    r"the two levels cross where $2(1-\delta)^2 = (2-\delta)(1-\eta\lambda)^2$."
)
CROSSING_NOTE = (
    "The crossing and the two ranges confirm each other: the kernel has the first, the solvers the second."
)
LIMITS = (
    "'For sufficiently small delta' cannot be read as 'for all delta below some delta_0': for every delta "
    "in (0, 1) "
    "there are eta, lambda, here 1 and delta/2, for which the printed level is not sufficient. With delta_0 "
    "= eta lambda, which depends on them, it is: that is the case in which proposition 2.2 uses (4b)."
)
possible = Statement(
    [*SMALL, norm_sq > 0, lo >= 0, lo <= hi, *JUMPY, below(periodic.prop1_norm_4(hi**2, lr, delta))],
    is_jump(hi),
)
guaranteed = Statement(
    [*SMALL, norm_sq > 0, *BETWEEN, *JUMPY, below(periodic.prop1_norm_4(lo**2, lr, delta))], is_jump(g)
)
best = Statement(
    [*SMALL, norm_sq > 0, *BETWEEN, *JUMPY, is_jump(g)], below(periodic.jump_norm_4(hi**2, lr, wd, delta))
)
worst = Statement(
    [*SMALL, norm_sq > 0, *BETWEEN, *JUMPY, below(periodic.jump_norm_4(lo**2, lr, wd, delta))], is_jump(g)
)
HEAD_1 = "forall norm_sq l L lr wd delta, 0 < norm_sq -> 0 <= l <= L -> lr * wd < 1 -> 0 < delta < 1 -> "
POSSIBLE = HEAD_1 + f"((exists gt, l <= gt <= L /\\ {JUMP}) <-> "
CERTAIN = HEAD_1 + f"((forall gt, l <= gt <= L -> {JUMP}) <-> "
PRINTED_1 = (
    "forall norm_sq l L lr wd delta, 0 < norm_sq -> 0 <= l <= L -> 0 < lr -> 0 < wd -> lr * wd < 1 -> "
    "0 < delta < 1 -> norm_sq < lr * {end} / sqrt (2 * delta) -> "
)
REFUTE_1A = """ltac:(intro H; destruct Norm.prop1a_printed_refuted as
  (n & l & L & lr & wd & d & Hn & HL & Hlr & Hwd & Hp & Hd & Hs & N);
  destruct (H n l L lr wd d Hn HL Hlr Hwd Hp Hd Hs) as (gt & Hg & J); exact (N gt Hg J))"""
REFUTE_1B = """ltac:(intro H; destruct Norm.prop1b_printed_refuted as
  (n & l & L & lr & wd & d & Hn & HL & Hlr & Hwd & Hp & Hd & Hs & N);
  apply N, (H n l L lr wd d Hn ltac:(lra) Hlr Hwd Hp Hd Hs l); lra)"""

PROP1A = Claim(
    id="periodic:prop1a",
    source="periodic proposition 1, (4a)",
    printed=Form(
        r"$\rho_t^2 < \frac{\eta L}{\sqrt{2\delta}} \Rightarrow$ a $\delta$-jump is possible: some "
        r"$\tilde g_t \in [\ell, L]$ makes one.",
        (
            smt(
                possible,
                mutants=[
                    possible.but(
                        given=[
                            *possible.given[:-1],
                            below(periodic.jump_norm_4_printed(hi**2, lr, wd, delta)),
                        ]
                    )
                ],
            ),
            kernel(
                PRINTED_1.format(end="L") + f"exists gt, l <= gt <= L /\\ {JUMP}",
                REFUTE_1A,
                mutants=[PRINTED_1.format(end="L") + f"exists gt, {JUMP}"],
                refutes={"rho^2": "3/4", "l": "1", "L": "1", "eta": "1", "lambda": "1/10", "delta": "1/2"},
            ),
            searched(
                jumps.PROP1A_BELOW_LEVEL_JUMP_IS_POSSIBLE,
                wrong=[jumps.PROP1A_BELOW_LEVEL_OF_9_JUMP_IS_POSSIBLE],
            ),
        ),
        note="Formalised for all delta in (0, 1) and all eta lambda < 1/4; the solvers take L itself for the "
        "gradient, which jumps if any does. In A.3 (4a) is derived as a necessary condition; that fails too, "
        "for small delta (Norm.prop1a_necessity_refuted). " + LIMITS,
        hedge="'for sufficiently small delta the following approximate conditions'",
    ),
    amended=Form(
        r"A $\delta$-jump is possible if and only if $\rho_t^4 < "
        r"\frac{\eta^2 L^2(1-\delta)^2}{(1-\eta\lambda)^2\,\delta(2-\delta)}$. " + SUFFICIENT,
        (
            smt(
                best,
                mutants=[best.but(then=below(periodic.prop1_norm_4(hi**2, lr, delta)))],
                part="if and only if",
            ),
            kernel(
                POSSIBLE + "norm_sq ^ 2 < periodic_jump_norm_4 (L ^ 2) lr wd delta)",
                "Norm.prop1a_exact",
                mutants=[POSSIBLE + "norm_sq ^ 2 < periodic_prop1_norm_4 (L ^ 2) lr delta)"],
                part="if and only if",
            ),
            *exact_when(hi, "L"),
            searched(
                jumps.PROP1A_EXACT_LEVEL,
                wrong=[jumps.PROP1A_PRINTED_LEVEL_EXACTLY, jumps.PROP1A_ONLY_BELOW_LEVEL],
                part="if and only if",
            ),
        ),
        note=CROSSING_NOTE,
        clauses=(
            Clause("a jump is possible if and only if", ("if and only if",)),
            Clause(
                "the printed level is sufficient if delta <= eta lambda",
                ("sufficient for delta <= eta lambda (L)",),
            ),
            Clause("necessary if 4/3 eta lambda <= delta", ("necessary for delta >= (4/3) eta lambda (L)",)),
            Clause(
                "where the two levels cross",
                (
                    "however small delta is",
                    "where the printed level is right",
                ),
            ),
        ),
    ),
    needs=("periodic:eq9",),
)

PROP1B = Claim(
    id="periodic:prop1b",
    source="periodic proposition 1, (4b)",
    printed=Form(
        r"$\rho_t^2 < \frac{\eta\ell}{\sqrt{2\delta}} \Rightarrow$ a $\delta$-jump is guaranteed: every "
        r"$\tilde g_t \in [\ell, L]$ makes one.",
        (
            smt(
                guaranteed,
                mutants=[
                    guaranteed.but(
                        given=[
                            *guaranteed.given[:-1],
                            below(periodic.jump_norm_4_printed(lo**2, lr, wd, delta)),
                        ]
                    )
                ],
            ),
            kernel(
                PRINTED_1.format(end="l") + f"forall gt, l <= gt <= L -> {JUMP}",
                REFUTE_1B,
                mutants=[PRINTED_1.format(end="l") + f"forall gt, L <= gt -> {JUMP}"],
                refutes={"rho^2": "3/4", "l": "1", "L": "1", "eta": "1", "lambda": "1/10", "delta": "1/2"},
            ),
            searched(jumps.PROP1B_AS_PRINTED, wrong=[jumps.PROP1B_WITH_LEVEL_OF_9]),
        ),
        note="Formalised for all delta in (0, 1) and all eta lambda < 1/4. " + LIMITS,
        hedge="'for sufficiently small delta the following approximate conditions'",
    ),
    amended=Form(
        r"A $\delta$-jump is guaranteed if and only if $\rho_t^4 < "
        r"\frac{\eta^2\ell^2(1-\delta)^2}{(1-\eta\lambda)^2\,\delta(2-\delta)}$. " + SUFFICIENT,
        (
            smt(
                worst,
                mutants=[
                    worst.but(
                        given=[*worst.given[:-1], below(periodic.jump_norm_4_printed(lo**2, lr, wd, delta))]
                    )
                ],
                part="if and only if",
            ),
            kernel(
                CERTAIN + "norm_sq ^ 2 < periodic_jump_norm_4 (l ^ 2) lr wd delta)",
                "Norm.prop1b_exact",
                mutants=[CERTAIN + "norm_sq ^ 2 < periodic_prop1_norm_4 (l ^ 2) lr delta)"],
                part="if and only if",
            ),
            *exact_when(lo, "l"),
            searched(
                jumps.PROP1B_EXACT_LEVEL,
                wrong=[jumps.PROP1B_PRINTED_LEVEL_EXACTLY],
                part="if and only if",
            ),
        ),
        note=CROSSING_NOTE,
        clauses=(
            Clause("a jump is guaranteed if and only if", ("if and only if",)),
            Clause(
                "the printed level is sufficient if delta <= eta lambda",
                ("sufficient for delta <= eta lambda (l)",),
            ),
            Clause("necessary if 4/3 eta lambda <= delta", ("necessary for delta >= (4/3) eta lambda (l)",)),
            Clause(
                "where the two levels cross",
                (
                    "however small delta is",
                    "where the printed level is right",
                ),
            ),
        ),
    ),
    needs=("periodic:eq9",),
)

lower, upper = periodic.delta_bound(norm_sq, lo**2, lr), periodic.delta_bound(norm_sq, hi**2, lr)
IN_RANGE = [*SMALL, norm_sq > 0, *BETWEEN]


def at_most(bound):
    """1 - c <= bound, without a root."""
    return Or(bound >= 1, (1 - bound) ** 2 * inverse <= 1)


def at_least(bound):
    """1 - c >= bound, without a root."""
    return And(bound <= 1, (1 - bound) ** 2 * inverse >= 1)


drawn_lower = Statement([*SMALL, norm_sq > 0, lo >= 0, lo <= g], at_least(lower))
drawn_upper = Statement([*SMALL, norm_sq > 0, g >= 0, g <= hi], at_most(upper))
UNIT = [lr == 1, wd > 0, wd < Q(1, 4), norm_sq > 0, lo == 1, g == 1, hi == 1]
right_lower = Statement([*IN_RANGE, is_cos], periodic.cos_dist_bounds(norm_sq, lo**2, lr, wd)[0] <= 1 - c)
right_upper = Statement([*IN_RANGE, is_cos], 1 - c <= periodic.cos_dist_bounds(norm_sq, hi**2, lr, wd)[1])
small_lower = Statement([*IN_RANGE, lower <= lr * wd], at_least(lower))
large_upper = Statement([*IN_RANGE, upper >= Q(4, 3) * lr * wd], at_most(upper))
never_both = Statement(
    [*SMALL, norm_sq > 0, lo > 0, lo == g, hi == g, upper < 1],
    Implies(And(at_least(lower), at_most(upper)), (1 - lower) ** 2 * inverse == 1),
)
COS = "cos_distance norm_sq (gt ^ 2) lr wd"
HEAD_F3 = "forall norm_sq gt l L lr wd, 0 < norm_sq -> 0 <= l -> l <= gt <= L -> lr * wd < 1 -> "
BOUNDS = HEAD_F3 + (
    "let lower := periodic_delta_bound norm_sq (l ^ 2) lr{factor} in "
    "let upper := periodic_delta_bound norm_sq (L ^ 2) lr{factor} in "
    f"lower - 3 / 2 * lower ^ 2 <= {COS} <= upper"
)
FIGURE3 = Claim(
    id="periodic:delta-bounds",
    source="periodic figure 3 (right), text below remark 1",
    printed=Form(
        r"$\delta_{\min} = \frac{\eta^2\ell^2}{2\rho_t^4} \le 1 - \cos(x_t, x_{t+1}) \le "
        r"\frac{\eta^2L^2}{2\rho_t^4} = \delta_{\max}$ for $\ell \le \tilde g_t \le L$.",
        (
            smt(drawn_lower, mutants=[drawn_lower.but(then=at_least(2 * lower))], part="delta_min"),
            smt(drawn_upper, mutants=[drawn_upper.but(then=at_most(upper / 2))], part="delta_max"),
            searched(jumps.DELTA_BOUNDS_LOWER, wrong=[jumps.DELTA_BOUNDS_LOWER_DOUBLED], part="delta_min"),
            searched(jumps.DELTA_BOUNDS_UPPER, wrong=[jumps.DELTA_BOUNDS_UPPER_HALVED], part="delta_max"),
        ),
        note="Each bound fails for some steps; with l = L = g at least one of the two fails at every step, "
        "but for those on which both are equalities: the lower one when ESS^2 is large against eta lambda, "
        "the "
        "upper one when it is small, as in phase B. The dashed lines are first-order approximations.",
        hedge="'for sufficiently small delta the following approximate conditions'",
        clauses=(
            Clause("delta_min is a lower bound", ("delta_min",)),
            Clause("delta_max is an upper bound", ("delta_max",)),
        ),
    ),
    amended=Form(
        r"With $q = \frac{\eta^2\tilde g^2}{(1-\eta\lambda)^2\rho_t^4}$ at $\tilde g = \ell$ and $L$: "
        r"$\frac{2 q_\ell}{4 + 3 q_\ell} \le 1 - \cos(x_t, x_{t+1}) \le \frac{q_L}{2}$. "
        r"The printed $\delta_{\min}$ is a lower bound wherever $\delta_{\min} \le \eta\lambda$, the printed "
        r"$\delta_{\max}$ an upper bound wherever $\delta_{\max} \ge \frac43\eta\lambda$.",
        (
            smt(right_upper, mutants=[right_upper.but(then=1 - c <= upper)], part="the upper bound"),
            kernel(
                BOUNDS.format(factor=" / (1 - lr * wd) ^ 2"),
                "Norm.delta_bounds",
                mutants=[BOUNDS.format(factor="")],
                part="the upper bound",
            ),
            smt(
                right_lower,
                mutants=[right_lower.but(then=periodic.cos_dist_bounds(norm_sq, lo**2, lr, wd)[1] <= 1 - c)],
                part="the lower bound",
            ),
            smt(
                small_lower,
                mutants=[small_lower.but(given=[*UNIT, lower <= 2 * wd])],
                part="where delta_min holds",
            ),
            smt(
                large_upper,
                mutants=[large_upper.but(given=[*UNIT, upper >= wd])],
                part="where delta_max holds",
            ),
            smt(
                never_both,
                mutants=[never_both.but(given=[*never_both.given[:5], lo <= g, g <= hi, upper < 1])],
                part="never both",
            ),
            searched(
                jumps.DELTA_BOUNDS_EXACT_UPPER_BOUND, wrong=[jumps.DELTA_BOUNDS_UPPER], part="the upper bound"
            ),
            searched(
                jumps.DELTA_BOUNDS_EXACT_LOWER_BOUND, wrong=[jumps.DELTA_BOUNDS_LOWER], part="the lower bound"
            ),
        ),
        note="The kernel proves the lower end q/2 - 3 q^2/8, a little weaker than the one given here, which "
        "has "
        "the two SMT solvers; so have the three ranges, each a polynomial inequality in two ratios.",
        clauses=(
            Clause("the upper bound", ("the upper bound",)),
            Clause("the lower bound", ("the lower bound",)),
            Clause(
                "the printed delta_min holds where it is at most eta lambda",
                (
                    "where delta_min holds",
                    "never both",
                ),
            ),
            Clause(
                "the printed delta_max holds where it is at least 4/3 eta lambda", ("where delta_max holds",)
            ),
        ),
    ),
    needs=("periodic:eq8",),
)

CLAIMS = (EQ9, PROP1A, PROP1B, FIGURE3)
