"""Runs with the same product lr * wd, and from starts scaled by Proposition 4 (periodic Figure 13)."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs.numbers import Number
from paper_figs.style import DASHES, INKS, new_figure

NEEDS = ("decay_products",)
CLAIMS = ("periodic:prop4",)
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


EARLY = 40


def numbers(result: xr.Dataset) -> list[Number]:
    """Hold the losses of the first steps from scaled starts against each other."""
    told = []
    for product in np.unique(result["product"].values):
        runs = np.flatnonzero((result["product"].values == product) & result["scaled"].values.astype(bool))
        loss = result["loss"].values[runs, :EARLY]
        apart = float(np.max(np.abs(loss - loss[0])))
        what = f"greatest difference of the losses from scaled starts at lr wd = {product:g}, first steps"
        told.append(Number(what, 0, apart, slack=1e-12, why="rounding, which the cycles then amplify"))
    return told
