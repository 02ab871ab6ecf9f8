"""Periodic behaviour on real data: digits, a perceptron with weight decay, five learning rates in one model.

Expected: the loss destabilises tenfold not once at learning rate 0.1 and 30, 6 times at 0.5, 13 at 1 and 26
at 2, so that the interval between two is 0.58 / (lr wd) steps; rho^2 stays in the interval of Proposition 3 once
the start is forgotten, and every step obeys eqs. (3) and (8) up to what radial gradients explain. Needs the extra
[torch]. Cost: two minutes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr

from simulations.networks import seeds_joined
from sitheory.reports import text


@dataclass(frozen=True)
class DigitsDecay:
    """Five learning rates of a scale-invariant perceptron with weight decay, clean digits."""

    name: ClassVar[str] = "digits_decay"
    cost: ClassVar[str] = "two minutes"

    lrs: tuple[float, ...] = (0.1, 0.5, 1.0, 2.0, 30.0)
    wd: float = 1e-3
    hidden: tuple[int, ...] = (64, 64)
    batch: int = 128
    epochs: int = 700
    seeds: int = 2

    def run(self) -> xr.Dataset:
        """Return the runs over (lr, seed, step, group), a row each epoch, a group being a layer."""
        return seeds_joined([self._run(seed) for seed in range(self.seeds)])

    def _run(self, seed: int) -> xr.Dataset:
        from sitheory import bridge

        with bridge.one_thread():
            return bridge.train(
                bridge.MLP(64, self.hidden, rng=seed),
                [bridge.SGD(lr, self.wd) for lr in self.lrs],
                bridge.data.digits().normalised(),
                epochs=self.epochs,
                batches=bridge.Batches(self.batch, drop_last=True),
                rng=seed,
                groups="tensor",
                log_every=1,
            )

    def table(self, result: xr.Dataset) -> str:
        """Return the destabilisations beside their period's law, and theory against network for each seed-0 run."""
        from sitheory.bridge.watching import laws

        runs = {
            float(lr): [result.sel(lr=lr, seed=s) for s in result["seed"].values]
            for lr in result["lr"].values
        }
        bursts = {lr: [laws.destabilisations(run) for run in cells] for lr, cells in runs.items()}
        steps = {lr: np.concatenate([np.diff(b) for b in found]) for lr, found in bursts.items()}
        last = result["test_error"].isel(step=-1).values
        cells = {
            "lr": [f"{lr:g}" for lr in runs],
            "lr wd": [f"{lr * self.wd:g}" for lr in runs],
            "destabilisations": [", ".join(str(len(b)) for b in found) for found in bursts.values()],
            "interval, steps": [text.with_error(v) for v in steps.values()],
            "interval * lr wd": [text.with_error(v * lr * self.wd) for lr, v in steps.items()],
            "steps with a delta-jump": [text.with_error(v) for v in result["jumps"].sum("step").values],
            "test error %": [text.with_error(100 * v) for v in last],
        }
        parts = [
            "Destabilisations (the loss grows tenfold and falls again), seed by seed:\n" + text.columns(cells)
        ]
        for lr, (first, *_) in runs.items():
            parts.append(f"lr {lr:g}, seed {int(first['seed'])}\n{laws.table(laws.confront(first))}")
        return "\n\n".join(parts)
