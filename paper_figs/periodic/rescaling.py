"""How far runs part that Proposition 4 says are the same, over the factor c (periodic prop. 4)."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs.numbers import Number
from paper_figs.style import INKS, new_figure

NEEDS = ("decay_rescaling",)
CLAIMS = ("periodic:prop4",)
COST = "half a minute"
EXACT = 1e-18


def draw(result: xr.Dataset) -> Figure:
    """Draw the greatest difference of the loss for each factor; runs the same to the last bit lie on the floor."""
    figure = new_figure(5.4, 3.2)
    axes = figure.subplots()
    losses = list(dict.fromkeys(result["loss_name"].values.tolist()))
    factors = list(dict.fromkeys(result["factor"].values.tolist()))
    for k, (name, ink) in enumerate(zip(losses, INKS, strict=False)):
        of = result.isel(run=np.flatnonzero(result["loss_name"].values == name))
        at = np.arange(len(factors)) + 0.12 * (k - 1.5)
        difference = np.maximum(of["loss_difference"].values, EXACT)
        axes.semilogy(np.repeat(at, difference.shape[1]), difference.ravel(), ".", color=ink, label=str(name))
    axes.set_xticks(range(len(factors)), [f"{c:g}" for c in factors])
    axes.set_yticks([EXACT, 1e-12, 1e-6, 1], ["bit for bit", "1e-12", "1e-6", "1"])
    axes.set(xlabel="c", ylabel="greatest difference of the loss", ylim=(EXACT / 10, 100))
    axes.legend(fontsize="small", loc="center right")
    return figure


def numbers(result: xr.Dataset) -> list[Number]:
    """Tell which share of runs is the same to the last bit where rescaling rounds nothing."""
    powers = np.log2(result["factor"].values) % 1 == 0
    same = result["first_difference"].values[powers] < 0
    return [Number("share of runs the same bit for bit, $c$ a power of two", 1, float(same.mean()))]
