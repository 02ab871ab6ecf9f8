"""Periodic behaviour on real digits: the norm and the loss at three learning rates, and one constant for the period."""

from __future__ import annotations

import json

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs.numbers import Number, slope_of
from paper_figs.style import INKS, new_figure
from sitheory.bridge.watching.laws import HOLDS
from sitheory.bridge.watching.long_run import destabilisations

NEEDS = ("digits_decay",)
CLAIMS = ("periodic:cor1", "periodic:prop3", "periodic:eq3", "periodic:eq8")
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


def numbers(result: xr.Dataset) -> list[Number]:
    """Hold the power of lr wd in the interval against -1, and each step's norm and angle against eqs. (3) and (8)."""
    wd = float(json.loads(result.attrs["config"])["rules"][0]["wd"])
    means = np.array([[_gaps(result, lr, s).mean() for s in range(result.sizes["seed"])] for lr in SHOWN])
    slope, error = slope_of(wd * np.array(SHOWN), means)
    why = "a dozen irregular intervals at the smallest rate"
    what = r"power of $\eta\lambda$ in the interval between two destabilisations"
    told = [Number(what, -1, slope, error, slack=0.15, why=why, printed=True)]
    for name, law in (("norm", "the norm's step, eq. (3)"), ("cos_dist", "the angle, eq. (8)")):
        ratio = float(np.nanmax(result[f"{name}_residual_ratio"].values))
        what = f"greatest residual of {law}, over what rounding and radial gradients explain"
        told.append(Number(what, 1, ratio, 0, "<=", HOLDS - 1, "floors are first-order terms"))
    return told


def _gaps(result: xr.Dataset, lr: float, seed: int) -> np.ndarray:
    return np.diff(destabilisations(result.sel(lr=lr).isel(seed=seed)))


def _periods(axes, result: xr.Dataset, wd: float) -> None:
    for seed in range(result.sizes["seed"]):
        for lr in SHOWN:
            gaps = _gaps(result, lr, seed) * lr * wd
            if len(gaps) < 2:
                continue
            error = gaps.std(ddof=1) / len(gaps) ** 0.5
            axes.errorbar(lr * wd, gaps.mean(), error, color=INKS[seed], marker="o", markersize=3)
    axes.set(xscale="log", xlabel=r"$\eta\lambda$", title=r"interval $\times\,\eta\lambda$", ylim=(0, 1))
