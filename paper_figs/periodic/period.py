"""How the period scales with lr * wd: -1/2 near rest, -1 in relaxation, -1/2 with rounding (periodic cor. 1)."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs.numbers import Number, slope_of
from paper_figs.style import DASHES, INKS, new_figure
from sitheory.theory import periodic

NEEDS = ("decay_period",)
CLAIMS = ("thesis:cor1", "periodic:cor1")
COST = "half a minute"
MARKERS = "osD^vx"


def draw(result: xr.Dataset) -> Figure:
    """Draw periods over lr * wd, a panel a case, with slopes -1/2 and -1 beside them."""
    cases = list(dict.fromkeys(result["case"].values.tolist()))
    figure = new_figure(8.6, 3.3)
    for axes, case in zip(figure.subplots(1, len(cases)), cases, strict=True):
        of = result.isel(run=np.flatnonzero(result["case"].values == case))
        for i in range(of.sizes["run"]):
            x, y = of["product"].values[i], of["period"].values[i]
            error = y.std(axis=-1, ddof=1) / y.shape[-1] ** 0.5
            axes.errorbar(
                x,
                y.mean(axis=-1),
                error,
                color=INKS[i % len(INKS)],
                marker=MARKERS[i],
                markersize=3.5,
                linestyle="none",
                label=str(of["loss_name"].values[i]),
            )
        x = np.sort(of["product"].values[0][np.isfinite(of["product"].values[0])])
        small = 2 * np.pi / np.arccos(periodic.small_period_cos(1, x))
        axes.plot(
            x,
            small,
            color=INKS[0],
            linestyle=DASHES[0],
            linewidth=0.7,
            label=r"$\approx\pi/\sqrt{2\eta\lambda}$",
        )
        axes.plot(x, 1.45 / x, color=INKS[4], linestyle=DASHES[1], linewidth=0.8, label=r"slope $-1$")
        axes.set(xscale="log", yscale="log", xlabel=r"$\eta\lambda$", title=case)
        axes.set_ylim(top=20 * axes.get_ylim()[1])
        axes.legend(fontsize="x-small", ncols=2, loc="upper right")
    figure.axes[0].set_ylabel("period in steps")
    return figure


def numbers(result: xr.Dataset) -> list[Number]:
    """Hold the power of lr wd in the period against -1, as printed for all, and against each case's own."""
    told = []
    for case, power, slack in (("oscillating", -0.5, 0.002), ("relaxation", -1.0, 0.03)):
        found = (result["case"].values == case) & (result["loss_name"].values == "cosine")
        of = result.isel(run=int(np.flatnonzero(found)[0]))
        slope, error = slope_of(of["product"].values, of["period"].values)
        why = "periods are whole steps, and higher orders"
        if case == "oscillating":
            told.append(
                Number(
                    f"power of $\\eta\\lambda$ in the period, {case}",
                    -1,
                    slope,
                    error,
                    slack=slack,
                    why=why,
                    printed=True,
                )
            )
        told.append(
            Number(
                f"power of $\\eta\\lambda$ in the period, {case}", power, slope, error, slack=slack, why=why
            )
        )
    return told
