"""What rho^2 ends in: the exact absorbing interval, and how far beta-sequences get in it (periodic prop. 5, A.7)."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs.numbers import Number
from paper_figs.style import INKS, new_figure
from sitheory.simulation.beta_sequences import absorbing_interval
from sitheory.theory import periodic

NEEDS = ("decay_interval",)
CLAIMS = ("periodic:prop5", "periodic:A7-upper", "periodic:A7-lower")
COST = "half a minute"


def draw(result: xr.Dataset) -> Figure:
    """Draw for each alpha the ends over a/b: exact as a band, printed dashed, seen as bars by choice of beta_t."""
    alphas = np.unique(result["alpha"].values)
    figure = new_figure(2.8 * len(alphas), 3.3)
    for axes, alpha in zip(figure.subplots(1, len(alphas), squeeze=False)[0], alphas, strict=True):
        of = result.isel(run=np.flatnonzero(result["alpha"].values == alpha))
        lows = np.geomspace(of["low"].min(), of["low"].max(), 200)
        unit = periodic.stationary_sq(alpha, 1.0) ** 0.5
        exact = np.array([absorbing_interval(alpha, low, 1.0) for low in lows]) / unit
        axes.fill_between(lows, *exact.T, color=INKS[4], alpha=0.3, label="exact interval")
        axes.axhline(1, color=INKS[0], linestyle="--", linewidth=0.8, label=r"printed $\sqrt{b/\alpha}$")
        for k, (choice, ink) in enumerate(zip(("cycle", "random", "against"), INKS[1:], strict=False)):
            picked = of.isel(run=np.flatnonzero(of["choice"].values == choice))
            at = picked["low"].values * 1.25 ** (k - 1)
            low, high = picked["x_min"].min("seed").values, picked["x_max"].max("seed").values
            axes.vlines(
                at,
                low / picked["printed_high"],
                high / picked["printed_high"],
                color=ink,
                linewidth=2.5,
                label=f"seen: {choice}",
            )
        axes.set(xscale="log", yscale="log", xlabel="a / b", title=rf"$\alpha = {alpha:g}$")
    figure.axes[0].set_ylabel(r"$x_t\,/\,\sqrt{b/\alpha}$ in the long run")
    figure.axes[0].legend(fontsize="x-small")
    return figure


def numbers(result: xr.Dataset) -> list[Number]:
    """Hold the ends that an adversary reaches against the exact ones, and against the printed upper end."""
    against = result.isel(run=np.flatnonzero(result["choice"].values == "against"))
    top, bottom = against["x_max"].max("seed").values, against["x_min"].min("seed").values
    worst = int(np.argmax(top / against["printed_high"].values))
    at = f"$\\alpha = {against['alpha'].values[worst]:g}$, $a/b = {against['low'].values[worst]:g}$"
    exact, printed = float(against["interval_high"][worst]), float(against["printed_high"][worst])
    return [
        Number(f"upper end reached at {at}, as printed", printed, top[worst], 0, "<=", printed=True),
        Number(
            f"upper end reached at {at}, exact",
            exact,
            top[worst],
            0,
            "=",
            1e-5 * exact,
            "starts drawn near the ends",
        ),
        Number(
            "greatest end reached over the exact upper end",
            1,
            float((top / against["interval_high"].values).max()),
            0,
            "<=",
            1e-12,
            "rounding",
        ),
        Number(
            "least end reached over the exact lower end",
            1,
            float((bottom / against["interval_low"].values).min()),
            0,
            ">=",
            1e-12,
            "rounding",
        ),
    ]
