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

from sitheory import sweeps
from sitheory.reports import text
from sitheory.simulation.beta_sequences import CHOICES, Ensemble, absorbing_interval
from sitheory.sweeps.grid import Grid
from sitheory.theory import periodic
from sitheory.trajectory.schema import Variable


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

    def grid(self) -> Grid:
        """Return the grid over run (alpha, a and a choice of beta_t) and seed; what is proved labels the runs."""
        cells = [(alpha, low, choice) for alpha in self.alphas for low in self.lows for choice in CHOICES]
        ends = [absorbing_interval(alpha, low, 1.0) for alpha, low, _ in cells]
        labels = {
            "alpha": [alpha for alpha, *_ in cells],
            "low": [low for _, low, _ in cells],
            "choice": [choice for *_, choice in cells],
            "interval_low": [low for low, _ in ends],
            "interval_high": [high for _, high in ends],
            "printed_high": [periodic.stationary_sq(alpha, 1.0) ** 0.5 for alpha, *_ in cells],
        }
        return Grid(
            axes={
                "run": np.array([f"{alpha}, {low}, {choice}" for alpha, low, choice in cells]),
                "seed": np.arange(self.seeds),
            },
            variables={
                "x_min": Variable((), "least x_t in the long run"),
                "x_max": Variable((), "greatest x_t in the long run"),
            },
            config=dataclasses.asdict(self),
            coords={name: ("run", values) for name, values in labels.items()},
            entropy=list(range(self.seeds)),
        )

    def cell(self, run: str, seed: int) -> dict[str, float]:
        """Run an ensemble and return its least and greatest values in the long run."""
        alpha, low, choice = run.split(", ")
        start = 10.0 ** np.random.default_rng(seed).uniform(-2, 2, self.sequences)
        ensemble = Ensemble(start, float(alpha), float(low), 1.0)
        level = np.sqrt(periodic.stationary_sq(float(alpha), float(low))) * (
            1 + 10.0 ** np.random.default_rng(seed).uniform(-9, 1, self.sequences)
        )
        _, least, most = ensemble.run(
            choice, self.steps, shares=(0, 0, 0, 1), level=level, rng=seed, burn_in=self.settle, threads=1
        )
        return {"x_min": float(least.min()), "x_max": float(most.max())}

    def run(self) -> xr.Dataset:
        """Return the result, computed in memory."""
        return sweeps.collect(self)

    def table(self, result: xr.Dataset) -> str:
        """Return a row for each alpha, a and choice."""
        cells = {
            "alpha": [f"{v:g}" for v in result["alpha"].values],
            "a (b = 1)": [f"{v:g}" for v in result["low"].values],
            "hops": ["yes" if periodic.hop_ratio(a) ** 2 > low else "no" for a, low in self._pairs(result)],
            "beta_t": [str(v) for v in result["choice"].values],
            "least x": [text.with_error(v) for v in result["x_min"].values],
            "exact": [f"{v:.6g}" for v in result["interval_low"].values],
            "greatest x": [text.with_error(v) for v in result["x_max"].values],
            "exact ": [f"{v:.6g}" for v in result["interval_high"].values],
            "printed": [f"{v:.6g}" for v in result["printed_high"].values],
        }
        return "Where sequences are in the long run, over seeds, and the ends proved:\n" + text.columns(cells)

    @staticmethod
    def _pairs(result: xr.Dataset) -> list[tuple[float, float]]:
        return list(zip(result["alpha"].values, result["low"].values, strict=True))
