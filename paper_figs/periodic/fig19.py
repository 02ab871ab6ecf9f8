"""Other networks with all practical modifications together, over learning rates (periodic Figure 19).

Real runs: ConvNet(4) and ResNet-18 of width 4 on digits shifted by up to a pixel afresh each time in place of CIFAR-100
and CIFAR-10, all weights trained, momentum 0.9, batch 128, weight decay 0.005, 3 learning rates, one seed, 80 epochs.

A row is a network. The paper's networks have periods, these have none: as the small perceptron of Figure 6 they do not
fit the augmented images, so that the loss stays up and the runs in phase A.
"""

from __future__ import annotations

import xarray as xr
from matplotlib.figure import Figure

from paper_figs import networks, periods
from paper_figs.numbers import Number
from paper_figs.periodic import fig15

NEEDS = ("net_periodic_other_practice",)
CLAIMS = ("periodic:cor1", "thesis:cor1")
COST = "four minutes"
FITTED = 0.01
"""Networks with periods come to losses below this before they destabilise."""


def draw(result: xr.Dataset) -> Figure:
    """Draw loss, test error and norm, a row a network, a line a learning rate."""
    return fig15.rows({name: of.isel(run=0, seed=0) for name, of in networks.of_networks(result).items()})


def numbers(result: xr.Dataset) -> list[Number]:
    """Count destabilisations, and say how far up the loss stays, network by network."""
    told = []
    for name, of in networks.of_networks(result).items():
        runs = [of.isel(run=0, seed=0, lr=i) for i in range(of.sizes["lr"])]
        least = min(float(run["online_loss"].min()) for run in runs)
        told += [
            Number(
                f"{name}: least loss of an epoch, above which augmentation keeps it", FITTED, least, 0, ">"
            ),
            Number(f"{name}: destabilisations where it does", 0, max(periods.bursts(runs))),
        ]
    return told
