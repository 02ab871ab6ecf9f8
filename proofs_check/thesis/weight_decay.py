"""The thesis on training with weight decay: equations 3-5, propositions 1 and 2, corollary 1, theorem 1.

A restatement is decided by the checks of the statement that it restates; the note says what the
thesis changed. What it says beyond that has checks of its own.
"""

from flint import arb

from proofs_check import (
    And,
    Claim,
    Clause,
    Failure,
    Form,
    Kind,
    Statement,
    algebra,
    ball,
    enclosure,
    kernel,
    less,
    reals,
)
from proofs_check.periodic import jumps_threshold, norm_equilibrium, norm_step, times_jumps
from proofs_check.statements.answers import Answer
from sitheory.theory import periodic, regimes, scale

ORIGINALS = {
    claim.id: claim
    for file in (jumps_threshold, norm_equilibrium, norm_step, times_jumps)
    for claim in file.CLAIMS
}
SAME_WORDS = "Restated as it stands in *periodic*, and decided by the same checks. "
ABOUT = (
    "The thesis prints an inequality 'up to approximation', which says nothing exact; read as '<' it is "
    "the printed "
    "statement of *periodic*, decided by the same checks. How far off it is, the amended form says. "
)

EQ4 = Claim(
    id="thesis:eq4",
    source="thesis (4)",
    printed=Form(
        r"$\rho_{t+1}^2 = (1-\eta\lambda)^2\rho_t^2 + \eta^2\tilde g_t^2/\rho_t^2$.",
        ORIGINALS["periodic:eq3"].printed.checks,
        note=SAME_WORDS,
        clauses=(
            Clause(
                "the recursion of the squared norm",
                (
                    "every n",
                    "n = 3, coordinate by coordinate",
                ),
            ),
        ),
    ),
    needs=("periodic:eq3",),
)


def _proposition_1(letter: str, end: str, said: str) -> Claim:
    original = ORIGINALS[f"periodic:prop1{letter}"]
    return Claim(
        id=f"thesis:prop1{letter}",
        source=f"thesis proposition 1, (5{letter})",
        printed=Form(
            rf"$\rho_t^2 \lesssim \frac{{\eta {end}}}{{\sqrt{{2\delta}}}} \Rightarrow$ a $\delta$-jump "
            rf"is {said}.",
            original.printed.checks,
            note=ABOUT + original.printed.note,
            hedge="'less than or about'",
        ),
        amended=original.amended,
        needs=(original.id,),
    )


alpha, rho, m = reals("alpha rho m")
x, y = rho * (1 - m**2) / (1 + m**2), rho * 2 * m / (1 + m**2)
here, on_circle = regimes.quotient_grad(alpha, x, y), regimes.quotient_grad(alpha, x / rho, y / rho)
LENGTH = [rho > 0]
divided = Statement(LENGTH, And(*(unit == g / rho for unit, g in zip(on_circle, here, strict=True))))
multiplied = Statement(LENGTH, And(*(unit == g * rho for unit, g in zip(on_circle, here, strict=True))))
norm_law = Statement(
    LENGTH,
    sum(g * g for g in on_circle) == scale.eff_grad_sq(sum(g * g for g in here), rho**2),
)
QUOTIENT_COQ = (
    "forall alpha x y rho, 0 < rho -> x ^ 2 + y ^ 2 <> 0 -> (x / rho) ^ 2 + (y / rho) ^ 2 <> 0 -> "
    "regimes_quotient_grad_0 alpha (x / rho) (y / rho) = {} regimes_quotient_grad_0 alpha x y /\\ "
    "regimes_quotient_grad_1 alpha (x / rho) (y / rho) = rho * regimes_quotient_grad_1 alpha x y"
)
BY_FIELD = (
    "ltac:(intros alpha x y rho Hr H _; unfold regimes_quotient_grad_0, regimes_quotient_grad_1; "
    "split; field; repeat split; try lra; intro; apply H; lra)"
)
EFFECTIVE_GRADIENT = Claim(
    id="thesis:effective-gradient",
    source="thesis, after (3)",
    printed=Form(
        r"$\nabla f(x/\|x\|) = \nabla f(x)/\|x\|$.",
        (algebra(divided, mutants=[divided.but(then=on_circle[0] == here[0])]),),
        note="A slip of the pen: (2b), with 1/|x| for the factor, gives the product. Refuted for the "
        "quotient (6), at "
        "the point of norm rho and slope given by m. The line after it, g~ = rho g, is right and "
        "disagrees with it.",
        failure=Failure(
            Kind.MISPRINT,
            "the gradient at x/|x| is that at x times |x|",
            "f = x^2/(x^2 + y^2) at (3/10, 2/5): the first component of the left side is 96/125, "
            "of the right side 384/125",
        ),
    ),
    amended=Form(
        r"$\nabla f(x/\|x\|) = \|x\| \nabla f(x)$, hence $\tilde g = \rho g$.",
        (
            algebra(multiplied, part="the quotient", mutants=[divided]),
            kernel(
                QUOTIENT_COQ.format("rho *"),
                BY_FIELD,
                part="the quotient",
                mutants=[QUOTIENT_COQ.format("/ rho *")],
            ),
            algebra(
                norm_law,
                part="the norms",
                mutants=[norm_law.but(then=sum(g * g for g in on_circle) == sum(g * g for g in here))],
            ),
        ),
        note="For every scale-invariant function this is si:gradient-homogeneity and si:effective-gradient.",
        clauses=(
            Clause("the gradient on the sphere", ("the quotient",)),
            Clause("hence the effective gradient", ("the norms",)),
        ),
    ),
    needs=("si:gradient-homogeneity", "si:effective-gradient"),
)

