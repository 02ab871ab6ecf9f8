"""Periodic behaviour over learning rates at one weight decay, on a planar loss (periodic Figure 2)."""

from __future__ import annotations

import json

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs.style import INKS, new_figure

NEEDS = ("decay_cycles",)
COST = "a few seconds"
FLOOR = 1e-16


def draw(result: xr.Dataset) -> Figure:
    """Draw loss, norm and phase diagram, a column a learning rate."""
    wd = json.loads(result.attrs["config"])["rule"]["wd"]
    lrs = result["lr"].values
    figure = new_figure(2.5 * len(lrs), 5.6)
    panels = figure.subplots(3, len(lrs), squeeze=False)
    for ink, column, lr in zip(INKS, panels.T, lrs, strict=False):
        run = result.sel(lr=lr)
        shown = run.isel(step=slice(0, 1500))
        top, middle, bottom = column
        top.semilogy(shown["step"], np.maximum(shown["loss"], FLOOR), color=ink, linewidth=0.5)
        top.set_title(f"lr {lr:g}, wd {wd:g}", fontsize="medium")
        middle.plot(shown["step"], shown["total_norm"], color=ink, linewidth=0.7)
        late = run.isel(step=slice(run.sizes["step"] // 2, None))
        bottom.loglog(late["total_elr"], np.maximum(late["total_eff_grad"], FLOOR), color=ink, linewidth=0.3)
        middle.set_xlabel("step")
        bottom.set_xlabel("effective learning rate")
    for axes, label in zip(panels[:, 0], ("loss", "norm", "effective gradient"), strict=True):
        axes.set_ylabel(label)
    return figure
