"""Equations 9 and 27: the equilibrium, its uniqueness, whether it attracts, and the law of time averages."""

from proofs_check import (
    And,
    Claim,
    Clause,
    Failure,
    Form,
    Kind,
    Statement,
    algebra,
    certificate,
    enclosure,
    kernel,
    reals,
    smt,
    trial,
)
from proofs_check.regimes import attracting_cycle
from proofs_check.regimes.trials import AVERAGE_STEPS, CENTRE, OFF_BY, start_far_from_average
from sitheory.theory import regimes, scale

elr = reals("elr")[0]
alphas, elrs, r = reals("alpha_1 alpha_2"), reals("e_1 e_2"), reals("r_1 r_2")
POSITIVE = [elr > 0, *(v > 0 for v in (*alphas, *elrs))]
at_equilibrium = And(*(e == s for e, s in zip(elrs, regimes.equilibrium_elrs(alphas, elr), strict=True)))
system = And(
    regimes.level_ess_sq(alphas[0], elrs[0]) == regimes.level_ess_sq(alphas[1], elrs[1]),
    sum(1 / e for e in elrs) == 1 / elr,
)
unique = Statement(POSITIVE, system == at_equilibrium)
FOR_ALL = (
    "forall n alpha elr e, (0 < n)%nat -> 0 < elr -> (forall i, (i < n)%nat -> 0 < alpha i /\\ 0 < e i) -> "
)
UNIQUE_COQ = (
    FOR_ALL + "((forall i j, (i < n)%nat -> (j < n)%nat -> "
    "regimes_level_ess_sq (alpha i) (e i) = regimes_level_ess_sq (alpha j) (e j)) /\\ "
    "sum_to n (fun i => 1 / e i) = 1 / elr <-> forall i, (i < n)%nat -> e i = {}elr * sum_to n alpha / "
    "alpha i)"
)
EQ9 = Claim(
    id="regimes:eq9",
    source="regimes (9), (27)",
    printed=Form(
        r"$\tilde\eta_i^* = \tilde\eta\sum_j\alpha_j/\alpha_i$ is the unique solution of "
        r"$\alpha_i^2\tilde\eta_i^2 - 1 = \alpha_j^2\tilde\eta_j^2 - 1$, $\sum_i 1/\tilde\eta_i = "
        r"1/\tilde\eta$.",
        (
            smt(unique, part="two groups", mutants=[unique.but(given=[*POSITIVE[:-1], elrs[1] != 0])]),
            kernel(
                UNIQUE_COQ.format(""),
                "RegimesMore.eq9_any_n",
                part="every n",
                mutants=[UNIQUE_COQ.format("2 * ")],
            ),
        ),
        note="Unique among positive ELRs, which ELRs are; the squares alone leave 2^(n-1) sign "
        "patterns. Above the "
        "threshold the common value alpha_i elr_i = elr sum(alpha) exceeds 1, so every group has its "
        "level.",
        clauses=(
            Clause(
                "the unique solution, for every n",
                (
                    "two groups",
                    "every n",
                ),
            ),
        ),
    ),
    needs=("regimes:eq3", "regimes:eq26"),
)

