"""What a decay to zero leaves of the norm: more than nothing, and the less the longer the run."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs.numbers import Number
from paper_figs.style import DASHES, INKS, label_logarithms, new_figure

NEEDS = ("rotation_schedules",)
CLAIMS = ("hyperball:schedule-norm", "hyperball:weight-norm")
COST = "a few seconds"
LONG = {"linear": 5.0, "cosine": 20.0}
"""From this lr wd T on the closed form is compared."""


def draw(result: xr.Dataset) -> Figure:
    """Draw the norm at the end over that at the peak's rest, over the length of the decay, with each law."""
    figure = new_figure(6.4, 3.2)
    panels = figure.subplots(1, 2, sharey=True)
    for axes, name, ink in zip(panels, LONG, INKS, strict=False):
        of = result.isel(run=np.flatnonzero(result["schedule"].values == name))
        x = of["decay"]
        axes.errorbar(x, of["left"], 3 * of["left_error"], fmt="o", markersize=3, color=ink, label="measured")
        axes.plot(x, of["left_followed"], color=ink, linewidth=0.9, label="followed step by step")
        axes.plot(x, of["left_closed"], color=ink, linestyle=DASHES[1], linewidth=0.9, label="closed form")
        axes.plot(
            x, of["left_quasistatic"], color=INKS[4], linestyle=DASHES[2], label=r"$C\sqrt{\eta_t/\lambda}$"
        )
        axes.set(xscale="log", yscale="log", title=f"{name} decay", xlabel=r"$\eta\lambda T$ of the peak")
        axes.legend(fontsize="x-small")
    panels[0].set_ylabel("norm at the end over the peak's rest")
    label_logarithms(panels[0])
    return figure


def numbers(result: xr.Dataset) -> list[Number]:
    """Return what is left of the norm against the forecast, the closed form, and the law that forgets at once."""
    told = []
    for run in range(result.sizes["run"]):
        of = result.isel(run=run)
        name, left, error = of["run"].item(), float(of["left"]), float(of["left_error"])
        followed = float(of["left_followed"])
        why = "the forecast is of the root of the mean square, the memory of AdamW to first order"
        told.append(
            Number(f"{name}: norm left, followed", followed, left, error, slack=0.01 * followed, why=why)
        )
        told.append(
            Number(
                f"{name}: above $C\\sqrt{{\\eta_t/\\lambda}}$",
                float(of["left_quasistatic"]),
                left,
                error,
                ">",
            )
        )
        if float(of["decay"]) >= LONG[of["schedule"].item()]:
            closed = float(of["left_closed"])
            share = 0.02 if of["schedule"].item() == "linear" else float(of["decay"]) ** (-2 / 3)
            told.append(
                Number(
                    f"{name}: norm left, closed form",
                    closed,
                    left,
                    error,
                    slack=share * closed,
                    why=r"$\eta\lambda$ of a linear decay, $(\eta\lambda T)^{-2/3}$ of a cosine",
                )
            )
    return told
