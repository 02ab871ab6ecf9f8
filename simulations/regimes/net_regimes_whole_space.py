"""Scale-invariant networks trained in the whole space with weight decay (regimes Figures 7 left and 25).

Learning rates instead of ELRs: the norm finds its own level, and the same three regimes are there.

Paper: ConvNet(32) on CIFAR-10 with weight decay 1e-4, 1,000 epochs; Figure 25 by --data, --net and --width (there
ResNet-18 has weight decay 5e-4: --wd). Small: a perceptron 64-100-50-10 on digits with 20 % label noise, weight decay
1e-3, 9 learning rates, 150 epochs, one seed; divergence takes lr wd near 1.

Needs the extra [torch]. Cost: small half a minute of one core; paper 15 runs, days on one GPU.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import xarray as xr

from simulations import networks
from simulations.networks import CONVNET, DIGITS, NetExperiment, Setting

LRS = tuple(float(f"{m}e{k}") for k in (-3, -2, -1, 0, 1) for m in (1, 2, 5))


@dataclass(frozen=True)
class WholeSpace(NetExperiment):
    """A grid of learning rates with weight decay.

    Args:
        wd: The weight decay; None takes that of the size.
    """

    name: ClassVar[str] = "net_regimes_whole_space"
    cost: ClassVar[str] = "half a minute"
    table = networks.ends_table
    decays: ClassVar[dict[str, float]] = {"small": 1e-3, "paper": 1e-4}
    sizes: ClassVar[dict[str, Setting]] = {
        "small": replace(DIGITS, rates=(0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 100.0, 700.0)),
        "paper": replace(CONVNET, rates=LRS),
    }

    wd: float | None = None

    def run(self, kept: Path | None = None) -> xr.Dataset:
        """Return the runs over (lr, seed, step, group)."""
        with networks.kept_in(kept) as folder:
            return networks.seeds_joined([self._seed(seed, folder) for seed in range(self.setting.seeds)])

    def _seed(self, seed: int, folder: Path) -> xr.Dataset:
        from sitheory import bridge

        setting = self.setting
        data = networks.prepared(setting, self.folder, seed)
        wd = self.decays[self.size] if self.wd is None else self.wd
        rules = [bridge.SGD(lr, wd) for lr in setting.rates]
        net = networks.network(setting, data, seed)
        at = folder / f"seed{seed}.pt"
        return networks.trained(net, rules, data, setting, at, rng=seed, **self.computing)
