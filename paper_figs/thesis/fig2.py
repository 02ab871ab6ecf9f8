"""Gradient and weight decay as forces on the norm: one pushes out, one pulls in (thesis Figure 2).

An illustration: one step in the plane of weights and gradient, of a scale-invariant loss, at three norms; at the middle
one the two cancel, as eq. (3) of the paper on periodic behaviour says.
"""

from __future__ import annotations

import math

from matplotlib.figure import Figure

from paper_figs.numbers import Number
from paper_figs.style import INKS, new_figure
from sitheory.theory import periodic

NEEDS = ()
CLAIMS = ("periodic:eq3", "si:orthogonality")
COST = "under a second"
LR, WD, EFF_GRAD = 0.25, 0.5, 1.0


def balance() -> float:
    """Return the squared norm that a step leaves as it is."""
    alpha = periodic.beta_alpha_exact(LR, WD)
    return math.sqrt(periodic.stationary_sq(alpha, (LR * EFF_GRAD) ** 2))


def draw() -> Figure:
    """Draw weights, the gradient's step across them and the decay's along them."""
    figure = new_figure(7.2, 2.6)
    for axes, share in zip(figure.subplots(1, 3), (0.6, 1.0, 1.7), strict=True):
        norm = share * math.sqrt(balance())
        across, along = LR * EFF_GRAD / norm, LR * WD * norm
        look = {"head_width": 0.03, "length_includes_head": True}
        axes.arrow(0, 0, norm, 0, color="0.4", **look)
        axes.arrow(norm, 0, 0, across, color=INKS[0], label="gradient", **look)
        axes.arrow(norm, 0, -along, 0, color=INKS[1], label="weight decay", **look)
        after = float(periodic.norm_sq_next(norm**2, EFF_GRAD**2, LR, WD))
        axes.arrow(0, 0, norm - along, across, color=INKS[2], label="weights after the step", **look)
        axes.set(
            aspect="equal", xlim=(-0.1, 1.5), ylim=(-0.2, 1), title=f"norm x {math.sqrt(after) / norm:.2f}"
        )
        axes.set_xticks([])
        axes.set_yticks([])
    axes.legend(fontsize="x-small", loc="upper left")
    return figure


def numbers() -> list[Number]:
    """Hold that the step drawn is that of eq. (3), and that the middle norm stays."""
    norm_sq = balance()
    norm = math.sqrt(norm_sq)
    drawn = (norm - LR * WD * norm) ** 2 + (LR * EFF_GRAD / norm) ** 2
    return [
        Number(
            "squared norm after the step in the middle over that before",
            1,
            drawn / norm_sq,
            0,
            "=",
            1e-12,
            "rounding",
        )
    ]
