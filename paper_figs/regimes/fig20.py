"""Each neuron's effective gradient, ELR and ESS settle in chaotic equilibrium (regimes Figure 20).

Real run: digits with 20 % label noise, perceptron 64-100-50-10, ELR 0.02, seed 0 of 3.

A line is a neuron's mean since the row before; the ESS cluster around the total one, which is black.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs.numbers import Number, mean_of
from paper_figs.style import INKS, new_figure
from sitheory.bridge.watching import laws

NEEDS = ("net_regimes_grid",)
CLAIMS = ("regimes:eq5", "regimes:equal-ess", "regimes:time-average")
COST = "half a minute"
ELR = 0.02
SHOWN = {"online_eff_grad": "effective gradient", "elr_group": "ELR", "ess": "ESS"}


def draw(result: xr.Dataset) -> Figure:
    """Draw a panel each for effective gradients, ELRs and ESS, a line each neuron."""
    run = result.sel(elr=ELR, seed=0)
    figure = new_figure(8, 2.9)
    panels = figure.subplots(1, 3)
    names = [str(g).split("[")[0] for g in run["group"].values]
    ink = dict(zip(dict.fromkeys(names), INKS, strict=False))
    epochs = run["epoch"].values[1:]
    for axes, (variable, label) in zip(panels, SHOWN.items(), strict=True):
        series = run[variable].values[1:]
        for i, name in enumerate(names):
            axes.loglog(epochs, series[:, i], color=ink[name], linewidth=0.3, alpha=0.6, rasterized=True)
        axes.set(xlabel="epoch", title=label)
    panels[2].loglog(epochs, run["total_ess"][1:], color="black", linewidth=1.2)
    for layer, colour in enumerate(ink.values()):
        panels[1].plot([], [], color=colour, label=f"{layer + 1}")
    panels[1].legend(fontsize="small", title="layer")
    return figure


def numbers(result: xr.Dataset) -> list[Number]:
    """Hold the ELRs' moves against eq. (5), and the spread of the ESS early against late."""
    runs_of = [result.sel(elr=ELR, seed=s) for s in result["seed"].values]
    moved = [
        next(line for line in laws.confront(run) if "eq. 5" in line.law).holds is True for run in runs_of
    ]
    early = [float(run["ess"].values[1].std() / run["ess"].values[1].mean()) for run in runs_of]
    late = [laws.ess_spread(run) for run in runs_of]
    fall = mean_of(np.log(np.divide(early, late)))
    return [
        Number("seeds whose ELRs move as eq. (5) says over the whole run", len(moved), sum(moved)),
        Number("log of the ESS' spread in the first epoch over that of the late run", 0, *fall, ">"),
    ]
