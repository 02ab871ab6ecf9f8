"""Phase diagram of the toy function over ELR, groups and spread of alpha, with its exponents (not in the paper)."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from paper_figs.numbers import Number
from paper_figs.style import DASHES, INKS, new_figure

NEEDS = ("toy_phases",)
CLAIMS = ("regimes:chaotic", "beyond:stability", "regimes:third-regime")
COST = "half a minute"
PAINTS = ("#dfe3ea", "#6a9a8b", "#c9a227", "#b5533c")


def draw(result: xr.Dataset) -> Figure:
    """Draw a column a number of groups: exponents of all starts above, what most starts end on below.

    A dot marks an ELR at which starts end on different attractors.
    """
    names = [part.split(": ")[1] for part in result.attrs["attractors"].split("; ")]
    counts = result["groups"].values
    figure = new_figure(2.3 * len(counts) + 0.6, 4.2)
    panels = figure.subplots(2, len(counts), sharex=True, sharey="row", squeeze=False)
    for (above, below), groups in zip(panels.T, counts, strict=True):
        of = result.sel(groups=groups)
        _exponents(above, of)
        _phases(below, of, len(names))
        above.set_title(f"{groups} groups", fontsize="medium")
        below.set(xscale="log", xlabel="ELR over the threshold")
    panels[0, 0].set_ylabel("Lyapunov exponent a step")
    panels[1, 0].set_ylabel("alpha, greatest / least")
    panels[0, 0].legend(fontsize="x-small", title="alpha max/min", title_fontsize="x-small")
    seen = [Patch(facecolor=paint, label=name) for paint, name in zip(PAINTS, names, strict=True)]
    figure.legend(handles=seen, loc="outside lower center", ncols=len(seen), fontsize="small")
    return figure


def _exponents(axes, of: xr.Dataset) -> None:
    axes.axhline(0, color=INKS[4], linewidth=0.6)
    for spread, ink, dash in zip(of["spread"].values, INKS, DASHES, strict=False):
        seen = of["lyapunov"].sel(spread=spread)
        middle = seen.mean("seed")
        error = np.abs(np.array([seen.min("seed"), seen.max("seed")]) - middle.values)
        axes.errorbar(
            of["elr"], middle, error, color=ink, linestyle=dash, elinewidth=0.5, label=f"{spread:g}"
        )


def _phases(axes, of: xr.Dataset, count: int) -> None:
    codes = of["attractor"].transpose("spread", "elr", "seed").values
    shares = np.stack([np.mean(codes == code, axis=-1) for code in range(count)])
    where = np.arange(of.sizes["spread"])
    axes.pcolormesh(
        of["elr"].values,
        where,
        shares.argmax(axis=0),
        cmap=ListedColormap(PAINTS[:count]),
        norm=BoundaryNorm(np.arange(count + 1) - 0.5, count),
    )
    row, column = np.nonzero((shares > 0).sum(axis=0) > 1)
    axes.plot(of["elr"].values[column], where[row], "k.", markersize=3)
    axes.set_yticks(where, [f"{s:g}" for s in of["spread"].values])


def numbers(result: xr.Dataset) -> list[Number]:
    """Hold the exponents below the threshold against 0, and tell that there is chaos at the largest ELR."""
    below = result["lyapunov"].sel(elr=slice(0, 1))
    several = result.sel(groups=result["groups"] > 1)["lyapunov"].isel(elr=-1)
    creep = "a creep like $t^{-1/2}$ at the threshold"
    most, wild = float(below.max()), float(several.max())
    return [
        Number("greatest Lyapunov exponent up to the threshold", 0, most, 0, "<=", 1e-2, creep),
        Number("greatest exponent of several groups at the largest ELR", 0, wild, 0, ">"),
    ]
