"""Does Proposition 4 hold bit for bit: (c x_0, c^2 lr, wd / c^2) against (x_0, lr, wd)?

Expected: for c a power of two every loss, cosine distance and rescaled norm is the same to the last bit. For other
c a bit differs within a few steps; where the run cycles or is chaotic the losses then part. Cost: a few seconds.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr

import sitheory as si
from sitheory.losses.planar import PLANAR
from sitheory.losses.protocol import ScaleInvariantLoss
from sitheory.reports import text
from sitheory.simulation import decay
from sitheory.trajectory import schema
from sitheory.trajectory.schema import Variable

BITWISE = ("loss", "cos_dist")


DECLARED = {
    "first_difference": Variable(("run", "seed"), "first step at which a bit differs, -1 for none"),
    "loss_difference": Variable(("run", "seed"), "greatest difference of the losses"),
}
"""The variables of this experiment alone."""


@dataclass(frozen=True)
class Rescaling:
    """Pairs of runs from the same starts in two scalings."""

    name: ClassVar[str] = "decay_rescaling"
    cost: ClassVar[str] = "a few seconds"

    lr: float = 0.1
    wd: float = 0.1
    factors: tuple[float, ...] = (2.0, 0.25, 1024.0, 3.0, 1.1, 10.0)
    steps: int = 20_000
    seeds: int = 6

    def _losses(self) -> dict[str, ScaleInvariantLoss]:
        return {
            "quotients 1 2 4": si.Quotients((1, 2, 4)),
            "bend 1": PLANAR["bend 1"].turned(0.3),
            "bend -0.3": PLANAR["bend -0.3"].turned(0.3),
            "mini-batches": si.SphereQuadratics.random(8, 16, interpolating=True),
        }

    def run(self) -> xr.Dataset:
        """Return first differences over (run, seed); a run is a loss and a factor c."""
        losses = self._losses()
        cells = [(name, c) for name in losses for c in self.factors]
        found = np.array(
            [[self._compare(losses[n], c, seed) for seed in range(self.seeds)] for n, c in cells]
        )
        series = {
            "first_difference": (("run", "seed"), found[..., 0].astype(int)),
            "loss_difference": (("run", "seed"), found[..., 1]),
        }
        coords = {"loss_name": ("run", [n for n, _ in cells]), "factor": ("run", [c for _, c in cells])}
        attrs = schema.provenance(dataclasses.asdict(self), list(range(self.seeds)))
        coords["seed"] = np.arange(self.seeds)
        return schema.dataset(series, coords, attrs, declared=DECLARED)

    def _compare(self, loss: ScaleInvariantLoss, c: float, seed: int) -> tuple[int, float]:
        w = np.random.default_rng(seed).standard_normal(loss.dim)
        one = decay.samples(loss, si.DecayGD(self.lr, self.wd), self.steps, w, rng=seed)
        other = decay.samples(loss, si.DecayGD(c**2 * self.lr, self.wd / c**2), self.steps, c * w, rng=seed)
        differs = np.any(
            [one[n] != other[n] for n in BITWISE] + [c * one["total_norm"] != other["total_norm"]], axis=0
        )
        first = int(np.argmax(differs)) if differs.any() else -1
        return first, float(np.nanmax(np.abs(one["loss"] - other["loss"])))

    def table(self, result: xr.Dataset) -> str:
        """Return a row for each loss and factor."""
        first = result["first_difference"].values
        cells = {
            "loss": [str(v) for v in result["loss_name"].values],
            "c": [f"{v:g}" for v in result["factor"].values],
            "same to the last bit": [f"{np.mean(row < 0):.0%} of {len(row)} runs" for row in first],
            "first step that differs": [text.with_error(row[row >= 0]) for row in first],
            "greatest difference of the loss": [
                text.with_error(row) for row in result["loss_difference"].values
            ],
        }
        return (
            f"(c x_0, c^2 lr, wd/c^2) against (x_0, lr, wd), {self.steps} steps, errors over seeds\n"
            + text.columns(cells)
        )
