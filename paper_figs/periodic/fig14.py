"""The ranges of ELR and effective gradient depend on the product lr * wd alone (periodic Figure 14)."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs.numbers import Number, mean_of
from paper_figs.style import DASHES, INKS, new_figure

NEEDS = ("decay_products",)
CLAIMS = ("periodic:prop4", "periodic:remark3")
COST = "a few seconds"
FLOOR = 1e-17
SHOWN = 1.0  # in units of 1 / (lr wd)


def draw(result: xr.Dataset) -> Figure:
    """Draw ELR and effective gradient after the warm-up, a row a product."""
    products = np.unique(result["product"].values)
    figure = new_figure(7.2, 2.4 * len(products))
    for row, product in zip(figure.subplots(len(products), 2, squeeze=False), products, strict=True):
        chosen = np.flatnonzero((result["product"].values == product) & ~result["scaled"].values.astype(bool))
        for axes, name in zip(row, ("total_elr", "total_eff_grad"), strict=True):
            for run, ink, dash in zip(chosen, INKS, DASHES, strict=False):
                one = result.isel(run=run, step=result["step"] >= result["step"][-1] - SHOWN / product)
                axes.semilogy(
                    one["step"],
                    np.maximum(one[name], FLOOR),
                    color=ink,
                    linestyle=dash,
                    linewidth=0.7,
                    label=f"lr {one['rate']:g}",
                )
            axes.set_title(f"lr wd = {product:g}", fontsize="small")
        row[0].set_ylabel("effective learning rate")
        row[1].set_ylabel("effective gradient")
    for axes in figure.axes[-2:]:
        axes.set_xlabel("step")
    figure.legend(*figure.axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=3)
    return figure


BLOCKS = 8


def numbers(result: xr.Dataset) -> list[Number]:
    """Hold the greatest ELR of the late half at the largest lr against that at the smallest."""
    told = []
    for product in np.unique(result["product"].values):
        of = np.flatnonzero((result["product"].values == product) & ~result["scaled"].values.astype(bool))
        late = result["total_elr"].values[of, result.sizes["step"] // 2 :]
        tops = late.reshape(len(of), BLOCKS, -1).max(axis=-1)
        (a, da), (b, db) = mean_of(tops[0]), mean_of(tops[-1])
        what = f"greatest ELR at the largest lr over that at the smallest, lr wd = {product:g}"
        told.append(Number(what, 1, b / a, b / a * np.hypot(da / a, db / b)))
    return told
