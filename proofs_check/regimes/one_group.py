"""Appendix A.3: one quotient on the circle, equations 17-22 and 26 and propositions 2.1 and 2.2.

The law behind it all is exact: a step multiplies the distance between the value and its level
(alpha - 1/elr)/2 by (1 - ESS^2)/(1 + ESS^2). The kernel's runs are the process (2) itself,
``circle_run``: the gradient step and the division by the norm.
"""

import sympy

from proofs_check import (
    And,
    Claim,
    Derivation,
    Form,
    Process,
    Q,
    Statement,
    Step,
    algebra,
    certificate,
    induction,
    kernel,
    reals,
    smt,
)
from sitheory.theory import regimes, scale

alpha, elr, x, y, r, h, q = reals("alpha elr x y r h q")
KNOWN = [alpha > 0, elr > 0]
CIRCLE = [*KNOWN, x * x + y * y == 1, y != 0]
BELOW = [*KNOWN, elr < 1 / alpha]
ABOVE = [*KNOWN, alpha * elr > 1]
FOR_RUNS = "forall alpha lr x0 y0, 0 < alpha -> 0 < lr -> "
STARTS = "x0 <> 0 -> y0 <> 0 -> x0 ^ 2 + y0 ^ 2 = 1 -> "
VALUE = "circle_loss alpha (circle_run alpha lr (x0, y0) {})"
drop = regimes.ratio_drop(alpha, elr, r**2)
factor = regimes.ratio_factor(alpha, elr, r**2)
grad = regimes.quotient_grad(alpha, x, y)

in_r = Statement([y != 0], alpha * regimes.quotient(x, y) == regimes.ratio_loss(alpha, (x / y) ** 2))
EQ17_COQ = (
    "forall alpha x y, y <> 0 -> alpha * regimes_quotient x y = regimes_ratio_loss alpha ((x / y) ^ {})"
)
EQ17 = Claim(
    id="regimes:eq17",
    source="regimes (17)",
    printed=Form(
        r"$f_\alpha(x, y) = \alpha \frac{r^2}{1+r^2}$ with $r = x/y$.",
        (
            algebra(
                in_r,
                mutants=[in_r.but(then=alpha * regimes.quotient(x, y) == regimes.ratio_loss(alpha, x / y))],
            ),
            kernel(EQ17_COQ.format(2), "RegimesMore.eq17", mutants=[EQ17_COQ.format(1)]),
        ),
        note="For y != 0, which the step preserves (eq. 19).",
    ),
)

NOT_ORIGIN = [x * x + y * y > 0, (x + h) ** 2 + y * y > 0, x * x + (y + h) ** 2 > 0]


def _slope(direction: tuple[int, int], slope_at) -> Statement:
    """The difference quotient is slope_at(h), a function without a gap at h = 0."""
    moved = regimes.quotient(x + direction[0] * h, y + direction[1] * h)
    return Statement(NOT_ORIGIN, alpha * (moved - regimes.quotient(x, y)) == h * slope_at(h))


def _slope_x(step):
    return alpha * y**2 * (2 * x + step) / (((x + step) ** 2 + y**2) * (x**2 + y**2))


def _slope_y(step):
    return -alpha * x**2 * (2 * y + step) / ((x**2 + (y + step) ** 2) * (x**2 + y**2))


at_zero = Statement([x * x + y * y > 0], And(_slope_x(0) == grad[0], _slope_y(0) == grad[1]))
EQ18_COQ = (
    "forall alpha x y, x ^ 2 + y ^ 2 <> 0 -> "
    "is_derive (fun u => alpha * regimes_quotient u y) x ({}regimes_quotient_grad_0 alpha x y) /\\ "
    "is_derive (fun u => alpha * regimes_quotient x u) y (regimes_quotient_grad_1 alpha x y)"
)
EQ18 = Claim(
    id="regimes:eq18",
    source="regimes (18)",
    printed=Form(
        r"$\nabla f_\alpha(x, y) = \frac{2\alpha xy}{(x^2+y^2)^2} [y, -x]^T$.",
        (
            algebra(_slope((1, 0), _slope_x), part="x", mutants=[_slope((1, 0), _slope_y)]),
            algebra(_slope((0, 1), _slope_y), part="y", mutants=[_slope((0, 1), lambda s: -_slope_y(s))]),
            algebra(
                at_zero,
                part="both",
                mutants=[at_zero.but(then=And(_slope_x(0) == grad[0], _slope_y(0) == -grad[1]))],
            ),
            kernel(EQ18_COQ.format(""), "RegimesMore.gradient", part="both", mutants=[EQ18_COQ.format("- ")]),
        ),
        note="For exact algebra, the difference quotients and their values at h = 0.",
    ),
)

