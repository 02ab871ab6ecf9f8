"""The three regimes at several widths of the network (regimes Figure 13).

Real runs: digits with 20 % label noise, perceptrons a quarter, half and all of 64-100-50-10, 7 ELRs, 2 seeds, 100
epochs. The wider the network, the clearer the border between the first two regimes, and the lower the ELR of the third;
the narrower ones do not fit the noise and show no convergence. Dashed are the borders at full width.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs import networks
from paper_figs.numbers import Number, mean_of
from sitheory.measure import Regime

NEEDS = ("net_regimes_width",)
CLAIMS = ("regimes:eq8", "regimes:eq25", "regimes:third-regime")
COST = "a minute"
NAMES = {0.25: "quarter", 0.5: "half", 1.0: "full"}


def draw(result: xr.Dataset) -> Figure:
    """Draw a diagram each width, and the ends of all."""
    names = [NAMES[share] for share in result["share"].values]
    return networks.beside(result, names, "width", networks.borders(networks.regimes(result.isel(run=-1))))


def contrast(result: xr.Dataset, run: int) -> np.ndarray:
    """Return the log of the greatest end loss over the least, of the ELRs that diverge at no width, for each seed."""
    told = [networks.regimes(result.isel(run=i)) for i in range(result.sizes["run"])]
    kept = [all(t[elr] is not Regime.DIVERGENCE for t in told) for elr in told[0]]
    ends = np.log(result["loss"].isel(run=run, step=-1).values[kept])
    return np.ptp(ends, axis=0)


def numbers(result: xr.Dataset) -> list[Number]:
    """Hold how far the losses of the first two regimes lie apart, and where regimes are, between the widths."""
    converging = networks.counted(result, Regime.CONVERGENCE)
    diverging = networks.counted(result, Regime.DIVERGENCE)
    apart = mean_of(contrast(result, -1) - contrast(result, 0))
    return [
        Number(
            "log of end losses' greatest ratio below divergence, full width beyond quarter", 0, *apart, ">"
        ),
        Number("ELRs in convergence at full width", 1, converging[-1], 0, ">="),
        Number("ELRs in convergence at quarter width", 0, converging[0]),
        Number(
            "ELRs in divergence at full width beyond those at quarter",
            0,
            diverging[-1] - diverging[0],
            0,
            ">",
        ),
    ]
