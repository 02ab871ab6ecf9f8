"""What does rho^2 end in: the exact absorbing interval, hops included, against Proposition 5's.

Expected: an adversary fills the exact interval to its ends and nothing leaves it; where
alpha/(1-alpha) sqrt(b) > sqrt(a) the printed upper end is overrun, by the ratio in the table. With
alpha = 1 - (1 - lr wd)^2 these are the intervals of rho^2. Cost: half a minute.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr

from simulations import table
from sitheory import trajectory
from sitheory.sequences import CHOICES, Ensemble, absorbing_interval
from sitheory.theory import periodic


@dataclass(frozen=True)
class Interval:
    """Ensembles of beta-sequences, b = 1, that choose beta_t in four ways."""

    name: ClassVar[str] = "decay_interval"
    cost: ClassVar[str] = "half a minute"

    alphas: tuple[float, ...] = (0.02, 0.1, 0.4)
    lows: tuple[float, ...] = (0.5, 0.01, 0.0001)
    sequences: int = 20_000
    settle: int = 2000
    steps: int = 1000
    seeds: int = 4

    def run(self) -> xr.Dataset:
        """Return ends seen and ends proved over (run, seed); a run is alpha, a and a choice of beta_t."""
        cells = [(alpha, low, choice) for alpha in self.alphas for low in self.lows for choice in CHOICES]
        seen = np.array([[self._ends(*cell, seed) for seed in range(self.seeds)] for cell in cells])
        proved = np.array([absorbing_interval(alpha, low, 1.0) for alpha, low, _ in cells])
        series = {
            "x_min": (("run", "seed"), seen[..., 0]),
            "x_max": (("run", "seed"), seen[..., 1]),
            "interval_low": (("run",), proved[:, 0]),
            "interval_high": (("run",), proved[:, 1]),
            "printed_high": (("run",), np.array([periodic.stationary_sq(a, 1.0) ** 0.5 for a, *_ in cells])),
        }
        coords = {
            name: ("run", [cell[i] for cell in cells]) for i, name in enumerate(("alpha", "low", "choice"))
        }
        attrs = trajectory.provenance(dataclasses.asdict(self), list(range(self.seeds)))
        return trajectory.dataset(series, {**coords, "seed": np.arange(self.seeds)}, attrs)

    def _ends(self, alpha: float, low: float, choice: str, seed: int) -> tuple[float, float]:
        start = 10.0 ** np.random.default_rng(seed).uniform(-2, 2, self.sequences)
        ensemble = Ensemble(start, alpha, low, 1.0)
        level = np.sqrt(low / alpha) * (
            1 + 10.0 ** np.random.default_rng(seed).uniform(-9, 1, self.sequences)
        )
        _, least, most = ensemble.run(
            choice, self.steps, shares=(0, 0, 0, 1), level=level, rng=seed, burn_in=self.settle
        )
        return float(least.min()), float(most.max())

    def table(self, result: xr.Dataset) -> str:
        """Return a row for each alpha, a and choice."""
        cells = {
            "alpha": [f"{v:g}" for v in result["alpha"].values],
            "a (b = 1)": [f"{v:g}" for v in result["low"].values],
            "hops": ["yes" if periodic.hop_ratio(a) ** 2 > low else "no" for a, low in self._pairs(result)],
            "beta_t": [str(v) for v in result["choice"].values],
            "least x": [table.with_error(v) for v in result["x_min"].values],
            "exact": [f"{v:.6g}" for v in result["interval_low"].values],
            "greatest x": [table.with_error(v) for v in result["x_max"].values],
            "exact ": [f"{v:.6g}" for v in result["interval_high"].values],
            "printed": [f"{v:.6g}" for v in result["printed_high"].values],
        }
        return "Where sequences are in the long run, over seeds, and the ends proved:\n" + table.columns(
            cells
        )

    @staticmethod
    def _pairs(result: xr.Dataset) -> list[tuple[float, float]]:
        return list(zip(result["alpha"].values, result["low"].values, strict=True))
