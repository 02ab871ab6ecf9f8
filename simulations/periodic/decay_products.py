"""Runs with the same lr * wd: periodic Figures 13 and 14 in the toy.

Expected: after a warm-up that depends on the ratio of lr to wd, loss, ELR and effective gradient range and
repeat alike in a row; from starts that are scaled by sqrt(lr) they are the same from the first step
(Proposition 4). Cost: a few seconds.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr

import sitheory as si
from sitheory.losses.planar import PLANAR
from sitheory.trajectory import schema


@dataclass(frozen=True)
class Products:
    """Two products, three ratios each, from the same start and from a scaled one."""

    name: ClassVar[str] = "decay_products"
    cost: ClassVar[str] = "a few seconds"

    loss: str = "bend 1"
    turn: float = 0.3
    products: tuple[float, ...] = (0.0005, 0.005)
    lrs: tuple[float, ...] = (0.01, 0.1, 1.0)
    steps: int = 16_000
    every: int = 4
    start: tuple[float, float] = (0.3, 0.5)

    def run(self) -> xr.Dataset:
        """Return samples, dims (run, step); a run is a product, a learning rate, and whether its start is scaled."""
        cells = [(p, lr, scaled) for p in self.products for lr in self.lrs for scaled in (False, True)]
        runs = [self._one(*cell) for cell in cells]
        joined = xr.concat(runs, dim="run", combine_attrs="override")
        names = ("product", "rate", "scaled")
        joined = joined.assign_coords({n: ("run", [cell[i] for cell in cells]) for i, n in enumerate(names)})
        joined.attrs |= schema.provenance(dataclasses.asdict(self), None)
        return schema.validate(joined)

    def _one(self, product: float, lr: float, scaled: bool) -> xr.Dataset:
        start = np.array(self.start) * (lr**0.5 if scaled else 1.0)
        rule = si.DecayGD(lr, product / lr)
        run = si.simulate(
            PLANAR[self.loss].turned(self.turn), rule, self.steps, every=self.every, start=start
        )
        return run[["loss", "total_norm", "total_elr", "total_eff_grad"]]
