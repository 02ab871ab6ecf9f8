"""Does descent with weight decay reach the minimum-norm interpolant where gradient flow does not?

Expected: with weight decay the relative distance to (M) falls to the size of the oscillation, sqrt(eta_in),
as Theorem 5.1 says; without it, and on the gradient flow, the angle from (M) stays what the start made it.
Cost: a few seconds.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr

from sitheory.edge import observations, regression
from sitheory.losses.regression import BatchNormRegression
from sitheory.reports import text
from sitheory.rules import DecayGD
from sitheory.trajectory import schema

RUNS = ("gradient flow", "descent, wd = 0", "descent, eta 1e-3", "descent, eta 1e-4", "descent, eta 1e-5")
DECAYS = (None, 0.0, 1e-3, 1e-4, 1e-5)


@dataclass(frozen=True)
class MinNorm:
    """The distance of the end to (M), its angle, and the test loss, over seeds of data and start."""

    name: ClassVar[str] = "sharpness_min_norm"
    cost: ClassVar[str] = "a few seconds"

    n: int = 20
    d: int = 100
    time: float = 12.0
    flow_time: float = 4e3
    seeds: int = 8

    def run(self) -> xr.Dataset:
        """Return the numbers at the end, dims (run, seed)."""
        seen = np.array([[self._one(wd, seed) for seed in range(self.seeds)] for wd in DECAYS])
        names = ("dist_min_norm", "tan_flattest", "test_loss")
        return schema.dataset(
            {name: (("run", "seed"), seen[..., k]) for k, name in enumerate(names)},
            {"run": list(RUNS), "seed": np.arange(self.seeds)},
            schema.provenance(dataclasses.asdict(self), list(range(self.seeds))),
        )

    def _one(self, wd: float | None, seed: int) -> list[float]:
        rng = np.random.default_rng(seed)
        loss = BatchNormRegression.random(self.n, self.d, rng)
        w = rng.standard_normal(self.d)
        if wd is None:
            end, rule = gradient_flow(loss, w, self.flow_time), DecayGD(1.0, 0.0)
            run = regression.run_regression(loss, rule, 1, regression.state_of(loss, end))
        else:
            rule = DecayGD(1.0, wd)
            steps = int(self.time / wd) if wd else 100_000
            run = regression.run_regression(
                loss, rule, steps, regression.state_of(loss, w), every=max(1, steps // 2000) | 1
            )
        seen = observations.observe(loss, rule, run)
        return [float(np.mean(seen[k][-20:])) for k in ("dist_min_norm", "tan_flattest", "test_loss")]

    @staticmethod
    def table(result: xr.Dataset) -> str:
        """Return the numbers as lines, mean +- standard error over seeds."""
        cells = {"": list(map(str, result["run"].values))}
        for head, name in zip(
            ("distance to (M)", "tan of the angle", "test loss"), result.data_vars, strict=True
        ):
            cells[head] = [text.with_error(result[name].sel(run=run).values) for run in result["run"].values]
        return text.columns(cells, left=("",))


def gradient_flow(loss: BatchNormRegression, w: np.ndarray, time: float) -> np.ndarray:
    """Return where the gradient flow from w is after some time; decay would only rescale its time.

    Args:
        loss: The regression.
        w: Shape (d,).
        time: How long.

    Returns:
        The weights, shape (d,).

    Raises:
        RuntimeError: If the integrator gives up.
    """
    from scipy.integrate import solve_ivp

    found = solve_ivp(lambda _, y: -loss.grad(y), (0, time), w, method="LSODA", rtol=1e-9, atol=1e-11)
    if not found.success:
        raise RuntimeError(f"the gradient flow could not be followed: {found.message}")
    return found.y[:, -1]
