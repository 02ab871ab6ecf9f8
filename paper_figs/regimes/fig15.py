"""Three regimes with more and more label noise (regimes Figure 15).

Real runs: digits, perceptron 64-140-70-10, 4 shares of labels redrawn, 5 ELRs, one seed, 120 epochs. The more noise,
the higher the effective gradient stays while the loss comes down, up to a peak before convergence, and the lower the
ELRs at which the second regime begins. A network that converges in so few epochs has a lower peak than the paper's.
Dashed are the borders without noise.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs import networks
from paper_figs.numbers import Number
from sitheory.measure import Regime

NEEDS = ("net_regimes_noise",)
CLAIMS = ("regimes:eq8", "regimes:eq25", "regimes:third-regime")
COST = "a minute"
LEVEL = 0.15
FIRST = (1e-3, 2e-3)


def draw(result: xr.Dataset) -> Figure:
    """Draw a diagram each share of noise, and the ends of all."""
    names = [f"{100 * share:g} %" for share in result["label_noise"].values]
    return networks.beside(
        result, names, "label noise", networks.borders(networks.regimes(result.isel(run=0)))
    )


def rise(values: np.ndarray) -> float:
    """Return the log of a series' greatest rise above what it was before, single rows smoothed away."""
    from scipy.ndimage import median_filter

    smooth = np.log(median_filter(values, SMOOTH, mode="nearest"))
    return float((smooth - np.minimum.accumulate(smooth)).max())


SMOOTH = 5
"""Rows over which a median takes single jumps and the noise of the last mini-batches out."""


def numbers(result: xr.Dataset) -> list[Number]:
    """Hold the gradient at one loss, its rise and where convergence ends, from each share of noise to the next."""
    kept = result.sel(elr=list(FIRST))
    shares, seeds = range(kept.sizes["run"]), kept["seed"].values
    cells = [[kept.isel(run=i, elr=j).sel(seed=s) for j in range(len(FIRST)) for s in seeds] for i in shares]
    at = np.array([np.mean([_at_level(cell) for cell in row[: len(seeds)]]) for row in cells])
    rises = np.array([[rise(cell["batch_eff_grad"].values) for cell in row] for row in cells]).mean(axis=1)
    second = networks.counted(result, Regime.EQUILIBRIUM)
    return [
        Number(
            f"least log ratio of gradients at loss {LEVEL:g}, ELR {FIRST[0]:g}, from a share to the next",
            0,
            np.diff(at).min(),
            0,
            ">",
        ),
        Number(
            "rise of log gradient on the way down without noise",
            0,
            rises[0],
            0,
            "<=",
            0.05,
            "single mini-batches",
        ),
        Number(
            "rise of log gradient on the way down with most noise, beyond that without",
            0,
            rises[-1] - rises[0],
            0,
            ">",
        ),
        Number("ELRs in equilibrium with most noise beyond those without", 0, second[-1] - second[0], 0, ">"),
    ]


def _at_level(run: xr.Dataset) -> float:
    """Return the log of the effective gradient where the loss first comes down to the level."""
    loss, gradient = (
        np.log(run[name].values[1:]) for name in ("loss", "batch_eff_grad")
    )  # from the first epoch
    i = int(np.argmax(loss < np.log(LEVEL)))
    return float(np.interp(-np.log(LEVEL), -loss[i - 1 : i + 1], gradient[i - 1 : i + 1]))
