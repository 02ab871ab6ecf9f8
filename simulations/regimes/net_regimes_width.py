"""The three regimes at several widths of the network (regimes Figure 13).

The wider the network, the clearer the border between convergence and equilibrium.

Paper: ConvNet(8, 16, 32, 64) on CIFAR-10, 30 ELRs, 1,000 epochs. Small: perceptrons a quarter, half and all of
64-100-50-10 on digits with 20 % label noise, 7 ELRs, 100 epochs, 2 seeds.

Needs the extra [torch]. Cost: small a minute of one core; paper 120 runs, weeks on one GPU.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import xarray as xr

from simulations import networks
from simulations.networks import CONVNET, DIGITS, PAPER_ELRS, NetExperiment, Setting

SHARES = {"small": (0.25, 0.5, 1.0), "paper": (0.25, 0.5, 1.0, 2.0)}
"""Widths in that of the setting."""


@dataclass(frozen=True)
class Width(NetExperiment):
    """A grid of ELRs for each of several widths."""

    name: ClassVar[str] = "net_regimes_width"
    cost: ClassVar[str] = "a minute"
    table = networks.ends_table
    sizes: ClassVar[dict[str, Setting]] = {
        "small": replace(DIGITS, rates=(3e-4, 1e-3, 2e-3, 5e-3, 2e-2, 0.1, 1.0), epochs=100, seeds=2),
        "paper": replace(CONVNET, rates=PAPER_ELRS),
    }

    def run(self, kept: Path | None = None) -> xr.Dataset:
        """Return the runs over (run, elr, seed, step), without groups; ``share`` is a run's width in the setting's."""
        with networks.kept_in(kept) as folder:
            runs = [self._seeds(share, folder) for share in SHARES[self.size]]
        shares = np.array(SHARES[self.size])
        return networks.joined(runs, "run", np.arange(len(runs))).assign_coords(share=("run", shares))

    def _seeds(self, share: float, folder: Path) -> xr.Dataset:
        width = tuple(round(share * w) for w in self.setting.width)
        if not all(width):
            raise ValueError(
                f"need at least 1 channel at {share:g} of the width, got width={self.setting.width}"
            )
        setting = replace(self.setting, width=width)
        files = [folder / f"seed{seed}-share{share:g}.pt" for seed in range(setting.seeds)]
        runs = [networks.sphere_grid(self, setting, at, seed) for seed, at in enumerate(files)]
        return networks.seeds_joined([run.drop_dims("group") for run in runs])
