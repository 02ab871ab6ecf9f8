"""Conventional training of other networks, at constant learning rates and with a cosine schedule (regimes Figure 26).

Real runs: ConvNet(4) and ResNet-18 of width 4, all weights trained, on digits with 20 % label noise for CIFAR-10
and CIFAR-100, momentum 0.9, weight decay 0.0005, not augmented, 5 learning rates, one seed, 30 epochs of each schedule.

Runs whose loss is no number at the end, or whose gradient has vanished, are not drawn. A row is a network.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs import networks
from paper_figs.numbers import Number
from paper_figs.regimes.fig7 import columns
from paper_figs.style import new_figure

NEEDS = ("net_regimes_other_conventional",)
CLAIMS = ("regimes:eq8", "regimes:eq25")
COST = "five minutes"
STUCK = 0.5


def draw(result: xr.Dataset) -> Figure:
    """Draw the diagrams of effective gradient and test error against the loss, a row a network."""
    grids = networks.of_networks(result)
    figure = new_figure(7.2, 4 * len(grids))
    for part, (name, runs) in zip(
        figure.subfigures(len(grids), 1, squeeze=False)[:, 0], grids.items(), strict=True
    ):
        schedules = runs["schedule"].values
        columns(
            part,
            [runs.isel(run=i, seed=0) for i in range(len(schedules))],
            [f"{name}, {s}" for s in schedules],
        )
    return figure


def numbers(result: xr.Dataset) -> list[Number]:
    """Hold what constant learning rates and a cosine schedule lead to, network by network."""
    told = []
    for name, runs in networks.of_networks(result).items():
        by = dict(
            zip(runs["schedule"].values.astype(str), (runs.isel(run=i) for i in range(2)), strict=False)
        )
        regimes = list(networks.regimes(by["constant"], "lr").values())
        lost = np.isnan(by["constant"]["loss"].isel(step=-1, lr=-1).values)
        told += [
            Number(
                f"{name}: constant learning rates in convergence",
                1,
                regimes.count(networks.ORDER[0]),
                0,
                ">=",
            ),
            Number(f"{name}: in equilibrium", 1, regimes.count(networks.ORDER[1]), 0, ">="),
            Number(f"{name}: the largest constant learning rate ends in NaN", 1, int(lost.all())),
        ]
        if "cosine" in by:
            ends = {n: by[n].sel(lr=STUCK).isel(step=-1, seed=0) for n in by}
            gap = float(np.log(ends["constant"]["test_error"] / ends["cosine"]["test_error"]))
            told.append(
                Number(f"{name}: log test error at constant {STUCK:g} over a cosine's", 0, gap, 0, ">")
            )
    return told
