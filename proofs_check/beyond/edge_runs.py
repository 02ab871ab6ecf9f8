"""Trials of the sentences on the edge: orbits of y'' = 1 - e^y, and descent on regression with batch normalisation.

Written from the sentences alone: the loss is the library's, its Hessian is measured by its products with vectors, and
nothing here calls the formulas that the engines decide.
"""

import math
import random

import numpy as np

from proofs_check.engines.falsify import Attempt, generator
from sitheory.losses import BatchNormRegression

CLAIMS = ()
Numbers = dict[str, np.ndarray]


def _orbits(low: np.ndarray, step: float = 2e-3) -> Numbers:
    """Orbits from (low, 0), low < 0, over a period each: means, the largest e^y, and how well E is kept."""
    y, p = low.copy(), np.zeros_like(low)
    energy = np.exp(y) - y - 1
    going, time = np.ones(low.shape, dtype=bool), np.zeros_like(low)
    sums = {name: np.zeros_like(low) for name in ("p2", "ey", "p2ey", "e2y-ey", "y(ey-1)")}
    top, drift, above = np.exp(y), np.zeros_like(low), np.zeros_like(low)
    while going.any():
        middle = p + step / 2 * (1 - np.exp(y))
        y = np.where(going, y + step * middle, y)
        after = middle + step / 2 * (1 - np.exp(y))
        done = going & (p < 0) & (after >= 0)
        p = np.where(going, after, p)
        e, square = np.exp(y), p * p
        values = {"p2": square, "ey": e, "p2ey": square * e, "e2y-ey": e * e - e, "y(ey-1)": y * (e - 1)}
        for name, value in values.items():
            sums[name] += np.where(going, value, 0)
        time += going
        above += going & (y > 0)
        top = np.maximum(top, e)
        drift = np.maximum(drift, np.where(going, np.abs(square / 2 + e - y - 1 - energy) / energy, 0))
        going &= ~done
    means_of = {name: value / time for name, value in sums.items()}
    return means_of | {"E": energy, "top": top, "drift": drift, "time": step * time, "above": step * above}


def means(share: float = 2 / 3) -> Attempt:
    """A witness against the kept energy and the means over a period."""

    def attempt(chance: random.Random) -> dict[str, object] | None:
        low = -np.exp(generator(chance).uniform(math.log(0.1), math.log(40), 40))
        found = _orbits(low)
        equal = [found[n] / found["p2"] - 1 for n in ("p2ey", "e2y-ey", "y(ey-1)")]
        off = np.max(np.abs([*equal, found["ey"] - 1]), axis=0) > 0.01
        off |= (found["drift"] > 0.01) | (found["p2"] < share * found["E"] * 0.999)
        at = int(np.argmax(off))
        return {n: v[at] for n, v in found.items()} if off.any() else None

    return attempt


def periods(most: float = 1.0) -> Attempt:
    """A witness against the most that p^2 is on average, or the bounds of the period and of the time above 0."""

    def attempt(chance: random.Random) -> dict[str, object] | None:
        found = _orbits(-np.exp(generator(chance).uniform(math.log(0.1), math.log(40), 40)))
        off = (found["p2"] > most * found["E"] * 1.001) | (found["time"] < 2 * np.pi * 0.999)
        off |= found["time"] > (2 * np.pi + 2 * np.sqrt(2 * found["E"])) * 1.001
        off |= found["above"] > np.pi * 1.001
        at = int(np.argmax(off))
        return {n: v[at] for n, v in found.items()} if off.any() else None

    return attempt


def periods_grow(strictly: bool = True) -> Attempt:
    """A witness against periods that grow with the energy, or that are equal."""

    def attempt(chance: random.Random) -> dict[str, object] | None:
        found = _orbits(-np.sort(np.exp(generator(chance).uniform(math.log(0.3), math.log(40), 40))))
        apart = np.diff(found["E"]) > 0.02 * found["E"][1:]
        gained = np.diff(found["time"])[apart]
        off = gained <= 0 if strictly else np.abs(gained) > 0.01
        return {"E": found["E"], "periods": found["time"]} if off.any() else None

    return attempt


