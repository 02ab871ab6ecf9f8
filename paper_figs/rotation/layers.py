"""Adam with L2 turns each layer by its gradients, AdamW all alike."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs.numbers import Number, mean_of
from paper_figs.style import INKS, new_figure

NEEDS = ("rotation_networks_short",)
CLAIMS = ("rotation:balance", "rotation:adam-l2", "rotation:adamw")
COST = "half a minute"
LATE = 0.5
PAIR = ("adamw", "adam-l2")


def late_turns(result: xr.Dataset, net: str, optimiser: str) -> tuple[xr.DataArray, xr.DataArray]:
    """Return measured and forecast turns of the second half under a constant rate, over (seed, group)."""
    of = result.sel(run=f"{net}, {optimiser}, constant")
    late = of.isel(step=of["step"].values > LATE * of["step"].values[-1])
    seen, told = ((late[n] ** 2).mean("step") ** 0.5 for n in ("turn", "forecast_turn"))
    return seen.dropna("group"), told.dropna("group")


def draw(result: xr.Dataset) -> Figure:
    """Draw a panel per network: each layer's turn under both, measured and forecast."""
    nets = list(dict.fromkeys(result["net"].values.tolist()))
    figure = new_figure(7.2, 2.2 * len(nets) + 1)
    for axes, net in zip(np.atleast_1d(figure.subplots(len(nets), 1)), nets, strict=True):
        for optimiser, ink in zip(PAIR, INKS, strict=False):
            seen, told = late_turns(result, net, optimiser)
            places = np.arange(seen.sizes["group"])
            spread = seen.std("seed", ddof=min(1, seen.sizes["seed"] - 1))
            axes.errorbar(
                places, seen.mean("seed"), spread, fmt="o", markersize=3, color=ink, label=optimiser
            )
            axes.plot(places, told.mean("seed"), "_", markersize=9, color=ink)
        names = [str(g).removesuffix(".weight") for g in seen["group"].values]
        axes.set_xticks(places, names, rotation=60, ha="right", fontsize="xx-small")
        axes.set(yscale="log", title=net, ylabel="step of the direction")
        axes.legend(fontsize="x-small")
    return figure


def numbers(result: xr.Dataset) -> list[Number]:
    """Return how far apart layers turn under both, and how Adam with L2's follow its forecast from layer to layer."""
    told = []
    for net in dict.fromkeys(result["net"].values.tolist()):
        spreads = {}
        for optimiser in PAIR:
            seen, forecast = late_turns(result, net, optimiser)
            spreads[optimiser] = np.log(seen).std("group").values
        told.append(
            Number(
                f"{net}: spread of log turn over layers, Adam with L2 over AdamW",
                1.5,
                *mean_of(spreads["adam-l2"] / spreads["adamw"]),
                ">",
            )
        )
        agree = [
            np.corrcoef(np.log(a), np.log(b))[0, 1] for a, b in zip(seen.values, forecast.values, strict=True)
        ]
        told.append(
            Number(
                f"{net}: correlation of Adam with L2's log turns with their forecast",
                0.8,
                *mean_of(agree),
                ">=",
            )
        )
    return told
