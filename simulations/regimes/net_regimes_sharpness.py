"""Measures of sharpness on the way to a minimum (regimes Figures 9 and 10, appendix B).

The mean norm of the mini-batches' gradients (28), the trace of their second moment (29), that of the Fisher matrix
and the Hessian's largest eigenvalue, all on the unit sphere: they tell the same story.

Paper: ConvNet(32) on CIFAR-10, ELRs of the first two regimes, after 1, 3, 10, .. 1,000 epochs. Small: a perceptron
64-100-50-10 on digits with 20 % label noise, 4 ELRs, after 1, 3, 10, 30 and 100 epochs, one seed.

Needs the extra [torch]. Cost: small half a minute of one core; paper 8 runs, two days on one GPU.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import xarray as xr

from simulations import networks
from simulations.networks import CONVNET, DIGITS, NetExperiment, Setting
from sitheory.trajectory import schema

AFTER = {"small": (1, 3, 10, 30, 100), "paper": (1, 3, 10, 30, 100, 300, 1000)}
"""Epochs after which sharpness is measured, each in a run of its own: the shorter ones cost half the last together."""
MEASURES = ("loss", "batch_eff_grad", "second_moment", "fisher_trace", "sharpness")


@dataclass(frozen=True)
class Sharpness(NetExperiment):
    """Four measures of sharpness of runs at several ELRs, at several epochs."""

    name: ClassVar[str] = "net_regimes_sharpness"
    cost: ClassVar[str] = "half a minute"
    table = networks.ends_table
    sizes: ClassVar[dict[str, Setting]] = {
        "small": replace(DIGITS, rates=(3e-4, 1e-3, 5e-3, 2e-2)),
        "paper": replace(CONVNET, rates=(1e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 1e-2)),
    }

    def run(self, kept: Path | None = None) -> xr.Dataset:
        """Return the measures over (elr, seed, step)."""
        with networks.kept_in(kept) as folder:
            return networks.seeds_joined([self._seed(seed, folder) for seed in range(self.setting.seeds)])

    def _seed(self, seed: int, folder: Path) -> xr.Dataset:
        after = (self.epochs,) if self.epochs else AFTER[self.size]
        found, steps, attrs = [], [], {}
        for epochs in after:
            setting = replace(self.setting, epochs=epochs)
            at = folder / f"seed{seed}-{epochs}.pt"
            made = networks.sphere_grid(self, setting, at, seed, log_every=epochs)
            found.append([self._measured(at, cell, seed) for cell in range(len(setting.rates))])
            steps.append(int(made["step"][-1]))
            attrs = dict(made.attrs)
        values = np.array(found).transpose(2, 1, 0)
        variables = {name: (("elr", "step"), v) for name, v in zip(MEASURES, values, strict=True)}
        coords = {"elr": list(self.setting.rates), "step": steps, "epoch": ("step", list(after))}
        return schema.dataset(variables, coords, attrs)

    def _measured(self, at: Path, cell: int, seed: int) -> list[float]:
        from sitheory import bridge

        setting = self.setting
        data = networks.prepared(setting, self.folder, seed)
        net = bridge.load_cell(networks.network(setting, data, seed), at, cell)
        with bridge.one_thread():
            found = bridge.sharpness_measures(net, data, bridge.Batches(setting.batch), device=self.device)
        return [found[name] for name in MEASURES]
