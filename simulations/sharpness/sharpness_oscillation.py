"""Period two, alignment, drift a step and the mean of h^2, against what is printed: sharpness section 4.2.3.

Expected: h changes sign at every step and x is along v_1; phi_{t+2} - phi_t is -2 h^2 grad log lambda_1, half
of what is printed; the mean of h^2 is 2 eta_in / (4 + ||grad||^2), so the mean of 2 h^2 is twice what is
printed and has the square that the print lacks. The two slips cancel in eq. 3. Cost: a few seconds.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr

from simulations.sharpness.edge_losses import NAMES, loss_and_minimiser, mean_and_error, table
from sitheory.edge import tracking
from sitheory.rules import DecayGD
from sitheory.theory import sharpness as law
from sitheory.trajectory import schema

COLUMNS = (
    "sign changes a step",
    "|h| / |x|",
    "drift of two steps / -h^2 grad",
    "mean h^2 / (2 eta/(4+G^2))",
    "mean 2h^2 / (2 eta/(4+G))",
)


@dataclass(frozen=True)
class Oscillation:
    """How the oscillation moves the minimiser, on four losses over seeds."""

    name: ClassVar[str] = "sharpness_oscillation"
    cost: ClassVar[str] = "a few seconds"

    intrinsic_lr: float = 2e-5
    time: float = 1.5
    settle: float = 0.1
    spread: float = 1e-4
    seeds: int = 6

    def run(self) -> xr.Dataset:
        """Return the measured numbers, dims (run, group)."""
        seen = np.array([[self._one(name, seed) for seed in range(self.seeds)] for name in NAMES])
        mean, error = mean_and_error(np.moveaxis(seen, 1, 2))
        predicted = np.tile([1.0, 1.0, -2 * law.drift(1.0), 1.0, np.nan], (len(NAMES), 1))
        printed = np.tile([1.0, 1.0, -law.drift_two_steps_printed(1.0), np.nan, 1.0], (len(NAMES), 1))
        dims = ("run", "group")
        return schema.dataset(
            {
                "measured": (dims, mean),
                "measured_error": (dims, error),
                "predicted": (dims, predicted),
                "printed": (dims, printed),
            },
            {"run": list(NAMES), "group": np.arange(len(COLUMNS))},
            schema.provenance(dataclasses.asdict(self), list(range(self.seeds))),
        )

    def _one(self, name: str, seed: int) -> list[float]:
        loss, zeta = loss_and_minimiser(name, seed)
        rule, rng = DecayGD(1.0, self.intrinsic_lr), np.random.default_rng(seed + 100)
        steps = int(self.time / self.intrinsic_lr)
        seen = tracking.trace(loss, rule, steps, tracking.begin(loss, rule, zeta, self.spread, rng), zeta)
        late = slice(int(self.settle * steps), None)
        h, phi, grad, grad_sq = seen.h[late], seen.phi[late], seen.grad[late], seen.grad_sq[late]
        # One step's neighbours average out the first-order change of h within the two steps.
        moved = np.sum((phi[2:] - phi[:-2]) * grad[1:-1], axis=1) / grad_sq[1:-1]
        square = (h[:-2] ** 2 + h[1:-1] ** 2) / 2
        ratio = h**2 / law.mean_h_sq(self.intrinsic_lr, grad_sq)
        as_printed = 2 * h**2 / law.mean_two_h_sq_printed(self.intrinsic_lr, np.sqrt(grad_sq))
        return [
            float(np.mean(h[1:] * h[:-1] < 0)),
            float(np.mean(np.abs(h) / seen.off[late])),
            float(-(moved @ square) / (square @ square)),
            float(ratio.mean()),
            float(as_printed.mean()),
        ]

    @staticmethod
    def table(result: xr.Dataset) -> str:
        """Return the answers as lines."""
        return table(result, COLUMNS)
