"""What float32, float64, many digits and the two exact forms change: when the first burst comes, if at all.

Expected: rounding sets the floor below which h cannot fall before the edge, and so the time of the first
burst: float32 first, float64 later, every further digit later still, for in real arithmetic h is slaved to
the square of the slower deviations and its own part has died out. The deviations' form is rounded relative
to that square and bursts like 40 digits or so; with so little decay that the deviations underflow before the
edge it freezes for ever, where float64 bursts. After the burst all agree on where the run goes. Cost: half a
minute.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr

from sitheory.edge import decimal, observations, regression
from sitheory.losses.regression import BatchNormRegression
from sitheory.reports import text
from sitheory.rules import DecayGD
from sitheory.trajectory import schema

FORMS = ("float32", "float64", "naive float64", "40 digits", "80 digits", "160 digits", "deviations")
BURST = 1e-4
SETTLED = 1e-6
COLUMNS = ("elr > 2/lambda_1 at step", "steps from there to |h| > 1e-4", "tan of the angle at the end")


@dataclass(frozen=True)
class Precision:
    """One run of linear regression in seven arithmetics, two of them with little decay as well."""

    name: ClassVar[str] = "sharpness_precision"
    cost: ClassVar[str] = "half a minute"

    n: int = 10
    d: int = 30
    lr: float = 1.0
    wd: float = 1e-3
    steps: int = 3000
    slow_wd: float = 5e-5
    slow_steps: int = 40_000
    seeds: int = 3

    def run(self) -> xr.Dataset:
        """Return the numbers, dims (run, seed, group), NaN where nothing burst."""
        rows = [(form, self.wd) for form in FORMS] + [
            (form, self.slow_wd) for form in ("float64", "deviations")
        ]
        seen = np.array([[self._one(form, wd, seed) for seed in range(self.seeds)] for form, wd in rows])
        names = [f"{form}, wd {wd:g}" for form, wd in rows]
        return schema.dataset(
            {"measured": (("run", "seed", "group"), seen)},
            {"run": names, "seed": np.arange(self.seeds), "group": np.arange(len(COLUMNS))},
            schema.provenance(dataclasses.asdict(self), list(range(self.seeds))),
        )

    def _one(self, form: str, wd: float, seed: int) -> list[float]:
        rng = np.random.default_rng(seed)
        loss, rule = BatchNormRegression.random(self.n, self.d, rng, tests=1), DecayGD(self.lr, wd)
        w = rng.standard_normal(self.d)
        steps = self.steps if wd == self.wd else self.slow_steps
        seen = observations.observe(loss, rule, _run(loss, rule, steps, w, form))
        settled = np.arange(steps) > np.argmax(seen["loss"] < SETTLED)
        crossed = np.flatnonzero(settled & (seen["elr"] * seen["sharpness"] > 2))
        burst = np.flatnonzero((np.arange(steps) > crossed[0]) & (np.abs(seen["h"]) > BURST))
        waited = float(burst[0] - crossed[0]) if len(burst) else np.nan
        return [float(crossed[0]), waited, float(np.mean(seen["tan_flattest"][-10:]))]

    @staticmethod
    def table(result: xr.Dataset) -> str:
        """Return the numbers as lines, mean +- standard error over seeds."""
        cells = {"": list(map(str, result["run"].values))}
        for k, head in enumerate(COLUMNS):
            cells[head] = [
                _cell(result["measured"].sel(run=run).values[:, k]) for run in result["run"].values
            ]
        return text.columns(cells, left=("",))


def _run(
    loss: BatchNormRegression, rule: DecayGD, steps: int, w: np.ndarray, form: str
) -> regression.RegressionRun:
    if form.endswith("digits"):
        return decimal.run_decimal(loss, rule, steps, regression.state_of(loss, w), int(form.split()[0]))
    kinds = {"float32": "gram", "float64": "gram", "naive float64": "naive", "deviations": "deviation"}
    dtype = np.float32 if form == "float32" else np.float64
    return regression.run_regression(
        loss, rule, steps, regression.state_of(loss, w, kinds[form]), dtype=dtype
    )


def _cell(values: np.ndarray) -> str:
    if np.any(np.isnan(values)):
        return f"never in {int(np.isnan(values).sum())} of {len(values)}"
    return text.with_error(values)