def heights(most: float = 2.0) -> Attempt:
    """A witness against: from p = 0 and e^y = e^(-Y) bursts reach between Y and 2Y + 2."""

    def attempt(chance: random.Random) -> dict[str, object] | None:
        start = np.exp(generator(chance).uniform(math.log(0.1), math.log(60), 40))
        top = _orbits(-start)["top"]
        off = (top < start * 0.999) | (top > (most * start + 2) * 1.001)
        at = int(np.argmax(off))
        return {"Y": start[at], "top": top[at]} if off.any() else None

    return attempt


def _regression(rng: np.random.Generator) -> BatchNormRegression:
    """A random regression of a few samples, its inputs stretched so that the least sharpness varies."""
    n, d = int(rng.integers(3, 6)), int(rng.integers(6, 9))
    x = rng.standard_normal((n, d)) * np.exp(rng.uniform(-1, 1, d))
    return BatchNormRegression(x, x @ rng.standard_normal(d))


def _sharpest(loss: BatchNormRegression, w: np.ndarray) -> tuple[float, np.ndarray]:
    """The largest eigenvalue of the Hessian at w, measured, and its direction."""
    hessian = np.array([loss.hvp(w, v) for v in np.eye(loss.dim)])
    values, vectors = np.linalg.eigh((hessian + hessian.T) / 2)
    return float(values[-1]), vectors[:, -1]


def _frame(loss: BatchNormRegression) -> tuple[np.ndarray, np.ndarray]:
    """The unit minimiser of least norm, and a basis of what no prediction depends on."""
    inputs, targets = loss.x - loss.x.mean(axis=0), loss.y - loss.y.mean()
    flattest = np.linalg.pinv(inputs) @ targets
    return flattest / np.linalg.norm(flattest), np.linalg.svd(inputs)[2][np.linalg.matrix_rank(inputs) :]


def _valley_point(loss: BatchNormRegression, rng: np.random.Generator, tan: float) -> np.ndarray:
    """A unit minimiser whose kernel part is so many times its part in the row space."""
    flattest, kernel = _frame(loss)
    side = rng.standard_normal(len(kernel)) @ kernel
    w = flattest + tan * side / np.linalg.norm(side)
    return w / np.linalg.norm(w)


def regression_sharpness(power: int = 2) -> Attempt:
    """A witness against the sharpness over its least value, and against the angle that descent never lengthens."""

    def attempt(chance: random.Random) -> dict[str, object] | None:
        rng = generator(chance)
        loss, tan = _regression(rng), math.exp(chance.uniform(-2, 2))
        least = _sharpest(loss, _valley_point(loss, rng, 0.0))[0]
        found = _sharpest(loss, _valley_point(loss, rng, tan))[0] / least
        flattest, kernel = _frame(loss)
        w, lr = rng.standard_normal(loss.dim), 10 ** chance.uniform(-2, 2)
        w *= math.copysign(1.0, float(w @ flattest))
        lengthened, last = False, math.inf
        for _ in range(100):
            w = (1 - 0.1 * chance.random()) * w - lr * loss.grad(w)
            now = float(np.linalg.norm(kernel @ w) / (w @ flattest))
            lengthened, last = lengthened or not 0 <= now <= last * (1 + 1e-9), now
        bad = abs(found / (1 + tan**power) - 1) > 1e-5 or lengthened
        return {"tan": tan, "sharpness over least": found, "lengthened": lengthened} if bad else None

    return attempt


def regression_flow(rate: float = 1.0) -> Attempt:
    """A witness against tan = e^(-tau) tan_0 along descent at the edge, tau = eta lambda t, within 4 per cent."""

    def attempt(chance: random.Random) -> dict[str, object] | None:
        rng, product = generator(chance), 10 ** chance.uniform(-4, -3.3)
        loss, tan = _regression(rng), math.exp(chance.uniform(-1, 1))
        w = _valley_point(loss, rng, tan)
        sharp, side = _sharpest(loss, w)
        lr = 2 / sharp  # on the unit sphere: at the edge
        w = w + math.sqrt(product) * side
        flattest, kernel = _frame(loss)
        for _ in range(int(1 / product)):
            w = (1 - product) * w - lr * loss.grad(w)
        found = float(np.linalg.norm(kernel @ w) / (w @ flattest)) / tan
        off = abs(found / math.exp(-rate) - 1) > 0.04
        return {"tan_0": tan, "tan over tan_0": found, "lr wd": product} if off else None

    return attempt


