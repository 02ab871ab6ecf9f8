"""What float32, float64, many digits and the two exact forms change: when the first burst comes, and if at all.

Expected: rounding sets the floor that h falls to before the edge and so the time of the first burst: float32
first, float64 later, digits later still, up to the time that real arithmetic (deviations) takes. From a start so
far off that the deviations underflow, the floorless form freezes for ever while float64 bursts. After the
burst all agree on where the run goes. Cost: a quarter of a minute.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr

from sitheory import edge, trajectory
from sitheory.regression_loss import BatchNormRegression
from sitheory.rules import DecayGD

FORMS = ("float32", "float64", "naive float64", "40 digits", "80 digits", "deviations")
BURST = 1e-4
COLUMNS = ("first step with elr > 2/lambda_1", "first burst, |h| > 1e-4", "log10 of least |h|", "tan at the end")


@dataclass(frozen=True)
class Precision:
    """One run of linear regression in six arithmetics, from a near and from a far start."""

    name: ClassVar[str] = "sharpness_precision"
    cost: ClassVar[str] = "half a minute"

    n: int = 10
    d: int = 30
    lr: float = 1.0
    wd: float = 1e-3
    steps: int = 8000
    far: float = 12.0
    far_steps: int = 12_000
    seeds: int = 3

    def run(self) -> xr.Dataset:
        """Return the numbers, dims (run, seed, group), NaN where nothing burst."""
        rows = [(form, 1.0) for form in FORMS] + [("float64", self.far), ("deviations", self.far)]
        seen = np.array([[self._one(form, scale, seed) for seed in range(self.seeds)] for form, scale in rows])
        names = [form if scale == 1 else f"{form}, far start" for form, scale in rows]
        return trajectory.dataset(
            {"measured": (("run", "seed", "group"), seen)},
            {"run": names, "seed": np.arange(self.seeds), "group": np.arange(len(COLUMNS))},
            trajectory.provenance(dataclasses.asdict(self), list(range(self.seeds))),
        )

    def _one(self, form: str, scale: float, seed: int) -> list[float]:
        rng = np.random.default_rng(seed)
        loss, rule = BatchNormRegression.random(self.n, self.d, rng, tests=1), DecayGD(self.lr, self.wd)
        w = scale * rng.standard_normal(self.d)
        steps = self.steps if scale == 1 else self.far_steps
        seen = edge.observe(loss, rule, _run(loss, rule, steps, w, form))
        settled = np.arange(steps) > 20
        crossed = np.flatnonzero(settled & (seen["elr"] * seen["sharpness"] > 2))
        burst = np.flatnonzero((np.arange(steps) > crossed[0]) & (np.abs(seen["h"]) > BURST))
        least = np.abs(seen["h"][20 : burst[0] if len(burst) else None])
        depth = np.log10(np.median(np.sort(least)[: len(least) // 20 + 1])) if least.min() > 0 else -np.inf
        end = float(np.mean(seen["tan_flattest"][-10:]))
        return [float(crossed[0]), float(burst[0]) if len(burst) else np.nan, float(depth), end]

    @staticmethod
    def table(result: xr.Dataset) -> str:
        """Return the numbers as lines, mean +- standard error over seeds."""
        lines = [f"{'':<24}" + "".join(f"{c:>36}" for c in COLUMNS)]
        for run in result["run"].values:
            seen = result["measured"].sel(run=run).values
            cells = [_cell(seen[:, k]) for k in range(len(COLUMNS))]
            lines.append(f"{run:<24}" + "".join(f"{c:>36}" for c in cells))
        return "\n".join(lines)


def _run(loss: BatchNormRegression, rule: DecayGD, steps: int, w: np.ndarray, form: str) -> edge.RegressionRun:
    if form.endswith("digits"):
        return edge.run_decimal(loss, rule, steps, edge.state_of(loss, w), int(form.split()[0]))
    kinds = {"float32": "gram", "float64": "gram", "naive float64": "naive", "deviations": "deviation"}
    dtype = np.float32 if form == "float32" else np.float64
    return edge.run_regression(loss, rule, steps, edge.state_of(loss, w, kinds[form]), dtype=dtype)


def _cell(values: np.ndarray) -> str:
    if np.any(np.isnan(values)):
        return f"never in {int(np.isnan(values).sum())} of {len(values)}"
    if np.any(np.isinf(values)):
        return "-inf (exactly 0)"
    return f"{values.mean():.4g} +- {values.std(ddof=1) / len(values) ** 0.5:.2g}"
