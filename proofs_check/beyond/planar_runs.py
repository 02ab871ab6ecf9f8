"""Trials of the sentences on weight decay in the plane: descent on (x, y), written from the sentences alone.

A loss is a random trigonometric polynomial of the angle with its minimum at angle 0; a run is the step x' = (1 - eta
lambda) x - eta grad f(x) of both coordinates. Nothing here calls the formulas that the engines decide.
"""

import cmath
import math
import random

import numpy as np

from proofs_check.engines.falsify import Attempt, generator

CLAIMS = ()
Waves = tuple[tuple[int, float, float], ...]
"""f = sum of c (1 - cos k phi) + s (sin k phi - k sin phi) over (k, c, s): even if every s is 0."""


def derivative(waves: Waves, phi: float, order: int) -> float:
    """The derivative of a loss of this order, at least 1."""
    total = 0j
    for k, even, odd in waves:
        total += (1j * k) ** order * (-even - 1j * odd) * cmath.exp(1j * k * phi)
        total += 1j**order * 1j * k * odd * cmath.exp(1j * phi)
    return total.real


def descend(waves: Waves, w: tuple[float, float], lr: float, wd: float) -> tuple[float, float]:
    """A step of gradient descent with weight decay."""
    x, y = w
    slope = derivative(waves, math.atan2(y, x), 1) / (x * x + y * y)
    return (1 - lr * wd) * x + lr * slope * y, (1 - lr * wd) * y - lr * slope * x


def _loss(chance: random.Random, even: bool) -> Waves:
    odd = (0.0, 0.0) if even else (chance.uniform(-0.1, 0.1), chance.uniform(-0.04, 0.04))
    return (
        (1, 1.0, 0.0),
        (2, chance.uniform(-0.15, 1), odd[0]),
        (3, chance.uniform(-0.05, 0.3), odd[1]),
    )


def _rest(waves: Waves, lr: float, wd: float) -> tuple[float, float, float]:
    """The two angles of the orbit at rest near the minimum and its norm: each step is a turn by arccos(1 - lr wd)."""
    turn = math.acos(1 - lr * wd)
    low, high = -turn, turn
    for _ in range(80):  # the middle at which the slopes are opposite
        middle = (low + high) / 2
        balance = derivative(waves, middle + turn / 2, 1) + derivative(waves, middle - turn / 2, 1)
        low, high = (middle, high) if balance < 0 else (low, middle)
    slope = derivative(waves, middle + turn / 2, 1)
    return middle + turn / 2, middle - turn / 2, math.sqrt(lr * slope / ((1 - lr * wd) * math.tan(turn)))


def _product(chance: random.Random, most: float = -0.05) -> tuple[float, float]:
    """Learning rate and weight decay; in one of four cases their product is a resonance of the quotient's turn."""
    resonance = 1 - math.cos(math.pi / chance.choice([3, 4, 5, 6, 8]))
    product = resonance if chance.random() < 0.25 else 10 ** chance.uniform(-3, most)
    lr = 10 ** chance.uniform(-2, 2)
    return lr, min(product, 10**most) / lr


def _polar(w: tuple[float, float]) -> tuple[float, float]:
    return math.atan2(w[1], w[0]), math.log(math.hypot(*w))


def _matrix(waves: Waves, angle: float, norm: float, lr: float, wd: float, steps: int) -> np.ndarray:
    """The derivative of some steps in angle and log norm, by central differences."""
    columns = []
    for by in ((1e-6, 0.0), (0.0, 1e-6)):
        ends = []
        for sign in (1, -1):
            size = norm * math.exp(sign * by[1])
            w = size * math.cos(angle + sign * by[0]), size * math.sin(angle + sign * by[0])
            for _ in range(steps):
                w = descend(waves, w, lr, wd)
            ends.append(_polar(w))
        columns.append([(a - b) / 2e-6 for a, b in zip(*ends, strict=True)])
    return np.array(columns).T


