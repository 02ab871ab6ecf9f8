"""Minima before and after a destabilisation: similarity of weights, and what they predict together (periodic Figure 5).

Real runs: digits, perceptron 64-64-64-10, all scale-invariant, SGD with learning rate 2, weight decay 0.001, batch 128,
200 epochs, seed 0; 40 checkpoints against the one of least loss in the second quarter (the anchor), and against one of
an independent run with the same test error. Grey: the training loss.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs.numbers import Number
from paper_figs.style import INKS, new_figure

NEEDS = ("net_periodic_minima",)
CLAIMS = ("periodic:cor1", "periodic:eq8")
COST = "half a minute"


def draw(result: xr.Dataset) -> Figure:
    """Draw similarity and joint test error over the loss, a line the anchor and one the independent run."""
    figure = new_figure(8.4, 3)
    row(figure.subplots(1, 2), result.isel(seed=0))
    return figure


def row(panels, run: xr.Dataset, most: float = 6) -> None:
    """Draw similarity and joint test error, in per cent up to ``most``, into two panels."""
    left, right = panels
    at, epoch = run["position"].values, run["epoch"].values
    for axes in (left, right):
        behind = axes.twinx()
        behind.semilogy(epoch[1:], run["online_loss"][1:], color="0.8", linewidth=0.6)
        behind.set_ylabel("train loss", color="0.5")
        axes.set(
            zorder=2, xlabel="epoch", xlim=(at[np.isfinite(run["similarity"].values[0])][0] - 2, epoch[-1])
        )
        axes.patch.set_visible(False)
    for i, (name, ink) in enumerate(zip(run["compared"].values, INKS, strict=False)):
        left.plot(at, run["similarity"][i], ".-", color=ink, label=str(name))
        right.plot(at, 100 * run["ensemble_error"][i], ".-", color=ink, label=str(name))
    single = np.isfinite(run["test_error"].values)
    right.plot(epoch[single], 100 * run["test_error"].values[single], color=INKS[2], label="alone")
    left.set(ylabel="cosine similarity", ylim=(-0.05, 1.05))
    right.set(ylabel="test error of the two, %", ylim=(0, most))
    left.legend(fontsize="small")
    right.legend(fontsize="small")


LOST = 0.1


def numbers(result: xr.Dataset) -> list[Number]:
    """Tell how far the last checkpoint is from the anchor, beside how far independent runs are."""
    own, other = (result.isel(run=i)["similarity"].values for i in (0, 1))
    return [
        Number(
            "similarity to the anchor lost by the last checkpoint, at least",
            LOST,
            float(1 - own[:, -1].max()),
            0,
            ">=",
        ),
        Number(
            "last similarity to the anchor beyond the greatest with the independent run",
            0,
            float(own[:, -1].min() - np.nanmax(other)),
            0,
            ">",
        ),
    ]
