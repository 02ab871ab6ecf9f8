"""The periodic behaviour over learning rates at one weight decay: periodic Figure 2 in the toy.

Expected: cycles at every learning rate; the higher it is, the shorter the periods and the larger the norm, and a
warm-up before the cycles while the norm moves to its level. Cost: a few seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr

import sitheory as si
from sitheory.losses.planar import PLANAR
from sitheory.trajectory import schema


@dataclass(frozen=True)
class Cycles:
    """Loss, norm, ELR and effective gradient of a planar loss from one start."""

    name: ClassVar[str] = "decay_cycles"
    cost: ClassVar[str] = "a few seconds"

    loss: str = "bend 1"
    turn: float = 0.3
    lrs: tuple[float, ...] = (0.03, 0.1, 0.3)
    wd: float = 0.01
    steps: int = 40_000
    every: int = 4
    start: tuple[float, float] = (0.3, 0.5)

    def run(self) -> xr.Dataset:
        """Return samples, dims (lr, step, group)."""
        loss = PLANAR[self.loss].turned(self.turn)
        runs = [
            si.simulate(
                loss, si.DecayGD(lr, self.wd), self.steps, every=self.every, start=np.array(self.start)
            )
            for lr in self.lrs
        ]
        joined = xr.concat(runs, dim="lr", combine_attrs="override").assign_coords(lr=np.array(self.lrs))
        return schema.validate(joined)
