"""Weight decay in the plane: growth of small swings, quiet phases, and the quotient's closed orbits."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs.numbers import Number, slope_of
from paper_figs.style import INKS, new_figure

NEEDS = ("beyond_planar",)
CLAIMS = ("beyond:decay-multipliers", "beyond:decay-index", "beyond:decay-relaxation", "beyond:decay-area")
COST = "a few seconds"
MARKERS = "osD^vxP"


def draw(result: xr.Dataset) -> Figure:
    """Draw measured over exact growth, entry and exit of quiet phases, and orbits of the quotient."""
    figure = new_figure(9.2, 3.1)
    rates, exits, orbits = figure.subplots(1, 3)
    _rates(rates, result.isel(run=np.flatnonzero(result["case"].values == "rate")))
    _exits(exits, result.isel(run=np.flatnonzero(result["case"].values == "exit")))
    for seed in range(result.sizes["seed"]):
        orbits.plot(
            result["theta"].values[seed],
            result["elr"].values[seed],
            ".",
            markersize=0.8,
            color=INKS[seed % 4],
        )
    orbits.set(
        xlabel=r"$\log|x/y|$", ylabel=r"$\log(\tilde\eta f'')$", title="the quotient", xlim=(-4.5, 1.5)
    )
    return figure


def _rates(axes, rates: xr.Dataset) -> None:
    for i, name in enumerate(dict.fromkeys(rates["loss_name"].values.tolist())):
        of = rates.isel(run=np.flatnonzero(rates["loss_name"].values == name))
        x = of["product"].values
        axes.plot(x, of["measured"].values, MARKERS[i], markersize=3.5, color=INKS[i % 5], label=str(name))
        axes.plot(x, of["predicted"].values, "-", linewidth=0.8, color=INKS[i % 5])
        axes.plot(x, of["printed"].values, ":", linewidth=0.8, color=INKS[i % 5])
    axes.set(
        xscale="log",
        xlabel=r"$\eta\lambda$",
        ylabel=r"growth of a small swing / $\eta\lambda$",
        ylim=(None, 3.6),
    )
    axes.set_title(r"lines: exact, dotted: $I/6f''^2$")
    axes.legend(fontsize="xx-small", ncols=2)


def _exits(axes, exits: xr.Dataset) -> None:
    products = list(dict.fromkeys(exits["product"].values.tolist()))
    for i, product in enumerate(products):
        of = exits.isel(run=np.flatnonzero(exits["product"].values == product))
        axes.plot(
            of["printed"].values,
            of["measured"].values,
            MARKERS[i],
            markersize=3,
            color=INKS[i % 5],
            label=f"{product:g}",
        )
    order = np.argsort(exits["printed"].values)
    axes.plot(
        exits["printed"].values[order], exits["predicted"].values[order], "-", linewidth=0.9, color="black"
    )
    axes.set(
        xlabel=r"$\tilde\eta f''$ at the entry", ylabel=r"$\tilde\eta f''$ at the exit", title="quiet phases"
    )
    axes.legend(title=r"$\eta\lambda$; line: Re Li$_2$", fontsize="x-small")


def numbers(result: xr.Dataset) -> list[Number]:
    """Hold growth rates against the exact determinant's, and the power of lr wd in what exits leave of their law."""
    rates, exits = (
        result.isel(run=np.flatnonzero(result["case"].values == case)) for case in ("rate", "exit")
    )
    growth = float(np.nanmax(np.abs(rates["measured"] - rates["predicted"])))
    products = np.unique(exits["product"].values)[:3]
    off = np.abs(exits["measured"] - exits["predicted"]).values
    worst = np.array([np.nanmax(off[exits["product"].values == product]) for product in products])
    why, law = (
        "swings of finite size",
        r"power of $\eta\lambda$ in the greatest deviation of an exit from its law",
    )
    return [
        Number(
            r"greatest deviation of growth$/\eta\lambda$ from the exact one", 0, growth, slack=1e-3, why=why
        ),
        Number(law, 1, slope_of(products, worst[:, None]).mean, slack=0.15, why="higher orders"),
    ]