ess = reals("E_1 E_2")
total = regimes.total_ess_sq(elrs, ess)
STATES = [*(e > 0 for e in elrs), *(s >= 0 for s in ess)]
still = Statement(
    STATES,
    And(*(regimes.elr_next(e, s, total) == e for e, s in zip(elrs, ess, strict=True))) == (ess[0] == ess[1]),
)
# Equal terms of the sum (4), not equal ESS.
equal_weights = still.but(then=still.then.arg(0) == (ess[0] / elrs[0] == ess[1] / elrs[1]))
STILL_COQ = (
    "forall n e E omega, (0 < n)%nat -> (forall i, (i < n)%nat -> 0 < e i /\\ 0 <= E i /\\ 0 < omega i) -> "
    "sum_to n omega = 1 -> let total := sum_to n (fun i => omega i * E i) in "
    "((forall i, (i < n)%nat -> regimes_elr_next (e i) (E i) total = e i) <-> "
    "(forall i j, (i < n)%nat -> (j < n)%nat -> E i = {}E j))"
)
own_ess = [
    scale.ess_sq(e, regimes.ratio_eff_grad_sq(a, v**2)) for a, e, v in zip(alphas, elrs, r, strict=True)
]
IN_RATIOS = [*POSITIVE[1:], *(v != 0 for v in r)]
balanced = alphas[0] * elrs[0] == alphas[1] * elrs[1]
only_there = Statement(IN_RATIOS, (own_ess[0] == own_ess[1]) == balanced)
a, e, v = alphas[0], elrs[0], r[0]
own_level = Statement(
    [a > 0, e > 0, v != 0],
    (abs(regimes.ratio_next(a, e, v)) == abs(v)) == (v**2 == regimes.fixed_ratio_sq(a, e)),
)
STATIONARY = (
    "forall n alpha elr e r, (0 < n)%nat -> 0 < elr -> "
    "(forall i, (i < n)%nat -> 0 < alpha i /\\ 0 < e i /\\ {}) -> sum_to n (fun i => 1 / e i) = 1 / elr -> "
    "let E := fun i => scale_ess_sq (e i) (regimes_ratio_eff_grad_sq (alpha i) (r i ^ 2)) in "
    "let total := sum_to n (fun i => elr / e i * E i) in "
    "((forall i, (i < n)%nat -> regimes_elr_next (e i) (E i) total = e i /\\ "
    "Rabs (regimes_ratio_next (alpha i) (e i) (r i)) = Rabs (r i)) <-> "
    "(forall i, (i < n)%nat -> e i = elr * sum_to n alpha / alpha i /\\ "
    "r i ^ 2 = regimes_fixed_ratio_sq (alpha i) (e i)))"
)
EQUAL_ESS = Claim(
    id="regimes:equal-ess",
    source="regimes 3.2, above (9)",
    printed=Form(
        r"The ELR dynamics stabilise if and only if all ESS are equal, which is possible if and only if "
        r"each "
        r"$\tilde\eta_i$ takes its value (9).",
        (
            smt(still, part="stand still", mutants=[equal_weights]),
            kernel(
                STILL_COQ.format(""),
                "RegimesMore.still_iff_equal_ess",
                part="stand still",
                mutants=[STILL_COQ.format("2 * ")],
            ),
            smt(only_there, part="only at (9)", mutants=[only_there.but(then=own_ess[0] == own_ess[1])]),
        ),
        note="'Stabilise' is read as: the ELRs stand still in a step. The first equivalence is exact; "
        "the second fails, "
        "because the ESS depends on r_i too: any ELRs have equal ESS at some r_i. In (9)'s own terms, "
        "alpha_1 elr_1 = alpha_2 elr_2.",
        failure=Failure(
            Kind.HYPOTHESIS,
            "equal ESS at one step hold the ELRs for that step only; (9) needs the values at rest too",
            "both ELRs are 1, the values of (9) at elr = 1/2; the ESS are 1 and 4/5",
        ),
        clauses=(
            Clause("the ELRs stand still if and only if all ESS are equal", ("stand still",)),
            Clause("which is possible if and only if each ELR has its value (9)", ("only at (9)",)),
        ),
    ),
    amended=Form(
        r"In one step all ELRs stand still if and only if all ESS are equal. With all $r_i \ne 0$, the "
        r"ELRs *and* all "
        r"$|r_i|$ stand still if and only if every $\tilde\eta_i$ has its value (9) and every $r_i^2$ "
        r"its level $(r_i^*)^2$.",
        (
            smt(still, part="stand still", mutants=[equal_weights]),
            kernel(
                STILL_COQ.format(""),
                "RegimesMore.still_iff_equal_ess",
                part="stand still",
                mutants=[STILL_COQ.format("2 * ")],
            ),
            kernel(
                STATIONARY.format("r i <> 0"),
                "RegimesMore.stationary_iff_equilibrium",
                part="the equilibrium",
                mutants=[STATIONARY.format("True")],
            ),
            smt(own_level, part="one group's level", mutants=[own_level.but(without=2)]),
        ),
        note="So the equilibrium is the only stationary state, and there is none at or below the "
        "threshold. Every n: the "
        "kernel alone.",
        clauses=(
            Clause("the ELRs stand still in a step if and only if all ESS are equal", ("stand still",)),
            Clause(
                "ELRs and |r_i| stand still if and only if they have their values",
                (
                    "the equilibrium",
                    "one group's level",
                ),
            ),
        ),
    ),
    needs=("regimes:eq5", "regimes:eq9", "regimes:eq22"),
)

