"""Linear regression with batch normalisation, its top eigenvalue, and the flow.

At n = 20, d = 50 the 150 times two GEMVs that were hoped for cannot be had by one trajectory, and the table shows
why beside the ratio: ``scalar_chain`` is the step without its vectors, what is left when all sums over the samples
cost nothing. Each norm needs the last one: six dependent products, a root (17 cycles) and a division (13). On an
Intel Xeon of model 207 at 3.0 GHz two GEMVs took 1.24 microseconds, so that 150 times were 8.3 ns or 25 cycles,
less than the root and the division alone. Three ways round them were built and measured on the same state, minima
of 400 runs of 40,000 steps in processor time, against 21.1 ns for the kernel as it is: a series about the norm of
two steps before in place of root and division 22.1, that with the next norm as one polynomial in the last 21.9,
and the first with the six sums folded together 21.6. What binds then is the way from one step's norm over the
state (product, sum, three foldings) to the norm after the next, about 100 cycles for two steps, and behind it some
75 instructions for two ports, 38 cycles; looking one step further ahead shortens the former and takes four more
sums.

Many trajectories side by side, as a sweep runs them, hide all of it: the lines of the ensemble are per step and
trajectory, for 8 learning rates from each of 8 starts, without and with the window means that a sweep returns.
On the same machine under load, where the single trajectory reached 55 to 57 times two GEMVs, they reached 314 to 326
and 152 to 157 times (4.1 and 8.4 ns); at n = 200, d = 2,000, where it reached 2,200, 9,000 and 4,800 (26 and 51 ns).
"""

import functools

import numpy as np
from numba import njit
from scipy.integrate import solve_ivp

from benchmarks.pairs import Ratio, ratio
from sitheory._kernels import flow as flow_kernel
from sitheory._kernels.regression import gram_lanes, steps as kernel
from sitheory.edge import regression
from sitheory.losses.regression import BatchNormRegression
from sitheory.rules import DecayGD
from sitheory.simulation import decay

SMALL, LARGE = (20, 50), (200, 2000)
WARM = 6000
STEPS, RECORDS = 40_000, 2000
STARTS, RATES, LANE_STEPS, WINDOWS = 8, np.geomspace(0.5, 1, 8), 20_000, 20


def rows(repeats):
    """All lines, one after the other."""
    yield from steps(repeats, SMALL, 200, 150, 300)
    yield from steps(repeats, LARGE, 20, 1500, 1500)
    yield from eigenvalue(repeats)
    yield from flow(repeats)


@njit(error_model="numpy", fastmath={"reassoc", "contract", "nsz"})
def scalar_chain(sums, keep, strength, steps):
    """The norm, step after step, from sums over the samples that are given: a step's shortest chain."""
    s0, s1, s2, a0, a1, a2, c1, c2 = sums
    pull, ratio = strength / np.sqrt(s0), a0 / s0
    for _ in range(steps):
        once = keep * (a1 - ratio * s1)
        twice = ratio * (ratio * s2 - (a2 + a2)) + c2
        total = keep * keep * s0 + pull * ((once + once) + pull * twice)
        along = keep * a0 + pull * (c1 - ratio * a1)
        ratio, pull = along / total, strength / np.sqrt(total)
    return pull


class Case:
    """A run at the edge of stability: its loss, and the compiled loop's arguments."""

    def __init__(self, size):
        draw = np.random.default_rng(0)
        self.loss, self.rule = BatchNormRegression.random(*size, draw, tests=1), DecayGD(1.0, 5e-4)
        start = regression.state_of(self.loss, 0.3 * draw.standard_normal(size[1]))
        self.state = regression.run_regression(self.loss, self.rule, WARM, start, every=WARM).end
        gain, unit, _ = self.loss.gram
        self.p, *self.fixed = (kernel.padded(v) for v in (self.state.row, gain, unit, gain * unit))
        self.scalars = 1 - self.rule.lr * self.rule.wd, 2 * self.loss.variance * self.rule.lr

    def bare(self):
        kernel.gram_steps(self.p, *self.fixed, *self.scalars, STEPS, np.empty((1, len(self.p))), STEPS)

    def chain(self):
        return scalar_chain(self.sums, *self.scalars, STEPS)

    @functools.cached_property
    def lanes(self):
        """Trajectories side by side, as a sweep has them: their rules, the starts, and which start is whose."""
        rules = [DecayGD(lr, self.rule.wd) for lr in RATES for _ in range(STARTS)]
        starts = 0.3 * np.random.default_rng(2).standard_normal((STARTS, self.loss.dim))
        return rules, starts, np.tile(np.arange(STARTS), len(RATES))

    @functools.cached_property
    def packed(self):
        rules, starts, which = self.lanes
        states, lr = (
            [regression.state_of(self.loss, w) for w in starts],
            np.array([rule.lr for rule in rules]),
        )
        p, kernels = np.stack([s.row for s in states], axis=1), np.array([s.kernel for s in states])
        return (
            p[:, which],
            kernels[which],
            1 - lr * self.rule.wd,
            2 * self.loss.variance * lr,
            *self.loss.gram[:2],
        )

    def bare_lanes(self):
        gram_lanes.run(*self.packed, [0, LANE_STEPS], observed=False)

    def averaged_lanes(self):
        rules, *starts = self.lanes
        decay.regression_means(self.loss, rules, LANE_STEPS, *starts, WINDOWS)

    @functools.cached_property
    def sums(self):
        (gain, unit, push), p = self.fixed, self.p
        pairs = ((p, p), (gain * p, p), (gain * p, gain * p), (p, unit), (p, push), (gain * p, push))
        return tuple(float(a @ b) for a, b in (*pairs, (push, unit), (push, push)))

    @functools.cached_property
    def records(self):
        states = np.empty((RECORDS, len(self.p)))
        kernel.gram_steps(self.p.copy(), *self.fixed, *self.scalars, RECORDS, states, 1)
        return states

    def spectrum(self):
        return kernel.gram_spectrum(self.records, *self.fixed, 2)


