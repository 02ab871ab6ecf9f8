"""ELR grids on the sphere, each ELR from a start and over batches of its own (regimes Figure 12).

Where all ELRs of ``net_regimes_grid`` begin at one place, here a seed of its own draws the start, the batches' order
and the label noise of each; that the regimes are the same says that they are not that one start's.

Paper: ConvNet(32) on CIFAR-10, 30 ELRs, 1,000 epochs. Small: 10 ELRs of a perceptron 64-100-50-10 on digits with 20 %
label noise, 150 epochs, 2 seeds of each.

Needs the extra [torch]. Cost: small three minutes of one core; paper 30 runs of 1,000 epochs, days on one GPU.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import xarray as xr

from simulations import networks
from simulations.networks import CONVNET, DIGITS, PAPER_ELRS, NetExperiment, Setting
from simulations.regimes.net_regimes_grid import SMALL_ELRS


@dataclass(frozen=True)
class Apart(NetExperiment):
    """A grid of ELRs that share nothing but the network and the data."""

    name: ClassVar[str] = "net_regimes_apart"
    cost: ClassVar[str] = "three minutes"
    table = networks.ends_table
    sizes: ClassVar[dict[str, Setting]] = {
        "small": replace(DIGITS, rates=SMALL_ELRS, seeds=2),
        "paper": replace(CONVNET, rates=PAPER_ELRS),
    }

    def run(self, kept: Path | None = None) -> xr.Dataset:
        """Return the runs over (elr, seed, step, group), a group being a neuron or a filter."""
        with networks.kept_in(kept) as folder:
            runs = [self._elr(i, elr, folder) for i, elr in enumerate(self.setting.rates)]
        return networks.joined(runs, "elr", np.array(self.setting.rates))

    def _elr(self, place: int, elr: float, folder: Path) -> xr.Dataset:
        cell = replace(self.setting, rates=(elr,))
        seeds = [seed * len(self.setting.rates) + place for seed in range(cell.seeds)]
        runs = [networks.sphere_grid(self, cell, folder / f"seed{seed}.pt", seed) for seed in seeds]
        return networks.seeds_joined(runs)