CONSTANT = 100


def _log(value: arb) -> arb:
    return value.log()


def _times_rate(rho_sq: int, lr: arb, wd: arb, delta: arb) -> arb:
    """4 eta lambda times (5), for l = L = 1."""
    limit, level = periodic.kappa_sq(lr, wd).sqrt(), periodic.prop1_norm_4(1, lr, delta).sqrt()
    rate = 2 * periodic.beta_alpha(lr, wd)
    return rate * periodic.time_to_level(arb(rho_sq), limit, level, rate, _log)


def _bounded(exponent: int):
    return lambda: less(_times_rate(10**exponent, ball(1), ball("1/100"), ball("1/200")), arb(CONSTANT))


SETTING = "eta = 1, lambda = 1/100, delta = 1/200, l = L = 1"
TIME = f"4 eta lambda t_min < {CONSTANT} with {SETTING}, rho_0^2 = 10^{{}}"
PROP2 = Claim(
    id="thesis:prop2",
    source="thesis proposition 2",
    printed=Form(
        r"$t_{\min} = \mathcal O(1/4\eta\lambda)$ and $t_{\max} = \mathcal O(1/2\eta\lambda)$, for all "
        r"$\rho_0^2 > \kappa\ell$, "
        r"$\kappa L$.",
        (
            enclosure(
                TIME.format(60),
                _bounded(60),
                mutants=[(TIME.format(70), _bounded(70))],
            ),
        ),
        note="O(1/4x) is O(1/x): the 4 and the 2 say nothing inside an O. What the O leaves out is the "
        "logarithm of "
        "(5) and (6), which no constant bounds: it grows with log rho_0^2, and without bound as delta "
        "nears the end of "
        f"its range. Decided for the constant {CONSTANT}; rho_0^2 = e^C does it for C.",
        hedge="O(.), whose constant may depend on the start and on delta",
    ),
    amended=ORIGINALS["periodic:cor1"].amended,
    needs=("periodic:prop2-tmin", "periodic:prop2-tmax", "periodic:cor1"),
)


def _halves(factor: int):
    """Whether the printed t_min falls to 1/factor as lambda is doubled, all else equal."""

    def holds() -> Answer:
        lr, delta = ball(1), ball("1/200")
        slow, fast = (
            _times_rate(100, lr, wd, delta) / (2 * periodic.beta_alpha(lr, wd))
            for wd in (ball("1/100"), ball("1/50"))
        )
        gap = slow - factor * fast
        return ~(less(gap, 0) | less(0, gap))

    return holds


HALVES = f"t_min falls to 1/{{}} as lambda doubles, with {SETTING}, rho_0^2 = 100"
COR1 = Claim(
    id="thesis:cor1",
    source="thesis corollary 1",
    printed=Form(
        r"Periods occur with a frequency directly proportional to $\eta\lambda$.",
        (enclosure(HALVES.format(2), _halves(2), mutants=[(HALVES.format(3), _halves(3))]),),
        note="Read of the time (5) to a first jump, as the thesis derives it. Proportional only if "
        "rho_0^2/kappa and "
        "delta/(eta lambda) are kept too, and then in the limit. That one period follows a jump is the "
        "experiments' part.",
        hedge="proportional up to the O(.) of proposition 2",
    ),
    amended=ORIGINALS["periodic:cor1"].amended,
    needs=("periodic:cor1",),
)

EQUILIBRIUM = ORIGINALS["periodic:prop3"]
THM1 = Claim(
    id="thesis:thm1",
    source="thesis theorem 1",
    printed=Form(
        r"If $2\eta\lambda L \le \ell$, then $\kappa\ell \le \rho_t^2 \le \kappa L$ for $t \gg 1$; from "
        r"$\rho_0^2 > \kappa L$ the "
        r"convergence is linear, in $\mathcal O(1/\eta\lambda)$ time.",
        EQUILIBRIUM.printed.checks,
        note="Proposition 3 of *periodic* under a new name, decided by the same checks. "
        + EQUILIBRIUM.printed.note,
        hedge="limits for t >> 1, and O((eta lambda)^2) suppressed as in *periodic* section 4",
    ),
    amended=EQUILIBRIUM.amended,
    needs=("periodic:prop3",),
)

CLAIMS = (
    EQ4,
    _proposition_1("a", "L", "possible"),
    _proposition_1("b", r"\ell", "guaranteed"),
    EFFECTIVE_GRADIENT,
    PROP2,
    COR1,
    THM1,
)
