"""Matrix completion with BN by gradient descent with weight decay: sharpness Figure 1.

Expected: the training loss vanishes early while the test loss stays above 1; at the edge of stability the
spherical sharpness drops, the predicted matrix loses rank and the test loss falls far below. How far depends on the
draw of the matrix, of the known entries and of the start: over 24 of them from 0.002 to 0.16. Two minutes.
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
from sitheory.trajectory.schema import Variable

DECLARED = {
    "singular": Variable(("step", "group"), "singular values of the predicted matrix"),
    "end_test_loss": Variable(
        ("seed",), "test loss after the last step, a draw of matrix, entries and start each seed"
    ),
}
"""The variables of this experiment alone."""


@dataclass(frozen=True)
class Matrix:
    """Losses, sharpness and singular values along one run of matrix completion."""

    name: ClassVar[str] = "sharpness_matrix"
    cost: ClassVar[str] = "two minutes"

    size: int = 50
    rank: int = 2
    entries: int = 800
    lr: float = 1.0
    wd: float = 1e-3
    steps: int = 20_000
    every: int = 100
    start_scale: float = 0.3
    seed: int = 0
    draws: int = 24

    def run(self) -> xr.Dataset:
        """Return the series of one draw at each ``every``-th step, dims (step, group), and where draws end, (seed)."""
        loss, w = self._draw(self.seed)
        guess, rows = None, []
        for t in range(self.steps):
            if t % self.every == 0:
                found = sharpness(loss, w, start=guess, tolerance=1e-5, iterations=60)
                guess = found.vector
                rows.append(self._seen(loss, w, found.value))
            w = self._step(loss, w)
        columns = {name: np.array([row[name] for row in rows]) for name in rows[0]}
        series = {name: (("step", "group")[: v.ndim], v) for name, v in columns.items()}
        series["end_test_loss"] = (("seed",), np.array([self._end(seed) for seed in range(self.draws)]))
        coords = {"step": np.arange(0, self.steps, self.every), "group": np.arange(self.size)}
        coords["seed"] = np.arange(self.draws)
        attrs = schema.provenance(dataclasses.asdict(self), self.seed)
        return schema.dataset(series, coords, attrs, declared=DECLARED)

    def _draw(self, seed: int) -> tuple[MatrixCompletion, np.ndarray]:
        """Return a matrix with its known entries, and the weights to start from."""
        rng = np.random.default_rng(seed)
        loss = MatrixCompletion.random(self.size, self.rank, self.entries, rng)
        return loss, self.start_scale * rng.standard_normal(loss.dim)

    def _step(self, loss: MatrixCompletion, w: np.ndarray) -> np.ndarray:
        return (1 - self.lr * self.wd) * w - self.lr * loss.grad(w)

    def _end(self, seed: int) -> float:
        """Return the test loss after the last step on one draw."""
        loss, w = self._draw(seed)
        for _ in range(self.steps):
            w = self._step(loss, w)
        return float(loss.test_loss(w))

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
