"""Periodic behaviour of a network over learning rates at one weight decay (periodic Figure 2).

Real runs: digits, perceptron 64-64-64-10, all scale-invariant, SGD with batch 128, weight decay 0.001, 400 epochs,
drawn from seed 0, counted over four. Loss, norm and the joint effective gradient are those of the epoch's batches;
the diagram is the second half.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs import periods
from paper_figs.numbers import Number
from paper_figs.style import INKS, new_figure

NEEDS = ("net_periodic_grid",)
CLAIMS = ("periodic:cor1", "periodic:eq3", "periodic:eq8", "periodic:prop3", "thesis:cor1")
ALSO = ("thesis_fig3",)
COST = "two minutes"
WD = 1e-3


def draw(result: xr.Dataset) -> Figure:
    """Draw loss, test error, norm and phase diagram, a column a learning rate."""
    runs = list(periods.cells(result.isel(seed=[0]), wd=WD))
    figure = new_figure(2.3 * len(runs), 7)
    panels = figure.subplots(4, len(runs), squeeze=False, sharey="row")
    for ink, column, run in zip(INKS, panels.T, runs, strict=False):
        epoch = run["epoch"].values
        column[0].semilogy(epoch[1:], run["online_loss"][1:], color=ink, linewidth=0.6)
        column[0].set_title(f"lr {float(run['lr']):g}", fontsize="medium")
        seen = np.isfinite(run["test_error"].values)
        column[1].semilogy(epoch[seen], 100 * run["test_error"].values[seen], ".-", color=ink, linewidth=0.6)
        column[2].semilogy(epoch, run["total_norm"], color=ink, linewidth=0.8)
        column[2].set_xlabel("epoch")
        late = slice(len(epoch) // 2, None)
        column[3].loglog(run["total_elr"][late], periods.eff_grad(run)[late], color=ink, linewidth=0.4)
        column[3].set_xlabel("effective learning rate")
    for axes, label in zip(
        panels[:, 0], ("train loss", "test error, %", "norm", "effective gradient"), strict=True
    ):
        axes.set_ylabel(label)
    return figure


def numbers(result: xr.Dataset) -> list[Number]:
    """Count destabilisations, hold their intervals against 1/(lr wd), and each step against its laws."""
    runs = list(periods.cells(result, wd=WD))
    low, high = (periods.bursts(r for r in runs if float(r["lr"]) == lr) for lr in (0.1, 30.0))
    slow, fast = (periods.gaps(r for r in runs if float(r["lr"]) == lr) for lr in (0.5, 2.0))
    return [
        Number("destabilisations at the smallest learning rate", 0, max(low)),
        Number("destabilisations at the largest learning rate", 0, max(high)),
        periods.inverse(
            r"interval between two times $\eta\lambda$, at learning rate 0.5 over that at 2", slow, fast
        ),
        *periods.laws_kept(runs),
    ]
