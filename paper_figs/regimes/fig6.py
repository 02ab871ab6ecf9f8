"""The train loss in the three regimes and on their borders (regimes Figure 6).

Real runs: digits with 20 % label noise, perceptron 64-100-50-10, seed 0 of 3.

From above: divergence; the border to it, where the run hits lower losses and leaves them; equilibrium, at a level
of its own for each ELR; the border to convergence; convergence. The mean over each epoch's batches is drawn.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs import networks
from paper_figs.numbers import Number
from paper_figs.style import DASHES, new_figure

NEEDS = ("net_regimes_grid",)
CLAIMS = ("regimes:eq25", "regimes:third-regime")
COST = "half a minute"

SHOWN = (1.0, 0.1, 0.05, 0.02, 0.005, 0.002, 1e-3, 1e-4)


def draw(result: xr.Dataset) -> Figure:
    """Draw the losses."""
    figure = new_figure(5.6, 3.6)
    axes = figure.subplots()
    told = networks.regimes(result)
    for elr, ink in zip(SHOWN, networks.inks(np.array(SHOWN)), strict=True):
        run = result.sel(elr=elr, seed=0)
        dash = DASHES[networks.ORDER.index(told[elr]) if told[elr] in networks.ORDER else -1]
        style = {"color": ink, "linestyle": dash, "label": f"{elr:g}: {told[elr]}"}
        axes.loglog(run["epoch"][1:], run["online_loss"][1:], **style)
    axes.set(xlabel="epoch", ylabel="train loss")
    axes.legend(title="ELR", fontsize="small", bbox_to_anchor=(1, 1), loc="upper left")
    return figure


def numbers(result: xr.Dataset) -> list[Number]:
    """Hold the late loss against random guessing, and the loss of convergence against that of equilibrium."""
    told = networks.regimes(result)
    late = {
        elr: float(level)
        for elr, level in zip(told, networks.late(result, "online_loss").mean(axis=1), strict=True)
    }
    by = {regime: [late[e] for e, r in told.items() if r is regime] for regime in networks.ORDER}
    chance = float(np.log(10))
    return [
        Number(
            "least loss in divergence, above that of saying nothing, $\\log 10$",
            chance,
            min(by[networks.ORDER[2]]),
            0,
            ">",
        ),
        Number("greatest loss in equilibrium, below $\\log 10$", chance, max(by[networks.ORDER[1]]), 0, "<="),
        Number(
            "least loss in equilibrium over the least in convergence",
            1,
            min(by[networks.ORDER[1]]) / min(by[networks.ORDER[0]]),
            0,
            ">",
        ),
    ]
