"""The advisor on real networks: what a few numbers, measured early, predict of the rest of a run.

A perceptron with batch normalisation on digits with 20 % label noise, gradient descent with weight decay, six pairs
of learning rate and weight decay in one model. Measured: the norm and the gradients of the steps of five epochs,
once half a time of relaxation 1/(4 lr wd) has passed. Predicted: the turn of a step, the norm and the ELR at rest in
the last quarter, and where the norm may be at every epoch in between, with the bounds that the run's gradient keeps.
Expected: the turn within 2 %; the norm within 4 % to 22 % and the ELR within 7 % to a factor 1.7, as the gradient
goes on growing after it was measured, the more so the larger lr is; no norm outside its bounds. Needs the extra
[torch]. Cost: half a minute.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr

from simulations.networks import seeds_joined
from sitheory.advise import Advice
from sitheory.reports import text

MEASURED = 5
"""Epochs that are measured before the advisor is called."""


@dataclass(frozen=True)
class NetAdvice:
    """Learning rates and weight decays of a perceptron on digits with label noise, all in one model."""

    name: ClassVar[str] = "net_advice"
    cost: ClassVar[str] = "half a minute"

    pairs: tuple[tuple[float, float], ...] = (
        (0.1, 1e-2), (0.3, 1e-2), (1.0, 1e-2), (0.1, 3e-2), (0.3, 3e-2), (1.0, 3e-3),
    )  # fmt: skip
    label_noise: float = 0.2
    hidden: tuple[int, ...] = (64, 64)
    batch: int = 128
    epochs: int = 200
    seeds: int = 2

    def run(self) -> xr.Dataset:
        """Return the runs over (run, seed, step, group), a row each epoch; a run is a pair."""
        return seeds_joined([self._run(seed) for seed in range(self.seeds)])

    def _run(self, seed: int) -> xr.Dataset:
        from sitheory import bridge

        with bridge.one_thread():
            found = bridge.train(
                bridge.MLP(64, self.hidden, rng=seed),
                [bridge.SGD(lr, wd) for lr, wd in self.pairs],
                bridge.data.digits().with_label_noise(self.label_noise, rng=seed).normalised(),
                epochs=self.epochs,
                batches=bridge.Batches(self.batch, drop_last=True),
                rng=seed,
                groups="tensor",
                log_every=1,
            )
        cells = next(dim for dim in ("run", "lr", "wd") if dim in found.dims)
        return found.rename({cells: "run"}).assign_coords(
            run=[f"lr {lr:g}, wd {wd:g}" for lr, wd in self.pairs]
        )

    def table(self, result: xr.Dataset) -> str:
        """Return for each pair what was predicted over what was seen, and the norms out of bounds."""
        cells: dict[str, list[str]] = {
            n: [] for n in ("lr", "wd", "norm", "ELR", "turn", "norm now", "out of bounds")
        }
        for lr, wd in self.pairs:
            told = [self.confronted(run, lr, wd) for run in cells_of(result, self.pairs.index((lr, wd)))]
            cells["lr"].append(f"{lr:g}")
            cells["wd"].append(f"{wd:g}")
            for name in ("norm", "ELR", "turn", "norm now"):
                cells[name].append(text.with_error(np.array([t[name] for t in told])))
            cells["out of bounds"].append(str(sum(t["out of bounds"] for t in told)))
        head = "Predicted over seen (norm now: the norm when measured over that at the end):\n"
        return head + text.columns(cells)

    def confronted(self, run: xr.Dataset, lr: float, wd: float) -> dict[str, float]:
        """Return the predictions over what the last quarter shows, and how many norms left their bounds."""
        steps = run["step"].values
        at = int(np.searchsorted(steps, 1 / (8 * lr * wd)) + MEASURED)
        seen, later = (
            run.isel(step=slice(at - MEASURED + 1, at + 1)),
            run.isel(step=slice(-self.epochs // 4, None)),
        )
        norm = float(run["total_norm"][at])
        eff = float((seen["total_ess"] / seen["total_elr"]).mean())
        early = Advice(lr, wd, norm, eff / norm)
        future = run.isel(step=slice(at + 1, None))
        low, high = float(future["total_eff_grad_min"].min()), float(future["total_eff_grad_max"].max())
        sure = Advice(lr, wd, norm, min(max(eff, low), high) / norm, low / norm, high / norm)
        bounds = [sure.norm_after(int(t - steps[at])) for t in future["step"].values]
        out = sum(not a <= rho <= b for (a, b), rho in zip(bounds, future["total_norm"].values, strict=True))
        turn = np.degrees(np.arccos(1 - float(later["cos_dist"].mean())))
        end = float((later["total_norm"] ** 4).mean()) ** 0.25
        return {
            "norm": early.rest_norm[0] / end,
            "ELR": early.rest_elr[0] / (lr / end**2),
            "turn": early.turn_at_rest / turn,
            "norm now": norm / end,
            "out of bounds": out,
        }


def cells_of(result: xr.Dataset, index: int) -> Iterator[xr.Dataset]:
    """The runs of one pair, seed by seed."""
    for seed in result["seed"].values:
        yield result.sel(seed=seed).isel(run=index)
