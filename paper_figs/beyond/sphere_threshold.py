"""Several groups from random starts: what is left of F, and the rate below the threshold (not in a paper)."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs.numbers import Number
from paper_figs.style import INKS, new_figure

NEEDS = ("beyond_sphere_threshold",)
CLAIMS = ("beyond:below-threshold", "beyond:almost-no-start", "regimes:eq8", "regimes:eq25")
COST = "a few seconds"


def draw(result: xr.Dataset) -> Figure:
    """Draw late F over its sum of alpha for every start over K, and measured against derived rates."""
    figure = new_figure(7.2, 2.8)
    left, right = figure.subplots(1, 2)
    excess, seeds = result["elr"].values, result.sizes["seed"]
    for run, ink in zip(result["run"].values, INKS, strict=False):
        own = result.sel(run=run)
        left.semilogy(
            np.repeat(excess, seeds),
            np.maximum(own["loss"].values.ravel(), 1e-30),
            ".",
            markersize=2,
            color=ink,
        )
        below = own.sel(elr=slice(0, 0.97))
        right.plot(
            below["predicted"].values.ravel(),
            below["measured"].values.ravel(),
            ".",
            markersize=2,
            color=ink,
            label=run,
        )
    above = excess[excess > 1]
    left.plot(above, (1 - 1 / above) / 2, color=INKS[4], linewidth=0.8)
    left.axvline(1, color=INKS[4], linestyle=":")
    left.set(xlabel="K = elr sum(alpha)", ylabel="late F / sum(alpha)")
    low = float(result["predicted"].sel(elr=slice(0, 0.97)).min())
    right.plot([low, 0], [low, 0], color=INKS[4], linewidth=0.7)
    right.set(xlabel="derived rate of log F a step", ylabel="measured rate")
    right.legend(title="alpha", markerscale=4)
    return figure


def numbers(result: xr.Dataset) -> list[Number]:
    """Hold the late loss on both sides of the threshold, and the rates below it, against what is derived."""
    below, above = result.sel(elr=slice(0, 0.97)), result.sel(elr=slice(1.03, None))
    off = float(np.abs(below["measured"] / below["predicted"] - 1).median())
    end = "the end of the run"
    return [
        Number("greatest late loss below the threshold", 0, float(below["loss"].max()), 0, "<=", 1e-8, end),
        Number("least late loss above the threshold", 0, float(above["loss"].min()), 0, ">"),
        Number("median relative deviation of the rate below", 0, off, slack=0.01, why=end),
    ]
