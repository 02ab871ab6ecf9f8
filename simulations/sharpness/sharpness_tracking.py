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

from simulations.sharpness.edge_losses import NAMES, loss_and_minimiser
from sitheory import sweeps
from sitheory.edge import tracking
from sitheory.measure import statistics
from sitheory.reports import text
from sitheory.rules import DecayGD
from sitheory.sweeps.grid import Grid
from sitheory.trajectory.schema import Variable

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

    def grid(self) -> Grid:
        """Return the grid over run (loss and perturbation), lr (eta_in, the rate being 1) and seed."""
        return Grid(
            axes={
                "run": np.array([f"{name}, {spread}" for name in NAMES for spread in SPREADS]),
                "lr": np.geomspace(self.highest, self.lowest, self.values),
                "seed": np.arange(self.seeds),
            },
            variables={
                "dist_flow": Variable((), "largest distance from the sharpness-reduction flow"),
                "dist_flow_base": Variable((), "largest distance of the minimiser phi from the flow"),
            },
            config=dataclasses.asdict(self),
            entropy=list(range(self.seeds)),
        )

    def cell(self, run: str, lr: float, seed: int) -> dict[str, float]:
        """Follow one run beside the flow and return the largest distances from it."""
        name, spread = run.split(", ")
        loss, zeta = loss_and_minimiser(name, seed)
        rule, rng = DecayGD(1.0, lr), np.random.default_rng(1000 + seed)
        start = tracking.begin(loss, rule, zeta, SPREADS[spread](lr), rng)
        steps = int(self.time / lr)
        # An odd stride sees both signs of h.
        seen = tracking.trace(loss, rule, steps, start, zeta, every=steps // RECORDS | 1)
        return {"dist_flow": float(seen.dist.max()), "dist_flow_base": float(seen.dist_base.max())}

    def run(self) -> xr.Dataset:
        """Return the result, computed in memory."""
        return sweeps.collect(self)

    @staticmethod
    def table(result: xr.Dataset) -> str:
        """Return the fitted exponents as lines."""
        cells = {"loss, perturbation": list(map(str, result["run"].values))}
        for head, name in (("theta - zeta", "dist_flow"), ("phi - zeta", "dist_flow_base")):
            fits = [
                statistics.power(result["lr"].values, result[name].sel(run=run).values)
                for run in result["run"].values
            ]
            cells[head] = [text.pm(fit) for fit in fits]
        cells["proved"] = ["1/4 - o(1)"] * len(result["run"])
        return text.columns(cells, left=("loss, perturbation",))
