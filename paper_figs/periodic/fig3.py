"""One period: loss, norm, effective gradient, phase diagram, and the cosine distance between its bounds.

The theory panels of periodic Figure 3, on a planar loss, with the phases that a run was divided into.
"""

from __future__ import annotations

import json

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs.numbers import Number
from paper_figs.style import INKS, new_figure
from sitheory.theory import periodic

NEEDS = ("decay_phases",)
CLAIMS = ("periodic:delta-bounds", "periodic:eq8")
COST = "under a second"
PHASES = dict(zip("ABC", INKS, strict=False))
FLOOR = 1e-18


def draw(result: xr.Dataset) -> Figure:
    """Draw four series coloured by phase, the phase diagram, and the bounds on the cosine distance in B."""
    phase, step = result["phase"].values.astype(str), result["step"].values
    figure = new_figure(8.4, 4.8)
    panels = figure.subplots(2, 3)
    series = {
        "loss": result["loss"].values,
        "norm": result["total_norm"].values,
        "effective gradient": result["total_eff_grad"].values,
        "effective learning rate": result["total_elr"].values,
    }
    for axes, (label, values) in zip(panels.ravel(), series.items(), strict=False):
        for name, ink in PHASES.items():
            axes.plot(step, _where(values, phase == name), color=ink, label=name, linewidth=0.9)
        axes.set(xlabel="step", title=label)
        if label in ("loss", "effective gradient"):
            axes.set_yscale("log")
    diagram, bounds = panels[1, 1], panels[1, 2]
    for name, ink in PHASES.items():
        of = phase == name
        diagram.plot(
            series["effective learning rate"][of],
            np.maximum(series["effective gradient"][of], FLOOR),
            ".",
            color=ink,
            markersize=2,
        )
    diagram.legend(*panels[0, 0].get_legend_handles_labels(), title="phase", fontsize="small", loc="center")
    diagram.set(
        xlabel="effective learning rate", ylabel="effective gradient", yscale="log", title="phase diagram"
    )
    chosen = _longest(phase == "B")
    for name, ink, label in (
        ("delta_max", INKS[1], r"$\delta_{\max}$"),
        ("cos_dist", INKS[0], "cosine distance"),
        ("delta_min", INKS[3], r"$\delta_{\min}$"),
    ):
        values = result[name].values[chosen]
        bounds.plot(step[chosen], np.where(values > 0, values, np.nan), color=ink, label=label, linewidth=0.8)
    bounds.set(xlabel="step", yscale="log", title="cosine distance in one phase B")
    bounds.legend(fontsize="small")
    return figure


def _where(values: np.ndarray, of: np.ndarray) -> np.ndarray:
    """Values of a phase, and of the moment after it so that lines join; nothing elsewhere."""
    return np.where((of | np.r_[False, of[:-1]]) & (values > 0), values, np.nan)


def _longest(of: np.ndarray) -> slice:
    """The longest run of True."""
    edges = np.flatnonzero(np.diff(np.r_[0, of.astype(int), 0]))
    spans = edges.reshape(-1, 2)
    first, last = spans[np.argmax(spans[:, 1] - spans[:, 0])]
    return slice(int(first), int(last))


def numbers(result: xr.Dataset) -> list[Number]:
    """Hold the cosine distances of phase B against the bounds as printed and as derived."""
    config = json.loads(result.attrs["config"])["rule"]
    of = (result["phase"].values.astype(str) == "B") & (result["cos_dist"].values > 0)
    cos, low, high = (result[name].values[of] for name in ("cos_dist", "delta_min", "delta_max"))
    wider = periodic.delta_bound(1 - config["lr"] * config["wd"], 1, 1) / periodic.delta_bound(1, 1, 1)
    most, least, why = float((cos / high).max()), float((cos / low).min()), "rounding"
    name = r"greatest $(1 - \cos) / \delta_{\max}$ in phase B"
    return [
        Number(name, 1, most, 0, "<=", printed=True),
        Number(rf"{name}, with $(1 - \eta\lambda)^{{-2}}$", wider, most, 0, "<=", 1e-9, why),
        Number(
            r"least $(1 - \cos) / \delta_{\min}$ in phase B, up to $O(\delta)$",
            1,
            least,
            0,
            ">=",
            1.5 * float(cos.max()),
            "the cosine's next order",
        ),
    ]
