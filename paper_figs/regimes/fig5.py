"""Going on at another ELR from the second regime (regimes Figure 5).

Real runs: digits with 20 % label noise, perceptron 64-100-50-10, one seed, 80 epochs and 80 more.

Left: at another ELR of the second regime the loss goes to that ELR's own level, dashed. Right: at ELRs of the first
regime, from a low and a high ELR of the second; grey is the same ELR from the initialisation.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from paper_figs import networks
from paper_figs.numbers import Number
from paper_figs.style import DASHES, INKS, new_figure

NEEDS = ("net_regimes_finetune",)
CLAIMS = ("regimes:eq25", "regimes:eq9-attracts")
ALSO = ("thesis_fig8",)
COST = "half a minute"

SECOND = (5e-3, 0.01, 0.02, 0.05)
FIRST = (3e-4, 1e-3)
FROM = (5e-3, 0.05)
MIDDLE = 0.01


def draw(result: xr.Dataset) -> Figure:
    """Draw the losses of both parts on the left, the diagrams of gradient against loss on the right."""
    run = result.sel(seed=0)
    figure = new_figure(8.6, 3)
    levels, *diagrams = figure.subplots(1, 3, width_ratios=(1.4, 1, 1))
    _draw_levels(levels, run)
    for axes, first in zip(diagrams, FROM, strict=True):
        diagram(axes, run, first, FIRST, "batch_eff_grad")
        axes.set(xlabel="train loss", title=f"from ELR {first:g}")
    diagrams[0].set_ylabel("effective gradient")
    diagrams[1].legend(title="then ELR", fontsize="small")
    return figure


def chosen(run: xr.Dataset, first: float, elr: float) -> xr.Dataset:
    """Return the run at an ELR that goes on from another, or from the initialisation if that is NaN."""
    before = run["elr_first"].values
    same = np.isnan(before) if np.isnan(first) else before == first
    (found,) = np.flatnonzero(same & (run["elr"].values == elr))
    return run.isel(run=found)


def diagram(axes: Axes, run: xr.Dataset, first: float, elrs: tuple[float, ...], name: str) -> None:
    """Draw a variable against the loss for the runs that go on from an ELR, in grey those from the initialisation."""
    for i, elr in enumerate(elrs):
        fresh, on = chosen(run, np.nan, elr), chosen(run, first, elr)
        axes.loglog(fresh["loss"], fresh[name], color=INKS[4], linestyle=DASHES[i], linewidth=0.9)
        axes.loglog(on["loss"], on[name], color=INKS[i], label=f"{elr:g}")
    if not axes.xaxis_inverted():  # shared axes are inverted together
        axes.invert_xaxis()
    axes.xaxis.set_minor_formatter(NullFormatter())


def _draw_levels(axes: Axes, run: xr.Dataset) -> None:
    before = chosen(run, np.nan, MIDDLE)
    end = float(before["epoch"].values[-1])
    axes.semilogy(before["epoch"][1:], before["online_loss"][1:], color="0.3")
    for elr, ink in zip(SECOND, INKS, strict=False):
        on = chosen(run, MIDDLE, elr)
        axes.semilogy(end + on["epoch"][1:], on["online_loss"][1:], color=ink, label=f"{elr:g}")
        axes.axhline(level(run, np.nan, elr), color=ink, linewidth=0.8, linestyle=(0, (4, 2)))
    axes.set(xlabel="epoch", ylabel="train loss", title=f"from ELR {MIDDLE:g}")
    axes.legend(title="then ELR", fontsize="small", ncols=2, loc="upper right")


def level(run: xr.Dataset, first: float, elr: float) -> float:
    """Return the mean loss of the second half of a run."""
    return float(networks.late(chosen(run, first, elr), "online_loss", 0.5))


def numbers(result: xr.Dataset) -> list[Number]:
    """Hold the levels after the change of ELR against those from the initialisation."""
    run = result.sel(seed=0)
    told = [
        Number(
            f"loss at ELR {elr:g} after ELR {MIDDLE:g}, against that from the initialisation",
            level(run, np.nan, elr),
            level(run, MIDDLE, elr),
            slack=0.15 * level(run, np.nan, elr),
            why="what is still to settle at low ELRs",
        )
        for elr in SECOND
        if elr > 5e-3
    ]
    ends = [float(chosen(run, FROM[0], elr)["loss"][-1]) for elr in FIRST]
    held = level(run, np.nan, FROM[0])
    return [
        *told,
        Number("greatest end loss at first ELRs over the level before", 1, max(ends) / held, 0, "<="),
        Number(
            "log of the gradient from the initialisation over that after, at one loss",
            0,
            flatter(run),
            0,
            ">",
        ),
    ]


def flatter(run: xr.Dataset) -> float:
    """Return the log of the ratio of effective gradients at the loss where the run from the initialisation ends."""
    fresh, on = chosen(run, np.nan, FIRST[1]), chosen(run, FROM[0], FIRST[1])
    falling = np.argsort(on["loss"].values)
    at, grads = np.log(on["loss"].values[falling]), np.log(on["batch_eff_grad"].values[falling])
    end = np.log(float(fresh["loss"][-1]))
    return float(np.log(float(fresh["batch_eff_grad"][-1])) - np.interp(end, at, grads))
