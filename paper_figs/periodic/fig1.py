"""Periodic behaviour with all weights trained, the last layer and affine parameters too (periodic Figure 1).

Real runs: digits, perceptron 64-64-64-10 with trained gains, shifts and last layer, SGD with batch 128, weight decay
0.001, 150 epochs, seed 0. The loss is that of the epoch's batches, the norm that of the scale-invariant weights.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs import periods
from paper_figs.numbers import Number
from paper_figs.style import INKS, new_figure

NEEDS = ("net_periodic_practice",)
CLAIMS = ("periodic:cor1", "thesis:cor1")
ALSO = ("thesis_fig1",)
COST = "a minute"
VARIANT = "all weights trained"


def draw(result: xr.Dataset) -> Figure:
    """Draw loss, test error and norm, a line a learning rate."""
    figure = new_figure(8.4, 2.8)
    draw_rates(figure.subplots(1, 3), of(result, VARIANT).isel(seed=0))
    return figure


def draw_rates(panels, runs: xr.Dataset) -> None:
    """Draw loss, test error and norm into three panels, a line a learning rate."""
    epoch = runs["epoch"].values
    for lr, ink in zip(runs["lr"].values, INKS, strict=False):
        run, look = runs.sel(lr=lr), {"color": ink, "linewidth": 0.8}
        seen = np.isfinite(run["test_error"].values)
        panels[0].semilogy(epoch[1:], run["online_loss"][1:], **look)
        panels[1].plot(epoch[seen][1:], 100 * run["test_error"].values[seen][1:], ".-", **look)
        panels[2].semilogy(epoch, run["total_norm"], label=f"lr {lr:g}", **look)
    for axes, title in zip(panels, ("train loss", "test error, %", "norm"), strict=True):
        axes.set(xlabel="epoch", title=title)
    panels[2].legend(fontsize="small")


def of(result: xr.Dataset, variant: str) -> xr.Dataset:
    """Return the runs of one variant."""
    return result.isel(run=int(np.flatnonzero(result["variant"].values.astype(str) == variant)[0]))


def counts(runs: xr.Dataset, lr: float) -> list[int]:
    """Return how often the runs at one learning rate destabilise, seed by seed."""
    return periods.bursts([runs.sel(lr=lr, seed=seed) for seed in runs["seed"].values])


def numbers(result: xr.Dataset) -> list[Number]:
    """Count destabilisations at the largest and the smallest learning rate."""
    runs = of(result, VARIANT)
    rates = runs["lr"].values
    most, least = min(counts(runs, rates[-1])), max(counts(runs, rates[0]))
    return [
        Number("destabilisations at the largest learning rate", 2, most, 0, ">="),
        Number(
            "destabilisations at the largest learning rate beyond those at the smallest",
            0,
            most - least,
            0,
            ">",
        ),
    ]