FOR_RUNS = (
    "forall n alpha lr x0 y0, (1 < n)%nat -> (forall i, (i < n)%nat -> 0 < alpha i /\\ x0 i <> 0 /\\ y0 "
    "i <> 0) -> "
    "on_sphere n (x0, y0) -> lr > 1 / sum_to n alpha -> forall i, (i < n)%nat -> "
)
RUN = "toy_run n alpha lr x0 y0 t"
ELR_COQ = f"scale_elr lr (fst ({RUN}) i ^ 2 + snd ({RUN}) i ^ 2)"
TENDS = FOR_RUNS + f"is_lim_seq (fun t => {ELR_COQ}) (lr * sum_to n alpha / alpha i)"
AVERAGES = (
    FOR_RUNS + f"is_lim_seq (fun T => sum_to (S T) (fun t => {ELR_COQ}) / INR (S T)) (lr * sum_to n "
    f"alpha / alpha i)"
)
POSITIVE_ELR = FOR_RUNS + f"forall t, {ELR_COQ} > 0"
STUCK = {
    "alpha": "(2, 1)",
    "elr": "1",
    "(x_1, y_1)": "(4/5, 2/5)",
    "(x_2, y_2)": "(1/5, 2/5)",
    "elr_1 at all t >= 1": "at least 37/20",
    "eq. 9": "3/2",
}
CYCLE = {
    "alpha": "(1, 2)",
    "elr": "29/60",
    "K": "29/20 < sqrt 3",
    "attracting cycle of period 4": f"(c_1, c_2, a_1) = ({', '.join(attracting_cycle.CENTRE)}) within 1e-10",
}
K = reals("K")[0]
turn = 2 / K**2 - 1
centre = Statement([K > 1], turn * turn + (1 - turn) / (2 * K) * (4 / K) == 1)
bounded = Statement([K > 1], And(turn > -1, turn < 1))
LOSS_SLOPE = (
    "forall alpha K p q, 0 < alpha -> 1 < K -> "
    "is_derive (fun h => loss_next alpha (near_elr alpha K q h) (near_loss alpha K p h) / alpha) 0 "
    "(centre K * p {} (1 - centre K) / (2 * K) * q)"
)
ESS_SLOPE = (
    "forall alpha K p q, 0 < alpha -> 1 < K -> "
    "is_derive (fun h => loss_ess_sq alpha (near_elr alpha K q h) (near_loss alpha K p h)) 0 (ess_slope "
    "K p q) /\\ "
    "loss_ess_sq alpha (near_elr alpha K q 0) (near_loss alpha K p 0) = K ^ 2 {} 1"
)
ATTRACTS = Claim(
    id="regimes:eq9-attracts",
    source="regimes 3.2, below (9)",
    printed=Form(
        r"Above the threshold the system naturally tends towards (9).",
        (
            kernel(
                TENDS,
                "RegimesMore.eq9_attracts_refuted",
                part="from every start",
                refutes=STUCK,
                mutants=[POSITIVE_ELR],
                total=True,
            ),
            enclosure(
                "no attracting cycle of least period 4 at alpha = (1, 2), K = 29/20",
                attracting_cycle.no_cycle("29/20"),
                part="from almost every start",
                refutes=CYCLE,
                mutants=[
                    ("no cycle of period 4 at all", attracting_cycle.no_cycle("29/20", attracting=False))
                ],
            ),
        ),
        note="'Naturally' leaves out exceptional starts; so the witness that counts is an open set "
        "of them, in the "
        "second regime: an attracting cycle, enclosed by balls (beyond:second-attractor). From every "
        "start it "
        "fails by a null set besides: group 1 lands on x_1 = 0 and never moves again.",
        failure=Failure(
            Kind.SUBSTANCE,
            "below K = sqrt 3 there can be a second attractor, with its own open basin",
            "elr_1 stays at 37/20 at least, (9) is 3/2",
        ),
        clauses=(
            Clause(
                "the system tends towards (9)",
                (
                    "from every start",
                    "from almost every start",
                ),
            ),
        ),
    ),
    amended=Form(
        r"With $K = \tilde\eta\sum\alpha_i > 1$, for every $n$: to first order a step turns the "
        r"deviations from (9) whose "
        r"weighted means vanish by the angle $2\arccos(1/K)$; they neither shrink nor grow. The "
        r"equilibrium is a centre, "
        r"and attracts, if at all, more slowly than any geometric rate.",
        (
            kernel(
                LOSS_SLOPE.format("-"),
                "RegimesMore.linearised_loss",
                part="the values",
                mutants=[LOSS_SLOPE.format("+")],
                total=True,
            ),
            kernel(
                ESS_SLOPE.format("-"),
                "RegimesMore.linearised_ess",
                part="the ESS",
                mutants=[ESS_SLOPE.format("+")],
                total=True,
            ),
            kernel(
                CENTRE.format(1),
                "RegimesMore.equilibrium_is_a_centre",
                part="a centre",
                mutants=[CENTRE.format(2)],
            ),
            algebra(centre, part="a centre", mutants=[centre.but(then=turn * turn == 1)]),
            smt(bounded, part="no real eigenvalue", mutants=[bounded.but(given=[K > 0])]),
            certificate(bounded, part="no real eigenvalue", mutants=[bounded.but(given=[K > 0])]),
        ),
        note="f_i = alpha_i ((1 - 1/K)/2 + h p_i), elr_i = (K/alpha_i)/(1 + h q_i) with sum alpha_i p_i = "
        "sum alpha_i q_i = 0; the 2x2 step on (p_i, q_i) has determinant 1 and trace 2 (2/K^2 - 1). "
        "Runs at ELR 0.2 "
        "approach (9) like t^(-1/2) (regimes:chaotic). Derivatives are the kernel's alone.",
        clauses=(
            Clause(
                "to first order a step turns the deviations",
                (
                    "the values",
                    "the ESS",
                    "a centre",
                ),
            ),
            Clause(
                "a centre, slower than any geometric rate",
                (
                    "a centre",
                    "no real eigenvalue",
                ),
            ),
        ),
    ),
    needs=("regimes:equal-ess", "regimes:prop2.2", "regimes:separable"),
)

