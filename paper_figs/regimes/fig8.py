"""The groups' own ELRs in the three regimes, against their equilibrium values (regimes Figure 8)."""

from __future__ import annotations

import json

import xarray as xr
from matplotlib.figure import Figure

from paper_figs.numbers import Number
from paper_figs.style import INKS, label_logarithms, new_figure
from sitheory import theory
from sitheory.measure.statistics import estimate

NEEDS = ("toy_three_regimes",)
CLAIMS = ("regimes:eq9", "regimes:eq9-attracts", "regimes:time-average", "regimes:third-regime")
COST = "a few seconds"


def draw(result: xr.Dataset) -> Figure:
    """Draw a row an ELR and a column a group; the equilibrium of eq. (9) is dashed."""
    alpha = json.loads(result.attrs["config"])["loss"]["alpha"]
    elrs = result["elr"].values
    figure = new_figure(7.2, 1.7 * len(elrs) + 0.4)
    panels = figure.subplots(len(elrs), len(alpha), sharex=True, squeeze=False)
    for row, elr in zip(panels, elrs, strict=True):
        for axes, group, predicted in zip(
            row, result["group"].values, theory.equilibrium_elrs(alpha, elr), strict=True
        ):
            axes.semilogy(
                result["step"], result["elr_group"].sel(elr=elr, group=group), color=INKS[0], linewidth=0.7
            )
            axes.axhline(predicted, color=INKS[1], linestyle="--")
            label_logarithms(axes)
            axes.set_title(rf"$\tilde\eta = {elr:g}$, $\alpha = {alpha[group]:g}$", fontsize="small")
    for axes in panels[-1]:
        axes.set_xlabel("step")
    for axes in panels[:, 0]:
        axes.set_ylabel(r"group ELR $\tilde\eta_i$")
    return figure


def numbers(result: xr.Dataset) -> list[Number]:
    """Hold each group's mean late ELR in the second regime against eq. (9)."""
    alpha, half = json.loads(result.attrs["config"])["loss"]["alpha"], result.sizes["step"] // 2
    elr = float(result["elr"][1])
    told = []
    for group, predicted in enumerate(theory.equilibrium_elrs(alpha, elr)):
        found = estimate(result["elr_group"].sel(elr=elr, group=group).values[half:], 0)
        what = f"mean late ELR of the group with $\\alpha = {alpha[group]:g}$, total ELR {elr:g}"
        told.append(
            Number(
                what,
                predicted,
                found.mean,
                found.error,
                slack=0.005 * predicted,
                why="swings that still shrink",
                flag=found.flag,
            )
        )
    return told
