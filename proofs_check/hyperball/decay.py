"""What decay and scale invariance mean: section 1 and the start of section 2."""

from proofs_check import Claim, Clause, Failure, Form, Kind, Statement, algebra, reals, smt
from sitheory.theory import optimisers, rotation, scale

w, g, v, lr, wd, momentum, c = reals("w g v eta lambda mu c")
norm_sq, grad_sq = reals("rho_sq g_sq")
decoupled = optimisers.decayed(w, g, lr, rotation.keep(lr, wd))
minimised = optimisers.decayed(w, optimisers.coupled(g, w, wd), lr, 1)
same = Statement([], decoupled == minimised)
buffer = optimisers.summed(v, optimisers.coupled(g, w, wd), momentum)
with_momentum = Statement(
    [momentum > 0, lr > 0, wd > 0],
    optimisers.decayed(w, buffer, lr, 1)
    == optimisers.decayed(w, optimisers.summed(v, g, momentum), lr, rotation.keep(lr, wd)),
)
EQUIVALENT = Claim(
    id="hyperball:equivalent",
    source="hyperball part 2, 1",
    printed=Form(
        r"$W_{t+1} = (1-\eta_t\lambda)W_t - \eta_t u_t$ is equivalent to minimising $L(W)+\frac\lambda2\|W\|^2$ "
        r"for SGD.",
        (algebra(same, mutants=[same.but(then=decoupled == optimisers.decayed(w, g + wd, lr, 1))]),),
        note="For SGD without momentum, u the gradient, whatever the schedule. One step of momentum from the "
        "same buffer "
        "is the same too (the buffer takes lambda W at once); the buffers differ from the second step on "
        "(rotation:sgdm), and for Adam from the first (rotation:adam-l2).",
    ),
)

tan_sq = scale.ess_sq(scale.elr(lr, norm_sq), scale.eff_grad_sq(grad_sq, norm_sq))


def turned(weights, rate):
    """tan^2 of the turn of a gradient step from weights of another norm: the gradient is divided by its factor."""
    return scale.ess_sq(
        scale.elr(rate, weights**2 * norm_sq), scale.eff_grad_sq(grad_sq / weights**2, weights**2 * norm_sq)
    )


POSITIVE = [c > 0, norm_sq > 0, grad_sq > 0, lr > 0]
only = Statement(POSITIVE, turned(c, lr) == tan_sq)
paired = Statement(POSITIVE, turned(c, c**2 * lr) == tan_sq)
move = Statement(
    [c > 0],
    optimisers.decayed(c * w, g, c * lr, rotation.keep(c * lr, wd / c))
    == c * optimisers.decayed(w, g, lr, rotation.keep(lr, wd)),
)
DIRECTION = Claim(
    id="hyperball:direction-only",
    source="hyperball part 2, 2",
    printed=Form(
        r"For scale-invariant losses $L(cW) = L(W)$, optimisation depends only on the direction of the weights "
        r"$\hat W = W/\|W\|$.",
        (smt(only, mutants=[only.but(then=turned(c, lr) == tan_sq * c**2)]),),
        note="The loss does. A run does not: the norm decides how far a step turns, which is what the text goes "
        "on to say.",
        failure=Failure(
            Kind.SUBSTANCE,
            "the loss depends on the direction, the step in it on the norm",
            "the squared tangent of the turn is 1 at W and 16 at W/2",
        ),
    ),
    amended=Form(
        r"The loss depends on the direction alone; a run depends on the direction and on $\eta/\|W\|^2$: from "
        r"$cW$ with "
        r"$c^2\eta$ and $\lambda/c^2$ SGD goes through the same directions. For updates that do not change with "
        r"the scale of "
        r"gradients (Adam without $\epsilon$, Lion, Muon) it does so with $c\eta$ and $\lambda/c$.",
        (
            algebra(paired, part="SGD", mutants=[paired.but(then=turned(c, c * lr) == tan_sq)]),
            algebra(
                move,
                part="updates without scale",
                mutants=[
                    move.but(
                        then=optimisers.decayed(c * w, g, c * lr, rotation.keep(c * lr, wd))
                        == c * optimisers.decayed(w, g, lr, rotation.keep(lr, wd))
                    )
                ],
            ),
        ),
        clauses=(
            Clause("from cW with c^2 eta SGD turns alike", ("SGD",)),
            Clause("updates without scale: c eta and lambda/c", ("updates without scale",)),
        ),
    ),
    needs=("si:gradient-homogeneity", "periodic:prop4"),
)

first_sq, second_sq, inner, update_sq, alpha = reals("a b p U_sq alpha")


def follows(start, product):
    """|W'|^2 from a norm and a product."""
    return rotation.norm_sq_next(start, product, update_sq, lr, alpha)


forgets = Statement(
    [], follows(first_sq, inner) - follows(second_sq, inner) == alpha**2 * (first_sq - second_sq)
)
products = Statement(
    [],
    rotation.average_inner_next(inner, update_sq, lr, alpha, momentum)
    - rotation.average_inner_next(v, update_sq, lr, alpha, momentum)
    == alpha * momentum * (inner - v),
)
START = Claim(
    id="hyperball:initial-scale",
    source="hyperball part 2, 3, phenomenon 5",
    printed=Form(
        r"The weight norm settles into the equilibrium predicted by theory, which does not depend on the "
        r"initial scale.",
        (
            algebra(
                forgets,
                part="norm",
                mutants=[forgets.but(then=forgets.then.arg(0) == alpha * (first_sq - second_sq))],
            ),
            algebra(
                products,
                part="product",
                mutants=[products.but(then=products.then.arg(0) == momentum * (inner - v))],
            ),
        ),
        clauses=(
            Clause("two starts differ less by alpha^2 in |W|^2 each step", ("norm",)),
            Clause("and by alpha b_1 in <W, u>", ("product",)),
        ),
        note="For updates of a given size and memory, which the rest does depend on; both differences vanish "
        "for 0 < alpha < 1. How long the start is "
        "remembered grows with the logarithm of its scale (rotation:time). For SGD on a scale-invariant loss see "
        "periodic:prop3.",
    ),
)

factor, memory = reals("k S")
scaled = Statement(
    [alpha > 0, alpha < 1],
    rotation.rest_norm_sq(update_sq, memory, factor * lr, alpha)
    == factor**2 * rotation.rest_norm_sq(update_sq, memory, lr, alpha),
)
PRODUCT = Claim(
    id="hyperball:constant-product",
    source="hyperball part 2, 3, phenomenon 3",
    printed=Form(
        r"When $\eta\lambda$ is fixed, the weight norm of AdamW is proportional to the learning rate.",
        (algebra(scaled, mutants=[scaled.but(then=scaled.then.arg(0) == factor * scaled.then.arg(1))]),),
        note="At rest, exactly, for updates whose size does not depend on the norm (Adam, Lion, Muon). With "
        "gradients of a "
        "scale-invariant loss in their place U is in proportion to 1/|W|, and |W|^2 to the learning rate.",
    ),
)

CLAIMS = (EQUIVALENT, DIRECTION, START, PRODUCT)
