"""Momentum: what the angle between steps obeys where the buffer is not orthogonal to the weights.

Each step is linear in the vectors x_t, x_{t-1} and g_t, so that its product with x_t needs three numbers alone:
|x_t|^2, <x_t, x_{t-1}> and <x_t, g_t> = 0. ``scalars`` runs the theory's step on these products, for every dimension
and inner product; ``plane`` runs it on coordinates.
"""

from proofs_check import Claim, Clause, Form, Statement, algebra, reals, trial
from proofs_check.beyond import turn_runs
from sitheory.theory import scale

norm_sq, dot, momentum, lr, wd = reals("norm_sq C mu lr wd")
HELD = [lr != 0]
# The buffer that led from x_{t-1} to x_t, in products with x_t.
heavy = (dot - norm_sq) / lr
averaged = ((1 - lr * wd) * dot - norm_sq) / lr
coupled = Statement(
    HELD,
    scale.heavy_ball_step(norm_sq, heavy, 0, momentum, lr, wd)[0]
    == scale.heavy_ball_dot_next(norm_sq, dot, momentum, lr, wd),
)
decoupled = Statement(
    HELD,
    scale.averaged_step(norm_sq, averaged, 0, momentum, lr, wd)[0]
    == scale.averaged_dot_next(norm_sq, dot, momentum, lr, wd),
)
x, v, g = reals("x_1 x_2 x_3"), reals("v_1 v_2 v_3"), reals("g_1 g_2 g_3")


def product(left, right):
    """The inner product in coordinates."""
    return sum(a * b for a, b in zip(left, right, strict=True))


orthogonal = [product(x, g) == 0, lr * wd != 1]
before = [a + lr * b for a, b in zip(x, v, strict=True)]
after = [scale.heavy_ball_step(a, b, c, momentum, lr, wd)[0] for a, b, c in zip(x, v, g, strict=True)]
in_space = Statement(
    orthogonal,
    product(after, x) == scale.heavy_ball_dot_next(product(x, x), product(x, before), momentum, lr, wd),
)
mean_before = [(a + lr * b) / (1 - lr * wd) for a, b in zip(x, v, strict=True)]
mean_after = [scale.averaged_step(a, b, c, momentum, lr, wd)[0] for a, b, c in zip(x, v, g, strict=True)]
mean_in_space = Statement(
    orthogonal,
    product(mean_after, x)
    == scale.averaged_dot_next(product(x, x), product(x, mean_before), momentum, lr, wd),
)
LAW = Claim(
    id="beyond:momentum-law",
    source="beyond",
    printed=Form(
        r"With momentum $\mu$ the angle between steps has a law as well. Let $C_t = \langle x_t, "
        r"x_{t-1}\rangle$. For "
        r"every scale-invariant loss, any noise that keeps $\langle g_t, x_t\rangle = 0$, and any "
        r"norm: with coupled "
        r"decay, $v_{t+1} = \mu v_t+g_t+\lambda x_t$, $x_{t+1} = x_t-\eta v_{t+1}$, "
        r"$C_{t+1}+\mu C_t = (1+\mu-\eta\lambda)\rho_t^2$; with an average of gradients and decoupled decay, "
        r"$m_{t+1} = \mu m_t+(1-\mu)g_t$, $x_{t+1} = (1-\eta\lambda)x_t-\eta m_{t+1}$, "
        r"$C_{t+1}+\mu(1-\eta\lambda)C_t = (1+\mu-\eta\lambda)\rho_t^2$.",
        (
            algebra(
                coupled,
                part="coupled",
                mutants=[coupled.but(then=coupled.then.arg(0) == (1 + momentum) * norm_sq - momentum * dot)],
            ),
            algebra(in_space, part="coupled", mutants=[in_space.but(without=0)]),
            algebra(
                decoupled,
                part="decoupled",
                mutants=[
                    decoupled.but(
                        then=decoupled.then.arg(0)
                        == scale.heavy_ball_dot_next(norm_sq, dot, momentum, lr, wd)
                    )
                ],
            ),
            algebra(mean_in_space, part="decoupled", mutants=[mean_in_space.but(without=0)]),
            trial(
                "200 steps in 2 to 40 dimensions on random losses of degree four with heavy-tailed "
                "noise, mu from -0.5 "
                "to 0.99, coupled decay",
                turn_runs.momentum_law(decoupled=False),
                n=20,
                part="coupled",
                mutants=[("with -mu", turn_runs.momentum_law(decoupled=False, sign=-1))],
            ),
            trial(
                "the same with an average of gradients and decoupled decay",
                turn_runs.momentum_law(decoupled=True),
                n=20,
                part="decoupled",
                mutants=[("with -mu", turn_runs.momentum_law(decoupled=True, sign=-1))],
            ),
        ),
        clauses=(Clause("coupled decay", ("coupled",)), Clause("decoupled decay", ("decoupled",))),
        note="A step is linear in x_t, the buffer and the gradient, so that the products with x_t "
        "obey it in every "
        "dimension; the second check of each part is that in coordinates, n = 3. At rest of the norm "
        "the mean cosine "
        "is (1 + mu - eta lambda)/(1 + mu), and (1 + mu - eta lambda)/(1 + mu (1 - eta lambda)).",
    ),
    needs=("si:orthogonality",),
)

CLAIMS = (LAW,)
