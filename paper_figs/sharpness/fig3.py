"""The norm falls where the gradient is small and rises where it is large (sharpness Figure 3, measured)."""

from __future__ import annotations

import json

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs.numbers import Number
from paper_figs.style import INKS, new_figure
from sitheory.theory import periodic

NEEDS = ("sharpness_regression",)
CLAIMS = ("sharpness:rmsprop-like", "sharpness:lemma3.1", "periodic:eq3")
COST = "a few seconds"
AROUND = 400
SMALLEST = 1e-4


def draw(result: xr.Dataset) -> Figure:
    """Draw norm and gradient over a burst, and the norm's change a step against the gradient."""
    config = json.loads(result.attrs["config"])
    first = int(np.argmax(np.abs(result["h"].values[200:]) > 1e-2)) + 200
    part = result.isel(step=slice(max(first - AROUND, 0), first + 3 * AROUND))
    figure = new_figure(7.2, 2.9)
    left, right = figure.subplots(1, 2, gridspec_kw={"wspace": 0.12})  # room for the labels between them
    left.plot(part["step"], part["norm"], color=INKS[0])
    left.set(xlabel="step", ylabel="norm of the weights")
    other = left.twinx()
    other.semilogy(part["step"], part["eff_grad"], color=INKS[1], linewidth=0.7)
    other.set_ylabel("gradient norm on the sphere", color=INKS[1])
    other.spines["right"].set_visible(True)
    change = np.diff(np.log(part["norm"].values)) / (config["lr"] * config["wd"])
    grad = part["eff_grad"].values[:-1] * part["elr"].values[:-1]
    right.semilogx(grad, change, ".", markersize=2, color=INKS[0], label="measured")
    law = np.geomspace(SMALLEST, grad.max(), 200)
    right.semilogx(law, -1 + law**2 / (2 * config["lr"] * config["wd"]), color=INKS[1], label="lemma 3.1")
    right.axhline(0, color=INKS[4], linewidth=0.6)
    right.set(
        xlabel="effective step size",
        ylabel="change of log norm a step / (lr wd)",
        xlim=(SMALLEST, None),
        yscale="symlog",
    )
    right.legend()
    return figure


def numbers(result: xr.Dataset) -> list[Number]:
    """Hold every step's norm against the law of the norm."""
    config = json.loads(result.attrs["config"])
    norm_sq, grad_sq = result["norm"].values ** 2, result["eff_grad"].values ** 2
    law = periodic.norm_sq_next(norm_sq[:-1], grad_sq[:-1], config["lr"], config["wd"])
    apart = float(np.max(np.abs(norm_sq[1:] / law - 1)))
    return [
        Number(
            r"greatest relative deviation of $\rho_{t+1}^2$ from its law",
            0,
            apart,
            slack=1e-12,
            why="rounding",
        )
    ]
