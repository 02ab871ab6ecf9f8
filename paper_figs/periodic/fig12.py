"""The effective gradient in phase B with its bounds, the cosine distance between those on jumps (periodic Figure 12).

Real runs: above SGD on digits, learning rate 1, weight decay 0.001, batch 128; below full-batch descent on 450 digits,
learning rate 2, weight decay 0.004; perceptron 64-64-64-10, all scale-invariant, seed 0. Where the paper picks 1/t and
1/t^2 by hand, the bounds are the tightest of the power of time that fits the gradients.
"""

from __future__ import annotations

import xarray as xr
from matplotlib.figure import Figure

from paper_figs import periods
from paper_figs.numbers import Number
from paper_figs.periodic import fig10, net_fig3
from paper_figs.style import INKS, new_figure

NEEDS = ("net_periodic_step_by_step", "net_periodic_descent")
CLAIMS = ("periodic:delta-bounds", "periodic:prop1a", "periodic:prop1b")
COST = "a minute"


def draw(noisy: xr.Dataset, full: xr.Dataset) -> Figure:
    """Draw gradient and cosine distance, a row each for SGD and descent."""
    figure = new_figure(7.4, 4.8)
    panels = figure.subplots(2, 2)
    for row, (name, run, lr, _) in zip(panels, _runs(noisy, full), strict=True):
        part = periods.phase_b(periods.one_period(run))
        for values, ink, label in (
            (part["high"], INKS[1], "$L(t)$"),
            (part["total_eff_grad_max"], INKS[0], "effective gradient"),
            (part["low"], INKS[3], r"$\ell(t)$"),
        ):
            row[0].semilogy(part["step"], values, color=ink, label=label, linewidth=0.7)
        row[0].set(xlabel="step", title=f"{name}: effective gradient")
        row[0].legend(fontsize="small")
        periods.draw_bounds(row[1], part, lr)
        row[1].set_title(f"{name}: cosine distance")
    return figure


def _runs(noisy: xr.Dataset, full: xr.Dataset) -> list[tuple[str, xr.Dataset, float, float]]:
    sgd, descent = net_fig3, fig10
    return [
        ("SGD", noisy.isel(seed=0), sgd.LR, sgd.WD),
        ("descent", descent.run_of(full), descent.LR, descent.WD),
    ]


def numbers(noisy: xr.Dataset, full: xr.Dataset) -> list[Number]:
    """Hold the cosine distances of both runs' phase B against the bounds."""
    told = []
    for name, run, lr, wd in _runs(noisy, full):
        part = periods.phase_b(periods.one_period(run))
        told += [
            Number(
                f"{name}: {n.what}", n.predicted, n.measured, n.error, n.relation, n.slack, n.why, n.printed
            )
            for n in periods.bounds_kept(part, lr, wd)
        ]
    return told
