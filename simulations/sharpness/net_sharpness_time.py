"""Spherical sharpness over time in full-batch descent with weight decay (sharpness Figure 2).

The cells are the paper's run and its ablation without weight decay (its appendix P.5). With weight decay the ELR grows
until 2 / ELR has come down to the sharpness, the edge of stability; past it the run destabilises. Without weight decay
it never comes there.

Paper: VGG-11 with Swish and batch normalisation after every linear layer, the last too, on CIFAR-10, all 50,000 images
as one batch (a float32 step of which wants a GPU of 80 GB: ``--samples`` takes fewer), 60,000 steps; learning rate and
weight decay are ours, the printed text has none. Small: a smooth perceptron 64-64-64-10 on 450 digits in float64,
learning rate 2, weight decay 0.001, 3,000 steps.

Expected (small): the sharpness falls twentyfold after the training set is learnt, ELR times sharpness comes to 2,
and the loss then returns to 1; without weight decay the product stays far below 2. Needs the extra [torch]. Cost: small
half a minute of one core; paper 120,000 steps, days on one GPU.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import xarray as xr

from simulations import networks
from simulations.networks import NetExperiment, Setting
from simulations.periodic.net_periodic_grid import by_run

RATE = {"small": 2.0, "paper": 0.1}
DECAY = {"small": 1e-3, "paper": 5e-4}
SAMPLES = {"small": 450, "paper": 50_000}
EPS = 1e-12
"""Weights shrink to a tenth between destabilisations, where torch's 1e-5 would break scale invariance by a percent."""


@dataclass(frozen=True)
class Sharpness(NetExperiment):
    """Gradient descent with and without weight decay on a smooth network, its sharpness measured on the way.

    Args:
        wd: The weight decay, that of the size by default.
        samples: How many training samples make the batch.
        sharpness_every: Sharpness and true metrics each k-th step; by default 40 times.
    """

    name: ClassVar[str] = "net_sharpness_time"
    cost: ClassVar[str] = "half a minute"
    sizes: ClassVar[dict[str, Setting]] = {
        "small": Setting("digits", "MLP", (64, 64), 3000, (RATE["small"],)),
        "paper": Setting("cifar10", "VGG11", (1,), 60_000, (RATE["paper"],)),
    }

    wd: float | None = None
    samples: int | None = None
    sharpness_every: int | None = None

    def run(self, kept: Path | None = None) -> xr.Dataset:
        """Return the runs over (run, seed, step, group): weight decay, and none."""
        with networks.kept_in(kept) as folder:
            seeds = range(self.setting.seeds)
            return networks.seeds_joined([self._seed(seed, folder) for seed in seeds])

    def _seed(self, seed: int, folder: Path) -> xr.Dataset:
        from sitheory import bridge

        setting = self.setting
        data = networks.prepared(setting, self.folder, seed)
        data = data.subset(self.samples or SAMPLES[self.size], rng=seed)
        cells = tuple((lr, wd) for lr in setting.rates for wd in (self.wd or DECAY[self.size], 0.0))
        every = self.sharpness_every or max(1, setting.epochs // 40)
        rows = next(k for k in range(max(1, every // 8), 0, -1) if every % k == 0)
        found = networks.trained(
            self._network(data, seed),
            [bridge.SGD(lr, wd) for lr, wd in cells],
            data,
            setting,
            folder / f"seed{seed}.pt",
            rng=seed,
            **self.computing,
            batches=bridge.FullBatch(),
            groups="tensor",
            log_every=rows,
            survey_every=every,
            sharpness="surveys",
        )
        return by_run(found, cells)

    def _network(self, data: Any, seed: int) -> Any:
        from sitheory import bridge

        if self.setting.net == "VGG11":
            made = {"classes": data.classes, "in_channels": data.x.shape[1], "rng": seed}
            return bridge.VGG11(width=float(self.setting.width[0]), **made)
        smooth = {"smooth": True, "eps": EPS} if self.setting.net == "MLP" else {}
        return networks.network(self.setting, data, seed, **smooth).double()
