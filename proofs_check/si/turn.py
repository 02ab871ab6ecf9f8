"""si:step-turn: the angle that a step turns, for any loss, in squared norms and the scalar product alone."""

from proofs_check import Claim, Clause, Form, Statement, algebra, reals, smt
from sitheory.theory import scale

norm_sq, grad_sq, inner, rate = reals("norm_sq grad_sq inner rate")
AFTER = scale.step_norm_sq(norm_sq, grad_sq, inner, rate)
COS_SQ = (norm_sq - rate * inner) ** 2 / (norm_sq * AFTER)
TURNS = Statement(
    given=[norm_sq > 0, AFTER > 0],
    then=scale.step_sin_sq(norm_sq, grad_sq, inner, rate) == 1 - COS_SQ,
)
SLIPS = (
    TURNS.but(
        then=scale.step_sin_sq(norm_sq, grad_sq, inner, rate)
        == 1 - (norm_sq + rate * inner) ** 2 / (norm_sq * AFTER)
    ),
    TURNS.but(then=scale.step_sin_sq(norm_sq, grad_sq, inner, rate) == 1 - COS_SQ**2),
)
ORTHOGONAL = Statement(
    given=[norm_sq > 0, grad_sq >= 0],
    then=scale.step_sin_sq(norm_sq, grad_sq, 0, rate)
    == 1
    - 1 / scale.inverse_cos_sq(scale.ess_sq(scale.elr(rate, norm_sq), scale.eff_grad_sq(grad_sq, norm_sq))),
)

CLAIMS = (
    Claim(
        id="si:step-turn",
        source="bilinearity of the scalar product",
        printed=Form(
            r"for vectors of any dimension, $w' = w - r g$ turns by the angle with $\sin^2 = "
            r"r^2 (\|w\|^2 \|g\|^2 - \langle w, g\rangle^2) / (\|w\|^2 \|w'\|^2)$, "
            r"and where $g$ is orthogonal to $w$ this is the angle of the squared ESS",
            (
                smt(TURNS, mutants=SLIPS, part="any gradient"),
                algebra(TURNS, mutants=SLIPS, part="any gradient"),
                smt(
                    ORTHOGONAL, mutants=[ORTHOGONAL.but(then=ORTHOGONAL.then.arg(0) == 1)], part="orthogonal"
                ),
                algebra(
                    ORTHOGONAL, mutants=[ORTHOGONAL.but(then=ORTHOGONAL.then.arg(0) == 1)], part="orthogonal"
                ),
            ),
            note="The dimension enters through the three scalar products alone.",
            clauses=(
                Clause("the sine of the turn, any gradient", ("any gradient",)),
                Clause("for an orthogonal one it is the angle of the squared ESS", ("orthogonal",)),
            ),
        ),
    ),
)
