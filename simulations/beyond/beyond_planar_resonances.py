"""The rest of the quotient under weight decay at low resonances: which starts near it get away, and when.

Expected: at lr wd = 1/2, a third of a turn, all starts get to twenty times their distance, in a time proportional to
1/distance [beyond:decay-area]; beside it and at a quarter, a fifth, a sixth and an eighth of a turn none gets to
three times its distance. Cost: ten seconds.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr

from sitheory.reports.text import columns
from sitheory.theory import periodic, regimes
from sitheory.trajectory import schema

STEPS = {
    "1/3": 0.5,
    "0.495": 0.495,
    "0.505": 0.505,
    "1/4": 1 - math.cos(math.pi / 4),
    "1/5": 1 - math.cos(math.pi / 5),
    "1/6": 1 - math.cos(math.pi / 6),
    "1/8": 1 - math.cos(math.pi / 8),
    "0.1": 0.1,
}
"""The turn 2 arccos(1 - lr wd) of a step and a mirror as a share of a full one, or lr wd itself: lr wd."""

DIRECTIONS = (0.1, 2.2, 4.3)
AWAY = 20.0


@dataclass(frozen=True)
class Resonances:
    """The farthest that each start gets, over its first distance, and when it is twenty times as far."""

    name: ClassVar[str] = "beyond_planar_resonances"
    cost: ClassVar[str] = "ten seconds"
    papers: ClassVar[tuple[str, ...]] = ("periodic",)

    distances: tuple[float, ...] = (1e-2, 3e-3, 1e-3)
    turns: float = 60.0

    def run(self) -> xr.Dataset:
        """Return ``farthest`` and ``away_after`` (times the distance; infinite: never), dims (run, seed)."""
        starts = [(d, a) for d in self.distances for a in DIRECTIONS]
        found = [self._follow(step, np.array(starts)) for step in STEPS.values()]
        far, after = (np.array(values) for values in zip(*found, strict=True))
        declared = {
            "farthest": schema.Variable(("run", "seed"), "greatest distance from the rest over the first"),
            "away_after": schema.Variable(
                ("run", "seed"), "steps to twenty times the first distance, times it"
            ),
        }
        return schema.dataset(
            {"farthest": (("run", "seed"), far), "away_after": (("run", "seed"), after)},
            {"run": list(STEPS), "seed": np.arange(len(starts))},
            schema.provenance(dataclasses.asdict(self), 0),
            declared=declared,
        )

    def _follow(self, step: float, starts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Descend on x^2/|w|^2 with lr = 1; the distance is in the angle from y and log |w|^2."""
        distance, toward = starts.T
        at_rest = math.acos(1 - step) / 2
        angle, radius = at_rest + distance * np.cos(toward), np.exp(-distance * np.sin(toward) / 2)
        x, y = radius * np.sin(angle), radius * np.cos(angle)
        far, after = np.ones_like(distance), np.full_like(distance, np.inf)
        for t in range(1, int(self.turns / distance.min()) + 1):
            grad_x, grad_y = regimes.quotient_grad(1, x, y)
            x, y = periodic.decay_step(x, grad_x, 1, step), periodic.decay_step(y, grad_y, 1, step)
            aside = np.arctan2(np.abs(x), np.abs(y)) - at_rest, np.log(x**2 + y**2)
            share = np.where(t <= self.turns / distance, np.hypot(*aside) / distance, 0)
            far = np.maximum(far, share)
            after = np.where((share > AWAY) & np.isinf(after), t * distance, after)
        return far, after

    @staticmethod
    def table(result: xr.Dataset) -> str:
        """Return how many starts get away, after which time, and how far the others get."""
        after, far = result["away_after"].values, result["farthest"].values
        cells = {
            "turn or lr wd": [str(r) for r in result["run"].values],
            "get away": [f"{int(np.isfinite(a).sum())} of {len(a)}" for a in after],
            "after, over 1/distance": [
                f"{a.min():.2f} to {a[np.isfinite(a)].max():.2f}" if np.isfinite(a).any() else ""
                for a in after
            ],
            "farthest, over the distance": [f"{f.max():.3g}" for f in far],
        }
        return columns(cells)
