"""Definition 1.1, Lemma 3.1 and what the effective learning rate does in one step [sharpness 1, 3, 4]."""

import sympy

from proofs_check import (
    And,
    Claim,
    Clause,
    Derivation,
    Failure,
    Form,
    Kind,
    Statement,
    Step,
    algebra,
    certificate,
    kernel,
    reals,
    root,
    smt,
)
from sitheory.theory import periodic, scale, sharpness

lr, wd, c, x, y, s = reals("lr wd c x y s")
POSITIVE = [lr > 0, wd > 0]
SMALL = [*POSITIVE, lr * wd < 1]


def hessian(x, y):
    """The second derivatives xx, xy, yy of x^2/(x^2 + y^2)."""
    norm_sq = x * x + y * y
    return (
        2 * y * y * (y * y - 3 * x * x) / norm_sq**3,
        4 * x * y * (x * x - y * y) / norm_sq**3,
        2 * x * x * (3 * y * y - x * x) / norm_sq**3,
    )


def _same(power: int) -> Statement:
    """The Hessian times |w|^power has one value on each ray."""
    here, far = (x * x + y * y) ** (power // 2), (c * c * (x * x + y * y)) ** (power // 2)
    pairs = zip(hessian(c * x, c * y), hessian(x, y), strict=True)
    return Statement([x * x + y * y > 0, c > 0], And(*(far * a == here * b for a, b in pairs)))


ANY_FUNCTION = (
    "forall (lambda_1 : (nat -> R) -> R) n w c, {c} -> "
    "lambda_1 (direction n (scaled c w)) = lambda_1 (direction n w)"
)
DEFINITION = Claim(
    id="sharpness:def1.1",
    source="sharpness definition 1.1",
    printed=Form(
        r"$\lambda_1(\nabla^2 L(w/\|w\|))$ has the same value at $w$ and at $cw$ for every $c > 0$.",
        (
            kernel(
                ANY_FUNCTION.format(c="0 < c"),
                "ltac:(intros; rewrite direction_scaled by assumption; reflexivity)",
                mutants=[ANY_FUNCTION.format(c="c <> 0")],
                part="every n, every function of the direction",
                total=True,
            ),
            algebra(_same(2), part="as |w|^2 times the Hessian at w", mutants=[_same(0), _same(4)]),
        ),
        note="Whatever is computed at w/|w| depends on the direction alone. The second part is si:hessian-"
        "homogeneity on L = x^2/(x^2 + y^2): the spherical sharpness is |w|^2 lambda_1(Hess L(w)).",
        clauses=(
            Clause(
                "the same value at w and c w",
                (
                    "every n, every function of the direction",
                    "as |w|^2 times the Hessian at w",
                ),
            ),
        ),
    ),
    needs=("si:hessian-homogeneity",),
)

w, g = reals("w_1 w_2 w_3"), reals("g_1 g_2 g_3")
norm_sq = sum(v * v for v in w)
rho, is_rho = root(norm_sq, "rho")
stepped = [(1 - lr * wd) * v - lr * d for v, d in zip(w, g, strict=True)]


def _on_sphere(elr) -> list:
    """Theta - elr * grad L(theta), with theta = w/rho and grad L(theta) = rho * grad L(w)."""
    return [v / rho - elr * (rho * d) for v, d in zip(w, g, strict=True)]


def _parallel(elr) -> Statement:
    pairs = zip(stepped, _on_sphere(elr), strict=True)
    facts = [is_rho, norm_sq > 0, lr * wd != 1]
    return Statement(facts, And(*(a == (1 - lr * wd) * rho * b for a, b in pairs)))


projected = _parallel(scale.elr_with_decay(lr, wd, norm_sq))
never_opposite = Statement(
    [*POSITIVE, norm_sq > 0, is_rho, lr * wd != 1],
    sum(a * b for a, b in zip(stepped, _on_sphere(scale.elr_with_decay(lr, wd, norm_sq)), strict=True)) >= 0,
)
plane = never_opposite.but(
    given=[*never_opposite.given, w[1] == 0, w[2] == 0, g[0] == 0, g[1] == 0, g[2] == 0]
)
LEMMA = (
    "forall n grad x lr wd, homogeneous_gradient grad -> 0 < norm_sq n x -> 0 < lr -> 0 < wd -> {range} -> "
    "direction n (decay_step x (grad x) lr wd) = "
    "direction n (fun i => direction n x i - scale_elr_with_decay lr wd (norm_sq n x) * grad "
    "(direction n x) i)"
)


def projected_step() -> list[Derivation]:
    """Equation (2) from (1), for one coordinate."""
    eta, lam, norm = sympy.symbols("eta lambda |w|", positive=True)
    theta, grad, at_w = sympy.symbols("theta grad_L(theta) grad_L(w)", real=True)
    start = (1 - eta * lam) * norm * theta - eta * at_w
    elr = scale.elr_with_decay(eta, lam, norm**2)
    steps = [
        Step(
            (1 - eta * lam) * norm * theta - eta * grad / norm,
            "grad L(w) = grad L(theta)/|w|",
            {at_w: grad / norm},
        ),
        Step((1 - eta * lam) * norm * (theta - elr * grad), "take out (1 - eta lambda)|w|"),
    ]
    return [
        Derivation(start, steps, "a positive factor, if eta lambda < 1, which Pi takes away", "lemma 3.1")
    ]


LEMMA_3_1 = Claim(
    id="sharpness:lemma3.1",
    source="sharpness lemma 3.1, (2)",
    printed=Form(
        r"If $w_t$ follows (1), then $\theta_{t+1} = \Pi(\theta_t - \tilde\eta_t\nabla L(\theta_t))$ with "
        r"$\tilde\eta_t = \frac{\hat\eta}{(1-\hat\eta\hat\lambda)\|w_t\|^2}$.",
        (
            kernel(
                LEMMA.format(range="lr * wd <> 1"),
                "ltac:(intro H; destruct SharpnessMore.lemma3_1_refuted as "
                "(n & grad & x & lr & wd & HG & P & Hl & Hw & N & D); exact (D (H n grad x lr wd HG "
                "P Hl Hw N)))",
                refutes={"n": "1", "grad L": "0", "w": "1", "eta": "1", "lambda": "2"},
                mutants=[LEMMA.format(range="lr * wd < 1")],
                part="every n",
                total=True,
            ),
            smt(plane, mutants=[plane.but(then=plane.then == (lr * wd < 2))], part="never opposite"),
        ),
        note="A hypothesis is missing, not more: no range is printed. For eta lambda > 1 the effective "
        "learning rate is negative and theta_{t+1} is the opposite point; at eta lambda = 1 it is undefined. "
        "Everything that the paper uses has eta lambda <= 1/2.",
        failure=Failure(
            Kind.HYPOTHESIS, "eta lambda < 1 is missing", "theta_{t+1} is -1, the projection on the right 1"
        ),
        clauses=(
            Clause(
                "theta moves by (2) with this ELR",
                (
                    "every n",
                    "never opposite",
                ),
            ),
        ),
    ),
    amended=Form(
        r"For $\hat\eta\hat\lambda < 1$, in every dimension, (2) holds with "
        r"$\tilde\eta_t = \frac{\hat\eta}{(1-\hat\eta\hat\lambda)\|w_t\|^2}$. The step itself is "
        r"$w_{t+1} = (1-\hat\eta\hat\lambda)\|w_t\|\,(\theta_t-\tilde\eta_t\nabla L(\theta_t))$ for all "
        r"$\hat\eta\hat\lambda \ne 1$: past 1 the sign turns.",
        (
            kernel(
                LEMMA.format(range="lr * wd < 1"),
                "ltac:(intros; apply SharpnessMore.lemma3_1; assumption)",
                mutants=[
                    LEMMA.format(range="lr * wd < 1").replace(
                        "scale_elr_with_decay lr wd", "scale_elr_with_decay lr 0"
                    )
                ],
                part="every n",
                total=True,
            ),
            algebra(projected, part="the step, n = 3", mutants=[_parallel(lr / norm_sq)]),
            certificate(
                Statement([*SMALL, rho > 0], (1 - lr * wd) * rho > 0),
                part="the step, n = 3: a positive factor",
                mutants=[Statement([*POSITIVE, rho > 0], (1 - lr * wd) * rho > 0)],
            ),
        ),
        note="Equality of directions in every n is the kernel's; the vectors that are projected are "
        "compared by exact algebra for n = 3.",
        clauses=(
            Clause("(2) holds for eta lambda < 1", ("every n",)),
            Clause(
                "the step itself",
                (
                    "the step, n = 3",
                    "the step, n = 3: a positive factor",
                ),
            ),
        ),
    ),
    needs=("si:gradient-homogeneity",),
    derivation=projected_step,
)

elr, grad_sq, lam = reals("elr G lambda_w")
r = lr * wd
rate = scale.elr_with_decay(lr, wd, s)
after = sharpness.pgd_elr_next(elr, grad_sq, r)
STATE = [*SMALL, elr > 0, grad_sq >= 0]
level = 1 / (1 - r) ** 2 - 1
turns = Statement(
    STATE, And((after > elr) == (elr**2 * grad_sq < level), (after < elr) == (elr**2 * grad_sq > level))
)
recursion = Statement(
    [*SMALL, s > 0, grad_sq >= 0],
    sharpness.pgd_elr_next(rate, grad_sq, r)
    == scale.elr_with_decay(lr, wd, periodic.norm_sq_next(s, grad_sq, lr, wd)),
)
v = reals("v")[0]
beta = (1 - r) ** 4
moment = Statement(
    [*SMALL, elr > 0, grad_sq >= 0, v == 1 / elr**2],
    1 / after**2 == beta * v + beta * 2 * grad_sq + beta * grad_sq**2 / v,
)
RMSPROP = Claim(
    id="sharpness:rmsprop-like",
    source="sharpness 1.1, figure 3, 4.2.3",
    printed=Form(
        r"The effective learning rate rises when the gradient is small and falls when it is large.",
        (
            smt(turns, mutants=[turns.but(then=(after > elr) == (elr**2 * grad_sq < r))]),
            certificate(turns, mutants=[turns.but(then=(after > elr) == (elr**2 * grad_sq < r))]),
        ),
        note="With the exact threshold: it rises if and only if (elr |grad L(theta)|)^2 < "
        "1/(1 - eta lambda)^2 - 1, and falls if and only if this is exceeded.",
    ),
    amended=Form(
        r"$\tilde\eta_{t+1} = \frac{\tilde\eta_t}{(1-\hat\eta\hat\lambda)^2(1+\tilde\eta_t^2 G_t)}$ with "
        r"$G_t = \|\nabla L(\theta_t)\|^2$. So $v_t = \tilde\eta_t^{-2}$ is a moving average of the squared "
        r"gradient with $\beta = (1-\hat\eta\hat\lambda)^4$: $v_{t+1} = \beta v_t + 2\beta G_t + \beta "
        r"G_t^2/v_t$. "
        r"The step is taken with $v_t$, before $G_t$ enters it.",
        (
            algebra(
                recursion,
                part="the learning rate",
                mutants=[recursion.but(then=sharpness.pgd_elr_next(rate, grad_sq, r) == rate)],
            ),
            smt(
                recursion,
                part="the learning rate",
                mutants=[recursion.but(then=sharpness.pgd_elr_next(rate, grad_sq, r) == rate)],
            ),
            algebra(
                moment,
                part="the moving average",
                mutants=[moment.but(then=1 / after**2 == beta * v + (1 - beta) * grad_sq)],
            ),
            smt(
                moment,
                part="the moving average",
                mutants=[moment.but(then=1 / after**2 == beta * v + (1 - beta) * grad_sq)],
            ),
        ),
        note="RMSprop proper has no third term, and its usual order takes the step with v_{t+1}.",
        clauses=(
            Clause("the step of the ELR", ("the learning rate",)),
            Clause("v is a moving average of this kind", ("the moving average",)),
        ),
    ),
    needs=("si:orthogonality", "sharpness:lemma3.1"),
)

lam_max, lam_theta = reals("lambda_max lambda_theta")
EIGEN = [*SMALL, s > 0, lam_theta == s * lam]
exact = Statement(EIGEN, rate * lam_theta == sharpness.eos_product(lr, wd, lam))
at_least = Statement(
    [*EIGEN, lam > 0, lam_max >= lam_theta], rate * lam_max >= sharpness.eos_product(lr, wd, lam)
)


def eos_relation() -> list[Derivation]:
    """The product of effective learning rate and spherical sharpness."""
    eta, lam_hat, norm, at_w, at_theta = sympy.symbols(
        "eta lambda |w| lambda_1(w) lambda_1(theta)", positive=True
    )
    start = scale.elr_with_decay(eta, lam_hat, norm**2) * at_theta
    why = "the Hessian is (-2)-homogeneous: lambda_1(theta) = |w|^2 lambda_1(w)"
    steps = [Step(sharpness.eos_product(eta, lam_hat, at_w), why, {at_theta: norm**2 * at_w})]
    return [Derivation(start, steps, "2/eta and 2/elr are met together but for 1/(1 - eta lambda)", "eos")]


EOS = Claim(
    id="sharpness:eos-equivalence",
    source="sharpness 4.1, below lemma 4.1",
    printed=Form(
        r"$\tilde\eta_t\lambda_{\max}^{(t)} \approx \hat\eta\lambda_1^H(w_t)$.",
        note="An approximation without a bound says nothing exact.",
        hedge="the sign of approximate equality",
    ),
    amended=Form(
        r"$\tilde\eta_t\lambda_1^H(\theta_t) = \frac{\hat\eta\lambda_1^H(w_t)}{1-\hat\eta\hat\lambda}$, so "
        r"$\tilde\eta_t\lambda_{\max}^{(t)}$ is at least that, and more by the factor "
        r"$\lambda_{\max}^{(t)}/\lambda_1^H(\theta_t)$.",
        (
            algebra(
                exact,
                part="the relation",
                mutants=[exact.but(then=rate * lam_theta == lr * lam)],
            ),
            kernel(
                exact,
                "ltac:(intros lr wd s lt lw H1 H2 H3 H4 H5; rewrite H5; field; split; lra)",
                part="the relation",
                mutants=[exact.but(then=rate * lam_theta == lr * lam)],
            ),
            smt(at_least, part="lambda_max", mutants=[at_least.but(then=rate * lam_max <= lr * lam)]),
            certificate(at_least, part="lambda_max", mutants=[at_least.but(then=rate * lam_max <= lr * lam)]),
        ),
        clauses=(
            Clause("the relation of the two products", ("the relation",)),
            Clause("lambda_max exceeds it by this factor", ("lambda_max",)),
        ),
    ),
    needs=("si:hessian-homogeneity", "sharpness:lemma3.1"),
    derivation=eos_relation,
)

CLAIMS = (DEFINITION, LEMMA_3_1, RMSPROP, EOS)
