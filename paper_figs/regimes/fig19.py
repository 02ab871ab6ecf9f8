"""The loss on straight lines between solutions of the first regime (regimes Figure 19).

Real runs: digits with 20 % label noise, perceptron 64-100-50-10, 2 seeds, after 80 epochs and 80 more.

Left: from one ELR's solution to the next one's, from one start over the same batches; a barrier only where both have
come down to a low loss, and a lower one than the paper's. Right: from the solution at ELR 0.001 to where another ELR
leads from there; a barrier only to the ELR of the second regime.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs.numbers import Number, mean_of
from paper_figs.style import DASHES, INKS, new_figure

NEEDS = ("net_regimes_paths",)
CLAIMS = ("regimes:eq8", "regimes:A4-nonvanishing")
COST = "half a minute"
TITLES = {"neighbours": "between ELRs", "fine-tuned": "before and after going on"}


def draw(result: xr.Dataset) -> Figure:
    """Draw the lines of either kind, an ink each pair, a dash each seed."""
    figure = new_figure(7.6, 3)
    for axes, (kind, title) in zip(figure.subplots(1, 2), TITLES.items(), strict=True):
        mine = of(result, kind)
        for i, (elr, other) in enumerate(zip(mine["elr"].values, mine["other"].values, strict=True)):
            for seed in mine["seed"].values:
                named = None if seed else f"{elr:g} to {other:g}"
                line = mine["loss"].isel(run=i).sel(seed=seed)
                axes.semilogy(mine["position"], line, color=INKS[i], linestyle=DASHES[seed % 4], label=named)
        axes.set(xlabel="share of the way", title=title)
        axes.legend(title="ELR", fontsize="small")
    figure.axes[0].set_ylabel("train loss")
    return figure


def of(result: xr.Dataset, kind: str) -> xr.Dataset:
    """Return the lines of one kind."""
    return result.isel(run=result["kind"].values == kind)


def bulges(result: xr.Dataset, kind: str) -> dict[tuple[float, float], np.ndarray]:
    """Return for each pair the log of the loss in the middle over that of a straight line, for each seed."""
    mine = of(result, kind)
    loss = mine["loss"].values
    height = np.log(2 * loss[..., loss.shape[-1] // 2] / (loss[..., 0] + loss[..., -1]))
    pairs = zip(mine["elr"].values, mine["other"].values, strict=True)
    return dict(zip(((float(a), float(b)) for a, b in pairs), height, strict=True))


def numbers(result: xr.Dataset) -> list[Number]:
    """Hold the middle of each line: above the ends' mean between the two lowest solutions and to the second regime."""
    apart, on = bulges(result, "neighbours"), bulges(result, "fine-tuned")
    *near, far = sorted(on, key=lambda pair: pair[1])
    lowest = max(apart)
    what = "log of the loss in the middle over the ends' mean"
    return [
        Number(f"{what}, solutions at ELRs {lowest[0]:g} and {lowest[1]:g}", 0, *mean_of(apart[lowest]), ">"),
        *(Number(f"{what}, from {a:g} to where {b:g} leads", 0, *mean_of(on[a, b]), "<=") for a, b in near),
        Number(f"{what}, from {far[0]:g} to where {far[1]:g} leads", 0, *mean_of(on[far]), ">"),
    ]
