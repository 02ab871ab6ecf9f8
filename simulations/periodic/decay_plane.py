"""The period of the norm over the learning rate and the weight decay, each on its own.

Expected: it depends on lr * wd alone, over a hundredfold of each (rescaling the weights by c turns lr into c^2 lr
and wd into wd / c^2): to a per cent above lr * wd = 1e-3, and to some per cent below, where rounding noise ends
the quiet phase. So the plane falls onto one curve for each loss. Cost: a few seconds.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import xarray as xr

import sitheory as si
from sitheory import sweeps
from sitheory.losses.planar import PLANAR
from sitheory.measure.cycles import find_cycle
from sitheory.reports import text
from sitheory.simulation import decay
from sitheory.sweeps.grid import Grid
from sitheory.theory import periodic
from sitheory.trajectory.schema import Variable


@dataclass(frozen=True)
class Plane:
    """Periods of the norm over learning rate and weight decay, for some losses."""

    name: ClassVar[str] = "decay_plane"
    cost: ClassVar[str] = "a few seconds"

    losses: tuple[str, ...] = ("cosine", "bend 1")
    turn: float = 0.3
    lr: tuple[float, float] = (1e-2, 1.0)
    wd: tuple[float, float] = (2e-3, 2e-1)
    values: int = 9
    cycles: int = 30
    seeds: int = 2

    def grid(self) -> Grid:
        """Return the grid over run (the loss), lr, wd and seed."""
        return Grid(
            axes={
                "run": np.array(self.losses),
                "lr": np.geomspace(*self.lr, self.values),
                "wd": np.geomspace(*self.wd, self.values),
                "seed": np.arange(self.seeds),
            },
            variables={
                "period": Variable((), "mean steps between maxima of the norm"),
                "period_error": Variable((), "standard error of the period"),
                "swing": Variable((), "log(max/min) of rho^2 in the last quarter"),
                "behaviour": Variable((), "what the norm does in the long run"),
            },
            config=dataclasses.asdict(self),
            entropy=list(range(self.seeds)),
            block=self.seeds * self.values,
        )

    def cell(self, run: str, lr: float, wd: float, seed: int) -> dict[str, Any]:
        """Follow one run for some cycles from a random start."""
        rule, product = si.DecayGD(lr, wd), lr * wd
        small = 2 * np.pi / np.arccos(periodic.small_period_cos(1, product))
        longest = max(3 / product, 6 * small)
        every = max(1, int(longest / 400))
        steps = int(self.cycles * longest) // every * every
        w = np.random.default_rng(seed).standard_normal(2)
        seen = decay.samples(PLANAR[run].turned(self.turn), rule, steps, w, every=every)
        found = find_cycle(2 * np.log(seen["total_norm"]), every, -np.log1p(-product))
        return {
            "period": found.period.mean,
            "period_error": found.period.error,
            "swing": found.swing,
            "behaviour": found.behaviour.value,
            "status": seen["status"],
        }

    def run(self) -> xr.Dataset:
        """Return the result, computed in memory."""
        return sweeps.collect(self)

    @staticmethod
    def table(result: xr.Dataset) -> str:
        """Return, for each loss and product, the mean period and its spread over the pairs (lr, wd)."""
        product = (result["lr"] * result["wd"]).values
        keys = np.round(np.log10(product), 6)
        lines = []
        for run in result["run"].values:
            period = result["period"].sel(run=run).values
            rows: dict[str, list[str]] = {}
            for key in np.unique(keys):
                seen = period[keys == key]
                behaviours = result["behaviour"].sel(run=run).values[keys == key].ravel()
                row = {
                    "lr*wd": f"{10**key:.3g}",
                    "pairs": f"{len(seen)}",
                    "period": f"{np.nanmean(seen):.5g}" if np.isfinite(seen).any() else "-",
                    "deviation over pairs %": f"{100 * np.nanstd(np.nanmean(seen, axis=1)) / np.nanmean(seen):.2g}"
                    if np.isfinite(seen).all()
                    else "-",
                    "behaviour": ", ".join(sorted(set(behaviours))) or "-",
                }
                for name, cell in row.items():
                    rows.setdefault(name, []).append(cell)
            lines += [f"{run}: period in steps", text.columns(rows), ""]
        return "\n".join(lines)
