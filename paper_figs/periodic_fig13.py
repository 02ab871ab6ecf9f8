"""Runs with the same product lr * wd, and from starts scaled by Proposition 4 (periodic Figure 13)."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs.style import DASHES, INKS, new_figure

NEEDS = ("decay_products",)
COST = "a few seconds"
FLOOR = 1e-16
SHOWN = 4.0  # in units of 1 / (lr wd)


def draw(result: xr.Dataset) -> Figure:
    """Draw a row a product: loss and norm from one start, then the loss from scaled starts."""
    products = np.unique(result["product"].values)
    figure = new_figure(8.4, 2.4 * len(products))
    for row, product in zip(figure.subplots(len(products), 3, squeeze=False), products, strict=True):
        for axes, scaled, name in zip(row, (False, False, True), ("loss", "total_norm", "loss"), strict=True):
            chosen = np.flatnonzero(
                (result["product"].values == product) & (result["scaled"].values == scaled)
            )
            for run, ink, dash in zip(chosen, INKS, DASHES, strict=False):
                one = result.isel(run=run, step=result["step"] < SHOWN / product)
                values = np.maximum(one[name], FLOOR)
                axes.semilogy(
                    one["step"], values, color=ink, linestyle=dash, linewidth=0.6, label=f"lr {one['rate']:g}"
                )
            label = "norm" if name == "total_norm" else "loss"
            axes.set_title(
                f"lr wd = {product:g}: {label}, {'scaled starts' if scaled else 'one start'}",
                fontsize="small",
            )
            axes.set_xlabel("step")
    figure.legend(*figure.axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=3)
    return figure
