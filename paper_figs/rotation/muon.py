"""Muon's updates forget faster than an average of gradients with its momentum, and so it turns further."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs.numbers import Number
from paper_figs.style import DASHES, INKS, new_figure

NEEDS = ("rotation_muon",)
CLAIMS = ("hyperball:geometric", "hyperball:muon-same", "hyperball:step-size")
COST = "twenty seconds"


def draw(result: xr.Dataset) -> Figure:
    """Draw correlations over the lag, a panel per momentum, and the turn over the geometric one for each matrix."""
    momenta = np.unique(result["momentum"].values)
    figure = new_figure(8.4, 3.0)
    panels = figure.subplots(1, len(momenta) + 1)
    for axes, momentum in zip(panels, momenta, strict=False):
        runs = np.flatnonzero(result["momentum"].values == momentum)
        for run, ink in zip(runs, INKS, strict=False):
            of = result.isel(run=run)
            name = of["run"].item().rsplit(", ", 1)[0]
            axes.plot(of["lag"], of["correlation"], "o", markersize=2.5, color=ink, label=name)
            axes.fill_between(
                of["lag"], of["correlation_low"], of["correlation_high"], color=ink, alpha=0.25, linewidth=0
            )
        axes.plot(
            of["lag"], of["correlation_geometric"], color=INKS[4], linestyle=DASHES[2], label="geometric"
        )
        axes.set(title=f"momentum {momentum:g}", xlabel="steps between two updates")
        axes.legend(fontsize="x-small")
    panels[0].set_ylabel("correlation of updates")
    places = np.arange(result.sizes["run"])
    last = panels[-1]
    last.errorbar(
        result["turned"], places, xerr=3 * result["turned_error"], fmt="o", markersize=3, color=INKS[0]
    )
    last.hlines(places, result["turned_low"], result["turned_high"], color=INKS[2], linewidth=5, alpha=0.6)
    last.axvline(1, color=INKS[4], linestyle=DASHES[2])
    last.set_yticks(places, [str(v) for v in result["run"].values], fontsize="x-small")
    last.set(xlabel="turn over the geometric law's")
    last.invert_yaxis()
    return figure


def numbers(result: xr.Dataset) -> list[Number]:
    """Return the turns between their bounds, square Muon's above the geometric law, and its correlations below it."""
    told = []
    why = "the turn of a layer is a root of a mean square of a few hundred weights"
    for run in range(result.sizes["run"]):
        of = result.isel(run=run)
        name, turned, error = of["run"].item(), float(of["turned"]), float(of["turned_error"])
        room = {"slack": 0.01, "why": why}
        told.append(
            Number(
                f"{name}: turn over the geometric law's, at least",
                float(of["turned_low"]),
                turned,
                error,
                ">=",
                **room,
            )
        )
        told.append(Number(f"{name}: at most", float(of["turned_high"]), turned, error, "<=", **room))
        first = of.isel(lag=0)
        if "Muon, 16 x 16" in name:
            told.append(Number(f"{name}: turns further than the geometric law", 1.05, turned, error, ">"))
            told.append(
                Number(
                    f"{name}: correlation of successive updates, at most",
                    float(first["correlation_high"]),
                    float(first["correlation"]),
                    float(first["correlation_error"]),
                    "<=",
                )
            )
    return told
