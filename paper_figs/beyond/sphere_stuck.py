"""Below the threshold: groups that take each other's places for ever, and at which total ELR (not in a paper)."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs.numbers import Number
from paper_figs.style import INKS, new_figure

NEEDS = ("beyond_sphere_stuck",)
CLAIMS = ("beyond:stuck-below", "regimes:eq8-sufficient", "beyond:below-threshold")
COST = "a minute"
TURNS = 2
FLOATS = "what repels grows in floats"


def draw(result: xr.Dataset) -> Figure:
    """Draw the least K found over the number of groups, and what one of the five groups there goes through."""
    figure = new_figure(7.2, 2.8)
    least, run = figure.subplots(1, 2)
    least.plot(result["group"], result["excess"], "o", markersize=4, color=INKS[0])
    least.axhline(1, color=INKS[4], linestyle=":", label="threshold")
    least.set(xlabel="groups", ylabel="least K = elr sum(alpha) found", ylim=(0, None))
    least.legend()
    for variable, name, ink in (("turn_ratio", "|x/y|", 0), ("turn_elr", "ELR", 1), ("turn_ess", "ESS", 2)):
        values = np.tile(result[variable].values[:-1], TURNS)
        run.semilogy(values, "o-", markersize=3, linewidth=0.8, color=INKS[ink], label=name)
    run.axhline(1, color=INKS[4], linestyle=":")
    run.set(xlabel="step", ylabel="one of five groups")
    run.set(ylim=(None, 500))
    run.legend(loc="upper center", ncols=3)
    return figure


def numbers(result: xr.Dataset) -> list[Number]:
    """Hold the least K of few and of five groups against the threshold, and one step of all against their places."""
    excess = result["excess"]
    five = result.sel(group=5)
    return [
        Number("least $K$ found for five groups", 1, float(five["excess"]), relation="<="),
        Number("least $K$ found for three or four", 1, float(excess.sel(group=[3, 4]).min()), relation=">="),
        Number(
            "five groups, a step: off each other's places by", 0, float(five["gap"]), slack=1e-6, why=FLOATS
        ),
        Number("$F$ of the five groups, which stays", 0, float(five["stays"]), relation=">"),
    ]
