"""Periodic behaviour of other networks over learning rates at one weight decay (periodic Figure 15).

Real runs: ConvNet(4) and ResNet-18 of width 4, all scale-invariant, on digits in place of CIFAR-100 and CIFAR-10, SGD
with batch 128, weight decay 0.005, 3 learning rates, one seed, 80 epochs.

Loss and norm are those of the epoch's batches, a row a network. As in the paper the smallest and the largest learning
rate have no periods.
"""

from __future__ import annotations

import xarray as xr
from matplotlib.figure import Figure

from paper_figs import networks, periods
from paper_figs.numbers import Number
from paper_figs.periodic.fig1 import draw_rates
from paper_figs.style import new_figure

NEEDS = ("net_periodic_other_grid",)
CLAIMS = ("periodic:cor1", "thesis:cor1")
COST = "three minutes"


def draw(result: xr.Dataset) -> Figure:
    """Draw loss, test error and norm, a row a network, a line a learning rate."""
    grids = {
        name: runs.isel(seed=0).swap_dims(run="lr").drop_vars("run")
        for name, runs in networks.of_networks(result).items()
    }
    return rows(grids)


def rows(grids: dict[str, xr.Dataset]) -> Figure:
    """Draw a row for each network's runs over learning rates."""
    figure = new_figure(8.4, 2.8 * len(grids))
    panels = figure.subplots(len(grids), 3, squeeze=False)
    for row, (name, runs) in zip(panels, grids.items(), strict=True):
        draw_rates(row, runs)
        row[0].set_title(f"train loss, {name}")
    return figure


def numbers(result: xr.Dataset) -> list[Number]:
    """Count destabilisations, network by network, at the smallest, the middle and the largest learning rate."""
    told = []
    for name, runs in networks.of_networks(result).items():
        least, *between, most = periods.bursts(runs.isel(run=i, seed=0) for i in range(runs.sizes["run"]))
        told += [
            Number(f"{name}: destabilisations at the smallest learning rate", 0, least),
            Number(f"{name}: destabilisations at a learning rate between", 1, max(between), 0, ">="),
            Number(f"{name}: destabilisations at the largest learning rate", 0, most),
        ]
    return told
