"""Appendix A.1: the ball instead of the sphere, and the Lagrangian (11)."""

from proofs_check import Claim, Clause, Failure, Form, Kind, Statement, algebra, kernel, reals, root, smt
from sitheory.theory import periodic

theta, grad = reals("theta_1 theta_2"), reals("g_1 g_2")
lr, lam = reals("lr lam")
inner = sum(t * g for t, g in zip(theta, grad, strict=True))
stepped = [t - lr * g for t, g in zip(theta, grad, strict=True)]
rho, is_rho = root(sum(t * t for t in theta), "rho")
reached, is_reached = root(sum(t * t for t in stepped), "rho_hat")
ON_SPHERE = [sum(t * t for t in theta) > 0, is_rho, is_reached]
outside = Statement([*ON_SPHERE, inner == 0], reached >= rho)
BALL_COQ = (
    "forall n lr rho grad theta, 0 < rho -> Norm.norm n theta = rho -> (forall v, dot n (grad v) v = 0) -> "
    "forall t, projected_run ball_factor n lr rho grad theta t = projected_run sphere_factor n lr rho "
    "grad theta t "
    "/\\ Norm.norm n (projected_run sphere_factor n lr rho grad theta t) = {}"
)
A1_BALL = Claim(
    id="regimes:A1-ball",
    source="regimes A.1, (10)",
    printed=Form(
        r"Started with $\|\theta^{(0)}\| = \rho$, projected gradient descent on the ball $\|\theta\| "
        r"\le \rho$ and on the "
        r"sphere of radius $\rho$ have the same iterates.",
        (
            smt(
                outside,
                part="a step in the plane",
                mutants=[outside.but(without=3), outside.but(then=reached > rho)],
            ),
            kernel(
                BALL_COQ.format("rho"),
                "RegimesMore.ball_is_sphere",
                part="every n and t",
                mutants=[BALL_COQ.format("2 * rho")],
                total=True,
            ),
        ),
        note="A step leaves the open ball unless the gradient is 0, and then both projections leave the "
        "point where it "
        "is. 'The norm can only increase' is meant weakly. Started inside the ball the two differ. "
        "Every n and t: the "
        "kernel alone.",
        clauses=(
            Clause(
                "the same iterates, for every n and t",
                (
                    "a step in the plane",
                    "every n and t",
                ),
            ),
        ),
    ),
    needs=("si:orthogonality", "si:norm-never-shrinks"),
)

x, g = reals("x g")
descent = x - lr * (g + 2 * lam * x)
as_printed = Statement([], descent == periodic.decay_step(x, g, lr, lam))
with_two = Statement([], descent == periodic.decay_step(x, g, lr, 2 * lam))
stationary = Statement(
    [
        sum(t * t for t in theta) > 0,
        inner == 0,
        *(gj + 2 * lam * t == 0 for gj, t in zip(grad, theta, strict=True)),
    ],
    lam == 0,
)
MULTIPLIER = (
    "forall n theta g lambda, {}0 < norm_sq n theta -> "
    "(forall j, (j < n)%nat -> g j + 2 * lambda * theta j = 0) -> lambda = 0"
)
ORTHOGONAL = "dot n g theta = 0 -> "
A1_LAGRANGIAN = Claim(
    id="regimes:A1-lagrangian",
    source="regimes A.1, (11)",
    printed=Form(
        r"Gradient descent on $F(\theta) + \lambda\|\theta\|^2 - \lambda\rho^2$ is gradient descent on "
        r"$F$ with weight decay "
        r"of coefficient $\lambda$.",
        (algebra(as_printed, mutants=[as_printed.but(then=descent == periodic.decay_step(x, g, lr, -lam))]),),
        note="A factor of two: the gradient of lambda |theta|^2 is 2 lambda theta.",
        failure=Failure(
            Kind.CONSTANT,
            "the gradient of lambda |theta|^2 is 2 lambda theta",
            "F constant, theta = 1: the step on the Lagrangian ends at -1, that with weight decay lambda at 0",
        ),
    ),
    amended=Form(
        r"It is weight decay of coefficient $2\lambda$; and a stationary point of (11) with $\theta \ne "
        r"0$ has $\lambda = 0$, "
        r"so that no positive coefficient is the multiplier of the constraint.",
        (
            algebra(with_two, part="the step", mutants=[as_printed]),
            kernel(
                "forall x g lr lam, x - lr * (g + 2 * lam * x) = periodic_decay_step x g lr (2 * lam)",
                "ltac:(intros; unfold periodic_decay_step; ring)",
                part="the step",
                mutants=["forall x g lr lam, x - lr * (g + 2 * lam * x) = periodic_decay_step x g lr lam"],
            ),
            smt(stationary, part="the multiplier", mutants=[stationary.but(without=1)]),
            kernel(
                MULTIPLIER.format(ORTHOGONAL),
                "RegimesMore.lagrangian_multiplier_vanishes",
                part="the multiplier",
                mutants=[MULTIPLIER.format("")],
            ),
        ),
        note="Scale invariance makes the constraint inactive: the norm does not matter to F, and for "
        "lambda > 0 the "
        "infimum of (11) over theta is approached as theta shrinks to 0 and is not attained.",
        clauses=(
            Clause("weight decay of twice the coefficient", ("the step",)),
            Clause("no positive coefficient is the multiplier", ("the multiplier",)),
        ),
    ),
    needs=("si:orthogonality",),
)

CLAIMS = (A1_BALL, A1_LAGRANGIAN)
