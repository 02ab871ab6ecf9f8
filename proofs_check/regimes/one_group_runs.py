"""Appendix A.3: where one group's run ends, propositions 2.1 and 2.2 and remarks 1 and 2.

The law behind it all is exact: a step multiplies the distance between the value and its level
(alpha - 1/elr)/2 by (1 - ESS^2)/(1 + ESS^2). The kernel's runs are the process (2) itself,
``circle_run``: the gradient step and the division by the norm.
"""

from proofs_check import (
    And,
    Claim,
    Clause,
    Failure,
    Form,
    Kind,
    Process,
    Statement,
    algebra,
    certificate,
    induction,
    kernel,
    reals,
    smt,
)
from proofs_check.regimes.one_group import (
    ABOVE,
    BELOW,
    CIRCLE,
    KNOWN,
    alpha,
    elr,
    factor,
    level_ess,
    r,
    stepped,
    x,
    y,
)
from sitheory.theory import regimes, scale

FOR_RUNS = "forall alpha lr x0 y0, 0 < alpha -> 0 < lr -> "
STARTS = "x0 <> 0 -> y0 <> 0 -> x0 ^ 2 + y0 ^ 2 = 1 -> "
VALUE = "circle_loss alpha (circle_run alpha lr (x0, y0) {})"
q = reals("q")[0]

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
        clauses=(
            Clause("the value converges to zero", ("one step", "all t")),
            Clause("linearly", ("the rate",)),
        ),
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
        failure=Failure(
            Kind.EDGE_CASE,
            "a null set of starts lands on the minimum",
            "the first step lands on x = 0: f is 0 from then on, the level is 1/4",
        ),
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
        clauses=(
            Clause(
                "the value converges, or is 0 from some step on",
                (
                    "convergence",
                    "zero",
                ),
            ),
            Clause("a step multiplies its distance to the level by this", ("the law",)),
            Clause("at the level that is less than 1 in size", ("the rate",)),
        ),
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
        clauses=(
            Clause(
                "the convergence is preserved",
                (
                    "each step",
                    "all t",
                ),
            ),
        ),
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
                total=True,
            ),
        ),
        note="The kernel alone: statements for all t with a bound that grows in t. f = alpha/2 reaches "
        "0 in one step.",
        clauses=(
            Clause("from every start", ("limit",)),
            Clause("no longer linear: the two bounds", ("rate",)),
        ),
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
                total=True,
            ),
            algebra(
                SYMMETRY,
                part="the mean",
                mutants=[SYMMETRY.but(then=regimes.quotient(x, y) == regimes.quotient(y, x))],
            ),
            kernel(
                MEAN_COQ.format(2),
                "RegimesMore.remark2_mean",
                part="the mean",
                mutants=[MEAN_COQ.format(3)],
                total=True,
            ),
        ),
        note="True of the numbers: at every finite ELR the level is below the mean by 1/(2 elr). It "
        "does not make one "
        "group at a high ELR a random walk: it still converges to its level (regimes:prop2.2), at a "
        "rate that tends "
        "to 1. Exact algebra has the symmetry under exchange of x and y, which is why the mean is one "
        "half.",
        clauses=(
            Clause("the level tends to alpha/2", ("the level",)),
            Clause("which is the mean of f over the uniform circle", ("the mean",)),
        ),
    ),
    needs=("regimes:prop2.2",),
)

CLAIMS = (PROP21, PROP22, REMARK1, REMARK2)
