"""Trials of the sentences on the toy function: projected gradient steps, written from the sentences alone.

Lanes run side by side: x and y have shape (lanes, n), their squares add up to 1 in each lane, and the total ELR has
shape (lanes, 1). Nothing here calls the formulas that the engines decide.
"""

import math
import random
from dataclasses import dataclass, replace

import numpy as np

from proofs_check.engines.falsify import Attempt, generator

CLAIMS = ()
SPECIAL = (1.0, math.sqrt(2), math.sqrt(3), 2.0, 1 / math.cos(math.pi / 5), 1 / math.cos(math.pi / 8), 0.5)
"""Values of K at which something may happen: thresholds and resonances."""


@dataclass(frozen=True)
class Toy:
    """F = sum_i alpha_i x_i^2/(x_i^2 + y_i^2) with a fixed total ELR."""

    alpha: np.ndarray
    elr: np.ndarray
    x: np.ndarray
    y: np.ndarray

    def step(self) -> "Toy":
        """A gradient step, then back to the sphere."""
        pull = 2 * self.elr * self.alpha * self.x * self.y / self.norms**2
        x, y = self.x - pull * self.y, self.y + pull * self.x
        size = np.sqrt(np.sum(x * x + y * y, axis=1, keepdims=True))
        return replace(self, x=x / size, y=y / size)

    def run(self, steps: int) -> "Toy":
        """The state after so many steps."""
        state = self
        for _ in range(steps):
            state = state.step()
        return state

    @property
    def norms(self) -> np.ndarray:
        """The squared norms of the groups."""
        return self.x**2 + self.y**2

    @property
    def values(self) -> np.ndarray:
        """The f_i."""
        return self.alpha * self.x**2 / self.norms

    @property
    def ess_sq(self) -> np.ndarray:
        """The squared effective step sizes: |step| over norm, in each group."""
        pull = 2 * self.elr * self.alpha * self.x * self.y / self.norms**2
        return pull**2

    @property
    def balance(self) -> tuple[np.ndarray, np.ndarray]:
        """c_i = K (1 - r_i^2)/(1 + r_i^2) and a_i = rho_i^2 sum(alpha)/alpha_i."""
        total = np.sum(self.alpha, axis=1, keepdims=True)
        return self.elr * total * (self.y**2 - self.x**2) / self.norms, self.norms * total / self.alpha


def start(rng: np.random.Generator, alpha: np.ndarray, excess: np.ndarray, spread: float = 1.0) -> Toy:
    """Random starts of log-normal shares and uniform angles, at K = excess."""
    angle, share = rng.uniform(0, 2 * np.pi, alpha.shape), np.exp(spread * rng.standard_normal(alpha.shape))
    size = np.sqrt(share / np.sum(share, axis=1, keepdims=True))
    return Toy(
        alpha, excess / np.sum(alpha, axis=1, keepdims=True), size * np.cos(angle), size * np.sin(angle)
    )


def from_balance(alpha: np.ndarray, excess: np.ndarray, c: np.ndarray, a: np.ndarray) -> Toy:
    """The state with these c_i and a_i, all weights positive."""
    weights = alpha / np.sum(alpha, axis=1, keepdims=True)
    norms = weights * a / np.sum(weights * a, axis=1, keepdims=True)
    x, y = np.sqrt(norms * (1 - c / excess) / 2), np.sqrt(norms * (1 + c / excess) / 2)
    return Toy(alpha, excess / np.sum(alpha, axis=1, keepdims=True), x, y)


def _excess(rng: np.random.Generator, lanes: int, low: float, high: float) -> np.ndarray:
    """K on a log scale, a quarter of them special; shape (lanes, 1)."""
    drawn = np.exp(rng.uniform(math.log(low), math.log(high), lanes))
    inside = [k for k in SPECIAL if low <= k <= high]
    special = rng.choice(inside, lanes) if inside else drawn
    return np.where(rng.random(lanes) < 0.25, special, drawn)[:, None]


def _alpha(rng: np.random.Generator, lanes: int, n: int) -> np.ndarray:
    """Coefficients up to a factor of some hundred apart."""
    return np.exp(rng.uniform(-2.5, 2.5, (lanes, n)))


