"""With which power of eta_in the distance from the flow shrinks, on several losses: Theorem 4.7.

Expected: sup |theta_t - zeta(t eta_in)| shrinks as eta_in^(1/2), the size of the oscillation itself, with a
logarithm for tiny perturbations: twice the exponent 1/4 that is proved. Thirteen values of eta_in. Cost: a
minute.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr

from simulations.edge_losses import NAMES, loss_and_minimiser, mean_and_error
from sitheory import edge, trajectory
from sitheory.rules import DecayGD

SPREADS = {"sqrt(eta)": lambda eta: 0.3 * eta**0.5, "1e-5": lambda eta: 1e-5, "1e-10": lambda eta: 1e-10}
RECORDS = 20_000


@dataclass(frozen=True)
class Tracking:
    """The largest distances from the flow over a grid of intrinsic learning rates."""

    name: ClassVar[str] = "sharpness_tracking"
    cost: ClassVar[str] = "a minute"

    lowest: float = 1e-6
    highest: float = 1e-3
    values: int = 13
    time: float = 2.0
    seeds: int = 3

    def run(self) -> xr.Dataset:
        """Return the distances, dims (run, lr, seed), and fitted exponents with errors, dims (run, group)."""
        etas = np.geomspace(self.highest, self.lowest, self.values)
        runs = [(name, spread) for name in NAMES for spread in SPREADS]
        seen = np.array([[self._all(*run, eta) for eta in etas] for run in runs])
        fits = np.array([[_fit(etas, seen[i, :, :, k]) for k in (0, 1)] for i in range(len(runs))])
        dims = ("run", "group")
        return trajectory.dataset(
            {
                "dist_flow": (("run", "lr", "seed"), seen[..., 0]),
                "dist_flow_base": (("run", "lr", "seed"), seen[..., 1]),
                "measured": (dims, fits[..., 0]),
                "measured_error": (dims, fits[..., 1]),
            },
            {
                "run": [f"{n}, {s}" for n, s in runs],
                "lr": etas,
                "seed": np.arange(self.seeds),
                "group": [0, 1],
            },
            trajectory.provenance(dataclasses.asdict(self), list(range(self.seeds))),
        )

    def _all(self, name: str, spread: str, eta: float) -> list[tuple[float, float]]:
        return [self._one(name, spread, eta, seed) for seed in range(self.seeds)]

    def _one(self, name: str, spread: str, eta: float, seed: int) -> tuple[float, float]:
        loss, zeta = loss_and_minimiser(name, seed)
        rule, rng = DecayGD(1.0, eta), np.random.default_rng(1000 + seed)
        start = edge.begin(loss, rule, zeta, SPREADS[spread](eta), rng)
        steps = int(self.time / eta)
        # An odd stride sees both signs of h.
        seen = edge.trace(loss, rule, steps, start, zeta, every=steps // RECORDS | 1)
        return float(seen.dist.max()), float(seen.dist_base.max())

    @staticmethod
    def table(result: xr.Dataset) -> str:
        """Return the fitted exponents as lines."""
        lines = [f"{'loss, perturbation':<26}{'theta - zeta':>16}{'phi - zeta':>18}   (proved: 1/4 - o(1))"]
        for run in result["run"].values:
            cell = result.sel(run=run)
            parts = [
                f"{float(m):.3f} +- {float(e):.3f}"
                for m, e in zip(cell["measured"], cell["measured_error"], strict=True)
            ]
            lines.append(f"{run:<26}{parts[0]:>16}{parts[1]:>18}")
        return "\n".join(lines)


def _fit(etas: np.ndarray, distances: np.ndarray) -> list[float]:
    """The slope of log distance on log eta, and its standard error over seeds."""
    slopes = np.array([np.polyfit(np.log(etas), np.log(row), 1)[0] for row in distances.T])
    mean, error = mean_and_error(slopes)
    return [float(mean), float(error)]