one, total_ess = reals("E T")
own = reals("e")[0]
telescopes = Statement(
    [own > 0, one >= 0, total_ess >= 0],
    regimes.elr_next(own, one, total_ess) / own * (1 + one) == 1 + total_ess,
)
LAW = (
    "forall (e E : nat -> nat -> R) (total : nat -> R) i j lo hi, 0 < lo <= hi -> (forall t, 0 <= total t) -> "
    "(forall t, lo <= e t i <= hi /\\ 0 <= E t i /\\ e (S t) i = regimes_elr_next (e t i) (E t i) "
    "(total t)) -> "
    "(forall t, lo <= e t j <= hi /\\ 0 <= E t j /\\ e (S t) j = regimes_elr_next (e t j) (E t j) "
    "(total t)) -> "
    "forall T, (0 < T)%nat -> Rabs (sum_to T (fun t => ln (1 + E t i)) / INR T - "
    "sum_to T (fun t => ln (1 + E t j)) / INR T) <= {} * (ln hi - ln lo) / INR T"
)
NEAR = f"every mean ELR over {AVERAGE_STEPS} steps is at most {OFF_BY} times (9), alpha = (1, 2, 4), ELR {{}}"
AVERAGE = Claim(
    id="regimes:time-average",
    source="regimes 3.2, A.4 (end) and A.5",
    printed=Form(
        r"In the second regime the individual ELRs equal (9) on average over the iterations.",
        (
            kernel(
                AVERAGES,
                "RegimesMore.time_average_refuted",
                part="every start",
                refutes=STUCK,
                mutants=[POSITIVE_ELR],
                total=True,
            ),
            enclosure(
                "alpha = (1, 2), K = 29/20, on the attracting cycle: the mean of elr_1 is at most "
                "1.19 times (9)",
                attracting_cycle.mean_elr("29/20", "119/100"),
                part="an open set of starts",
                refutes=CYCLE | {"mean of elr_1 over the cycle": "above 1.19 times (9)"},
                mutants=[("at most 1.1 times (9)", attracting_cycle.mean_elr("29/20", "11/10"))],
            ),
            trial(
                NEAR.format(0.5),
                start_far_from_average(0.5, OFF_BY),
                n=4,
                part="random starts",
                mutants=[(NEAR.format(1), start_far_from_average(1, OFF_BY))],
            ),
        ),
        note="Exact where the run converges to (9), as at ELR 0.2. At ELR 0.25 (in the second regime by "
        "its loss) the "
        "means exceed (9) by 12, 9 and 2 per cent, at 0.3 by up to 69 per cent. Figure 8 shows ELR 0.2.",
        failure=Failure(
            Kind.SUBSTANCE,
            "on an attracting cycle the mean ELRs differ from (9)",
            "the average of elr_1 is 37/20 at least, (9) is 3/2",
        ),
        clauses=(
            Clause(
                "the ELRs equal (9) on average",
                (
                    "every start",
                    "an open set of starts",
                    "random starts",
                ),
            ),
        ),
    ),
    amended=Form(
        r"While all ELRs stay in $[m, M]$, the time averages of $\log(1 + \mathrm{ESS}_i^2)$ over $T$ "
        r"steps agree in all "
        r"groups up to $2\log(M/m)/T$: what is equal on average is the logarithm's ESS, not the ELR.",
        (
            algebra(
                telescopes,
                part="a step",
                mutants=[telescopes.but(then=regimes.elr_next(own, one, total_ess) == own)],
            ),
            kernel(
                LAW.format(2),
                "(fun e E total i j lo hi H => RegimesMore.ess_average_bound e E total i j lo hi (proj1 H))",
                part="all T",
                mutants=[LAW.format(1)],
            ),
        ),
        note="Equation 5 telescopes. It holds for every scale-invariant function, in every regime; that "
        "the ELRs stay "
        "bounded is a hypothesis (they are at least the total ELR). Logarithms: the kernel alone.",
        clauses=(
            Clause(
                "the means of log(1 + ESS^2) agree up to this",
                (
                    "a step",
                    "all T",
                ),
            ),
        ),
    ),
    needs=("regimes:eq5", "regimes:separable"),
)

CLAIMS = (EQ9, EQUAL_ESS, ATTRACTS, AVERAGE)
