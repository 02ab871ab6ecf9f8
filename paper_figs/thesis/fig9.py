"""Three regimes with a squared error, on a part of the data only (thesis Figure 9).

Real runs: digits with 20 % label noise in place of CIFAR-10, perceptron 64-200-100-10 with a last layer of norm 3, 8
ELRs, all 1,500 samples and 256 of them, one seed, 1,650 steps each.

Effective gradient against train loss; below where the runs end, beside each other. As in the paper all samples are not
learnt at any ELR within the steps that there are, and the part is.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs import networks
from paper_figs.numbers import Number
from paper_figs.style import INKS, new_figure
from sitheory.measure import Regime

NEEDS = ("net_squared_error",)
CLAIMS = ("regimes:eq3", "regimes:third-regime")
COST = "a minute"


def own_rows(result: xr.Dataset, run: int) -> xr.Dataset:
    """Return the runs on all samples, 0, or on the part, 1, at their own rows."""
    return result.isel(run=run).dropna("step", how="all", subset=["loss"])


def draw(result: xr.Dataset) -> Figure:
    """Draw both diagrams, and both ends against the ELR."""
    figure = new_figure(8.6, 2.9)
    panels = figure.subplots(1, 3)
    elrs = result["elr"].values
    for i, (axes, ink) in enumerate(zip(panels, INKS, strict=False)):
        if i == 2:
            break
        grid = own_rows(result, i).isel(seed=0)
        networks.against_loss(axes, grid, "batch_eff_grad", networks.inks(elrs))
        samples = int(result["samples"][i])
        axes.set(xlabel="train loss", title=f"{samples} samples")
        axes.set_ylim(top=2 * float(grid["batch_eff_grad"].isel(step=0).max()))
        axes.invert_xaxis()
        panels[2].loglog(elrs, grid["loss"].isel(step=-1), ".-", color=ink, label=f"{samples} samples")
    panels[0].set_ylabel("effective gradient")
    panels[2].set(xlabel="ELR", ylabel="train loss at the end")
    panels[2].legend(fontsize="small")
    networks.key(figure, panels[:2], elrs, "ELR")
    return figure


def numbers(result: xr.Dataset) -> list[Number]:
    """Count the ELRs in each regime, on all samples and on the part."""
    told = [list(networks.regimes(own_rows(result, i)).values()) for i in (0, 1)]
    ends = [own_rows(result, i)["loss"].isel(step=-1).mean("seed").values for i in (0, 1)]
    return [
        Number("ELRs in convergence on all samples", 0, told[0].count(Regime.CONVERGENCE)),
        Number("ELRs in convergence on the part", 1, told[1].count(Regime.CONVERGENCE), 0, ">="),
        *(
            Number(f"ELRs in {regime} {where}", 1, regimes.count(regime), 0, ">=")
            for regimes, where in zip(told, ("on all samples", "on the part"), strict=True)
            for regime in (Regime.EQUILIBRIUM, Regime.DIVERGENCE)
        ),
        Number(
            "log of the least end loss on all samples over that on the part",
            0,
            float(np.log(ends[0].min() / ends[1].min())),
            0,
            ">",
        ),
    ]
