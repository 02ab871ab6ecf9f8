"""How far are t_min and t_max of Proposition 2 from the true first delta-jump?

Expected: with l <= g <= L fixed and delta = share * lr wd, from far away the printed t_min comes too early by
nearly a factor of two (the slope 1 - 2 alpha of Lemma 1 is that at the fixed point) and the printed t_max a third
too late. From just above the printed level the printed t_min is no bound where delta is small beside lr wd, for
the exact level is higher; with all terms in lr wd and delta kept it is one. Cost: a few seconds.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr

from sitheory.reports import text
from sitheory.theory import periodic
from sitheory.trajectory import schema
from sitheory.trajectory.schema import Variable

BOUNDS = ("min", "max")


DECLARED = {
    "t_printed": Variable(("run",), "printed bound on the first delta-jump"),
    "t_kept": Variable(("run",), "the same bound with all terms in eta lambda and delta kept"),
    "t_exact": Variable(("run",), "first delta-jump against the strongest adversary"),
    "first_jump": Variable(("run", "seed"), "step of the first delta-jump"),
}
"""The variables of this experiment alone."""


@dataclass(frozen=True)
class Times:
    """First delta-jumps of norms whose effective gradients are chosen by an adversary or at random."""

    name: ClassVar[str] = "decay_times"
    cost: ClassVar[str] = "a few seconds"

    products: tuple[float, ...] = (0.1, 0.01, 0.001, 0.0001)
    shares: tuple[float, ...] = (0.2, 0.02)
    gaps: tuple[float, ...] = (20.0, 0.005)
    ratio: float = 1.5
    sequences: int = 1000
    seeds: int = 8

    def run(self) -> xr.Dataset:
        """Return times over (run, seed); a run is min or max, lr * wd, delta over lr * wd, and how far away.

        lr is 1 and l is 1, so that L is ``ratio``; rho_0^2 is 1 + gap times the printed level.
        """
        cells = [
            (bound, p, s, gap)
            for bound in BOUNDS
            for p in self.products
            for s in self.shares
            for gap in self.gaps
        ]
        rows = [self._times(*cell) for cell in cells]
        series = {n: (("run",), np.array([r[n] for r in rows])) for n in ("t_printed", "t_kept", "t_exact")}
        first = np.array([[self._first(*cell, seed) for seed in range(self.seeds)] for cell in cells])
        names = ("bound", "product", "share", "gap")
        coords = {name: ("run", [cell[i] for cell in cells]) for i, name in enumerate(names)}
        attrs = schema.provenance(dataclasses.asdict(self), list(range(self.seeds)))
        return schema.dataset(
            {**series, "first_jump": (("run", "seed"), first)},
            {**coords, "seed": np.arange(self.seeds)},
            attrs,
            declared=DECLARED,
        )

    def _gradients(self, bound: str) -> tuple[float, float]:
        """The gradient that the norm falls with, the fastest or the slowest, and the one that makes the jump."""
        return (1.0, self.ratio) if bound == "min" else (self.ratio, 1.0)

    def _start(self, bound: str, delta: float, gap: float) -> tuple[float, float]:
        """The printed level of rho^2, and rho_0^2."""
        level = math.sqrt(periodic.prop1_norm_4(self._gradients(bound)[1] ** 2, 1, delta))
        return level, level * (1 + gap)

    def _times(self, bound: str, product: float, share: float, gap: float) -> dict[str, float]:
        delta, (shrink, jump) = product * share, self._gradients(bound)
        printed_level, norm_sq = self._start(bound, delta, gap)
        printed = _crossing(
            norm_sq,
            math.sqrt(periodic.kappa_sq(1, product)) * shrink,
            printed_level,
            periodic.beta_alpha(1, product) * (2 if bound == "min" else 1),
        )
        alpha = periodic.beta_alpha_exact(1, product)
        level = math.sqrt(periodic.jump_norm_4(jump**2, 1, product, delta))
        kept = _crossing(
            norm_sq,
            math.sqrt(periodic.stationary_sq(alpha, shrink**2)),
            level,
            alpha * (2 if bound == "min" else 1),
        )
        return {
            "t_printed": printed,
            "t_kept": kept,
            "t_exact": _steps_below(norm_sq, alpha, shrink**2, level),
        }

    def _first(self, bound: str, product: float, share: float, gap: float, seed: int) -> float:
        """The first jump of random gradients: the earliest, or the latest, of many sequences."""
        draw, alpha, delta = (
            np.random.default_rng(seed),
            periodic.beta_alpha_exact(1, product),
            product * share,
        )
        norm_sq = np.full(self.sequences, self._start(bound, delta, gap)[1])
        first = np.full(self.sequences, -1)
        for t in range(10 * int(5 / product)):
            eff_grad_sq = draw.uniform(1, self.ratio, self.sequences) ** 2
            jumps = norm_sq**2 < periodic.jump_norm_4(eff_grad_sq, 1, product, delta)
            first[jumps & (first < 0)] = t
            if np.all(first >= 0) or (bound == "min" and np.any(first >= 0)):
                break
            norm_sq = periodic.beta_next(norm_sq, alpha, eff_grad_sq)
        return float(first[first >= 0].min() if bound == "min" else first.max())

    def table(self, result: xr.Dataset) -> str:
        """Return a row for each bound, lr * wd and delta."""
        exact, first = result["t_exact"].values, result["first_jump"].values
        cells = {
            "bound": [f"t_{v}" for v in result["bound"].values],
            "lr*wd": [f"{v:g}" for v in result["product"].values],
            "delta/(lr*wd)": [f"{v:g}" for v in result["share"].values],
            "rho_0^2/level": [f"{1 + v:g}" for v in result["gap"].values],
            "printed": [f"{v:.6g}" for v in result["t_printed"].values],
            "terms kept": [f"{v:.6g}" for v in result["t_kept"].values],
            "adversary": [f"{v:.0f}" for v in exact],
            "printed/adversary": _ratios(result["t_printed"].values, exact),
            "kept/adversary": _ratios(result["t_kept"].values, exact),
            "random gradients": [text.with_error(row) for row in first],
            "is a bound": [self._verdict(*row) for row in self._rows(result)],
        }
        return (
            f"First delta-jump in steps, L = {self.ratio:g} l. adversary: the earliest (t_min) or latest (t_max) jump "
            "that gradients in [l, L] allow;\nrandom gradients: that of "
            f"{self.sequences} sequences, errors over seeds; level: that of Proposition 1.\n"
            + text.columns(cells)
        )

    @staticmethod
    def _rows(result: xr.Dataset) -> list[tuple]:
        names = ("bound", "t_printed", "t_kept", "t_exact")
        return list(zip(*(result[name].values for name in names), strict=True))

    @staticmethod
    def _verdict(bound: str, printed: float, kept: float, exact: float) -> str:
        """Which of the two bounds holds: no jump before t_min, a jump no later than the first step after t_max."""
        holds = [exact >= t if bound == "min" else exact <= math.floor(t) + 1 for t in (printed, kept)]
        return f"printed {'yes' if holds[0] else 'NO'}, kept {'yes' if holds[1] else 'NO'}"


def _crossing(start: float, limit: float, level: float, rate: float) -> float:
    """The printed form of t_min and t_max, 0 where the start is below the level [periodic eqs. 5 and 6]."""
    log: Callable[[float], float] = math.log
    if level <= limit:
        return math.inf
    return max(0.0, periodic.time_to_level(start, limit, level, rate, log)) if start > limit else 0.0


def _ratios(times: np.ndarray, exact: np.ndarray) -> list[str]:
    return [f"{t / e:.4f}" if e else "-" for t, e in zip(times, exact, strict=True)]


def _steps_below(start: float, alpha: float, beta: float, level: float) -> int:
    x, t = start, 0
    while x >= level:
        x, t = periodic.beta_next(x, alpha, beta), t + 1
    return t
