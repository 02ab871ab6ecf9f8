"""The toy function at three ELRs, one a regime: regimes Figures 2 and 8.

Expected: loss to 0 at 0.1, to 1.0 = (7 - 1/0.2)/2 at 0.2 with group ELRs 1.4, 0.7, 0.35, irregular
around 2.54 at 0.5. Cost: under a second.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr

import sitheory as si
from sitheory.trajectory import schema


@dataclass(frozen=True)
class ThreeRegimes:
    """Every step of the toy function at one ELR a regime, all from the same random start."""

    name: ClassVar[str] = "toy_three_regimes"
    cost: ClassVar[str] = "under a second"

    alpha: tuple[float, ...] = (1.0, 2.0, 4.0)
    elrs: tuple[float, ...] = (0.1, 0.2, 0.5)
    steps: int = 1000
    seed: int = 0

    def run(self) -> xr.Dataset:
        """Return loss and group ELRs at every step, dims (elr, step, group)."""
        loss = si.Quotients(self.alpha)
        runs = [si.simulate(loss, si.SphereGD(e), self.steps, every=1, rng=self.seed) for e in self.elrs]
        joined = xr.concat(runs, dim="elr", combine_attrs="override").assign_coords(elr=np.array(self.elrs))
        return schema.validate(joined)
