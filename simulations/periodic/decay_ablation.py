"""Without weight decay's pull on the norm there are no periods: periodic Figure 4 in the toy.

Expected: with the norm fixed the loss converges for a low ELR and stays high for a high one; fixed late, before a
jump, it converges or, past the edge of stability, rises once and stays up. Cost: a few seconds.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr

import sitheory as si
from sitheory.losses.planar import PLANAR
from sitheory.measure import cycles
from sitheory.simulation import decay
from sitheory.trajectory import schema


@dataclass(frozen=True)
class Ablation:
    """A cycling run, runs with the norm fixed at the start, and runs with it fixed within a period."""

    name: ClassVar[str] = "decay_ablation"
    cost: ClassVar[str] = "a few seconds"

    loss: str = "bend 1"
    turn: float = 0.3
    lr: float = 0.1
    wd: float = 0.005
    steps: int = 6000
    norms: tuple[float, ...] = (0.8, 0.4, 0.25, 0.1)
    late: tuple[float, ...] = (0.2, 0.5, 0.95)
    start: tuple[float, float] = (0.3, 0.5)

    def run(self) -> xr.Dataset:
        """Return losses, dims (run, step): the run with weight decay, then those with a fixed norm."""
        loss, rule = PLANAR[self.loss].turned(self.turn), si.DecayGD(self.lr, self.wd)
        w = np.array(self.start)
        free = decay.samples(loss, rule, self.steps, w)
        maxima, minima = cycles.turns(2 * np.log(free["total_norm"]), 0.2)
        first, last = int(maxima[2]), int(minima[minima > maxima[2]][0])
        runs = [("weight decay", 0, free["loss"])]
        for norm in self.norms:
            runs.append((f"norm {norm:g}", 0, self._fixed(loss, w, self.lr / norm**2, self.steps)))
        for share in self.late:
            stop = first + int(share * (last - first))
            before = decay.samples(loss, rule, stop, w, every=stop)["end"]
            elr = self.lr / float(before @ before)
            held = self._fixed(loss, before, elr, self.steps - stop)
            runs.append((f"fixed at {share:.0%} of the fall", stop, np.r_[free["loss"][:stop], held]))
        coords = {
            "step": np.arange(self.steps),
            "held": ("run", [name for name, *_ in runs]),
            "since": ("run", [since for _, since, _ in runs]),
        }
        values = np.array([series for *_, series in runs])
        attrs = schema.provenance(dataclasses.asdict(self), None)
        return schema.dataset({"loss": (("run", "step"), values)}, coords, attrs)

    def _fixed(self, loss, w: np.ndarray, elr: float, steps: int) -> np.ndarray:
        return si.simulate(loss, si.SphereGD(elr), steps, every=1, start=w)["loss"].values
