"""The equilibrium of eq. 9: damping of two groups, chaos beyond K = sqrt(3), and the creep at ELR 0.2."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs.numbers import Number
from paper_figs.style import INKS, new_figure

NEEDS = ("beyond_sphere_equilibrium",)
CLAIMS = ("beyond:normal-form", "beyond:stability", "beyond:splay", "regimes:eq9-attracts")
COST = "ten seconds"
ROOT_THREE = 3**0.5


def draw(result: xr.Dataset) -> Figure:
    """Draw the gain over K, Lyapunov exponents over K for each alpha, and the ELRs' distance over time."""
    figure = new_figure(7.2, 5.2)
    (gain, creep), (chaos, _) = axes = figure.subplots(2, 2)
    chaos.remove()
    axes[1, 1].remove()
    chaos = figure.add_subplot(axes[1, 0].get_gridspec()[1, :])
    excess = result["elr"].values
    gain.plot(excess, result["predicted"], color=INKS[4], label="derived, every alpha")
    pairs = [r for r in result["run"].values if np.isfinite(result["measured"].sel(run=r)).any()]
    for run, mark, ink in zip(pairs, "ox", INKS, strict=False):
        gain.plot(
            excess, result["measured"].sel(run=run), mark, markersize=3.5, color=ink, label=f"alpha {run}"
        )
    gain.axhline(0, color=INKS[4], linewidth=0.6)
    gain.set(xlabel="K = elr sum(alpha)", ylabel="growth of 1/H a step")
    gain.legend()
    for run, ink in zip(result["run"].values, INKS, strict=True):
        largest = result["lyapunov"].sel(run=run).max("seed")
        chaos.plot(excess, largest, ".-", linewidth=0.8, color=ink, label=f"alpha {run}")
    chaos.set(xlabel="K = elr sum(alpha)", ylabel="largest Lyapunov exponent")
    chaos.legend()
    for axis in (gain, chaos):
        axis.axvline(ROOT_THREE, color=INKS[4], linestyle=":")
    step = result["step"].values
    for group in range(result.sizes["group"]):
        creep.loglog(
            step, result["elr_group"].isel(group=group), color=INKS[group], label=f"group {group + 1}"
        )
    late = float(result["elr_group"].isel(step=-1, group=0))
    creep.loglog(step, late * (step / step[-1]) ** -0.5, color=INKS[4], linestyle="--", label="t^(-1/2)")
    creep.set(xlabel="step, ELR 0.2, alpha 1:2:4", ylabel="|elr / eq. 9 - 1|")
    creep.legend()
    return figure


def numbers(result: xr.Dataset) -> list[Number]:
    """Hold the gain of two groups against the derived one, and the exponents on both sides of the square root of 3."""
    calm = result.sel(elr=slice(0, ROOT_THREE - 0.02))
    off = float(np.nanmax(np.abs(calm["measured"] - calm["predicted"])))
    pairs = [str(run) for run in result["run"].values if str(run).count(":") == 1]
    most = float(calm["lyapunov"].sel(run=pairs).max())
    wild = float(result["lyapunov"].isel(elr=-1).max("seed").min())
    creep = "a creep like $t^{-1/2}$"
    return [
        Number(
            r"greatest deviation of the growth of $1/H$, $K < \sqrt3$", 0, off, slack=0.02, why="finite $H$"
        ),
        Number(r"greatest Lyapunov exponent of two groups, $K < \sqrt3$", 0, most, 0, "<=", 1e-3, creep),
        Number(f"least exponent at $K = {float(result['elr'][-1]):g}$", 0, wild, 0, ">"),
    ]
