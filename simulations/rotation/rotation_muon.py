"""Do Muon's updates forget like an average, by its momentum alone?

Muon and, as a control, AdamW on isotropic noise: correlations of updates, and the turn at rest over that of a geometric
memory. Expected: AdamW's turn is the geometric one, to 2 percent; Muon's correlations lie between the bounds of an odd
function with the polar factor's share, below the geometric ones, and it turns more, the more so the squarer the matrix.
Cost: twenty seconds.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr

import sitheory as si
from sitheory.reports import text
from sitheory.reports.optimiser_advice import Forecast, correlation_of
from sitheory.simulation.optimisers import stepper
from sitheory.theory import rotation
from sitheory.trajectory import schema
from sitheory.trajectory.schema import Variable

CELL, LAGGED = ("run",), ("run", "lag")
DECLARED = {
    "correlation": Variable(LAGGED, "correlation of updates so many steps apart, mean over layers"),
    "correlation_error": Variable(LAGGED, "standard error of that mean"),
    "correlation_low": Variable(LAGGED, "least correlation of the forecast"),
    "correlation_high": Variable(LAGGED, "greatest correlation of the forecast"),
    "correlation_geometric": Variable(LAGGED, "that of an average with the same momentum"),
    "turned": Variable(CELL, "turn at rest over that of a geometric memory, mean over layers"),
    "turned_error": Variable(CELL, "standard error of that mean"),
    "turned_low": Variable(CELL, "least of the forecast"),
    "turned_high": Variable(CELL, "greatest of the forecast"),
}
"""The variables of this experiment alone."""


@dataclass(frozen=True)
class Polar:
    """Muon's memory on matrices of several shapes, with AdamW's beside it."""

    name: ClassVar[str] = "rotation_muon"
    cost: ClassVar[str] = "twenty seconds"
    papers: ClassVar[tuple[str, ...]] = ("hyperball", "rotation")

    shapes: tuple[tuple[int, int], ...] = ((16, 16), (32, 8), (64, 4))
    momenta: tuple[float, ...] = (0.8, 0.95)
    layers: int = 8
    steps: int = 600
    lags: int = 12
    seed: int = 0

    def run(self) -> xr.Dataset:
        """Return a row per optimiser, shape and momentum."""
        cells = [
            (rule, shape)
            for momentum in self.momenta
            for rule, shapes in (
                (si.Muon(0.1, 0.1, momentum), self.shapes),
                (si.AdamW(0.1, 0.1, momentum, 0.995), self.shapes[:1]),
            )
            for shape in shapes
        ]
        rows = [self._one(*cell) for cell in cells]
        variables = {n: (DECLARED[n].dims, np.array([row[n] for row in rows])) for n in DECLARED}
        momenta = [_momentum(rule) for rule, _ in cells]
        names = [type(rule).__name__ for rule, _ in cells]
        coords = {
            "run": [
                f"{n}, {a} x {b}, {m:g}" for n, (_, (a, b)), m in zip(names, cells, momenta, strict=True)
            ],
            "optimiser": ("run", names),
            "momentum": ("run", momenta),
            "lag": ("lag", np.arange(1, self.lags + 1), {"long_name": "steps between two updates"}),
        }
        config = dataclasses.asdict(self)
        return schema.dataset(variables, coords, schema.provenance(config, self.seed), declared=DECLARED)

    def _one(self, rule: si.Muon | si.AdamW, shape: tuple[int, int]) -> dict:
        walk = si.RandomWalk((self.layers, *shape))
        ahead = Forecast(rule, shape)
        run = si.simulate(walk, rule, self.steps, windows=2, rng=self.seed).isel(step=-1)
        geometric = rotation.average_rest_chord_sq(ahead.alpha, _momentum(rule)) ** 0.5
        turned = run["turn"].values / geometric
        seen = self._correlations(rule, walk)
        bounds = np.array([correlation_of(rule, shape, lag) for lag in range(1, self.lags + 1)])
        root = self.layers**0.5
        return {
            "correlation": seen.mean(axis=1),
            "correlation_error": seen.std(axis=1, ddof=1) / root,
            "correlation_low": bounds[:, 0],
            "correlation_high": bounds[:, 1],
            "correlation_geometric": _momentum(rule) ** np.arange(1, self.lags + 1),
            "turned": turned.mean(),
            "turned_error": turned.std(ddof=1) / root,
            "turned_low": ahead.chord_sq[0] ** 0.5 / geometric,
            "turned_high": ahead.chord_sq[1] ** 0.5 / geometric,
        }

    def _correlations(self, rule: si.Muon | si.AdamW, walk: si.RandomWalk) -> np.ndarray:
        """Correlations of the updates of the run's second half, shape (lags, layers)."""
        w, grad = np.zeros(walk.dim), np.empty(walk.dim)
        draw, step = np.random.default_rng(self.seed + 1), stepper(rule, walk, w)
        taken = np.empty((self.steps, self.layers, walk.dim // self.layers), dtype=np.float32)
        for t in range(self.steps):
            walk.draw(w, draw, grad)
            before = w.copy()
            step(w, grad, 1.0, 1.0, t)
            taken[t] = (before - w).reshape(taken.shape[1:])
        late = taken[self.steps // 2 :]
        square = np.einsum("tln,tln->l", late, late) / len(late)
        lagged = [
            np.einsum("tln,tln->l", late[k:], late[:-k]) / (len(late) - k) for k in range(1, self.lags + 1)
        ]
        return np.array(lagged) / square

    @staticmethod
    def table(result: xr.Dataset) -> str:
        """Return a row per run: the turn over the geometric one between its bounds, and two correlations."""
        of = [result.isel(run=i) for i in range(result.sizes["run"])]
        cells = {
            "run": [str(v) for v in result["run"].values],
            "turn / geometric": [text.plus_minus(float(r["turned"]), float(r["turned_error"])) for r in of],
            "forecast": [f"{float(r['turned_low']):.3f} to {float(r['turned_high']):.3f}" for r in of],
        }
        for k in (1, 8):
            at = [r.sel(lag=k) for r in of]
            cells[f"R{k}"] = [f"{float(r['correlation']):.3f}" for r in at]
            cells[f"R{k} forecast"] = [
                f"{float(r['correlation_low']):.3f} to {float(r['correlation_high']):.3f}" for r in at
            ]
            cells[f"R{k} geometric"] = [f"{float(r['correlation_geometric']):.3f}" for r in at]
        return text.columns(cells, left=("run",))


def _momentum(rule: si.Muon | si.AdamW) -> float:
    return rule.momentum if isinstance(rule, si.Muon) else rule.b1
