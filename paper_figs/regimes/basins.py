"""Which starts of the toy function end where, a slice through the sphere (not in the paper)."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs.numbers import Number, share_of
from paper_figs.style import new_figure

NEEDS = ("toy_basins",)
CLAIMS = ("regimes:eq25", "beyond:islands", "regimes:eq9-attracts")
COST = "a few seconds"


def draw(result: xr.Dataset) -> Figure:
    """Draw a panel an ELR: the late loss over that of the equilibrium, over two groups' directions at the start."""
    elrs = result["elr"].values
    figure = new_figure(2.2 * len(elrs) + 0.8, 2.7)
    panels = figure.subplots(1, len(elrs), sharex=True, sharey=True, squeeze=False)[0]
    loss = result["loss_ratio"]
    for axes, elr in zip(panels, elrs, strict=True):
        shown = axes.pcolormesh(
            result["phi_1"], result["phi_2"], loss.sel(elr=elr).T, cmap="cividis", vmin=loss.min(), vmax=1,
            rasterized=True,
        )  # fmt: skip
        axes.set(xlabel=r"$\varphi_1$ at the start", aspect="equal")
        axes.set_title(f"{elr:g} x threshold", fontsize="medium")
        axes.set_xticks([0, np.pi / 4, np.pi / 2], ["0", r"$\pi/4$", r"$\pi/2$"])
        axes.set_yticks([0, np.pi / 4, np.pi / 2], ["0", r"$\pi/4$", r"$\pi/2$"])
    panels[0].set_ylabel(r"$\varphi_2$ at the start")
    figure.colorbar(shown, ax=panels, label="late loss / equilibrium's")
    return figure


def numbers(result: xr.Dataset) -> list[Number]:
    """Tell which share of starts ends on the equilibrium's level just above the threshold, and that none ends at 0."""
    loss = result["loss_ratio"]
    share, error = share_of(np.abs(loss.isel(elr=0).values - 1) < LEVEL)
    at = f"ELR {float(result['elr'][0]):g} of the threshold"
    return [
        Number(f"share of starts that end at the equilibrium's loss, {at}", 0.5, share, error, ">"),
        Number("least late loss over the equilibrium's", 0, float(loss.min()), 0, ">"),
    ]


LEVEL = 0.02
"""A late loss within this of the equilibrium's counts as there."""
