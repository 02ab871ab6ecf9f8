"""Which starts of the toy function end where: basins of attraction, a slice through the sphere.

Three groups with equal alpha and equal norms at the start; two groups' directions vary, the third's is fixed.
Expected: the equilibrium of eq. (9) shares the sphere with an attractor of a lower loss, which at 1.3 times the
threshold is weakly chaotic (exponent 0.005) and holds a tenth of the starts, at 1.4 times holds most of them and
leaves the equilibrium an island. Cost: a few seconds.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr

from sitheory import _kernels, sweeps
from sitheory.reports import text
from sitheory.simulation import windows
from sitheory.sweeps.grid import Grid
from sitheory.theory import regimes
from sitheory.trajectory.schema import Variable


@dataclass(frozen=True)
class Basins:
    """The late loss of the toy function over the directions that two of three groups start in."""

    name: ClassVar[str] = "toy_basins"
    cost: ClassVar[str] = "a few seconds"

    alpha: tuple[float, ...] = (1.0, 1.0, 1.0)
    multiples: tuple[float, ...] = (1.2, 1.3, 1.4, 1.6)
    starts: int = 96
    third: float = 0.7
    steps: int = 20_000

    def grid(self) -> Grid:
        """Return the grid over the directions phi_1 and phi_2 and elr (over the threshold)."""
        windows.check_steps(self.steps)
        phi = (np.arange(self.starts) + 0.5) / self.starts * np.pi / 2
        return Grid(
            axes={"phi_1": phi, "phi_2": phi, "elr": np.array(self.multiples)},
            variables={"loss_ratio": Variable((), "mean loss over that of the equilibrium")},
            own_dims={
                "phi_1": "angle of the first group's start",
                "phi_2": "angle of the second group's start",
            },
            config=dataclasses.asdict(self),
            block=4096,
        )

    def block(self, at: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Return the mean losses of the second half of the runs, over that of the equilibrium [regimes eq. 25]."""
        angles = np.stack([at["phi_1"], at["phi_2"], np.full_like(at["elr"], self.third)])
        elr = at["elr"] * regimes.threshold(self.alpha)
        squares = np.sin(angles) ** 2, np.cos(angles) ** 2
        out = _kernels.run_ensemble(*squares, self.alpha, elr, self.steps, windows=2, threads=1)
        return {
            "loss_ratio": out["mean_loss"][1] / regimes.equilibrium_loss(self.alpha, elr),
            "status": out["status"],
        }

    def run(self) -> xr.Dataset:
        """Return the result, computed in memory."""
        return sweeps.collect(self)

    @staticmethod
    def table(result: xr.Dataset) -> str:
        """Return the share of starts that end at the equilibrium, for each ELR, and quantiles of the loss."""
        rows: dict[str, list[str]] = {"ELR x sum(alpha)": [f"{e:g}" for e in result["elr"].values]}
        loss = result["loss_ratio"].transpose("elr", ...).values.reshape(result.sizes["elr"], -1)
        near = [float(np.mean(np.abs(one - 1) < NEAR)) for one in loss]
        rows["at the equilibrium %"] = [
            text.plus_minus(100 * p, 100 * (p * (1 - p) / loss.shape[1]) ** 0.5) for p in near
        ]
        for q in (0, 0.1, 0.5, 0.9, 1):
            rows[f"loss, {q:.0%}"] = [f"{v:.4f}" for v in np.quantile(loss, q, axis=1)]
        return "Late losses over that of the equilibrium, quantiles over the starts:\n" + text.columns(rows)


NEAR = 2e-3
"""Relative distance from the equilibrium's loss within which a run is there: it creeps like t^(-1/2)."""
