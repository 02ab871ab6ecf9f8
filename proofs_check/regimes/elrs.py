"""Section 3.1 and appendix A.2: equations 3, 4, 5 and 16 and the negative feedback, for every n.

The engines that know no symbolic n get three groups (two where vectors are written out); the kernel's
theorems speak of any number n of groups, each of any dimension. Scale invariance enters as the
orthogonality of each group's gradient to the group, as in the paper.
"""

import sympy

from proofs_check import (
    And,
    Claim,
    Clause,
    Derivation,
    Form,
    Statement,
    Step,
    algebra,
    certificate,
    kernel,
    reals,
    smt,
)
from sitheory.theory import regimes, scale

N = 3
lr = reals("lr")[0]
norm_sqs = reals("s_1 s_2 s_3")
grad_sqs = reals("g_1 g_2 g_3")
POSITIVE = [lr > 0, *(s > 0 for s in norm_sqs), *(g >= 0 for g in grad_sqs)]
elrs = [scale.elr(lr, s) for s in norm_sqs]
ess_sqs = [
    scale.ess_sq(scale.elr(lr, s), scale.eff_grad_sq(g, s)) for s, g in zip(norm_sqs, grad_sqs, strict=True)
]
total = scale.elr(lr, sum(norm_sqs))
whole_ess_sq = scale.ess_sq(total, scale.eff_grad_sq(sum(grad_sqs), sum(norm_sqs)))

ANY_N = (
    "forall n p theta g lr, (0 < n)%nat -> 0 < lr -> "
    "(forall i, (i < n)%nat -> 0 < norm_sq (p i) (theta i)) -> "
)
ANY_STEP = (
    "forall n p theta g lr c, (0 < n)%nat -> 0 < lr -> groups_orthogonal n p theta g -> "
    "projects n p c (stepped lr theta g) theta -> forall i, (i < n)%nat -> "
)
ONLY_KERNEL = "The identity for three groups has a second engine; 'every n' is the kernel's alone."

adds_up = Statement(POSITIVE, sum(1 / e for e in elrs) == 1 / total)
EQ3_N = (
    "forall n p theta lr, (0 < n)%nat -> 0 < lr -> (forall i, (i < n)%nat -> 0 < norm_sq (p i) (theta "
    "i)) -> "
    "sum_to n (fun i => {term}) = {total}"
)
EQ3 = Claim(
    id="regimes:eq3",
    source="regimes (3), (14)",
    printed=Form(
        r"$\sum_{i=1}^n 1/\tilde\eta_i = 1/\tilde\eta$.",
        (
            algebra(adds_up, part="three groups", mutants=[adds_up.but(then=sum(elrs) == total)]),
            kernel(
                EQ3_N.format(term="1 / group_elr lr p theta i", total="1 / whole_elr lr n p theta"),
                "RegimesMore.eq3_any_n",
                part="every n",
                mutants=[EQ3_N.format(term="group_elr lr p theta i", total="whole_elr lr n p theta")],
            ),
        ),
        note=ONLY_KERNEL,
        clauses=(
            Clause(
                "the inverse ELRs add up, for every n",
                (
                    "three groups",
                    "every n",
                ),
            ),
        ),
    ),
)

convex = Statement(
    POSITIVE,
    And(whole_ess_sq == regimes.total_ess_sq(elrs, ess_sqs), sum(regimes.ess_weights(elrs)) == 1),
)
unweighted = convex.but(then=whole_ess_sq == sum(ess_sqs) / N)
EQ4_N = (
    ANY_N + "let omega := fun i => {omega} in "
    "whole_ess_sq lr n p theta g = sum_to n (fun i => omega i * group_ess_sq lr p theta g i) /\\ "
    "sum_to n omega = 1 /\\ (forall i, (i < n)%nat -> 0 < omega i)"
)


def ess_of_the_groups() -> list[Derivation]:
    """Equation (15), for a symbolic number of groups."""
    n, i = sympy.symbols("n i", integer=True, positive=True)
    eta, whole, rho_sq, grad_sq = sympy.symbols("eta elr rho^2 g^2", positive=True)
    own, grads, effective = (sympy.IndexedBase(name, positive=True) for name in ("elr_", "g_sq", "eff_sq"))

    def over_groups(term):
        return sympy.Sum(term, (i, 1, n))

    start = scale.ess_sq(whole, scale.eff_grad_sq(grad_sq, rho_sq))
    by_elr = {over_groups(grads[i]): over_groups(own[i] * effective[i] / eta)}
    steps = [
        Step(whole * eta * grad_sq, "rho^2 = eta/elr", {rho_sq: eta / whole}),
        Step(whole * eta * over_groups(grads[i]), "squared norms add up", {grad_sq: over_groups(grads[i])}),
        Step(whole * over_groups(own[i] * effective[i]), "eta g_i^2 = elr_i eff_i^2", by_elr),
        Step(over_groups(whole / own[i] * scale.ess_sq(own[i], effective[i])), "omega_i = elr/elr_i"),
    ]
    return [Derivation(start, steps, "ESS^2 = sum_i omega_i ESS_i^2", "eq. 4")]


