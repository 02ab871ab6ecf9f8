"""What runs in floats say of several groups: decay near eq. 9, its end at K = sqrt 3, runs below the threshold.

A run is the step of direction and share of every group [beyond:mean-field], by the theory's functions.
"""

import random
from collections.abc import Sequence
from math import cos, log, sin, sqrt, tau

from proofs_check.engines.falsify import Attempt
from sitheory.theory import regimes

State = tuple[list[float], list[float]]
CLAIMS = ()


def step(excess: float, weights: Sequence[float], state: State) -> State:
    """One step of all groups."""
    pairs = list(zip(*state, strict=True))
    cosines = [regimes.balance_cos_next(excess, c, a) for c, a in pairs]
    grown = [regimes.balance_grown(excess, c, a) for c, a in pairs]
    kept = [min(max(c, -excess), excess) for c in cosines]  # rounding must not leave the circle
    return kept, regimes.balance_shares_next(weights, grown)


def energy(excess: float, weights: Sequence[float], state: State) -> float:
    """H = sum_i w_i ((c_i - 1)^2/(K^2 - 1) + (a_i - 1)^2)/4, the mean of |z_i|^2 to leading order."""
    groups = zip(weights, *state, strict=True)
    return sum(w * ((c - 1) ** 2 / (excess**2 - 1) + (a - 1) ** 2) for w, c, a in groups) / 4


def near(chance: random.Random, weights: Sequence[float], size: float) -> State:
    """A state near the equilibrium of eq. 9, with sum_i w_i a_i = 1."""
    cosines, shares = ([chance.gauss(0, size) for _ in weights] for _ in range(2))
    mean = sum(w * a for w, a in zip(weights, shares, strict=True))
    return [1 + c for c in cosines], [1 + a - mean for a in shares]


def random_state(chance: random.Random, excess: float, weights: Sequence[float]) -> State:
    """A random state, far from eq. 9."""
    turned = [chance.uniform(-excess, excess) for _ in weights]
    shares = [chance.expovariate(1) for _ in weights]
    mean = sum(w * a for w, a in zip(weights, shares, strict=True))
    return turned, [a / mean for a in shares]


def random_weights(chance: random.Random, n: int) -> list[float]:
    """The shares alpha_i / sum(alpha) of random coefficients, up to a factor of eight apart."""
    drawn = [2 ** chance.uniform(0, 3) for _ in range(n)]
    return [d / sum(drawn) for d in drawn]


def run(excess: float, weights: Sequence[float], state: State, steps: int) -> State:
    """The state after so many steps."""
    for _ in range(steps):
        state = step(excess, weights, state)
    return state


def mean_energy(excess: float, weights: Sequence[float], state: State, steps: int) -> tuple[float, State]:
    """The mean energy over some steps, and the state after them."""
    total = 0.0
    for _ in range(steps):
        total += energy(excess, weights, state)
        state = step(excess, weights, state)
    return total / steps, state


SIZE, WAIT, SPAN, MEAN = 0.05, 3_000, 9_000, 200
WITHIN = 0.03
"""The gain itself changes by terms of the order of the energy, which is about 1e-4 in these runs."""
RESONANCES = (sqrt(2), 2.0)


def gain_differs(low: float, high: float, factor: float = 1.0) -> Attempt:
    """Two groups: compare the growth of 1/H with the gain of the normal form (times a factor)."""

    def attempt(chance: random.Random) -> dict[str, object] | None:
        excess, weights = chance.uniform(low, high), random_weights(chance, 2)
        if min(abs(excess - k) for k in RESONANCES) < 0.02:
            return None
        state = run(excess, weights, near(chance, weights, SIZE), WAIT)
        first, state = mean_energy(excess, weights, state, MEAN)
        last, _ = mean_energy(excess, weights, run(excess, weights, state, SPAN - MEAN), MEAN)
        grown = (1 / last - 1 / first) / SPAN
        derived = -factor * regimes.energy_gain(excess)
        close = abs(grown - derived) <= WITHIN * max(abs(derived), 0.5)
        return None if close else {"K": excess, "weights": weights, "measured": grown, "derived": derived}

    return attempt


SETTLED = 20_000
REST, FAR = 3e-3, 0.05
"""Squared deviations of a tenth of an average one; and of the order of one."""


def keeps_away(low: float, high: float) -> Attempt:
    """Two groups: a witness where a run from near eq. 9 is not at rest there in the end."""

    def attempt(chance: random.Random) -> dict[str, object] | None:
        excess, weights = chance.uniform(low, high), random_weights(chance, 2)
        if min(abs(excess - k) for k in RESONANCES) < 0.02:
            return None
        left = energy(excess, weights, run(excess, weights, near(chance, weights, SIZE), SETTLED))
        return {"K": excess, "weights": weights, "H": left} if left > REST / 30 else None

    return attempt