def classification(edge: float = 1.0) -> Attempt:
    """A witness against the limits of one group: 0 up to K = edge, the level above, alpha or 0 on the axes."""

    def attempt(chance: random.Random) -> dict[str, object] | None:
        rng, lanes = generator(chance), 200
        excess = _excess(rng, lanes, 0.02, 20)
        excess = np.where((np.abs(excess - 1) < 0.01) & (excess != 1), 1.0, excess)
        begin = start(rng, _alpha(rng, lanes, 1), excess)
        on_axis = np.arange(lanes)[:, None] % 20
        x, y = np.where(on_axis == 0, 0.0, begin.x), np.where(on_axis == 1, 0.0, begin.y)
        size = np.sqrt(x**2 + y**2)
        end = replace(begin, x=x / size, y=y / size).run(8_000)
        share = (end.values / end.alpha)[:, 0]
        level = np.where(excess > edge, (1 - 1 / excess) / 2, 0.0)[:, 0]
        level = np.where(on_axis[:, 0] == 1, 1.0, np.where(on_axis[:, 0] == 0, 0.0, level))
        off = np.abs(share - level) > 1e-3
        worst = int(np.argmax(off))
        return (
            {"K": excess[worst, 0], "x": x[worst], "y": y[worst], "f/alpha": share[worst]}
            if off.any()
            else None
        )

    return attempt


def landings(lead: float = 1.0) -> Attempt:
    """A witness against the landing starts: x changes its sign after m steps at l_1, ..., l_m and nowhere else."""

    def attempt(chance: random.Random) -> dict[str, object] | None:
        excess = math.exp(chance.uniform(math.log(0.52), math.log(20)))
        starts = [math.sqrt(2 * excess - 1)]
        for _ in range(4):
            roots = np.roots([1, -(1 + 2 * excess) * starts[-1], -(2 * excess - 1) * lead, -starts[-1]])
            real = [z.real for z in roots if abs(z.imag) < 1e-9 and z.real > 0]
            if len(real) != 1 or real[0] <= (1 + 2 * excess) * starts[-1]:
                return {"K": excess, "positive roots": real}
            starts.append(real[0])
        ratio = np.exp(np.linspace(math.log(starts[0] / 20), math.log(3 * starts[-1]), 20_000))[:, None]
        alpha = np.full(ratio.shape, math.exp(chance.uniform(-2, 2)))
        size = np.sqrt(1 + ratio**2)
        state = Toy(alpha, np.full(ratio.shape, excess) / alpha, ratio / size, 1 / size)
        for m in range(1, 6):
            state = state.step()
            signs = np.sign(state.x / state.y)[:, 0]
            found = np.flatnonzero(signs[1:] != signs[:-1])
            expected = np.searchsorted(ratio[:, 0], starts[:m]) - 1
            if len(found) != m or np.any(np.abs(found - expected) > 1):
                return {"K": excess, "steps": m, "found": ratio[found, 0], "l": starts[:m]}
        return None

    return attempt


def cycles(level: float = 1.0) -> Attempt:
    """A witness against: |r| after any p steps is above its start below the fixed point, and below it above."""

    def attempt(chance: random.Random) -> dict[str, object] | None:
        rng, lanes = generator(chance), 400
        excess = _excess(rng, lanes, 0.02, 200)
        ratio = np.exp(rng.uniform(-4, 4, (lanes, 1)))
        rest = np.sqrt(np.maximum((level * excess - 1) / (excess + 1), 0))
        size = np.sqrt(1 + ratio**2)
        alpha = _alpha(rng, lanes, 1)
        state = Toy(alpha, excess / alpha, ratio / size, 1 / size)
        clear = np.abs(ratio / np.maximum(rest, 1e-9) - 1) > 1e-3
        for p in range(1, 80):
            state = state.step()
            after = np.abs(state.x / state.y)
            wrong = clear & (np.sign(after - ratio) != np.sign(rest - ratio)) & (after > 1e-12)
            if wrong.any():
                at = int(np.argmax(wrong))
                return {"K": excess[at], "r": ratio[at], "p": p, "after": after[at]}
        return None

    return attempt


