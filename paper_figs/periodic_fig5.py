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
from sitheory.bridge.long_run import destabilisations

NEEDS = ("net_periodic_minima",)
CLAIMS = ("periodic:cor1", "periodic:eq8")
COST = "half a minute"


def draw(result: xr.Dataset) -> Figure:
    """Draw similarity and joint test error over the loss, a line the anchor and one the independent run."""
    run = result.isel(seed=0)
    figure = new_figure(8.4, 3)
    left, right = figure.subplots(1, 2)
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
    right.set(ylabel="test error of the two, %", ylim=(0, 6))
    left.legend(fontsize="small")
    right.legend(fontsize="small")
    return figure


def numbers(result: xr.Dataset) -> list[Number]:
    """Hold the similarity within the anchor's period against that in later ones, and that of independent runs."""
    same, later, other = [], [], []
    for seed in range(result.sizes["seed"]):
        run = result.isel(seed=seed)
        own, at = run["similarity"].values[0], run["position"].values
        begun = int(at[np.isfinite(own)][0])
        jumps = run["epoch"].values[np.isin(run["step"].values, destabilisations(run))]
        after = [j for j in jumps if j > begun]
        first = after[0] if after else np.inf
        same.append(own[(at > begun) & (at < first - 2)].min(initial=1.0))
        later.append(own[at > first + 4].max(initial=-1.0))
        other.append(np.nanmax(run["similarity"].values[1]))
    return [
        Number(
            "least similarity within the anchor's period beyond the greatest after it",
            0,
            min(same) - max(later),
            0,
            ">",
        ),
        Number(
            "greatest similarity after it beyond that with the independent run",
            0,
            min(later) - max(other),
            0,
            ">",
        ),
    ]
