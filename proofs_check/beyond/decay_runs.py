"""Trials of the sentences on jumps and norms: descent in space, written from the sentences alone.

A run is x' = (1 - eta lambda) x - eta g with a gradient orthogonal to x and of length g~/rho, which an adversary
chooses again at each step: what any scale-invariant loss and any mini-batches can do. Lanes run side by side, in 2 to 8
dimensions. Nothing here calls the formulas that the engines decide.
"""

import math
import random
from collections.abc import Callable

import numpy as np

from proofs_check.engines.falsify import Attempt, generator

CLAIMS = ()
Adversary = Callable[[np.ndarray], np.ndarray]
"""From the squared norms of the lanes to their effective gradients."""
ROUNDING = 1e-9
"""Relative; a step's cosine and squared norm carry some 1e-16 each."""


class Walk:
    """Lanes of descent with weight decay under an adversary."""

    def __init__(self, rng: np.random.Generator, norm_sq: np.ndarray, lr: float, wd: float) -> None:
        self.rng, self.lr, self.wd = rng, lr, wd
        x = rng.standard_normal((len(norm_sq), int(rng.integers(2, 9))))
        self.x = x * np.sqrt(norm_sq / np.sum(x**2, axis=1))[:, None]

    @property
    def norm_sq(self) -> np.ndarray:
        """The squared norms, shape (lanes,)."""
        return np.sum(self.x**2, axis=1)

    def step(self, eff: np.ndarray) -> np.ndarray:
        """Take a step with these effective gradients; the cosine of the turn."""
        before, norm_sq = self.x, self.norm_sq
        way = self.rng.standard_normal(before.shape)
        way -= (np.sum(way * before, axis=1) / norm_sq)[:, None] * before
        way *= (eff / np.sqrt(np.sum(way**2, axis=1) * norm_sq))[:, None]
        self.x = (1 - self.lr * self.wd) * before - self.lr * way
        return np.sum(before * self.x, axis=1) / np.sqrt(norm_sq * self.norm_sq)


def _settings(chance: random.Random, least: float, most: float) -> tuple[np.random.Generator, float, float]:
    """A generator, and a learning rate and weight decay whose product lies between two bounds, on a log scale."""
    product, lr = (
        math.exp(chance.uniform(math.log(a), math.log(b))) for a, b in ((least, most), (1e-3, 1e3))
    )
    return generator(chance), lr, product / lr


def _calmest(walk: Walk, delta: float, least: float, most: float = math.inf) -> np.ndarray:
    """The largest gradients that make no jump, kept between two bounds."""
    tangent = math.sqrt(1 / (1 - delta) ** 2 - 1) * (1 - ROUNDING)
    return np.clip(tangent * (1 - walk.lr * walk.wd) * walk.norm_sq / walk.lr, least, most)


def jumps_recur(reach: float = 1.0) -> Attempt:
    """A witness against: jumps come again in every run if delta < reach eta lambda, and in some run not if above."""

    def attempt(chance: random.Random) -> dict[str, object] | None:
        rng, lr, wd = _settings(chance, 0.02, 0.9)
        least, bound = math.exp(chance.uniform(-3, 3)), min(reach * lr * wd, 0.99)
        delta = bound * chance.uniform(0.1, 0.9)
        shrinks = 2 * math.log((1 - delta) / (1 - min(bound, lr * wd))) if delta < lr * wd else 0.05
        steps, half = int(150 / max(shrinks, 0.01)) + 50, np.zeros(5)
        walk = Walk(rng, np.exp(rng.uniform(-6, 12, 5)) * lr * least, lr, wd)
        for t in range(steps):
            wild = least * np.array([1, 1 + 9 * rng.random(), min((1 - rng.random()) ** -2, 1e6), 1.001**t])
            cosine = walk.step(np.append(wild, _calmest(walk, delta, least)[-1]))
            if walk.norm_sq.max() > 1e100:  # only a calm run grows so
                break
            half = half + (cosine < 1 - delta) if t >= steps // 2 else half
        if np.min(half) == 0:
            return {"lr": lr, "wd": wd, "delta": delta, "run without a jump": int(np.argmin(half))}
        above = bound + (1 - bound) * chance.uniform(0.01, 0.9)
        calm = Walk(rng, np.full(4, 10 * lr * least / math.sqrt(above * lr * wd)), lr, wd)
        steps = int(
            60 / max(0.3, math.log((1 - lr * wd) / (1 - above)))
        )  # its norm may grow by this each step
        jumped = [np.any(calm.step(_calmest(calm, above, least)) < 1 - above) for _ in range(steps)]
        return {"lr": lr, "wd": wd, "delta": above, "no run is": "calm"} if any(jumped) else None

    return attempt


