"""Networks with the same product lr wd converge to the same periodic behaviour (periodic Figure 13).

Real runs: digits, perceptron 64-64-64-10, all scale-invariant, SGD with batch 128, 400 epochs, seed 0 of four; a row
is one product of learning rate and weight decay, a line one ratio of them. All start from the same norm, so that the
norm takes its time to come to where it stays.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs import periods
from paper_figs.numbers import Number
from paper_figs.style import DASHES, INKS, new_figure

NEEDS = ("net_periodic_grid",)
CLAIMS = ("periodic:cor1", "periodic:prop4", "thesis:cor1")
COST = "two minutes"
PRODUCTS = (5e-4, 2e-3)


def draw(result: xr.Dataset) -> Figure:
    """Draw loss, test error, norm and ELR, a row a product."""
    figure = new_figure(9, 4.4)
    panels = figure.subplots(len(PRODUCTS), 4, sharex=True, sharey="col")
    for row, product in zip(panels, PRODUCTS, strict=True):
        for run, ink, dash in zip(of_product(result.isel(seed=[0]), product), INKS, DASHES, strict=False):
            epoch, look = run["epoch"].values, {"color": ink, "linestyle": dash, "linewidth": 0.6}
            seen = np.isfinite(run["test_error"].values)
            row[0].semilogy(epoch[1:], run["online_loss"][1:], label=label_of(run), **look)
            row[1].semilogy(epoch[seen], 100 * run["test_error"].values[seen], **look)
            row[2].semilogy(epoch, run["total_norm"], **look)
            row[3].semilogy(epoch, run["total_elr"], **look)
        row[0].set_ylabel(f"lr wd = {product:g}")
        row[0].legend(fontsize="x-small", handlelength=1.2)
    for axes, title in zip(
        panels[0], ("train loss", "test error, %", "norm", "effective learning rate"), strict=True
    ):
        axes.set_title(title, fontsize="medium")
    for axes in panels[-1]:
        axes.set_xlabel("epoch")
    return figure


def of_product(result: xr.Dataset, product: float) -> list[xr.Dataset]:
    """Return the runs of one product, the smallest learning rate first."""
    runs = [r for r in periods.cells(result) if np.isclose(float(r["lr"] * r["wd"]), product, rtol=1e-9)]
    return sorted(runs, key=lambda run: float(run["lr"]))


def label_of(run: xr.Dataset) -> str:
    """Return learning rate and weight decay in words."""
    return f"lr {float(run['lr']):g}, wd {float(run['wd']):g}"


def numbers(result: xr.Dataset) -> list[Number]:
    """Hold the intervals between destabilisations against each other: within a product, and between the two."""
    small, large = (of_product(result, product) for product in PRODUCTS)
    ends = [periods.gaps(r for r in large if r["lr"] == large[i]["lr"]) for i in (0, -1)]
    return [
        periods.inverse(
            "interval at the smallest learning rate over that at the largest, lr wd = 0.002", *ends
        ),
        periods.inverse(
            r"interval times $\eta\lambda$ at lr wd = 0.0005 over that at 0.002",
            periods.gaps(small),
            periods.gaps(large),
        ),
    ]
