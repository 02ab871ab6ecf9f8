"""Where the toy function's loss settles, and its Lyapunov exponent, over the total ELR (not in the paper)."""

from __future__ import annotations

import json

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs.style import INKS, new_figure
from sitheory import theory

NEEDS = ("toy_bifurcation",)
COST = "half a minute"


def draw(result: xr.Dataset) -> Figure:
    """Draw the last losses above, the Lyapunov exponent with its error below."""
    alpha = json.loads(result.attrs["config"])["loss"]["alpha"]
    elr = result["elr"].values
    figure = new_figure(7.2, 5.2)
    top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=(2, 1))
    top.plot(
        np.repeat(elr, result.sizes["step"]), result["loss"].values.ravel(), ",", color=INKS[0], alpha=0.5
    )
    above = elr[elr > theory.threshold(alpha)]
    top.plot(
        above, [theory.equilibrium_loss(alpha, e) for e in above], color=INKS[1], label="predicted level"
    )
    top.set(ylabel="loss, last steps")
    top.legend(loc="upper left")
    bottom.axhline(0, color=INKS[4], linewidth=0.6)
    bottom.errorbar(
        elr, result["lyapunov"], result["lyapunov_error"], fmt=".", markersize=2, color=INKS[0], linewidth=0.5
    )
    bottom.set(xlabel="total ELR", ylabel="Lyapunov exponent a step")
    for axes in (top, bottom):
        axes.axvline(theory.threshold(alpha), color=INKS[4], linestyle=":")
    return figure
