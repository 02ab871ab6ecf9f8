"""Effective gradient and test error over epochs, without and with label noise (regimes Figure 16).

Real runs: digits, perceptron 64-140-70-10, labels as they are or 40 % of them redrawn (20 % in the paper), one
seed, 120 epochs; rows smoothed by a median of 5. With noise the effective gradient rises to a peak and, in the first
regime, comes down again; at ELR 0.02, in equilibrium with noise, it stays. The test error rises as well; whether it
comes down again, as in the paper, 297 samples do not tell: another seed shows no second descent of it.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from scipy.ndimage import median_filter

from paper_figs.numbers import Number, mean_of
from paper_figs.regimes.fig15 import FIRST, SMOOTH, rise
from paper_figs.style import DASHES, INKS, new_figure

NEEDS = ("net_regimes_noise",)
CLAIMS = ("regimes:eq8", "regimes:eq25")
COST = "a minute"
SECOND = 0.02
SHARES = (0.0, 0.4)
SHOWN = {"loss": "train loss", "batch_eff_grad": "effective gradient", "test_error": "test error"}


def draw(result: xr.Dataset) -> Figure:
    """Draw a row each share of noise, a line each ELR."""
    figure = new_figure(8.6, 4.8)
    panels = figure.subplots(len(SHARES), len(SHOWN), sharex=True)
    for row, share in zip(panels, SHARES, strict=True):
        for axes, (name, label) in zip(row, SHOWN.items(), strict=True):
            for i, elr in enumerate((*FIRST, SECOND)):
                run = of(result, share, elr).isel(seed=0)
                look = {"color": INKS[i], "linestyle": DASHES[i]}
                axes.loglog(run["epoch"][1:], smooth(run, name)[1:], label=f"{elr:g}", **look)
            axes.set_ylabel(label)
        row[1].set_title(f"{100 * share:g} % label noise", fontsize="medium")
    for axes in panels[-1]:
        axes.set_xlabel("epoch")
    panels[0, 2].legend(title="ELR", fontsize="small", bbox_to_anchor=(1, 1), loc="upper left")
    return figure


def of(result: xr.Dataset, share: float, elr: float) -> xr.Dataset:
    """Return the runs of a share of noise and an ELR, over seeds."""
    (at,) = np.flatnonzero(np.isclose(result["label_noise"].values, share))
    return result.isel(run=at).sel(elr=elr)


def smooth(run: xr.Dataset, name: str) -> np.ndarray:
    """Return a series with single rows smoothed away."""
    return median_filter(run[name].values, SMOOTH, mode="nearest")


def falls(result: xr.Dataset, name: str, elr: float) -> float:
    """Return the log of the highest value after the first trough over that at the end, with most noise, over seeds."""
    found = []
    for seed in result["seed"].values:
        series = np.log(smooth(of(result, SHARES[1], elr).sel(seed=seed), name))
        above = series - np.minimum.accumulate(series)
        found.append(series[int(above.argmax())] - series[-1])
    return mean_of(found)[0]


def numbers(result: xr.Dataset) -> list[Number]:
    """Hold the test error's rise with noise, and the gradient's descent from its peak, which equilibrium lacks."""
    noisy = [of(result, SHARES[1], elr).sel(seed=s) for elr in FIRST for s in result["seed"].values]
    up = [rise(run["test_error"].values) for run in noisy]
    gradient = [falls(result, "batch_eff_grad", elr) for elr in FIRST]
    stays = falls(result, "batch_eff_grad", SECOND)
    return [
        Number("least rise of log test error with noise in the first regime", 0, min(up), 0, ">"),
        Number(
            "least fall of log gradient from its peak there, beyond that in equilibrium",
            0,
            min(gradient) - stays,
            0,
            ">",
        ),
    ]
