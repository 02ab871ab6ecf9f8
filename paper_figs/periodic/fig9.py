"""Periodic behaviour in full-batch gradient descent, without any noise (periodic Figure 9).

Real runs: 450 digits as one batch, perceptron 64-64-64-10, all scale-invariant, weight decay 0.004, 2,000 steps,
seed 0.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs import periods
from paper_figs.numbers import Number
from paper_figs.style import INKS, new_figure

NEEDS = ("net_periodic_descent",)
CLAIMS = ("periodic:cor1", "periodic:eq3", "periodic:eq8", "periodic:prop3", "thesis:cor1")
COST = "half a minute"
WD = 4e-3


def draw(result: xr.Dataset) -> Figure:
    """Draw loss, norm and phase diagram, a column a learning rate."""
    rates = result["lr"].values
    figure = new_figure(2.3 * len(rates), 5.4)
    panels = figure.subplots(3, len(rates), sharey="row")
    for ink, column, lr in zip(INKS, panels.T, rates, strict=False):
        run = result.sel(lr=lr).isel(seed=0)
        step = run["step"].values
        column[0].semilogy(step[1:], run["online_loss"][1:], color=ink, linewidth=0.6)
        column[0].set_title(f"lr {lr:g}", fontsize="medium")
        column[1].semilogy(step, run["total_norm"], color=ink, linewidth=0.8)
        column[1].set_xlabel("step")
        late = slice(len(step) // 4, None)
        column[2].loglog(run["total_elr"][late], run["total_eff_grad_max"][late], color=ink, linewidth=0.4)
        column[2].set_xlabel("effective learning rate")
    for axes, label in zip(panels[:, 0], ("train loss", "norm", "effective gradient"), strict=True):
        axes.set_ylabel(label)
    return figure


def numbers(result: xr.Dataset) -> list[Number]:
    """Count returns of the loss, hold their intervals against 1/(lr wd), and each step against its laws."""
    runs = {
        float(lr): [result.sel(lr=lr, seed=s) for s in result["seed"].values] for lr in result["lr"].values
    }
    rates = sorted(runs)
    seen = [periods.bursts(runs[lr]) for lr in (rates[0], rates[-1])]
    steady, fast = (np.concatenate([periods.gaps([r], WD) for r in runs[lr]]) for lr in rates[-2:])
    return [
        Number("destabilisations at the smallest learning rate", 0, max(seen[0])),
        Number("destabilisations at the largest learning rate", 3, min(seen[1]), 0, ">="),
        periods.inverse(
            r"interval between two times $\eta\lambda$, at the second largest learning rate over that at the largest",
            steady,
            fast,
        ),
        *periods.laws_kept([run for lr in rates for run in runs[lr]]),
    ]
