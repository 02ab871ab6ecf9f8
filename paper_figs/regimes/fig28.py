"""Conventional training of a Transformer with momentum and weight decay (regimes Figure 28).

Real runs: digits read as texts of 16 words in place of AG News, one layer of width 32, 6 learning rates, one seed, 30
epochs.

Learning rate 0.3 gets stuck at a high loss, smaller ones converge, 1 ends in NaN and is not drawn. The effective
gradient is that of the scale-invariant weights alone; test errors are of 297 samples.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs import networks
from paper_figs.numbers import Number
from paper_figs.regimes.fig1 import trajectories
from paper_figs.style import new_figure

NEEDS = ("net_regimes_transformer",)
CLAIMS = ("regimes:third-regime",)
COST = "half a minute"


def draw(result: xr.Dataset) -> Figure:
    """Draw the losses, and the two diagrams."""
    figure = new_figure(8.6, 2.7)
    panels = figure.subplots(1, 3)
    first = result.sel(seed=0)
    kept = first.isel(lr=np.isfinite(first["loss"].isel(step=-1).values))
    trajectories(panels, kept, "lr")
    networks.key(figure, panels, kept["lr"].values, "learning rate")
    return figure


def numbers(result: xr.Dataset) -> list[Number]:
    """Hold the end losses against the start's and each other, and that the largest learning rate ends in NaN."""
    ends = result["loss"].isel(step=-1, seed=0).values
    start = float(result["loss"].isel(step=0, seed=0)[0])
    finite = ends[np.isfinite(ends)]
    fall, stuck = np.log(start / finite.min()), np.log(finite[-1] / finite.min())
    return [
        Number("log of the loss at the start over the least at the end", 0, float(fall), 0, ">"),
        Number(
            "log of the end loss at the largest learning rate without NaN over the least",
            0,
            float(stuck),
            0,
            ">",
        ),
        Number(
            "learning rates that end in NaN, all of them the largest", 1, int(np.isnan(ends[-1])), 0, ">="
        ),
    ]
