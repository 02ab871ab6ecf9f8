"""For which losses GD with weight decay settles: growth of a small swing over the settling index."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs.numbers import Number, share_of
from paper_figs.style import INKS, new_figure

NEEDS = ("decay_settle",)
CLAIMS = ("periodic:footnote4", "thesis:thm1")
COST = "half a minute"


def draw(result: xr.Dataset) -> Figure:
    """Draw log growth over the index, an ink a behaviour from a random start, with the named losses named."""
    figure = new_figure(5.6, 3.8)
    axes = figure.subplots()
    behaviours = result["behaviour"].values.astype(str)
    index, growth = result["settling_index"].values, result["growth"].values
    for behaviour, ink in zip(np.unique(behaviours), INKS, strict=False):
        of = behaviours == behaviour
        axes.plot(index[of], growth[of], "o", color=ink, markersize=3, alpha=0.7, label=behaviour)
    for x, y, name in zip(index, growth, result["loss_name"].values.astype(str), strict=True):
        if not name.startswith("random"):
            axes.annotate(name, (x, y), fontsize="x-small", xytext=(3, 4), textcoords="offset points")
    axes.axhline(0, color=INKS[4], linewidth=0.6)
    axes.axvline(0, color=INKS[4], linewidth=0.6)
    axes.set_xscale("symlog", linthresh=1)
    axes.set_yscale("symlog", linthresh=0.5)
    axes.set(
        xlabel=r"$(4f''^2 + f''f'''' - 3f'''^2)\,/\,f''^2$ at the minimum",
        ylabel="log growth of a small swing",
    )
    axes.legend(title="from a random start", fontsize="small")
    return figure


def numbers(result: xr.Dataset) -> list[Number]:
    """Tell in which share of random losses the sign of the index says whether a small swing shrinks."""
    drawn = np.char.startswith(result["loss_name"].values.astype(str), "random")
    index, growth = result["settling_index"].values[drawn], result["growth"].values[drawn]
    below, above = share_of(growth[index < 0] < 0), share_of(growth[index > 0] > 0)
    return [
        Number("share of random losses with index below 0 whose swing shrinks", 1, *below),
        Number("share of random losses with index above 0 whose swing grows", 1, *above),
    ]
