"""How alike the minima before and after a destabilisation are, in weights and in predictions (periodic Figures 5, 18).

The anchor is the checkpoint of least loss in the second quarter of a run with weight decay. Each later checkpoint is
compared with it: the cosine of the weights' angle, and the test error of the two together; and with a checkpoint of a
run from another start whose test error is nearest to the anchor's.

Paper: ConvNet(32) on CIFAR-10 (ResNet-18 and CIFAR-100 by --net and --data), learning rate 0.03, weight decay 0.001,
batch 128, 1,000 epochs. Small: a perceptron 64-64-64-10 on digits, learning rate 2, 200 epochs.

Expected: within one period the similarity is near 1 and the joint error that of one network; after a destabilisation
the similarity falls, period by period, towards that of independent runs. Needs the extra [torch]. Cost: small half a
minute; paper 2 runs of 1,000 epochs, hours on one GPU.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import xarray as xr

from simulations import networks
from simulations.networks import NetExperiment, Setting
from simulations.periodic.net_periodic_fixed_norm import stretches
from sitheory.trajectory import schema
from sitheory.trajectory.schema import Variable

STRETCHES = 40


DECLARED = {
    "similarity": Variable(("run", "position"), "cosine of the angle between the weights of two checkpoints"),
    "ensemble_error": Variable(
        ("run", "position"),
        "test error of two checkpoints' mean prediction, in EVAL mode",
    ),
}
"""The variables of this experiment alone."""


@dataclass(frozen=True)
class Minima(NetExperiment):
    """Checkpoints of one run against an anchor among them, and against an independent run.

    Args:
        wd: The weight decay.
    """

    name: ClassVar[str] = "net_periodic_minima"
    cost: ClassVar[str] = "half a minute"
    beside: ClassVar[networks.Beside] = networks.PERIODIC
    sizes: ClassVar[dict[str, Setting]] = {
        "small": Setting("digits", "MLP", (64, 64), 200, (2.0,), drop_last=True),
        "paper": Setting("cifar10", "ConvNet", (32,), 1000, (0.03,)),
    }

    wd: float = 1e-3

    def run(self, kept: Path | None = None) -> xr.Dataset:
        """Return losses over (seed, step), and what each later checkpoint is to two others, (run, seed, position)."""
        with networks.kept_in(kept) as folder:
            seeds = range(self.setting.seeds)
            return networks.seeds_joined([self._seed(seed, folder) for seed in seeds])

    def _seed(self, seed: int, folder: Path) -> xr.Dataset:
        setting, data = self.setting, networks.prepared(self.setting, self.folder, seed)
        lengths = setting.stretches(STRETCHES)
        at = np.cumsum(lengths)
        own, ends = self._stretches(data, seed, folder, lengths)
        other, others = self._stretches(data, seed + 1000, folder, lengths)
        quarter = slice(STRETCHES // 4, STRETCHES // 2)
        anchor = quarter.start + int(np.nanargmin(own["loss"].values[at][quarter]))
        far = np.abs(other["test_error"].values[at] - own["test_error"].values[at[anchor]])
        twin = len(far) - 1 - int(np.argmin(far[::-1]))
        later = range(anchor, STRETCHES)
        seen = [
            self._alike(data, seed, [ends[k] for k in later], file) for file in (ends[anchor], others[twin])
        ]
        variables = {
            "online_loss": (("step",), own["online_loss"].values),
            "loss": (("step",), own["loss"].values),
            "test_error": (("step",), own["test_error"].values),
            "similarity": (("run", "position"), _placed([s for s, _ in seen], anchor)),
            "ensemble_error": (("run", "position"), _placed([e for _, e in seen], anchor)),
        }
        coords = {
            "step": own["step"].values,
            "position": at,
            "compared": ("run", ["the anchor", "an independent run"]),
        }
        coords["epoch"] = ("step", own["epoch"].values)
        dims = {"position": "epochs trained before a checkpoint"}
        return schema.dataset(variables, coords, dict(own.attrs), declared=DECLARED, dims=dims)

    def _stretches(
        self, data: Any, seed: int, folder: Path, lengths: list[int]
    ) -> tuple[xr.Dataset, list[Path]]:
        from sitheory import bridge

        net = networks.network(self.setting, data, seed)
        rule = bridge.SGD(self.setting.rate, self.wd)
        options = {**self.computing, "survey_every": max(lengths)}
        return stretches(net, rule, data, self.setting, folder, seed, lengths, **options)

    def _alike(self, data: Any, seed: int, files: list[Path], file: Path) -> tuple[list[float], list[float]]:
        """Return similarity and joint test error of each checkpoint with one."""
        from sitheory import bridge

        net, batches = networks.network(self.setting, data, seed), bridge.Batches(self.setting.batch)
        options = {"batches": batches, "positions": 2, "device": self.device}
        with bridge.one_thread():
            seen = [bridge.between(net, data, (file, 0), (other, 0), **options) for other in files]
        return [s.similarity for s in seen], [s.ensemble_error for s in seen]


def _placed(series: list[list[float]], anchor: int) -> np.ndarray:
    """Return series that begin at the anchor as rows over all positions, NaN before it."""
    return np.stack([np.r_[np.full(anchor, np.nan), values] for values in series])
