"""Norm and turn of networks' layers over training, for each optimiser, with what the optimiser alone says."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs.numbers import Number, mean_of
from paper_figs.style import INKS, label_logarithms, new_figure

NEEDS = ("rotation_networks_short",)
CLAIMS = (
    "hyperball:weight-norm",
    "hyperball:step-size",
    "hyperball:schedule-norm",
    "rotation:adamw",
    "rotation:lion",
    "rotation:sgdm",
    "rotation:balance",
)
COST = "half a minute"
STEADY = ("momentum", "adamw", "muon", "hyperball")
"""Optimisers whose turn is to be the forecast's; Lion's signs feel a signal."""

ROOM = 0.15
"""What a signal and drifting gradients may do to a median layer."""

LATE = 0.5
LEAST_SPAN = 1.3
"""Norms are drawn over this ratio at least: where one is kept, rounding would be all that is seen."""


def draw(result: xr.Dataset) -> Figure:
    """Draw a column per optimiser, for each network the median layer's norm over its start and its turn."""
    optimisers = list(dict.fromkeys(result["optimiser"].values.tolist()))
    nets = list(dict.fromkeys(result["net"].values.tolist()))
    figure = new_figure(2 + 1.6 * len(optimisers), 1 + 2.6 * len(nets))
    panels = figure.subplots(2 * len(nets), len(optimisers), sharex=True, squeeze=False)
    for row, net in enumerate(nets):
        for column, optimiser in enumerate(optimisers):
            chosen = (result["net"] == net) & (result["optimiser"] == optimiser)
            for run in np.flatnonzero(chosen.values):
                of = result.isel(run=run)
                ink = INKS[0] if of["schedule"].item() == "constant" else INKS[1]
                for axes, name in zip(panels[2 * row : 2 * row + 2, column], ("norm", "turn"), strict=True):
                    unit = of["forecast_norm"].isel(step=0) if name == "norm" else 1.0
                    seen, told = (
                        (of[n] / unit).median("group").mean("seed") for n in (name, f"forecast_{name}")
                    )
                    axes.plot(of["step"], seen, "o", markersize=2, color=ink, label=of["schedule"].item())
                    axes.plot(of["step"], told, color=ink, linewidth=0.9)
            above = panels[2 * row, column]
            above.set(title=optimiser if row == 0 else "", yscale="log")
            low, high = above.get_ylim()
            above.set_ylim(min(low, high / LEAST_SPAN), max(high, low * LEAST_SPAN))
            label_logarithms(above)
        panels[2 * row, 0].set_ylabel(f"{net}: norm\nover its start")
        panels[2 * row + 1, 0].set_ylabel(f"{net}: step\nof the direction")
    for axes in panels[-1]:
        axes.set_xlabel("step")
    panels[0, 0].legend(fontsize="x-small")
    return figure


def numbers(result: xr.Dataset) -> list[Number]:
    """Return each median layer's turn over its forecast, and that Lion, whose memory is longer, turns less."""
    told = []
    for run in np.flatnonzero(result["schedule"].values == "constant"):
        of = result.isel(run=run)
        late = of.isel(step=of["step"].values > LATE * of["step"].values[-1])
        name, optimiser = f"{of['net'].item()}, {of['optimiser'].item()}", of["optimiser"].item()
        turn = mean_of((late["turn"] / late["forecast_turn"]).mean("step").median("group").values)
        if optimiser in STEADY:
            why = "a signal, and gradients whose size drifts"
            told.append(
                Number(f"{name}: turn over its forecast, constant rate", 1, *turn, slack=ROOM, why=why)
            )
        if optimiser == "lion":
            memory = mean_of((of["memory"] / of["forecast_memory"]).median("group").values)
            told.append(Number(f"{name}: memory of the updates over that of noise", 1, *memory, ">"))
            told.append(Number(f"{name}: turn over its forecast, less for the memory", 0.8, *turn, "<="))
        if optimiser == "hyperball":
            kept = mean_of((late["norm"] / late["forecast_norm"]).mean("step").median("group").values)
            told.append(
                Number(
                    f"{name}: norm over that of the start", 1, *kept, slack=1e-4, why="rounding in float32"
                )
            )
    return told
