"""The third regime against a random walk of steps as long (regimes Figure 24).

Real runs: digits with 20 % label noise, perceptron 64-100-50-10, 2 seeds (seed 0 drawn), 30 epochs.

Weights before and after a step are nearly orthogonal in both, unlike at the largest ELR of the second regime; the
losses differ.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs.numbers import Number, mean_of
from paper_figs.style import INKS, new_figure

NEEDS = ("net_regimes_walk",)
CLAIMS = ("regimes:random-walk", "regimes:third-regime")
COST = "ten seconds"


def draw(result: xr.Dataset) -> Figure:
    """Draw the mean loss of each epoch's batches, and the mean cosine distance of its steps."""
    figure = new_figure(7.4, 2.9)
    panels = figure.subplots(1, 2)
    elrs, random = result["elr"].values, result["random"].values
    ink = dict(zip(np.unique(elrs), INKS, strict=False))
    for axes, name, label in zip(
        panels, ("online_loss", "cos_dist"), ("train loss", "cosine distance of a step"), strict=True
    ):
        for i, (elr, walks) in enumerate(zip(elrs, random, strict=True)):
            line = result[name].isel(run=i).sel(seed=0).values[1:]
            named = f"{'random walk, steps as at ' if walks else ''}ELR {elr:g}"
            axes.semilogy(
                result["epoch"][1:], line, color=ink[elr], linestyle=":" if walks else "-", label=named
            )
        axes.set(xlabel="epoch", ylabel=label)
    panels[1].legend(fontsize="small", bbox_to_anchor=(1, 1), loc="upper left")
    return figure


def numbers(result: xr.Dataset) -> list[Number]:
    """Hold the turns of the third regime and of the walk against those of the second, and their losses."""
    half = result.sizes["step"] // 2
    late = result[["online_loss", "cos_dist"]].isel(step=slice(half, None)).mean("step")
    elrs, random = result["elr"].values, result["random"].values.astype(bool)
    second, third = elrs == elrs.min(), (elrs > elrs.min()) & ~random
    turn, loss = late["cos_dist"].values, np.log(late["online_loss"].values)
    return [
        Number("least mean cosine distance of a step in the third regime", 0.5, turn[third].min(), 0, ">"),
        Number("greatest in the second", 0.5, turn[second].max(), 0, "<="),
        Number("least in the walk", 0.5, turn[random].min(), 0, ">"),
        Number(
            "log of the third regime's loss over the walk's, least over ELRs",
            0,
            *mean_of((loss[third] - loss[random]).min(axis=0)),
            ">=",
            printed=True,
        ),
    ]
