"""The first regime: fixed ELRs, and going on at a lower and a higher one (regimes Figure 3).

Real runs: digits with 20 % label noise, perceptron 64-200-100-10, one seed, 80 epochs and 80 more.

Left: the higher the ELR, the lower the trajectory. Right: from ELR 0.001 a lower one goes on along the same trajectory,
and finds nothing sharper; twice the ELR jumps out and comes down to a flatter place; grey are the same ELRs from the
initialisation. The test errors (297 samples) are too coarse to tell the profiles apart.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from paper_figs import networks
from paper_figs.numbers import Number
from paper_figs.regimes.fig5 import chosen, diagram
from paper_figs.style import new_figure

NEEDS = ("net_regimes_finetune_first",)
CLAIMS = ("regimes:eq8",)
ALSO = ("thesis_fig7",)
COST = "a minute"
FIXED = (2e-4, 5e-4, 1e-3, 2e-3)
FROM, LOWER, HIGHER = 1e-3, 2e-4, 2e-3
NOISE = "the noise of single mini-batches"
SHOWN = {"batch_eff_grad": "effective gradient", "test_error": "test error"}


def draw(result: xr.Dataset) -> Figure:
    """Draw the fixed ELRs on the left, both changes of the ELR on the right."""
    run = result.sel(seed=0)
    figure = new_figure(8.2, 5)
    panels = figure.subplots(2, 2, sharey="row")
    for (left, right), (name, label) in zip(panels, SHOWN.items(), strict=True):
        for elr, ink in zip(FIXED, networks.inks(np.array(FIXED)), strict=True):
            fresh = chosen(run, np.nan, elr)
            left.loglog(fresh["loss"], fresh[name], color=ink, linewidth=0.9, label=f"{elr:g}")
        left.invert_xaxis()
        left.xaxis.set_minor_formatter(NullFormatter())
        left.set_ylabel(label)
        diagram(right, run, FROM, (HIGHER, LOWER), name)
    for axes, title in zip(panels[0], ("ELR", f"from ELR {FROM:g} then"), strict=True):
        axes.legend(title=title, fontsize="small")
    for axes in panels[1]:
        axes.set_xlabel("train loss")
    return figure


def columns(run: xr.Dataset, width: float, kinds: Mapping[str, tuple[float, tuple[float, ...]]]):
    """Return a figure and its panels: effective gradient above, test error below, a column each kind of change.

    Args:
        run: Runs over (run, step).
        width: Of the figure, in inches.
        kinds: A title for each column, the first ELR, and those that go on from it.
    """
    figure = new_figure(width, 4.8)
    panels = figure.subplots(len(SHOWN), len(kinds), sharex=True, sharey="row")
    for column, (title, (first, elrs)) in zip(panels.T, kinds.items(), strict=True):
        for axes, name in zip(column, SHOWN, strict=True):
            diagram(axes, run, first, elrs, name)
        column[0].set_title(title, fontsize="medium")
        column[0].legend(title="then", fontsize="small")
        column[1].set_xlabel("train loss")
    for axes, label in zip(panels[:, 0], SHOWN.values(), strict=True):
        axes.set_ylabel(label)
    return figure, panels


def profile(run: xr.Dataset, at: float) -> float:
    """Return the log of effective gradient over loss, a median where the loss is between one and two times a value."""
    loss = run["loss"].values
    near = (loss >= at * 0.999) & (loss < 2 * at)
    return float(np.median(np.log(run["batch_eff_grad"].values[near] / loss[near])))


def same(one: xr.Dataset, other: xr.Dataset) -> float:
    """Return by how much the log gradient of one run lies above that of another at the lowest loss of both."""
    at = max(float(one["loss"].min()), float(other["loss"].min()))
    return profile(one, at) - profile(other, at)


def jump(run: xr.Dataset) -> float:
    """Return the log of the greatest loss of a run over the loss at its start."""
    loss = run["loss"].values
    return float(np.log(np.nanmax(loss) / loss[0]))


def numbers(result: xr.Dataset) -> list[Number]:
    """Hold the order of the fixed ELRs' profiles, and what a lower and a higher ELR do to them."""
    run = result.sel(seed=0)
    fixed = [chosen(run, np.nan, elr) for elr in FIXED]
    on = {elr: chosen(run, FROM, elr) for elr in (LOWER, FROM, HIGHER)}
    return [
        Number(
            f"log gradient at ELR {FIXED[1]:g} over that at {FIXED[3]:g}, at one loss",
            0,
            same(fixed[1], fixed[3]),
            0,
            ">",
        ),
        Number(
            f"log gradient after ELR {LOWER:g} over that of going on at {FROM:g}, at one loss",
            0,
            same(on[LOWER], on[FROM]),
            0,
            "<=",
            0.1,
            NOISE,
        ),
        Number(
            f"log of the loss' rise at ELR {LOWER:g}",
            0,
            jump(on[LOWER]),
            0,
            "<=",
            0.1,
            NOISE,
        ),
        Number(f"log of the loss' rise at ELR {HIGHER:g}", 1, jump(on[HIGHER]), 0, ">"),
        Number(
            f"log gradient of going on at ELR {FROM:g} over that after {HIGHER:g}, at one loss",
            0,
            same(on[FROM], on[HIGHER]),
            0,
            ">",
        ),
    ]
