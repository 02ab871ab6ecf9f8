"""Minima of other networks before and after a destabilisation: how alike they are (periodic Figure 18).

Real runs: ConvNet(4) and ResNet-18 of width 4, all scale-invariant, on digits in place of CIFAR-100 and CIFAR-10, SGD
with learning rate 1, weight decay 0.005, batch 128, 80 epochs, seed 0; 40 checkpoints against the one of least loss in
the second quarter (the anchor), and against one of an independent run with the same test error.

A row is a network; grey is the training loss.
"""

from __future__ import annotations

from dataclasses import replace

import xarray as xr
from matplotlib.figure import Figure

from paper_figs import networks
from paper_figs.numbers import Number
from paper_figs.periodic import fig5
from paper_figs.style import new_figure

NEEDS = ("net_periodic_other_minima",)
CLAIMS = ("periodic:cor1", "periodic:eq8")
COST = "four minutes"


def draw(result: xr.Dataset) -> Figure:
    """Draw similarity and joint test error, a row a network."""
    grids = networks.of_networks(result)
    figure = new_figure(8.4, 3 * len(grids))
    panels = figure.subplots(len(grids), 2, squeeze=False)
    for row, (name, runs) in zip(panels, grids.items(), strict=True):
        own = {
            n: runs[n].isel(run=0) for n in ("online_loss", "test_error")
        }  # the run's, whatever it is compared with
        fig5.row(row, runs.assign(own).isel(seed=0), 30)
        row[0].set_title(name, fontsize="medium")
    return figure


def numbers(result: xr.Dataset) -> list[Number]:
    """Tell how far the last checkpoint is from the anchor, beside how far independent runs are."""
    return [
        replace(number, what=f"{name}: {number.what}")
        for name, runs in networks.of_networks(result).items()
        for number in fig5.numbers(runs)
    ]
