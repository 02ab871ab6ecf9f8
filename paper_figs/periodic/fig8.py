"""Random beta-sequences and their interval; beside it one that hops over it (periodic Figure 8 and A.7)."""

from __future__ import annotations

import json

import xarray as xr
from matplotlib.figure import Figure

from paper_figs.numbers import Number
from paper_figs.style import DASHES, INKS, new_figure
from sitheory.simulation.beta_sequences import absorbing_interval
from sitheory.theory import periodic

NEEDS = ("decay_beta",)
CLAIMS = ("periodic:prop5", "periodic:A7-hop")
COST = "under a second"


def draw(result: xr.Dataset) -> Figure:
    """Draw the orbits with Proposition 5's interval shaded and the exact one's upper end dotted."""
    config = json.loads(result.attrs["config"])
    alpha, high = config["alpha"], config["high"]
    figure = new_figure(7.4, 3.1)
    for axes, (run, low) in zip(figure.subplots(1, 2), enumerate(result["low"].values), strict=True):
        for seed, ink, dash in zip(result["seed"].values, INKS, DASHES, strict=False):
            axes.plot(
                result["step"], result["x"].isel(run=run, seed=seed), color=ink, linestyle=dash, linewidth=0.9
            )
        printed = [periodic.stationary_sq(alpha, beta) ** 0.5 for beta in (low, high)]
        axes.axhspan(*printed, color=INKS[4], alpha=0.25, label=r"$[\sqrt{a/\alpha}, \sqrt{b/\alpha}]$")
        axes.axhline(
            absorbing_interval(alpha, low, high)[1], color=INKS[1], linestyle=":", label="exact upper end"
        )
        axes.set(xlabel="t", ylabel=r"$x_t$", yscale="log" if low < 0.1 else "linear")
        axes.set_title(rf"$\alpha={alpha:g},\ a={low:g},\ b={high:g}$", fontsize="medium")
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=2, fontsize="small")
    return figure


def numbers(result: xr.Dataset) -> list[Number]:
    """Hold the greatest x of the late half against Proposition 5's end and the exact one."""
    config = json.loads(result.attrs["config"])
    alpha, high = config["alpha"], config["high"]
    told = []
    for run, low in enumerate(result["low"].values):
        seen = float(result["x"].isel(run=run, step=slice(config["steps"] // 2, None)).max())
        printed, exact = periodic.stationary_sq(alpha, high) ** 0.5, absorbing_interval(alpha, low, high)[1]
        told += [
            Number(
                rf"greatest late $x_t$ at $a = {low:g}$, $\sqrt{{b/\alpha}}$",
                printed,
                seen,
                0,
                "<=",
                printed=True,
            ),
            Number(f"greatest late $x_t$ at $a = {low:g}$, exact upper end", exact, seen, 0, "<="),
        ]
    return told
