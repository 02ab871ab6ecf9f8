"""How the distance from the sharpness-reduction flow shrinks with lr * wd (sharpness Theorem 4.7)."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs.numbers import Number, mean_of
from paper_figs.style import DASHES, INKS, new_figure
from sitheory.measure import statistics

NEEDS = ("sharpness_tracking",)
CLAIMS = ("sharpness:thm4.7",)
COST = "a minute"
SPAN = 4


def draw(result: xr.Dataset) -> Figure:
    """Draw a column a perturbation: sup |theta - zeta| over eta_in for each loss, and below its local power."""
    names = [str(r) for r in result["run"].values]
    spreads = list(dict.fromkeys(n.split(", ")[1] for n in names))
    eta = result["lr"].values
    figure = new_figure(7.2, 4.6)
    panels = figure.subplots(
        2, len(spreads), sharex=True, sharey="row", height_ratios=(1.5, 1), squeeze=False
    )
    for (above, below), spread in zip(panels.T, spreads, strict=True):
        rows = [n for n in names if n.endswith(f", {spread}")]
        for name, ink, dash in zip(rows, INKS, DASHES, strict=False):
            seen = result["dist_flow"].sel(run=name).values
            style = {"color": ink, "linestyle": dash, "marker": ".", "markersize": 3}
            low, high = seen.mean(axis=1) - seen.min(axis=1), seen.max(axis=1) - seen.mean(axis=1)
            label = f"{name.split(',')[0]}, {statistics.power(eta, seen).mean:.2f}"
            above.errorbar(eta, seen.mean(axis=1), np.array([low, high]), label=label, **style)
            below.errorbar(*local_power(eta, seen), elinewidth=0.5, **style)
        above.plot(eta, 0.5 * eta**0.25, color=INKS[4], linewidth=0.8, label="power 1/4")
        for power in (0.25, 0.5):
            below.axhline(power, color=INKS[4], linewidth=0.8, linestyle=":")
        above.set(xscale="log", yscale="log", title=f"perturbation {spread}")
        above.legend(fontsize="x-small")
        above.title.set_fontsize("medium")
        below.set(xscale="log", xlabel="lr x wd", ylim=(0, 1))
    panels[0, 0].set_ylabel("largest distance from the flow")
    panels[1, 0].set_ylabel("its local power")
    return figure


def local_power(eta: np.ndarray, seen: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return where, which power and with what error, over each few neighbouring eta_in.

    Args:
        eta: Shape (values,).
        seen: Distances, shape (values, seeds).

    Returns:
        The middles of the neighbours, the powers, and the errors over the seeds, each of one shape.
    """
    span = min(SPAN, len(eta))
    parts = [slice(i, i + span) for i in range(len(eta) - span + 1)]
    fits = [statistics.power(eta[part], seen[part]) for part in parts]
    middle = np.array([np.exp(np.log(eta[part]).mean()) for part in parts])
    return middle, np.array([f.mean for f in fits]), np.array([f.error for f in fits])


def numbers(result: xr.Dataset) -> list[Number]:
    """Hold the powers of lr wd in the distance from the flow against 1/4, which is proved, and 1/2."""
    fits = [
        statistics.power(result["lr"].values, result["dist_flow"].sel(run=run).values)
        for run in result["run"]
    ]
    seen = np.array([fit.mean for fit in fits])
    least = int(np.argmin(seen))
    power = mean_of(seen)
    return [
        Number(
            f"least power of $\\eta\\lambda$ ({result['run'].values[least]})",
            0.25,
            fits[least].mean,
            fits[least].error,
            ">=",
            printed=True,
        ),
        Number(
            r"mean power of $\eta\lambda$ over losses and perturbations",
            0.5,
            *power,
            slack=0.03,
            why="a logarithm for tiny perturbations",
        ),
    ]
