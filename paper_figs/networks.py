"""What the figures of network experiments share: colours by ELR, borders between regimes, means over the late run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, LogNorm
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from paper_figs.style import DASHES, INKS, new_figure
from sitheory.bridge.watching import laws
from sitheory.measure.regimes import Regime

LATE = 0.25
"""The share of a run that is left out at its start where something is said of the long run."""

ORDER = (Regime.CONVERGENCE, Regime.EQUILIBRIUM, Regime.DIVERGENCE)


def cells(result: xr.Dataset, dim: str = "elr") -> Iterator[tuple[float, xr.Dataset]]:
    """Yield each rate with its runs over all seeds."""
    for i, rate in enumerate(result[dim].values):
        yield float(rate), result.isel({dim: i})


def of_networks(result: xr.Dataset) -> dict[str, xr.Dataset]:
    """Return the runs of each network by its name, in order."""
    names = result["network"].values.astype(str)
    return {str(n): result.isel(run=np.flatnonzero(names == n)) for n in dict.fromkeys(names)}


def shades(rates: np.ndarray) -> tuple[Colormap, LogNorm]:
    """Return colours that get lighter with the logarithm of the rate, and stay dark enough for white paper."""
    whole = mpl.colormaps["cividis"]
    kept = mpl.colors.LinearSegmentedColormap.from_list("dark cividis", whole(np.linspace(0, 0.88, 64)))
    return kept, LogNorm(rates.min(), rates.max())


def inks(rates: np.ndarray) -> list:
    """Return the colour of each rate."""
    shown, norm = shades(rates)
    return [shown(norm(rate)) for rate in rates]


def key(figure: Figure, axes, rates: np.ndarray, label: str) -> None:
    """Draw what the colours mean beside the axes."""
    shown, norm = shades(rates)
    figure.colorbar(ScalarMappable(norm, shown), ax=axes, label=label, pad=0.01, aspect=30)


def regimes(result: xr.Dataset, dim: str = "elr") -> dict[float, Regime]:
    """Return what most seeds of each rate are, from the laws' decision of a single run."""
    told = {}
    for rate, runs in cells(result, dim):
        decided = [laws.regime_decision(runs.sel(seed=s)).regime for s in runs["seed"].values]
        told[rate] = Counter(decided).most_common(1)[0][0]
    return told


def borders(told: dict[float, Regime]) -> list[float]:
    """Return the rates halfway, in the logarithm, between neighbours in different regimes.

    What is undecided, a loss that still falls slowly or too noisily, lies on the border itself.
    """
    decided = [(rate, regime) for rate, regime in told.items() if regime in ORDER]
    pairs = pairwise(decided)
    return [float((a * b) ** 0.5) for (a, first), (b, second) in pairs if first is not second]


def rule_off(axes: Axes, at: list[float]) -> None:
    """Draw dashed lines at the borders of regimes."""
    for border in at:
        axes.axvline(border, color="0.55", linewidth=0.8, linestyle=(0, (4, 2)))


def late(result: xr.Dataset, name: str, share: float = LATE) -> np.ndarray:
    """Return a mean over the steps of the late run: rows are means over windows of different lengths.

    Args:
        result: Runs with ``step``.
        name: The variable, a mean over each window.
        share: The share of the run that is left out at its start.

    Returns:
        Shape of the variable without ``step``.
    """
    steps = result["step"].values
    kept = steps > share * steps[-1]
    weights = np.diff(steps, prepend=0)[kept]
    variable = result[name].isel(step=kept)
    return np.average(variable.values, axis=variable.get_axis_num("step"), weights=weights)


def beside(result: xr.Dataset, names: list[str], title: str, at: list[float]) -> Figure:
    """Draw grids of ELRs under several conditions: a diagram each above, and where all end below.

    Args:
        result: Runs over (run, elr, seed, step), a run being a condition; of the diagrams seed 0 is drawn.
        names: What to call each condition.
        title: What they differ in.
        at: The borders between regimes, dashed below.

    Returns:
        Above effective gradient against train loss; below the ends of all seeds, and their mean, against the ELR.
    """
    figure = new_figure(8.6, 5)
    above, below = figure.subfigures(2, 1)
    diagrams = above.subplots(1, len(names), sharex=True, sharey=True)
    elrs = result["elr"].values
    for i, (axes, name) in enumerate(zip(diagrams, names, strict=True)):
        against_loss(axes, result.isel(run=i, seed=0), "batch_eff_grad", inks(elrs))
        axes.set(xlabel="train loss", title=name)
    first = result.isel(seed=0)["batch_eff_grad"]
    diagrams[0].set(ylabel="effective gradient", ylim=(None, 2 * float(first.isel(step=0).max())))
    diagrams[0].invert_xaxis()
    key(above, diagrams, elrs, "ELR")
    panels = below.subplots(1, len(ENDS))
    for axes, (variable, label) in zip(panels, ENDS.items(), strict=True):
        for i, name in enumerate(names):
            ends = result[variable].isel(run=i, step=-1).values
            look = {"color": INKS[i], "linestyle": DASHES[i]}
            axes.plot(elrs, ends, ".", color=INKS[i], markersize=4)
            axes.plot(elrs, ends.mean(axis=1), label=name, linewidth=0.9, **look)
        rule_off(axes, at)
        axes.set(xscale="log", yscale="log", xlabel="ELR", ylabel=label)
    panels[-1].legend(title=title, fontsize="small", bbox_to_anchor=(1, 1), loc="upper left")
    return figure


ENDS = {"loss": "train loss", "batch_eff_grad": "effective gradient", "test_error": "test error"}


def against_loss(axes: Axes, grid: xr.Dataset, name: str, colours: list, dim: str = "elr") -> None:
    """Draw a variable against the loss, a line each rate, a dot its end."""
    for (_, run), ink in zip(cells(grid, dim), colours, strict=True):
        loss, values = run["loss"].values, run[name].values
        axes.loglog(loss, values, color=ink, linewidth=0.9)
        axes.loglog(loss[-1:], values[-1:], ".", color=ink, markersize=5)
    axes.xaxis.set_minor_formatter(NullFormatter())


def counted(result: xr.Dataset, regime: Regime) -> list[int]:
    """Return at how many ELRs most seeds are in a regime, for each condition."""
    return [list(regimes(result.isel(run=i)).values()).count(regime) for i in range(result.sizes["run"])]
