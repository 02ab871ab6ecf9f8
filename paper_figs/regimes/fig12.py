"""Three regimes on the sphere, each ELR from a start of its own (regimes Figure 12).

Real runs: digits with 20 % label noise, perceptron 64-100-50-10, 10 ELRs, 2 seeds of each, none of them shared.

Above: loss, and the diagrams of effective gradient and test error against it, one seed of each ELR. Below: where all
end; dashed lines are the borders that the slope of the loss and the turn of a step decide. As in the paper the picture
is that of Figure 1.
"""

from __future__ import annotations

import xarray as xr
from matplotlib.figure import Figure

from paper_figs.numbers import Number
from paper_figs.regimes import fig1

NEEDS = ("net_regimes_apart",)
CLAIMS = ("regimes:eq3", "regimes:eq5", "regimes:third-regime")
COST = "three minutes"


def draw(result: xr.Dataset) -> Figure:
    """Draw what Figure 1 has for these runs."""
    return fig1.draw(result)


def numbers(result: xr.Dataset) -> list[Number]:
    """Hold the order of the regimes, the constraint on the ELRs, and the loss in equilibrium."""
    return fig1.numbers(result)
