"""The loss on straight lines between checkpoints of one run in the second regime (regimes Figure 22).

Real runs: digits with 20 % label noise, perceptron 64-100-50-10, 2 seeds, after 80 epochs.

The second checkpoint comes 1, 5 or 20 epochs after the first. Between the two the loss is lower than at both: the run
hops along the walls. The paper's lines are hilly at its highest ELRs; these are convex up to the last one before
divergence.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs.numbers import Number
from paper_figs.style import DASHES, INKS, new_figure

NEEDS = ("net_regimes_paths",)
CLAIMS = ("regimes:A4-nonvanishing", "regimes:chaotic")
COST = "half a minute"


def draw(result: xr.Dataset) -> Figure:
    """Draw a panel each ELR, an ink each distance, a dash each seed."""
    run = result.isel(run=result["kind"].values == "one run")
    elrs = np.unique(run["elr"])
    figure = new_figure(8, 2.9)
    for axes, elr in zip(figure.subplots(1, len(elrs)), elrs, strict=True):
        mine = run.isel(run=run["elr"].values == elr)
        for i, gap in enumerate(mine["gap"].values):
            for seed in mine["seed"].values:
                line = mine["loss"].isel(run=i).sel(seed=seed)
                axes.plot(
                    mine["position"],
                    line,
                    color=INKS[i],
                    linestyle=DASHES[seed],
                    label=None if seed else f"{gap}",
                )
        axes.set(
            xlabel="share of the way", title=f"ELR {elr:g}", ylabel="train loss" if elr == elrs[0] else None
        )
    axes.legend(title="epochs between", fontsize="small")
    return figure


def numbers(result: xr.Dataset) -> list[Number]:
    """Hold the middle of each line against the mean of its ends, and each line against a straight one."""
    run = result.isel(run=result["kind"].values == "one run")
    loss = run["loss"].values
    deep = np.log((loss[..., 0] + loss[..., -1]) / 2 / loss[..., loss.shape[-1] // 2])
    told = [
        Number(f"least log of the ends' mean loss over the middle's, ELR {elr:g}", 0, deep[at].min(), 0, ">")
        for elr in np.unique(run["elr"])
        for at in [run["elr"].values == elr]
    ]
    higher = np.maximum(loss[..., 0], loss[..., -1])
    return [
        *told,
        Number("highest loss on a line over its higher end", 1, (loss.max(axis=-1) / higher).max(), 0, "<="),
    ]
