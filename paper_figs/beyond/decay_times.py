"""Closed forms of the first delta-jump's times over lr wd, divided by the exact times."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs.numbers import Number
from paper_figs.style import DASHES, INKS, new_figure

NEEDS = ("beyond_times",)
CLAIMS = ("beyond:norm-times", "beyond:jump-times", "periodic:prop2-tmin", "periodic:prop2-tmax")
COST = "a few seconds"


def draw(result: xr.Dataset) -> Figure:
    """Draw a panel a bound: the forms in rho^2 and in rho^4 over the exact time."""
    bounds = list(dict.fromkeys(result["bound"].values.tolist()))
    figure = new_figure(7.6, 2.8)
    for axes, bound in zip(figure.subplots(1, len(bounds), sharey=True), bounds, strict=True):
        of = result.isel(run=np.flatnonzero(result["bound"].values == bound))
        exact, product = of["t_exact"].values, of["product"].values
        for name, label, ink, dash in (
            ("t_kept", r"form in $\rho^2$", INKS[1], DASHES[1]),
            ("predicted", r"form in $\rho^4$", INKS[0], DASHES[0]),
        ):
            axes.plot(
                product, of[name].values / exact, "o", linestyle=dash, markersize=3, color=ink, label=label
            )
        axes.plot(product, 1 - 1 / exact, color=INKS[4], linewidth=0.7, label="exact, and one step less")
        axes.axhline(1, color=INKS[4], linewidth=0.7)
        axes.set(xscale="log", xlabel=r"$\eta\lambda$", title=str(bound))
    figure.axes[0].set_ylabel("time over the exact time")
    figure.axes[0].legend(fontsize="x-small")
    return figure


def numbers(result: xr.Dataset) -> list[Number]:
    """Hold the forms in rho^4 against the exact times that they bound, up to a step."""
    told = []
    for bound in dict.fromkeys(result["bound"].values.tolist()):
        of = result.isel(run=np.flatnonzero(result["bound"].values == bound))
        over = of["predicted"].values - of["t_exact"].values
        what = f"{bound} jump: form in $\\rho^4$ less the exact time, in steps"
        if bound == "earliest":
            told.append(Number(f"{what}, at most", 0, float(over.max()), 0, "<="))
        else:
            told.append(Number(f"{what}, at least", -1, float(over.min()), 0, ">="))
    return told
