"""Conventional training: all weights, momentum, weight decay, a constant or a cosine schedule (regimes Figures 7, 26).

With a constant learning rate there are two regimes and then NaN; with a cosine schedule the best runs pass both.

Paper: ResNet-18 of width 64 on CIFAR-10, momentum 0.9, weight decay 5e-4, 1,000 epochs at constant learning rates
and 200 with a cosine schedule, augmented data; Figure 26 by --data, --net, --width and --wd. Small: a perceptron
64-100-50-10 with trained gains and head on digits with 20 % label noise, not augmented, weight decay 5e-4, 100 epochs
of each, 8 learning rates, one seed; before NaN there are learning rates at which all ReLUs die.

Needs the extra [torch]. Cost: small half a minute of one core; paper 20 runs, a week on one GPU.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import xarray as xr

from simulations import networks
from simulations.networks import DIGITS, NetExperiment, Setting

MOMENTUM = 0.9
EPOCHS = {"small": {"constant": 100, "cosine": 100}, "paper": {"constant": 1000, "cosine": 200}}


@dataclass(frozen=True)
class Conventional(NetExperiment):
    """A grid of learning rates with either schedule.

    Args:
        wd: The weight decay.
    """

    name: ClassVar[str] = "net_regimes_conventional"
    cost: ClassVar[str] = "half a minute"
    table = networks.ends_table
    sizes: ClassVar[dict[str, Setting]] = {
        "small": replace(DIGITS, rates=(5e-3, 0.02, 0.1, 0.5, 1.0, 1.5, 3.0, 30.0)),
        "paper": Setting(
            "cifar10", "ResNet18", (64,), 1000, (1e-3, 2e-3, 5e-3, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
        ),
    }

    wd: float = 5e-4

    def run(self, kept: Path | None = None) -> xr.Dataset:
        """Return the runs over (run, lr, seed, step); ``schedule`` names a run's schedule."""
        with networks.kept_in(kept) as folder:
            seeds = range(self.setting.seeds)
            runs = [
                networks.seeds_joined([self._seed(seed, schedule, folder) for seed in seeds])
                for schedule in EPOCHS[self.size]
            ]
        kinds = list(EPOCHS[self.size])
        return networks.joined(runs, "run", np.arange(len(runs))).assign_coords(schedule=("run", kinds))

    def _seed(self, seed: int, schedule: str, folder: Path) -> xr.Dataset:
        from sitheory import bridge

        setting = self.setting
        data = networks.prepared(setting, self.folder, seed)
        net = networks.network(setting, data, seed, scale_invariant=False)
        rules = [bridge.SGD(lr, self.wd, MOMENTUM, bridge.Schedule(schedule)) for lr in setting.rates]
        at = folder / f"seed{seed}-{schedule}.pt"
        epochs = self.epochs or EPOCHS[self.size][schedule]
        augment = networks.augmentation(setting) if self.size == "paper" else None
        made = networks.trained(
            net, rules, data, setting, at, rng=seed, **self.computing, epochs=epochs, augment=augment
        )
        return made.drop_dims("group")
