"""Where the toy function's loss settles, and its Lyapunov exponent, over the total ELR (not in the paper)."""

from __future__ import annotations

import json

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs.numbers import Number
from paper_figs.style import INKS, new_figure
from sitheory import theory
from sitheory.measure.statistics import Flag

NEEDS = ("toy_bifurcation",)
CLAIMS = ("regimes:eq25", "regimes:chaotic", "regimes:eq9-attracts")
COST = "half a minute"


def draw(result: xr.Dataset) -> Figure:
    """Draw the last losses of every start above, their Lyapunov exponents with errors below."""
    alpha = json.loads(result.attrs["config"])["loss"]["alpha"]
    elr, seeds = result["elr"].values, result.sizes["seed"]
    figure = new_figure(7.2, 5.2)
    top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=(2, 1))
    tail = result["loss"].values
    top.plot(np.repeat(elr, tail[0].size), tail.ravel(), ",", color=INKS[0], alpha=0.4, rasterized=True)
    above = elr[elr > theory.threshold(alpha)]
    level = [theory.equilibrium_loss(alpha, e) for e in above]
    top.plot(above, level, color=INKS[1], linestyle="--", label="equilibrium level (regimes eq. 25)")
    top.set(ylabel="loss at the last steps")
    top.legend(loc="upper left")
    bottom.axhline(0, color=INKS[4], linewidth=0.6)
    at, flagged = np.repeat(elr, seeds), result["lyapunov_flag"].values.ravel() != Flag.STANDS.code
    mean = result["lyapunov"].values.ravel()
    bottom.errorbar(
        at,
        mean,
        result["lyapunov_error"].values.ravel(),
        fmt=".",
        markersize=2,
        color=INKS[0],
        elinewidth=0.5,
    )
    hollow = {
        "markersize": 2.5,
        "color": INKS[0],
        "markerfacecolor": "white",
        "markeredgewidth": 0.4,
        "zorder": 3,
    }
    bottom.plot(at[flagged], mean[flagged], "o", label="error bar is none", **hollow)
    bottom.legend(loc="upper left")
    bottom.set(xlabel="total ELR", ylabel="Lyapunov exponent a step")
    for axes in (top, bottom):
        axes.axvline(theory.threshold(alpha), color=INKS[4], linestyle=":")
    return figure


def numbers(result: xr.Dataset) -> list[Number]:
    """Tell whether the run is chaotic at ELR 0.2, where the paper calls it so, and at 0.5."""
    told = []
    for elr, printed, relation in ((0.2, True, ">"), (0.2, False, "="), (0.5, False, ">")):
        at = result.sel(elr=elr, method="nearest")
        exponent, error = at["lyapunov"].values, at["lyapunov_error"].values
        seed = int(np.argmax(exponent))
        what = f"Lyapunov exponent a step at ELR {elr:g}, {'chaos' if relation == '>' else 'no chaos'}"
        slack, why = (1e-3, "a creep like $t^{-1/2}$") if relation == "=" else (0.0, "")
        flag = list(Flag)[int(at["lyapunov_flag"][seed])]
        told.append(Number(what, 0, exponent[seed], error[seed], relation, slack, why, printed, flag))
    return told
