"""Trials of the sentences on turns: descent on random losses with noise, written from the sentences alone.

The loss is a random polynomial of degree four of the direction, or noise alone; a step may have weight decay, momentum,
or a projection of several groups onto one sphere. Nothing here calls the formulas that the engines decide.
"""

import math
import random
from collections.abc import Callable

import numpy as np

from proofs_check.engines.falsify import Attempt, generator

CLAIMS = ()
Gradient = Callable[[np.ndarray], np.ndarray]


def random_gradient(rng: np.random.Generator, dim: int) -> Gradient:
    """Of u'Au + (b'u)^3 + (u'Bu)^2 at u = x/|x|, with heavy-tailed noise that is orthogonal to x."""
    a, b, c = rng.standard_normal((dim, dim)), rng.standard_normal(dim), rng.standard_normal((dim, dim))
    sizes = rng.choice([0.0, 1.0], 2)

    def gradient(x: np.ndarray) -> np.ndarray:
        norm = math.sqrt(x @ x)
        u = x / norm
        grad = (a + a.T) @ u + 3 * (b @ u) ** 2 * b + 2 * (u @ c @ u) * ((c + c.T) @ u)
        noise = rng.standard_t(2, dim)
        grad = sizes[0] * grad + (sizes[1] + (sizes[0] == 0)) * noise
        grad -= (grad @ u) * u
        return (grad - (grad @ u) * u) / norm

    return gradient


def _log_cosine(x: np.ndarray, y: np.ndarray) -> float:
    """Not a number where the turn is so near to a right angle that rounding decides."""
    cosine = float(x @ y) / math.sqrt(x @ x) / math.sqrt(y @ y)
    return math.log(cosine) if cosine > 1e-6 else math.nan


def turning(momentum: float = 0.0) -> Attempt:
    """A witness against the sum of log cos and its mean: weight decay under schedules, any noise (or a buffer)."""

    def attempt(chance: random.Random) -> dict[str, object] | None:
        rng, dim = generator(chance), chance.randint(2, 30)
        gradient, x = random_gradient(rng, dim), rng.standard_normal(dim)
        lr, steps = 10 ** chance.uniform(-3, 1), 300
        wave, first, buffer = chance.uniform(0, 0.1), math.log(math.sqrt(x @ x)), np.zeros(dim)
        turns, scaled, norms, off = 0.0, 0.0, [first], 0.0
        for t in range(steps):
            rate, shrink = lr * (1 + math.sin(wave * t) / 2), chance.uniform(0, 0.9)
            grad = gradient(x)
            buffer = momentum * buffer + grad
            before, x = x, shrink_step(x, buffer, rate, shrink)
            turn = _log_cosine(before, x)
            ess_sq = rate**2 * (grad @ grad) / (before @ before)
            off = max(off, abs(turn + math.log1p(ess_sq / (1 - shrink) ** 2) / 2))
            turns, scaled = turns + turn, scaled + math.log(1 - shrink)
            norms.append(math.log(math.sqrt(x @ x)))
        gap = turns - scaled - norms[0] + norms[-1]
        apart = abs(turns - scaled) - (max(norms) - min(norms))
        bad = abs(gap) > 1e-8 * steps or apart > 1e-8 * steps or off > 1e-8
        return {"dim": dim, "lr": lr, "gap": gap, "a cosine is off by": off} if bad else None

    return attempt


def shrink_step(x: np.ndarray, grad: np.ndarray, lr: float, product: float) -> np.ndarray:
    """(1 - lr wd) x - lr g, for lr wd = product."""
    return (1 - product) * x - lr * grad


def on_sphere(factor: float = 2.0) -> Attempt:
    """A witness against: on the sphere the means of log cos agree in all groups up to factor log(M/m)/T."""

    def attempt(chance: random.Random) -> dict[str, object] | None:
        rng = generator(chance)
        groups = [chance.randint(2, 10) for _ in range(chance.randint(2, 5))]
        gradients = [random_gradient(rng, dim) for dim in groups]
        xs = [math.exp(rng.normal()) * rng.standard_normal(dim) for dim in groups]
        elr, steps = 10 ** chance.uniform(-2, 1), chance.choice([1, 3, 30, 200])
        sums, norms = np.zeros(len(groups)), []
        for _ in range(steps):
            total = math.sqrt(sum(x @ x for x in xs))
            xs = [x / total for x in xs]
            norms.append([math.sqrt(x @ x) for x in xs])
            after = [x - elr * g(x) for x, g in zip(xs, gradients, strict=True)]
            sums += [_log_cosine(x, y) for x, y in zip(xs, after, strict=True)]
            xs = after
        total = math.sqrt(sum(x @ x for x in xs))
        norms.append([math.sqrt(x @ x) / total for x in xs])
        spread = math.log(np.max(norms) / np.min(norms))
        gap = float(np.max(sums) - np.min(sums))
        return (
            {"groups": groups, "elr": elr, "T": steps, "gap": gap}
            if gap > factor * spread + 1e-9 * steps
            else None
        )

    return attempt


def momentum_law(decoupled: bool, sign: int = 1) -> Attempt:
    """A witness against the linear relation of neighbouring products, for either kind of weight decay."""

    def attempt(chance: random.Random) -> dict[str, object] | None:
        rng, dim = generator(chance), chance.randint(2, 40)
        gradient, x = random_gradient(rng, dim), rng.standard_normal(dim)
        mu, lr, wd = chance.uniform(-0.5, 0.99), 10 ** chance.uniform(-3, 1), 10 ** chance.uniform(-4, 0)
        wd = min(wd, 1.5 / lr)
        buffer, before = np.zeros(dim), None
        for _ in range(200):
            grad = gradient(x)
            if decoupled:
                buffer = mu * buffer + (1 - mu) * grad
                after = (1 - lr * wd) * x - lr * buffer
            else:
                buffer = mu * buffer + grad + wd * x
                after = x - lr * buffer
            if before is not None:
                kept = mu * (1 - lr * wd) if decoupled else mu
                off = after @ x + sign * kept * (x @ before) - (1 + sign * mu - lr * wd) * (x @ x)
                scale = math.sqrt(max(after @ after, before @ before, x @ x) * (x @ x))
                if abs(off) > 1e-8 * scale:
                    return {"dim": dim, "mu": mu, "lr": lr, "wd": wd, "off": off / scale}
            before, x = x, after
        return None

    return attempt
