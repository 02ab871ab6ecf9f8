"""No periods with the norm fixed, at the start or late within a period (periodic Figures 4 and 11).

A network is trained with weight decay, in stretches whose ends are kept; then on the sphere, at the ELR lr / rho^2:
from the start, of several norms, and from two ends before a destabilisation. ``net_periodic_fixed_norm`` does so with
SGD (Figure 4), ``net_periodic_fixed_norm_descent`` with full-batch descent (Figure 11).

Paper: ConvNet(32) on CIFAR-10; SGD with learning rate 0.01, weight decay 0.001, batch 128, 1,000 epochs; descent on
4,500 images with 1.0 and 0.0001. Small: a perceptron 64-64-64-10 on digits; SGD with 2 and 0.001, 120 epochs; descent
on 450 digits with 2 and 0.004, 1,200 steps.

Expected: the loss with weight decay destabilises; with a norm fixed it converges (large norm) or stays high (small
norm), and fixed late it rises once at most. Needs the extra [torch]. Cost: small twenty seconds each; paper 7 runs of
1,000 epochs, half a day on one GPU.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import xarray as xr

from simulations import networks
from simulations.networks import NetExperiment, Setting
from simulations.periodic.net_periodic_descent import SAMPLES

STRETCHES = 40
"""Kept ends of the run with weight decay."""

BEFORE = (5, 2)
"""The norm is fixed at the ends so many stretches before that in which the loss rises."""

SCALES = (4.0, 1.0, 0.5, 0.2)
"""Norms at the start, over that of the standard initialisation."""


@dataclass(frozen=True)
class FixedNorm(NetExperiment):
    """SGD with weight decay, and with the norm fixed at the start and before a destabilisation.

    Args:
        wd: The weight decay, that of the size by default.
    """

    name: ClassVar[str] = "net_periodic_fixed_norm"
    cost: ClassVar[str] = "twenty seconds"
    beside: ClassVar[networks.Beside] = networks.PERIODIC
    sizes: ClassVar[dict[str, Setting]] = {
        "small": Setting("digits", "MLP", (64, 64), 120, (2.0,), drop_last=True),
        "paper": Setting("cifar10", "ConvNet", (32,), 1000, (0.01,)),
    }

    decays: ClassVar[dict[str, float]] = {"small": 1e-3, "paper": 1e-3}

    wd: float | None = None

    def run(self, kept: Path | None = None) -> xr.Dataset:
        """Return losses over (run, seed, step), an epoch a row, NaN before the norm was fixed; epochs in ``since``."""
        with networks.kept_in(kept) as folder:
            seeds = range(self.setting.seeds)
            return networks.seeds_joined([self._seed(seed, folder) for seed in seeds])

    def _prepared(self, seed: int) -> Any:
        return networks.prepared(self.setting, self.folder, seed)

    def _options(self) -> dict[str, Any]:
        return {"survey_every": max(1, self.setting.epochs // STRETCHES)}

    def _seed(self, seed: int, folder: Path) -> xr.Dataset:
        from sitheory import bridge

        setting, data = self.setting, self._prepared(seed)
        lr, options = setting.rate, {**self._options(), **self.computing}
        net, start = (networks.network(setting, data, seed) for _ in range(2))
        lengths = setting.stretches(STRETCHES)
        rule = bridge.SGD(lr, self.wd or self.decays[self.size])
        free, ends = stretches(net, rule, data, setting, folder, seed, lengths, **options)
        runs, epochs = [free], np.cumsum([0, *lengths])
        at = folder / f"seed{seed}-start.pt"
        norm_sq = float(free["total_norm"][0]) ** 2
        rules = [bridge.SphereSGD(lr / (scale**2 * norm_sq)) for scale in SCALES]
        runs += fixed(
            networks.trained(
                start, rules, data, setting, at, rng=seed, groups="tensor", log_every=1, **options
            )
        )
        rises = first_rise(free["online_loss"].values, int(epochs[STRETCHES // 2]))
        last = int(np.searchsorted(epochs, rises, side="right")) - 1
        since = [0] * len(runs)
        for before in BEFORE:
            stop = max(last - before, 1)
            since.append(int(epochs[stop]))
            elr = lr / float(free["total_norm"][since[-1]]) ** 2
            late = networks.trained(
                bridge.load_cell(net, ends[stop - 1]),
                [bridge.SphereSGD(elr)],
                data,
                setting,
                folder / f"seed{seed}-before{before}.pt",
                rng=np.random.SeedSequence(seed, spawn_key=(before,)),
                epochs=setting.epochs - since[-1],
                groups="tensor",
                log_every=1,
                **options,
            )
            runs += fixed(late)
        names = [
            "weight decay",
            *(f"norm x {scale:g}" for scale in SCALES),
            *(f"fixed at epoch {s}" for s in since[-2:]),
        ]
        return self._joined(runs, since, names)

    def _joined(self, runs: Sequence[xr.Dataset], since: Sequence[int], names: Sequence[str]) -> xr.Dataset:
        """Return the runs over the same epochs; each begins where its norm was fixed."""
        steps = runs[0]["step"].values
        placed = [
            run.assign_coords(step=steps[first : first + run.sizes["step"]])
            .drop_vars("epoch")
            .reindex(step=steps)
            for run, first in zip(runs, since, strict=True)
        ]
        whole = xr.concat(placed, dim="run", combine_attrs="override", join="override", coords="minimal")
        held = {"held": ("run", list(names)), "since": ("run", list(since))}
        return whole.assign_coords(epoch=("step", runs[0]["epoch"].values), **held)


@dataclass(frozen=True)
class FixedNormDescent(FixedNorm):
    """Full-batch descent with weight decay, and with the norm fixed; an epoch is a step.

    Args:
        wd: The weight decay, that of the size by default.
    """

    name: ClassVar[str] = "net_periodic_fixed_norm_descent"
    sizes: ClassVar[dict[str, Setting]] = {
        "small": Setting("digits", "MLP", (64, 64), 1200, (2.0,)),
        "paper": Setting("cifar10", "ConvNet", (32,), 50_000, (1.0,)),
    }
    decays: ClassVar[dict[str, float]] = {"small": 4e-3, "paper": 1e-4}

    def _prepared(self, seed: int) -> Any:
        return super()._prepared(seed).subset(*SAMPLES[self.size], rng=seed)

    def _options(self) -> dict[str, Any]:
        from sitheory import bridge

        return {**super()._options(), "batches": bridge.FullBatch()}


KEPT = (
    "online_loss",
    "loss",
    "train_error",
    "test_error",
    "test_loss",
    "total_norm",
    "total_elr",
    "total_ess",
    "cos_dist",
)


def stretches(
    net: Any,
    rule: Any,
    data: Any,
    setting: Setting,
    folder: Path,
    seed: int,
    lengths: Sequence[int],
    **options: Any,
) -> tuple[xr.Dataset, list[Path]]:
    """Train in stretches, each going on from the checkpoint of the one before.

    Args:
        net: The network at the start.
        rule: One rule without memory.
        data: The data.
        setting: What is trained on what.
        folder: Where the checkpoints stay.
        seed: Of the batches' order.
        lengths: The stretches, in epochs.
        options: Of ``bridge.train``.

    Returns:
        The whole run, a row each epoch, and the checkpoint at each stretch's end.
    """
    from sitheory import bridge

    parts: list[xr.Dataset] = []
    ends: list[Path] = []
    for number, length in enumerate(lengths):
        at = folder / f"seed{seed}-stretch{number}.pt"
        order = np.random.SeedSequence(seed, spawn_key=(100 + number,))
        begun = bridge.load_cell(net, ends[-1]) if ends else net
        part = networks.trained(
            begun,
            [rule],
            data,
            setting,
            at,
            rng=order,
            epochs=length,
            groups="tensor",
            log_every=1,
            **options,
        )
        parts.append(part.isel({part["online_loss"].dims[0]: 0}, drop=True))
        ends.append(at)
    return _one_after_the_other(parts), ends


def _one_after_the_other(parts: Sequence[xr.Dataset]) -> xr.Dataset:
    """Return the stretches' rows in a line; the first row of a stretch is the last of the one before."""
    epochs, steps = 0, 0
    placed = []
    for i, part in enumerate(parts):
        shown = part[list(KEPT)].isel(step=slice(1 if i else 0, None))
        shown = shown.assign_coords(
            step=shown["step"] + steps, epoch=("step", shown["epoch"].values + epochs)
        )
        epochs, steps = int(shown["epoch"][-1]), int(shown["step"][-1])
        placed.append(shown)
    return xr.concat(placed, dim="step", combine_attrs="override").drop_vars("group", errors="ignore")


def fixed(found: xr.Dataset) -> list[xr.Dataset]:
    """Return the runs of a grid on the sphere, one by one."""
    axis = found["online_loss"].dims[0]
    return [found[list(KEPT)].isel({axis: i}, drop=True) for i in range(found.sizes[axis])]


def first_rise(loss: np.ndarray, after: int) -> int:
    """Return the first row from ``after`` on in which the loss is ten times its least value since then.

    Without one it is the last row.
    """
    least = np.fmin.accumulate(loss[after:])
    risen = np.flatnonzero(loss[after:] > 10 * least)
    return after + int(risen[0]) if len(risen) else len(loss) - 1