EQ4 = Claim(
    id="regimes:eq4",
    source="regimes (4), (15)",
    printed=Form(
        r"$(\tilde\eta\tilde g)^2 = \sum_i \omega_i (\tilde\eta_i\tilde g_i)^2$, $\sum_i \omega_i = 1$, "
        r"$\omega_i = \tilde\eta/\tilde\eta_i$, for every number of groups.",
        (
            algebra(convex, part="three groups", mutants=[unweighted]),
            kernel(
                EQ4_N.format(omega="whole_elr lr n p theta / group_elr lr p theta i"),
                "RegimesMore.eq4_any_n",
                part="every n",
                mutants=[EQ4_N.format(omega="group_elr lr p theta i / whole_elr lr n p theta")],
            ),
        ),
        note=ONLY_KERNEL,
        clauses=(
            Clause(
                "the weighted mean of the squared ESS, for every n",
                (
                    "three groups",
                    "every n",
                ),
            ),
        ),
    ),
    needs=("regimes:eq3",),
    derivation=ess_of_the_groups,
)

shrink = sum(norm_sqs) / (sum(norm_sqs) + lr**2 * sum(grad_sqs))
norm_sqs_after = [shrink * (s + lr**2 * g) for s, g in zip(norm_sqs, grad_sqs, strict=True)]


def _elr_update(update) -> Statement:
    pairs = zip(norm_sqs_after, elrs, ess_sqs, strict=True)
    return Statement(POSITIVE, And(*(scale.elr(lr, after) == update(e, own) for after, e, own in pairs)))


def elr_update() -> list[Derivation]:
    """From the norms (16) to the ELRs (5)."""
    eta, s, own, whole = sympy.symbols("eta rho_i^2 ESS_i^2 ESS^2", positive=True)
    before = sympy.Symbol("elr_i", positive=True)
    start = scale.elr(eta, regimes.norm_sq_next(s, own, whole))
    steps = [
        Step(eta / s * (1 + whole) / (1 + own), "divide the learning rate by the new squared norm (16)"),
        Step(regimes.elr_next(before, own, whole), "elr_i = eta/rho_i^2", {eta: before * s}),
    ]
    return [Derivation(start, steps, "elr_i' = elr_i (1 + ESS^2)/(1 + ESS_i^2)", "eq. 5")]


updates = _elr_update(lambda e, own: regimes.elr_next(e, own, whole_ess_sq))
EQ5_N = (
    ANY_STEP + "group_elr lr p (fun j => scaled c (stepped lr theta g j)) i = "
    "regimes_elr_next (group_elr lr p theta i) ({own}) ({whole})"
)
OWN, WHOLE = "group_ess_sq lr p theta g i", "whole_ess_sq lr n p theta g"
EQ5 = Claim(
    id="regimes:eq5",
    source="regimes (5)",
    printed=Form(
        r"$\tilde\eta_i^{(t+1)} = \tilde\eta_i^{(t)} \frac{1+(\tilde\eta\tilde "
        r"g)^2}{1+(\tilde\eta_i\tilde g_i)^2}$.",
        (
            algebra(
                updates,
                part="three groups",
                mutants=[
                    _elr_update(lambda e, own: regimes.elr_next(e, whole_ess_sq, own)),
                    _elr_update(lambda e, own: regimes.elr_next(e, own, 0)),
                ],
            ),
            kernel(
                EQ5_N.format(own=OWN, whole=WHOLE),
                "RegimesMore.eq5_any_n",
                part="every n",
                mutants=[EQ5_N.format(own=WHOLE, whole=OWN)],
                total=True,
            ),
        ),
        note="Exact for every scale-invariant function and every step size, from the vectors of the "
        "process (2). " + ONLY_KERNEL,
        clauses=(
            Clause(
                "the step of the ELRs, for every n",
                (
                    "three groups",
                    "every n",
                ),
            ),
        ),
    ),
    needs=("regimes:eq16", "si:orthogonality"),
    derivation=elr_update,
)

