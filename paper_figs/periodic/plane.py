"""The period of the norm over learning rate and weight decay: their product alone counts (periodic cor. 1)."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

from paper_figs.numbers import Number
from paper_figs.style import DASHES, INKS, new_figure
from sitheory.theory import periodic

NEEDS = ("decay_plane",)
CLAIMS = ("periodic:cor1", "periodic:prop4", "beyond:decay-period")
COST = "a few seconds"


def draw(result: xr.Dataset) -> Figure:
    """Draw the period over the plane for each loss, and all of it over the product with the small oscillation's."""
    runs, lr, wd = (result[name].values for name in ("run", "lr", "wd"))
    figure = new_figure(2.9 * (len(runs) + 1), 2.9)
    *planes, curve = figure.subplots(1, len(runs) + 1)
    period = result["period"].mean("seed")
    scale = LogNorm(float(period.min()), float(period.max()))
    for axes, run in zip(planes, runs, strict=True):
        shown = axes.pcolormesh(lr, wd, period.sel(run=run).T, norm=scale, cmap="cividis")
        levels = np.geomspace(scale.vmin, scale.vmax, 7)[1:-1]
        axes.contour(lr, wd, period.sel(run=run).T, levels=levels, colors="white", linewidths=0.7)
        axes.set(xscale="log", yscale="log", xlabel=r"$\eta$", title=f"{run}: period in steps")
        axes.title.set_fontsize("medium")
    planes[0].set_ylabel(r"$\lambda$")
    figure.colorbar(shown, ax=planes)
    product = np.multiply.outer(lr, wd)
    for run, ink, mark in zip(runs, INKS, "osD^v", strict=False):
        seen = period.sel(run=run).transpose("lr", "wd").values
        curve.plot(product.ravel(), seen.ravel(), mark, color=ink, markersize=3, fillstyle="none", label=run)
    x = np.geomspace(product.min(), product.max(), 50)
    small = 2 * np.pi / np.arccos(periodic.small_period_cos(1, x))
    curve.plot(x, small, color=INKS[4], linestyle=DASHES[0], label="small oscillation")
    curve.set(xscale="log", yscale="log", xlabel=r"$\eta\lambda$", ylabel="period in steps")
    curve.legend(fontsize="x-small")
    return figure


def numbers(result: xr.Dataset) -> list[Number]:
    """Tell how far periods of the same product lr * wd lie apart."""
    told = []
    for run in result["run"].values:
        period = result["period"].mean("seed").sel(run=run).transpose("lr", "wd").values
        lines = [np.diagonal(period[::-1], offset) for offset in range(-5, 6)]
        apart = max(float(np.nanmax(line) / np.nanmin(line) - 1) for line in lines)
        what = f"{run}: greatest relative difference of periods at one $\\eta\\lambda$"
        told.append(Number(what, 0, apart, slack=0.1, why="rounding, which ends quiet phases"))
    return told
