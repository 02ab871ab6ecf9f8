"""Learning rates and weight decays of a scale-invariant network: where it is periodic (periodic Figures 2, 13, 14, 16).

Figure 2 (and 15, by --data and --net) is the cells of one weight decay, 13 and 14 those of one product lr wd, 16 those
of one learning rate; the cell without weight decay is the ablation that has no periods. The perceptron
on MNIST is ``--data mnist --net MLP --width 300 100``, the Transformer on texts ``--data news --net Transformer
--width 32``.

Paper: ConvNet(32) on CIFAR-10, weight decay 0.001, 1,000 epochs, batch 128. Small: a perceptron 64-64-64-10 on digits,
400 epochs, four seeds, all cells in one model.

Expected (small): at weight decay 0.001 no destabilisation at learning rate 0.1 and 30, about 3 at 0.5, 13 at 2; of
cells with one product the same number, once the start is forgotten; none without weight decay. Needs the extra
[torch]. Cost: small two minutes of one core; paper 15 runs of 1,000 epochs, a day on one GPU.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import ClassVar

import numpy as np
import xarray as xr

from simulations import networks
from simulations.networks import NetExperiment, Setting
from sitheory.reports import text

Cells = tuple[tuple[float, float], ...]

DECAY = 1e-3
RATES = {"small": (0.1, 0.5, 2.0, 30.0), "paper": (1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3, 1.0, 3.0)}
PAIRS: dict[str, Cells] = {
    "small": ((0.125, 4e-3), (2.0, 2.5e-4), (0.5, 4e-3), (8.0, 2.5e-4), (2.0, 0.0)),
    "paper": ((1e-3, 1e-2), (0.1, 1e-4), (1e-2, 1e-2), (1.0, 1e-4), (1e-2, 1e-4), (3e-2, 1e-2), (1e-2, 0.0)),
}
"""Beside the learning rates at one weight decay: other ratios of the same products, and none."""


@dataclass(frozen=True)
class Grid(NetExperiment):
    """A grid of learning rates and weight decays.

    Args:
        wds: The weight decays, each with every learning rate; without rates and wds the figures' own pairs.
        survey_every: Test error and true training loss each k-th epoch.
    """

    name: ClassVar[str] = "net_periodic_grid"
    cost: ClassVar[str] = "two minutes"
    beside: ClassVar[networks.Beside] = networks.PERIODIC
    sizes: ClassVar[dict[str, Setting]] = {
        "small": Setting("digits", "MLP", (64, 64), 400, RATES["small"], seeds=4, drop_last=True),
        "paper": Setting("cifar10", "ConvNet", (32,), 1000, RATES["paper"]),
    }

    wds: tuple[float, ...] | None = None
    survey_every: int = 20

    @property
    def cells(self) -> Cells:
        """Learning rate and weight decay of each run."""
        if self.rates is None and self.wds is None:
            return tuple(product(RATES[self.size], (DECAY,))) + PAIRS[self.size]
        return tuple(product(self.setting.rates, self.wds or (DECAY,)))

    def run(self, kept: Path | None = None) -> xr.Dataset:
        """Return the runs over (run, seed, step, group), a row each epoch, a group being a layer."""
        with networks.kept_in(kept) as folder:
            seeds = range(self.setting.seeds)
            return networks.seeds_joined([self._seed(seed, folder) for seed in seeds])

    def _seed(self, seed: int, folder: Path) -> xr.Dataset:
        from sitheory import bridge

        data = networks.prepared(self.setting, self.folder, seed)
        found = networks.trained(
            networks.network(self.setting, data, seed),
            [bridge.SGD(lr, wd) for lr, wd in self.cells],
            data,
            self.setting,
            folder / f"seed{seed}.pt",
            rng=seed,
            **self.computing,
            groups="tensor",
            log_every=1,
            survey_every=self.survey_every,
        )
        return by_run(found, self.cells)

    def table(self, result: xr.Dataset) -> str:
        """Return how often each cell destabilised, and the interval beside 1 / (lr wd)."""
        from sitheory.bridge.watching.long_run import destabilisations

        rows = [
            (result.isel(run=i, seed=s))
            for i in range(result.sizes["run"])
            for s in range(result.sizes["seed"])
        ]
        bursts = [destabilisations(row) for row in rows]
        products = [float(row["lr"] * row["wd"]) for row in rows]
        gaps = [np.diff(found) * p for found, p in zip(bursts, products, strict=True)]
        return text.columns(
            {
                "lr": [f"{float(row['lr']):g}" for row in rows],
                "wd": [f"{float(row['wd']):g}" for row in rows],
                "seed": [str(int(row["seed"])) for row in rows],
                "destabilisations": [str(len(found)) for found in bursts],
                "interval * lr wd": [text.with_error(gap) for gap in gaps],
                "train loss": [f"{float(row['loss'][-1]):.2g}" for row in rows],
                "test error %": [f"{100 * float(row['test_error'][-1]):.1f}" for row in rows],
            }
        )


def by_run(found: xr.Dataset, cells: Cells) -> xr.Dataset:
    """Return a grid of SGD over the dimension ``run``, with each run's learning rate and weight decay."""
    axis = next((d for d in ("lr", "wd") if d in found.dims), "run")
    named = {"lr": ("run", [lr for lr, _ in cells]), "wd": ("run", [wd for _, wd in cells])}
    renamed = found if axis == "run" else found.rename({axis: "run"})
    return renamed.drop_vars([n for n in ("run", "lr", "wd") if n in renamed.coords]).assign_coords(named)