def burst_growth(moving: float = 1.0, tilted: float = 1.0) -> Attempt:
    """A witness against K of regression with BN: log E over 0.4 of the flow's time, within 0.12 of 2K/3 and K.

    ``moving`` 0 leaves the term of the moving G out, which makes K depend on the angle, ``tilted`` 0 the p_i.
    """

    def attempt(chance: random.Random) -> dict[str, object] | None:
        rng, product, span = generator(chance), 1e-5, 0.4
        loss, tan = _regression(rng), math.exp(chance.uniform(-0.5, 0.9))
        w = _valley_point(loss, rng, tan)
        sharp, side = _sharpest(loss, w)
        least = sharp / (1 + tan**2)
        mu, pull, reach = loss.flat.mu, tilted * loss.flat.pull, loss.flat.reach
        gain = (
            4 - (3 * mu[0] + 24 * pull[0] ** 2 + 4 * float(np.sum(mu[0] / mu[1:] * pull[1:] ** 2))) / reach**2
        )
        slopes = [4 * tan**2 * math.exp(-2 * tau) for tau in np.linspace(0, span, 50)]
        gain += (1 - moving) * float(np.mean([2 * g / (4 + g) for g in slopes]))
        if abs(gain) * span > 1.5:  # E would leave the range in which eta_in is small enough
            return None
        mean = 2 * product / (4 + 4 * tan**2)
        w = w * math.sqrt(1 - mean * math.exp(-2)) + math.sqrt(mean * math.exp(-2)) * side
        lr, energies, steps = 2 / sharp, [], int(span / product)
        flattest, kernel = _frame(loss)
        for t in range(steps):
            if t < steps // 20 or t >= steps - steps // 20:
                b, size = float(w @ flattest), float(w @ w)
                now = float(np.sum((kernel @ w) ** 2)) / b**2
                mean = 2 * product / (4 + 4 * now)
                ratio = float(w @ side) ** 2 / size / mean
                delta = lr / size * least * (1 + now) - 2
                energies.append(delta**2 / (4 * product) + ratio - math.log(ratio) - 1)
            w = (1 - product) * w - lr * loss.grad(w)
        half = len(energies) // 2
        found = math.log(sum(energies[half:]) / sum(energies[:half]))
        bounds = sorted((2 / 3 * 0.95 * span * gain, 0.95 * span * gain))
        off = not bounds[0] - 0.12 <= found <= bounds[1] + 0.12
        return {"tan_0": tan, "K": gain, "log E gains": found, "bounds": bounds} if off else None

    return attempt


def late_sharpness(more: float = 0.5) -> Attempt:
    """A witness against Theorem 4.2 with T_0 as corrected: by T_0 some gradient and ELR are small enough."""

    def attempt(chance: random.Random) -> dict[str, object] | None:
        product, size = 10 ** chance.uniform(-4.5, math.log10(0.5)), 10 ** chance.uniform(-5, 0.5)
        waves = [
            (k, chance.gauss(0, 1) / k, chance.uniform(0, 2 * math.pi))
            for k in range(1, chance.randint(2, 5))
        ]
        # Smoothness over the circle: the largest second derivative of sum c cos(k phi + s).
        angles = [2 * math.pi * i / 400 for i in range(400)]
        bend = max(abs(sum(c * k * k * math.cos(k * a + s) for k, c, s in waves)) for a in angles) * 1.001
        lr = 10 ** chance.uniform(-2, 2)
        wd, phi = product / lr, chance.uniform(0, 2 * math.pi)
        first = 1 / (math.pi**2 * bend * (1 - product))
        norm_sq = lr / first * (1 + size)
        bound = 8 * math.pi**4 * bend**2 * product
        last = math.ceil((math.log(norm_sq / (bend * math.pi**2 * lr)) + more) / (2 * product))
        x, y = math.sqrt(norm_sq) * math.cos(phi), math.sqrt(norm_sq) * math.sin(phi)
        for _ in range(max(last, 0) + 1):
            phi, size_sq = math.atan2(y, x), x * x + y * y
            slope = -sum(c * k * math.sin(k * phi + s) for k, c, s in waves)
            if slope * slope <= bound and lr / size_sq <= 2 * first:
                return None
            pull = lr * slope / size_sq
            x, y = (1 - product) * x + pull * y, (1 - product) * y - pull * x
        return {"lr": lr, "wd": wd, "waves": waves, "T_0": last}

    return attempt
