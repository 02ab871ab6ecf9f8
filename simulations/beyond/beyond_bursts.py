"""The edge of stability at every energy: the drift of wide swings, and how high bursts get from a tiny start.

Expected: on the cone with constant sharpness d log E / d tau is K <p^2>/E, with K = 4 + C, for swings of every
size: bursts die out for kappa < 1/4 and grow beyond it; from h_0^2 = e^-Y times its mean the largest h^2 lies
between Y and 2Y + 2 times its mean. Cost: a few seconds.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr

from sitheory.edge import tracking
from sitheory.losses.curved import Cone
from sitheory.reports import text
from sitheory.rules import DecayGD
from sitheory.theory import sharpness as law
from sitheory.trajectory import schema

LEAST = np.array([0.6, 0.5, 1.0])
"""A minimiser's direction off the axes."""


@dataclass(frozen=True)
class Bursts:
    """Drift of the energy over kappa and width, and the height of the first bursts over Y."""

    name: ClassVar[str] = "beyond_bursts"
    cost: ClassVar[str] = "a few seconds"
    papers: ClassVar[tuple[str, ...]] = ("sharpness",)

    intrinsic_lr: float = 1e-6
    time: float = 0.05
    kappas: tuple[float, ...] = (0.0, 0.15, 0.25, 0.35, 0.5)
    widths: tuple[float, ...] = (0.5, 1.5, 2.5, 3.2)
    depths: tuple[float, ...] = (1.0, 3.0, 10.0, 20.0, 30.0, 40.0)
    rates: tuple[float, ...] = (1e-4, 1e-5, 1e-6)

    def run(self) -> xr.Dataset:
        """Return drifts over runs ("drift": by kappa) and heights ("height": by intrinsic learning rate)."""
        rows = [("drift", *self._drift(k, y)) for k in self.kappas for y in self.widths]
        rows += [("height", *self._height(y, eta)) for y in self.depths for eta in self.rates]
        case, product, energy, measured, predicted = zip(*rows, strict=True)
        return schema.dataset(
            {
                "energy": (("run",), np.array(energy)),
                "measured": (("run",), np.array(measured)),
                "predicted": (("run",), np.array(predicted)),
            },
            {"case": ("run", list(case)), "product": ("run", np.array(product))},
            schema.provenance(dataclasses.asdict(self), 0),
        )

    def _drift(self, kappa: float, width: float) -> tuple[float, float, float, float]:
        """kappa, mean energy, measured and derived d log E / d tau."""
        eta = self.intrinsic_lr
        seen = _ring(kappa, eta, width, int(self.time / eta))
        energy = seen.energy(eta)
        kinetic = law.kinetic(seen.elr * seen.sharpness - 2, eta).mean()
        windows = energy[: len(energy) // 20 * 20].reshape(20, -1).mean(axis=1)
        slope = np.polyfit((np.arange(20) + 0.5) / 20 * self.time, np.log(windows), 1)[0]
        derived = law.energy_drift(law.cone_cubic(kappa), 0.0, kinetic) / energy.mean()
        return kappa, float(energy.mean()), float(slope), float(derived)

    def _height(self, depth: float, eta: float) -> tuple[float, float, float, float]:
        """eta, Y, the largest h^2 over its mean, and the averaged system's."""
        steps = int((2 * np.pi + 2 * (2 * depth) ** 0.5) / (8 * eta) ** 0.5)
        seen = _ring(0.25, eta, -depth, steps)
        return eta, depth, float((seen.h**2).max() / law.mean_h_sq(eta, 0.0)), highest(depth)

    @staticmethod
    def table(result: xr.Dataset) -> str:
        """Return the drifts and the heights."""
        lines = []
        heads = {
            "drift": ("kappa", "energy", "d log E/d tau", "K <p^2>/E"),
            "height": ("lr*wd", "Y", "largest h^2/mean", "averaged system"),
        }
        for case, (key, energy, measured, derived) in heads.items():
            of = result.isel(run=np.flatnonzero(result["case"].values == case))
            cells = {
                key: [f"{v:g}" for v in of["product"].values],
                energy: [f"{v:.3g}" for v in of["energy"].values],
                measured: [f"{v:.3f}" for v in of["measured"].values],
                derived: [f"{v:.3f}" for v in of["predicted"].values],
            }
            lines += [text.columns(cells), ""]
        return "\n".join(lines[:-1])


def highest(depth: float) -> float:
    """Return the largest r = h^2/mean of the averaged orbit from r = e^-depth at rest, by bisection."""
    energy = np.exp(-depth) + depth - 1
    low, high = (float(v) for v in law.peak_ratio_bounds(energy))
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if middle - np.log(middle) - 1 < energy else (low, middle)
    return low


def _ring(kappa: float, eta: float, log_ratio: float, steps: int) -> tracking.Trace:
    """A run at constant sharpness from delta = 0 and h^2 = e^log_ratio times its mean."""
    loss, rule = Cone.curve(0.0, kappa), DecayGD(1.0, eta)
    zeta = loss.project(LEAST)
    h = np.sqrt(law.mean_h_sq(eta, 0.0)) * np.exp(log_ratio / 2)
    theta = zeta + h * loss.top_direction(zeta)
    norm = np.sqrt(law.pgd_norm_sq(rule.lr, rule.wd, 2 / loss.sharpness_at(zeta)))
    return tracking.trace(loss, rule, steps, theta / np.linalg.norm(theta) * norm, zeta)
