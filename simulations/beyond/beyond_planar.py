"""Weight decay in the plane: the multipliers at rest, the quiet phases of relaxation, and the area that is kept.

Expected: small swings grow by half the log of the exact determinant a step, to six digits, and by the settling index
to first order in lr wd only; a quiet phase entered at u = elr f'' leaves where Re Li_2 is the same, within
O(lr wd), never beyond 12.5952; on the quotient orbits near rest are closed curves. Cost: a few seconds.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr

from sitheory.losses.planar import PLANAR, Fourier
from sitheory.reports import text
from sitheory.theory import periodic, sharpness
from sitheory.trajectory import schema
from sitheory.trajectory.schema import Variable

LATEST = 12.595170
"""Where Re Li_2 is 0 again: no quiet phase outlasts it [beyond:decay-relaxation]."""


DECLARED = {
    "log_tan": Variable(("seed", "step"), "natural logarithm of |tan phi|, a seed per start"),
    "log_elr_curvature": Variable(("seed", "step"), "natural logarithm of the ELR times f'' at the minimum"),
}
"""The variables of this experiment alone."""


@dataclass(frozen=True)
class Planar:
    """Growth near rest and quiet phases, loss by loss, and orbits of the quotient."""

    name: ClassVar[str] = "beyond_planar"
    cost: ClassVar[str] = "a few seconds"
    papers: ClassVar[tuple[str, ...]] = ("periodic",)

    losses: tuple[str, ...] = (
        "bend -0.3",
        "quotient",
        "bend 0.3",
        "bend 1",
        "cosine",
        "two cosines",
        "three waves",
    )
    products: tuple[float, ...] = (1e-3, 1e-2, 1e-1)
    cycling: tuple[str, ...] = ("bend 1", "cosine", "two cosines")
    quiet: tuple[float, ...] = (0.05, 0.02, 0.01, 0.005)
    cycles: int = 30
    orbit_product: float = 0.1
    orbit_steps: int = 1500

    def run(self) -> xr.Dataset:
        """Return rates and exits over runs, and the quotient's orbits over (seed, step)."""
        rows = [("rate", *self._rate(n, p)) for n in self.losses for p in self.products]
        rows += [("exit", *row) for n in self.cycling for p in self.quiet for row in self._exits(n, p)]
        case, name, product, measured, predicted, printed = zip(*rows, strict=True)
        orbits = np.array([self._orbit(x) for x in np.linspace(0.05, 0.85, 9)])
        series = {
            "measured": ("run", measured),
            "predicted": ("run", predicted),
            "printed": ("run", printed),
        }
        coords = {
            "case": ("run", list(case)),
            "loss_name": ("run", list(name)),
            "product": ("run", np.array(product)),
        }
        return schema.dataset(
            {n: ((d,), np.array(v)) for n, (d, v) in series.items()}
            | {
                "log_tan": (("seed", "step"), orbits[:, 0]),
                "log_elr_curvature": (("seed", "step"), orbits[:, 1]),
            },
            coords,
            schema.provenance(dataclasses.asdict(self), 0),
            declared=DECLARED,
        )

    def _rate(self, name: str, product: float) -> tuple[str, float, float, float, float]:
        """Growth of a small swing a step over lr wd: measured, exact, and to first order."""
        loss = PLANAR[name]
        half = float(np.arccos(periodic.resting_cos(1.0, product))) / 2
        slopes = (float(loss.derivative(half, k)) for k in (1, 2))
        bend = periodic.rest_bend(*slopes, np.tan(2 * half))
        _, det = periodic.rest_multipliers(bend, 1.0, product)
        at_rest = np.tan(2 * half) / float(loss.derivative(half))
        steps = int(10 / product**0.5)
        path = _path(loss, product, half, at_rest * (1 + 1e-6), steps)
        seen = np.log(np.array([elr for _, elr in path]) / at_rest)
        rows = np.column_stack([seen[1:-1], -seen[:-2]])
        found = np.linalg.lstsq(rows, seen[2:], rcond=None)[0][1]
        first = periodic.swing_rate(*(float(loss.derivative(0.0, k)) for k in (2, 3, 4)))
        return name, product, float(np.log(found)) / 2 / product, float(np.log(det)) / 2 / product, first

    def _exits(self, name: str, product: float) -> Iterator[tuple[str, float, float, float, float]]:
        """Exits of the quiet phases, as seen and from the dilogarithm of the entry, and the entry."""
        loss, inside, before = PLANAR[name], float("nan"), 1.0
        bend = float(loss.derivative(0.0, 2))
        for phi, elr in _path(loss, product, 0.3, 1.0, int(self.cycles / product)):
            if np.isfinite(inside) and abs(phi) > 1e-4:
                yield name, product, elr * bend, exit_of(inside), inside
                inside = float("nan")
            elif np.isnan(inside) and abs(phi) < 1e-4 <= abs(before):
                inside = elr * bend
            before = phi

    def _orbit(self, start: float) -> np.ndarray:
        """log|tan phi| and log(elr f'') of the quotient from above its rest, shape (2, steps)."""
        half = float(np.arccos(periodic.resting_cos(1.0, self.orbit_product))) / 2
        at_rest = np.tan(2 * half) / np.sin(2 * half)
        seen = _path(PLANAR["quotient"], self.orbit_product, half, at_rest * np.exp(start), self.orbit_steps)
        phi, elr = np.array(list(seen)).T
        return np.array([np.log(np.abs(np.tan(phi))), np.log(2 * elr)])

    @staticmethod
    def table(result: xr.Dataset) -> str:
        """Return the growth of small swings and the quiet phases."""
        rates = result.isel(run=np.flatnonzero(result["case"].values == "rate"))
        cells = {
            "loss": [str(v) for v in rates["loss_name"].values],
            "lr*wd": [f"{v:g}" for v in rates["product"].values],
            "growth/(lr*wd)": [f"{v:.6f}" for v in rates["measured"].values],
            "exact": [f"{v:.6f}" for v in rates["predicted"].values],
            "index/6f''^2": [f"{v:.6f}" for v in rates["printed"].values],
        }
        exits = result.isel(run=np.flatnonzero(result["case"].values == "exit"))
        lines = ["Growth of a small swing of the norm, a step:", text.columns(cells), "", "Quiet phases:"]
        for product in dict.fromkeys(exits["product"].values.tolist()):
            of = exits.isel(run=np.flatnonzero(exits["product"].values == product))
            off = np.abs(dilogarithm(of["measured"].values) - dilogarithm(of["printed"].values)) / product
            lines.append(
                f"lr*wd {product:g}: {of.sizes['run']} seen, Re Li_2 of exit and entry differ by at most "
                f"{off.max():.1f} lr*wd; latest exit {of['measured'].values.max():.3f} (limit {LATEST:.3f})"
            )
        return "\n".join(lines)


def _path(loss: Fourier, product: float, phi: float, elr: float, steps: int) -> Iterator[tuple[float, float]]:
    """The map of (phi, elr) with minimum at 0, which float64 follows down to 1e-308."""
    cos, sin = np.array(loss.cos), np.array(loss.sin)
    k = np.arange(1, len(cos) + 1)
    for _ in range(steps):
        yield phi, elr
        slope = float(np.sum(k * (sin * np.cos(k * phi) - cos * np.sin(k * phi))))
        phi, elr = phi - float(np.arctan(elr * slope)), sharpness.pgd_elr_next(elr, slope**2, product)


def dilogarithm(u: np.ndarray) -> np.ndarray:
    """Return Re Li_2 on the real axis, whose derivative is -log|1 - u| / u."""
    from scipy.special import spence

    return spence(1 - np.asarray(u, dtype=complex)).real


def exit_of(entry: float) -> float:
    """Return where a quiet phase entered at u < 2 ends as lr wd goes to 0: the same Re Li_2 beyond u = 2."""
    from scipy.optimize import brentq

    return float(brentq(lambda u: float(dilogarithm(u) - dilogarithm(entry)), 2.0, LATEST + 1e-5))
