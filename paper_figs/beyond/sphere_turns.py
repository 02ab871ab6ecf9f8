"""What is equal on average: not the ELRs' ratios to eq. 9, but log(1 + ESS^2) in every group (not in a paper)."""

from __future__ import annotations

import json

import xarray as xr
from matplotlib.figure import Figure

from paper_figs.numbers import Number
from paper_figs.style import DASHES, INKS, new_figure
from sitheory import theory

NEEDS = ("beyond_sphere_turns",)
CLAIMS = ("beyond:level-average", "beyond:equilibration", "regimes:time-average")
COST = "a few seconds"


def draw(result: xr.Dataset) -> Figure:
    """Draw each group's mean ELR over eq. 9, and its mean log(1 + ESS^2), over K."""
    alpha = json.loads(result.attrs["config"])["alpha"]
    excess = result["elr"].values / theory.threshold(alpha)
    figure = new_figure(7.2, 2.8)
    left, right = figure.subplots(1, 2)
    for group in range(len(alpha)):
        style = {"color": INKS[group], "linestyle": DASHES[group], "label": f"alpha = {alpha[group]:g}"}
        left.semilogy(excess, result["elr_group"].isel(group=group), **style)
        right.plot(excess, result["log1p_ess_sq"].isel(group=group), **style)
    left.set(xlabel="K = elr sum(alpha)", ylabel="mean ELR over eq. 9")
    right.set(xlabel="K = elr sum(alpha)", ylabel="mean log(1 + ESS^2)")
    for axes in (left, right):
        axes.axvline(3**0.5, color=INKS[4], linestyle=":")
    left.legend()
    return figure


def numbers(result: xr.Dataset) -> list[Number]:
    """Tell what is equal on average: log(1 + ESS^2) over the groups, and not the ELRs over eq. 9."""
    turns, elrs, why = result["log1p_ess_sq"], result["elr_group"], "a finite run"
    spread = float(((turns.max("group") - turns.min("group")) / turns.mean("group")).max())
    equal = r"greatest relative spread of mean $\log(1 + \mathrm{ESS}^2)$ over the groups"
    told = [
        Number(equal, 0, spread, slack=0.01, why=why),
        Number("greatest factor between a mean ELR and eq. 9", 1, float(elrs.max()), 0, ">"),
    ]
    columns = (result[k].values for k in ("wd", "measured", "measured_error", "predicted"))
    for wd, seen, error, derived in zip(*columns, strict=True):
        what = f"mean log cosine of a step at wd {wd:g}, with noise, its sign turned"
        told.append(Number(what, derived, seen, error, slack=0.01 * abs(derived), why=why))
    return told
