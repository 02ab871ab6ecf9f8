"""Starts below the threshold that never converge: groups that take each other's places [beyond:stuck-below].

Where the squared norm of all weights grows by a factor q at every step before the projection, a group's r = x/y and
its ELR move by themselves; n equal groups at the points of an orbit of period n make it grow by exactly q. Random
starts of that map of the plane that nearly return are brought to return by Newton's method; K = elr sum(alpha) of each.
Expected: five groups are the fewest that are found below the threshold K = 1. Cost: a minute.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr

from sitheory.reports.text import columns
from sitheory.theory import regimes
from sitheory.trajectory import schema
from sitheory.trajectory.schema import Variable

DECLARED = {
    "excess": Variable(("group",), "least K = elr sum(alpha) found, NaN for none"),
    "growth": Variable(("group",), "factor q by which the squared norm grows there"),
    "ratio": Variable(("group",), "|x/y| of one of the groups there"),
    "first_elr": Variable(("group",), "ELR of that group"),
    "turn_ratio": Variable(("step",), "|x/y| of one of the fewest groups below the threshold, over a turn"),
    "turn_elr": Variable(("step",), "its ELR over a turn"),
    "turn_ess": Variable(("step",), "its ESS over a turn"),
    "stays": Variable(("group",), "F at every step there"),
    "gap": Variable(
        ("group",), "farthest that a step of all groups takes them from each other's places, in logarithms"
    ),
}
"""The variables of this experiment alone."""
NEAR, CLOSE = 0.5, 1e-9
"""Logarithms of r and the ELR that a start may miss by at first, and where Newton's method has ended."""


@dataclass(frozen=True)
class Stuck:
    """The least total ELR over the threshold at which 3, 4, .. groups are found to take each other's places."""

    name: ClassVar[str] = "beyond_sphere_stuck"
    cost: ClassVar[str] = "a minute"
    papers: ClassVar[tuple[str, ...]] = ("regimes",)

    most: int = 12
    starts: int = 100_000
    rounds: int = 60
    tried: int = 40
    least_growth: float = 1.2
    largest_growth: float = 100.0
    seed: int = 0

    def __post_init__(self) -> None:
        if self.most < 3 or min(self.starts, self.rounds, self.tried) < 1:
            counts = f"most={self.most}, starts={self.starts}, rounds={self.rounds}, tried={self.tried}"
            raise ValueError(f"need most >= 3 groups and starts, rounds, tried >= 1, got {counts}")
        if not 1 < self.least_growth < self.largest_growth:
            ends = f"least_growth={self.least_growth}, largest_growth={self.largest_growth}"
            raise ValueError(f"need 1 < least_growth < largest_growth, got {ends}")

    def run(self) -> xr.Dataset:
        """Return the least K over group (how many there are), and where it was found."""
        rng = np.random.default_rng(self.seed)
        counts = np.arange(3, self.most + 1)
        best = {int(n): (np.nan,) * 6 for n in counts}
        for _ in range(self.rounds):
            low, high = np.log(np.log([self.least_growth, self.largest_growth]))
            growth = np.exp(np.exp(rng.uniform(low, high, self.starts)))
            state = np.array([rng.uniform(-8, 3, self.starts), rng.uniform(-4, 7, self.starts)])
            self._searched(best, growth, state)
        values = np.array([best[int(n)] for n in counts]).T
        below = next((int(n) for n in counts if best[int(n)][0] < 1), None)
        turn = np.full((1, 2), np.nan)
        if below is not None:
            _, growth, ratio, elr, _, _ = best[below]
            turn = np.exp(orbit(below, growth, np.log([ratio, elr])))
        columns_of = dict(
            zip(("excess", "growth", "ratio", "first_elr", "gap", "stays"), values, strict=True)
        )
        return schema.dataset(
            {name: (("group",), column) for name, column in columns_of.items()}
            | {"turn_ratio": (("step",), turn[:, 0]), "turn_elr": (("step",), turn[:, 1])}
            | {"turn_ess": (("step",), np.sqrt(ess_sq(turn[:, 0], turn[:, 1])))},
            {"group": counts, "step": np.arange(len(turn))},
            schema.provenance(dataclasses.asdict(self), None),
            declared=DECLARED,
        )

    def _searched(self, best: dict[int, tuple[float, ...]], growth: np.ndarray, begin: np.ndarray) -> None:
        """Newton's method from the starts that nearly return after n steps, for each n."""
        state, inverse = begin, np.zeros(self.starts)
        for n in range(1, self.most + 1):
            inverse = inverse + np.exp(-state[1])
            state = step(growth, state)
            if n not in best:
                continue
            off = np.hypot(*(state - begin))
            for i in np.argsort(np.where(off < NEAR, off, np.inf))[: self.tried]:
                if (
                    off[i] < NEAR
                    and n / inverse[i] < 1.5
                    and (at := returning(n, growth[i], begin[:, i])) is not None
                ):
                    excess, gap, value = taken(n, growth[i], at)
                    if gap < 1e-6 and not excess >= best[n][0]:
                        best[n] = (excess, float(growth[i]), *map(float, np.exp(at)), gap, value)

    @staticmethod
    def table(result: xr.Dataset) -> str:
        """Return the least K for each number of groups, with the start."""
        cells = {"groups": [str(n) for n in result["group"].values]}
        for name, head in (
            ("excess", "least K found"),
            ("growth", "q"),
            ("ratio", "|r|"),
            ("first_elr", "ELR"),
        ):
            cells[head] = [f"{v:.6g}" for v in result[name].values]
        return columns(cells)