stepped = regimes.gradient_step(x, y, *grad, elr)
next_ratio = stepped[0] / stepped[1]
chain = Statement(
    CIRCLE,
    And(
        next_ratio == (x - 2 * alpha * elr * x * y**2) / (y + 2 * alpha * elr * x**2 * y),
        next_ratio == x / y * (1 - 2 * alpha * elr / (1 + 2 * alpha * elr * x**2)),
        next_ratio == regimes.ratio_next(alpha, elr, x / y),
    ),
)
EQ19_COQ = (
    "forall alpha lr x y, 0 < alpha -> 0 < lr -> x ^ 2 + y ^ 2 = 1 -> y <> 0 -> "
    "let p := circle_step alpha lr (x, y) in "
    "on_circle p /\\ snd p <> 0 /\\ fst p / snd p = regimes_ratio_next alpha {} (x / y)"
)
EQ19 = Claim(
    id="regimes:eq19",
    source="regimes (19)",
    printed=Form(
        r"$r^{(t+1)} = r^{(t)} \left(1 - \frac{2\alpha\tilde\eta}{1+2\alpha\tilde\eta "
        r"r^2/(1+r^2)}\right)$, "
        r"and the lines before it.",
        (
            algebra(chain, mutants=[chain.but(then=next_ratio == regimes.ratio_next(alpha, 2 * elr, x / y))]),
            kernel(EQ19_COQ.format("lr"), "RegimesMore.ratio_step", mutants=[EQ19_COQ.format("(2 * lr)")]),
        ),
        note="From the process (2): the division by the norm cancels in the ratio, and y stays non-zero.",
    ),
    needs=("regimes:eq17", "regimes:eq18"),
)

shrinks = Statement(KNOWN, abs(regimes.ratio_next(alpha, elr, r)) == factor * abs(r))
EQ20_COQ = (
    "forall alpha elr r, Rabs (regimes_ratio_next alpha elr r) = regimes_ratio_factor alpha elr (r ^ 2) * {}"
)
EQ20 = Claim(
    id="regimes:eq20",
    source="regimes (20)",
    printed=Form(
        r"$|r^{(t+1)}| = \kappa^{(t)} |r^{(t)}|$.",
        (
            smt(shrinks, mutants=[shrinks.but(then=abs(regimes.ratio_next(alpha, elr, r)) == factor * r)]),
            kernel(EQ20_COQ.format("Rabs r"), "RegimesMore.eq20", mutants=[EQ20_COQ.format("r")]),
        ),
    ),
    needs=("regimes:eq19",),
)

low, high = regimes.ratio_drop_bounds(alpha, elr)


def _chain(ratio):
    term = regimes.ratio_drop(alpha, elr, ratio**2)
    return And(low > 0, low < term, term < high, high < 2)


