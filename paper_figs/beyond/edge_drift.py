"""The edge of stability at every energy: drift of wide swings against K <p^2>/E, and the height of first bursts."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs.numbers import Number
from paper_figs.style import INKS, new_figure

NEEDS = ("beyond_bursts",)
CLAIMS = ("beyond:edge-drift", "beyond:edge-energy", "beyond:edge-tracking")
COST = "a few seconds"
MARKERS = "osD^v"


def draw(result: xr.Dataset) -> Figure:
    """Draw the measured drift over the energy with the derived one, and heights over Y between their bounds."""
    drifts, heights = (
        result.isel(run=np.flatnonzero(result["case"].values == case)) for case in ("drift", "height")
    )
    figure = new_figure(7.0, 3.0)
    left, right = figure.subplots(1, 2)
    for i, kappa in enumerate(dict.fromkeys(drifts["product"].values.tolist())):
        of = drifts.isel(run=np.flatnonzero(drifts["product"].values == kappa))
        left.plot(of["energy"], of["measured"], MARKERS[i], markersize=4, color=INKS[i], label=f"{kappa:g}")
        left.plot(of["energy"], of["predicted"], "-", linewidth=0.8, color=INKS[i])
    left.set(xscale="log", xlabel="energy", ylabel=r"$d\log E/d\tau$", ylim=(None, 8))
    left.legend(title=r"kappa; lines: $K\langle p^2\rangle/E$", fontsize="x-small", ncols=2)
    depth = np.unique(heights["energy"].values)
    right.fill_between(depth, depth, 2 * depth + 2, color=INKS[4], alpha=0.25, label="proved bounds")
    for i, eta in enumerate(dict.fromkeys(heights["product"].values.tolist())):
        of = heights.isel(run=np.flatnonzero(heights["product"].values == eta))
        right.plot(of["energy"], of["measured"], MARKERS[i], markersize=3.5, color=INKS[i], label=f"{eta:g}")
    right.plot(
        depth, heights["predicted"].values[:: len(np.unique(heights["product"].values))], "k-", linewidth=0.7
    )
    right.set(xlabel=r"$Y = \log(\overline{h^2}/h_0^2)$", ylabel=r"largest $h^2$ over $\overline{h^2}$")
    right.legend(title=r"$\eta\lambda$; line: averaged", fontsize="x-small")
    return figure


def numbers(result: xr.Dataset) -> list[Number]:
    """Hold the drifts against the derived ones, and the heights of bursts against their bounds."""
    drift, height = (
        result.isel(run=np.flatnonzero(result["case"].values == case)) for case in ("drift", "height")
    )
    off = np.abs(drift["measured"].values - drift["predicted"].values) / np.maximum(
        np.abs(drift["predicted"].values), 1
    )
    depth, seen = height["energy"].values, height["measured"].values
    why = r"terms of order $\sqrt{\eta\lambda}$"
    return [
        Number("greatest relative deviation of the energy's drift", 0, float(off.max()), slack=0.05, why=why),
        Number("least burst over $Y$", 1, float((seen / depth).min()), 0, ">=", 0.05, why),
        Number("greatest burst over $2Y + 2$", 1, float((seen / (2 * depth + 2)).max()), 0, "<=", 0.05, why),
    ]
