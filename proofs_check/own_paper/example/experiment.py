"""How much does a step shrink the worst of a range of curvatures? One file an experiment, found by its name."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr

from sitheory.trajectory import schema

from . import formulas

DECLARED = {"worst": schema.Variable(("lr",), "greatest |x_T / x_0|^(1/T) over the two curvatures")}


@dataclass(frozen=True)
class Shrinking:
    """Gradient descent on two quadratics, over the step size."""

    name: ClassVar[str] = "example_shrinking"
    cost: ClassVar[str] = "a second"

    low: float = 1.0
    high: float = 4.0
    steps: int = 100
    rates: int = 40

    def run(self) -> xr.Dataset:
        """Return the worst factor a step, over lr."""
        lr = np.linspace(0.1 / self.high, 1.9 / self.high, self.rates)
        curvature = np.array([[self.low], [self.high]])
        x = np.ones((2, self.rates))
        for _ in range(self.steps):
            x = formulas.step(curvature, lr, x)
        worst = (np.abs(x) ** (1 / self.steps)).max(axis=0)
        attrs = schema.provenance(dataclasses.asdict(self), [0])
        return schema.dataset({"worst": (("lr",), worst)}, {"lr": lr}, attrs, declared=DECLARED)
