"""The thesis on training on the sphere: equations 7 to 12 and proposition 3."""

from dataclasses import replace

from proofs_check import Claim, Clause, Failure, Form, Kind, Statement, kernel, reals, smt
from proofs_check.regimes import elrs, equilibrium, one_group_runs, threshold, trials
from proofs_check.regimes.one_group import gradient_step
from sitheory.theory import regimes

ORIGINALS = {
    claim.id: claim
    for file in (elrs, equilibrium, one_group_runs, threshold, trials)
    for claim in file.CLAIMS
}
SAME_WORDS = "Restated as it stands in *regimes*, and decided by the same checks. "


def _restated(name: str, source: str, original_id: str, sentence: str, note: str = "") -> Claim:
    original = ORIGINALS[original_id]
    failure = original.printed.failure and replace(original.printed.failure, repeats=original_id)
    return Claim(
        id=f"thesis:{name}",
        source=source,
        printed=replace(original.printed, sentence=sentence, note=SAME_WORDS + note, failure=failure),
        amended=original.amended,
        needs=(original_id,),
    )


EQ7 = _restated("eq7", "thesis (7)", "regimes:eq3", r"$\sum_{i=1}^n 1/\tilde\eta_i = 1/\tilde\eta$.")
EQ8 = _restated(
    "eq8",
    "thesis (8)",
    "regimes:eq4",
    r"$(\tilde\eta\tilde g)^2 = \sum_i \omega_i(\tilde\eta_i\tilde g_i)^2$, $\sum_i\omega_i = 1$, "
    r"$\omega_i \propto 1/\tilde\eta_i$.",
)
EQ9 = _restated(
    "eq9",
    "thesis (9)",
    "regimes:eq5",
    r"$\tilde\eta_i^{(t+1)} = \tilde\eta_i^{(t)}\frac{1+(\tilde\eta\tilde g)^2}{1+(\tilde\eta_i\tilde "
    r"g_i)^2}$.",
    "The sentence after it, 'with a high/low ESS the next ELR must decrease/increase', is exact if "
    "'high' means above "
    "the total ESS; that large ELRs should therefore become smaller is not (regimes:negative-feedback).",
)
EQ12 = _restated(
    "eq12",
    "thesis (12)",
    "regimes:equal-ess",
    r"All individual ESS are equal if and only if the ELRs are $\tilde\eta_i^* = "
    r"\tilde\eta\sum_j\alpha_j/\alpha_i$.",
    "As the values that solve the system of *regimes* (27) they are right, and unique (regimes:eq9).",
)

sufficient, necessary = ORIGINALS["regimes:eq8-sufficient"], ORIGINALS["regimes:eq8"]
elr = reals("elr")[0]
alpha, own = reals("alpha_1 alpha_2 alpha_3"), reals("e_1 e_2 e_3")
impossible = Statement(
    [
        elr > 0,
        *(v > 0 for v in (*alpha, *own)),
        sum(1 / e for e in own) == 1 / elr,
        *(a * e < 1 for a, e in zip(alpha, own, strict=True)),
    ],
    elr < regimes.threshold(alpha),
)
ALL_BELOW_COQ = (
    "forall n alpha elr e, (0 < n)%nat -> 0 < elr -> (forall i, (i < n)%nat -> 0 < alpha i /\\ 0 < e i) -> "
    "sum_to n (fun i => 1 / e i) = 1 / elr -> exists i, (i < n)%nat /\\ alpha i * e i >= {} elr * "
    "sum_to n alpha"
)
EQ11 = Claim(
    id="thesis:eq11",
    source="thesis (11) and below",
    printed=Form(
        r"Convergence is observed if $\tilde\eta < 1/\sum\alpha_i$; otherwise all individual ELRs below "
        r"their thresholds is "
        r"impossible, and there is no convergence.",
        (
            *sufficient.printed.checks,
            smt(impossible, part="all below", mutants=[impossible.but(without=-1)]),
            kernel(
                ALL_BELOW_COQ.format(""),
                "RegimesMore.some_group_above_threshold",
                part="all below",
                mutants=[ALL_BELOW_COQ.format("2 *")],
            ),
            next(check for check in necessary.printed.checks if check.part == "from every start"),
        ),
        note="Both directions of regimes (8), decided by their checks: 'if' fails on exceptional starts "
        "(beyond:stuck-below) and holds from random ones in all trials; the "
        "impossibility of "
        "all ELRs being below is exact; no convergence above it fails on starts that land on zero.",
        failure=Failure(
            Kind.EDGE_CASE,
            "a null set of starts lands on the minimum",
            "elr = 1 is above 1/(alpha_1 + alpha_2) = 2/5, and F is 0 after one step",
            repeats="regimes:eq8",
        ),
        clauses=(
            Clause("convergence below the threshold", ("capacity", "from every start")),
            Clause("above it not all ELRs are below theirs, and there is no convergence", ("all below",)),
        ),
    ),
    amended=Form(
        r"Below the threshold $F \to 0$ linearly from every start of an open set (all "
        r"$\alpha_i\tilde\eta_i \le c < 1$ and "
        r"all $r_i^2$ small enough); above it $F \to 0$ only if some $x_i^{(t)}$ becomes 0 exactly.",
        (*sufficient.amended.checks, *necessary.amended.checks),
        note="The amended forms of regimes:eq8-sufficient and regimes:eq8, decided by their checks.",
        clauses=(
            Clause(
                "below the threshold linearly from an open set",
                (
                    "one group",
                    "every n and t",
                    "such starts exist",
                ),
            ),
            Clause(
                "above it only if some x_i lands",
                (
                    "impossible",
                    "landing",
                ),
            ),
        ),
    ),
    needs=("regimes:eq8", "regimes:eq8-sufficient"),
)