def growth_tells(share: float = 1.0) -> Attempt:
    """A witness against: a step is no jump if and only if it multiplies the squared norm by at most gamma."""

    def attempt(chance: random.Random) -> dict[str, object] | None:
        rng, lr, wd = _settings(chance, 1e-3, 0.99)
        delta = 10 ** chance.uniform(-3, -0.01)
        walk = Walk(rng, np.exp(rng.uniform(-5, 5, 200)), lr, wd)
        before = walk.norm_sq
        cosine = walk.step(np.exp(rng.uniform(-4, 4, 200)) * _calmest(walk, delta, 0.0))
        limit = share * ((1 - lr * wd) / (1 - delta)) ** 2
        clear = np.abs(cosine - 1 + delta) > ROUNDING
        wrong = clear & ((cosine < 1 - delta) != (walk.norm_sq > limit * before))
        return {"lr": lr, "wd": wd, "delta": delta} if wrong.any() else None

    return attempt


def _first_jumps(walk: Walk, delta: float, adversary: Callable[[], np.ndarray], most: int) -> np.ndarray:
    """The step at which each lane jumps first, ``most`` for one that does not before it."""
    first = np.full(len(walk.x), most)
    for t in range(most):
        first = np.where((walk.step(adversary()) < 1 - delta) & (first == most), t, first)
        if np.all(first < most):
            break
    return first


def last_chance(later: int = 0) -> Attempt:
    """A witness against the time of the latest first jump without a bound above, attained and never passed."""

    def attempt(chance: random.Random) -> dict[str, object] | None:
        rng, lr, wd = _settings(chance, 0.01, 0.9)
        least, delta = math.exp(chance.uniform(-3, 3)), lr * wd * chance.uniform(0.05, 0.95)
        level = lr * least * (1 - delta) / ((1 - lr * wd) * math.sqrt(delta * (2 - delta)))
        count = math.log(math.exp(chance.uniform(-2, 3))) / (2 * math.log((1 - delta) / (1 - lr * wd)))
        start = level * ((1 - delta) / (1 - lr * wd)) ** (2 * count)
        if abs(count - round(count)) < 1e-3 or count > 2000:
            return None
        last = max(math.floor(count) + 1, 0) + later
        walk = Walk(rng, np.full(6, start), lr, wd)
        hurry = np.append(1.0, rng.random(5))  # the first lane is as lazy as it can be

        def adversary() -> np.ndarray:
            eased = np.where(rng.random(6) < 0.9, 1.0, hurry)
            return np.maximum(_calmest(walk, delta, least) * np.append(1.0, eased[1:]), least)

        first = _first_jumps(walk, delta, adversary, last + 2)
        bad = first[0] != last or np.any(first > last)
        return {"lr": lr, "wd": wd, "delta": delta, "first jumps": first, "last": last} if bad else None

    return attempt


