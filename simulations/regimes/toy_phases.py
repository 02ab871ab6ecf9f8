"""What the toy function ends on, over the total ELR, the number of groups and the spread of alpha.

ELRs are multiples of the threshold 1 / sum(alpha), alpha is geometric from 1 to the spread. Expected: below 1
convergence; above it the equilibrium of eq. (9), without chaos, and from about 1.8 on chaos with an exponent
of 0.3 to 0.5 a step, almost the same for every number of groups and every spread, as long as no group outweighs the
others. In between and beside it other attractors hold a share of the starts; eight groups have a window of
chaos near 1.45, before the equilibrium returns. Cost: half a minute.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import xarray as xr

import sitheory as si
from sitheory import sweeps
from sitheory.measure import periods, statistics
from sitheory.measure.regimes import Regime, decide_regime
from sitheory.reports import text
from sitheory.simulation import sphere, starts, windows
from sitheory.sweeps.grid import Grid
from sitheory.theory import regimes
from sitheory.trajectory.schema import Variable

ATTRACTORS = ("convergence", "equilibrium", "other, regular", "chaos")
"""What a run ends on; its number is the variable ``attractor``."""

DOUBTFUL = (1e-3, 2e-2)
"""Exponents that may be those of a run that still creeps, like log(t) / t, or of weak chaos: it runs on."""

LONGER = 5
"""How many times as long. A run that creeps then shows less than half of the next number, weak chaos 5e-3."""

CHAOTIC = 2e-3
"""From here on an exponent counts as chaos, if it is three standard errors from 0."""

NEAR = 2e-3
"""Relative distance from the equilibrium's loss within which a run is there: it creeps like t^(-1/2)."""


@dataclass(frozen=True)
class Phases:
    """Loss, Lyapunov exponent and attractor of the toy function over ELR, groups and spread of alpha."""

    name: ClassVar[str] = "toy_phases"
    cost: ClassVar[str] = "half a minute"

    groups: tuple[int, ...] = (2, 3, 5, 8)
    spreads: tuple[float, ...] = (1.0, 4.0, 16.0, 64.0)
    lowest: float = 0.85
    highest: float = 6.0
    elrs: int = 31
    seeds: int = 6
    steps: int = 20_000
    seed: int = 0

    def grid(self) -> Grid:
        """Return the grid over groups, spread, elr (over the threshold) and seed."""
        windows.check_steps(self.steps)
        return Grid(
            axes={
                "groups": np.array(self.groups),
                "spread": np.array(self.spreads),
                "elr": np.geomspace(self.lowest, self.highest, self.elrs),
                "seed": np.arange(self.seeds),
            },
            variables={
                "loss_ratio": Variable((), "mean loss over that of the equilibrium"),
                "lyapunov": (),
                "lyapunov_error": (),
                "lyapunov_flag": (),
                "attractor": Variable((), "what a run ends on, named in the attribute attractors"),
            },
            own_dims={"groups": "number of groups", "spread": "largest alpha over the smallest"},
            config=dataclasses.asdict(self),
            entropy=self.seed,
            block=self.seeds * 4,
            attrs={
                "attractors": "; ".join(f"{i}: {name}" for i, name in enumerate(ATTRACTORS)),
                "flag_meanings": statistics.Flag.meanings(),
            },
        )

    def cell(self, groups: int, spread: float, elr: float, seed: int) -> dict[str, Any]:
        """Run one trajectory; its loss is given over that of the equilibrium [regimes eq. 25]."""
        loss = si.Quotients(alphas(groups, spread))
        rule = si.SphereGD(elr * regimes.threshold(loss.alpha))
        w = starts.starts(loss, self.seeds, self.seed)[seed]
        for steps in (self.steps, LONGER * self.steps):
            run = sphere.window_means(loss, rule, steps, w, windows.WINDOWS, tangent=True)
            exponent, level = (
                periods.exponent(run["log_stretch"], 0.75),
                statistics.estimate(run["loss"]).mean,
            )
            if not DOUBTFUL[0] < exponent.mean < DOUBTFUL[1]:
                break
        decided = decide_regime(run["loss"], run["log_loss"], run["cos_dist"], steps).regime
        share = level / regimes.equilibrium_loss(loss.alpha, rule.elr) if elr > 1 else np.nan
        return {
            "loss_ratio": share,
            "lyapunov": exponent.mean,
            "lyapunov_error": exponent.error,
            "lyapunov_flag": exponent.flag.code,
            "attractor": _attractor(decided, exponent, share),
            "status": run["status"],
        }

    def run(self) -> xr.Dataset:
        """Return the result, computed in memory."""
        return sweeps.collect(self)

    @staticmethod
    def table(result: xr.Dataset) -> str:
        """Return, for each number of groups and spread, where chaos begins, its exponent, and what else is seen."""
        rows: dict[str, list[str]] = {}
        for groups in result["groups"].values:
            for spread in result["spread"].values:
                of = result.sel(groups=groups, spread=spread)
                chaos = of["attractor"].values == ATTRACTORS.index("chaos")
                most = np.flatnonzero(chaos.mean(axis=1) >= 0.5)
                row = {"groups": f"{groups}", "alpha max/min": f"{spread:g}"}
                row["chaos from ELR x sum(alpha)"] = (
                    f"{of['elr'].values[most[0]]:.3g}" if len(most) else "never"
                )
                row["exponent in it"] = _spread(of["lyapunov"].values[chaos])
                for code, name in enumerate(ATTRACTORS):
                    row[f"{name} %"] = f"{100 * np.mean(of['attractor'].values == code):.0f}"
                mixed = np.ptp(of["attractor"].values, axis=1) > 0
                row["ELRs with several"] = f"{mixed.sum()} of {len(mixed)}"
                for name, cell in row.items():
                    rows.setdefault(name, []).append(cell)
        return (
            "Where starts end, over all ELRs; the exponent as mean +- standard deviation:\n"
            + text.columns(rows)
        )


def alphas(groups: int, spread: float) -> tuple[float, ...]:
    """Return coefficients that grow geometrically from 1 to the spread, scaled to add up to 1."""
    alpha = np.geomspace(1, spread, groups)
    return tuple((alpha / alpha.sum()).tolist())


def _attractor(decided: Regime, exponent: statistics.Estimate, share: float) -> int:
    if decided is Regime.CONVERGENCE:
        name = "convergence"
    elif exponent.mean > max(CHAOTIC, 3 * exponent.error):
        name = "chaos"
    else:
        name = "equilibrium" if abs(share - 1) < NEAR else "other, regular"
    return ATTRACTORS.index(name)


def _spread(values: np.ndarray) -> str:
    return text.plus_minus(float(values.mean()), float(values.std())) if len(values) else "-"
