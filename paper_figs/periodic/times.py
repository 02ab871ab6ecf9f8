"""The times of Proposition 2 over the first jump that an adversary can bring about (periodic eqs. 5, 6)."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs.numbers import Number
from paper_figs.style import INKS, new_figure

NEEDS = ("decay_times",)
CLAIMS = ("periodic:prop2-tmin", "periodic:prop2-tmax", "thesis:prop2")
COST = "a few seconds"


def draw(result: xr.Dataset) -> Figure:
    """Draw printed and kept bounds over the adversary's time, and random gradients' times, from far away."""
    figure = new_figure(7.2, 3.1)
    far = result.isel(run=np.flatnonzero(result["gap"].values == result["gap"].values.max()))
    for axes, bound in zip(figure.subplots(1, 2), ("min", "max"), strict=True):
        styles = (("none", INKS[3], "x"), ("full", INKS[2], "+"))
        for share, (filled, random_ink, cross) in zip(np.unique(far["share"].values), styles, strict=True):
            of = far.isel(run=np.flatnonzero((far["bound"].values == bound) & (far["share"].values == share)))
            exact = of["t_exact"].values
            label = rf", $\delta = {share:g}\,\eta\lambda$"
            for name, ink, marker in (("t_printed", INKS[1], "o"), ("t_kept", INKS[0], "s")):
                axes.plot(
                    of["product"],
                    of[name] / exact,
                    marker,
                    color=ink,
                    fillstyle=filled,
                    label=name[2:].replace("kept", "all terms kept") + label,
                )
            first = of["first_jump"].values / exact[:, None]
            axes.errorbar(
                of["product"].values,
                first.mean(axis=1),
                first.std(axis=1) / first.shape[1] ** 0.5,
                color=random_ink,
                marker=cross,
                linestyle="none",
                label="random gradients" + label,
            )
        axes.axhline(1, color=INKS[4], linewidth=0.6)
        axes.set(
            xscale="log", xlabel=r"$\eta\lambda$", title=rf"$t_{{\{bound}}}$, over the adversary's first jump"
        )
    handles = figure.axes[0].get_legend_handles_labels()
    figure.legend(*handles, loc="outside lower center", ncols=2, fontsize="x-small")
    return figure


def numbers(result: xr.Dataset) -> list[Number]:
    """Hold the bounds, printed and with all terms kept, against the adversary's first jump."""
    low = result.isel(run=np.flatnonzero(result["bound"].values == "min"))
    high = result.isel(run=np.flatnonzero(result["bound"].values == "max"))
    over = {name: float((low[name] - low["t_exact"]).max()) for name in ("t_printed", "t_kept")}
    late = float((high["t_exact"] - np.ceil(high["t_kept"])).max())
    return [
        Number(
            r"printed $t_{\min}$ minus the earliest jump, at most",
            0,
            over["t_printed"],
            0,
            "<=",
            printed=True,
        ),
        Number(
            r"$t_{\min}$ with all terms kept minus the earliest jump, at most", 0, over["t_kept"], 0, "<="
        ),
        Number(r"latest jump minus $\lceil t_{\max} \rceil$ with all terms kept, at most", 0, late, 0, "<="),
    ]
