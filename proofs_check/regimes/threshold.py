"""Section 3.2 and appendix A.4: the threshold 1/sum(alpha) of eq. 8, the bound 25, and what does not vanish.

``toy_run n`` of the kernel is the process (2) for F on the unit sphere, for every number of groups n.
"""

from proofs_check import (
    And,
    Claim,
    Clause,
    Failure,
    Form,
    Kind,
    Or,
    Q,
    Statement,
    algebra,
    certificate,
    kernel,
    reals,
    smt,
)
from proofs_check.regimes.one_group import gradient_step
from sitheory.theory import regimes, scale

N = 3
elr = reals("elr")[0]
alphas, elrs = reals("alpha_1 alpha_2 alpha_3"), reals("e_1 e_2 e_3")
POSITIVE = [elr > 0, *(a > 0 for a in alphas), *(e > 0 for e in elrs)]
TIED = [*POSITIVE, sum(1 / e for e in elrs) == 1 / elr]
FOR_RUNS = (
    "forall n alpha lr x0 y0, (1 < n)%nat -> (forall i, (i < n)%nat -> 0 < alpha i /\\ x0 i <> 0 /\\ y0 "
    "i <> 0) -> "
    "on_sphere n (x0, y0) -> "
)
ABOVE = "lr > 1 / sum_to n alpha -> "
VANISHES = "is_lim_seq (fun t => toy_value n alpha (toy_run n alpha lr x0 y0 t)) 0"
ONE_STEP_TO_ZERO = {
    "alpha": "(2, 1/2)",
    "elr": "1",
    "(x_1, y_1)": "(4/5, 2/5)",
    "(x_2, y_2)": "(2/5, 1/5)",
    "threshold": "2/5",
    "F after one step": "0",
}

x, y, pair = reals("x_1 x_2"), reals("y_1 y_2"), alphas[:2]


def _after_one_step(lr):
    pairs = zip(pair, x, y, strict=True)
    return [gradient_step(a, u, v, lr) for a, u, v in pairs]


