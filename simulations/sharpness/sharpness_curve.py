"""The curve of minimisers of a three-dimensional loss, and how descent slides along it: sharpness Figure 4.

Expected: theta first falls onto the circle x^2 + y^2 = z^2, rests there while its effective learning
rate grows to 2 / lambda_1, then oscillates across the circle and slides to its flattest point x = 0.
Cost: under a second.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr

from sitheory.edge import tracking
from sitheory.edge.sharpness_flow import flow
from sitheory.losses.curved import Cone
from sitheory.rules import DecayGD
from sitheory.theory import scale, sharpness as law
from sitheory.trajectory import schema


@dataclass(frozen=True)
class Curve:
    """Every step of one run on the three-dimensional loss, with the flow beside it."""

    name: ClassVar[str] = "sharpness_curve"
    cost: ClassVar[str] = "a second"

    height: float = 2.0
    lr: float = 0.1
    wd: float = 0.02
    steps: int = 3000
    first_elr: float = 0.03
    start: tuple[float, ...] = (0.75, 0.15, 0.25)
    floor: float = 1e-6
    seed: int = 0

    def run(self) -> xr.Dataset:
        """Return theta and phi's flow at every step, dims (step, group), and the scalar series."""
        loss, rule = Cone.curve(self.height), DecayGD(self.lr, self.wd)
        start = np.array(self.start) / np.linalg.norm(self.start)
        norm_sq = law.pgd_norm_sq(self.lr, self.wd, self.first_elr)
        w = tracking.follow(loss, rule, self.steps, start * np.sqrt(norm_sq))
        theta = w / np.linalg.norm(w, axis=1, keepdims=True)
        phi, h, _ = tracking.displacement(loss, w)
        elr = scale.elr_with_decay(self.lr, self.wd, (w**2).sum(axis=1))
        sharp = loss.sharpness_at(phi)
        edge_at = int(np.argmax(elr * sharp >= 2))
        times = rule.lr * rule.wd * np.maximum(np.arange(self.steps) - edge_at, 0)
        series = {
            "theta": (("step", "group"), theta),
            "flow": (("step", "group"), flow(loss, phi[edge_at], times)),
            "h": (("step",), h),
            "elr": (("step",), elr),
            "sharpness": (("step",), sharp),
            "loss": (("step",), loss.value(theta)),
        }
        coords = {"step": np.arange(self.steps), "group": np.arange(3)}
        return schema.dataset(series, coords, schema.provenance(dataclasses.asdict(self), self.seed))
