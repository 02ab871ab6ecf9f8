"""The ranges of a network's ELR and effective gradient depend on the product lr wd alone (periodic Figure 14).

Real runs: digits, perceptron 64-64-64-10, all scale-invariant, SGD with batch 128, seed 0, the last 150 of 400 epochs;
a row is one product of learning rate and weight decay, a line one ratio of them.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs import periods
from paper_figs.numbers import Number, mean_of
from paper_figs.periodic.net_fig13 import PRODUCTS, label_of, of_product
from paper_figs.style import DASHES, INKS, new_figure

NEEDS = ("net_periodic_grid",)
CLAIMS = ("periodic:prop4", "periodic:remark3", "periodic:prop3")
COST = "two minutes"
EPOCHS = 150


def draw(result: xr.Dataset) -> Figure:
    """Draw ELR and effective gradient in the end, a row a product."""
    figure = new_figure(7.2, 4.6)
    panels = figure.subplots(len(PRODUCTS), 2, sharex=True, sharey="col")
    for row, product in zip(panels, PRODUCTS, strict=True):
        for run, ink, dash in zip(of_product(result.isel(seed=[0]), product), INKS, DASHES, strict=False):
            look = {"color": ink, "linestyle": dash, "linewidth": 0.7}
            row[0].semilogy(run["epoch"][-EPOCHS:], run["total_elr"][-EPOCHS:], label=label_of(run), **look)
            row[1].semilogy(run["epoch"][-EPOCHS:], periods.eff_grad(run)[-EPOCHS:], **look)
        row[0].set_ylabel(f"lr wd = {product:g}")
        row[0].legend(fontsize="x-small", handlelength=1.2)
    for axes, title in zip(panels[0], ("effective learning rate", "effective gradient"), strict=True):
        axes.set_title(title, fontsize="medium")
    for axes in panels[-1]:
        axes.set_xlabel("epoch")
    return figure


BLOCKS = 4


def numbers(result: xr.Dataset) -> list[Number]:
    """Hold the mean logarithm of the late ELR at the largest learning rate against that at the smallest."""
    told = []
    for product in PRODUCTS:
        runs = of_product(result, product)
        ends = [[r for r in runs if r["lr"] == runs[i]["lr"]] for i in (0, -1)]
        (a, da), (b, db) = (mean_of(np.concatenate([_blocks(run) for run in these])) for these in ends)
        what = (
            f"log of the late ELR at the largest learning rate over that at the smallest, lr wd = {product:g}"
        )
        error = float(np.hypot(da, db))
        told.append(Number(what, 0, b - a, error, slack=periods.FEW, why="the few periods at hand"))
    return told


def _blocks(run: xr.Dataset) -> np.ndarray:
    """Means of the log ELR over quarters of the late half, each a period or more."""
    late = np.log(run["total_elr"].values)[-(run.sizes["step"] // 2 // BLOCKS) * BLOCKS :]
    return late.reshape(BLOCKS, -1).mean(axis=1)
