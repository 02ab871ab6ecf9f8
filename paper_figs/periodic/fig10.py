"""A closer look at one period of full-batch gradient descent (periodic Figure 10).

Real run, a dot a step: 450 digits as one batch, perceptron 64-64-64-10, all scale-invariant, learning rate 2, weight
decay 0.004, seed 0.
"""

from __future__ import annotations

import xarray as xr
from matplotlib.figure import Figure

from paper_figs import periods
from paper_figs.numbers import Number
from paper_figs.periodic.fig9 import WD

NEEDS = ("net_periodic_descent",)
CLAIMS = ("periodic:delta-bounds", "periodic:eq8")
COST = "half a minute"
LR = 2.0


def run_of(result: xr.Dataset) -> xr.Dataset:
    """Return the run that is drawn."""
    return result.sel(lr=LR).isel(seed=0)


def draw(result: xr.Dataset) -> Figure:
    """Draw the series by phase, the phase diagram, and the cosine distance in phase B with its bounds."""
    return periods.draw_period(run_of(result), LR)


def numbers(result: xr.Dataset) -> list[Number]:
    """Hold the cosine distances of phase B against the bounds."""
    return periods.bounds_kept(periods.phase_b(periods.one_period(run_of(result))), LR, WD)
