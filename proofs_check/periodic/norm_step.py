"""One step of descent with weight decay: equations 3 and 8, proposition 4, the unit sphere of section 2."""

from functools import reduce
from operator import add, mul

import sympy

from proofs_check import (
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
from proofs_check.attacks import runs
from proofs_check.periodic.searches import searched
from sitheory.theory import periodic, scale

lr, wd, c = reals("lr wd c")
xs, gs = reals("x1 x2 x3"), reals("g1 g2 g3")


def dot(us, vs):
    """The scalar product of two lists."""
    return reduce(add, map(mul, us, vs))


moved = [periodic.decay_step(x, g, lr, wd) for x, g in zip(xs, gs, strict=True)]
norm_sq = dot(xs, xs)
eff_grad_sq = scale.eff_grad_sq(dot(gs, gs), norm_sq)
ORTHOGONAL = dot(xs, gs) == 0

recursion = Statement(
    [norm_sq != 0, ORTHOGONAL], dot(moved, moved) == periodic.norm_sq_next(norm_sq, eff_grad_sq, lr, wd)
)


def norm_step_by_step() -> list[Derivation]:
    """The paper's appendix A.2, with the sign of the scalar product as eq. 1 gives it."""
    eta, lam, rho, g, eff = sympy.symbols("eta lambda rho g g_eff", positive=True)
    gx = sympy.Symbol("<g,x>", real=True)
    start = (1 - eta * lam) ** 2 * rho**2 - 2 * eta * (1 - eta * lam) * gx + eta**2 * g**2
    steps = [
        Step((1 - eta * lam) ** 2 * rho**2 + eta**2 * g**2, "(2a): the gradient is orthogonal to x", {gx: 0}),
        Step(
            (1 - eta * lam) ** 2 * rho**2 + eta**2 * eff**2 / rho**2, "(2b): g = g_eff / rho", {g: eff / rho}
        ),
        Step(periodic.norm_sq_next(rho**2, eff**2, eta, lam), "the right side of (3)"),
    ]
    return [Derivation(start, steps, "rho_{t+1}^2 is (3)", "|(1 - eta lambda) x - eta g|^2")]


EQ3 = Claim(
    id="periodic:eq3",
    source="periodic (3), A.2",
    printed=Form(
        r"$\rho_{t+1}^2 = (1-\eta\lambda)^2 \rho_t^2 + \eta^2 \tilde g_t^2/\rho_t^2$.",
        (
            kernel(
                "forall n x g lr wd, dot n g x = 0 -> 0 < norm_sq n x -> norm_sq n (decay_step x g lr wd) = "
                "periodic_norm_sq_next (norm_sq n x) (scale_eff_grad_sq (norm_sq n g) (norm_sq n x)) lr wd",
                "Norm.eq3",
                mutants=[
                    "forall n x g lr wd, 0 < norm_sq n x -> norm_sq n (decay_step x g lr wd) = "
                    "periodic_norm_sq_next (norm_sq n x) (scale_eff_grad_sq (norm_sq n g) (norm_sq n x)) lr "
                    "wd",
                    "forall n x g lr wd, dot n g x = 0 -> 0 < norm_sq n x -> norm_sq n (decay_step x g lr "
                    "wd) = "
                    "periodic_norm_sq_next (norm_sq n x) (norm_sq n g) lr wd",
                ],
                part="every n",
            ),
            algebra(
                recursion,
                mutants=[
                    recursion.but(given=[norm_sq != 0]),
                    recursion.but(
                        then=dot(moved, moved) == periodic.norm_sq_next(norm_sq, dot(gs, gs), lr, wd)
                    ),
                    recursion.but(
                        then=dot(moved, moved) == periodic.norm_sq_next(norm_sq, eff_grad_sq, lr, 2 * wd)
                    ),
                ],
                part="n = 3, coordinate by coordinate",
            ),
            searched(runs.EQ3_ON_RUNS, wrong=[runs.EQ3_ON_RUNS_WITHOUT_DECAY], part="every n", n=15),
        ),
        note="Exact for every eta and lambda, no term suppressed. In A.2 the middle term reads +2 eta(1 - "
        "eta "
        "lambda)<grad f, x>; from (1) its sign is minus, which changes nothing since the term vanishes.",
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
    needs=("si:orthogonality", "si:effective-gradient"),
    derivation=norm_step_by_step,
)

cosine = Statement(
    [norm_sq != 0, ORTHOGONAL, lr * wd < 1],
    dot(xs, moved) ** 2 * periodic.inverse_cos_sq(norm_sq, eff_grad_sq, lr, wd)
    == norm_sq * dot(moved, moved),
)
forward = Statement([ORTHOGONAL], dot(xs, moved) == (1 - lr * wd) * norm_sq)


def cosine_step_by_step() -> list[Derivation]:
    """The square of the cosine, as A.2 goes from the scalar product to (8)."""
    eta, lam, rho, new, eff = sympy.symbols("eta lambda rho_t rho_{t+1} g_eff", positive=True)
    gx = sympy.Symbol("<g,x>", real=True)
    q = 1 - eta * lam
    start = ((q * rho**2 - eta * gx) / (rho * new)) ** 2
    steps = [
        Step((q * rho / new) ** 2, "(2a): the gradient is orthogonal to x", {gx: 0}),
        Step(
            q**2 * rho**2 / (q**2 * rho**2 + eta**2 * eff**2 / rho**2),
            "(3)",
            {new: sympy.sqrt(periodic.norm_sq_next(rho**2, eff**2, eta, lam))},
        ),
        Step(1 / (1 + eta**2 * eff**2 / (q**2 * rho**4)), "divide by (1 - eta lambda)^2 rho^2"),
        Step(1 / periodic.inverse_cos_sq(rho**2, eff**2, eta, lam), "the right side of (8), squared"),
    ]
    return [
        Derivation(start, steps, "cos has this square and the sign of 1 - eta lambda", "cos^2(x_t, x_{t+1})")
    ]


EQ8 = Claim(
    id="periodic:eq8",
    source="periodic (8), A.2",
    printed=Form(
        r"For $\eta\lambda < 1$: $\cos(x_t, x_{t+1}) = "
        r"\left(1 + \frac{\eta^2\tilde g_t^2}{(1-\eta\lambda)^2\rho_t^4}\right)^{-1/2}$.",
        (
            kernel(
                "forall n x g lr wd, dot n g x = 0 -> 0 < norm_sq n x -> lr * wd < 1 -> "
                "cosine n x (decay_step x g lr wd) = / sqrt (periodic_inverse_cos_sq (norm_sq n x) "
                "(scale_eff_grad_sq (norm_sq n g) (norm_sq n x)) lr wd)",
                "Norm.eq8",
                mutants=[
                    "forall n x g lr wd, dot n g x = 0 -> 0 < norm_sq n x -> "
                    "cosine n x (decay_step x g lr wd) = / sqrt (periodic_inverse_cos_sq (norm_sq n x) "
                    "(scale_eff_grad_sq (norm_sq n g) (norm_sq n x)) lr wd)",
                ],
                part="every n",
                total=True,
            ),
            algebra(
                cosine,
                mutants=[
                    cosine.but(given=[norm_sq != 0, lr * wd < 1]),
                    cosine.but(
                        then=dot(xs, moved) ** 2
                        * scale.inverse_cos_sq(scale.ess_sq(scale.elr(lr, norm_sq), eff_grad_sq))
                        == norm_sq * dot(moved, moved)
                    ),
                ],
                part="n = 3: the square",
            ),
            algebra(forward, mutants=[forward.but(without=0)], part="n = 3: the sign"),
            searched(runs.EQ8_ON_RUNS, wrong=[runs.EQ8_ON_RUNS_WITHOUT_DECAY], part="every n", n=15),
        ),
        note="Past eta lambda = 1 the cosine is the negative of the printed root (Norm.eq8_sign), so that "
        "the "
        "standing assumption 'eta lambda is small' enters as eta lambda < 1.",
        clauses=(
            Clause(
                "the cosine, and that it is positive",
                (
                    "every n",
                    "n = 3: the square",
                    "n = 3: the sign",
                ),
            ),
        ),
    ),
    needs=("periodic:eq3", "si:orthogonality", "si:effective-gradient"),
    derivation=cosine_step_by_step,
)

x, g = reals("x g")
rescaled = Statement(
    [c > 0], periodic.decay_step(c * x, g / c, c**2 * lr, wd / c**2) == c * periodic.decay_step(x, g, lr, wd)
)
DESCENDS = (
    "(forall t, homogeneous_gradient (grad t)) -> descends grad lr wd x -> "
    "descends grad (c ^ 2 * lr) (wd / c ^ 2) x' -> x' O = scaled c (x O) -> "
)
EVERY_F = "(forall k y, 0 < k -> f (scaled k y) = f y) -> "
PROP4 = Claim(
    id="periodic:prop4",
    source="periodic proposition 4, A.1",
    printed=Form(
        r"$(x_0, \eta, \lambda)$ and $(c x_0, c^2\eta, \lambda/c^2)$, $c > 0$, give equivalent dynamics in "
        r"function space: $x'_t = c\,x_t$ and $f(x'_t) = f(x_t)$ for all $t$.",
        (
            kernel(
                "forall (f : (nat -> R) -> R) grad lr wd c x x', 0 < c -> "
                + EVERY_F
                + DESCENDS
                + "forall t, f (x' t) = f (x t)",
                "Dynamics.proposition4_function",
                mutants=[
                    "forall (f : (nat -> R) -> R) grad lr wd c x x', 0 < c -> "
                    + DESCENDS
                    + "forall t, f (x' t) = f (x t)",
                    "forall (f : (nat -> R) -> R) grad lr wd c x x', 0 < c -> "
                    + EVERY_F
                    + DESCENDS.replace("(c ^ 2 * lr)", "(c * lr)")
                    + "forall t, f (x' t) = f (x t)",
                ],
                part="every n, every t",
            ),
            algebra(
                rescaled,
                mutants=[
                    rescaled.but(
                        then=periodic.decay_step(c * x, g / c, c * lr, wd / c)
                        == c * periodic.decay_step(x, g, lr, wd)
                    ),
                    rescaled.but(
                        then=periodic.decay_step(c * x, g, c**2 * lr, wd / c**2)
                        == c * periodic.decay_step(x, g, lr, wd)
                    ),
                ],
                part="one step, one coordinate",
            ),
            searched(runs.PROP4_ON_RUNS, wrong=[runs.PROP4_ON_RUNS_WITH_WD_C], part="every n, every t", n=15),
        ),
        note="The gradient may be another one at each step (SGD). Nothing else is assumed of eta and lambda.",
        clauses=(
            Clause(
                "the same dynamics in function space",
                (
                    "every n, every t",
                    "one step, one coordinate",
                ),
            ),
        ),
    ),
    needs=("si:gradient-homogeneity",),
)

# The direction of a step on the circle: two vectors point the same way only if their determinant vanishes.
u, v, h = reals("u v h")
decayed = [periodic.decay_step(u, -h * v, lr, wd), periodic.decay_step(v, h * u, lr, wd)]


def on_sphere(elr):
    """A step from (u, v)/rho with the effective gradient rho * h (-v, u), times rho."""
    return [u + elr * (u * u + v * v) * h * v, v - elr * (u * u + v * v) * h * u]


def parallel(elr):
    """Whether the step on the sphere points where the step with weight decay does."""
    there = on_sphere(elr)
    return decayed[0] * there[1] - decayed[1] * there[0] == 0


PLANE = [lr > 0, wd > 0, lr * wd < Q(1, 4), u * u + v * v > 0]
plain = Statement(PLANE, parallel(scale.elr(lr, u * u + v * v)))
corrected = plain.but(then=parallel(scale.elr_with_decay(lr, wd, u * u + v * v)))
undecayed = Statement([lr > 0, wd == 0, u * u + v * v > 0], parallel(scale.elr(lr, u * u + v * v)))
HEAD = "forall n grad x lr wd, homogeneous_gradient grad -> 0 < norm_sq n x -> "
STEP = "direction n (decay_step x (grad x) lr wd) = "
ON_SPHERE = STEP + (
    "direction n (fun i => direction n x i - {elr} lr wd (norm_sq n x) * grad (direction n x) i)"
)
KEPT = STEP + (
    "direction n (fun i => (1 - lr * wd) * direction n x i - scale_elr lr (norm_sq n x) * grad (direction n "
    "x) i)"
)
SPHERE = Claim(
    id="periodic:unit-sphere",
    source="periodic section 2",
    printed=Form(
        r"The ELR $\tilde\eta = \eta/\rho^2$ and the effective gradient reproduce the update (1) on the unit "
        r"sphere: $x_{t+1}$ has the direction of $\hat x - \tilde\eta\nabla f(\hat x)$, $\hat x = "
        r"x_t/\rho_t$.",
        (
            smt(plain, mutants=[plain.but(given=[lr > 0, u * u + v * v > 0])]),
            searched(
                runs.UNIT_SPHERE_ON_RUNS,
                wrong=[runs.UNIT_SPHERE_ON_RUNS_WITH_1_ETA_LAMBDA_TIMES_ELR],
                n=15,
            ),
        ),
        note="Read with the learning rate and the gradient that the sentence names and nothing else; lambda "
        "= 0 "
        "(amended form) is the case of the references it cites. If the factor 1 - eta lambda of (1) is kept "
        "on the sphere, as in the formula of A.1, the sentence is exact: that is the amended form's first "
        "part.",
        failure=Failure(
            Kind.CONSTANT,
            "weight decay turns the ELR into eta/((1 - eta lambda) rho^2)",
            "x_t = (1, 0), grad f(x_t) = (0, 1): x_{t+1} = (4/5, -1/5), of slope -1/4; the step on "
            "the sphere ends at slope -1/5",
        ),
    ),
    amended=Form(
        r"$x_{t+1}$ has the direction of $(1-\eta\lambda)\hat x - \frac{\eta}{\rho^2}\nabla f(\hat x)$, "
        r"which is "
        r"that of the plain step $\hat x - \frac{\eta}{(1-\eta\lambda)\rho^2}\nabla f(\hat x)$: weight decay "
        r"multiplies the ELR by $1/(1-\eta\lambda)$. With $\lambda = 0$ the printed ELR is exact.",
        (
            kernel(
                HEAD + KEPT,
                "Dynamics.unit_sphere_with_decay",
                mutants=[HEAD + ON_SPHERE.format(elr="(fun a _ => scale_elr a)")],
                part="the decay kept",
                total=True,
            ),
            kernel(
                HEAD + "lr * wd < 1 -> " + ON_SPHERE.format(elr="scale_elr_with_decay"),
                "Dynamics.unit_sphere",
                mutants=[HEAD + "lr * wd < 1 -> " + ON_SPHERE.format(elr="(fun a _ => scale_elr a)")],
                part="the decay in the ELR",
                total=True,
            ),
            algebra(corrected, mutants=[plain], part="the decay in the ELR, n = 2"),
            algebra(
                undecayed,
                mutants=[undecayed.but(then=parallel(scale.elr(2 * lr, u * u + v * v)))],
                part="no decay, n = 2",
            ),
            searched(
                runs.UNIT_SPHERE_ON_RUNS_WITH_DECAY_IN_ELR,
                wrong=[runs.UNIT_SPHERE_ON_RUNS],
                part="the decay in the ELR",
                n=15,
            ),
        ),
        note="For every n the two steps with decay are the kernel's alone; exact algebra repeats the second "
        "one in the plane.",
        clauses=(
            Clause("the direction of the step with the decay kept", ("the decay kept",)),
            Clause(
                "weight decay multiplies the ELR by 1/(1 - eta lambda)",
                (
                    "the decay in the ELR",
                    "the decay in the ELR, n = 2",
                ),
            ),
            Clause("without it the printed ELR is exact", ("no decay, n = 2",)),
        ),
    ),
    needs=("si:gradient-homogeneity",),
)

CLAIMS = (EQ3, EQ8, PROP4, SPHERE)