strict = Statement([*BELOW, r != 0], _chain(regimes.ratio_next(alpha, elr, r)))
bounds = Statement(BELOW, And(low > 0, low < drop, drop <= high, high < 2, (drop == high) == (r == 0)))
EQ21_COQ = (
    "forall alpha elr s, 0 < alpha -> 0 < elr -> 0 <= s -> "
    "regimes_ratio_drop_bounds_0 alpha elr < regimes_ratio_drop alpha elr s /\\ "
    "regimes_ratio_drop alpha elr s {} regimes_ratio_drop_bounds_1 alpha elr /\\ "
    "(regimes_ratio_drop alpha elr s = regimes_ratio_drop_bounds_1 alpha elr <-> s = 0)"
)
EQ21 = Claim(
    id="regimes:eq21",
    source="regimes (21)",
    printed=Form(
        r"For $\tilde\eta < 1/\alpha$ and all $t$, from every $r^{(0)} \ne 0$: "
        r"$0 < \frac{2\alpha\tilde\eta}{1+2\alpha\tilde\eta} < "
        r"\frac{2\alpha\tilde\eta}{1+2\alpha\tilde\eta "
        r"r^2/(1+r^2)} < 2\alpha\tilde\eta < 2$.",
        (
            smt(
                strict,
                mutants=[strict.but(given=[*KNOWN, r != 0]), strict.but(without=3)],
            ),
        ),
        note="Formalised at t = 1. From r^2 = 2 alpha elr - 1 one step lands on r = 0, where the third "
        "term equals "
        "the fourth. Nothing in the proof of proposition 2.1 needs this strictness.",
    ),
    amended=Form(
        r"The chain with $\le$ in the third place, for every real $r$; equality there if and only if $r "
        r"= 0$.",
        (
            smt(bounds, mutants=[bounds.but(then=drop < high), bounds.but(given=KNOWN)]),
            kernel(EQ21_COQ.format("<="), "RegimesMore.eq21_bounds", mutants=[EQ21_COQ.format("<")]),
        ),
        note="The kernel's statement is free of the hypothesis elr < 1/alpha, which only 2 alpha elr < "
        "2 needs.",
    ),
)

grows = Statement(
    ABOVE,
    And(
        (factor > 1) == (drop > 2),
        (drop > 2) == (r**2 / (1 + r**2) < (alpha * elr - 1) / (2 * alpha * elr)),
        (drop > 2) == (r**2 < regimes.fixed_ratio_sq(alpha, elr)),
    ),
)
EQ22_COQ = (
    "forall alpha elr r, 0 < alpha -> 0 < elr -> "
    "(regimes_ratio_factor alpha elr (r ^ 2) > 1 <-> regimes_ratio_drop alpha elr (r ^ 2) > 2) /\\ "
    "(regimes_ratio_drop alpha elr (r ^ 2) > 2 <-> r ^ 2 / (1 + r ^ 2) < (alpha * elr - 1) / (2 * alpha "
    "* elr)) /\\ "
    "(regimes_ratio_drop alpha elr (r ^ 2) > 2 <-> r ^ 2 {} regimes_fixed_ratio_sq alpha elr)"
)
EQ22 = Claim(
    id="regimes:eq22",
    source="regimes (22)",
    printed=Form(
        r"$\kappa^{(t)} > 1 \iff \frac{2\alpha\tilde\eta}{1+2\alpha\tilde\eta r^2/(1+r^2)} > 2 \iff "
        r"\frac{r^2}{1+r^2} < \frac{\alpha\tilde\eta-1}{2\alpha\tilde\eta} \iff "
        r"r^2 < (r^*)^2 = \frac{\alpha\tilde\eta-1}{\alpha\tilde\eta+1}$.",
        (
            smt(
                grows,
                mutants=[
                    grows.but(then=(factor >= 1) == (drop > 2)),
                    grows.but(then=(factor > 1) == (drop >= 2)),
                ],
            ),
            kernel(EQ22_COQ.format("<"), "RegimesMore.eq22", mutants=[EQ22_COQ.format("<=")]),
        ),
        note="The equivalences hold for every elr > 0. The sentence after them, that r^2 'must "
        "stabilize' because "
        "kappa > 1 below and kappa < 1 above the level, does not follow from them: such a map can "
        "overshoot, and "
        "can land on 0 (see regimes:prop2.2).",
    ),
)

