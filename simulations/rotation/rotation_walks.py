"""Do norm and turn of walks follow the laws of their optimiser, from a start off rest and to the end of a schedule?

Expected: norm and turn within 2 percent of the forecast for AdamW and Lion; Muon between its two bounds and off the
geometric law, which AdamW obeys; under a linear decay the norm stays far above C sqrt(lr/wd). Cost: ten seconds.
"""

from __future__ import annotations

import dataclasses
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

SHAPE = ("run", "step")
DECLARED = {
    "walk_norm": Variable(SHAPE, "norm of a layer, mean over layers"),
    "walk_norm_error": Variable(SHAPE, "standard error of that mean"),
    "walk_turn": Variable(SHAPE, "step of a layer's direction, root mean square, mean over layers"),
    "walk_turn_error": Variable(SHAPE, "standard error of that mean"),
    "told_norm": Variable(SHAPE, "norm by the law of the optimiser, followed along the schedule"),
    "told_turn": Variable(SHAPE, "step of the direction by that law"),
    "rest_norm": Variable(SHAPE, "norm that would be in rest at the learning rate of the moment"),
    "geometric_turn": Variable(("run",), "turn of a geometric memory with the same momentum, at the peak"),
    "turn_low": Variable(("run",), "least turn at rest of the forecast"),
    "turn_high": Variable(("run",), "greatest turn at rest of the forecast"),
}
"""The variables of this experiment alone."""


@dataclass(frozen=True)
class Walks:
    """AdamW, Lion and Muon on isotropic noise, constant from off rest and under a linear decay to zero."""

    name: ClassVar[str] = "rotation_walks"
    cost: ClassVar[str] = "ten seconds"
    papers: ClassVar[tuple[str, ...]] = ("hyperball", "rotation")

    layers: int = 8
    side: int = 16
    steps: int = 2_400
    windows: int = 40
    seed: int = 0

    def run(self) -> xr.Dataset:
        """Return means over windows of each run, with what the laws say of it."""
        rules = {
            "AdamW": si.AdamW(0.1, 0.1, 0.9, 0.98),
            "Lion": si.Lion(0.1, 0.1),
            "Muon": si.Muon(0.1, 0.1, 0.9),
        }
        schedules = {"constant": si.Constant(), "linear": si.Linear()}
        cases = [(r, s) for r in rules for s in schedules]
        rows = [self._one(dataclasses.replace(rules[r], schedule=schedules[s]), s) for r, s in cases]
        variables = {n: (DECLARED[n].dims, np.array([row[n] for row in rows])) for n in DECLARED}
        coords = {
            "optimiser": ("run", [r for r, _ in cases]),
            "schedule": ("run", [s for _, s in cases]),
            "step": si.simulation.window_ends(self.steps, self.windows),
        }
        return schema.dataset(
            variables, coords, schema.provenance(dataclasses.asdict(self), self.seed), declared=DECLARED
        )

    def _one(self, rule, schedule: str) -> dict:
        ahead = Forecast(rule, (self.side, self.side), steps=self.steps)
        rest = sum(ahead.rest_norm) / 2
        begin = 2 * rest if schedule == "constant" else rest
        start = np.random.default_rng(self.seed).standard_normal((self.layers, self.side**2))
        start *= begin / np.linalg.norm(start, axis=1, keepdims=True)
        walk = si.RandomWalk((self.layers, self.side, self.side))
        run = si.simulate(
            walk, rule, self.steps, windows=self.windows, start=start.ravel(), rng=self.seed + 1
        )
        out: dict = {}
        for ours, theirs in (("walk_norm", "norm"), ("walk_turn", "turn")):
            values = run[theirs].values
            out[ours] = values.mean(axis=1)
            out[f"{ours}_error"] = values.std(axis=1, ddof=1) / self.layers**0.5
        _, norms, degrees = np.array(list(ahead.along(begin))).T
        turns = 2 * np.sin(np.radians(degrees) / 2)
        out["told_norm"], out["told_turn"] = (self._averaged(v) for v in (norms, turns))
        shares = run["rate"].values / rule.lr
        out["rest_norm"] = rest * np.sqrt(shares)
        beta = rule.momentum if isinstance(rule, si.Muon) else rule.b1
        out["geometric_turn"] = rotation.average_rest_chord_sq(ahead.alpha, beta) ** 0.5
        out["turn_low"], out["turn_high"] = (c**0.5 for c in ahead.chord_sq)
        return out

    def _averaged(self, values: np.ndarray) -> np.ndarray:
        """Root mean squares over the windows of what was reported at the ends of equal parts."""
        return np.array([np.mean(part**2) ** 0.5 for part in np.array_split(values, self.windows)])

    @staticmethod
    def table(result: xr.Dataset) -> str:
        """Return a row per run: measured over reported in the last window, norm and turn."""
        last = result.isel(step=-1)
        cells = {
            "optimiser": [str(v) for v in result["optimiser"].values],
            "schedule": [str(v) for v in result["schedule"].values],
            "norm": [f"{v:.4g}" for v in last["walk_norm"].values],
            "over the law": [f"{v:.3f}" for v in (last["walk_norm"] / last["told_norm"]).values],
            "over sqrt(lr/wd)": [f"{v:.3f}" for v in (last["walk_norm"] / last["rest_norm"]).values],
            "turn": [f"{v:.4g}" for v in last["walk_turn"].values],
            "over its law": [f"{v:.3f}" for v in (last["walk_turn"] / last["told_turn"]).values],
        }
        return text.columns(cells)
