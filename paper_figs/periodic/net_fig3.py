"""A closer look at one training period of a network (periodic Figure 3).

Real run, a dot a step: digits, perceptron 64-64-64-10, all scale-invariant, SGD with learning rate 1, weight decay
0.001, batch 128, seed 0. Phases are distinguished on gradients smoothed by a median over 15 steps; the bounds on the
cosine distance take bounds on the effective gradient that fall like a power of time.
"""

from __future__ import annotations

import xarray as xr
from matplotlib.figure import Figure

from paper_figs import periods
from paper_figs.numbers import Number

NEEDS = ("net_periodic_step_by_step",)
CLAIMS = ("periodic:delta-bounds", "periodic:eq8", "periodic:eq3")
ALSO = ("thesis_fig4",)
COST = "ten seconds"
LR, WD = 1.0, 1e-3


def draw(result: xr.Dataset) -> Figure:
    """Draw the series by phase, the phase diagram, and the cosine distance in phase B with its bounds."""
    return periods.draw_period(result.isel(seed=0), LR)


def numbers(result: xr.Dataset) -> list[Number]:
    """Hold the cosine distances of phase B against the bounds, and each logged step against eqs. (3) and (8)."""
    run = result.isel(seed=0)
    worst = {n: float(run[f"{n}_residual_ratio"].max()) for n in ("norm", "cos_dist")}
    return [
        Number(
            "residual of eq. (3) over what radial gradients explain, at most", 1.05, worst["norm"], 0, "<="
        ),
        Number(
            "residual of eq. (8) over what radial gradients explain, at most",
            1.05,
            worst["cos_dist"],
            0,
            "<=",
        ),
        *periods.bounds_kept(periods.phase_b(periods.one_period(run)), LR, WD),
    ]