hit = [*(x[i] == 2 * y[i] for i in range(2)), y[0] == Q(2, 5), y[1] == Q(1, 5)]
hit += [pair[0] == 2, pair[1] == Q(1, 2), elr == 1]
lands = Statement(
    hit,
    And(
        elr * sum(pair) > 1,
        sum(u * u for u in (*x, *y)) == 1,
        *(u == 0 for u, _ in _after_one_step(elr)),
        *(v > 0 for _, v in _after_one_step(elr)),
    ),
)
CANNOT = (
    "forall n alpha lr x0 y0, (0 < n)%nat -> (forall i, (i < n)%nat -> 0 < alpha i) -> 0 < lr -> "
    "on_sphere n (x0, y0) -> (forall i, (i < n)%nat -> y0 i <> 0) -> 1 {} lr * sum_to n alpha -> "
    + VANISHES
    + " -> exists t i, (i < n)%nat /\\ fst (toy_run n alpha lr x0 y0 t) i = 0"
)
some_above = Statement(
    [*TIED, elr * sum(alphas) > 1], Or(*(a * e > 1 for a, e in zip(alphas, elrs, strict=True)))
)
SOME_COQ = (
    "forall n alpha elr e, (0 < n)%nat -> 0 < elr -> (forall i, (i < n)%nat -> 0 < alpha i /\\ 0 < e i) -> "
    "sum_to n (fun i => 1 / e i) = 1 / elr -> exists i, (i < n)%nat /\\ alpha i * e i >= {} elr * "
    "sum_to n alpha"
)
# The same landing for every start of the family r_i^2 = 2 alpha_i elr_i - 1, as an identity.
lr, s, t = reals("lr s t")
KEPT = [lr > 0, *(v != 0 for v in y)]
landing_alphas = [(1 + (u / v) ** 2) * (u * u + v * v) / (2 * lr) for u, v in zip(x, y, strict=True)]
after = [gradient_step(a, u, v, lr) for a, u, v in zip(landing_alphas, x, y, strict=True)]
EQ8 = Claim(
    id="regimes:eq8",
    source="regimes (8) and below",
    printed=Form(
        r"$F \to 0$ is possible only if $\tilde\eta < 1/\sum_i\alpha_i$; above it, convergence is "
        r"impossible, since "
        r"some $\tilde\eta_i > 1/\alpha_i$.",
        (
            smt(some_above, part="some ELR is above", mutants=[some_above.but(without=-1)]),
            kernel(
                SOME_COQ.format(""),
                "RegimesMore.some_group_above_threshold",
                part="some ELR is above",
                mutants=[SOME_COQ.format("2 *")],
            ),
            kernel(
                FOR_RUNS + ABOVE + "~ " + VANISHES,
                "RegimesMore.eq8_refuted",
                part="from every start",
                refutes=ONE_STEP_TO_ZERO,
                mutants=[FOR_RUNS + "lr > 100 / sum_to n alpha -> ~ " + VANISHES],
                total=True,
            ),
        ),
        note="At the start of the witness r_i^2 = 2 alpha_i elr_i - 1 in both groups, so one step lands "
        "on the minimum "
        "itself. At elr = 1/sum(alpha), where (8) excludes it too, F converges from every balanced "
        "start (all r_i "
        "and all alpha_i elr_i equal), by regimes:remark1.",
        failure=Failure(
            Kind.EDGE_CASE,
            "a null set of starts lands on the minimum, at any ELR",
            "elr = 1 is above 1/(alpha_1 + alpha_2) = 2/5, and F is 0 after one step",
        ),
        clauses=(
            Clause("F -> 0 is possible only below the threshold", ("from every start",)),
            Clause("above it some ELR is above its own threshold", ("some ELR is above",)),
        ),
    ),
    amended=Form(
        r"If $\tilde\eta > 1/\sum_i\alpha_i$ and $y_i^{(0)} \ne 0$ for all $i$, then $F \to 0$ only if "
        r"some "
        r"$x_i^{(t)}$ becomes 0 exactly: convergence is impossible from every start that never lands "
        r"there. Such "
        r"landings do happen.",
        (
            kernel(
                CANNOT.format("<"),
                "RegimesMore.toy_cannot_vanish",
                part="impossible",
                mutants=[CANNOT.format(">")],
                total=True,
            ),
            algebra(
                Statement(KEPT, And(*(u == 0 for u, _ in after))),
                part="landing",
                mutants=[Statement(KEPT, And(*(v == 0 for _, v in after)))],
            ),
            smt(lands, part="landing", mutants=[lands.but(then=elr * sum(pair) < 1)]),
        ),
        note="The paper's reason ('at each iteration at least one ELR exceeds its threshold, so its "
        "value is separated "
        "from zero') does not carry: which group is above may change from step to step. The proof: near "
        "F = 0, "
        "a group above its threshold grows geometrically and pays for it with a fall of its ELR that "
        "its growth bounds. "
        "A limit for every n: the kernel alone.",
        clauses=(
            Clause("F tends to 0 only if some x_i lands", ("impossible",)),
            Clause("such landings happen", ("landing",)),
        ),
    ),
    needs=("regimes:eq3", "regimes:separable", "regimes:prop2.2"),
)


# Maxima by what defines them, ELRs by their inverses u_i: then both solvers see linear facts.
max_levels, inverses = reals("m_1 m_2 m_3"), reals("u_1 u_2 u_3")
levels = [regimes.level(a, 1 / u) for a, u in zip(alphas, inverses, strict=True)]
INVERTED = [elr > 0, *(v > 0 for v in (*alphas, *inverses)), sum(inverses) == 1 / elr]
MAXIMA = [
    fact
    for m, level in zip(max_levels, levels, strict=True)
    for fact in (m >= 0, m >= level, Or(m == 0, m == level))
]
half = (sum(alphas) - 1 / elr) / 2
bound = Statement(
    [*INVERTED, *MAXIMA, elr * sum(alphas) > 1],
    And(sum(max_levels) >= half, regimes.levels_sum(alphas, [1 / u for u in inverses]) == half, half > 0),
)
BOUND_COQ = (
    "forall n alpha elr e, 0 < elr -> sum_to n (fun i => 1 / e i) = 1 / elr -> "
    "sum_to n (fun i => Rmax 0 (regimes_level (alpha i) (e i))) {} (sum_to n alpha - 1 / elr) / 2 /\\ "
    "sum_to n (fun i => regimes_level (alpha i) (e i)) = (sum_to n alpha - 1 / elr) / 2"
)
EQ25 = Claim(
    id="regimes:eq25",
    source="regimes (25)",
    printed=Form(
        r"For $\tilde\eta > 1/\sum\alpha_i$: $\sum_i \max\{0, \frac12(\alpha_i - 1/\tilde\eta_i)\} \ge "
        r"\frac12\sum_i(\alpha_i - 1/\tilde\eta_i) = \frac12(\sum_i\alpha_i - 1/\tilde\eta) > 0$.",
        (
            smt(
                bound,
                part="three groups",
                mutants=[
                    bound.but(then=sum(max_levels) > half),
                    bound.but(without=-1),
                    bound.but(without=len(INVERTED) - 1),
                ],
            ),
            kernel(
                BOUND_COQ.format(">="),
                "RegimesMore.eq25_any_n",
                part="every n",
                mutants=[BOUND_COQ.format(">")],
                total=True,
            ),
        ),
        note="The inequality itself. That F 'tends to' the left-hand side is another matter: the ELRs "
        "move while it does "
        "(see regimes:A4-nonvanishing).",
        clauses=(
            Clause(
                "the chain of inequalities, for every n",
                (
                    "three groups",
                    "every n",
                ),
            ),
        ),
    ),
    needs=("regimes:eq3",),
)

