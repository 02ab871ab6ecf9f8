"""How does the period of the norm scale with lr * wd: the exponent of each loss, in three cases.

Expected: small oscillations about rest have period pi / sqrt(2 lr wd), exponent -1/2, for every loss. Relaxation
oscillations have exponent -1 where float64 can follow phi down to 1e-308 (minimum on an axis); where rounding
noise of 1e-16 ends the quiet phase (minimum off the axes) the exponent tends to -1/2 again, with a period of
sqrt(2 log(1e16) / (lr wd)), but stays -1 at a degenerate minimum. Corollary 1 says -1. Cost: half a minute.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr

import sitheory as si
from sitheory.losses.planar import PLANAR, Fourier
from sitheory.measure import statistics
from sitheory.measure.cycles import find_cycle, turns
from sitheory.reports import text
from sitheory.simulation import decay
from sitheory.theory import periodic
from sitheory.trajectory import schema
from sitheory.trajectory.schema import Variable

TURNS = {"oscillating": 0.3, "relaxation": 0.0, "with rounding": 0.3}
"""Case -> by how much the losses are turned."""

LAST = 3
"""The exponent is fitted over so many of the smallest products."""


@dataclass(frozen=True)
class Period:
    """Periods of the norm over lr * wd, loss by loss."""

    name: ClassVar[str] = "decay_period"
    cost: ClassVar[str] = "half a minute"

    oscillating: tuple[str, ...] = ("quotient", "bend 0.3", "bend 1", "cosine", "two cosines", "bend -0.3")
    relaxation: tuple[str, ...] = ("bend 0.3", "bend 1", "bend 3", "cosine", "two cosines")
    with_rounding: tuple[str, ...] = ("bend 0.3", "bend 1", "cosine", "two cosines", "degenerate")
    products: tuple[float, ...] = (1e-2, 3e-3, 1e-3, 3e-4, 1e-4)
    steep: tuple[float, ...] = (1e-1, 5e-2, 2e-2, 1e-2, 5e-3, 2e-3)
    cycles: int = 30
    seeds: int = 3

    def run(self) -> xr.Dataset:
        """Return periods over (run, wd, seed); a run is a case and a loss, the rate is 1."""
        runs = [(case, loss) for case in TURNS for loss in getattr(self, case.replace(" ", "_"))]
        shape = (len(runs), max(len(self.products), len(self.steep)), self.seeds)
        period, products = np.full(shape, np.nan), np.full(shape[:2], np.nan)
        for i, (case, loss) in enumerate(runs):
            for j, product in enumerate(self.steep if case == "relaxation" else self.products):
                products[i, j] = product
                for seed in range(self.seeds):
                    period[i, j, seed] = self._period(case, PLANAR[loss], product, seed)
        coords = {
            "case": ("run", [case for case, _ in runs]),
            "loss_name": ("run", [loss for _, loss in runs]),
            "product": (("run", "wd"), products),
            "seed": np.arange(self.seeds),
        }
        attrs = schema.provenance(dataclasses.asdict(self), list(range(self.seeds)))
        of = Variable(("run", "wd", "seed"), "mean steps between maxima of the norm")
        return schema.dataset({"period": (of.dims, period)}, coords, attrs, declared={"period": of})

    def _period(self, case: str, loss: Fourier, product: float, seed: int) -> float:
        expected = 2 * np.pi / np.arccos(periodic.small_period_cos(1, product))
        draw = np.random.default_rng(seed)
        if case == "oscillating":
            w, length, every = _near_rest(loss, product, TURNS[case], draw), 6 * expected, 1
        else:
            longest = 40 / product if loss is PLANAR["degenerate"] else max(3 / product, 6 * expected)
            w, length, every = draw.standard_normal(2), self.cycles * longest, max(1, int(longest / 400))
        steps = int(length) // every * every
        seen = decay.samples(loss.turned(TURNS[case]), si.DecayGD(1, product), steps, w, every=every)
        log_norm_sq = 2 * np.log(seen["total_norm"])
        if case == "oscillating":
            maxima, _ = turns(log_norm_sq, 0.2 * np.ptp(log_norm_sq[len(log_norm_sq) // 2 :]))
            return float(np.diff(maxima).mean() * every) if len(maxima) > 2 else float("nan")
        return find_cycle(log_norm_sq, every, -np.log1p(-product)).period.mean

    def table(self, result: xr.Dataset) -> str:
        """Return a row for each case and loss: periods, and the exponent fitted over the smaller products."""
        lines = []
        for case in TURNS:
            chosen = result.isel(run=np.flatnonzero(result["case"].values == case))
            products = chosen["product"].values[0]
            known = np.isfinite(products)
            cells = {"loss": [str(v) for v in chosen["loss_name"].values]}
            for j in np.flatnonzero(known):
                cells[f"lr*wd={products[j]:g}"] = [
                    text.with_error(row) for row in chosen["period"].values[:, j]
                ]
            fits = [
                statistics.power(p[known][-LAST:], v[known][-LAST:])
                for p, v in zip(chosen["product"].values, chosen["period"].values, strict=True)
            ]
            cells["exponent"] = [text.plus_minus(*fit) for fit in fits]
            lines += [f"{case}: period in steps, errors over seeds", text.columns(cells), ""]
        small = 2 * np.pi / np.arccos([periodic.small_period_cos(1, p) for p in self.products])
        lines.append(
            "small oscillations, predicted: "
            + ", ".join(f"{p:g}: {v:.4g}" for p, v in zip(self.products, small, strict=True))
        )
        return "\n".join(lines)


def _near_rest(loss: Fourier, product: float, turn: float, draw: np.random.Generator) -> np.ndarray:
    """Return a start near the orbit that goes to and fro over the minimum at 0 with a resting norm."""
    half = np.arccos(periodic.resting_cos(1, product)) / 2
    elr = (1 - product) * np.tan(2 * half) / loss.derivative(half)
    phi = half * (1 + 0.02 * draw.uniform(0.5, 1)) + turn
    return np.array([np.cos(phi), np.sin(phi)]) / elr**0.5
