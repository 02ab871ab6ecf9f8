"""The three regimes with augmented data (regimes Figure 14).

Data that are harder to learn look like a smaller network: less of the first regime is reached.

Paper: ConvNet(32) on CIFAR-10, random crops of images padded by 4 and random flips, 30 ELRs, 1,000 epochs, beside the
same without. Small: a perceptron 64-100-50-10 on digits with 20 % label noise, random shifts by 1 and no flips, 6 ELRs,
100 epochs, one seed.

Needs the extra [torch]. Cost: small half a minute of one core; paper 60 runs, two weeks on one GPU.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import xarray as xr

from simulations import networks
from simulations.networks import CONVNET, DIGITS, PAPER_ELRS, NetExperiment, Setting


@dataclass(frozen=True)
class Augmentation(NetExperiment):
    """A grid of ELRs with augmented data and one without."""

    name: ClassVar[str] = "net_regimes_augmentation"
    cost: ClassVar[str] = "half a minute"
    table = networks.ends_table
    sizes: ClassVar[dict[str, Setting]] = {
        "small": replace(DIGITS, rates=(1e-4, 1e-3, 2e-3, 5e-3, 2e-2, 0.1), epochs=100),
        "paper": replace(CONVNET, rates=PAPER_ELRS),
    }

    def run(self, kept: Path | None = None) -> xr.Dataset:
        """Return the runs over (run, elr, seed, step), without groups; ``augmented`` tells the two apart."""
        with networks.kept_in(kept) as folder:
            runs = [self._seeds(augmented, folder) for augmented in (False, True)]
        both = networks.joined(runs, "run", np.arange(2))
        return both.assign_coords(augmented=("run", np.array([0, 1])))

    def _seeds(self, augmented: bool, folder: Path) -> xr.Dataset:
        setting = self.setting
        augment = networks.augmentation(setting) if augmented else None
        files = [folder / f"seed{seed}-augmented{augmented:d}.pt" for seed in range(setting.seeds)]
        runs = [
            networks.sphere_grid(self, setting, at, seed, augment=augment) for seed, at in enumerate(files)
        ]
        return networks.seeds_joined([run.drop_dims("group") for run in runs])
