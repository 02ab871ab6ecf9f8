"""How the distance from the sharpness-reduction flow shrinks with lr * wd (sharpness Theorem 4.7)."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs.numbers import Number, mean_of
from paper_figs.style import DASHES, INKS, new_figure

NEEDS = ("sharpness_tracking",)
CLAIMS = ("sharpness:thm4.7",)
COST = "a minute"


def draw(result: xr.Dataset) -> Figure:
    """Draw a panel a perturbation: sup |theta - zeta| over eta_in for each loss, and the proved power."""
    names = [str(r) for r in result["run"].values]
    spreads = list(dict.fromkeys(n.split(", ")[1] for n in names))
    eta = result["lr"].values
    figure = new_figure(7.2, 2.9)
    for axes, spread in zip(figure.subplots(1, len(spreads), sharey=True), spreads, strict=True):
        rows = [n for n in names if n.endswith(f", {spread}")]
        for name, ink, dash in zip(rows, INKS, DASHES, strict=False):
            seen = result["dist_flow"].sel(run=name).values
            low, high = seen.mean(axis=1) - seen.min(axis=1), seen.max(axis=1) - seen.mean(axis=1)
            slope = float(result["measured"].sel(run=name).isel(group=0))
            axes.errorbar(
                eta,
                seen.mean(axis=1),
                np.array([low, high]),
                color=ink,
                linestyle=dash,
                marker=".",
                markersize=3,
                label=f"{name.split(',')[0]}, {slope:.2f}",
            )
        axes.plot(eta, 0.5 * eta**0.25, color=INKS[4], linewidth=0.8, label="power 1/4")
        axes.set(xscale="log", yscale="log", xlabel="lr x wd", title=f"perturbation {spread}")
        axes.legend(fontsize="x-small")
        axes.title.set_fontsize("medium")
        axes.set_box_aspect(1)
    figure.axes[0].set_ylabel("largest distance from the flow")
    return figure


def numbers(result: xr.Dataset) -> list[Number]:
    """Hold the powers of lr wd in the distance from the flow against 1/4, which is proved, and 1/2."""
    seen, error = (result[k].isel(group=0).values for k in ("measured", "measured_error"))
    least = int(np.argmin(seen))
    power = mean_of(seen)
    return [
        Number(
            f"least power of $\\eta\\lambda$ ({result['run'].values[least]})",
            0.25,
            seen[least],
            error[least],
            ">=",
            printed=True,
        ),
        Number(
            r"mean power of $\eta\lambda$ over losses and perturbations",
            0.5,
            *power,
            slack=0.03,
            why="a logarithm for tiny perturbations",
        ),
    ]