def laziest(decay_only: bool = False) -> Attempt:
    """A witness against the laziest path as the last chance of a first jump, with gradients in [l, L]."""

    def attempt(chance: random.Random) -> dict[str, object] | None:
        rng, lr, wd = _settings(chance, 0.01, 0.24)
        least, delta = math.exp(chance.uniform(-3, 3)), min(lr * wd * chance.uniform(0.05, 0.95), 0.25)
        most = least * chance.uniform(1, 6)
        level = lr * least * (1 - delta) / ((1 - lr * wd) * math.sqrt(delta * (2 - delta)))
        kept = (1 - lr * wd) ** 2
        path = start = level * math.exp(chance.uniform(0.05, 3))
        last = 0
        while path >= level and last < 2000:
            lazy = min(kept / (1 - delta) ** 2 * path, kept * path + lr**2 * most**2 / path)
            path, last = (kept * path if decay_only else lazy), last + 1
        if abs(path / level - 1) < 1e-6 or last == 2000:
            return None
        walk = Walk(rng, np.full(6, start), lr, wd)

        def adversary() -> np.ndarray:
            slack = np.append(1.0, np.where(rng.random(5) < 0.8, 1.0, rng.random(5)))
            return np.clip(_calmest(walk, delta, least, most) * slack, least, most)

        first = _first_jumps(walk, delta, adversary, last + 2)
        bad = first[0] != last or np.any(first > last)
        return {"lr": lr, "wd": wd, "delta": delta, "L": most, "first": first, "last": last} if bad else None

    return attempt


def _norm_rest(lr: float, wd: float) -> float:
    """kappa': the squared norm at rest over the effective gradient."""
    return math.sqrt(lr / (wd * (2 - lr * wd)))


def ends_between(share: float = 1.0) -> Attempt:
    """A witness against the interval in which norms end: kept by all runs, and approached at both ends by some.

    ``share`` takes the wrong condition share * alpha' L/(1 - alpha') <= l.
    """

    def attempt(chance: random.Random) -> dict[str, object] | None:
        rng, lr, wd = _settings(chance, 0.02, 0.24)
        turn = 1 - (1 - lr * wd) ** 2
        most = math.exp(chance.uniform(-3, 3))
        least = most * min(
            turn / (1 - turn) * math.exp(chance.choice([-1, 1]) * chance.uniform(0.05, 1)), 1.0
        )
        low, high = (_norm_rest(lr, wd) * g for g in (least, most))
        small = share * turn / (1 - turn) * most > least
        top = (1 - lr * wd) ** 2 * low + (lr * most) ** 2 / low if small else high
        walk = Walk(rng, np.exp(rng.uniform(-3, 3, 8)) * high, lr, wd)
        wait, late = int(20 / (lr * wd)), []
        for t in range(3 * wait):
            norm_sq = walk.norm_sq
            random_g = rng.choice([least, most], 8) if rng.random() < 0.5 else rng.uniform(least, most, 8)
            hop = np.where(norm_sq <= low * (1 + 1e-6), most, least)
            walk.step(np.where(np.arange(8) < 4, hop, random_g))
            if t > wait:
                late.append(walk.norm_sq)
        seen = np.array(late)
        inside = np.all((seen > low * (1 - 1e-6)) & (seen < top * (1 + 1e-6)))
        reached = not small or (seen[:, :4].max() > top * (1 - 1e-5) and seen[:, :4].min() < low * (1 + 1e-5))
        bad = not inside or not reached
        return {"lr": lr, "wd": wd, "l": least, "L": most, "seen": (seen.min(), seen.max())} if bad else None

    return attempt


