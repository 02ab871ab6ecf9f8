"""What appendix A.7 says of practice: whether l > 0 may be assumed.

The counterexample is f = (x^2 / (x^2 + y^2))^2 on the plane, whose minimum on the circle is flat to third
order: the decaying norm raises the ELR without end, and the gradient falls faster.
"""

from collections.abc import Callable, Mapping
from math import sqrt
from random import Random

from proofs_check import And, Claim, Clause, Form, Q, Statement, algebra, kernel, reals, smt, trial
from sitheory.theory import periodic, regimes, scale

lr, wd, x, y = reals("lr wd x y")
radius_sq = x**2 + y**2
gradient = [2 * regimes.quotient(x, y) * part for part in regimes.quotient_grad(1, x, y)]
moved = [periodic.decay_step(u, g, lr, wd) for u, g in zip((x, y), gradient, strict=True)]
eff_grad_sq = scale.eff_grad_sq(gradient[0] ** 2 + gradient[1] ** 2, radius_sq)


# In v = x^2/y^2 and w, the ELR times v: x' = q x (1 - u), y' = q y (1 + u v), with q = 1 - eta lambda.
v, w, q_sq = reals("v w Q")
turn = w / (1 + v) ** 2
v_here, w_here = x**2 / y**2, 4 * lr * x**2 / ((1 - lr * wd) * radius_sq * y**2)
turn_here = w_here / (1 + v_here) ** 2
POINT = [lr > 0, lr * wd < Q(1, 4), x > 0, y > 0]
in_ratios = Statement(
    POINT,
    And(
        moved[0] == (1 - lr * wd) * x * (1 - turn_here),
        moved[1] == (1 - lr * wd) * y * (1 + turn_here * v_here),
        eff_grad_sq == 16 * v_here**3 / (1 + v_here) ** 4,
    ),
)
BASIN_RATIOS = [w > 0, w <= Q(1, 3), v > 0, v <= Q(1, 20), q_sq > Q(9, 16), q_sq < 1]
w_next = w * (1 - turn) ** 2 / (q_sq * (1 + turn**2 * v) * (1 + turn * v) ** 2)
v_next = v * (1 - turn) ** 2 / (1 + turn * v) ** 2
kept = Statement(BASIN_RATIOS, And(w_next > 0, w_next <= Q(1, 3), v_next > 0, v_next < v))
growth = q_sq * (1 + turn**2 * v)
shrinks = Statement([*BASIN_RATIOS, v <= 1 - q_sq], growth <= 1 - (1 - q_sq) ** 2)


GRADIENTS = "scale_eff_grad_sq (gx (x t) (y t) ^ 2 + gy (x t) (y t) ^ 2) (x t ^ 2 + y t ^ 2)"
STAYS_UP = (
    "forall (f gx gy : R -> R -> R) (lr wd : R) (x y : nat -> R), "
    "(forall c u v, 0 < c -> f (c * u) (c * v) = f u v) -> "
    "(forall u v, 0 < u ^ 2 + v ^ 2 -> "
    "is_derive (fun z => f z v) u (gx u v) /\\ is_derive (fun z => f u z) v (gy u v)) -> "
    "0 < lr -> 0 < wd -> lr * wd < 1 / 4 -> "
    "(forall t, x (S t) = periodic_decay_step (x t) (gx (x t) (y t)) lr wd) -> "
    "(forall t, y (S t) = periodic_decay_step (y t) (gy (x t) (y t)) lr wd) -> "
    "{moving}exists l, 0 < l /\\ forall N, exists t, (N <= t)%nat /\\ l <= {gradients}"
)
MOVING = "(forall t, 0 < {gradients}) -> "
SETTLES = """ltac:(intro H; destruct NormMore.vanishing_without_stopping as
  (f & gx & gy & lr & wd & x & y & Hf & Hg & Hl & Hw & Hp & Hx & Hy & P & V);
  destruct (H f gx gy lr wd x y Hf Hg Hl Hw Hp Hx Hy P) as (l & L0 & L);
  destruct (V (l / 2) ltac:(lra)) as [N HN]; destruct (L N) as (t & Ht & B); specialize (HN t Ht); lra)"""
VANISHES = (
    "forall lr wd x y, 0 < lr -> 0 < wd -> lr * wd < 1 / 4 -> quartic_run lr wd x y -> {basin}"
    "(forall t, 0 < quartic_eff_sq (x t) (y t)) /\\ "
    "(forall eps, 0 < eps -> exists N, forall t, (N <= t)%nat -> quartic_eff_sq (x t) (y t) <= {bound})"
)
BASIN = "quartic_basin lr wd (x O) (y O) -> "
RUN_STEPS = 400
DIED_OUT = 1e-12
"""The squared effective gradient falls like (1 - eta lambda)^(6t): at eta lambda = 1/20 by 1e-53."""
DIES_OUT = (
    f"after {RUN_STEPS} steps from a start in the set 0 < g~^2 < {DIED_OUT} times its first value and rho has "
    "shrunk, f = {}, eta lambda in [1/20, 6/25]"
)