rate = [q >= abs(1 - 2 * alpha * elr), q >= 1 / (1 + 2 * alpha * elr)]
contracts = Statement([*KNOWN, *rate], abs(regimes.ratio_next(alpha, elr, r)) <= q * abs(r))
below_one = Statement(
    [*BELOW, r != 0], And(abs(1 - 2 * alpha * elr) < 1, 1 / (1 + 2 * alpha * elr) < 1, factor < 1)
)
bound = reals("bound")[0]
ratio_run = {
    "state": [r, bound],
    "following": [regimes.ratio_next(alpha, elr, r), q**2 * bound],
    "start": [bound == r**2],
    "invariant": [r**2 <= bound],
}
PROP21_COQ = (
    FOR_RUNS
    + "lr < {} / alpha -> "
    + STARTS
    + "linear_rate alpha lr < 1 /\\ forall t, 0 <= "
    + VALUE.format("t")
    + " <= alpha * (x0 / y0) ^ 2 * (linear_rate alpha lr ^ 2) ^ t"
)
PROP21 = Claim(
    id="regimes:prop2.1",
    source="regimes A.3, proposition 2, 1.",
    printed=Form(
        r"If $\tilde\eta < 1/\alpha$, then from every $x^{(0)} \ne 0, y^{(0)} \ne 0$ the value "
        r"converges linearly "
        r"to zero.",
        (
            smt(contracts, part="one step", mutants=[contracts.but(without=3), contracts.but(without=2)]),
            smt(below_one, part="the rate", mutants=[below_one.but(given=[*KNOWN, r != 0])]),
            induction(
                Process(given=[*KNOWN, *rate], **ratio_run),
                part="all t",
                mutants=[Process(given=[*KNOWN, rate[0]], **ratio_run)],
            ),
            kernel(
                PROP21_COQ.format(1),
                "RegimesMore.proposition2_1",
                part="all t",
                mutants=[PROP21_COQ.format(2)],
            ),
        ),
        note="The printed 'kappa < 1, which implies linear convergence' needs kappa bounded away from "
        "1, which the "
        "chain (21) gives at once: one rate q = max(|1 - 2k|, 1/(1 + 2k)), k = alpha elr, serves all "
        "starts, and the "
        "value is at most alpha r_0^2 q^(2t). At k = 1/2 the convergence is cubic, and for 1/2 < k < 1 "
        "the starts "
        "r_0^2 = 2k - 1 reach zero in one step.",
    ),
    needs=("regimes:eq19", "regimes:eq20", "regimes:eq21"),
)