x, y, turn = (reals(names) for names in ("x_1 x_2", "y_1 y_2", "m_1 m_2"))
STATE = [x[0] * x[0] + y[0] * y[0] > 0, x[1] * x[1] + y[1] * y[1] > 0, lr > 0]


def _norms(sign: int, radial=0) -> list:
    """Squared norms of two groups after theta + sign * lr * grad, the gradients orthogonal to the groups."""
    grads = [(-m * v + radial * u, m * u + radial * v) for u, v, m in zip(x, y, turn, strict=True)]
    return [
        (u + sign * lr * a) ** 2 + (v + sign * lr * b) ** 2 for u, v, (a, b) in zip(x, y, grads, strict=True)
    ]


here = [u * u + v * v for u, v in zip(x, y, strict=True)]
grads_here = [m * m * s for m, s in zip(turn, here, strict=True)]
whole_here = scale.ess_sq(scale.elr(lr, sum(here)), scale.eff_grad_sq(sum(grads_here), sum(here)))
own_here = scale.ess_sq(scale.elr(lr, here[0]), scale.eff_grad_sq(grads_here[0], here[0]))
process = _norms(-1)[0] * sum(here) / sum(_norms(-1))
printed_lines = [
    _norms(1)[0] / sum(_norms(1)) * sum(here),
    (here[0] + lr**2 * grads_here[0]) / (1 + whole_here),
    regimes.norm_sq_next(here[0], own_here, whole_here),
]
lines = Statement(STATE, And(*(process == line for line in printed_lines)))
oblique = reals("radial")[0]
no_orthogonality = Statement(
    STATE,
    _norms(-1, oblique)[0] * sum(_norms(1, oblique)) == _norms(1, oblique)[0] * sum(_norms(-1, oblique)),
)


def norm_update() -> list[Derivation]:
    """Equation (16), from the process (2), with <theta, g> written out."""
    s, g, whole_s, whole_g, eta = sympy.symbols("rho_i^2 g_i^2 rho^2 g^2 eta", positive=True)
    inner, whole_inner = (sympy.Symbol(name, real=True) for name in ("<theta_i,g_i>", "<theta,g>"))
    start = (
        (s - 2 * eta * inner + eta**2 * g) / (whole_s - 2 * eta * whole_inner + eta**2 * whole_g) * whole_s
    )
    own = scale.ess_sq(scale.elr(eta, s), scale.eff_grad_sq(g, s))
    whole = scale.ess_sq(scale.elr(eta, whole_s), scale.eff_grad_sq(whole_g, whole_s))
    orthogonal = {inner: 0, whole_inner: 0}
    steps = [
        Step(
            (s + eta**2 * g) / (whole_s + eta**2 * whole_g) * whole_s,
            "the gradient is orthogonal",
            orthogonal,
        ),
        Step((s + eta**2 * g) / (1 + whole), "divide by rho^2"),
        Step(regimes.norm_sq_next(s, own, whole), "take out rho_i^2"),
    ]
    return [Derivation(start, steps, "either sign of eta gives the same norms", "eq. 16")]


EQ16_N = (
    ANY_STEP + "norm_sq (p i) (scaled c (stepped lr theta g i)) = "
    "norm_sq (p i) (stepped (- lr) theta g i) / total_norm_sq n p (stepped (- lr) theta g) * "
    "total_norm_sq n p theta "
    "/\\ norm_sq (p i) (scaled c (stepped lr theta g i)) = "
    "(norm_sq (p i) (theta i) + lr ^ 2 * norm_sq (p i) (g i)) / (1 + whole_ess_sq lr n p theta g) "
    "/\\ norm_sq (p i) (scaled c (stepped lr theta g i)) = "
    "regimes_norm_sq_next (norm_sq (p i) (theta i)) ({own}) ({whole})"
)
EQ16 = Claim(
    id="regimes:eq16",
    source="regimes (16)",
    printed=Form(
        r"$(\rho_i^{(t+1)})^2 = \frac{\|\theta_i+\eta\nabla_i F\|^2}{\|\theta+\eta\nabla F\|^2}\rho^2 "
        r"= \frac{\rho_i^2+\eta^2 g_i^2}{1+(\tilde\eta\tilde g)^2} "
        r"= \rho_i^2\frac{1+(\tilde\eta_i\tilde g_i)^2}{1+(\tilde\eta\tilde g)^2}$, the signs as printed.",
        (
            algebra(lines, part="two groups in the plane", mutants=[no_orthogonality]),
            kernel(
                EQ16_N.format(own=OWN, whole=WHOLE),
                "RegimesMore.eq16_any_n",
                part="every n",
                mutants=[EQ16_N.format(own=WHOLE, whole=OWN)],
                total=True,
            ),
        ),
        note="The first line prints theta + eta grad F where the process (2) steps to theta - eta grad "
        "F. A slip "
        "without consequence: the gradient is orthogonal to theta, so both steps have the same norm, "
        "and the three "
        "printed lines are all equal to the norm of the process. " + ONLY_KERNEL,
        clauses=(
            Clause(
                "the step of the norms, for every n",
                (
                    "two groups in the plane",
                    "every n",
                ),
            ),
        ),
    ),
    needs=("si:orthogonality", "si:union"),
    derivation=norm_update,
)

