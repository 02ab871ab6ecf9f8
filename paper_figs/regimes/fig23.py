"""Going on at ELRs of the first regime from ELRs of the second (regimes Figure 23).

Real runs: digits with 20 % label noise, perceptron 64-100-50-10, one seed, 80 epochs and 80 more.

Above: effective gradient, below: test error (of 297 samples), against the train loss; grey are the same ELRs from the
initialisation.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs.numbers import Number
from paper_figs.regimes.fig5 import chosen, diagram
from paper_figs.style import new_figure

NEEDS = ("net_regimes_finetune",)
CLAIMS = ("regimes:eq8", "regimes:eq25")
COST = "half a minute"

FROM = (5e-3, 0.01, 0.05)
THEN = (1e-4, 3e-4, 1e-3)


def draw(result: xr.Dataset) -> Figure:
    """Draw a column each first ELR."""
    run = result.sel(seed=0)
    figure = new_figure(8, 4.8)
    panels = figure.subplots(2, 3, sharex=True, sharey="row")
    for column, first in zip(panels.T, FROM, strict=True):
        for axes, name in zip(column, ("batch_eff_grad", "test_error"), strict=True):
            diagram(axes, run, first, THEN, name)
        column[0].set_title(f"from ELR {first:g}", fontsize="medium")
        column[1].set_xlabel("train loss")
    panels[0, 0].set_ylabel("effective gradient")
    panels[1, 0].set_ylabel("test error")
    panels[0, 2].legend(title="then ELR", fontsize="small")
    return figure


def numbers(result: xr.Dataset) -> list[Number]:
    """Hold the loss after going on at an ELR of the first regime against the loss before, over all pairs."""
    run = result.sel(seed=0)
    falls = [
        float(np.log(chosen(run, np.nan, first)["loss"][-1] / chosen(run, first, elr)["loss"][-1]))
        for first in FROM
        for elr in THEN
    ]
    return [Number("least log of the loss before over the loss after", 0, min(falls), 0, ">")]