off_zero = Statement([*CIRCLE, x != 0, alpha * elr > 1], stepped[0] != 0)
ess_sq = scale.ess_sq(elr, regimes.ratio_eff_grad_sq(alpha, r**2))
gap = regimes.ratio_loss(alpha, r**2) - regimes.level(alpha, elr)
next_gap = regimes.ratio_loss(alpha, regimes.ratio_next(alpha, elr, r) ** 2) - regimes.level(alpha, elr)
gap_law = Statement(KNOWN, next_gap == gap * (1 - ess_sq) / (1 + ess_sq))
GAP_COQ = (
    "forall alpha elr r, 0 < alpha -> 0 < elr -> "
    "let E := scale_ess_sq elr (regimes_ratio_eff_grad_sq alpha (r ^ 2)) in "
    "regimes_ratio_loss alpha (regimes_ratio_next alpha elr r ^ 2) - regimes_level alpha elr "
    "= (regimes_ratio_loss alpha (r ^ 2) - regimes_level alpha elr) * ((1 - E) / (1 + {}E))"
)
level_ess = regimes.level_ess_sq(alpha, elr)
local_rate = Statement(
    ABOVE,
    And(
        (1 - level_ess) / (1 + level_ess) == 2 / (alpha * elr) ** 2 - 1,
        abs((1 - level_ess) / (1 + level_ess)) < 1,
    ),
)
CONVERGES = (
    FOR_RUNS + "x0 <> 0 -> y0 <> 0 -> x0 ^ 2 + y0 ^ 2 = 1 -> 1 < alpha * lr -> {never}"
    "is_lim_seq (fun t => circle_loss alpha (circle_run alpha lr (x0, y0) t)) (regimes_level alpha lr)"
)
NEVER = "(forall t, fst (circle_run alpha lr (x0, y0) t) <> 0) -> "
STAYS = (
    FOR_RUNS + "y0 <> 0 -> x0 ^ 2 + y0 ^ 2 = 1 -> forall T, fst (circle_run alpha lr (x0, y0) T) = 0 -> "
    "forall t, {from_then} -> " + VALUE.format("t") + " = 0"
)
PROP22 = Claim(
    id="regimes:prop2.2",
    source="regimes A.3, proposition 2, 2.",
    printed=Form(
        r"If $\tilde\eta > 1/\alpha$, then from every $x^{(0)} \ne 0, y^{(0)} \ne 0$ the value "
        r"stabilises at "
        r"$\frac12(\alpha - 1/\tilde\eta)$.",
        (
            smt(off_zero, mutants=[off_zero.but(without=5)]),
            kernel(
                FOR_RUNS + "lr > 1 / alpha -> " + STARTS + "is_lim_seq (fun t => "
                "circle_loss alpha (circle_run alpha lr (x0, y0) t)) (regimes_level alpha lr)",
                "RegimesMore.proposition2_2_refuted",
                refutes={
                    "alpha": "1",
                    "elr": "25/18",
                    "x0": "4/5",
                    "y0": "3/5",
                    "level": "7/50",
                    "reached": "0",
                },
                mutants=[FOR_RUNS + "lr > 1 / alpha -> " + STARTS + "circle_loss alpha (x0, y0) > 0"],
            ),
        ),
        note="Wherever r_0^2 = 2 alpha elr - 1, one step lands on x = 0, the minimum, and stays there. "
        "The first "
        "check says that no step lands there.",
    ),
    amended=Form(
        r"If $\tilde\eta > 1/\alpha$, then from every $x^{(0)} \ne 0, y^{(0)} \ne 0$ either some "
        r"$x^{(t)} = 0$ "
        r"exactly, and the value is 0 from then on, or the value converges to $\frac12(\alpha - "
        r"1/\tilde\eta)$. "
        r"A step multiplies its distance to that level by $\frac{1-\mathrm{ESS}^2}{1+\mathrm{ESS}^2}$ "
        r"exactly, "
        r"which at the level is $2/(\alpha\tilde\eta)^2 - 1$, less than 1 in size for every $\tilde\eta$.",
        (
            algebra(gap_law, part="the law", mutants=[gap_law.but(then=next_gap == gap * (1 - ess_sq))]),
            kernel(
                GAP_COQ.format(""), "RegimesMore.level_gap", part="the law", mutants=[GAP_COQ.format("2 * ")]
            ),
            smt(local_rate, part="the rate", mutants=[local_rate.but(given=KNOWN)]),
            certificate(local_rate, part="the rate", mutants=[local_rate.but(given=KNOWN)]),
            kernel(
                CONVERGES.format(never=NEVER),
                "fun a l x y Ha Hl _ => RegimesMore.converges_to_level a l x y Ha Hl",
                part="convergence",
                mutants=[CONVERGES.format(never="")],
            ),
            kernel(
                STAYS.format(from_then="(T <= t)%nat"),
                "RegimesMore.stays_at_zero",
                part="zero",
                mutants=[STAYS.format(from_then="(t <= T)%nat")],
            ),
        ),
        note="The printed proof does not carry (see regimes:eq22); this one needs no more than the law. "
        "Limits are the "
        "kernel's alone. The starts that reach 0 are countably many values of r_0^2.",
    ),
    needs=("regimes:eq19", "regimes:eq22", "regimes:eq26"),
)

