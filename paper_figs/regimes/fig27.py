"""The three regimes of the 300-100 perceptron on the sphere (regimes Figure 27).

Real runs: digits with 20 % label noise in place of MNIST, 8 ELRs, one seed, 60 epochs.

Above: loss, and the diagrams of effective gradient and test error against it. Below: where the runs end; dashed lines
are the borders that the slope of the loss and the turn of a step decide.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs import networks
from paper_figs.numbers import Number
from paper_figs.regimes import fig1
from sitheory.measure import Regime

NEEDS = ("net_regimes_perceptron",)
CLAIMS = ("regimes:eq3", "regimes:third-regime")
COST = "ten seconds"


def draw(result: xr.Dataset) -> Figure:
    """Draw what Figure 1 has for this network."""
    return fig1.draw(result)


def numbers(result: xr.Dataset) -> list[Number]:
    """Hold the order of the regimes, and the steps of divergence against those before it."""
    told = networks.regimes(result)
    turns = dict(zip(told, networks.late(result, "cos_dist", 0.5).mean(axis=1), strict=True))
    least = min(t for elr, t in turns.items() if told[elr] is Regime.DIVERGENCE)
    most = max(t for elr, t in turns.items() if told[elr] is not Regime.DIVERGENCE)
    return [
        *fig1.order(told),
        Number(
            "log of the least turn in divergence over the greatest below it",
            0,
            float(np.log(least / most)),
            0,
            ">",
        ),
    ]