def steps(repeats, size, part, must, aim):
    """Against the two products with the data that the d-dimensional iteration needs, and the whole of it."""
    case, (n, d) = Case(size), size
    w = regression.weights_of(case.loss, case.rule, case.state)
    data, turned = case.loss.centred, case.loss.centred.T.copy()
    seen, back = np.empty(n), np.empty(d)
    residual = np.random.default_rng(1).standard_normal(n)

    def products():
        for _ in range(STEPS // part):
            np.dot(data, w, out=seen)
            np.dot(turned, residual, out=back)

    def iteration():
        for _ in range(STEPS // part // 5):
            (1 - case.rule.lr * case.rule.wd) * w - case.rule.lr * case.loss.grad(w)

    name = f"regression n={n}, d={d}: speed over"
    yield ratio(f"{name} two GEMVs", case.bare, products, repeats, must, aim, scale=part)
    wide, shared = name.replace("regression", "ensemble"), STARTS * len(RATES) * LANE_STEPS / (STEPS // part)
    yield ratio(f"{wide} two GEMVs", case.bare_lanes, products, repeats, must, aim, scale=shared)
    means = f"{wide} two GEMVs, with means"
    yield ratio(means, case.averaged_lanes, products, repeats, scale=shared)
    if size == SMALL:
        chain = f"{name} two GEMVs, of the chain alone"
        yield ratio(chain, case.chain, products, repeats, scale=part)
    yield ratio(f"{name} the numpy iteration", case.bare, iteration, repeats, scale=5 * part)
    looks = case.spectrum()[1] / RECORDS
    yield ratio(
        f"regression n={n}: top eigenvalues ({looks:.2f} looks) in steps",
        case.spectrum, case.bare, repeats, 3, 1.5, at_most=True, scale=RECORDS / STEPS,
    )  # fmt: skip


def eigenvalue(repeats):
    """At n = 200, against the dense matrix in the same basis."""
    case = Case(LARGE)
    row, (gain, unit, _) = case.state.row, case.loss.gram
    u = row / np.linalg.norm(row)
    c, root = u @ unit, np.sqrt(gain)
    inner = c * np.eye(len(gain)) + np.outer(unit, u) + np.outer(u, unit) - 3 * c * np.outer(u, u)
    dense, part = root[:, None] * inner * root, 100

    def cold():
        for _ in range(part):
            kernel.top_eigenvalue(row, gain, unit, gain * unit, np.nan, 0.0)

    def theirs():
        np.linalg.eigvalsh(dense)

    name = "top eigenvalue n=200"
    yield ratio(f"{name}, cold: speed over eigvalsh", cold, theirs, repeats, 50, 200, scale=part)
    yield ratio(f"{name}, along a run: the same", case.spectrum, theirs, repeats, scale=RECORDS)


def flow(repeats):
    """In ten dimensions with the tolerance 1e-8; with the errors, as speed alone says little."""
    alpha, part = np.linspace(0, 3, 10), 40
    x = np.linspace(0.2, 1, 10)[::-1].copy()
    x /= np.linalg.norm(x) * np.sqrt(2)
    times, cone_rate = np.array([0.0, 5.0]), flow_kernel.cone_rate

    @njit(error_model="numpy")
    def rate(_, y):
        out = np.empty_like(y)
        cone_rate(y, alpha, out)
        return out

    def ours():
        return flow_kernel.cone_flow(x, alpha, times, 1e-8, 1e-8, 1_000_000)[0][-1]

    def theirs():
        return solve_ivp(rate, (0, 5), x, method="DOP853", rtol=1e-8, atol=1e-8).y[:, -1]

    def many():
        for _ in range(part):
            ours()

    yield ratio(
        "flow in 10 dimensions: speed over DOP853 with numba", many, theirs, repeats, 20, 40, scale=part
    )
    exact = flow_kernel.cone_flow(x, alpha, times, 1e-14, 1e-14, 1_000_000)[0][-1]
    errors = [np.abs(end() - exact).max() for end in (ours, theirs)]
    value, note = errors[0] / errors[1], f"{errors[0]:.1e} against {errors[1]:.1e}"
    yield Ratio("flow in 10 dimensions: error over DOP853's", value, value, value, 2, 1, True, note)
