"""Three regimes of a scale-invariant network on the sphere (regimes Figure 1).

Real runs: digits with 20 % label noise, perceptron 64-100-50-10, 10 ELRs, 3 seeds.

Above: loss, and the diagrams of effective gradient and test error against it, seed 0. Below: where all seeds end;
dashed lines are the borders that the slope of the loss and the turn of a step decide.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs import networks
from paper_figs.numbers import Number, mean_of
from paper_figs.style import INKS, new_figure
from sitheory.measure import Regime

NEEDS = ("net_regimes_grid",)
CLAIMS = ("regimes:eq3", "regimes:eq5", "regimes:third-regime")
ALSO = ("thesis_fig5",)
COST = "half a minute"

SHOWN = {"loss": "train loss", "batch_eff_grad": "effective gradient", "test_error": "test error"}


def draw(result: xr.Dataset) -> Figure:
    """Draw trajectories above, ends against the ELR below."""
    figure = new_figure(8.6, 4.8)
    above, below = figure.subplots(2, 3)
    first, elrs = result.sel(seed=0), result["elr"].values
    trajectories(above, first)
    above[1].set_ylim(
        top=2 * float(first["batch_eff_grad"].isel(step=0).max())
    )  # far beyond it in divergence
    networks.key(figure, above, elrs, "ELR")
    at = networks.borders(networks.regimes(result))
    for axes, (name, label) in zip(below, SHOWN.items(), strict=True):
        ends = result[name].isel(step=-1).values
        axes.plot(elrs, ends, ".", color=INKS[0], markersize=4)
        axes.plot(elrs, ends.mean(axis=1), color=INKS[4], linewidth=0.8)
        networks.rule_off(axes, at)
        axes.set(xscale="log", yscale="log", xlabel="ELR", ylabel=label)
    return figure


def trajectories(panels: np.ndarray, result: xr.Dataset, dim: str = "elr") -> None:
    """Draw loss against epoch, then effective gradient and test error against the loss, a line each rate."""
    epochs, colours = result["epoch"].values, networks.inks(result[dim].values)
    for (_, run), ink in zip(networks.cells(result, dim), colours, strict=True):
        panels[0].loglog(epochs[1:], run["loss"][1:], color=ink, linewidth=0.9)
    panels[0].set(xlabel="epoch", ylabel="train loss")
    for axes, name in zip(panels[1:], ("batch_eff_grad", "test_error"), strict=True):
        networks.against_loss(axes, result, name, colours, dim)
        axes.set(xlabel="train loss", ylabel=SHOWN[name])
        axes.invert_xaxis()


def order(told: dict[float, Regime]) -> list[Number]:
    """Hold that all three regimes are there, and in order."""
    ranks = [networks.ORDER.index(r) for r in told.values() if r in networks.ORDER]
    return [
        Number("regimes that some ELR shows", 3, len(set(ranks))),
        Number("neighbouring ELRs whose regimes are out of order", 0, int(np.sum(np.diff(ranks) < 0))),
    ]


def numbers(result: xr.Dataset) -> list[Number]:
    """Hold the order of the regimes, the constraint on the ELRs, and the loss in equilibrium."""
    told = networks.regimes(result)
    resting = [elr for elr, r in told.items() if r is Regime.EQUILIBRIUM]
    levels = np.log(networks.late(result.sel(elr=resting), "online_loss"))
    rise = mean_of(np.diff(levels, axis=0).min(axis=0))
    total = 1 / (1 / result["elr_group"]).sum("group")
    off = float(np.abs(total / result["elr"] - 1).max())
    rounding = "rounding of the norm in float64 over all steps"
    return [
        *order(told),
        Number("least log ratio of equilibrium losses, from an ELR to the next", 0, *rise, ">"),
        Number(
            "$|\\sum 1/\\tilde\\eta_i \\cdot \\tilde\\eta - 1|$, largest", 0, off, 0, "<=", 1e-11, rounding
        ),
    ]
