"""How good are the closed forms of the first delta-jump's times, in rho^2 and in rho^4, over lr wd?

Expected: in rho^4 the earliest possible jump is met within lr wd/2 or so and the latest is a bound that is never
passed; in rho^2 the former is early by up to a factor of two. Without an upper bound on the gradient the latest
jump is log(rho_0^2/J) / (2 log((1 - delta)/(1 - lr wd))), exactly. Cost: a few seconds.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr

from sitheory.reports import text
from sitheory.theory import periodic
from sitheory.trajectory import schema
from sitheory.trajectory.schema import Variable

DECLARED = {
    "t_kept": Variable(("run",), "the same bound with all terms in eta lambda and delta kept"),
    "t_exact": Variable(("run",), "first delta-jump against the strongest adversary"),
}
"""The variables of this experiment alone."""


@dataclass(frozen=True)
class Times:
    """Earliest and latest first jumps that gradients in [l, L] allow, against closed forms; lr = l = 1."""

    name: ClassVar[str] = "beyond_times"
    cost: ClassVar[str] = "a few seconds"
    papers: ClassVar[tuple[str, ...]] = ("periodic",)

    products: tuple[float, ...] = (0.2, 0.1, 0.03, 0.01, 0.003, 0.001)
    ratio: float = 1.5
    share: float = 0.2
    far: float = 20.0

    def run(self) -> xr.Dataset:
        """Return exact times and closed forms over runs: earliest, latest, latest without L; by lr wd."""
        kinds = {"earliest": self._earliest, "latest": self._latest, "latest, no L": self._unbounded}
        rows = [(kind, p, *find(p)) for kind, find in kinds.items() for p in self.products]
        bound, product, exact, kept, fourth = zip(*rows, strict=True)
        return schema.dataset(
            {
                "t_exact": (("run",), np.array(exact)),
                "t_kept": (("run",), np.array(kept)),
                "predicted": (("run",), np.array(fourth)),
            },
            {"bound": ("run", list(bound)), "product": ("run", np.array(product))},
            schema.provenance(dataclasses.asdict(self), 0),
            declared=DECLARED,
        )

    def _start(self, level_4: float) -> float:
        return self.far * level_4**0.5

    def _earliest(self, product: float) -> tuple[float, float, float]:
        """The run with l until it is below J(L); the forms in rho^2 and rho^4."""
        delta = self.share * product
        level = periodic.jump_norm_4(self.ratio**2, 1.0, product, delta)
        start, rest = self._start(level), periodic.rest_norm_4(1.0, 1.0, product)
        steps = _steps(start, level, lambda x: periodic.norm_sq_next(x, 1.0, 1.0, product))
        slow = periodic.norm_4_rates(1.0, product)[0]
        kept = periodic.time_to_level(start, rest**0.5, level**0.5, 1 - slow, math.log)
        return steps, kept, periodic.time_to_level(start**2, rest, level, 1 - slow, math.log)

    def _latest(self, product: float) -> tuple[float, float, float]:
        """The laziest path until it is below J(l)."""
        delta = self.share * product
        level = periodic.jump_norm_4(1.0, 1.0, product, delta)
        start, rest = self._start(level), periodic.rest_norm_4(self.ratio**2, 1.0, product)
        growth = periodic.jumpless_growth_sq(1.0, product, delta)
        steps = _steps(
            start, level, lambda x: min(growth * x, periodic.norm_sq_next(x, self.ratio**2, 1.0, product))
        )
        if rest >= level:
            return steps, math.inf, math.inf
        rates = periodic.beta_alpha_exact(1.0, product), 1 - periodic.norm_4_rates(1.0, product)[1]
        kept = periodic.time_to_level(start, rest**0.5, level**0.5, rates[0], math.log)
        return steps, kept, periodic.time_to_level(start**2, rest, level, rates[1], math.log)

    def _unbounded(self, product: float) -> tuple[float, float, float]:
        """The run that just does not jump, without an upper bound on the gradient."""
        delta = self.share * product
        level = periodic.jump_norm_4(1.0, 1.0, product, delta)
        growth = periodic.jumpless_growth_sq(1.0, product, delta)
        start = self._start(level)
        steps = _steps(start, level, lambda x: growth * x)
        form = periodic.time_to_level(start, 0.0, level**0.5, 1 - growth, math.log)
        return steps, form, form

    @staticmethod
    def table(result: xr.Dataset) -> str:
        """Return a row for each bound and lr wd."""
        exact = result["t_exact"].values
        cells = {
            "first jump": [str(v) for v in result["bound"].values],
            "lr*wd": [f"{v:g}" for v in result["product"].values],
            "exact": [f"{v:.0f}" for v in exact],
            "form in rho^2": [f"{v:.6g}" for v in result["t_kept"].values],
            "form in rho^4": [f"{v:.6g}" for v in result["predicted"].values],
            "rho^2/exact": [f"{v:.4f}" for v in result["t_kept"].values / exact],
            "rho^4/exact": [f"{v:.4f}" for v in result["predicted"].values / exact],
        }
        return text.columns(cells)


def _steps(x: float, level_4: float, advance) -> float:
    steps = 0
    while x * x >= level_4:
        x, steps = advance(x), steps + 1
    return float(steps)
