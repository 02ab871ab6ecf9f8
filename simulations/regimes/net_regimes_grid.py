"""ELR grids on the sphere: the three regimes, and where each group of weights goes (regimes Figures 1, 4, 6, 20, 21).

In the paper's size ConvNet(32) on CIFAR-10, 30 ELRs, 1,000 epochs, batch 128. Small: 10 ELRs of a perceptron
64-100-50-10 on digits with 20 % label noise, 150 epochs, 3 seeds.

Expected (small): convergence up to ELR 1e-3, chaotic equilibrium from 5e-3 to 5e-2, divergence from 0.1 on; in
equilibrium the neurons' ESS are equal within a few per cent while their ELRs differ several times. Needs the extra
[torch]. Cost: small half a minute of one core; paper 30 runs of 1,000 epochs, days on one GPU.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import xarray as xr

from simulations import networks
from simulations.networks import CONVNET, DIGITS, PAPER_ELRS, NetExperiment, Setting

SMALL_ELRS = (1e-4, 3e-4, 1e-3, 2e-3, 5e-3, 1e-2, 2e-2, 5e-2, 0.1, 1.0)


@dataclass(frozen=True)
class Grid(NetExperiment):
    """A grid of ELRs of a scale-invariant network on the sphere."""

    name: ClassVar[str] = "net_regimes_grid"
    cost: ClassVar[str] = "half a minute"
    table = networks.ends_table
    sizes: ClassVar[dict[str, Setting]] = {
        "small": replace(DIGITS, rates=SMALL_ELRS, seeds=3),
        "paper": replace(CONVNET, rates=PAPER_ELRS),
    }

    def run(self, kept: Path | None = None) -> xr.Dataset:
        """Return the runs over (elr, seed, step, group), a group being a neuron or a filter."""
        with networks.kept_in(kept) as folder:
            runs = [
                networks.sphere_grid(self, self.setting, folder / f"seed{seed}.pt", seed)
                for seed in range(self.setting.seeds)
            ]
            return networks.seeds_joined(runs)
