"""No periods with the norm fixed, at the start (left) or late within a period (right) (periodic Figure 4)."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs.numbers import Number
from paper_figs.style import INKS, new_figure

NEEDS = ("decay_ablation",)
CLAIMS = ("periodic:prop3", "periodic:eq3")
COST = "a few seconds"
FLOOR = 1e-17


def draw(result: xr.Dataset) -> Figure:
    """Draw the loss with weight decay in grey and the losses with a fixed norm over it."""
    figure = new_figure(7.4, 3.8)
    left, right = figure.subplots(1, 2, sharey=True)
    loss, step = np.maximum(result["loss"].values, FLOOR), result["step"].values
    since, names = result["since"].values, result["held"].values
    for axes, runs in ((left, np.flatnonzero(since == 0)[1:]), (right, np.flatnonzero(since > 0))):
        axes.semilogy(step, loss[0], color=INKS[4], linewidth=0.5, label=str(names[0]))
        for run, ink in zip(runs, INKS, strict=False):
            kept = step >= since[run]
            axes.semilogy(step[kept], loss[run][kept], color=ink, label=str(names[run]), linewidth=0.8)
        axes.set_xlabel("step")
        axes.legend(fontsize="small", loc="upper center", bbox_to_anchor=(0.5, -0.18), ncols=2)
    left.set(ylabel="loss", title="norm fixed at the start")
    late = since[since > 0]
    right.set(title="norm fixed late", xlim=(late.min() - 300, late.max() + 1500))
    return figure


RETURN = 1e-3
REST = 1e-9


def numbers(result: xr.Dataset) -> list[Number]:
    """Count how often the loss returns from below 1e-9 to above 1e-3, with weight decay and with a fixed norm."""
    step, since = result["step"].values, result["since"].values
    counts = [_returns(loss[step >= first]) for loss, first in zip(result["loss"].values, since, strict=True)]
    return [
        Number("returns of the loss to 0.001 with weight decay", 1, counts[0], 0, ">"),
        Number("most returns with the norm fixed", 1, max(counts[1:]), 0, "<="),
    ]


def _returns(loss: np.ndarray) -> int:
    """How often a loss that has fallen below REST rises above RETURN."""
    told = np.where(loss < REST, -1, np.where(loss > RETURN, 1, 0))
    told = told[told != 0]
    return int(np.sum((told[:-1] < 0) & (told[1:] > 0)))
