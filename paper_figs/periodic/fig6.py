"""Periodic behaviour with practical modifications, one at a time and all together (periodic Figure 6).

Real runs: digits, perceptron 64-64-64-10, SGD with batch 128, weight decay 0.001, 150 epochs, seed 0. Above learning
rate 0.5: nothing changed; all weights trained; momentum 0.9; images shifted by up to a pixel. Below all of these.
As in the paper, a network too small for the augmented images stays in phase A, and has no periods.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs.numbers import Number
from paper_figs.periodic.fig1 import counts, draw_rates, of
from paper_figs.style import INKS, new_figure

NEEDS = ("net_periodic_practice",)
CLAIMS = ("periodic:cor1", "thesis:cor1")
COST = "a minute"
LR = 0.5
NONE, SINGLE = "no modification", ("all weights trained", "momentum", "augmentation")


def draw(result: xr.Dataset) -> Figure:
    """Draw loss, test error and norm: above a line a modification, below a line a learning rate."""
    figure = new_figure(8.4, 5.2)
    panels = figure.subplots(2, 3)
    shown = {name: of(result, name).sel(lr=LR).isel(seed=0) for name in (NONE, *SINGLE)}
    for (name, run), ink in zip(shown.items(), INKS, strict=False):
        epoch, look = run["epoch"].values, {"color": ink, "linewidth": 0.8}
        seen = np.flatnonzero(np.isfinite(run["test_error"].values))[1:]
        panels[0, 0].semilogy(epoch[1:], run["online_loss"][1:], **look)
        panels[0, 1].plot(epoch[seen], 100 * run["test_error"].values[seen], ".-", **look)
        panels[0, 2].semilogy(epoch, run["total_norm"], label=name, **look)
    for axes, title in zip(panels[0], ("train loss", "test error, %", "norm"), strict=True):
        axes.set_title(f"{title}, lr {LR:g}")
    panels[0, 2].legend(fontsize="x-small", title="modification", title_fontsize="x-small")
    draw_rates(panels[1], of(result, "all modifications").isel(seed=0))
    return figure


def numbers(result: xr.Dataset) -> list[Number]:
    """Hold how often each modification destabilises against none, and augmentation's loss against that without."""
    bare = of(result, NONE)
    faster = min(counts(of(result, "momentum"), LR)) - max(counts(bare, LR))
    late = slice(result.sizes["step"] // 2, None)
    loss = float(np.median(of(result, "augmentation").sel(lr=LR)["online_loss"][..., late]))
    plainly = float(np.median(bare.sel(lr=LR)["online_loss"][..., late]))
    shifted = [counts(of(result, name), LR) for name in ("augmentation", "all modifications")]
    return [
        Number("destabilisations with momentum beyond those without", 0, faster, 0, ">="),
        Number("median late loss with augmentation over that without", 1, loss / plainly, 0, ">"),
        Number("destabilisations where augmentation keeps the loss up", 0, max(map(max, shifted))),
    ]
