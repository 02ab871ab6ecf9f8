"""Periodic behaviour over learning rates at one weight decay, on a planar loss (periodic Figure 2)."""

from __future__ import annotations

import json

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs.numbers import Number, mean_of
from paper_figs.style import INKS, new_figure

NEEDS = ("decay_cycles",)
CLAIMS = ("periodic:cor1", "thesis:cor1")
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


def numbers(result: xr.Dataset) -> list[Number]:
    """Tell whether a larger lr wd makes the periods shorter, counting the norm's maxima."""
    periods = [_periods(result.sel(lr=lr)) for lr in result["lr"].values]
    told = []
    for low, high, slow, fast in zip(
        result["lr"].values[:-1], result["lr"].values[1:], periods[:-1], periods[1:], strict=True
    ):
        (a, da), (b, db) = mean_of(slow), mean_of(fast)
        what = f"period at lr {high:g} over that at lr {low:g}"
        told.append(Number(what, 1, b / a, b / a * np.hypot(da / a, db / b), "<="))
    return told


def _periods(run: xr.Dataset) -> np.ndarray:
    """Steps between late jumps of the norm: where it rises by a tenth of its range."""
    late = run.isel(step=slice(run.sizes["step"] // 2, None))
    rho = late["total_norm"].values
    high = rho > (rho.min() + rho.max()) / 2
    return np.diff(late["step"].values[1:][high[1:] & ~high[:-1]])
