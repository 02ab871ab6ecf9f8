"""Speed of linear regression with BN, its top eigenvalue and the flow: ``python -m benchmarks.regression``.

Every comparison is interleaved in this process, one core; a line is the median of paired ratios and its
quartiles. Run it on a quiet machine: absolute numbers move, ratios hold.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import time

import numpy as np
from numba import njit
from scipy.integrate import solve_ivp

from sitheory import edge
from sitheory._kernels import flow as flow_kernel
from sitheory._kernels import regression as kernel
from sitheory.regression_loss import BatchNormRegression
from sitheory.rules import DecayGD

ROUNDS = 11
SIZES = ((20, 50), (200, 2000))
WARM = 6000


def seconds(job, calls: int) -> float:
    started = time.perf_counter()
    for _ in range(calls):
        job()
    return (time.perf_counter() - started) / calls


def versus(fast, slow, fast_calls: int, slow_calls: int, work: tuple[float, float] = (1.0, 1.0)):
    """Median seconds a unit of both and the quartiles of slow / fast, measured in turns."""
    fast(), slow()
    pairs = np.array([(seconds(fast, fast_calls), seconds(slow, slow_calls)) for _ in range(ROUNDS)]) / work
    return np.median(pairs, axis=0), np.quantile(pairs[:, 1] / pairs[:, 0], (0.25, 0.5, 0.75))


def line(name: str, times, ratio, must: str) -> None:
    print(
        f"{name:<58}{times[0] * 1e9:>12,.0f} ns{times[1] * 1e9:>14,.0f} ns"
        f"{ratio[1]:>10,.2f} ({ratio[0]:,.2f} - {ratio[2]:,.2f})   {must}"
    )


def regression(n: int, d: int) -> None:
    rng = np.random.default_rng(0)
    loss, rule = BatchNormRegression.random(n, d, rng, tests=1), DecayGD(1.0, 5e-4)
    state = edge.state_of(loss, 0.3 * rng.standard_normal(d))
    state = edge.run_regression(loss, rule, WARM, state, every=WARM).end
    w = edge.weights_of(loss, rule, state)
    g, q, _ = loss.gram
    p, gain, unit, push = (kernel.padded(v) for v in (state.row, g, q, g * q))
    scalars = 1 - rule.lr * rule.wd, 2 * loss.variance * rule.lr
    steps, record = 20_000, np.empty((1, len(g)))
    bare = lambda: kernel.gram_steps(p, gain, unit, push, *scalars, steps, record, steps)  # noqa: E731
    x, xt, z, out_n, out_d = (
        loss.centred,
        loss.centred.T.copy(),
        rng.standard_normal(n),
        np.empty(n),
        np.empty(d),
    )

    def gemv():
        np.dot(x, w, out=out_n)
        np.dot(xt, z, out=out_d)

    def naive():
        return (1 - rule.lr * rule.wd) * w - rule.lr * loss.grad(w)

    calls = 2000 if n < 100 else 60
    need = "must 150, aim 300" if n < 100 else "must 500, aim 1,500"
    line(f"step, n = {n}, d = {d}, over two GEMVs", *versus(bare, gemv, 1, calls, (steps, 1)), need)
    line(f"step, n = {n}, d = {d}, over the numpy iteration", *versus(bare, naive, 1, calls, (steps, 1)), "")
    many = 2000
    states = np.empty((many, len(p)))
    kernel.gram_steps(p.copy(), gain, unit, push, *scalars, many, states, 1)
    spectrum = lambda: kernel.gram_spectrum(states, gain, unit, push, 2)  # noqa: E731
    looks = spectrum()[1] / many
    name = f"top eigenvalue at every step, n = {n} ({looks:.2f} looks)"
    line(name + ", in steps", *versus(bare, spectrum, 1, 1, (steps, many)), "must below 3")
    if n >= 100:
        u = state.row / np.linalg.norm(state.row)
        c, root = u @ q, np.sqrt(g)
        inner = c * np.eye(len(g)) + np.outer(q, u) + np.outer(u, q) - 3 * c * np.outer(u, u)
        dense = root[:, None] * inner * root
        cold = lambda: kernel.top_eigenvalue(state.row, g, q, g * q, np.nan, 0.0)  # noqa: E731
        eig = lambda: np.linalg.eigvalsh(dense)  # noqa: E731
        line(f"top eigenvalue, n = {n}, cold, over eigvalsh", *versus(cold, eig, 300, 2), "must 50, aim 200")
        line(
            f"top eigenvalue, n = {n}, along a run, over eigvalsh",
            *versus(spectrum, eig, 1, 2, (many, 1)),
            "",
        )


def flow() -> None:
    alpha = np.linspace(0, 3, 10)
    x = np.linspace(0.2, 1, 10)[::-1].copy()
    x /= np.linalg.norm(x) * np.sqrt(2)
    times = np.array([0.0, 5.0])
    cone_rate = flow_kernel.cone_rate

    @njit(error_model="numpy")
    def rate(_, y):
        out = np.empty_like(y)
        cone_rate(y, alpha, out)
        return out

    rate(0.0, x)
    exact = flow_kernel.cone_flow(x, alpha, times, 1e-14, 1e-14, 1_000_000)[0][-1]
    ours = lambda: flow_kernel.cone_flow(x, alpha, times, 1e-8, 1e-8, 1_000_000)  # noqa: E731
    scipys = lambda: solve_ivp(rate, (0, 5), x, method="DOP853", rtol=1e-8, atol=1e-8)  # noqa: E731
    line(
        "flow, 10 dimensions, rtol 1e-8, over DOP853 with numba",
        *versus(ours, scipys, 200, 5),
        "must 20, aim 40",
    )
    errors = [np.abs(y - exact).max() for y in (ours()[0][-1], scipys().y[:, -1])]
    print(f"{'':<4}global errors: ours {errors[0]:.1e}, DOP853 {errors[1]:.1e}")


def main() -> None:
    print(f"{'':<58}{'ours':>15}{'other':>17}{'ratio (quartiles)':>22}")
    for size in SIZES:
        regression(*size)
    flow()


if __name__ == "__main__":
    main()
