"""The three regimes with augmented data (regimes Figure 14).

Real runs: digits with 20 % label noise, shifted by up to a pixel afresh each time (no flips), beside the same
without; perceptron 64-100-50-10, 6 ELRs, one seed, 100 epochs. Augmented data are harder to learn, and look like a
smaller network: no ELR converges, and the losses of the first two regimes come near to each other; the test error (297
samples) is lower. Dashed are the borders without augmentation.
"""

from __future__ import annotations

import xarray as xr
from matplotlib.figure import Figure

from paper_figs import networks
from paper_figs.numbers import Number, mean_of
from paper_figs.regimes.fig13 import contrast
from sitheory.measure import Regime

NEEDS = ("net_regimes_augmentation",)
CLAIMS = ("regimes:eq8", "regimes:eq25", "regimes:third-regime")
COST = "half a minute"


def draw(result: xr.Dataset) -> Figure:
    """Draw a diagram each, and the ends of both."""
    names = ["augmented" if augmented else "as they are" for augmented in result["augmented"].values]
    return networks.beside(result, names, "data", networks.borders(networks.regimes(result.isel(run=0))))


def numbers(result: xr.Dataset) -> list[Number]:
    """Hold the regimes and losses with augmentation against those without."""
    plain, augmented = networks.counted(result, Regime.CONVERGENCE)
    nearer = mean_of(contrast(result, 0) - contrast(result, 1))
    return [
        Number("log of end losses' greatest ratio below divergence, without beyond with", 0, *nearer, ">"),
        Number("ELRs in convergence without augmentation", 1, plain, 0, ">="),
        Number("ELRs in convergence with augmentation", 0, augmented),
    ]
