"""The averaged system of h and the effective learning rate: orbits, period, and whether its energy lasts.

Expected: small orbits take pi / sqrt(2 eta_in) steps whatever the loss; the energy is conserved over one
orbit
to first order but changes as d log E / d tau = (16 + 6 G^2 + 4 C) / (4 + G^2) over the flow's time, C
being the
cubic coefficient of the oscillation: it dies on regression with BN and on the cone with kappa < 1/4 and
grows on
the cone with kappa > 1/4. Cost: half a minute.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import xarray as xr

from simulations.sharpness.edge_losses import mean_and_error, table
from sitheory.edge import tracking
from sitheory.losses.curved import Cone
from sitheory.losses.regression import BatchNormRegression
from sitheory.rules import DecayGD
from sitheory.theory import sharpness as law
from sitheory.trajectory import schema

KAPPAS = (0.0, 0.1, 0.2, 0.25, 0.3, 0.4)
COLUMNS = ("period sqrt(2 eta)/pi", "d log E / d tau")
BINS = 20


@dataclass(frozen=True)
class Orbits:
    """Period and energy of the averaged system on cones and regressions, and two orbits to look at."""

    name: ClassVar[str] = "sharpness_orbits"
    cost: ClassVar[str] = "half a minute"

    intrinsic_lr: float = 1e-6
    time: float = 0.4
    amplitude: float = 0.5
    regressions: int = 4
    seeds: int = 4
    orbit_lr: float = 2e-4
    orbit_steps: int = 30_000

    def run(self) -> xr.Dataset:
        """Return the numbers, dims (run, group), and h, elr * lambda_1 - 2 of orbits, dims (run, step)."""
        names = [f"cone kappa {k:g}" for k in KAPPAS] + [f"regression {s}" for s in range(self.regressions)]
        losses = [Cone.curve(1.0, k) for k in KAPPAS] + [_regression(s) for s in range(self.regressions)]
        cubic = [law.cone_cubic(k) for k in KAPPAS] + [measured_cubic(x) for x in losses[len(KAPPAS) :]]
        rates = [law.energy_rate(c, 0.0) for c in cubic]
        rows = [self._measure(*pair) for pair in zip(losses, rates, strict=True)]
        mean, error = (np.array([r[i] for r in rows]) for i in (0, 1))
        orbits = [self._orbit(loss) for loss in losses]
        dims, each = ("run", "group"), np.ones(len(names))
        return schema.dataset(
            {
                "measured": (dims, mean),
                "measured_error": (dims, error),
                "predicted": (dims, np.column_stack([each, rates])),
                "printed": (dims, np.full((len(names), 2), np.nan)),
                "h": (("run", "step"), np.array([o[0] for o in orbits])),
                "elr": (("run", "step"), np.array([o[1] for o in orbits])),
                "energy": (("run", "step"), np.array([o[2] for o in orbits])),
            },
            {"run": names, "group": np.arange(2), "step": np.arange(self.orbit_steps)},
            schema.provenance(dataclasses.asdict(self), 0),
        )

    def _measure(self, loss: Any, rate: float) -> tuple[np.ndarray, np.ndarray]:
        seen = np.array(
            [self._one(loss, rate, a) for a in self.amplitude * (0.7 + 0.2 * np.arange(self.seeds))]
        )
        return mean_and_error(seen.T)

    def _one(self, loss: Any, rate: float, amplitude: float) -> list[float]:
        """Period and energy rate at the flattest minimiser, small orbits: their errors shrink with E."""
        eta, zeta = self.intrinsic_lr, flattest(loss)
        steps = int(min(self.time, 1 / max(abs(rate), 1e-9)) / eta)
        seen = _ring(loss, eta, zeta, amplitude, steps, 3)
        energy = seen.energy(eta)
        cut = len(energy) // BINS * BINS
        windows, times = (
            x[:cut].reshape(BINS, -1).mean(axis=1) for x in (energy, seen.steps.astype(float) * eta)
        )
        y = np.log(seen.h**2 / law.mean_h_sq(eta, seen.grad_sq))
        up = np.flatnonzero((y[1:] > 0) & (y[:-1] <= 0))
        crossing = up + y[up] / (y[up] - y[up + 1])
        small = windows.mean()
        period = 3 * np.mean(np.diff(crossing)) / np.sqrt(law.small_period_sq(eta, np.pi)) / (1 + small / 12)
        return [float(period), float(np.polyfit(times, np.log(windows), 1)[0])]

    def _orbit(self, loss: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """A wide orbit: h over its resting value, (elr lambda_1 - 2) / sqrt(4 eta), and the energy."""
        eta = self.orbit_lr
        seen = _ring(loss, eta, flattest(loss), 3.0, self.orbit_steps, 1)
        rest = np.sqrt(law.mean_h_sq(eta, seen.grad_sq))
        return seen.h / rest, (seen.elr * seen.sharpness - 2) / np.sqrt(4 * eta), seen.energy(eta)

    @staticmethod
    def table(result: xr.Dataset) -> str:
        """Return the answers as lines."""
        return table(result, COLUMNS)


def flattest(loss: Any) -> np.ndarray:
    """Return the flattest minimiser, a hair beside it where the loss needs a direction."""
    if isinstance(loss, BatchNormRegression):
        return loss.flat.flattest
    return loss.project(np.array([1e-9, 1.0, 1.0]))


def measured_cubic(loss: Any, size: float = 2e-3, steps: int = 400) -> float:
    """Return C in log|h_{t+1} / h_t| = C h^2 at the flattest minimiser, by descent at elr = 2 / lambda_1.

    Args:
        loss: The loss.
        size: The first h.
        steps: How many; the first half lets the other directions settle.

    Returns:
        C.
    """
    zeta = flattest(loss)
    top, elr, theta = loss.top_direction(zeta), 2 / loss.sharpness_at(zeta), zeta
    theta = zeta + size * top
    theta /= np.linalg.norm(theta)
    h = np.empty(steps)
    for t in range(steps):
        h[t] = theta @ top
        theta = theta - elr * loss.grad(theta)
        theta /= np.linalg.norm(theta)
    h = h[steps // 2 // 2 * 2 :]
    grown = np.log(np.abs(h[2:] / h[:-2])) / 2
    square = (h[2:] ** 2 + h[:-2] ** 2 + 2 * h[1:-1] ** 2) / 4
    return float(grown.sum() / square.sum())


def _regression(seed: int) -> BatchNormRegression:
    return BatchNormRegression.random(20, 50, np.random.default_rng(seed), tests=1)


def _ring(loss, eta, zeta, amplitude, steps, every):
    """A run that begins on the orbit through log(h^2 / its mean) = amplitude, elr = 2 / lambda_1."""
    rule = DecayGD(1.0, eta)
    h = np.sqrt(law.mean_h_sq(eta, 0.0)) * np.exp(amplitude / 2)
    theta = zeta + h * loss.top_direction(zeta)
    w = (
        theta
        / np.linalg.norm(theta)
        * np.sqrt(law.pgd_norm_sq(rule.lr, rule.wd, 2 / loss.sharpness_at(zeta)))
    )
    return tracking.trace(loss, rule, steps, w, zeta, every=every)
