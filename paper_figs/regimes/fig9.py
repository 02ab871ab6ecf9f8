"""Mean norm of the mini-batches' gradients against the trace of their second moment (regimes Figure 9).

Real runs: digits with 20 % label noise, perceptron 64-100-50-10, 4 ELRs, after 1, 3, 10, 30 and 100 epochs, one seed.

The grey line is where the trace is the square of the mean norm; the gap is the variance of the norm, a few per cent.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs import networks
from paper_figs.numbers import Number
from paper_figs.style import INKS, new_figure

NEEDS = ("net_regimes_sharpness",)
CLAIMS = ("regimes:covariance-trace",)
COST = "half a minute"


def draw(result: xr.Dataset) -> Figure:
    """Draw a point each ELR and epoch, joined in the order of epochs."""
    figure = new_figure(4.8, 3.4)
    axes = figure.subplots()
    first, elrs = result.isel(seed=0), result["elr"].values
    for (_, run), ink in zip(networks.cells(first), networks.inks(elrs), strict=True):
        axes.loglog(run["batch_eff_grad"], run["second_moment"], ".-", color=ink, linewidth=0.7)
    ends = np.array([first["batch_eff_grad"].min(), first["batch_eff_grad"].max()])
    axes.loglog(ends, ends**2, color=INKS[4], linewidth=0.8, zorder=0)
    networks.key(figure, axes, elrs, "ELR")
    axes.set(xlabel="mean norm of gradients, (28)", ylabel="trace of their second moment, (29)")
    return figure


def numbers(result: xr.Dataset) -> list[Number]:
    """Hold the two measures' correlation, and their ratio between what Jensen's inequality and the paper say."""
    mean, moment = result["batch_eff_grad"].values.ravel(), result["second_moment"].values.ravel()
    ratio = moment / mean**2
    together = float(np.corrcoef(np.log(mean), np.log(moment))[0, 1])
    why = "the variance of the norm over mini-batches"
    return [
        Number("correlation of the logarithms, at least", 0.99, together, 0, ">=", printed=True),
        Number("least ratio of (29) to the square of (28)", 1, ratio.min(), 0, ">="),
        Number("greatest ratio of (29) to the square of (28)", 1, ratio.max(), 0, "<=", 0.2, why),
    ]
