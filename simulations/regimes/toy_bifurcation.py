"""What the toy function settles on, over the total ELR: a diagram that the regimes paper lacks.

Expected: the branch (7 - 1/elr)/2 above the threshold 1/7 with a vanishing Lyapunov exponent, other
attractors beside it for some starts, and chaos from about ELR 0.25 on with windows where the run settles
on tori. Cost: half a minute.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr

import sitheory as si


@dataclass(frozen=True)
class Bifurcation:
    """The last losses and the Lyapunov exponent of the toy function over a grid of ELRs, some starts each."""

    name: ClassVar[str] = "toy_bifurcation"
    cost: ClassVar[str] = "half a minute"

    alpha: tuple[float, ...] = (1.0, 2.0, 4.0)
    lowest: float = 0.1
    highest: float = 0.6
    elrs: int = 600
    settle: int = 50_000
    keep: int = 100
    seeds: int = 4
    seed: int = 0

    def run(self) -> xr.Dataset:
        """Return losses of the last steps and the mean log stretch, dims (elr, seed, step)."""
        elr = np.linspace(self.lowest, self.highest, self.elrs)
        return si.bifurcation(
            si.Quotients(self.alpha), elr, settle=self.settle, keep=self.keep, seeds=self.seeds, rng=self.seed
        )
