"""si:norm-never-shrinks [regimes A.1]: every n by the kernel, the algebra under it by two more engines."""

from proofs_check import Claim, Clause, Derivation, Form, Statement, Step, certificate, kernel, reals, smt
from sitheory.theory import periodic

norm_sq, eff_grad_sq, lr = reals("norm_sq eff_grad_sq lr")
GROWS = Statement(
    given=[norm_sq > 0, eff_grad_sq >= 0],
    then=periodic.norm_sq_next(norm_sq, eff_grad_sq, lr, 0) >= norm_sq,
)
SLIPS = (
    GROWS.but(then=periodic.norm_sq_next(norm_sq, eff_grad_sq, lr, 0) > norm_sq),
    GROWS.but(given=[norm_sq > 0]),
)
EVERY_N = """forall n x g lr, dot n g x = 0 ->
  norm_sq n (decay_step x g lr 0) >= norm_sq n x"""
DRIFTS = (
    "forall n x g lr, norm_sq n (decay_step x g lr 0) >= norm_sq n x",
    "forall n x g lr, dot n g x = 0 -> norm_sq n (decay_step x g lr 0) > norm_sq n x",
    "forall n x g lr, dot n g x = 0 -> norm_sq n (decay_step x g lr 1) >= norm_sq n x",
)


def derivation() -> list[Derivation]:
    """Derive the squared norm after a step, with <g, x> for the scalar product."""
    import sympy

    x, g, gx, eta = (sympy.Symbol(name, real=True) for name in ("|x|^2", "|g|^2", "<g,x>", "eta"))
    return [
        Derivation(
            x - 2 * eta * gx + eta**2 * g,
            [Step(x + eta**2 * g, "scale invariance: the gradient is orthogonal to x", {gx: 0})],
            therefore="the squared norm grows by eta^2 g^2 >= 0",
            name="|x - eta g|^2",
        )
    ]


CLAIMS = (
    Claim(
        id="si:norm-never-shrinks",
        source="regimes A.1",
        printed=Form(
            r"$\|x - \eta \nabla f(x)\| \ge \|x\|$ for every step size $\eta$, if $f$ is scale-invariant",
            (
                smt(GROWS, mutants=SLIPS, part="the recursion"),
                certificate(GROWS, mutants=SLIPS, part="the recursion"),
                kernel(EVERY_N, "Norm.norm_never_shrinks", mutants=DRIFTS, part="every n"),
            ),
            note="Scale invariance enters as <grad f(x), x> = 0. 'Every n' has the kernel alone: no other "
            "engine here sums over a symbolic n.",
            clauses=(
                Clause(
                    "no step size shrinks the norm",
                    (
                        "the recursion",
                        "every n",
                    ),
                ),
            ),
        ),
        needs=("si:orthogonality",),
        derivation=derivation,
    ),
)
