"""A larger weight decay makes shorter periods, and none makes none (periodic Figure 16).

Real runs: digits, perceptron 64-64-64-10, all scale-invariant, SGD with learning rate 2 and batch 128, 400 epochs,
drawn from seed 0, counted over four. The run without weight decay is the ablation: its norm can only grow; one seed
of the four destabilises, once.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs import periods
from paper_figs.numbers import Number
from paper_figs.style import INKS, new_figure

NEEDS = ("net_periodic_grid",)
CLAIMS = ("periodic:cor1", "periodic:eq3", "thesis:cor1")
COST = "two minutes"
LR = 2.0


def draw(result: xr.Dataset) -> Figure:
    """Draw loss, test error and norm, a line a weight decay."""
    figure = new_figure(8.4, 2.8)
    panels = figure.subplots(1, 3)
    runs = sorted(periods.cells(result.isel(seed=[0]), lr=LR), key=lambda run: float(run["wd"]))
    for run, ink in zip(runs, INKS, strict=False):
        epoch, look = run["epoch"].values, {"color": ink, "linewidth": 0.8}
        seen = np.isfinite(run["test_error"].values)
        panels[0].semilogy(epoch[1:], run["online_loss"][1:], **look)
        panels[1].plot(epoch[seen], 100 * run["test_error"].values[seen], ".-", **look)
        panels[2].semilogy(epoch, run["total_norm"], label=f"wd {float(run['wd']):g}", **look)
    for axes, title in zip(panels, ("train loss", "test error, %", "norm"), strict=True):
        axes.set(xlabel="epoch", title=title)
    panels[1].set_ylim(0, 8)
    panels[2].legend(fontsize="small")
    return figure


def numbers(result: xr.Dataset) -> list[Number]:
    """Count destabilisations without and with weight decay, and hold their intervals against 1/(lr wd)."""
    none, some, more = (list(periods.cells(result, LR, wd)) for wd in (0.0, 2.5e-4, 1e-3))
    grown = min(float(np.diff(run["total_norm"].values).min()) for run in none)
    beyond = min(periods.bursts(more)) - max(periods.bursts(some))
    return [
        Number(
            "runs without weight decay that destabilise a second time",
            0,
            sum(b > 1 for b in periods.bursts(none)),
        ),
        Number("least growth of the norm in an epoch without weight decay", 0, grown, 0, ">"),
        Number("destabilisations at weight decay 0.001 beyond those at 0.00025", 0, beyond, 0, ">"),
        periods.inverse(
            r"interval between two times $\eta\lambda$, at 0.00025 over that at 0.001",
            periods.gaps(some),
            periods.gaps(more),
        ),
    ]
