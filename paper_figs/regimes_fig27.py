"""The three regimes of the 300-100 perceptron on the sphere (regimes Figure 27).

Real runs: digits with 20 % label noise in place of MNIST, 8 ELRs, one seed, 60 epochs.

Above: loss, and the diagrams of effective gradient and test error against it. Below: where the runs end; dashed lines
are the borders that the slope of the loss and the turn of a step decide.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs import regimes_fig1, runs
from paper_figs.numbers import Number

NEEDS = ("net_regimes_perceptron",)
CLAIMS = ("regimes:eq3", "regimes:third-regime")
COST = "ten seconds"


def draw(result: xr.Dataset) -> Figure:
    """Draw what Figure 1 has for this network."""
    return regimes_fig1.draw(result)


def numbers(result: xr.Dataset) -> list[Number]:
    """Hold the order of the regimes, and the steps of divergence against those before it."""
    told = runs.regimes(result)
    turns = dict(zip(told, runs.late(result, "cos_dist", 0.5).mean(axis=1), strict=True))
    least = min(t for elr, t in turns.items() if told[elr] is runs.Regime.DIVERGENCE)
    most = max(t for elr, t in turns.items() if told[elr] is not runs.Regime.DIVERGENCE)
    return [
        *regimes_fig1.order(told),
        Number(
            "log of the least turn in divergence over the greatest below it",
            0,
            float(np.log(least / most)),
            0,
            ">",
        ),
    ]
