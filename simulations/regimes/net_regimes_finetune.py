"""Go on at another ELR from where a first ELR has led (regimes Figures 3 right, 5, 17, 18, 23).

From the first regime: a lower ELR goes on along the same trajectory, a much higher one jumps out. From the second:
another ELR of the second regime leads to that ELR's own loss level; one of the first converges, from a low first
ELR to one profile of sharpness against loss, from a high one to many.

Paper: ConvNet(32) on CIFAR-10, first ELRs of both regimes for 1,000 epochs, then 2,000 epochs. Small: a perceptron
64-100-50-10 on digits with 20 % label noise, 80 epochs and 80 again, one seed; Figures 3, 17 and 18 take one of
64-200-100-10, which has more of the first regime.

Needs the extra [torch]. Cost: small a minute of one core each; paper 12 runs of 1,000 and 80 of 2,000 epochs, weeks
on one GPU.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import xarray as xr

from simulations import networks
from simulations.networks import CONVNET, DIGITS, NetExperiment, Setting

FIRST = {"small": (1e-3, 5e-3, 1e-2, 5e-2), "paper": (1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 7e-3, 1e-2)}
"""The ELRs of the first part, one of the first regime and three of the second in the small size."""


@dataclass(frozen=True)
class Finetune(NetExperiment):
    """Training goes on at each ELR of a grid from where each of some first ELRs has led.

    Args:
        then_epochs: Epochs of the second part; None takes 80 (small) or 2,000 (paper).
    """

    name: ClassVar[str] = "net_regimes_finetune"
    cost: ClassVar[str] = "half a minute"
    table = networks.ends_table
    sizes: ClassVar[dict[str, Setting]] = {
        "small": replace(DIGITS, rates=(1e-4, 3e-4, 1e-3, 5e-3, 1e-2, 2e-2, 5e-2), epochs=80),
        "paper": replace(CONVNET, rates=(2e-5, 5e-5, 1e-4, 2e-4, 3e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2)),
    }

    firsts: ClassVar[dict[str, tuple[float, ...]]] = FIRST

    then_epochs: int | None = None

    def run(self, kept: Path | None = None) -> xr.Dataset:
        """Return the runs over (run, seed, step); ``elr_first`` is NaN for the first part itself."""
        with networks.kept_in(kept) as folder:
            return networks.seeds_joined([self._seed(seed, folder) for seed in range(self.setting.seeds)])

    def _seed(self, seed: int, folder: Path) -> xr.Dataset:
        rates = tuple(sorted({*self.setting.rates, *self.firsts[self.size]}))
        setting = replace(self.setting, rates=rates)
        start = folder / f"seed{seed}.pt"
        parts = [_told(networks.sphere_grid(self, setting, start, seed), np.nan)]
        for first in self.firsts[self.size]:
            at = folder / f"seed{seed}-from{first:g}.pt"
            parts.append(_told(self._then(setting, start, rates.index(first), seed, at), first))
        return xr.concat(
            parts, dim="run", combine_attrs="override", join="outer", coords="different", compat="equals"
        )

    def _then(self, setting: Setting, start: Path, cell: int, seed: int, at: Path) -> xr.Dataset:
        from sitheory import bridge

        data = networks.prepared(setting, self.folder, seed)
        net = bridge.load_cell(networks.network(setting, data, seed), start, cell)
        return networks.trained(
            net,
            [bridge.SphereSGD(elr) for elr in self.setting.rates],
            data,
            setting,
            at,
            rng=np.random.SeedSequence(seed, spawn_key=(1,)),
            **self.computing,
            epochs=self.then_epochs or {"small": 80, "paper": 2000}[self.size],
        )


@dataclass(frozen=True)
class FinetuneFirst(Finetune):
    """The same within the first regime: lower ELRs, a little higher and far higher ones (regimes Figures 3, 17, 18)."""

    name: ClassVar[str] = "net_regimes_finetune_first"
    cost: ClassVar[str] = "a minute"
    sizes: ClassVar[dict[str, Setting]] = {
        "small": replace(DIGITS, width=(200, 100), rates=(2e-4, 5e-4, 6e-4, 1e-3, 2e-3), epochs=80),
        "paper": replace(CONVNET, rates=(2e-5, 5e-5, 1e-4, 2e-4, 3e-4, 5e-4)),
    }
    firsts: ClassVar[dict[str, tuple[float, ...]]] = {
        "small": (5e-4, 1e-3, 2e-3),
        "paper": (5e-5, 1e-4, 2e-4),
    }


def _told(part: xr.Dataset, first: float) -> xr.Dataset:
    """Return the runs without their groups, each named by its first and its present ELR."""
    kept = part.drop_dims("group").rename(elr="run")
    elrs = kept["run"].values
    named = {"elr": ("run", elrs), "elr_first": ("run", np.full(len(elrs), first))}
    return kept.drop_vars("run").assign_coords(named)
