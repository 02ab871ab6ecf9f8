"""What the figures of networks with weight decay share: destabilisations, the joint effective gradient, one period."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs.numbers import Number, mean_of
from paper_figs.style import INKS, new_figure
from sitheory.bridge.watching import laws
from sitheory.bridge.watching.long_run import destabilisations
from sitheory.measure import cycles
from sitheory.measure.statistics import Estimate
from sitheory.theory import periodic

PHASES = dict(zip("ABC", INKS, strict=False))
FEW = 0.3
"""Intervals between destabilisations spread by a third or a half; of two or three the error itself is not known."""

SMOOTH = 15
"""Steps over which a median takes the noise of mini-batches out before phases are distinguished."""


def cells(result: xr.Dataset, lr: float | None = None, wd: float | None = None) -> Iterator[xr.Dataset]:
    """Yield the runs over all seeds, of one learning rate or weight decay if requested."""
    for i in range(result.sizes["run"]):
        for seed in range(result.sizes["seed"]):
            run = result.isel(run=i, seed=seed)
            if lr in (None, float(run["lr"])) and wd in (None, float(run["wd"])):
                yield run


def bursts(runs: Iterator[xr.Dataset] | list[xr.Dataset]) -> list[int]:
    """Return how often the loss of each run grows tenfold and falls again."""
    return [len(destabilisations(run)) for run in runs]


def gaps(runs: Iterator[xr.Dataset] | list[xr.Dataset], wd: float | None = None) -> np.ndarray:
    """Return the steps between destabilisations, times lr wd, over all runs."""
    scaled = [
        np.diff(destabilisations(run)) * float(run["lr"]) * (float(run["wd"]) if wd is None else wd)
        for run in runs
    ]
    return np.concatenate([np.zeros(0), *scaled])


def ratio(above: np.ndarray, below: np.ndarray) -> Estimate:
    """Return the ratio of two means with its standard error."""
    (a, da), (b, db) = mean_of(above), mean_of(below)
    return Estimate(a / b, a / b * float(np.hypot(da / a, db / b)))


def inverse(what: str, above: np.ndarray, below: np.ndarray) -> Number:
    """Hold the intervals of two kinds of runs, each times lr wd, against each other [periodic cor. 1]."""
    measured, error = ratio(above, below)
    return Number(what, 1, measured, error, slack=FEW, why="the few intervals at hand")


def eff_grad(run: xr.Dataset) -> np.ndarray:
    """Return the joint effective gradient of the batches since the row before, from its means in the groups."""
    parts = run["online_eff_grad"] / run["norm"]
    return (run["total_norm"] * np.sqrt((parts**2).sum("group", skipna=False))).values


def laws_kept(runs: list[xr.Dataset]) -> list[Number]:
    """Hold eqs. (3) and (8) of each step, and the interval of Proposition 3, against the runs."""
    lines = [laws.confront(run) for run in runs]
    told = []
    for law, what in (
        ("periodic eq. 3", "runs with eq. (3) kept by each step, of those told"),
        ("periodic eq. 8]", "runs with eq. (8) kept by each step, of those told"),
        ("periodic prop. 3", "runs with the late norm in its exact interval, of those told"),
    ):
        held = [x.holds for found in lines for x in found if law in x.law and "delta" not in x.law]
        held = [h for h in held if h is not None]
        told.append(Number(what, len(held), sum(held)))
    return told


def phases(run: xr.Dataset) -> np.ndarray:
    """Return the phase of each logged step, the noise of mini-batches smoothed away."""
    from scipy.ndimage import median_filter

    return cycles.find_phases(
        run["total_norm"].values, median_filter(run["total_eff_grad_max"].values, SMOOTH)
    )


def longest(of: np.ndarray) -> slice:
    """Return the longest run of True."""
    spans = np.flatnonzero(np.diff(np.r_[0, of.astype(int), 0])).reshape(-1, 2)
    first, last = spans[np.argmax(spans[:, 1] - spans[:, 0])]
    return slice(int(first), int(last))


def one_period(run: xr.Dataset) -> xr.Dataset:
    """Return the steps between the norm's last two minima that stand out, and some beyond, with their phases."""
    log_norm = 2 * np.log(run["total_norm"].values)
    _, minima = cycles.turns(log_norm, cycles.HYSTERESIS * float(np.ptp(log_norm)))
    if len(minima) < 2:
        raise ValueError(f"need a whole period in the logged steps, got {len(minima)} minima of the norm")
    first, last = minima[-2:]
    spare = (last - first) // 5
    return run.assign(phase=("step", phases(run))).isel(step=slice(max(first - spare // 4, 1), last + spare))


def draw_period(run: xr.Dataset, lr: float) -> Figure:
    """Draw four series by phase, the phase diagram, and the cosine distance in phase B with its bounds."""
    shown = one_period(run)
    phase, step = shown["phase"].values, shown["step"].values
    gradient = shown["total_eff_grad_max"].values
    figure = new_figure(8.4, 4.8)
    panels = figure.subplots(2, 3)
    series = {
        "loss of the step": shown["online_loss"].values,
        "norm": shown["total_norm"].values,
        "effective gradient": gradient,
        "effective learning rate": shown["total_elr"].values,
    }
    for axes, (label, values) in zip(panels.ravel(), series.items(), strict=False):
        for name, ink in PHASES.items():
            here = (phase == name) | np.r_[False, phase[:-1] == name]
            axes.plot(step, np.where(here, values, np.nan), color=ink, label=name, linewidth=0.7)
        axes.set(xlabel="step", title=label, yscale="linear" if label == "norm" else "log")
    diagram, bounds = panels[1, 1], panels[1, 2]
    for name, ink in PHASES.items():
        diagram.loglog(
            series["effective learning rate"][phase == name],
            gradient[phase == name],
            ".",
            color=ink,
            markersize=1.5,
        )
    diagram.legend(*panels[0, 0].get_legend_handles_labels(), title="phase", fontsize="small")
    diagram.set(xlabel="effective learning rate", ylabel="effective gradient", title="phase diagram")
    draw_bounds(bounds, phase_b(shown), lr)
    return figure


def phase_b(shown: xr.Dataset) -> xr.Dataset:
    """Return the longest phase B with ``low`` and ``high``, the bounds on its effective gradient.

    Both fall like a power of the steps since the period began, as in the paper's appendix D; the power is the slope of
    a fit, and the bounds are the tightest of that shape.
    """
    part = shown.isel(step=longest(shown["phase"].values == "B"))
    since = (part["step"] - shown["step"][0] + 1).values.astype(float)
    gradient = part["total_eff_grad_max"].values
    power = np.polyfit(np.log(since), np.log(gradient), 1)[0]
    level = gradient / since**power
    return part.assign(low=("step", level.min() * since**power), high=("step", level.max() * since**power))


def draw_bounds(axes, part: xr.Dataset, lr: float) -> None:
    """Draw the cosine distance in a phase B between the printed bounds on delta-jumps [periodic eqs. 4a, 4b]."""
    step, norm_sq = part["step"].values, before(part) ** 2
    for values, ink, label in (
        (periodic.delta_bound(norm_sq, part["high"].values ** 2, lr), INKS[1], r"$\delta_{\max}$"),
        (part["cos_dist"].values, INKS[0], "cosine distance"),
        (periodic.delta_bound(norm_sq, part["low"].values ** 2, lr), INKS[3], r"$\delta_{\min}$"),
    ):
        axes.semilogy(step, values, color=ink, label=label, linewidth=0.7)
    axes.set(xlabel="step", title="cosine distance in phase B")
    axes.legend(fontsize="small", loc="upper center", bbox_to_anchor=(0.5, -0.22))


def before(part: xr.Dataset) -> np.ndarray:
    """Return the norm from which each logged step was taken: with a row a step it is the window's only one."""
    return part["total_norm_min"].values


def bounds_kept(part: xr.Dataset, lr: float, wd: float) -> list[Number]:
    """Hold the cosine distances of a phase B against the bounds as printed and as derived."""
    norm_sq, cos = before(part) ** 2, part["cos_dist"].values
    high = periodic.delta_bound(norm_sq, part["high"].values ** 2, lr)
    low = periodic.delta_bound(norm_sq, part["low"].values ** 2, lr)
    wider = periodic.delta_bound(1 - lr * wd, 1, 1) / periodic.delta_bound(1, 1, 1)
    most, least = float((cos / high).max()), float((cos / low).min())
    name, why = (
        r"greatest $(1 - \cos) / \delta_{\max}$ in phase B",
        "radial gradients, from the eps of normalisation",
    )
    return [
        Number(name, 1, most, 0, "<=", printed=True),
        Number(rf"{name}, with $(1 - \eta\lambda)^{{-2}}$", wider, most, 0, "<=", 1e-4, why),
        Number(
            r"least $(1 - \cos) / \delta_{\min}$ in phase B, up to $O(\delta)$",
            1,
            least,
            0,
            ">=",
            1.5 * float(cos.max()) + 1e-4,
            f"the cosine's next order, and {why}",
        ),
    ]
