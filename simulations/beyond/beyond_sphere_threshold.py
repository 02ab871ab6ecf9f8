"""Several groups from random starts: what is left of F below and above the threshold, and how fast it goes.

Expected: below K = elr * sum(alpha) = 1 every run converges, its rate that of the slowest group at its own last
ELR [beyond:below-threshold]; above it none does [beyond:almost-no-start]. Cost: a few seconds.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr

import sitheory as si
from sitheory.reports.text import columns
from sitheory.trajectory import schema

ALPHAS = {"1:2": (1, 2), "1:2:4": (1, 2, 4), "1:1:1:1": (1, 1, 1, 1), "1:10:100": (1, 10, 100)}
WINDOWS = 320
SMALLEST = -450.0
"""The logarithm of the least value that rates are taken at: before the kernels floor it, at about -487."""


@dataclass(frozen=True)
class Threshold:
    """F over its sum of alpha late in the run, and the rate of its logarithm, on a grid of K and starts."""

    name: ClassVar[str] = "beyond_sphere_threshold"
    cost: ClassVar[str] = "a few seconds"
    papers: ClassVar[tuple[str, ...]] = ("regimes",)

    lowest: float = 0.05
    highest: float = 2.5
    points: int = 50
    seeds: int = 8
    steps: int = 6400
    seed: int = 0

    def run(self) -> xr.Dataset:
        """Return loss, its measured and its derived log rate, dims (run, elr, seed); alpha adds up to one."""
        grids = [self._grid(np.array(a) / sum(a)) for a in ALPHAS.values()]
        named = zip(("loss", "measured", "predicted"), zip(*grids, strict=True), strict=True)
        return schema.dataset(
            {name: (("run", "elr", "seed"), np.array(values)) for name, values in named},
            {"run": list(ALPHAS), "elr": self._excesses(), "seed": np.arange(self.seeds)},
            schema.provenance(dataclasses.asdict(self), self.seed),
        )

    def _excesses(self) -> np.ndarray:
        return np.linspace(self.lowest, self.highest, self.points)

    def _grid(self, alpha: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        loss = si.Quotients(tuple(alpha))
        late = si.sweep(
            loss,
            si.SphereGD,
            elr=self._excesses(),
            seeds=self.seeds,
            steps=self.steps,
            windows=WINDOWS,
            rng=self.seed,
        )
        log_loss = late["log_loss"].values
        last = np.maximum((log_loss > SMALLEST).sum(axis=-1) - 1, 1)
        rate = (_at(log_loss, last) - _at(log_loss, last - 1)) * WINDOWS / self.steps
        factor = 1 - 2 * alpha * _at(late["elr_group"].values, last[..., None])
        return late["loss"].values[..., -1], rate, 2 * np.log(np.abs(factor)).max(axis=-1)

    @staticmethod
    def table(result: xr.Dataset) -> str:
        """Return the largest value that is left below the threshold, the least above, and how well rates fit."""
        below, above = result.sel(elr=slice(0, 0.97)), result.sel(elr=slice(1.03, None))
        rates = abs(below["measured"] / below["predicted"] - 1)
        cells = {
            "alpha": [str(r) for r in result["run"].values],
            "most left, K < 0.97": [f"{v:.2g}" for v in below["loss"].max(("elr", "seed")).values],
            "least left, K > 1.03": [f"{v:.2g}" for v in above["loss"].min(("elr", "seed")).values],
            "rate off by, median": [f"{v:.1e}" for v in rates.median(("elr", "seed")).values],
            "runs below": [str(below.sizes["elr"] * below.sizes["seed"])] * result.sizes["run"],
        }
        return columns(cells)


def _at(series: np.ndarray, window: np.ndarray) -> np.ndarray:
    """Values (elr, seed, window, ...) at one window of each run."""
    return np.take_along_axis(series, np.expand_dims(window, 2), axis=2)[:, :, 0]