def one_group_rates(square: int = 2) -> Attempt:
    """A witness against the local rates of one group: 2/K^2 - 1 above the threshold, 1 - 2K below, the special ones."""

    def attempt(chance: random.Random) -> dict[str, object] | None:
        rng, lanes = generator(chance), 300
        excess = _excess(rng, lanes, 0.05, 8)
        state = start(rng, _alpha(rng, lanes, 1), excess)
        level = (1 - 1 / excess) / 2
        for _ in range(3_000):
            after = state.step()
            gap, next_gap = (s.values / s.alpha - level for s in (state, after))
            ratio, next_ratio = (s.x / s.y for s in (state, after))
            above = (excess > 1.02) & (np.abs(gap) < 1e-3) & (np.abs(gap) > 1e-6)
            quick = np.abs(excess - math.sqrt(2)) < 1e-9
            off = above & ~quick & (np.abs(next_gap / gap - 2 / excess**square + 1) > 0.02)
            off |= above & quick & (np.abs(next_gap) > 20 * gap**2)
            off |= above & (excess < 1.4) & (next_gap * gap < 0)
            off |= above & (excess > 1.43) & (next_gap * gap > 0)
            below = (excess <= 1) & (np.abs(ratio) < 1e-3) & (np.abs(ratio) > 1e-9)
            off |= below & (np.abs(next_ratio / ratio - 1 + 2 * excess) > 0.01)
            half = np.abs(excess - 0.5) < 1e-9
            off |= half & (
                np.abs(next_ratio * (1 + 2 * ratio**2) - ratio**3) > 1e-9 * (1 + np.abs(ratio) ** 3)
            )
            if off.any():
                return {"K": excess[int(np.argmax(off))], "gap": gap[int(np.argmax(off))]}
            state = after
        slow = (excess == 1.0) & (np.abs(state.x) > 0)
        gained = state.alpha / state.run(3_000).values - state.alpha / np.where(slow, state.values, 1)
        off = slow & (np.abs(gained / 24_000 - 1) > 0.02)
        return {"K": 1.0, "value": state.values[int(np.argmax(off))]} if off.any() else None

    return attempt


def mean_field(same: bool = True) -> Attempt:
    """A witness against the one map of all groups that meet in one mean (or not, for the wrong variant)."""

    def attempt(chance: random.Random) -> dict[str, object] | None:
        rng, lanes = generator(chance), 50
        excess, alpha = _excess(rng, lanes, 0.02, 50), _alpha(rng, lanes, chance.randint(1, 6))
        state = start(rng, alpha, excess, spread=2.0)
        weights = alpha / np.sum(alpha, axis=1, keepdims=True)
        for _ in range(20):
            c, a = state.balance
            ess_sq = (excess**2 - c**2) / a**2
            grown = a * (1 + ess_sq)
            mean = (
                np.sum(weights * grown, axis=1, keepdims=True)
                if same
                else np.mean(grown, axis=1, keepdims=True)
            )
            expected = c + 2 * (a - c) * ess_sq / (1 + ess_sq), grown / mean
            state = state.step()
            for found, derived in zip(state.balance, expected, strict=True):
                off = np.abs(found - derived) > 1e-7 * (excess + np.abs(derived))
                if off.any():
                    return {
                        "K": excess[np.argmax(off.any(axis=1))],
                        "found": found[off],
                        "derived": derived[off],
                    }
        return None

    return attempt


def spectrum(turn: float = 1.0) -> Attempt:
    """A witness against the multipliers at eq. 9: the derivative of a step in |r_i| and the shares, by differences."""

    def attempt(chance: random.Random) -> dict[str, object] | None:
        rng, n = generator(chance), chance.randint(1, 5)
        excess = float(_excess(rng, 1, 1.02, 20)[0, 0])
        excess = 1.02 if excess == 1.0 else excess
        alpha = _alpha(rng, 1, n)
        weights = alpha[0] / alpha.sum()
        rest = np.append(np.full(n, math.sqrt((excess - 1) / (excess + 1))), weights[:-1])

        def moved(point: np.ndarray) -> np.ndarray:
            ratio, norms = point[:n], np.append(point[n:], 1 - np.sum(point[n:]))
            y = np.sqrt(norms / (1 + ratio**2))
            state = Toy(alpha, np.full((1, 1), excess / alpha.sum()), (ratio * y)[None], y[None]).step()
            return np.append(np.abs(state.x / state.y)[0], state.norms[0, :-1])

        sizes = 1e-5 * rest
        columns = [
            (moved(rest + d) - moved(rest - d)) / (2 * s) for d, s in zip(np.diag(sizes), sizes, strict=True)
        ]
        cosine = 2 / excess**2 - 1
        angle = math.acos(cosine) * turn
        expected = np.poly([*(n - 1) * [np.exp(1j * angle), np.exp(-1j * angle)], cosine])
        off = np.max(np.abs(np.poly(np.array(columns).T) - expected.real))
        at_rest = np.max(np.abs(moved(rest) / rest - 1))
        return {"K": excess, "alpha": alpha, "off": off} if off > 1e-4 or at_rest > 1e-9 else None

    return attempt


