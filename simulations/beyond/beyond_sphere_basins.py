"""The basin of eq. 9 over alpha and K: how many random starts end with mean ELRs elsewhere.

Expected: none for two equal groups outside the band of the resonance 1:4; about half with very unequal groups from
K = 1.05 on; three equal groups mostly elsewhere from K = 1.4 on. Slow approach counts as elsewhere. Cost: a minute.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr

import sitheory as si
from sitheory import theory
from sitheory.reports.text import columns
from sitheory.trajectory import schema

ALPHAS = {
    "1:1": (1, 1),
    "1:2": (1, 2),
    "1:9": (1, 9),
    "1:30": (1, 30),
    "1:100": (1, 100),
    "1:2:4": (1, 2, 4),
    "1:10:100": (1, 10, 100),
    "1:1:1": (1, 1, 1),
    "five equal": (1, 1, 1, 1, 1),
}
EXCESSES = (1.02, 1.05, 1.1, 1.2, 1.3, 1.4, 1.45, 1.5, 1.6, 1.7)


@dataclass(frozen=True)
class Basins:
    """The greatest relative distance of a group's late mean ELR from eq. 9, for each alpha, K and start."""

    name: ClassVar[str] = "beyond_sphere_basins"
    cost: ClassVar[str] = "a minute"
    papers: ClassVar[tuple[str, ...]] = ("regimes",)

    seeds: int = 40
    steps: int = 6000
    window: int = 1000
    seed: int = 0

    def run(self) -> xr.Dataset:
        """Return ``off``, dims (run, elr, seed), where elr is K and each alpha adds up to one."""
        off = np.array([self._off(np.array(alpha) / sum(alpha)) for alpha in ALPHAS.values()])
        off_by = schema.Variable(("run", "elr", "seed"), "greatest |mean ELR of a group / eq. 9 - 1|")
        return schema.dataset(
            {"off": (("run", "elr", "seed"), off)},
            {"run": list(ALPHAS), "elr": np.array(EXCESSES), "seed": np.arange(self.seeds)},
            schema.provenance(dataclasses.asdict(self), self.seed),
            declared={"off": off_by},
        )

    def _off(self, alpha: np.ndarray) -> np.ndarray:
        late = si.sweep(
            si.Quotients(tuple(alpha)),
            si.SphereGD,
            elr=np.array(EXCESSES),
            seeds=self.seeds,
            steps=self.steps,
            windows=self.steps // self.window,
            rng=self.seed,
        )
        means = late["elr_group"].values[..., -1, :]
        rest = np.array([theory.equilibrium_elrs(tuple(alpha), k) for k in EXCESSES])
        return np.abs(means / rest[:, None] - 1).max(axis=-1)

    @staticmethod
    def table(result: xr.Dataset) -> str:
        """Return how many starts end more than 5 % away, alpha by K."""
        away = (result["off"] > 0.05).sum("seed")
        cells = {"alpha": [str(r) for r in result["run"].values]}
        return columns(
            cells
            | {f"K = {k:g}": [str(int(v)) for v in away.sel(elr=k).values] for k in result["elr"].values}
        )
