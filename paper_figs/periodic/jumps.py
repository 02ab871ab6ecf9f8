"""When a delta-jump happens: printed thresholds over the exact one, and how often they err (periodic eqs. 4, 9)."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs.numbers import Number, mean_of
from paper_figs.style import DASHES, INKS, new_figure

NEEDS = ("decay_jumps",)
CLAIMS = ("periodic:prop1b", "periodic:eq9", "thesis:prop1b")
COST = "a few seconds"


def draw(result: xr.Dataset) -> Figure:
    """Draw the levels' ratios, false alarms and misses over delta, a line a product lr * wd."""
    figure = new_figure(8.4, 3.0)
    ratio, false, missed = figure.subplots(1, 3)
    products = np.unique(result["intrinsic_lr"].values)
    for ink, dash, product in zip(INKS, DASHES, products, strict=False):
        of = result.isel(run=np.flatnonzero(result["intrinsic_lr"].values == product))
        delta = of["delta"].values
        label = f"lr wd = {product:g}"
        ratio.semilogx(delta, of["level_prop1"], color=ink, linestyle=dash, marker=".", label=label)
        for axes, name in ((false, "false_prop1"), (missed, "missed_prop1")):
            values = of[name].values
            mean = [np.nanmean(v) if np.isfinite(v).any() else np.nan for v in values]
            error = [np.nanstd(v) / max(1, np.isfinite(v).sum()) ** 0.5 for v in np.nan_to_num(values)]
            axes.errorbar(
                delta, 100 * np.array(mean), 100 * np.array(error), color=ink, linestyle=dash, marker="."
            )
            axes.set_xscale("log")
    ratio.semilogx(
        delta, result["level_printed"].values[: len(delta)], color=INKS[4], label="eq. (9), any lr wd"
    )
    ratio.axhline(1, color=INKS[4], linewidth=0.6, linestyle=":")
    ratio.set(title=r"level of $\rho^2$ in (4) / exact level")
    ratio.legend(fontsize="small")
    false.set(title="(4): below the level, no jump (%)")
    missed.set(title="(4): a jump above the level (%)")
    for axes in (ratio, false, missed):
        axes.set_xlabel(r"$\delta$")
        axes.title.set_fontsize("small")
    return figure


def numbers(result: xr.Dataset) -> list[Number]:
    """Tell how often the exact level errs, and the level of Proposition 1 at lr wd = 0.1, delta = 0.3."""
    place = np.flatnonzero((result["intrinsic_lr"].values == 0.1) & (result["delta"].values == 0.3))
    false, error = mean_of(result["false_prop1"].values[place])
    return [
        Number(
            "share of steps below the exact level without a jump, at most",
            0,
            np.nanmax(result["false_exact"]),
            0,
            "<=",
        ),
        Number(
            "share of jumps above the exact level, at most", 0, np.nanmax(result["missed_exact"]), 0, "<="
        ),
        Number(
            r"share of steps below the level (4) without a jump, $\eta\lambda = 0.1$, $\delta = 0.3$",
            0,
            false,
            error,
            "<=",
            printed=True,
        ),
    ]
