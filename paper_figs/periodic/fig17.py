"""The norm of the fixed last layer sets how confident a network can be, and so its periods (periodic Figure 17).

Real runs: digits, perceptron 64-64-64-10, all scale-invariant, SGD with learning rate 0.5, weight decay 0.001, batch
128, 150 epochs, seed 0; the last layer's norm at random initialisation is about 2.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs.numbers import Number
from paper_figs.periodic.fig1 import counts, of
from paper_figs.periodic.fig6 import LR
from paper_figs.style import INKS, new_figure

NEEDS = ("net_periodic_practice", "net_periodic_grid")
CLAIMS = ("periodic:cor1", "periodic:A7-practice")
COST = "a minute and a half"
WD = 1e-3
NORMS = {"1": "last layer of norm 1", "30": "last layer of norm 30"}


def draw(result: xr.Dataset, plain: xr.Dataset) -> Figure:
    """Draw loss, test error and norm, a line a norm of the last layer."""
    figure = new_figure(8.4, 2.8)
    panels = figure.subplots(1, 3)
    shown = {norm: of(result, name).sel(lr=LR).isel(seed=0) for norm, name in NORMS.items()}
    shown = {"1": shown["1"], "10": unchanged(plain, result).isel(seed=0), "30": shown["30"]}
    for (norm, run), ink in zip(shown.items(), INKS, strict=False):
        epoch, look = run["epoch"].values, {"color": ink, "linewidth": 0.8}
        seen = np.flatnonzero(np.isfinite(run["test_error"].values))[1:]
        panels[0].semilogy(epoch[1:], run["online_loss"][1:], **look)
        panels[1].plot(epoch[seen], 100 * run["test_error"].values[seen], ".-", **look)
        panels[2].semilogy(epoch, run["total_norm"], label=norm, **look)
    for axes, title in zip(
        panels, ("train loss", "test error, %", "norm of the trained weights"), strict=True
    ):
        axes.set(xlabel="epoch", title=title)
    panels[2].legend(fontsize="small", title="last layer's norm", title_fontsize="small")
    return figure


def unchanged(plain: xr.Dataset, like: xr.Dataset) -> xr.Dataset:
    """Return the run with the usual last layer for as many epochs, over seeds: of the other runs' own width."""
    chosen = np.isclose(plain["lr"].values, LR) & np.isclose(plain["wd"].values, WD)
    return plain.isel(run=int(np.flatnonzero(chosen)[0]), step=slice(0, like.sizes["step"]))


def numbers(result: xr.Dataset, plain: xr.Dataset) -> list[Number]:
    """Tell that the smallest last layer has the greatest least loss and no destabilisation."""
    small = of(result, NORMS["1"])
    floors = [
        float(run["online_loss"][..., 1:].min()) for run in (small.sel(lr=LR), unchanged(plain, result))
    ]
    return [
        Number("least loss with a last layer of norm 1 over that with 10", 1, floors[0] / floors[1], 0, ">"),
        Number("destabilisations with a last layer of norm 1", 0, max(counts(small, LR))),
    ]
