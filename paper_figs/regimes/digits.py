"""Three regimes on real digits: losses over epochs, the final state over ELRs, and equal ESS from unequal ELRs."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs.numbers import Number
from paper_figs.style import INKS, new_figure
from sitheory.bridge.watching.laws import HOLDS
from sitheory.bridge.watching.long_run import ess_means
from sitheory.measure.regimes import WIDE_STEP

NEEDS = ("digits_sphere",)
CLAIMS = ("regimes:eq5", "regimes:time-average", "regimes:equal-ess", "regimes:third-regime")
COST = "a minute"
SHOWN = (1e-3, 2e-2, 1e-1)


def draw(result: xr.Dataset) -> Figure:
    """Draw losses over epochs, loss and cosine distance over ELRs, and each neuron's gradient over its ELR."""
    figure = new_figure(9.6, 3.1)
    over_time, over_elrs, by_neuron = figure.subplots(1, 3)
    _losses(over_time, result.isel(seed=0))
    _borders(over_elrs, result)
    _neurons(by_neuron, result.isel(seed=0))
    return figure


def numbers(result: xr.Dataset) -> list[Number]:
    """Hold each step's norms against eq. (16), and time means of log(1 + ESS^2) against their exact bound."""
    why = "floors are first-order terms"
    ratio = float(np.nanmax(result["norm_residual_ratio"].values))
    what = "greatest residual of a step's norms, eq. (16), over what rounding and radial gradients explain"
    told = [Number(what, 1, ratio, 0, "<=", HOLDS - 1, why)]
    for elr in SHOWN:
        runs = [result.sel(elr=elr).isel(seed=seed) for seed in range(result.sizes["seed"])]
        parts = [np.ptp(means) / bound for means, bound in map(ess_means, runs)]
        what = f"spread of the means of $\\log(1+ESS^2)$ over $2\\log(M/m)/T$, ELR {elr:g}"
        told.append(Number(what, 1, max(parts), 0, "<=", 0.05, "radial gradients"))
    return told


def _losses(axes, result: xr.Dataset) -> None:
    for i, elr in enumerate(result["elr"].values):
        run = result.sel(elr=elr).isel(step=slice(1, None))
        seen = np.isfinite(run["loss"].values)
        axes.plot(
            run["epoch"].values[seen],
            run["loss"].values[seen],
            color=_shade(i, result.sizes["elr"]),
            label=f"{elr:g}",
        )
    axes.set(xscale="log", yscale="log", xlabel="epoch", ylabel="training loss")
    axes.legend(title="ELR", fontsize="x-small", title_fontsize="x-small", ncols=2, loc="lower left")


def _borders(axes, result: xr.Dataset) -> None:
    end, elrs = result.isel(step=-1), result["elr"].values
    for name, label, ink in (
        ("loss", "training loss", INKS[0]),
        ("cos_dist", r"$1-\cos$ of a step", INKS[1]),
    ):
        for seed in range(result.sizes["seed"]):
            values = end[name].isel(seed=seed).values
            axes.plot(elrs, values, color=ink, marker="o", markersize=3, label=label if seed == 0 else None)
    axes.axhline(WIDE_STEP, color=INKS[4], linewidth=0.7)
    axes.set(xscale="log", yscale="log", xlabel="ELR", title=f"{result.sizes['seed']} seeds")
    axes.legend(fontsize="x-small")


def _neurons(axes, result: xr.Dataset) -> None:
    """Where ESS are equal, a neuron's mean gradient is inversely proportional to its ELR: a line of slope -1."""
    for i, elr in enumerate(SHOWN):
        run = result.sel(elr=elr)
        late = run["epoch"].values > run["epoch"].values[-1] / 4
        elrs = run["elr_group"].values[late].mean(axis=0)
        ess = run["ess"].values[late].mean(axis=0)
        axes.loglog(elrs, ess / elrs, ".", markersize=2.5, color=INKS[i], label=f"ELR {elr:g}")
        span = np.array([elrs.min(), elrs.max()])
        axes.loglog(span, ess.mean() / span, color=INKS[i], linewidth=0.7)
    axes.set(xlabel="a neuron's ELR", ylabel="its effective gradient", title="lines: equal ESS")
    axes.legend(fontsize="x-small")


def _shade(i: int, count: int) -> tuple[float, float, float]:
    share = i / max(1, count - 1)
    low, high = (np.array([int(ink[k : k + 2], 16) / 255 for k in (1, 3, 5)]) for ink in (INKS[0], INKS[2]))
    red, green, blue = (1 - share) * low + share * high
    return float(red), float(green), float(blue)