elr, ess, more, share, rest = reals("elr E E_more omega rest")
SHARE = [elr > 0, ess >= 0, share > 0, share < 1, rest >= 0]
falls = Statement(
    [*SHARE, more > ess],
    regimes.elr_next(elr, more, share * more + rest) < regimes.elr_next(elr, ess, share * ess + rest),
)
less_now = falls.but(given=[*SHARE, more >= 0, more < ess])
elr_b, ess_b = reals("elr_b E_b")
both_total = regimes.total_ess_sq([elr, elr_b], [ess, ess_b])
largest = Statement(
    [elr_b > 0, elr > elr_b, ess > 0, ess_b > 0, ess != ess_b], regimes.elr_next(elr, ess, both_total) < elr
)
whole = reals("T")[0]
compared = Statement(
    [elr > 0, ess >= 0, whole >= 0],
    And(
        (regimes.elr_next(elr, ess, whole) < elr) == (ess > whole),
        (regimes.elr_next(elr, ess, whole) > elr) == (ess < whole),
    ),
)
strongest = Statement(
    [elr > 0, elr_b > 0, ess_b >= 0, ess > ess_b],
    And(regimes.elr_next(elr, ess, both_total) < elr, regimes.elr_next(elr_b, ess_b, both_total) > elr_b),
)
any_two = strongest.but(given=[*strongest.given[:3], ess >= 0])
FEEDBACK = Claim(
    id="regimes:negative-feedback",
    source="regimes 3.1, below (5)",
    printed=Form(
        r"For a given group, the higher the ESS now, the lower the ELR after; and at each iteration the "
        r"largest ELR "
        r"becomes smaller.",
        (
            smt(falls, part="for a given group", mutants=[less_now]),
            certificate(falls, part="for a given group", mutants=[falls.but(given=[*SHARE, more >= ess])]),
            smt(
                largest,
                part="the largest ELR",
                mutants=[largest.but(then=regimes.elr_next(elr, ess, both_total) <= elr)],
            ),
        ),
        note="The second half prints 'tend to', which says nothing exact; read as 'does', it fails "
        "wherever the "
        "group with the largest ELR has the smaller gradient (every ESS up to alpha_i times the ELR "
        "occurs on the "
        "toy function). The ESS is not a function of the ELR alone.",
        hedge="'tend to', 'highly correlated'",
        clauses=(
            Clause(
                "for a given group, the higher the ESS now, the lower the ELR after", ("for a given group",)
            ),
            Clause("at each iteration the largest ELR becomes smaller", ("the largest ELR",)),
        ),
    ),
    amended=Form(
        r"At every step an ELR falls if and only if its ESS exceeds the total ESS, and rises if and "
        r"only if it is "
        r"below; of two groups with different ESS the one with the higher falls and the other rises.",
        (
            smt(
                compared,
                part="compared with the total",
                mutants=[compared.but(then=regimes.elr_next(elr, ess, whole) < elr)],
            ),
            certificate(
                compared,
                part="compared with the total",
                mutants=[compared.but(then=regimes.elr_next(elr, ess, whole) < elr)],
            ),
            smt(strongest, part="of two groups", mutants=[any_two]),
            certificate(strongest, part="of two groups", mutants=[any_two]),
        ),
        clauses=(
            Clause("an ELR falls if and only if its ESS exceeds the total", ("compared with the total",)),
            Clause("of two groups the one with the higher ESS falls, the other rises", ("of two groups",)),
        ),
    ),
    needs=("regimes:eq4", "regimes:eq5"),
)

CLAIMS = (EQ3, EQ4, EQ5, EQ16, FEEDBACK)
