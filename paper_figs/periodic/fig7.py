"""The map phi of gamma = x / x*, with its fixed point, its minimum and where it hops (periodic Figure 7)."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from paper_figs.numbers import Number
from paper_figs.style import INKS, new_figure
from sitheory.theory import periodic

NEEDS: tuple[str, ...] = ()
CLAIMS = ("periodic:13c", "periodic:13g", "periodic:hop")
COST = "under a second"
ALPHA = 0.1


def draw() -> Figure:
    """Draw phi and the diagonal, and mark alpha/(1-alpha), the minimum and 1."""
    figure = new_figure(4.4, 3.6)
    axes = figure.subplots()
    gamma = np.linspace(0.04, 1.6, 500)
    axes.plot(gamma, periodic.phi(gamma, ALPHA), color=INKS[0], label=r"$\varphi(\gamma)$")
    axes.plot(gamma, gamma, color=INKS[4], linestyle="--", label=r"$\gamma$")
    argmin, low = periodic.phi_argmin_sq(ALPHA) ** 0.5, periodic.phi_min_sq(ALPHA) ** 0.5
    hop = periodic.hop_ratio(ALPHA)
    axes.plot([hop, 1], [1, 1], "o", color=INKS[1], markersize=4, label=r"$\varphi = 1$")
    axes.plot([argmin], [low], "s", color=INKS[2], markersize=4, label="minimum")
    axes.hlines(1, 0, 1, color=INKS[1], linewidth=0.6, linestyle=":")
    axes.set_xticks(
        [hop, argmin, low, 1, 1.5],
        [
            r"$\frac{\alpha}{1-\alpha}$",
            r"$\sqrt{\frac{\alpha}{1-\alpha}}$",
            r"$2\sqrt{\alpha(1-\alpha)}$",
            "1",
            "1.5",
        ],
        fontsize="small",
    )
    axes.set(xlabel=r"$\gamma_t$", ylabel=r"$\gamma_{t+1}$", xlim=(0, 1.6), ylim=(0, 2.2))
    axes.set_title(rf"$\alpha = {ALPHA}$", fontsize="medium")
    axes.legend(loc="upper right")
    return figure


def numbers() -> list[Number]:
    """Hold the minimum that a search finds, and phi at the hop, against their formulas."""
    gamma = np.linspace(0.01, 1, 100_000)
    values = periodic.phi(gamma, ALPHA)
    crossing = gamma[np.argmin(np.abs(values[gamma < 0.5] - 1))]
    grid = float(gamma[1] - gamma[0])
    return [
        Number(
            r"least $\varphi$, $2\sqrt{\alpha(1-\alpha)}$",
            periodic.phi_min_sq(ALPHA) ** 0.5,
            float(values.min()),
            slack=grid,
            why="the grid",
        ),
        Number(
            r"least $\gamma$ with $\varphi(\gamma) = 1$, $\alpha/(1-\alpha)$",
            periodic.hop_ratio(ALPHA),
            float(crossing),
            slack=grid,
            why="the grid",
        ),
    ]
