"""Matrix completion with BN: losses, sharpness, effective learning rate and rank (sharpness Figure 1).

The run that is drawn, seed 0, ends at a test loss of 0.12 where the paper's ends at 0.013. It depends on the draw of
matrix, known entries and start, which the paper does not give: the points at the right of (a) are the ends of 24 draws,
from 0.002 to 0.16. Three times the weight decay or a fifth of it, starts a thirtieth to ten times as large, and five
times the steps each move this draw's end by less than 0.006.
"""

from __future__ import annotations

import json

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs.numbers import Number
from paper_figs.style import INKS, new_figure
from sitheory.measure.statistics import estimate

NEEDS = ("sharpness_matrix",)
CLAIMS = ("sharpness:eos-equivalence", "sharpness:def1.1")
COST = "two minutes"
FLOOR = 1e-16
PAPER_TEST_LOSS = 0.013
"""Where the paper's run ends, by the caption of its figure."""


def draw(result: xr.Dataset) -> Figure:
    """Draw (a) losses, (b) spherical sharpness, (c) 2/ELR against it, (d) singular values."""
    step = result["step"].values
    figure = new_figure(7.2, 5.0)
    (losses, sharp), (edge, rank) = figure.subplots(2, 2, sharex=True)
    losses.semilogy(step, result["loss"].clip(min=FLOOR), color=INKS[0], label="training loss")
    losses.semilogy(step, result["test_loss"], color=INKS[1], label="test loss, all entries")
    losses.axhline(
        PAPER_TEST_LOSS, color=INKS[1], linestyle=":", linewidth=0.8, label="the paper's last test loss"
    )
    ends = result["end_test_loss"].values
    look = {"color": INKS[1], "markersize": 3, "alpha": 0.6, "label": f"its end for {len(ends)} draws"}
    losses.plot(np.full(len(ends), 1.04 * step[-1]), ends, ".", **look)
    losses.set(title="(a) losses", ylim=(1e-6, 5))
    losses.legend()
    sharp.plot(step, result["sharpness"], color=INKS[0])
    sharp.set(title="(b) spherical sharpness", ylim=(0, None))
    edge.plot(step, 2 / result["elr"], color=INKS[1], label="2 / ELR")
    edge.plot(step, result["sharpness"], color=INKS[0], linestyle=(0, (4, 1.5)), label="spherical sharpness")
    edge.set(title="(c) the edge of stability", ylim=(0, 1.5 * float(result["sharpness"].max())))
    edge.legend()
    shown = result["singular"].values
    rank.plot(step, shown[:, 2:10], color=INKS[4], linewidth=0.7)
    rank.plot(step, shown[:, :2], color=INKS[0])
    rank.set(title="(d) singular values of the prediction", ylim=(0, None))
    for axes in (edge, rank):
        axes.set_xlabel("step")
    return figure


def numbers(result: xr.Dataset) -> list[Number]:
    """Hold the late ELR times sharpness against 2, and the test loss against that at the first fit."""
    config, half = json.loads(result.attrs["config"]), result.sizes["step"] // 2
    edge = estimate((result["elr"] * result["sharpness"]).values[half:], 0)
    fitted = int(np.argmax(result["loss"].values < 1e-6))
    size = 4 * (config["lr"] * config["wd"]) ** 0.5
    ends = result["end_test_loss"].values
    late = float(result["test_loss"].values[half:].mean())
    return [
        Number(
            r"mean late $\tilde\eta \lambda_1$",
            2,
            edge.mean,
            edge.error,
            slack=size,
            flag=edge.flag,
            why=r"twice the oscillation's part of it, $4\sqrt{\eta\lambda}$",
        ),
        Number(
            "late test loss over that when the training data were first fitted",
            1,
            late / float(result["test_loss"][fitted]),
            0,
            "<=",
        ),
        Number(
            "late test loss",
            PAPER_TEST_LOSS,
            late,
            0,
            "<=",
            printed=True,
            flag="not reached by this draw of matrix, entries and start",
        ),
        Number(
            f"share of {len(ends)} draws that end at or below the paper's",
            0,
            float(np.mean(ends <= PAPER_TEST_LOSS)),
            0,
            ">",
        ),
        Number("greatest test loss at their ends", PAPER_TEST_LOSS, float(ends.max()), 0, ">="),
    ]
