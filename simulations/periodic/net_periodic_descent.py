"""Full-batch gradient descent with weight decay: periods without any noise (periodic Figures 9, 10, 12).

Figure 9 is the learning rates, 10 one period of one of them step by step, 12 the cosine distance in its phase B beside
the bounds on delta-jumps. A row each step in the small size; the paper's Figures 10 and 12 are ``--size paper
--rates 0.5 --log-every 1``.

Paper: ConvNet(32) on 4,500 images of CIFAR-10, weight decay 0.0001. How long is not printed: 50,000 steps here. Small:
a perceptron 64-64-64-10 on 450 digits, weight decay 0.004, 2,000 steps, all learning rates in one model.

Expected (small): the loss falls below 1e-3 and returns above 0.1 again and again, the more often the larger lr wd is,
and without noise longer in phase B. Needs the extra [torch]. Cost: small half a minute of one core; paper 200,000
steps of 4,500 images, hours on one GPU.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import xarray as xr

from simulations import networks
from simulations.networks import NetExperiment, Setting

SAMPLES = {"small": (450, None), "paper": (4500, 5000)}
"""Training and test samples [periodic appendix B]."""


@dataclass(frozen=True)
class Descent(NetExperiment):
    """Full-batch gradient descent at several learning rates; an epoch is a step.

    Args:
        wd: The weight decay; by default 0.004 for the small size, the paper's 0.0001 for its own.
        log_every: A row each k-th step; by default each for the small size, each tenth for the paper's.
    """

    name: ClassVar[str] = "net_periodic_descent"
    cost: ClassVar[str] = "half a minute"
    beside: ClassVar[networks.Beside] = networks.PERIODIC
    sizes: ClassVar[dict[str, Setting]] = {
        "small": Setting("digits", "MLP", (64, 64), 2000, (0.25, 0.5, 1.0, 2.0)),
        "paper": Setting("cifar10", "ConvNet", (32,), 50_000, (0.1, 0.3, 0.5, 1.0)),
    }

    wd: float | None = None
    log_every: int | None = None

    def run(self, kept: Path | None = None) -> xr.Dataset:
        """Return the runs over (lr, seed, step, group), a group being a layer."""
        with networks.kept_in(kept) as folder:
            seeds = range(self.setting.seeds)
            return networks.seeds_joined([self._seed(seed, folder) for seed in seeds])

    def _seed(self, seed: int, folder: Path) -> xr.Dataset:
        from sitheory import bridge

        data = networks.prepared(self.setting, self.folder, seed).subset(*SAMPLES[self.size], rng=seed)
        wd = self.wd or {"small": 4e-3, "paper": 1e-4}[self.size]
        return networks.trained(
            networks.network(self.setting, data, seed),
            [bridge.SGD(lr, wd) for lr in self.setting.rates],
            data,
            self.setting,
            folder / f"seed{seed}.pt",
            rng=seed,
            **self.computing,
            batches=bridge.FullBatch(),
            groups="tensor",
            log_every=self.log_every or {"small": 1, "paper": 10}[self.size],
            survey_every=100,
        )
