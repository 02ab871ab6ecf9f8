"""Trials of the sentences on momentum's norm and mean turn, written from them alone: runs from an empty buffer.

Gradients are of random losses with heavy-tailed noise, or chosen by an adversary who sees the buffer: along it, against
it, turning with the weights, of any length. Nothing here calls the formulas that the engines decide.
"""

import math
import random
from collections.abc import Callable, Iterator

import numpy as np

from proofs_check.beyond.turn_runs import random_gradient
from proofs_check.engines.falsify import Attempt, generator

CLAIMS = ()
ROUNDING = 1e-9  # of 300 steps in doubles, relative
Gradient = Callable[[np.ndarray, np.ndarray], np.ndarray]


def _adversary(rng: np.random.Generator, least: float, most: float) -> Gradient:
    """A gradient orthogonal to x with least <= |x| |g| <= most, that sees the buffer."""
    pull, wander, fixed = rng.choice([-1.0, 0.0, 1.0]), 10.0 ** rng.uniform(-4, 1), rng.random() < 0.5
    ends = rng.random() < 0.5

    def gradient(x: np.ndarray, buffer: np.ndarray) -> np.ndarray:
        norm = math.sqrt(x @ x)
        u = x / norm
        towards = pull * buffer / (math.sqrt(buffer @ buffer) or 1.0)
        grad = towards + wander * (np.roll(u, 1) if fixed else rng.standard_normal(len(x)))
        for _ in range(2):  # the second time for the rounding of the first
            grad = grad - (grad @ u) * u
        length = rng.choice([least, most]) if ends else math.exp(rng.uniform(math.log(least), math.log(most)))
        return grad / math.sqrt(grad @ grad) * length / norm

    return gradient


