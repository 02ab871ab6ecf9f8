"""A closer look at a period of SGD, each step logged (periodic Figure 3, and Figure 12 left).

After some epochs with weight decay the same run goes on with a row a step. Full-batch descent, Figures 10 and 12 right,
is ``net_periodic_descent``.

Paper: ConvNet(32) on CIFAR-10, learning rate 0.01, weight decay 0.001, batch 128, from epoch 200 on for 200 epochs of
391 steps. Small: a perceptron 64-64-64-10 on digits, learning rate 1, from epoch 60 on for 1,500 steps.

Expected: in phase A loss and gradient fall while the norm grows, in B the norm shrinks, in C the loss rises before the
norm does; the cosine distance of a step is lr^2 g^2 / (2 rho^4) within the bounds of Proposition 1. Needs the extra
[torch]. Cost: small ten seconds; paper 400 epochs with a row a step, an hour on one GPU.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import xarray as xr

from simulations import networks
from simulations.networks import NetExperiment, Setting

STEPS = {"small": 1500, "paper": 78_200}


@dataclass(frozen=True)
class StepByStep(NetExperiment):
    """SGD with weight decay for some epochs, and on with a row a step.

    Args:
        wd: The weight decay.
        steps: How many steps are logged.
    """

    name: ClassVar[str] = "net_periodic_step_by_step"
    cost: ClassVar[str] = "ten seconds"
    beside: ClassVar[networks.Beside] = networks.PERIODIC
    sizes: ClassVar[dict[str, Setting]] = {
        "small": Setting("digits", "MLP", (64, 64), 60, (1.0,), drop_last=True),
        "paper": Setting("cifar10", "ConvNet", (32,), 200, (0.01,)),
    }

    wd: float = 1e-3
    steps: int | None = None

    def run(self, kept: Path | None = None) -> xr.Dataset:
        """Return the logged steps over (seed, step), counted from the run's start."""
        with networks.kept_in(kept) as folder:
            seeds = range(self.setting.seeds)
            return networks.seeds_joined([self._seed(seed, folder) for seed in seeds])

    def _seed(self, seed: int, folder: Path) -> xr.Dataset:
        from sitheory import bridge

        setting, data = self.setting, networks.prepared(self.setting, self.folder, seed)
        net, rule = networks.network(setting, data, seed), bridge.SGD(setting.rate, self.wd)
        at, options = folder / f"seed{seed}-before.pt", {**self.computing, "groups": "tensor"}
        before = networks.trained(
            net, [rule], data, setting, at, rng=seed, survey_every=setting.epochs, **options
        )
        steps = self.steps or STEPS[self.size]
        found = networks.trained(
            bridge.load_cell(net, at),
            [rule],
            data,
            setting,
            folder / f"seed{seed}.pt",
            rng=np.random.SeedSequence(seed, spawn_key=(1,)),
            epochs=steps,
            batches=bridge.SingleBatches(setting.batch, setting.drop_last),
            log_every=1,
            survey_every=steps,
            **options,
        )
        run = found.isel({found["online_loss"].dims[0]: 0}, drop=True)
        return (
            run.drop_dims("group")
            .drop_vars("epoch")
            .assign_coords(step=run["step"] + int(before["step"][-1]))
        )
