"""Where does a schedule that goes to zero leave the norm?

AdamW on isotropic noise, from rest, linear and cosine decays of different lengths. Expected: the share of the peak's
norm that is left is within 3 percent of the forecast at every length; within 3 percent of the closed form for linear
decays, and from lr wd T = 20 on for cosines, whose form leaves out (lr wd T)^(-2/3); the law C sqrt(lr/wd), at the last
step's rate, would have next to nothing left. Cost: a few seconds.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr

import sitheory as si
from sitheory.reports import text
from sitheory.reports.optimiser_advice import Forecast
from sitheory.theory import rotation
from sitheory.trajectory import schema
from sitheory.trajectory.schema import Variable

CELL = ("run",)
DECLARED = {
    "decay": Variable(CELL, "lr wd T of the peak's rate"),
    "left": Variable(CELL, "norm before the last step over that at rest at the peak, mean over layers"),
    "left_error": Variable(CELL, "standard error of that mean"),
    "left_closed": Variable(CELL, "the same by the closed form of long decays"),
    "left_followed": Variable(CELL, "the same by the forecast, followed step by step"),
    "left_quasistatic": Variable(CELL, "the same by C sqrt(lr/wd) at the last step's rate"),
}
"""The variables of this experiment alone."""


@dataclass(frozen=True)
class Schedules:
    """Decays to zero of several lengths."""

    name: ClassVar[str] = "rotation_schedules"
    cost: ClassVar[str] = "a few seconds"
    papers: ClassVar[tuple[str, ...]] = ("hyperball", "rotation")

    decays: tuple[float, ...] = (2.0, 5.0, 10.0, 20.0, 40.0)
    layers: int = 16
    side: int = 16
    lr: float = 0.1
    wd: float = 0.2
    seed: int = 0

    def run(self) -> xr.Dataset:
        """Return a row per schedule and length."""
        schedules = {"linear": si.Linear(), "cosine": si.Cosine()}
        cells = [(name, decay) for name in schedules for decay in self.decays]
        rows = [self._one(schedules[name], decay) for name, decay in cells]
        variables = {n: (CELL, np.array([row[n] for row in rows])) for n in DECLARED}
        coords = {"run": [f"{n}, {d:g}" for n, d in cells], "schedule": ("run", [n for n, _ in cells])}
        config = dataclasses.asdict(self)
        return schema.dataset(variables, coords, schema.provenance(config, self.seed), declared=DECLARED)

    def _one(self, schedule: si.Linear | si.Cosine, decay: float) -> dict:
        steps = round(decay / (self.lr * self.wd))
        rule = si.AdamW(self.lr, self.wd, 0.5, 0.98, schedule=schedule)
        ahead = Forecast(rule, (self.side, self.side), steps=steps)
        rest = ahead.rest_norm[0]
        start = np.random.default_rng(self.seed).standard_normal((self.layers, self.side**2))
        start *= rest / np.linalg.norm(start, axis=1, keepdims=True)
        walk = si.RandomWalk((self.layers, self.side, self.side))
        run = si.simulate(walk, rule, steps, every=1, start=start.ravel(), rng=self.seed + 1)
        left = run["norm"].values[-1] / rest
        *_, (_, followed, _) = ahead.along()
        closed = (
            rotation.linear_end_ratio_4(decay, math.pi) ** 0.25
            if isinstance(schedule, si.Linear)
            else rotation.cosine_end_ratio_6(decay, math.pi, math.gamma(5 / 3)) ** (1 / 6)
        )
        return {
            "decay": decay,
            "left": left.mean(),
            "left_error": left.std(ddof=1) / self.layers**0.5,
            "left_closed": closed,
            "left_followed": followed / rest,
            "left_quasistatic": schedule.share(1 - 0.5 / steps) ** 0.5,
        }

    @staticmethod
    def table(result: xr.Dataset) -> str:
        """Return a row per run: what is left of the norm, measured and by each law."""
        cells = {
            "schedule": [str(v) for v in result["schedule"].values],
            "lr wd T": [f"{v:g}" for v in result["decay"].values],
            "norm left": [
                text.plus_minus(float(a), float(b))
                for a, b in zip(result["left"].values, result["left_error"].values, strict=True)
            ],
        }
        for name, head in (
            ("closed", "closed form"),
            ("followed", "followed"),
            ("quasistatic", "sqrt(lr/wd)"),
        ):
            cells[head] = [f"{v:.3g}" for v in result[f"left_{name}"].values]
        return text.columns(cells, left=("schedule",))
