"""How the distance from the sharpness-reduction flow shrinks with lr * wd (sharpness Theorem 4.7)."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs.style import DASHES, INKS, new_figure

NEEDS = ("sharpness_tracking",)
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
