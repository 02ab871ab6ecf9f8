"""Orbits of the averaged system of h and the effective learning rate, and how their energy lasts."""

from __future__ import annotations

import json

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs.numbers import Number
from paper_figs.style import DASHES, INKS, new_figure

NEEDS = ("sharpness_orbits",)
CLAIMS = ("sharpness:hamiltonian", "sharpness:drift")
COST = "half a minute"
FIRST = 1200
SHOWN = ("cone kappa 0", "cone kappa 0.25", "cone kappa 0.3", "regression 0")
PORTRAITS = ("cone kappa 0.25", "regression 0")


def draw(result: xr.Dataset) -> Figure:
    """Draw two phase portraits, the energy over the flow's time, and its rate against the derived one."""
    eta = json.loads(result.attrs["config"])["orbit_lr"]
    figure = new_figure(7.2, 5.4)
    portraits, (energy, rates) = figure.subplots(2, 2)
    for axes, name in zip(portraits, PORTRAITS, strict=True):
        _portrait(axes, result.sel(run=name), name)
    time = result["step"].values * eta
    for name, ink, dash in zip(SHOWN, INKS, DASHES, strict=False):
        energy.semilogy(time, result["energy"].sel(run=name), color=ink, linestyle=dash, label=name)
    energy.set(xlabel="time of the flow, step x lr x wd", ylabel="energy", ylim=(1e-5, None))
    energy.legend(fontsize="small", loc="lower right")
    measured, error, derived = (
        result[k].isel(group=1).values for k in ("measured", "measured_error", "predicted")
    )
    low, high = derived.min() * 1.1, derived.max() + 2
    rates.plot([low, high], [low, high], color=INKS[4], linewidth=0.7)
    for kind, ink in (("cone", INKS[0]), ("regression", INKS[1])):
        own = np.array([str(r).startswith(kind) for r in result["run"].values])
        rates.errorbar(
            derived[own], measured[own], error[own], fmt="o", markersize=3.5, color=ink, label=kind
        )
    rates.set(xlabel="derived rate of log energy", ylabel="measured rate", xscale="symlog", yscale="symlog")
    rates.legend()
    return figure


def _portrait(axes, run: xr.Dataset, name: str) -> None:
    """|h| and the effective learning rate from the dot on, over levels of the energy."""
    height, speed = np.abs(run["h"].values[:FIRST]), run["elr"].values[:FIRST]
    axes.plot(speed, height, color=INKS[0], linewidth=0.4)
    axes.plot(speed[:1], height[:1], "o", color=INKS[2], markersize=4)
    grid = np.linspace(-4.2, 4.2, 161), np.geomspace(0.02, 4, 160)
    level = grid[0][None, :] ** 2 + (grid[1] ** 2 - 2 * np.log(grid[1]) - 1)[:, None]
    axes.contour(*grid, level, levels=[0.3, 2, 6, 12], colors=INKS[1], linewidths=0.8, linestyles="--")
    axes.plot(0, 1, "+", color=INKS[1])
    axes.set(
        title=f"{name}; dashed: constant energy",
        xlabel="(elr lambda - 2) / (2 sqrt(lr wd))",
        ylabel="|h| over its mean square's root",
    )
    axes.title.set_fontsize("medium")


def numbers(result: xr.Dataset) -> list[Number]:
    """Hold the small orbits' period, and the rate of their energy, against the derived ones and the printed 0."""
    told = []
    for name in SHOWN:
        run = result.sel(run=name)
        for group, what in (
            (0, r"period of small orbits over $\pi/\sqrt{2\eta_{\mathrm{in}}}$"),
            (1, r"rate of $\log E$ over the flow's time"),
        ):
            seen, error, derived = (
                float(run[k].isel(group=group)) for k in ("measured", "measured_error", "predicted")
            )
            why = r"higher orders in $\sqrt{\eta_{\mathrm{in}}}$"
            told.append(
                Number(f"{name}: {what}", derived, seen, error, slack=0.02 * max(1, abs(derived)), why=why)
            )
    return told
