"""The worst factor over the step size, and the rate that no step size beats."""

from __future__ import annotations

import json

import xarray as xr
from matplotlib.figure import Figure

from paper_figs.numbers import Number
from paper_figs.style import INKS, new_figure

from . import formulas

NEEDS = ("example_shrinking",)
CLAIMS = ("example:best",)
COST = "a second"


def _ends(result: xr.Dataset) -> tuple[float, float]:
    config = json.loads(result.attrs["config"])
    return config["low"], config["high"]


def draw(result: xr.Dataset) -> Figure:
    """Draw what was measured, the best rate, and what the paper prints for 1/h."""
    low, high = _ends(result)
    figure = new_figure(4.2, 3.1)
    axes = figure.subplots()
    axes.plot(result["lr"], result["worst"], "o", color=INKS[0], fillstyle="none", label="measured")
    axes.axhline(formulas.best_rate(low, high), color=INKS[1], label="(h - l)/(h + l)")
    axes.axhline(1 - low / high, color=INKS[1], linestyle=":", label="printed, 1 - l/h")
    axes.set(xlabel=r"step size $\eta$", ylabel="worst factor a step")
    axes.legend(fontsize="x-small")
    return figure


def numbers(result: xr.Dataset) -> list[Number]:
    """Compare the least factor with the corrected bound and with the printed one."""
    low, high = _ends(result)
    least = float(result["worst"].min())
    rounding = 1e-12
    return [
        Number("least worst factor", formulas.best_rate(low, high), least, 0, ">=", rounding, "rounding"),
        Number("least worst factor", 1 - low / high, least, 0, ">=", rounding, "rounding", printed=True),
    ]
