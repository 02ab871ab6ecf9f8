"""When delta-jumps come, exactly: without a bound on the gradient from above, and with one.

J(g)^2 is the exact level of rho^4 (``periodic:eq9``) and gamma the most by which a step without a jump can
multiply rho^2 (``theory.periodic.jumpless_growth_sq``).
"""

import random

from proofs_check import Claim, Form, Not, Statement, kernel, reals, smt, trial
from sitheory.theory import periodic

lr, wd, delta, s, grad_sq, lo, hi, x, y = reals("lr wd delta s G lo hi x y")
STEP = [lr > 0, wd > 0, lr * wd < 1, delta > 0, delta < 1, s > 0, grad_sq >= 0]
growth = periodic.jumpless_growth_sq(lr, wd, delta)
jump = (1 - delta) ** 2 * periodic.inverse_cos_sq(s, grad_sq, lr, wd) > 1
still = Statement(STEP, Not(jump) == (periodic.norm_sq_next(s, grad_sq, lr, wd) <= growth * s))
shrinks = Statement(STEP, (growth < 1) == (delta < lr * wd))

FREE = (
    "(forall G s, free_run lr wd lo G s -> forall N, exists t, (N <= t)%nat /\\ jump (s t) (G t) lr wd delta)"
)
RECUR = "forall lr wd lo delta, 0 < lr -> 0 < wd -> lr * wd < 1 -> 0 < lo -> 0 < delta < 1 -> "
THRESHOLD = Claim(
    id="beyond:jump-threshold",
    source="beyond",
    printed=Form(
        r"Let $\eta\lambda < 1$, $0 < \delta < 1$ and $\ell > 0$. In every run with $\tilde g_t \ge \ell$, "
        r"however "
        r"large $\tilde g_t$ gets, $\delta$-jumps come for ever again if and only if $\delta < "
        r"\eta\lambda$. Indeed a "
        r"step is no jump if and only if $\rho_{t+1}^2 \le \gamma\rho_t^2$, $\gamma = "
        r"\left(\frac{1-\eta\lambda}{1-\delta}\right)^2$.",
        (
            kernel(
                f"{RECUR}({FREE} <-> delta < lr * wd)",
                "BeyondDecay.jumps_recur_iff",
                mutants=[f"{RECUR}({FREE} <-> delta <= lr * wd)", f"{RECUR}({FREE} <-> 2 * delta < lr * wd)"],
                part="if and only if",
            ),
            kernel(
                "forall s G lr wd delta, 0 < lr -> lr * wd < 1 -> 0 < s -> 0 <= G -> 0 < delta < 1 -> "
                "(~ jump s G lr wd delta <-> "
                "periodic_norm_sq_next s G lr wd <= periodic_jumpless_growth_sq lr wd delta * s)",
                "BeyondDecay.no_jump_iff",
                mutants=[
                    "forall s G lr wd delta, 0 < lr -> lr * wd < 1 -> 0 < s -> 0 <= G -> 0 < delta < 1 -> "
                    "(~ jump s G lr wd delta <-> periodic_norm_sq_next s G lr wd <= s)"
                ],
                part="one step",
            ),
            smt(
                still,
                mutants=[still.but(then=Not(jump) == (periodic.norm_sq_next(s, grad_sq, lr, wd) <= s))],
                part="one step",
            ),
            smt(
                shrinks,
                mutants=[shrinks.but(then=(growth < 1) == (delta < 2 * lr * wd))],
                part="the threshold",
            ),
        ),
        note="The paper's condition delta < eta lambda l^2/L^2 shrinks with the unknown L; neither L nor eta lambda < "
        "1/4 is needed. At delta = eta lambda a run at rest turns by exactly delta. 'For ever' has the "
        "kernel alone.",
    ),
    needs=("periodic:eq3", "periodic:eq9"),
)

RUN_TO = "((exists G s, {run} /\\ s O = s0 /\\ forall t, (t <= T)%nat -> ~ {jump}) <-> {level})"
LATEST = "forall lr wd lo delta s0 T, 0 < lr -> 0 < wd -> lr * wd < 1 -> 0 < lo -> 0 < s0 -> 0 < delta < lr * wd -> "
FREE_UNTIL = LATEST + RUN_TO.format(
    run="free_run lr wd lo G s",
    jump="jump (s t) (G t) lr wd delta",
    level="periodic_jump_norm_4 ({end} ^ 2) lr wd delta <= (periodic_jumpless_growth_sq lr wd delta ^ {T} * s0) ^ 2",
)
BOUNDED = (
    "forall lr wd lo hi delta s0 T, 0 < lr -> 0 < wd -> lr * wd < 1 / 4 -> 0 <= lo <= hi -> 0 < s0 -> "
    "0 < delta <= 1 / 4 -> "
)
UNTIL = BOUNDED + RUN_TO.format(
    run="norm_run lr wd lo hi G s",
    jump="jumps lr wd delta G s t",
    level="(forall t, (t <= T)%nat -> "
    "periodic_jump_norm_4 ({end} ^ 2) lr wd delta <= (lazy_path lr wd hi delta s0 t) ^ 2)",
)
lazy_step = [lr > 0, wd > 0, 4 * lr * wd < 1, delta > 0, 4 * delta <= 1, x > 0, y >= x]
lazier = Statement(
    [*lazy_step, (1 - lr * wd) ** 2 * x * y < lr**2 * hi**2],
    growth * x <= periodic.norm_sq_next(y, hi**2, lr, wd),
)


