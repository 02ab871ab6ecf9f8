"""The regimes in training in the whole space, and in conventional training (regimes Figure 7).

Real runs: digits with 20 % label noise, perceptron 64-100-50-10, one seed. Left: scale-invariant, weight decay 0.001,
150 epochs; all three regimes. Middle, right: all weights trained, momentum 0.9, weight decay 0.0005, not augmented, 100
epochs; at learning rate 3 all ReLUs die and at 30 the loss is NaN (not drawn). With a cosine schedule medium learning
rates pass both regimes and end lowest and flattest; test errors (297 samples) show no such order here.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs import networks
from paper_figs.numbers import Number
from paper_figs.regimes import fig1
from paper_figs.style import new_figure

NEEDS = ("net_regimes_whole_space", "net_regimes_conventional")
CLAIMS = ("regimes:eq8", "regimes:eq25", "regimes:third-regime")
COST = "a minute"
SHOWN = {"batch_eff_grad": "effective gradient", "test_error": "test error"}
STUCK, DYING = 1.0, 3.0
MEDIUM = (0.1, 0.5)


def draw(whole: xr.Dataset, conventional: xr.Dataset) -> Figure:
    """Draw the diagrams of effective gradient and test error against the loss, a column each kind of training."""
    figure = new_figure(9.6, 4.8)
    left, right = figure.subfigures(1, 2, width_ratios=(1, 1.75))
    columns(left, [whole.isel(seed=0)], ["whole space"])
    named = [f"conventional, {kind}" for kind in conventional["schedule"].values]
    columns(right, [conventional.isel(run=i, seed=0) for i in range(len(named))], named)
    return figure


def columns(figure, grids: list[xr.Dataset], names: list[str]) -> None:
    """Draw effective gradient and test error against the loss, a column each grid of learning rates."""
    panels = figure.subplots(len(SHOWN), len(grids), sharex=True, sharey="row", squeeze=False)
    rates = np.unique(np.concatenate([alive(grid)["lr"].values for grid in grids]))
    ink = dict(zip(rates, networks.inks(rates), strict=True))
    for column, grid, name in zip(panels.T, grids, names, strict=True):
        shown = alive(grid)
        for axes, variable in zip(column, SHOWN, strict=True):
            networks.against_loss(axes, shown, variable, [ink[lr] for lr in shown["lr"].values], "lr")
        column[0].set_title(name, fontsize="medium")
        column[1].set_xlabel("train loss")
    panels[0, 0].invert_xaxis()
    start = max(float(grid["batch_eff_grad"].isel(step=0).max()) for grid in grids)
    panels[0, 0].set_ylim(top=2 * start)
    for axes, label in zip(panels[:, 0], SHOWN.values(), strict=True):
        axes.set_ylabel(label)
    networks.key(figure, panels, rates, "learning rate")


def alive(grid: xr.Dataset) -> xr.Dataset:
    """Return the runs whose loss is finite, and whose gradient is not zero, to the end."""
    end = grid.isel(step=-1)
    return grid.isel(lr=np.isfinite(end["loss"].values) & (end["batch_eff_grad"].values > DEAD))


DEAD = 1e-6
"""An effective gradient below it is one of a network whose ReLUs are all off."""


def numbers(whole: xr.Dataset, conventional: xr.Dataset) -> list[Number]:
    """Hold the order of the three regimes, and what a constant and a cosine schedule lead to."""
    constant, cosine = (conventional.isel(run=i, seed=0, step=-1) for i in range(2))
    told = networks.regimes(conventional.isel(run=0), "lr")
    dying = float(conventional["batch_eff_grad"].sel(lr=DYING).isel(step=-1).max())
    ends = {lr: float(np.log(cosine["loss"].sel(lr=lr))) for lr in alive_rates(conventional)}
    others = min(end for lr, end in ends.items() if lr in (min(ends), max(ends)))
    gap = {
        n: float(np.log(constant[n].sel(lr=STUCK) / cosine[n].sel(lr=STUCK)))
        for n in ("loss", "batch_eff_grad")
    }
    return [
        *fig1.order(networks.regimes(whole, "lr")),
        Number(
            "constant learning rates in convergence", 1, list(told.values()).count(networks.ORDER[0]), 0, ">="
        ),
        Number(
            f"log end loss at constant {STUCK:g} over that with a cosine schedule", 0, gap["loss"], 0, ">"
        ),
        Number("the same of the effective gradient", 0, gap["batch_eff_grad"], 0, ">"),
        Number(
            f"effective gradient at the end at learning rate {DYING:g}",
            0,
            dying,
            0,
            "<=",
            DEAD,
            "weight decay that goes on",
        ),
        Number(
            "least log end loss at the lowest and highest cosine learning rates over the greatest at medium ones",
            0,
            others - max(ends[lr] for lr in MEDIUM),
            0,
            ">",
        ),
        Number(
            "schedules whose largest learning rate ends in NaN",
            2,
            int(np.isnan([constant["loss"][-1], cosine["loss"][-1]]).sum()),
        ),
    ]


def alive_rates(conventional: xr.Dataset) -> list[float]:
    """Return the learning rates of the cosine schedule that are drawn."""
    return [float(lr) for lr in alive(conventional.isel(run=1, seed=0))["lr"].values]
