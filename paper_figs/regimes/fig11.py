"""Three regimes of other networks on the sphere (regimes Figure 11).

Real runs: ConvNet(8) and ResNet-18 of width 4 on digits with 10 % label noise in place of CIFAR-100 and CIFAR-10, 6
ELRs, one seed, 40 epochs.

A row is a network: loss, and the diagrams of effective gradient and test error against it.
"""

from __future__ import annotations

from dataclasses import replace

import xarray as xr
from matplotlib.figure import Figure

from paper_figs import networks
from paper_figs.numbers import Number
from paper_figs.regimes import fig1
from paper_figs.style import new_figure

NEEDS = ("net_regimes_other_grid",)
CLAIMS = ("regimes:eq3", "regimes:third-regime")
COST = "four minutes"


def draw(result: xr.Dataset) -> Figure:
    """Draw trajectories, a row a network."""
    return rows(result, "elr", "ELR")


def rows(result: xr.Dataset, dim: str, label: str) -> Figure:
    """Draw what Figure 1 has above, a row each network, seed 0."""
    names, rates = result["network"].values, result[dim].values
    figure = new_figure(8.6, 2.4 * len(names))
    panels = figure.subplots(len(names), 3, squeeze=False)
    for i, (row, name) in enumerate(zip(panels, names, strict=True)):
        run = result.isel(run=i, seed=0)
        fig1.trajectories(row, run, dim)
        row[0].set_title(str(name), fontsize="medium")
        row[1].set_ylim(top=2 * float(run["batch_eff_grad"].isel(step=0).max()))
    networks.key(figure, panels, rates, label)
    return figure


def numbers(result: xr.Dataset) -> list[Number]:
    """Hold the order of the regimes, network by network."""
    return in_order(result, "elr")


def in_order(result: xr.Dataset, dim: str) -> list[Number]:
    """Hold that each network has all three regimes, and in order."""
    told = [fig1.order(networks.regimes(result.isel(run=i), dim)) for i in range(result.sizes["run"])]
    return [
        replace(number, what=f"{name}: {number.what}")
        for name, numbers in zip(result["network"].values, told, strict=True)
        for number in numbers
    ]