def multipliers(share: float = 1.0) -> Attempt:
    """A witness against the criteria of beyond:decay-multipliers: the multipliers of the steps, measured."""

    def attempt(chance: random.Random) -> dict[str, object] | None:
        even = chance.random() < 0.5
        waves, (lr, wd) = _loss(chance, even), _product(chance)
        q, turn = 1 - lr * wd, math.acos(1 - lr * wd)
        up, down, norm = _rest(waves, lr, wd)
        if (
            abs(descend(waves, (norm * math.cos(up), norm * math.sin(up)), lr, wd)[0] / norm - math.cos(down))
            > 1e-8
        ):
            return {"lr": lr, "wd": wd, "waves": waves, "no orbit at rest": (up, down, norm)}
        if even:
            matrix = _matrix(waves, up, norm, lr, wd, 1)
            matrix[0] *= -1  # the mirror
            c = math.tan(turn) * derivative(waves, turn / 2, 2) / derivative(waves, turn / 2, 1)
            expected, small = (q * q * c - 2 * (1 - q * q), 1 + q * q * (c - 2)), 0 < c < 2 * share
            margin = min(abs(c), abs(c - 2))
        else:
            matrix = _matrix(waves, up, norm, lr, wd, 2)
            elr = lr / (q * norm**2)  # of the plain step that turns as much
            a, b = (elr * derivative(waves, at, 2) for at in (up, down))
            first, then = (2 * q * q - 1 - q * q * v for v in (a, b))
            last = (1 - q * q * a) * (1 - q * q * b) + (2 * q * q - 1) ** 2
            expected, small = None, a + b > 0 and first * then < share and last > 0
            margin = min(abs(a + b), abs(first * then - 1), abs(last))
        found = np.trace(matrix), np.linalg.det(matrix)
        off = expected and max(abs(u - v) for u, v in zip(found, expected, strict=True)) > 1e-4
        inside = bool(np.max(np.abs(np.linalg.eigvals(matrix))) < 1)
        if off or (margin > 1e-3 and inside != small):
            return {"lr": lr, "wd": wd, "waves": waves, "trace, det": found, "inside": inside}
        return None

    return attempt


