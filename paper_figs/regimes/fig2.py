"""The toy function's value during training at three ELRs, one a regime (regimes Figure 2)."""

from __future__ import annotations

import json

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs.numbers import Number
from paper_figs.style import INKS, new_figure
from sitheory import theory
from sitheory.measure.statistics import estimate

NEEDS = ("toy_three_regimes",)
CLAIMS = ("regimes:eq8", "regimes:eq25", "regimes:chaotic")
ALSO = ("thesis_fig6_left",)
COST = "a few seconds"
FLOOR = 1e-12


def draw(result: xr.Dataset) -> Figure:
    """Draw the loss over steps, with the predicted levels (alpha - 1/elr)/2 dashed."""
    alpha = json.loads(result.attrs["config"])["loss"]["alpha"]
    figure = new_figure(5.2, 3.2)
    axes = figure.subplots()
    for ink, elr in zip(INKS, result["elr"].values, strict=False):
        loss = result["loss"].sel(elr=elr)
        shown = np.where(loss > FLOOR, loss, np.nan)
        axes.semilogy(result["step"], shown, color=ink, linewidth=0.9, label=f"ELR {elr:g}")
        if elr > theory.threshold(alpha):
            axes.axhline(theory.equilibrium_loss(alpha, elr), color=ink, linewidth=0.8, linestyle=":")
    axes.set(xlabel="step", ylabel="F(x, y)", ylim=(FLOOR, None))
    axes.set_title(f"threshold ELR 1/{sum(alpha):g}; dotted: predicted level", fontsize="medium")
    axes.legend()
    return figure


def numbers(result: xr.Dataset) -> list[Number]:
    """Hold the levels of the late half against eq. (25), and the loss below the threshold against 0."""
    alpha, half = json.loads(result.attrs["config"])["loss"]["alpha"], result.sizes["step"] // 2
    told = []
    for elr in result["elr"].values:
        late = result["loss"].sel(elr=elr).values[half:]
        if elr < theory.threshold(alpha):
            told.append(
                Number(
                    f"greatest late loss at ELR {elr:g}, below the threshold",
                    0,
                    late.max(),
                    0,
                    "<=",
                    FLOOR,
                    "the floor of the plot",
                )
            )
        else:
            found = estimate(late, 0)
            level = theory.equilibrium_loss(alpha, elr)
            told.append(
                Number(
                    f"mean late loss at ELR {elr:g}, level $(\\sum\\alpha_i - 1/\\tilde\\eta)/2$",
                    level,
                    found.mean,
                    found.error,
                    ">=",
                    0.002 * level,
                    "swings that still shrink",
                    flag=found.flag,
                )
            )
    return told