decreases = Statement(
    [*KNOWN, alpha * elr == 1, r != 0],
    regimes.ratio_loss(alpha, regimes.ratio_next(alpha, elr, r) ** 2) < regimes.ratio_loss(alpha, r**2),
)
REMARK1_COQ = (
    FOR_RUNS + "y0 <> 0 -> x0 ^ 2 + y0 ^ 2 = 1 -> alpha * lr = {} -> "
    "is_lim_seq (fun t => circle_loss alpha (circle_run alpha lr (x0, y0) t)) 0"
)
F0, FT = VALUE.format("0"), VALUE.format("t")
SUBLINEAR = (
    FOR_RUNS + STARTS + f"alpha * lr = 1 -> {F0} < alpha / 2 -> forall t, 0 < {FT} <= {F0} /\\ "
    f"/ {F0} + {{}} / alpha * INR t <= / {FT} <= / {F0} + 8 / alpha / (1 - 2 * {F0} / alpha) ^ 2 * INR t"
)
REMARK1 = Claim(
    id="regimes:remark1",
    source="regimes A.3, remark 1",
    printed=Form(
        r"If $\tilde\eta = 1/\alpha$, the convergence to the minimum is still preserved.",
        (
            smt(
                decreases,
                part="each step",
                mutants=[decreases.but(without=3), decreases.but(given=[*KNOWN, r != 0])],
            ),
            kernel(
                REMARK1_COQ.format(1),
                "RegimesMore.remark1_converges",
                part="all t",
                mutants=[REMARK1_COQ.format(2)],
            ),
        ),
        note="'It may not be as stable' says nothing exact; the amended form says what is lost.",
    ),
    amended=Form(
        r"It is preserved from every start, but no longer linear: if $f^{(0)} < \alpha/2$, then for all "
        r"$t$, "
        r"$1/f^{(0)} + 8t/\alpha \le 1/f^{(t)} \le 1/f^{(0)} + \frac{8t/\alpha}{(1 - 2f^{(0)}/\alpha)^2}$, "
        r"so that $f^{(t)} \sim 1/t$.",
        (
            kernel(
                REMARK1_COQ.format(1),
                "RegimesMore.remark1_converges",
                part="limit",
                mutants=[REMARK1_COQ.format(2)],
            ),
            kernel(
                SUBLINEAR.format(8),
                "RegimesMore.remark1_sublinear",
                part="rate",
                mutants=[SUBLINEAR.format(9)],
            ),
        ),
        note="The kernel alone: statements for all t with a bound that grows in t. f = alpha/2 reaches "
        "0 in one step.",
    ),
    needs=("regimes:prop2.2",),
)

SYMMETRY = Statement([x * x + y * y > 0], regimes.quotient(x, y) + regimes.quotient(y, x) == 1)
short = Statement(
    KNOWN,
    And(
        regimes.random_walk_loss([alpha]) - regimes.level(alpha, elr) == 1 / (2 * elr),
        regimes.random_walk_loss([alpha]) == alpha / 2,
    ),
)
MEAN_COQ = (
    "forall alpha, is_RInt (fun t => alpha * regimes_quotient (cos t) (sin t)) 0 (2 * PI) (2 * PI * "
    "(alpha / {}))"
)
LIMIT_COQ = "forall alpha, is_lim (fun elr => regimes_level alpha elr) p_infty (alpha / {})"
REMARK2 = Claim(
    id="regimes:remark2",
    source="regimes A.3, remark 2",
    printed=Form(
        r"As $\tilde\eta \to \infty$ the level tends to $\alpha/2$, the mean of $f_\alpha$ over the "
        r"uniform circle.",
        (
            algebra(
                short, part="the level", mutants=[short.but(then=regimes.level(alpha, elr) == alpha / 2)]
            ),
            kernel(
                LIMIT_COQ.format(2),
                "RegimesMore.remark2_limit",
                part="the level",
                mutants=[LIMIT_COQ.format(3)],
            ),
            algebra(
                SYMMETRY,
                part="the mean",
                mutants=[SYMMETRY.but(then=regimes.quotient(x, y) == regimes.quotient(y, x))],
            ),
            kernel(
                MEAN_COQ.format(2), "RegimesMore.remark2_mean", part="the mean", mutants=[MEAN_COQ.format(3)]
            ),
        ),
        note="True of the numbers: at every finite ELR the level is below the mean by 1/(2 elr). It "
        "does not make one "
        "group at a high ELR a random walk: it still converges to its level (regimes:prop2.2), at a "
        "rate that tends "
        "to 1. Exact algebra has the symmetry under exchange of x and y, which is why the mean is one "
        "half.",
    ),
    needs=("regimes:prop2.2",),
)