def _first_jump(latest):
    """Whether some random run with gradients in [l, L] jumps later than ``latest`` says it must."""

    def attempt(chance: random.Random):
        lr, wd, lo = 1.0, chance.uniform(0.01, 0.2), 1.0
        hi = chance.uniform(1, 5)
        delta = wd * chance.uniform(0.1, 0.95)
        start = chance.uniform(0.5, 6) / wd**0.5
        level = periodic.jump_norm_4(lo**2, lr, wd, delta)
        steps, path = 0, start
        while path**2 >= level:
            steps, path = steps + 1, latest(path, hi, lr, wd, delta)
        norm_sq = start
        for _ in range(steps + 1):
            room = (periodic.jumpless_growth_sq(lr, wd, delta) - (1 - lr * wd) ** 2) * norm_sq**2 / lr**2
            grad_sq = max(lo**2, min(hi**2, room * (1 if chance.random() < 0.9 else chance.random())))
            if norm_sq**2 < periodic.jump_norm_4(grad_sq, lr, wd, delta) * (1 - 1e-12):
                return None
            norm_sq = periodic.norm_sq_next(norm_sq, grad_sq, lr, wd)
        return {"wd": wd, "L": hi, "delta": delta, "rho_0^2": start, "steps": steps}

    return attempt


def _laziest(x, hi, lr, wd, delta):
    return min(
        periodic.jumpless_growth_sq(lr, wd, delta) * x * (1 + 1e-12), periodic.norm_sq_next(x, hi**2, lr, wd)
    )


def _too_fast(x, hi, lr, wd, delta):
    return (1 - lr * wd) ** 2 * x


TIMES = Claim(
    id="beyond:jump-times",
    source="beyond",
    printed=Form(
        r"Let $0 < \delta < \eta\lambda$, $\ell > 0$. Without a bound above, a run from $\rho_0^2$ that "
        r"has not jumped "
        r"up to $T$ exists if and only if $J(\ell) \le \gamma^T\rho_0^2$: the latest first jump is at $T = "
        r"\left\lfloor\frac{\log(\rho_0^2/J(\ell))}{2\log\frac{1-\delta}{1-\eta\lambda}}\right\rfloor + "
        r"1$, no sooner. With "
        r"$\ell \le \tilde g_t \le L$, $\eta\lambda < \frac14$ and $\delta \le \frac14$, it exists if and "
        r"only if the "
        r"laziest path $x_{t+1} = \min\left(\gamma x_t, (1-\eta\lambda)^2x_t + "
        r"\frac{\eta^2L^2}{x_t}\right)$, $x_0 = "
        r"\rho_0^2$, keeps $J(\ell) \le x_t$ for $t \le T$.",
        (
            kernel(
                FREE_UNTIL.format(end="lo", T="T"),
                "BeyondDecay.latest_jump_iff",
                mutants=[FREE_UNTIL.format(end="lo", T="S T"), FREE_UNTIL.format(end="(2 * lo)", T="T")],
                part="without an upper bound",
            ),
            kernel(
                UNTIL.format(end="lo"),
                "BeyondDecay.no_jump_until_iff",
                mutants=[
                    UNTIL.format(end="hi"),
                    UNTIL.format(end="lo").replace("delta <= 1 / 4", "delta < 1"),
                ],
                part="between l and L",
            ),
            smt(
                lazier,
                mutants=[lazier.but(then=2 * growth * x <= periodic.norm_sq_next(y, hi**2, lr, wd))],
                part="a higher path stays higher",
            ),
            trial(
                "no run of near-greedy random gradients in [l, L] outlasts the laziest path",
                _first_jump(_laziest),
                n=300,
                part="between l and L",
                mutants=[("none outlasts the decay (1 - lr wd)^2 a step", _first_jump(_too_fast))],
            ),
        ),
        note="With periodic:prop2-tmin, whose first part is exact in the same sense for the earliest jump, both times "
        "of proposition 2 are known exactly. 'Some run' has the kernel alone.",
    ),
    needs=("beyond:jump-threshold", "periodic:prop2-tmin"),
)

CLAIMS = (THRESHOLD, TIMES)
