"""Two other measures of sharpness tell the same story: Fisher matrix and Hessian (regimes Figure 10).

Real runs: digits with 20 % label noise, perceptron 64-100-50-10, 4 ELRs, after 1, 3, 10, 30 and 100 epochs, one seed.

On the unit sphere, against the train loss, beside the effective gradient on the left: the higher the ELR the lower the
line. Measured at five epochs only: the shape of a peak of sharpness between them is not seen.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from paper_figs import networks
from paper_figs.numbers import Number
from paper_figs.style import new_figure

NEEDS = ("net_regimes_sharpness",)
CLAIMS = ("regimes:covariance-trace",)
COST = "half a minute"
SHOWN = {
    "batch_eff_grad": "effective gradient",
    "fisher_trace": "trace of the Fisher matrix",
    "sharpness": "largest eigenvalue of the Hessian",
}


def draw(result: xr.Dataset) -> Figure:
    """Draw a panel each measure, a line each ELR, a dot each epoch at which it is measured."""
    figure = new_figure(8.6, 2.9)
    panels = figure.subplots(1, 3)
    first, elrs = result.isel(seed=0), result["elr"].values
    for axes, (name, label) in zip(panels, SHOWN.items(), strict=True):
        for (_, run), ink in zip(networks.cells(first), networks.inks(elrs), strict=True):
            axes.loglog(run["loss"], run[name], ".-", color=ink, linewidth=0.8)
        axes.invert_xaxis()
        axes.xaxis.set_minor_formatter(NullFormatter())
        axes.set(xlabel="train loss", ylabel=label)
    for axes in panels[1:]:
        axes.yaxis.set_minor_formatter(NullFormatter())
    networks.key(figure, panels, elrs, "ELR")
    return figure


def numbers(result: xr.Dataset) -> list[Number]:
    """Hold each measure's order in the ELRs at common losses, and its correlation with the gradient's norm."""
    told = []
    gradient = np.log(result["batch_eff_grad"].values.ravel())
    for name, label in list(SHOWN.items())[1:]:
        together = float(np.corrcoef(gradient, np.log(result[name].values.ravel()))[0, 1])
        told.append(Number(f"correlation of log {label} with log effective gradient", 0.5, together, 0, ">"))
    for name, label in SHOWN.items():
        told.append(
            Number(
                f"least mean log ratio of the {label} from an ELR to the next lower, over common losses",
                0,
                _least(result, name),
                0,
                ">",
            )
        )
    return told


def _least(result: xr.Dataset, name: str) -> float:
    """Return the least, over neighbouring ELRs, of the mean log ratio of a measure at losses that both pass."""
    found = []
    for seed in result["seed"].values:
        lines = [
            (np.log(run["loss"].values), np.log(run[name].values))
            for _, run in networks.cells(result.sel(seed=seed))
        ]
        for (x, y), (other, z) in pairwise(lines):
            at = np.linspace(max(x.min(), other.min()), min(x.max(), other.max()), 20)
            found.append(np.mean(_at(x, y, at) - _at(other, z, at)))
    return float(min(found))


def _at(x: np.ndarray, y: np.ndarray, at: np.ndarray) -> np.ndarray:
    order = np.argsort(x)
    return np.interp(at, x[order], y[order])