r = reals("r_1 r_2")
ones, two_elrs = (Q(1), Q(1)), (Q(2), Q(3, 2))
two_total = regimes.total_elr(two_elrs)


def _value(ratios):
    return sum(regimes.ratio_loss(k, ratio**2) for k, ratio in zip(ones, ratios, strict=True))


moved = [regimes.ratio_next(k, own, ratio) for k, own, ratio in zip(ones, two_elrs, r, strict=True)]
pushed = Statement(
    [r[0] != 0, r[1] != 0, two_total * sum(ones) > 1, _value(r) < regimes.equilibrium_loss(ones, two_total)],
    _value(moved) > _value(r),
)
a, e, v = pair[0], two_elrs[0], r[0]
ess_sq = scale.ess_sq(e, regimes.ratio_eff_grad_sq(a, v**2))
value, value_next = regimes.ratio_loss(a, v**2), regimes.ratio_loss(a, regimes.ratio_next(a, e, v) ** 2)
one_step = Statement(
    [a > 0, e > 0], value_next - value == 2 * (regimes.level(a, e) - value) * ess_sq / (1 + ess_sq)
)
below_level = Statement([a > 0, e > 0, v != 0, value < regimes.level(a, e)], value_next > value)
LAW_COQ = (
    "forall alpha elr r, 0 < alpha -> 0 < elr -> "
    "let E := scale_ess_sq elr (regimes_ratio_eff_grad_sq alpha (r ^ 2)) in "
    "regimes_ratio_loss alpha (regimes_ratio_next alpha elr r ^ 2) - regimes_level alpha elr "
    "= (regimes_ratio_loss alpha (r ^ 2) - regimes_level alpha elr) * ((1 - E) / (1 {} E))"
)
NONVANISHING = Claim(
    id="regimes:A4-nonvanishing",
    source="regimes A.4, below (25)",
    printed=Form(
        r"In the second regime $F$ is pushed away from zero towards some positive value at every "
        r"iteration; $F$ and its "
        r"gradient do not vanish.",
        (
            smt(pushed, part="pushed", mutants=[pushed.but(without=3)]),
            kernel(
                FOR_RUNS + ABOVE + "~ " + VANISHES,
                "RegimesMore.eq8_refuted",
                part="not vanishing",
                refutes=ONE_STEP_TO_ZERO,
                mutants=[FOR_RUNS + "lr > 100 / sum_to n alpha -> ~ " + VANISHES],
                total=True,
            ),
        ),
        note="'Pushed away at every iteration' is read as: while F is below the right-hand side of "
        "(25), a step "
        "increases it; here for alpha = (1, 1) and the ELRs (2, 3/2), total 6/7 > 1/2. A group above "
        "its level may lose "
        "more than the other gains.",
        failure=Failure(
            Kind.SUBSTANCE,
            "a step can take F down below its level, and groups can vanish one at a time",
            "alpha = (1, 1), elr_1 = 2, elr_2 = 3/2: F is below 5/12, where (9) puts it, and one "
            "step takes it from 53/130 = 0.4077 down to 0.3994",
        ),
        clauses=(
            Clause("F is pushed away from zero at every iteration", ("pushed",)),
            Clause("F and its gradient do not vanish", ("not vanishing",)),
        ),
    ),
    amended=Form(
        r"A step changes each subfunction by $2(\ell_i - "
        r"f_i)\frac{\mathrm{ESS}_i^2}{1+\mathrm{ESS}_i^2}$ with "
        r"$\ell_i = \frac12(\alpha_i - 1/\tilde\eta_i)$, so $F$ increases when every $f_i < \ell_i$; "
        r"and $F$ does not tend "
        r"to 0 unless some $x_i^{(t)}$ becomes 0 exactly.",
        (
            algebra(
                one_step,
                part="the law",
                mutants=[one_step.but(then=value_next - value == 2 * (regimes.level(a, e) - value) * ess_sq)],
            ),
            kernel(
                LAW_COQ.format("+"), "RegimesMore.level_gap", part="the law", mutants=[LAW_COQ.format("-")]
            ),
            smt(
                below_level,
                part="below the level",
                mutants=[below_level.but(without=2), below_level.but(without=3)],
            ),
            kernel(
                CANNOT.format("<"),
                "RegimesMore.toy_cannot_vanish",
                part="the limit",
                mutants=[CANNOT.format(">")],
                total=True,
            ),
        ),
        note="It excludes the limit 0, not visits near 0. That the gradient alone cannot tend to 0 is "
        "not proved here.",
        clauses=(
            Clause("the change of each subfunction", ("the law",)),
            Clause("F increases when every f_i is below its level", ("below the level",)),
            Clause("F does not tend to 0 unless some x_i lands", ("the limit",)),
        ),
    ),
    needs=("regimes:eq8", "regimes:prop2.2"),
)