def fourth_power(swap: bool = False) -> Attempt:
    """A witness against the two rates of rho^4 towards its rest, from every start and from above."""

    def attempt(chance: random.Random) -> dict[str, object] | None:
        rng, lr, wd = _settings(chance, 1e-3, 0.249)
        least = math.exp(chance.uniform(-3, 3))
        most, turn = least * chance.uniform(1, 5), 1 - (1 - lr * wd) ** 2
        low, high = ((_norm_rest(lr, wd) * g) ** 2 for g in (least, most))
        slow, fast = 1 - 2 * turn, (1 - lr * wd) ** 4
        slow, fast = (fast, slow) if swap else (slow, fast)
        walk = Walk(rng, np.exp(rng.uniform(-3, 6, 12)) * math.sqrt(high), lr, wd)
        start, above = walk.norm_sq**2, walk.norm_sq**2 > high
        held = np.array([least, most])[rng.integers(0, 2, 12)]
        for t in range(1, 300):
            above &= walk.norm_sq >= turn / (1 - turn) * math.sqrt(high)
            walk.step(np.where(np.arange(12) < 6, held, rng.uniform(least, most, 12)))
            fourth = walk.norm_sq**2
            slack = ROUNDING * (fourth + start + high)
            under = fourth - low < slow**t * (start - low) - slack
            over = above & (fourth - high > fast**t * (start - high) + slack)
            if under.any() or over.any():
                return {"lr": lr, "wd": wd, "l": least, "L": most, "t": t}
        rest = Walk(rng, np.full(1, math.sqrt(low)), lr, wd)
        cosine = rest.step(np.full(1, least))
        resting = abs(rest.norm_sq[0] ** 2 / low - 1) < ROUNDING and abs(cosine[0] - 1 + lr * wd) < ROUNDING
        resting &= abs(lr / math.sqrt(low) * least / math.sqrt(turn) - 1) < ROUNDING
        return None if resting else {"lr": lr, "wd": wd, "at rest, cos": cosine}

    return attempt


def jump_times(power: int = 4) -> Attempt:
    """A witness against the closed forms of the earliest and the latest first jump in rho^4 (or another power)."""

    def attempt(chance: random.Random) -> dict[str, object] | None:
        rng, lr, wd = _settings(chance, 0.01, 0.24)
        least, delta = math.exp(chance.uniform(-3, 3)), math.exp(chance.uniform(-9, -0.1))
        most = least * chance.uniform(1, 3)
        turn = 1 - (1 - lr * wd) ** 2
        level = {
            g: (lr * g / (1 - lr * wd) * (1 - delta)) ** 2 / (delta * (2 - delta)) for g in (least, most)
        }
        rest = {g: (_norm_rest(lr, wd) * g) ** 2 for g in (least, most)}
        start = rest[most] * math.exp(chance.uniform(0, 6))

        def time(rate: float, g: float, at: float) -> float:
            values = [v ** (power / 4) - rest[g] ** (power / 4) for v in (start, at)]
            return (math.log(values[0]) - math.log(values[1])) / -math.log(1 - rate)

        slow = 1 - (1 - lr * wd) ** 4
        earliest = time(2 * turn, least, level[most]) if min(start, level[most]) > rest[least] else -math.inf
        latest = time(slow, most, level[least]) if level[least] > rest[most] else math.inf
        passed = time(slow, least, level[most]) if level[most] > rest[least] else math.inf
        count = int(min(max(earliest, latest if latest < math.inf else 0, 0), 1500)) + 3
        walk = Walk(rng, np.full(12, math.sqrt(start)), lr, wd)
        held = np.array([least, most])[np.arange(12) % 2]
        seen = np.zeros(12, dtype=bool)
        quiet = Walk(rng, np.full(1, math.sqrt(start)), lr, wd)
        for t in range(count):
            jumped = walk.step(np.where(np.arange(12) < 4, held, rng.choice([least, most], 12))) < 1 - delta
            early = jumped.any() and t <= earliest
            unpassed = t > passed and quiet.norm_sq[0] ** 2 >= level[most] * (1 + ROUNDING)
            seen |= jumped
            late = t > latest + 1 and not seen.all()
            if early or late or unpassed:
                return {"lr": lr, "wd": wd, "delta": delta, "L/l": most / least, "t": t, "l": least}
            quiet.step(np.full(1, least))
        return None

    return attempt
