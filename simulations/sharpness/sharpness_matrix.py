"""Matrix completion with BN by gradient descent with weight decay: sharpness Figure 1.

Expected: the training loss vanishes early while the test loss stays above 1; at the edge of stability the
spherical sharpness drops, the predicted matrix loses rank and the test loss falls far below. Under a minute.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr

from sitheory.losses.curved import MatrixCompletion
from sitheory.measure.spherical_sharpness import sharpness
from sitheory.theory import scale
from sitheory.trajectory import schema


@dataclass(frozen=True)
class Matrix:
    """Losses, sharpness and singular values along one run of matrix completion."""

    name: ClassVar[str] = "sharpness_matrix"
    cost: ClassVar[str] = "a minute"

    size: int = 50
    rank: int = 2
    entries: int = 800
    lr: float = 1.0
    wd: float = 1e-3
    steps: int = 20_000
    every: int = 100
    start_scale: float = 0.3
    seed: int = 0

    def run(self) -> xr.Dataset:
        """Return the series at each ``every``-th step, dims (step, group)."""
        rng = np.random.default_rng(self.seed)
        loss = MatrixCompletion.random(self.size, self.rank, self.entries, rng)
        w, guess, rows = self.start_scale * rng.standard_normal(loss.dim), None, []
        for t in range(self.steps):
            if t % self.every == 0:
                found = sharpness(loss, w, start=guess, tolerance=1e-5, iterations=60)
                guess = found.vector
                rows.append(self._seen(loss, w, found.value))
            w = (1 - self.lr * self.wd) * w - self.lr * loss.grad(w)
        columns = {name: np.array([row[name] for row in rows]) for name in rows[0]}
        series = {name: (("step", "group")[: v.ndim], v) for name, v in columns.items()}
        coords = {"step": np.arange(0, self.steps, self.every), "group": np.arange(self.size)}
        return schema.dataset(series, coords, schema.provenance(dataclasses.asdict(self), self.seed))

    def _seen(self, loss: MatrixCompletion, w: np.ndarray, sharp: float) -> dict[str, np.ndarray | float]:
        norm_sq = float(w @ w)
        return {
            "loss": float(loss.value(w)),
            "test_loss": loss.test_loss(w),
            "sharpness": sharp,
            "elr": scale.elr_with_decay(self.lr, self.wd, norm_sq),
            "norm": norm_sq**0.5,
            "singular": np.linalg.svd(loss.predicted(w), compute_uv=False),
        }