mixed = [gradient_step(k, u, w, lr) for k, u, w in zip(pair, x, y, strict=True)]
SEPARATE = [lr > 0, *(k > 0 for k in pair), *(w != 0 for w in y)]
own_elrs = [scale.elr(lr, u * u + w * w) for u, w in zip(x, y, strict=True)]
apart = Statement(
    SEPARATE,
    And(
        *(
            u2 / w2 == regimes.ratio_next(k, own, u / w)
            for (u2, w2), k, own, u, w in zip(mixed, pair, own_elrs, x, y, strict=True)
        ),
        regimes.total_elr(own_elrs) == scale.elr(lr, sum(u * u + w * w for u, w in zip(x, y, strict=True))),
    ),
)
shared = apart.but(
    then=mixed[0][0] / mixed[0][1] == regimes.ratio_next(pair[0], regimes.total_elr(own_elrs), x[0] / y[0])
)
minimal = Statement(
    SEPARATE,
    (regimes.toy_loss(pair, x, y) == 0)
    == And(*(k * regimes.quotient(u, w) == 0 for k, u, w in zip(pair, x, y, strict=True))),
)
RUN = "toy_run n alpha lr x0 y0"
SEPARATE_COQ = (
    "forall n alpha lr x0 y0, (0 < n)%nat -> (forall i, (i < n)%nat -> 0 < alpha i) -> 0 < lr -> "
    "on_sphere n (x0, y0) -> (forall i, (i < n)%nat -> y0 i <> 0) -> forall t i, (i < n)%nat -> "
    f"fst ({RUN} (S t)) i / snd ({RUN} (S t)) i = regimes_ratio_next (alpha i) "
    f"(scale_elr {{}} (fst ({RUN} t) i ^ 2 + snd ({RUN} t) i ^ 2)) (fst ({RUN} t) i / snd ({RUN} t) i)"
)
SEPARABLE = Claim(
    id="regimes:separable",
    source="regimes A.4, (23)",
    printed=Form(
        r"Optimising $F$ on the sphere is like $n$ projected gradient methods, one for each $\alpha_i "
        r"f(x_i, y_i)$, with "
        r"varying ELRs $\tilde\eta_i$ tied by (3); and $F$ is minimal if and only if every $\alpha_i f$ "
        r"is.",
        (
            algebra(apart, part="the steps", mutants=[shared]),
            kernel(
                SEPARATE_COQ.format("lr"),
                "ltac:(intros; apply RegimesMore.toy_separates; assumption)",
                part="the steps",
                mutants=[SEPARATE_COQ.format("1")],
                total=True,
            ),
            smt(
                minimal,
                part="the minimum",
                mutants=[minimal.but(without=1), minimal.but(then=regimes.toy_loss(pair, x, y) > 0)],
            ),
            certificate(
                minimal, part="the minimum", mutants=[minimal.but(then=regimes.toy_loss(pair, x, y) > 0)]
            ),
        ),
        note="Exact for the directions: each ratio r_i moves by (19) with its own ELR, which (5) moves. "
        "The groups meet "
        "only in the total ESS of (5). On the paper's domain, x_i != 0, the minimum 0 is an infimum.",
        clauses=(
            Clause("a step of F is a step of each subfunction, with ELRs tied by (3)", ("the steps",)),
            Clause("F is minimal if and only if every subfunction is", ("the minimum",)),
        ),
    ),
    needs=("regimes:eq3", "regimes:eq5", "regimes:eq19"),
)

CLAIMS = (EQ8, EQ25, NONVANISHING, SEPARABLE)