def swings(sign: int = 1) -> Attempt:
    """A witness against: small swings settle where the multipliers lie inside the circle, and grow where one is not."""

    def attempt(chance: random.Random) -> dict[str, object] | None:
        waves, (lr, wd) = _loss(chance, chance.random() < 0.5), _product(chance, most=-0.3)
        up, _, norm = _rest(waves, lr, wd)
        rate = sign * math.log(np.max(np.abs(np.linalg.eigvals(_matrix(waves, up, norm, lr, wd, 2)))))
        steps = 2 * int(min(6 / abs(rate), 10_000))
        if abs(rate) < 1e-3:
            return None
        begin = up + chance.uniform(-1e-4, 1e-4), norm * math.exp(chance.uniform(-1e-4, 1e-4))
        w, seen = (begin[1] * math.cos(begin[0]), begin[1] * math.sin(begin[0])), []
        for t in range(steps):
            if t % 2 == 0:
                angle, log_norm = _polar(w)
                seen.append(math.hypot(angle - up, log_norm - math.log(norm)))
            w = descend(waves, w, lr, wd)
        tenth = max(len(seen) // 10, 1)
        settles = max(seen[-tenth:]) < max(seen[:tenth])
        return {"lr": lr, "wd": wd, "waves": waves, "log rate": rate} if settles != (rate < 0) else None

    return attempt


def index(share: float = 1.0) -> Attempt:
    """A witness against the sign and the size of a small swing's growth at small lr wd, from the index."""

    def attempt(chance: random.Random) -> dict[str, object] | None:
        waves, lr = _loss(chance, chance.random() < 0.5), 10 ** chance.uniform(-2, 2)
        wd = 10 ** chance.uniform(-5, -4) / lr
        two, three, four = (derivative(waves, 0.0, order) for order in (2, 3, 4))
        rate = share * (4 * two**2 + two * four - 3 * three**2) / (6 * two**2)
        up, _, norm = _rest(waves, lr, wd)
        steps = 2 * math.ceil(0.3 / (lr * wd))
        begin, far = norm * math.exp(1e-3), []
        w = begin * math.cos(up), begin * math.sin(up)
        period = 2 * math.ceil(math.pi / (2 * math.acos(1 - lr * wd)) * 4)
        for t in range(steps + period):
            if t < period or t >= steps:
                far.append(abs(math.log(math.hypot(*w) / norm)))
            w = descend(waves, w, lr, wd)
        grown = math.log(max(far[-period:]) / max(far[:period])) / (steps * lr * wd)
        return (
            {"lr": lr, "wd": wd, "waves": waves, "grown": grown}
            if abs(grown - rate) > 0.02 + 0.02 * abs(rate)
            else None
        )

    return attempt


def periods(power: float = 0.5) -> Attempt:
    """A witness against the period of small swings of the norm on the quotient, and on even losses in general."""

    def attempt(chance: random.Random) -> dict[str, object] | None:
        lr, wd = _product(chance, most=-0.7)
        waves = ((2, 0.5, 0.0),) if chance.random() < 0.5 else _loss(chance, even=True)
        up, _, norm = _rest(waves, lr, wd)
        turn, q = math.acos(1 - lr * wd), 1 - lr * wd
        c = math.tan(turn) * derivative(waves, turn / 2, 2) / derivative(waves, turn / 2, 1)
        trace, det = q * q * c - 2 * (1 - q * q), 1 + q * q * (c - 2)
        if trace**2 >= 3.9 * det:  # all but real: no oscillation
            return None
        period = math.pi * (lr * wd / (turn**2 / 2)) ** (power - 0.5) / turn
        if len(waves) > 1:
            period = 2 * math.pi / math.acos(trace / (2 * math.sqrt(det)))
        w, seen = (norm * math.exp(1e-5) * math.cos(up), norm * math.exp(1e-5) * math.sin(up)), []
        for _ in range(int(6 * period) + 4):
            seen.append(math.log(math.hypot(*w) / norm))
            w = descend(waves, w, lr, wd)
        # x_{t+2} - tr x_{t+1} + det x_t = 0, fitted: its angle is that of the swing.
        left = np.array([seen[1:-1], seen[:-2]]).T
        fitted = np.linalg.lstsq(left, np.array(seen[2:]), rcond=None)[0]
        found = 2 * math.pi / abs(cmath.phase(np.roots([1, -fitted[0], -fitted[1]])[0]))
        on_quotient = len(waves) == 1 and lr * wd <= 0.25
        low, high = math.pi / math.sqrt(2 * lr * wd * (1 + lr * wd / 4)), math.pi / math.sqrt(2 * lr * wd)
        bad = abs(found / period - 1) > 1e-3 or (on_quotient and not low * 0.999 <= found <= high * 1.001)
        return {"lr": lr, "wd": wd, "waves": waves, "period": found, "expected": period} if bad else None

    return attempt


def area(weighted: bool = True) -> Attempt:
    """A witness against: a step of the toy function of any groups keeps the product of dx_i dy_i/|x_i y_i|."""

    def attempt(chance: random.Random) -> dict[str, object] | None:
        rng, n = generator(chance), chance.randint(1, 4)
        alpha, w = np.exp(rng.uniform(-2, 3, n)), rng.standard_normal(2 * n)
        lr, wd = _product(chance, most=0.3)

        def moved(v: np.ndarray) -> np.ndarray:
            x, y = v[0::2], v[1::2]
            pull = 2 * alpha * x * y / (x * x + y * y) ** 2
            return np.ravel(
                np.array([(1 - lr * wd) * x - lr * pull * y, (1 - lr * wd) * y + lr * pull * x]).T
            )

        sizes = 1e-5 * np.abs(w)
        columns = [
            (moved(w + d) - moved(w - d)) / (2 * s) for d, s in zip(np.diag(sizes), sizes, strict=True)
        ]
        after = moved(w)
        slope = np.max([np.abs(c * s) for c, s in zip(columns, sizes, strict=True)], axis=0) / np.abs(after)
        if slope.max() > 1e-3:  # so near the fold that differences do not tell
            return None
        kept = (
            np.linalg.det(np.array(columns)) * np.prod(w / after)
            if weighted
            else np.linalg.det(np.array(columns))
        )
        return {"alpha": alpha, "lr": lr, "wd": wd, "w": w, "kept": kept} if abs(kept - 1) > 1e-4 else None

    return attempt