def stays(low: float, high: float, groups: Sequence[int]) -> Attempt:
    """A witness where a run from near eq. 9 never leaves its neighbourhood."""

    def attempt(chance: random.Random) -> dict[str, object] | None:
        weights = random_weights(chance, chance.choice(groups))
        excess, state = chance.uniform(low, high), near(chance, weights, SIZE)
        for _ in range(SETTLED):
            state = step(excess, weights, state)
            if energy(excess, weights, state) > FAR:
                return None
        return {"K": excess, "weights": weights, "H": energy(excess, weights, state)}

    return attempt


def splayed(weights: Sequence[float]) -> Attempt:
    """Three groups a third of a turn apart: a witness where their deviation from eq. 9 has shrunk to a third."""

    def attempt(chance: random.Random) -> dict[str, object] | None:
        excess, size, phase = 1.4, chance.uniform(0.05, 0.1), chance.uniform(0, tau)
        turned = [phase + tau * i / 3 for i in range(3)]
        shares = [size * cos(t) for t in turned]
        mean = sum(w * a for w, a in zip(weights, shares, strict=True))
        begin = [1 + size * sqrt(excess**2 - 1) * sin(t) for t in turned], [1 + a - mean for a in shares]
        left = energy(excess, weights, run(excess, weights, begin, SETTLED))
        share = left / energy(excess, weights, begin)
        return {"phase": phase, "size": size, "H over its start": share} if share < 1 / 3 else None

    return attempt


LATE = 4_000


def not_at_rest(low: float, high: float) -> Attempt:
    """Below the threshold, from groups of sizes up to e^24 apart: a witness where F has not vanished."""

    def attempt(chance: random.Random) -> dict[str, object] | None:
        n = chance.randint(2, 6)
        excess, weights = chance.uniform(low, high), random_weights(chance, n)
        turned = [chance.uniform(-1, 1) for _ in weights]
        shares = [2.718281828 ** chance.uniform(-12, 12) for _ in weights]
        mean = sum(w * a for w, a in zip(weights, shares, strict=True))
        state = run(excess, weights, ([excess * c for c in turned], [a / mean for a in shares]), LATE)
        left = sum(w * (1 - c / excess) / 2 for w, c in zip(weights, state[0], strict=True))
        return None if left < 1e-3 else {"K": excess, "weights": weights, "F/sum(alpha)": left}

    return attempt


def separation(
    excess: float, weights: Sequence[float], state: State, steps: int, size: float = 1e-9
) -> float:
    """The mean log growth a step of the distance between two runs that begin close together."""
    twin: State = ([c + size for c in state[0]], list(state[1]))
    total = 0.0
    for _ in range(steps):
        state, twin = step(excess, weights, state), step(excess, weights, twin)
        apart = [[t - s for s, t in zip(*pair, strict=True)] for pair in zip(state, twin, strict=True)]
        distance = sqrt(sum(d * d for part in apart for d in part))
        total += log(distance / size)
        pulled = [
            [s + d * size / distance for s, d in zip(own, part, strict=True)]
            for own, part in zip(state, apart, strict=True)
        ]
        twin = pulled[0], pulled[1]
    return total / steps


RETURNED = 1e-5


def ends_elsewhere(excess: float, alpha: Sequence[float], rest: bool = True, cycle: int = 4) -> Attempt:
    """From random starts: a witness that ends neither at rest in eq. 9 nor on a cycle of this period."""
    weights = [a / sum(alpha) for a in alpha]

    def attempt(chance: random.Random) -> dict[str, object] | None:
        state = begin = random_state(chance, excess, weights)
        state = run(excess, weights, state, SETTLED)
        if energy(excess, weights, state) < REST / 30:
            return None if rest else {"c": begin[0], "a": begin[1], "ends": "at rest"}
        after = run(excess, weights, state, cycle) if cycle else state
        parts = (
            abs(u - v) for own, new in zip(state, after, strict=True) for u, v in zip(own, new, strict=True)
        )
        on_cycle = bool(cycle) and max(parts) < RETURNED
        return None if on_cycle else {"c": begin[0], "a": begin[1], "H": energy(excess, weights, state)}

    return attempt


CHAOS, CLOSE_STEPS = 0.02, 4_000


def _separation(chance: random.Random, total: float) -> tuple[float, State]:
    """Of alpha = (1, 2, 4) at a total ELR: how fast close runs separate late on, and the random start."""
    weights, excess = (1 / 7, 2 / 7, 4 / 7), regimes.excess((1, 2, 4), total)
    begin = random_state(chance, excess, weights)
    return separation(excess, weights, run(excess, weights, begin, 4 * CLOSE_STEPS), CLOSE_STEPS), begin


def separates(total: float) -> Attempt:
    """A witness where close runs from a random start separate."""

    def attempt(chance: random.Random) -> dict[str, object] | None:
        rate, begin = _separation(chance, total)
        return None if rate < CHAOS else {"c": begin[0], "a": begin[1], "rate": rate}

    return attempt


def keeps_together(total: float) -> Attempt:
    """A witness where close runs from a random start do not separate by 0.3 to 0.5 a step."""

    def attempt(chance: random.Random) -> dict[str, object] | None:
        rate, begin = _separation(chance, total)
        return None if 0.3 < rate < 0.5 else {"c": begin[0], "a": begin[1], "rate": rate}

    return attempt
