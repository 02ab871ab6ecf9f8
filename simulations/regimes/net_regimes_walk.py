"""The third regime against a random walk of steps as long (regimes Figure 24, appendix M).

In the third regime, as in the walk, weights before and after a step are nearly orthogonal, unlike in the second;
but its loss is another.

Paper: ConvNet(32) on CIFAR-10, 1,000 epochs. Small: a perceptron 64-100-50-10 on digits with 20 % label noise, 30
epochs, 2 seeds. Needs the extra [torch]. Cost: small ten seconds of one core; paper 7 runs, a day on one GPU.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import xarray as xr

from simulations import networks
from simulations.networks import CONVNET, DIGITS, NetExperiment, Setting


@dataclass(frozen=True)
class Walk(NetExperiment):
    """Descent at ELRs of the third regime and the last one of the second, and a walk at each of them."""

    name: ClassVar[str] = "net_regimes_walk"
    cost: ClassVar[str] = "ten seconds"
    table = networks.ends_table
    sizes: ClassVar[dict[str, Setting]] = {
        "small": replace(DIGITS, rates=(0.05, 0.2, 1.0), epochs=30, seeds=2),
        "paper": replace(CONVNET, rates=(1e-2, 5e-2, 0.1, 1.0)),
    }

    def run(self, kept: Path | None = None) -> xr.Dataset:
        """Return the runs over (run, seed, step), a row each epoch; ``random`` tells the walks."""
        with networks.kept_in(kept) as folder:
            return networks.seeds_joined([self._seed(seed, folder) for seed in range(self.setting.seeds)])

    def _seed(self, seed: int, folder: Path) -> xr.Dataset:
        from sitheory import bridge

        setting = self.setting
        data = networks.prepared(setting, self.folder, seed)
        net = networks.network(setting, data, seed)
        grids = {
            "descent": [bridge.SphereSGD(elr) for elr in setting.rates],
            "walk": [bridge.random_walk(elr) for elr in setting.rates[1:]],
        }
        options = {"rng": seed, **self.computing, "log_every": 1}
        parts = []
        for name, rules in grids.items():
            at = folder / f"seed{seed}-{name}.pt"
            part = networks.trained(net, rules, data, setting, at, **options)
            kept = part.drop_dims("group").rename(elr="run")
            random = np.full(len(rules), name == "walk")
            elrs = kept["run"].values
            parts.append(
                kept.drop_vars("run").assign_coords(elr=("run", elrs), random=("run", random.astype(int)))
            )
        return xr.concat(parts, dim="run", combine_attrs="override", coords="different", compat="equals")
