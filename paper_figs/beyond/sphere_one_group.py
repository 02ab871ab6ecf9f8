"""One group on the sphere: exact local rates, and the starts that land on the minimum (not in a paper)."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs.numbers import Number
from paper_figs.style import INKS, new_figure
from sitheory.theory import regimes

NEEDS = ("beyond_sphere_one_group",)
CLAIMS = ("beyond:level-rate", "beyond:landing", "beyond:one-group")
COST = "a second"


def draw(result: xr.Dataset) -> Figure:
    """Draw measured and derived rates over K, and the least value over the start ratio with the landings."""
    figure = new_figure(7.2, 2.8)
    rates, landings = figure.subplots(1, 2)
    excess = result["elr"].values
    rates.plot(excess, result["measured"], "o", markersize=3, color=INKS[0], label="measured")
    rates.plot(excess, result["predicted"], color=INKS[1], label="derived")
    rates.axvline(1, color=INKS[4], linestyle=":")
    rates.set(xlabel="K = alpha elr", ylabel="rate at the limit", ylim=(0, 1.02))
    rates.legend()
    landings.loglog(result["run"], np.maximum(result["loss"], 1e-16), color=INKS[0], linewidth=0.7)
    for ratio in result["ratio"].values:
        landings.axvline(ratio, color=INKS[1], linestyle="--", linewidth=0.8)
    level = regimes.level(1, 1.5)
    landings.axhline(level, color=INKS[4], linestyle=":")
    landings.set(xlabel="start ratio |x/y|, K = 1.5", ylabel="least value on the way")
    return figure


def numbers(result: xr.Dataset) -> list[Number]:
    """Hold the rates at the limit against the derived ones, and the steps in which the derived starts land."""
    off = float(np.nanmax(np.abs(result["measured"] - result["predicted"])))
    late = np.abs(result["landed"].values - np.arange(1, result.sizes["step"] + 1))
    why = "runs that end before the limit"
    return [
        Number("greatest deviation of a rate from the derived one", 0, off, slack=1e-3, why=why),
        Number("start $\\ell_m$ lands in $m$ steps: greatest difference", 0, float(late.max())),
    ]
