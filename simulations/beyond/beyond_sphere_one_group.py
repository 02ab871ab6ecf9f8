"""One group on the sphere: local rates over alpha * elr = K, and the starts that land on the minimum.

Expected: below the threshold K = 1 the ratio x/y is multiplied by 1 - 2K, above it the distance to the level by
2/K^2 - 1, 0 at K = 1/2 and sqrt(2) [beyond:level-rate]; the starts of beyond:landing, and they alone, bring the
value to 0 above the threshold, the m-th in m steps. Cost: a second.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import numpy as np
import xarray as xr

import sitheory as si
from sitheory.reports.text import columns
from sitheory.theory import regimes
from sitheory.trajectory import schema
from sitheory.trajectory.schema import Variable

DECLARED = {
    "ratio": Variable(("step",), "ratio |x/y| at the start"),
    "landed": Variable(("step",), "step at which the loss has vanished, -1 for none"),
}
"""The variables of this experiment alone."""


@dataclass(frozen=True)
class OneGroup:
    """The measured rate at each K, and the least value that each start of a scan ever reaches."""

    name: ClassVar[str] = "beyond_sphere_one_group"
    cost: ClassVar[str] = "a second"
    papers: ClassVar[tuple[str, ...]] = ("regimes",)

    lowest: float = 0.05
    highest: float = 3.0
    points: int = 60
    steps: int = 4000
    ratio: float = 0.9
    excess: float = 1.5
    scanned: int = 20_001
    farthest: float = 400.0
    landings: int = 5

    def run(self) -> xr.Dataset:
        """Return rates over elr (K, as alpha = 1), least values over run (start ratios), landings over step."""
        excesses = np.linspace(self.lowest, self.highest, self.points)
        ratios = np.geomspace(0.5, self.farthest, self.scanned)
        starts = np.array(landing_ratios(self.excess, self.landings))
        return schema.dataset(
            {
                "measured": (("elr",), [self._rate(k) for k in excesses]),
                "predicted": (("elr",), [local_rate(k) for k in excesses]),
                "loss": (("run",), least_values(self.excess, ratios)),
                "ratio": (("step",), starts),
                "landed": (("step",), [steps_to_zero(self.excess, r) for r in starts]),
            },
            {"elr": excesses, "run": ratios, "step": 1 + np.arange(self.landings)},
            schema.provenance(dataclasses.asdict(self), None),
            declared=DECLARED,
        )

    def _rate(self, excess: float) -> float:
        """The factor of the last step before rounding would show, of |x/y| or of the distance to the level."""
        start = np.array([self.ratio, 1.0])
        run = si.simulate(si.Quotients((1.0,)), si.SphereGD(excess), self.steps, every=1, start=start)
        value = run["loss"].values
        gap = np.sqrt(value / (1 - value)) if excess <= 1 else np.abs(value - regimes.level(1, excess))
        last = np.flatnonzero(gap[:-1] > 1e-6)[-1]
        return float(gap[last + 1] / gap[last])

    @staticmethod
    def table(result: xr.Dataset) -> str:
        """Return the landing starts, and the largest difference of a measured and a derived rate."""
        ratios = result["ratio"].values
        cells = {
            "steps": [str(m) for m in result["step"].values],
            "landing start": [f"{r:.12g}" for r in ratios],
            "over the one before": ["", *(f"{b / a:.6g}" for a, b in pairwise(ratios))],
            "lands at step": [str(n) for n in result["landed"].values],
        }
        off = np.abs(result["measured"] - result["predicted"]).max()
        return f"{columns(cells)}\nlargest difference of measured and derived rate: {float(off):.1e}"


def local_rate(excess: float) -> float:
    """Return the derived rate: of |x/y| up to the threshold, of the distance to the level above."""
    return abs(1 - 2 * excess if excess <= 1 else regimes.turn_cos(excess))


def landing_ratios(excess: float, count: int) -> list[float]:
    """Return the first starts |x/y| that reach the minimum exactly, alpha = 1 [beyond:landing]."""
    found = [regimes.landing_ratio_sq(1, excess) ** 0.5]
    while len(found) < count:
        free, one, two, three = (regimes.landing_equation(1, excess, r, found[-1]) for r in (0, 1, -1, 2))
        # A cubic with leading coefficient one through its values at 0, 1 and -1.
        square = (one + two) / 2 - free
        roots = np.roots([1, square, (one - two) / 2 - 1, free])
        found.append(float(roots[np.abs(roots.imag) < 1e-9 * np.abs(roots)].real.max()))
        assert abs(8 + 4 * square + 2 * ((one - two) / 2 - 1) + free - three) < 1e-9 * (8 + abs(three))
    return found


def least_values(excess: float, ratios: np.ndarray, steps: int = 60) -> np.ndarray:
    """Return the least value that runs from these start ratios reach, alpha = 1."""
    least = regimes.ratio_loss(1, ratios**2)
    for _ in range(steps):
        ratios = regimes.ratio_next(1, excess, ratios)
        least = np.minimum(least, regimes.ratio_loss(1, ratios**2))
    return least


def steps_to_zero(excess: float, ratio: float, steps: int = 60) -> int:
    """Return the step at which the value has vanished up to rounding, -1 for none."""
    for step in range(1, steps + 1):
        ratio = regimes.ratio_next(1, excess, ratio)
        if regimes.ratio_loss(1, ratio**2) < 1e-20:
            return step
    return -1
