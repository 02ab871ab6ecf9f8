"""Gradient descent with weight decay on linear regression with BN: sharpness Figures 3 and 5.

Expected: the training loss falls to rounding in about a thousand steps, the norm decays until the effective
learning rate reaches 2 / lambda_1 near step 1,700, the loss then bursts and oscillates, and the test loss
falls from 0.40 to 0.26 as the predictor goes to the minimum-norm interpolant. Cost: a few seconds.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr

from sitheory.edge import observations, regression
from sitheory.losses.regression import BatchNormRegression
from sitheory.rules import DecayGD
from sitheory.trajectory import schema


@dataclass(frozen=True)
class Regression:
    """Every step of one run of linear regression with batch normalisation."""

    name: ClassVar[str] = "sharpness_regression"
    cost: ClassVar[str] = "a few seconds"

    n: int = 20
    d: int = 100
    lr: float = 1.0
    wd: float = 5e-4
    steps: int = 12_000
    start_scale: float = 0.3
    seed: int = 3

    def run(self) -> xr.Dataset:
        """Return the run's series at every step, dim (step)."""
        rng = np.random.default_rng(self.seed)
        loss, rule = BatchNormRegression.random(self.n, self.d, rng), DecayGD(self.lr, self.wd)
        state = regression.state_of(loss, self.start_scale * rng.standard_normal(self.d))
        run = regression.run_regression(loss, rule, self.steps, state, spectrum=True)
        series = {name: (("step",), values) for name, values in observations.observe(loss, rule, run).items()}
        return schema.dataset(
            series, {"step": run.steps}, schema.provenance(dataclasses.asdict(self), self.seed)
        )
