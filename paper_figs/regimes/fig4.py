"""All neurons take steps of equal effective size in chaotic equilibrium, while their ELRs differ (regimes Figure 4).

Real runs: digits with 20 % label noise, perceptron 64-100-50-10, ELR 0.02, 3 seeds, 150 neurons each.

A point is a neuron, means over the last three quarters of the run; the dashed line is the total effective step size.
In each step the square of the total is the mean of the neurons' squares, weighted by their squared norms; the step size
of a neuron varies by a third from batch to batch, so that its mean lies 5 % below the line.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from paper_figs import networks
from paper_figs.numbers import Number
from paper_figs.style import INKS, new_figure
from sitheory.bridge.watching import laws

NEEDS = ("net_regimes_grid",)
CLAIMS = ("regimes:equal-ess", "regimes:time-average", "regimes:eq4")
ALSO = ("thesis_fig6_right",)
COST = "half a minute"
ELR = 0.02


def draw(result: xr.Dataset) -> Figure:
    """Draw each layer's neurons."""
    figure = new_figure(4.4, 3.4)
    axes = figure.subplots()
    scatter(axes, result.sel(elr=ELR))
    axes.legend(title="layer", fontsize="small")
    axes.set(xlabel="ELR of a neuron", ylabel="effective gradient of a neuron")
    axes.set_title(f"total ELR {ELR:g}", fontsize="medium")
    return figure


def scatter(axes: Axes, chosen: xr.Dataset) -> None:
    """Draw the mean effective gradient of each group against its mean ELR, and the line of equal ESS."""
    elr = networks.late(chosen, "elr_group")
    grad = networks.late(chosen, "online_eff_grad")
    names = np.array([str(g).split("[")[0] for g in chosen["group"].values])
    for layer, name in enumerate(dict.fromkeys(names)):
        mine = names == name
        axes.plot(
            elr[..., mine].ravel(),
            grad[..., mine].ravel(),
            ".",
            color=INKS[layer],
            markersize=2.5,
            label=f"{layer + 1}",
        )
    total = float(networks.late(chosen, "total_ess").mean())
    ends = np.array([elr.min(), elr.max()])
    axes.loglog(ends, total / ends, color="0.4", linewidth=1, linestyle=(0, (4, 2)))


def numbers(result: xr.Dataset) -> list[Number]:
    """Hold the means of log(1 + ESS^2) against their exact law, and the spread of ESS against that of the ELRs."""
    kept = result.sel(elr=ELR)
    seeds = [kept.sel(seed=s) for s in kept["seed"].values]
    law = [
        next(line for line in laws.confront(run) if "time-average" in line.law).holds is True for run in seeds
    ]
    ess = max(laws.ess_spread(run) for run in seeds)
    elr = min(laws.elr_spread(run) for run in seeds)
    return [
        Number(
            "seeds where the means of $\\log(1 + \\mathrm{ESS}_i^2)$ agree up to $2\\log(M/m)/T$",
            len(law),
            sum(law),
        ),
        Number("std/mean of the neurons' ESS, at most", 0.05, ess, 0, "<="),
        Number("greatest over least ELR of a neuron, at least", 2, elr, 0, ">="),
    ]
