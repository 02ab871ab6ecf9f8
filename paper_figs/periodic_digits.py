"""Periodic behaviour on real digits: the norm and the loss at three learning rates, and one constant for the period."""

from __future__ import annotations

import json

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs.style import INKS, new_figure
from sitheory.bridge.long_run import destabilisations

NEEDS = ("digits_decay",)
COST = "two minutes"
SHOWN = (0.5, 1.0, 2.0)


def draw(result: xr.Dataset) -> Figure:
    """Draw the norm and the loss over epochs, a column a learning rate, and intervals times eta lambda."""
    figure = new_figure(9.6, 4.2)
    panels = figure.subplots(2, len(SHOWN) + 1, sharex=False)
    wd = float(json.loads(result.attrs["config"])["rules"][0]["wd"])
    for i, lr in enumerate(SHOWN):
        run = result.sel(lr=lr).isel(seed=0, step=slice(1, None))
        panels[0, i].semilogy(run["epoch"], run["online_loss"], color=INKS[0], linewidth=0.7)
        panels[1, i].semilogy(run["epoch"], run["total_norm"] ** 2, color=INKS[1], linewidth=0.7)
        panels[0, i].set_title(rf"$\eta={lr:g}$, $\eta\lambda={lr * wd:g}$")
        panels[1, i].set_xlabel("epoch")
    panels[0, 0].set_ylabel("loss in training")
    panels[1, 0].set_ylabel(r"$\rho^2$")
    panels[1, -1].remove()
    _periods(panels[0, -1], result, wd)
    return figure


def _periods(axes, result: xr.Dataset, wd: float) -> None:
    for seed in range(result.sizes["seed"]):
        for lr in SHOWN:
            gaps = np.diff(destabilisations(result.sel(lr=lr).isel(seed=seed))) * lr * wd
            if len(gaps) < 2:
                continue
            error = gaps.std(ddof=1) / len(gaps) ** 0.5
            axes.errorbar(lr * wd, gaps.mean(), error, color=INKS[seed], marker="o", markersize=3)
    axes.set(xscale="log", xlabel=r"$\eta\lambda$", title=r"interval $\times\,\eta\lambda$", ylim=(0, 1))