printed_grad_sq = (grad[0] ** 2 + grad[1] ** 2) * (x**2 + y**2)
effective = Statement(
    [y != 0],
    And(
        printed_grad_sq == regimes.quotient_eff_grad_sq(alpha, x, y),
        printed_grad_sq == regimes.ratio_eff_grad_sq(alpha, (x / y) ** 2),
    ),
)
at_level = Statement(
    ABOVE,
    And(
        regimes.ratio_eff_grad_sq(alpha, regimes.fixed_ratio_sq(alpha, elr)) == alpha**2 - 1 / elr**2,
        scale.ess_sq(elr, regimes.ratio_eff_grad_sq(alpha, regimes.fixed_ratio_sq(alpha, elr))) == level_ess,
        regimes.ratio_loss(alpha, regimes.fixed_ratio_sq(alpha, elr)) == regimes.level(alpha, elr),
    ),
)
LEVEL_COQ = (
    "forall alpha elr, 0 < alpha -> 0 < elr -> "
    "regimes_ratio_loss alpha (regimes_fixed_ratio_sq alpha elr) = regimes_level alpha elr /\\ "
    "scale_ess_sq elr (regimes_ratio_eff_grad_sq alpha (regimes_fixed_ratio_sq alpha elr)) = {}"
)


def effective_gradient() -> list[Derivation]:
    """Equation (26), and the ESS at the level."""
    a, e, u, v, s = sympy.symbols("alpha elr x y r", positive=True)
    gx, gy = regimes.quotient_grad(a, u, v)
    in_ratio = Step(regimes.ratio_eff_grad_sq(a, s**2), "x = r y", {u: s * v})
    first = Derivation(
        (gx**2 + gy**2) * (u**2 + v**2),
        [Step(regimes.quotient_eff_grad_sq(a, u, v), "add the squares of (18)"), in_ratio],
        "it depends on r alone",
        "eq. 26",
    )
    level_sq = regimes.fixed_ratio_sq(a, e)
    second = Derivation(
        scale.ess_sq(e, regimes.ratio_eff_grad_sq(a, level_sq)),
        [
            Step(e**2 * (a**2 - 1 / e**2), "1 + r*^2 = 2 alpha elr/(alpha elr + 1)"),
            Step(regimes.level_ess_sq(a, e), "multiply out"),
        ],
        "the squared ESS at the level is alpha^2 elr^2 - 1",
        "ESS at r*",
    )
    return [first, second]


EQ26 = Claim(
    id="regimes:eq26",
    source="regimes (26) and below",
    printed=Form(
        r"$\tilde g_\alpha^2 = 4\alpha^2\frac{x^2y^2}{(x^2+y^2)^2} = 4\alpha^2\frac{r^2}{(1+r^2)^2}$; "
        r"at $(r^*)^2$ it "
        r"is $\alpha^2 - 1/\tilde\eta^2$, and the squared ESS $\alpha^2\tilde\eta^2 - 1$.",
        (
            algebra(
                effective,
                part="in r",
                mutants=[
                    effective.but(then=printed_grad_sq == 2 * regimes.ratio_eff_grad_sq(alpha, (x / y) ** 2))
                ],
            ),
            algebra(
                at_level, part="at r*", mutants=[at_level.but(then=level_ess == alpha**2 * elr**2 + Q(1))]
            ),
            kernel(
                LEVEL_COQ.format("regimes_level_ess_sq alpha elr"),
                "RegimesMore.level_is_reached_at_fixed_ratio",
                part="at r*",
                mutants=[LEVEL_COQ.format("regimes_level_ess_sq elr alpha + 1")],
            ),
        ),
    ),
    needs=("regimes:eq18", "regimes:eq22"),
    derivation=effective_gradient,
)

CLAIMS = (EQ17, EQ18, EQ19, EQ20, EQ21, EQ22, PROP21, PROP22, REMARK1, REMARK2, EQ26)
