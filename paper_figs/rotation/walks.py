"""Norm and turn of AdamW, Lion and Muon on noise, with their laws, from a start off rest and to a schedule's end."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs.numbers import Number
from paper_figs.style import DASHES, INKS, new_figure

NEEDS = ("rotation_walks",)
CLAIMS = (
    "hyperball:weight-norm",
    "hyperball:step-size",
    "hyperball:schedule-norm",
    "hyperball:geometric",
    "rotation:time",
)
COST = "ten seconds"


def draw(result: xr.Dataset) -> Figure:
    """Draw a column per optimiser: the norm and the turn over the run, measured and by the law."""
    names = list(dict.fromkeys(result["optimiser"].values.tolist()))
    figure = new_figure(7.6, 4.4)
    panels = figure.subplots(2, len(names), sharex=True)
    for column, name in enumerate(names):
        for run in np.flatnonzero(result["optimiser"].values == name):
            of = result.isel(run=run)
            ink = INKS[0] if of["schedule"].item() == "constant" else INKS[1]
            for axes, kind in zip(panels[:, column], ("norm", "turn"), strict=True):
                axes.plot(
                    of["step"], of[f"walk_{kind}"], "o", markersize=2, color=ink, label=of["schedule"].item()
                )
                axes.plot(of["step"], of[f"told_{kind}"], color=ink, linewidth=0.9)
        panels[0, column].plot(
            of["step"],
            of["rest_norm"],
            color=INKS[4],
            linestyle=DASHES[1],
            linewidth=0.8,
            label=r"$C\sqrt{\eta_t/\lambda}$",
        )
        if name != "Lion":  # whose average has two rates
            panels[1, column].axhline(
                float(of["geometric_turn"]),
                color=INKS[4],
                linestyle=DASHES[2],
                linewidth=0.8,
                label="geometric memory",
            )
        panels[0, column].set(title=name, yscale="log")
        panels[1, column].set(xlabel="step")
    panels[0, 0].set_ylabel("norm")
    panels[1, 0].set_ylabel("step of the direction")
    panels[0, 0].legend(fontsize="x-small")
    panels[1, 0].legend(fontsize="x-small")
    return figure


def numbers(result: xr.Dataset) -> list[Number]:
    """Return norm and turn of the last window under a constant rate against their laws, and the end of the schedule."""
    told = []
    last = result.isel(step=-1)
    for run in range(result.sizes["run"]):
        of = last.isel(run=run)
        name, error = of["optimiser"].item(), float(of["walk_turn_error"])
        if of["schedule"].item() == "linear":
            ratio = float(of["walk_norm"] / of["rest_norm"])
            told.append(
                Number(
                    f"{name}: norm in the last window of the schedule over C sqrt(lr/wd), above",
                    1.5,
                    ratio,
                    0,
                    ">=",
                )
            )
        elif name == "Muon":
            turn = float(of["walk_turn"])
            told.append(Number(f"{name}: turn, at least", float(of["turn_low"]), turn, error, ">="))
            told.append(Number(f"{name}: turn, at most", float(of["turn_high"]), turn, error, "<="))
        else:
            told.append(
                Number(
                    f"{name}: turn",
                    float(of["told_turn"]),
                    float(of["walk_turn"]),
                    error + 2e-3 * float(of["told_turn"]),
                )
            )
    return told
