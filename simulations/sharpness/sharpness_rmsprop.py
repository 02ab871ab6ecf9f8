"""Scalar RMSprop, not scale-invariant: the same flow, and why the order of its update matters.

Expected: h^2 averages (1-beta) lr^2 / (4 (1-beta) + 2 lr^2 G^2) as derived, and the drift is -h^2 G a step,
in both orders on walls that soften. On a parabola the order decides: with the average updated after the step
the oscillation's energy grows until the run leaves the edge, with the step's own gradient in it the energy
dies. Cost: a few seconds.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr

from simulations.sharpness.edge_losses import mean_and_error, table
from sitheory.edge import rmsprop
from sitheory.losses.curved import Valley
from sitheory.rules import ScalarRMSprop
from sitheory.theory import sharpness as law
from sitheory.trajectory import schema

COLUMNS = ("sign changes a step", "mean h^2 / derived", "drift of two steps / -h^2 grad", "spread of log h^2")


@dataclass(frozen=True)
class RMSprop:
    """Drift and oscillation of scalar RMSprop in both orders of its update, over starts."""

    name: ClassVar[str] = "sharpness_rmsprop"
    cost: ClassVar[str] = "a few seconds"

    lr: float = 0.01
    beta: float = 0.9999
    soft: float = 6.0
    steps: int = 200_000
    spread: float = 1e-4
    settle: float = 0.2
    seeds: int = 6

    def run(self) -> xr.Dataset:
        """Return the measured numbers, dims (run, group)."""
        cases = {
            f"{wall}, average {when} step": (soft, after)
            for wall, soft in (("soft", self.soft), ("parabola", 0.0))
            for when, after in (("after", False), ("before", True))
        }
        seen = np.array([[self._one(*case, s) for s in range(self.seeds)] for case in cases.values()])
        mean, error = mean_and_error(np.moveaxis(seen, 1, 2))
        dims = ("run", "group")
        return schema.dataset(
            {
                "measured": (dims, mean),
                "measured_error": (dims, error),
                "predicted": (dims, np.tile([1.0, 1.0, 2.0, np.nan], (len(cases), 1))),
                "printed": (dims, np.full((len(cases), 4), np.nan)),
            },
            {"run": list(cases), "group": np.arange(4)},
            schema.provenance(dataclasses.asdict(self), list(range(self.seeds))),
        )

    def _one(self, soft: float, after: bool, seed: int) -> list[float]:
        rng, loss = np.random.default_rng(seed), Valley((1.0, 2.0), soft)
        rule = ScalarRMSprop(self.lr, self.beta, after)
        start = np.append(0.8 + 0.4 * rng.random(2), self.spread * rng.standard_normal())
        moment = (self.lr * loss.sharpness_at(start) / 2) ** 2
        w, _ = rmsprop.follow_rmsprop(loss, rule, self.steps, start, moment)
        late = w[int(self.settle * self.steps) :]
        h, grad = late[:, -1], loss.log_sharp_grad(late)
        grad_sq = np.sum(grad**2, axis=1)
        moved = np.sum((late[2:] - late[:-2])[:, :-1] * grad[1:-1, :-1], axis=1) / grad_sq[1:-1]
        square = (h[:-2] ** 2 + h[1:-1] ** 2) / 2
        return [
            float(np.mean(h[1:] * h[:-1] < 0)),
            float(np.mean(h**2 / law.rmsprop_flow_speed(rule.lr, rule.beta, grad_sq))),
            float(-(moved @ square) / (square @ square)),
            float(np.std(np.log(np.maximum(h[-self.steps // 4 :] ** 2, 1e-300)))),
        ]

    @staticmethod
    def table(result: xr.Dataset) -> str:
        """Return the answers as lines."""
        return table(result, COLUMNS)
