"""Three regimes of other networks in the whole space with weight decay (regimes Figure 25).

Real runs: ConvNet(8) and ResNet-18 of width 4, all scale-invariant, on digits with 10 % label noise in place of
CIFAR-100 and CIFAR-10, weight decay 0.001, 6 learning rates, one seed, 40 epochs.

A row is a network: loss, and the diagrams of effective gradient and test error against it.
"""

from __future__ import annotations

import xarray as xr
from matplotlib.figure import Figure

from paper_figs.numbers import Number
from paper_figs.regimes import fig11

NEEDS = ("net_regimes_other_whole_space",)
CLAIMS = ("regimes:eq8", "regimes:third-regime")
COST = "four minutes"


def draw(result: xr.Dataset) -> Figure:
    """Draw trajectories, a row a network."""
    return fig11.rows(result, "lr", "learning rate")


def numbers(result: xr.Dataset) -> list[Number]:
    """Hold the order of the regimes, network by network."""
    return fig11.in_order(result, "lr")
