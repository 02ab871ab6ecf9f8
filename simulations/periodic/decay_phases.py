"""One period of a loss that cycles, step by step: the theory panels of periodic Figure 3 in the toy.

Expected: in phase B the cosine distance lies between delta_min and delta_max and grows in its second half; C is
short, and A brings the gradients down again. Cost: under a second.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr

import sitheory as si
from sitheory.losses.planar import PLANAR
from sitheory.measure import cycles
from sitheory.trajectory import schema


@dataclass(frozen=True)
class Phases:
    """Every step of the last three periods of a run, with its phases and the bounds of the figure."""

    name: ClassVar[str] = "decay_phases"
    cost: ClassVar[str] = "under a second"

    loss: str = "bend 1"
    turn: float = 0.3
    lr: float = 0.1
    wd: float = 0.01
    steps: int = 20_000
    kept: int = 1500
    reach: int = 8

    def run(self) -> xr.Dataset:
        """Return samples with ``phase``, ``delta_min`` and ``delta_max``, dims (step, group)."""
        loss = PLANAR[self.loss].turned(self.turn)
        run = si.simulate(loss, si.DecayGD(self.lr, self.wd), self.steps, every=1, start=np.array([0.3, 0.5]))
        bounds = cycles.jump_bounds(run, self.lr, self.reach)
        run = run.assign({name: bounds[name] for name in ("delta_min", "delta_max")})
        run = run.assign(phase=("step", cycles.phases(run)))
        return schema.validate(run.isel(step=slice(-self.kept, None)))
