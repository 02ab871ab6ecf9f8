"""Conventional training of a Transformer with momentum and weight decay (regimes Figure 28).

Real runs: digits read as texts of 16 words in place of AG News, one layer of width 32, 6 learning rates, one seed, 40
epochs.

The largest learning rates get stuck at a high loss, smaller ones converge. The effective gradient is that of the
scale-invariant weights alone; test errors are of 297 samples.
"""

from __future__ import annotations

import xarray as xr
from matplotlib.figure import Figure

from paper_figs import runs
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