def four_cycle(excess: float = 1.45) -> Attempt:
    """A witness against: near the point that is named, runs go to a cycle of period 4 and stay on it."""

    def attempt(chance: random.Random) -> dict[str, object] | None:
        rng, lanes = generator(chance), 20
        alpha = np.tile([1.0, 2.0], (lanes, 1))
        c = np.tile([1.3631, 0.9661], (lanes, 1)) + 3e-3 * rng.standard_normal((lanes, 2))
        first = 1.4363 + 3e-3 * rng.standard_normal((lanes, 1))
        a = np.hstack([first, (3 - first) / 2])  # the weighted mean of the a_i is 1
        late = from_balance(alpha, np.full((lanes, 1), excess), np.minimum(c, excess), a).run(12_000)
        again, half = late.run(4), late.run(2)
        gap = np.max(np.abs(np.hstack(late.balance) - np.hstack(again.balance)))
        moves = np.min(np.max(np.abs(np.hstack(late.balance) - np.hstack(half.balance)), axis=1))
        home = np.max(np.abs(np.hstack(late.balance)[:, :3] - [1.3631, 0.9661, 1.4363]))
        good = gap < 1e-8 and moves > 0.1 and home < 1e-3
        return None if good else {"gap": gap, "moves": moves, "from the point": home}

    return attempt


def _deviation(state: Toy, excess: np.ndarray) -> np.ndarray:
    """z_i to first order: ((a_i - 1) + i (c_i - 1)/sqrt(K^2 - 1))/2."""
    c, a = state.balance
    return ((a - 1) + 1j * (c - 1) / np.sqrt(excess**2 - 1)) / 2


def _near_rest(rng: np.random.Generator, lanes: int, n: int, excess: np.ndarray, size: float) -> Toy:
    alpha = np.exp(rng.uniform(-0.7, 0.7, (lanes, n)))
    weights = alpha / np.sum(alpha, axis=1, keepdims=True)
    z = size * (rng.standard_normal((lanes, n)) + 1j * rng.standard_normal((lanes, n)))
    z -= np.sum(weights * z, axis=1, keepdims=True)
    z *= size / np.sqrt(np.sum(weights * np.abs(z) ** 2, axis=1, keepdims=True))
    return from_balance(alpha, excess, 1 + 2 * z.imag * np.sqrt(excess**2 - 1), 1 + 2 * z.real)


def normal_form(resonant: bool = False, damping: float = 1.0) -> Attempt:
    """A witness against the third order near eq. 9: 20,000 steps of the toy function and of the normal form.

    ``resonant`` takes K = sqrt 2 and its own form; ``damping`` multiplies the coefficient C.
    """

    def attempt(chance: random.Random) -> dict[str, object] | None:
        rng, lanes, steps, size = generator(chance), 12, 20_000, 2e-3
        drawn = np.concatenate([rng.uniform(1.1, 1.35, 4), rng.uniform(1.5, 1.9, 4), rng.uniform(2.15, 4, 4)])
        excess = np.full((lanes, 1), math.sqrt(2)) if resonant else drawn[:, None]
        state = _near_rest(rng, lanes, chance.randint(2, 5), excess, size)
        weights = state.alpha / np.sum(state.alpha, axis=1, keepdims=True)
        z = begin = _deviation(state, excess)
        cosine = 2 / excess**2 - 1
        turn = cosine + 1j * np.sqrt(1 - cosine**2)
        k_sq = excess**2
        twist = -2j * (k_sq - 3) / (np.sqrt(k_sq - 1) * (k_sq - 4))
        for _ in range(steps):
            square = np.sum(weights * z**2, axis=1, keepdims=True)
            if resonant:
                third = -1j * np.abs(z) ** 2 * z - damping * z.conj() * square - z.conj() ** 3
                third += 1j * z.conj() * square.conj()
            else:
                gain = 2 * (k_sq - 3) / (k_sq**2 - 5 * k_sq + 8)
                third = twist * np.abs(z) ** 2 * z + damping * gain * z.conj() * square
            third -= np.sum(weights * third, axis=1, keepdims=True)  # the shift that keeps the mean of z at 0
            z = turn * (z + third)
        end = _deviation(state.run(steps), excess)
        energies = [np.sum(weights * np.abs(w) ** 2, axis=1) for w in (begin, z, end)]
        moved = np.max(np.abs(energies[1] / energies[0] - 1))
        off, apart = np.max(np.abs(energies[2] / energies[1] - 1)), np.max(np.abs(end - z)) / size
        bad = off > 0.015 or (resonant and apart > 0.03)
        return {"K": excess[:, 0], "H off by": off, "H moved by": moved, "z apart": apart} if bad else None

    return attempt