def _steps(
    gradient: Gradient, x: np.ndarray, mu: float, lr: float, shrink: float, decoupled: bool, steps: int
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Weights before and after a step, and its gradient; shrink is lr wd."""
    buffer = np.zeros(len(x))
    for _ in range(steps):
        grad = gradient(x, buffer)
        if decoupled:
            buffer = mu * buffer + (1 - mu) * grad
            after = (1 - shrink) * x - lr * buffer
        else:
            buffer = mu * buffer + grad + shrink / lr * x
            after = x - lr * buffer
        yield x, after, grad
        x = after


def _share(chance: random.Random) -> float:
    """A share that stays in the buffer, near 0 and near 1 too."""
    near = 10 ** chance.uniform(-3, 0)
    return chance.choice([0.0, chance.random(), 1 - near, near]) % 1


def _root(mu: float, shrink: float) -> float:
    """The greater root of r^2 - (1 + mu - lr wd) r + mu."""
    half = (1 + mu - shrink) / 2
    return half + math.sqrt(max(half**2 - mu, 0.0))


def _drawn(
    chance: random.Random, decoupled: bool, most: float
) -> tuple[Gradient, np.ndarray, float, float, float]:
    """Gradient, start, mu, lr and lr wd; coupled: lr wd where the roots are real."""
    rng, dim = generator(chance), 2 * chance.randint(1, 10)
    mu, lr = _share(chance), 10 ** chance.uniform(-3, 1)
    shrink = 10 ** chance.uniform(-5, 0) * (most if decoupled else (1 - math.sqrt(mu)) ** 2)
    start = 10 ** chance.uniform(-2, 2) * rng.standard_normal(dim)
    if chance.random() < 0.3:
        plain = random_gradient(rng, dim)
        return lambda x, _: plain(x), start, mu, lr, shrink
    least = 10 ** chance.uniform(-2, 1)
    return _adversary(rng, least, least * 10 ** chance.uniform(0, 2)), start, mu, lr, shrink


def falls(decoupled: bool, slack: float = 0.0) -> Attempt:
    """A witness against |x'| >= r |x|, r = 1 - lr wd decoupled and the greater root coupled."""

    def attempt(chance: random.Random) -> dict[str, object] | None:
        gradient, x, mu, lr, shrink = _drawn(chance, decoupled, 0.999)
        floor = (1 - shrink if decoupled else _root(mu, shrink)) * (1 + slack * shrink)
        for before, after, _ in _steps(gradient, x, mu, lr, shrink, decoupled, 300):
            kept = math.sqrt(after @ after) / math.sqrt(before @ before)
            if kept < floor * (1 - ROUNDING):
                return {"mu": mu, "lr": lr, "lr wd": shrink, "|x'|/|x|": kept}
        return None

    return attempt


def gains(factor: float = 1.0) -> Attempt:
    """A witness against |x'|^2 >= (1 - lr wd)^2 |x|^2 + factor lr^2 (1 - mu)^2 |g|^2/(1 + mu)."""

    def attempt(chance: random.Random) -> dict[str, object] | None:
        gradient, x, mu, lr, shrink = _drawn(chance, True, 0.5)
        for before, after, grad in _steps(gradient, x, mu, lr, shrink, True, 300):
            gain = factor * (lr * (1 - mu)) ** 2 * (grad @ grad) / (1 + mu)
            least = (1 - shrink) ** 2 * (before @ before) + gain
            if after @ after < least * (1 - ROUNDING):
                return {"mu": mu, "lr": lr, "lr wd": shrink, "share": (after @ after) / least}
        return None

    return attempt


def absorbed(below: float = 1.0, above: float = 1.0) -> Attempt:
    """A witness against the interval that holds the squared norm: from the first step on below, in the end above."""

    def attempt(chance: random.Random) -> dict[str, object] | None:
        rng, mu, lr = generator(chance), min(_share(chance), 0.98), 10 ** chance.uniform(-3, 1)
        shrink = 10 ** chance.uniform(-1.5, math.log10(0.5))
        least = 10 ** chance.uniform(-2, 1)
        most = least * 10 ** chance.uniform(0, 1)
        a = 1 - shrink
        floor = 2 * a * lr * (1 - mu) * least / math.sqrt(1 + mu)
        ceiling = (lr * most) ** 2 * (1 + a * mu) / ((1 - a**2) * (1 - a * mu) * floor)
        x = 10 ** chance.uniform(-1, 1) * rng.standard_normal(4)
        fade = 5 / min(shrink, 1 - mu)
        for t, (_, after, _) in enumerate(
            _steps(_adversary(rng, least, most), x, mu, lr, shrink, True, 4000)
        ):
            norm_sq = float(after @ after)
            if norm_sq < below * floor * (1 - ROUNDING) or (
                t > 10 * fade and norm_sq > above * ceiling * (1 + 1e-6)
            ):
                return {"mu": mu, "lr": lr, "lr wd": shrink, "l": least, "L": most, "t": t, "|x|^2": norm_sq}
        return None

    return attempt


def mean_turn(decoupled: bool, factor: float = 1.0) -> Attempt:
    """A witness against the bound on the sum of log cos after each number of steps; factor on lr wd."""

    def attempt(chance: random.Random) -> dict[str, object] | None:
        gradient, x, mu, lr, shrink = _drawn(chance, decoupled, 0.999)
        kept = mu * (1 - shrink) if decoupled else mu
        rest = 0.0 if decoupled else mu / _root(mu, shrink) - mu
        first, turns = math.log(math.sqrt(x @ x)), 0.0
        for t, (before, after, _) in enumerate(_steps(gradient, x, mu, lr, shrink, decoupled, 300), 1):
            length, was = math.sqrt(after @ after), math.sqrt(before @ before)
            cosine = float(before @ after) / length / was
            if cosine < 1e-6:  # rounding decides
                return None if cosine > -ROUNDING else {"mu": mu, "lr wd": shrink, "cos": cosine}
            turns += math.log(cosine)
            mean = (1 + mu - factor * shrink + rest / t) / (1 + kept)
            bound = t * math.log(mean) - (1 - kept) / (1 + kept) * (math.log(length) - first)
            if turns > bound + 1e-7 * t:
                return {"mu": mu, "lr": lr, "lr wd": shrink, "T": t, "sum of log cos": turns, "bound": bound}
        return None

    return attempt


def looks_ahead(decoupled: bool, factor: float = 1.0) -> Attempt:
    """A witness against Nesterov's law: <x, z'> = (1 - factor lr wd) |x|^2 and |z'|^2 = that^2/|x|^2 + (lr G)^2."""

    def attempt(chance: random.Random) -> dict[str, object] | None:
        gradient, x, mu, lr, shrink = _drawn(chance, decoupled, 0.999)
        share, buffer = 1 - mu if decoupled else 1.0, np.zeros(len(x))
        ahead = x
        for _ in range(300):
            before, grad = x, gradient(x, buffer)
            if decoupled:
                buffer = mu * buffer + (1 - mu) * grad
                x = (1 - shrink) * x - lr * (mu * buffer + (1 - mu) * grad)
            else:
                full = grad + shrink / lr * x
                buffer = mu * buffer + full
                x = x - lr * (full + mu * buffer)
            was, ahead = ahead, x + lr * mu * buffer
            norm_sq, kept = before @ before, 1 - factor * shrink
            scale = ahead @ ahead + norm_sq + (lr * mu) ** 2 * (buffer @ buffer)
            back = 0.0 if decoupled else np.max(np.abs(x - ahead - mu * (ahead - was))) / math.sqrt(scale)
            off = max(
                abs(before @ ahead - kept * norm_sq) / scale,
                abs(ahead @ ahead - kept**2 * norm_sq - (lr * share) ** 2 * (grad @ grad)) / scale,
                float(back),
            )
            if off > 1e-8:
                return {"mu": mu, "lr": lr, "lr wd": shrink, "off": off}
        return None

    return attempt
