"""Random beta-sequences and the interval that Proposition 5 sends them to: periodic Figure 8.

Expected: from above and from below, all end between sqrt(a/alpha) and sqrt(b/alpha). Cost: under a second.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr

from sitheory.simulation.beta_sequences import orbit
from sitheory.trajectory import schema


@dataclass(frozen=True)
class Beta:
    """Orbits from several starts, beta_t uniform in [a, b]; then the same with bounds where x can hop."""

    name: ClassVar[str] = "decay_beta"
    cost: ClassVar[str] = "under a second"

    alpha: float = 0.1
    lows: tuple[float, ...] = (1.0, 0.01)
    high: float = 10.0
    starts: tuple[float, ...] = (20.0, 12.0, 5.0, 1.0)
    steps: int = 80
    seed: int = 0

    def run(self) -> xr.Dataset:
        """Return x_t, dims (run, seed, step): a run is a lower bound a, a seed a start.

        In the second run the last start meets an adversary: beta_t = b after each ten times a.
        """
        draw = np.random.default_rng(self.seed)
        x = np.empty((len(self.lows), len(self.starts), self.steps + 1))
        for i, low in enumerate(self.lows):
            for j, start in enumerate(self.starts):
                betas = draw.uniform(low, self.high, self.steps)
                if i and j == len(self.starts) - 1:
                    betas = np.where(np.arange(self.steps) % 40 == 39, self.high, low)
                x[i, j] = list(orbit(start, self.alpha, betas))
        coords = {
            "low": ("run", list(self.lows)),
            "seed": np.arange(len(self.starts)),
            "step": np.arange(self.steps + 1),
        }
        attrs = schema.provenance(dataclasses.asdict(self), self.seed)
        return schema.dataset({"x": (("run", "seed", "step"), x)}, coords, attrs)