EQUILIBRATION = Claim(
    id="thesis:equilibration",
    source="thesis, below (11)",
    printed=Form(
        r"Above the threshold the ELR dynamics must converge to some equilibrium; it is the one with "
        r"equal ESS, (12).",
        ORIGINALS["regimes:eq9-attracts"].printed.checks,
        note="'Must' where regimes says 'naturally': the witness and the checks are those of "
        "regimes:eq9-attracts. From "
        "random starts the ELRs converge at ELR 0.2 and do not at 0.25 or 0.5 (regimes:chaotic, "
        "regimes:time-average).",
        failure=Failure(
            Kind.SUBSTANCE,
            "'must converge' fails on an attracting cycle",
            "elr_1 stays at 37/20 at least, (12) is 3/2",
            repeats="regimes:eq9-attracts",
        ),
        clauses=(
            Clause(
                "the ELRs converge to (12)",
                (
                    "from every start",
                    "from almost every start",
                ),
            ),
        ),
    ),
    amended=ORIGINALS["regimes:eq9-attracts"].amended,
    needs=("regimes:eq9-attracts", "regimes:equal-ess"),
)

linear, stabilises = ORIGINALS["regimes:prop2.1"], ORIGINALS["regimes:prop2.2"]
x, y, a = reals("x y alpha")
moves = Statement(
    [a > 0, elr > 0, elr < 1 / a, x * x + y * y == 1, x != 0],
    a * regimes.quotient(*gradient_step(a, x, y, elr)) < a * regimes.quotient(x, y),
)
from_y = moves.but(given=[*moves.given, y != 0])
PROP3 = Claim(
    id="thesis:prop3",
    source="thesis proposition 3",
    printed=Form(
        r"For $f_\alpha$ on the sphere: if $\tilde\eta < 1/\alpha$, linear convergence to the minimum; if "
        r"$\tilde\eta > 1/\alpha$, stabilisation at $\frac12(\alpha - 1/\tilde\eta)$.",
        (
            smt(moves, part="below, every start", mutants=[moves.but(without=2)]),
            *stabilises.printed.checks,
        ),
        note="The thesis drops the starts that regimes excludes. At y = 0 the gradient vanishes and the "
        "value stays at "
        "its maximum, so that a step need not decrease it; and the second half fails as in "
        "regimes:prop2.2.",
        failure=Failure(
            Kind.EDGE_CASE,
            "starts with y = 0 stay, and a null set of others lands on the minimum",
            "x = 1, y = 0: f is 1 at every step, the minimum is 0",
            repeats="regimes:prop2.2",
        ),
        clauses=(
            Clause("linear convergence below", ("below, every start",)),
            Clause("stabilisation above", ("",)),
        ),
    ),
    amended=Form(
        r"With $x^{(0)} \ne 0$ and $y^{(0)} \ne 0$ the first half holds as in *regimes*, and the second "
        r"unless some "
        r"$x^{(t)} = 0$ exactly.",
        (
            smt(from_y, part="below, a step", mutants=[moves]),
            *linear.printed.checks,
            *stabilises.amended.checks,
        ),
        note="Decided by the checks of regimes:prop2.1 and regimes:prop2.2.",
        clauses=(
            Clause(
                "the first half holds",
                (
                    "below, a step",
                    "one step",
                    "the rate",
                    "all t",
                ),
            ),
            Clause(
                "the second unless some x lands",
                (
                    "the law",
                    "convergence",
                    "zero",
                ),
            ),
        ),
    ),
    needs=("regimes:prop2.1", "regimes:prop2.2"),
)

CLAIMS = (EQ7, EQ8, EQ9, EQ11, EQ12, EQUILIBRATION, PROP3)
