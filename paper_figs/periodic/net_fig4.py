"""No periods of a network with the norm fixed, at the start or late within a period (periodic Figure 4).

Real runs: digits, perceptron 64-64-64-10, all scale-invariant, SGD with learning rate 2 and batch 128, 120 epochs,
seed 0; in grey with weight decay 0.001. Left: norms that are multiples of the initial one. Right: fixed before a
destabilisation.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs import periods
from paper_figs.numbers import Number
from paper_figs.style import INKS, new_figure

NEEDS = ("net_periodic_fixed_norm",)
CLAIMS = ("periodic:eq3", "periodic:prop3")
COST = "twenty seconds"


def draw(result: xr.Dataset) -> Figure:
    """Draw training loss and test error, left with norms fixed at the start, right late."""
    run = result.isel(seed=0)
    figure = new_figure(8.4, 4.6)
    panels = figure.subplots(2, 2, sharey="row", sharex=True)
    epoch, since, names = run["epoch"].values, run["since"].values, run["held"].values
    early = np.flatnonzero(since == 0)[1:]
    for column, held in zip(panels.T, (early, np.flatnonzero(since > 0)), strict=True):
        for number, ink in ((0, INKS[4]), *zip(held, INKS, strict=False)):
            one = run.isel(run=number)
            tested = np.isfinite(one["test_error"].values) & (epoch > 0)
            column[0].semilogy(epoch, one["online_loss"], color=ink, linewidth=0.7, label=str(names[number]))
            column[1].semilogy(
                epoch[tested], 100 * one["test_error"].values[tested] + 0.1, color=ink, linewidth=0.8
            )
        column[0].legend(fontsize="x-small")
        column[1].set_xlabel("epoch" if len(epoch) < 500 else "step")
    panels[0, 0].set(ylabel="train loss", title="norm fixed at the start")
    panels[0, 1].set_title("norm fixed late")
    panels[1, 0].set_ylabel("test error + 0.1, %")
    return figure


def numbers(result: xr.Dataset) -> list[Number]:
    """Count destabilisations with weight decay, and with the norm fixed where training converges."""
    counts = {str(name): _counts(result.isel(run=i)) for i, name in enumerate(result["held"].values)}
    free, calm = min(counts["weight decay"]), max(counts["norm x 1"])
    late = max(max(c) for name, c in counts.items() if "fixed" in name)
    return [
        Number("destabilisations with weight decay", 2, free, 0, ">="),
        Number("destabilisations with four times the initial norm", 0, max(counts["norm x 4"])),
        Number(
            "destabilisations with weight decay beyond those with the initial norm", 0, free - calm, 0, ">"
        ),
        Number(
            "destabilisations with weight decay beyond those with the norm fixed late", 0, free - late, 0, ">"
        ),
    ]


def _counts(runs: xr.Dataset) -> list[int]:
    """Return each seed's destabilisations while it ran."""
    told = []
    for seed in range(runs.sizes["seed"]):
        one = runs.isel(seed=seed)
        told += periods.bursts([one.isel(step=slice(int(one["since"]), None))])
    return told