def never_at_rest(lowest: float = 1.02) -> Attempt:
    """A witness against: above the threshold F stays away from 0 on runs that do not land."""

    def attempt(chance: random.Random) -> dict[str, object] | None:
        rng, lanes = generator(chance), 60
        excess = np.maximum(_excess(rng, lanes, lowest, 20), lowest)
        state = start(rng, _alpha(rng, lanes, chance.randint(1, 5)), excess, spread=2.0).run(3_000)
        most = np.zeros(lanes)
        for _ in range(100):
            state = state.step()
            most = np.maximum(most, np.sum(state.values, axis=1) / np.sum(state.alpha, axis=1))
        off = most < 0.2 * np.abs(1 - 1 / excess[:, 0])
        return {"K": excess[int(np.argmax(off))], "F/sum(alpha)": most[off]} if off.any() else None

    return attempt


def level_average(share: float = 1.0) -> Attempt:
    """A witness against the weighted average of alpha_i - 1/elr_i - 2 f_i: its sum never leaves alpha_i."""

    def attempt(chance: random.Random) -> dict[str, object] | None:
        rng, lanes = generator(chance), 40
        excess = _excess(rng, lanes, 0.05, 50)
        state = start(rng, _alpha(rng, lanes, chance.randint(1, 5)), excess, spread=2.0)
        total = np.zeros(state.x.shape)
        for t in range(2_000):
            ess_sq = state.ess_sq
            total += (state.alpha - state.norms / state.elr - 2 * state.values) * ess_sq / (1 + ess_sq)
            off = np.abs(total) > share * state.alpha * (1 + 1e-9)
            if off.any():
                return {
                    "K": excess[np.argmax(off.any(axis=1))],
                    "T": t + 1,
                    "sum": total[off],
                    "alpha": state.alpha[off],
                }
            state = state.step()
        return None

    return attempt


def approaches(excess: float = 1.4) -> Attempt:
    """A witness against: at this K two groups of any weights, and alpha = (1, 2, 4), approach eq. 9 from near it."""

    def attempt(chance: random.Random) -> dict[str, object] | None:
        rng, lanes = generator(chance), 10
        drawn, k, size = _alpha(rng, lanes, 2), np.full((lanes, 1), excess), 0.03
        for alpha in (np.sqrt(drawn), np.tile([1.0, 2.0, 4.0], (lanes, 1))):
            weights = alpha / np.sum(alpha, axis=1, keepdims=True)
            z = rng.standard_normal(alpha.shape) + 1j * rng.standard_normal(alpha.shape)
            z -= np.sum(weights * z, axis=1, keepdims=True)
            z *= size / np.sqrt(np.sum(weights * np.abs(z) ** 2, axis=1, keepdims=True))
            begin = from_balance(alpha, k, 1 + 2 * z.imag * np.sqrt(excess**2 - 1), 1 + 2 * z.real)
            end = _deviation(begin.run(20_000), k)
            share = np.sum(weights * np.abs(end) ** 2, axis=1) / size**2
            if share.max() > 0.2:
                return {"alpha": alpha[np.argmax(share)], "H over its start": share.max()}
        return None

    return attempt


def basin_shrinks(also_small: bool = False) -> Attempt:
    """A witness against: just above sqrt 2 some starts at H = 1e-2 stay away, none at 1e-4, and none just below."""

    def attempt(chance: random.Random) -> dict[str, object] | None:
        rng, lanes = generator(chance), 40
        alpha = np.exp(rng.uniform(0, math.log(8), (lanes, 1))) ** np.array([[0.0, 1.0]])
        weights, away = alpha / np.sum(alpha, axis=1, keepdims=True), []
        for excess, size in (
            (math.sqrt(2) + 5e-3, 0.1),
            (math.sqrt(2) + 5e-3, 0.01),
            (math.sqrt(2) - 1e-2, 0.1),
        ):
            k, angle = np.full((lanes, 1), excess), rng.uniform(0, 2 * np.pi, (lanes, 1))
            z = size * np.exp(1j * angle) * np.hstack([1 / weights[:, :1], -1 / weights[:, 1:]])
            z *= np.sqrt(weights[:, :1] * weights[:, 1:])
            begin = from_balance(alpha, k, 1 + 2 * z.imag * np.sqrt(excess**2 - 1), 1 + 2 * z.real)
            end = np.sum(weights * np.abs(_deviation(begin.run(20_000), k)) ** 2, axis=1)
            away.append(int(np.sum(end > 0.3 * size**2)))
        good = away[0] > 0 and (away[1] > 0) == also_small and away[2] == 0
        return None if good else {"away": away}

    return attempt
