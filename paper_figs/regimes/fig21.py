"""ESS become equal in the second regime only (regimes Figure 21).

Real runs: digits with 20 % label noise, perceptron 64-100-50-10, 6 total ELRs, 3 seeds, 150 neurons each.

A point is a neuron, means over the last three quarters of the run; the dashed line is the total effective step size.
As in Figure 4 means lie some per cent below it, since the step sizes of a neuron vary from batch to batch.
Just past the border to divergence the ESS are still equal.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs import networks
from paper_figs.numbers import Number, mean_of
from paper_figs.regimes.fig4 import scatter
from paper_figs.style import new_figure
from sitheory.bridge.watching import laws
from sitheory.measure import Regime

NEEDS = ("net_regimes_grid",)
CLAIMS = ("regimes:equal-ess", "regimes:time-average", "regimes:third-regime")
COST = "half a minute"
SHOWN = (1e-4, 1e-3, 5e-3, 0.02, 0.05, 1.0)


def draw(result: xr.Dataset) -> Figure:
    """Draw a panel each total ELR."""
    figure = new_figure(8, 4.8)
    panels = figure.subplots(2, 3)
    told = networks.regimes(result)
    for axes, elr in zip(panels.flat, SHOWN, strict=True):
        scatter(axes, result.sel(elr=elr))
        axes.set_title(f"{elr:g}: {told[elr]}", fontsize="medium")
    panels[1, 0].legend(title="layer", fontsize="small")
    figure.supxlabel("ELR of a neuron", fontsize="medium")
    figure.supylabel("effective gradient of a neuron", fontsize="medium")
    return figure


def numbers(result: xr.Dataset) -> list[Number]:
    """Hold the spread of the ESS in each regime against that of equilibrium."""
    told, seeds = networks.regimes(result), result["seed"].values
    spread = {e: np.log([laws.ess_spread(result.sel(elr=e, seed=s)) for s in seeds]) for e in told}
    inside = np.array([spread[e] for e, r in told.items() if r is Regime.EQUILIBRIUM]).max(axis=0)
    below = np.array([spread[e] for e, r in told.items() if r is Regime.CONVERGENCE]).min(axis=0)
    top = spread[max(told)]
    return [
        Number(
            "log of the least ESS' spread in convergence over the greatest in equilibrium",
            0,
            *mean_of(below - inside),
            ">",
        ),
        Number(
            "log of the ESS' spread at the largest ELR over the greatest in equilibrium",
            0,
            *mean_of(top - inside),
            ">",
        ),
    ]
