"""Conventional training of a Transformer with momentum and weight decay (regimes Figure 28).

Real runs: digits read as texts of 16 words in place of AG News, one layer of width 32, 6 learning rates, one seed, 30
epochs.

The largest learning rates get stuck at a high loss, smaller ones converge. The effective gradient is that of the
scale-invariant weights alone; test errors are of 297 samples.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs import runs
from paper_figs.numbers import Number
from paper_figs.regimes_fig1 import trajectories
from paper_figs.style import new_figure

NEEDS = ("net_regimes_transformer",)
CLAIMS = ("regimes:third-regime",)
COST = "half a minute"


def draw(result: xr.Dataset) -> Figure:
    """Draw the losses, and the two diagrams."""
    figure = new_figure(8.6, 2.7)
    panels = figure.subplots(1, 3)
    trajectories(panels, result.sel(seed=0), "lr")
    runs.key(figure, panels, result["lr"].values, "learning rate")
    return figure


def numbers(result: xr.Dataset) -> list[Number]:
    """Hold the loss at the largest learning rate against the least one, and how that one converges."""
    ends = result["loss"].isel(step=-1, seed=0).values
    start = float(result["loss"].isel(step=0, seed=0)[0])
    finite = ends[np.isfinite(ends)]
    return [
        Number(
            "log of the loss at the start over the least at the end",
            0,
            float(np.log(start / finite.min())),
            0,
            ">",
        ),
        Number(
            "log of the end loss at the largest learning rate that stays finite over the least",
            0,
            float(np.log(finite[-1] / finite.min())),
            0,
            ">",
        ),
    ]
