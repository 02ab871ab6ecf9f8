"""Appendix A.3: one quotient on the circle, equations 17-22, and equation 26 of A.4."""

import sympy

from proofs_check import (
    And,
    Claim,
    Clause,
    Derivation,
    Failure,
    Form,
    Kind,
    Q,
    Statement,
    Step,
    algebra,
    kernel,
    reals,
    smt,
)
from sitheory.theory import regimes, scale


def gradient_step(coefficient, u, v, lr):
    """One quotient's (x, y) after the gradient step of the process (2), before the projection."""
    grad_x, grad_y = regimes.quotient_grad(coefficient, u, v)
    return regimes.gradient_step(u, v, grad_x, grad_y, lr)


alpha, elr, x, y, r, h = reals("alpha elr x y r h")
KNOWN = [alpha > 0, elr > 0]
CIRCLE = [*KNOWN, x * x + y * y == 1, y != 0]
BELOW = [*KNOWN, elr < 1 / alpha]
ABOVE = [*KNOWN, alpha * elr > 1]
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
                mutants=[
                    in_r.but(then=alpha * regimes.quotient(x, y) == regimes.ratio_loss(alpha, (x / y) ** 4))
                ],
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
            kernel(
                EQ18_COQ.format(""),
                "RegimesMore.gradient",
                part="both",
                mutants=[EQ18_COQ.format("- ")],
                total=True,
            ),
        ),
        note="For exact algebra, the difference quotients and their values at h = 0.",
        clauses=(
            Clause(
                "the gradient",
                (
                    "x",
                    "y",
                    "both",
                ),
            ),
        ),
    ),
)

stepped = gradient_step(alpha, x, y, elr)
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
    "forall alpha elr r, 0 < alpha -> 0 < elr -> "
    "Rabs (regimes_ratio_next alpha elr r) = regimes_ratio_factor alpha elr (r ^ 2) * {}"
)
EQ20 = Claim(
    id="regimes:eq20",
    source="regimes (20)",
    printed=Form(
        r"$|r^{(t+1)}| = \kappa^{(t)} |r^{(t)}|$.",
        (
            smt(shrinks, mutants=[shrinks.but(then=abs(regimes.ratio_next(alpha, elr, r)) == factor * r)]),
            kernel(
                EQ20_COQ.format("Rabs r"),
                "(fun alpha elr r _ _ => RegimesMore.eq20 alpha elr r)",
                mutants=[EQ20_COQ.format("r")],
            ),
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
        failure=Failure(
            Kind.EDGE_CASE,
            "a run that lands on r = 0 makes the third inequality an equality",
            "r^(0) = 1/2 goes to r^(1) = 0, where the third term is 5/4 and 2 alpha elr is 5/4 too",
        ),
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

level_ess = regimes.level_ess_sq(alpha, elr)
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
    "forall alpha elr, 0 < alpha -> 0 < elr -> 1 < alpha * elr -> "
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
                "(fun alpha elr Ha He _ => RegimesMore.level_is_reached_at_fixed_ratio alpha elr Ha He)",
                part="at r*",
                mutants=[LEVEL_COQ.format("regimes_level_ess_sq elr alpha + 1")],
            ),
        ),
        clauses=(
            Clause("the squared gradient", ("in r",)),
            Clause("its value and the squared ESS at r*", ("at r*",)),
        ),
    ),
    needs=("regimes:eq18", "regimes:eq22"),
    derivation=effective_gradient,
)

CLAIMS = (EQ17, EQ18, EQ19, EQ20, EQ21, EQ22, EQ26)