def step(growth: np.ndarray, state: np.ndarray) -> np.ndarray:
    """One step of log |r| and log ELR of each start; shape (2, starts)."""
    ratio, elr = np.exp(np.clip(state, -150, 150))
    after = np.abs(regimes.ratio_next(1, elr, ratio)), regimes.elr_next(elr, ess_sq(ratio, elr), growth - 1)
    return np.log(np.maximum(after, 1e-300))


def ess_sq(ratio: np.ndarray, elr: np.ndarray) -> np.ndarray:
    """The squared ESS of groups."""
    return elr**2 * regimes.ratio_eff_grad_sq(1, ratio**2)


def orbit(n: int, growth: float, at: np.ndarray) -> np.ndarray:
    """A start and its n following states, shape (n + 1, 2)."""
    states = [at[:, None]]
    for _ in range(n):
        states.append(step(np.array([growth]), states[-1]))
    return np.array(states)[:, :, 0]


def returning(n: int, growth: float, near: np.ndarray) -> np.ndarray | None:
    """A state of least period n near one that nearly returns after n steps; None where Newton's method finds none."""
    at = near.copy()
    for _ in range(60):
        missed = orbit(n, growth, at)[n] - at
        if not np.all(np.isfinite(missed)):
            return None
        if np.abs(missed).max() < CLOSE:
            alone = all(np.abs(orbit(m, growth, at)[m] - at).max() > 1e-3 for m in range(1, n) if n % m == 0)
            return at if alone else None
        sides = [orbit(n, growth, at + h)[n] - orbit(n, growth, at - h)[n] for h in 1e-6 * np.eye(2)]
        slope = np.array(sides).T / 2e-6 - np.eye(2)
        if not np.all(np.isfinite(slope)) or abs(np.linalg.det(slope)) < 1e-12:
            return None
        move = np.linalg.solve(slope, -missed)
        at = at + move * min(1, 0.5 / np.abs(move).max())
    return None


def taken(n: int, growth: float, at: np.ndarray) -> tuple[float, float, float]:
    """K of n groups at the orbit's places, how far a step of them all is from a change of places, and F."""
    places = orbit(n, growth, at)
    ratio, elr = np.exp(places[:n].T)
    total = 1 / np.sum(1 / elr)
    y = np.sqrt(total / elr / (1 + ratio**2))
    x = ratio * y
    grad_x, grad_y = regimes.quotient_grad(1, x, y)
    x, y = regimes.gradient_step(x, y, grad_x, grad_y, total)
    norm_sq = (x**2 + y**2) / np.sum(x**2 + y**2)
    after = np.log([np.abs(x / y), total / norm_sq])
    gap = np.abs(after - places[1:].T).max()
    return float(n * total), float(gap), float(np.sum(regimes.ratio_loss(1, ratio**2)))