def _squared(u: float, v: float) -> list[float]:
    return [2 * regimes.quotient(u, v) * part for part in regimes.quotient_grad(1, u, v)]


def _plain(u: float, v: float) -> list[float]:
    return list(regimes.quotient_grad(1, u, v))


def _stays_alive(slope: Callable[[float, float], list[float]]):
    """Run in floats from a random start in the set that the kernel's theorem names."""

    def attempt(chance: Random) -> Mapping[str, object] | None:
        rate, product = 2 ** chance.uniform(-3, 3), chance.uniform(0.05, 0.24)
        share = chance.uniform(0.1, 1) * min(0.05, periodic.beta_alpha_exact(1, product))
        height = sqrt(4 * rate * share / ((1 - product) * (1 + share) * chance.uniform(0.03, 1 / 3)))
        begin = a, b = sqrt(share) * height, height
        seen = []
        for _ in range(RUN_STEPS + 1):
            pull, size = slope(a, b), a * a + b * b
            seen.append((scale.eff_grad_sq(pull[0] ** 2 + pull[1] ** 2, size), size))
            a, b = (
                periodic.decay_step(z, p, rate, product / rate) for z, p in zip((a, b), pull, strict=True)
            )
        (first, wide), (last, narrow) = seen[0], seen[-1]
        if 0 < last < DIED_OUT * first and narrow < wide:
            return None
        return {"lr": rate, "wd": product / rate, "x_0": begin, "g~^2": (first, last)}

    return attempt


PRACTICE = Claim(
    id="periodic:A7-practice",
    source="periodic A.7, below proposition 3",
    printed=Form(
        r"$\ell$ does not approach zero, except where the run comes to rest in finitely many steps: if "
        r"$\tilde g_t > 0$ "
        r"for all $t$, some $\ell > 0$ is exceeded by $\tilde g_t$ again and again.",
        (
            kernel(
                STAYS_UP.format(moving=MOVING.format(gradients=GRADIENTS), gradients=GRADIENTS),
                SETTLES,
                mutants=[
                    STAYS_UP.format(moving=MOVING.format(gradients=GRADIENTS), gradients=f"- ({GRADIENTS})")
                ],
                refutes={"f": "(x^2/(x^2+y^2))^2", "eta": "1", "lambda": "1/5", "x_0": "(1, 5)"},
            ),
        ),
        note="Formalised for every scale-invariant f, with the exception of footnote 5. The paper says 'we "
        "anticipate' and 'in general'; read as 'for generic f' (non-degenerate minima) or as a finding on "
        "the "
        "networks it trains, the sentence is not decided here and stays open, and so does the other half, "
        "that 2 "
        "eta lambda L <= l 'is generally fulfilled in practice', which only measurements of l and L can "
        "answer. "
        "For given l, L > 0 it is fulfilled exactly where eta lambda <= l/(2L).",
        hedge="'we anticipate', 'in general'",
    ),
    amended=Form(
        r"For $f(x, y) = \left(\frac{x^2}{x^2+y^2}\right)^2$, every $\eta > 0$, $\lambda > 0$ with "
        r"$\eta\lambda < \frac14$ and every start in an open "
        r"set, $\tilde g_t > 0$ for all $t$ and $\tilde g_t \to 0$: no $\ell > 0$ bounds the effective "
        r"gradients, although "
        r"the run never rests, and $\rho_t \to 0$.",
        (
            kernel(
                VANISHES.format(basin=BASIN, bound="eps"),
                "NormMore.effective_gradient_vanishes",
                mutants=[VANISHES.format(basin="", bound="eps"), VANISHES.format(basin=BASIN, bound="0")],
                part="every eta and lambda",
                total=True,
            ),
            trial(
                DIES_OUT.format("(x^2/(x^2 + y^2))^2"),
                _stays_alive(_squared),
                n=50,
                mutants=[(DIES_OUT.format("x^2/(x^2 + y^2)"), _stays_alive(_plain))],
                part="every eta and lambda",
            ),
            algebra(
                in_ratios,
                mutants=[in_ratios.but(then=moved[0] == (1 - lr * wd) * x * (1 - w_here))],
                part="the step in ratios",
            ),
            smt(
                kept,
                mutants=[kept.but(given=[*BASIN_RATIOS[:4], q_sq > 0, q_sq < 1]), kept.but(without=1)],
                part="the set is kept",
            ),
            smt(shrinks, mutants=[shrinks.but(then=growth <= (1 - (1 - q_sq)) ** 2)], part="rho decays"),
        ),
        note="The limit has the kernel alone; the other engines confirm the steps of its proof.",
        clauses=(
            Clause(
                "on this loss the effective gradients are positive and tend to 0",
                (
                    "every eta and lambda",
                    "the step in ratios",
                    "the set is kept",
                ),
            ),
            Clause("the norm tends to 0", ("rho decays",)),
        ),
    ),
    needs=("periodic:eq3",),
)

CLAIMS = (PRACTICE,)
