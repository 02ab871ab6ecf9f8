"""What a run with weight decay shows: delta-jumps and their bounds, phases A, B and C, and its cycles.

Each measure takes a Dataset under the schema of ``sitheory.trajectory``; the functions that do the arithmetic
take plain arrays with time on the last axis.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sitheory.measure.statistics import Estimate
from sitheory.theory import periodic

if TYPE_CHECKING:
    import xarray as xr

HYSTERESIS = 0.3
"""A turning point counts if the series then moves away from it by this share of its late range."""

STILL = 1e-9
"""A late swing of log rho^2 below this is rounding."""

SHRINKING = 0.7
"""A run settles if its swing in the last quarter is below this share of that in the quarter before."""

LONG_ENOUGH = 1.0
"""A norm with weight decay may be called settled once the second half lasts as many times 1/(eta lambda)."""

FEWEST_STEPS = 50
"""And once it has as many steps: the swings of fewer are chance."""

FEWEST_TURNS = 4
"""Maxima in the second half of a run from which a period is measured."""

IRREGULAR = 0.25
"""Intervals between maxima that spread more than this around their mean are no period but noise."""

VANISHING_RATE = 0.9
"""A norm that falls for the whole second half at this share of the fastest possible rate may be vanishing."""

SENSITIVE = 1e3
"""A norm falls as fast in the quiet phase of a cycle, which ends where the ELR reaches 2/f''. With the ELR this many
times the inverse of the greatest effective gradient seen, a minimum that is not degenerate has long been left."""


class Behaviour(StrEnum):
    """What the norm does in the long run."""

    SETTLES = "settles"
    OSCILLATES = "oscillates"
    FLUCTUATES = "fluctuates"
    VANISHES = "vanishes"
    UNDECIDED = "undecided"


class Cycle(NamedTuple):
    """The behaviour in the long run, its period in steps, and log(max/min) of rho^2 in the last quarter.

    The period is that of the maxima of the norm in the second half of the run, NaN where there are too few;
    ``spread`` is the standard deviation of the intervals over their mean.
    """

    behaviour: Behaviour
    period: Estimate
    spread: float
    swing: float


def turns(series: np.ndarray, least: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the indices of the maxima and of the minima that stand out by more than ``least``.

    Args:
        series: Shape (time,).
        least: How far the series must move away from an extremum for it to count.

    Returns:
        Indices of maxima and of minima; they alternate.
    """
    # scipy's find_peaks counts each of several equal maxima, which exact periodic orbits have.
    maxima, minima = [], []
    top = bottom = 0
    rising = None
    for i, value in enumerate(series):
        if value > series[top]:
            top = i
        if value < series[bottom]:
            bottom = i
        if rising is not False and value < series[top] - least:
            if rising:
                maxima.append(top)
            rising, bottom = False, i
        elif rising is not True and value > series[bottom] + least:
            if rising is False:
                minima.append(bottom)
            rising, top = True, i
    return np.array(maxima, dtype=int), np.array(minima, dtype=int)


def log_reach(lr: float, eff_grad: np.ndarray) -> float:
    """Return log(lr L), the scale of log rho^2 at which gradients outweigh the norm, for ``find_cycle``.

    Args:
        lr: The learning rate.
        eff_grad: Effective gradient norms over the whole run, shape (time,).

    Returns:
        The scale; infinite where the second half has no gradient at all.
    """
    if not np.any(eff_grad[len(eff_grad) // 2 :]):
        return float("inf")
    with np.errstate(divide="ignore"):
        return float(np.log(lr) + np.log(eff_grad.max()))  # their product may leave float64


def find_cycle(log_norm_sq: np.ndarray, spacing: float, decay: float, reach: float = -np.inf) -> Cycle:
    """Tell what the norm does in the long run.

    Args:
        log_norm_sq: log rho^2, shape (time,).
        spacing: Steps between two values.
        decay: -log(1 - eta lambda), the rate at which weight decay alone shrinks the norm.
        reach: See ``log_reach``; without it a falling norm never counts as vanishing.

    Returns:
        The cycle.
    """
    nothing = Estimate(float("nan"), float("nan"))
    if len(log_norm_sq) < 16 or not np.all(np.isfinite(log_norm_sq)):
        return Cycle(Behaviour.UNDECIDED, nothing, float("nan"), float("nan"))
    late, quarter = log_norm_sq[len(log_norm_sq) // 2 :], len(log_norm_sq) // 4
    before, swing = float(np.ptp(late[:quarter])), float(np.ptp(late[-quarter:]))
    fallen = late[0] - late[-1]
    if (
        decay > 0
        and fallen > VANISHING_RATE * 2 * decay * spacing * (len(late) - 1)
        and np.all(np.diff(late) < 0)
    ):
        gone = late[-1] < reach - np.log(SENSITIVE)
        return Cycle(Behaviour.VANISHES if gone else Behaviour.UNDECIDED, nothing, float("nan"), swing)
    maxima, _ = turns(late, HYSTERESIS * max(swing, STILL))
    gaps = np.diff(maxima) * spacing
    period = (
        Estimate(float(gaps.mean()), float(gaps.std(ddof=1) / len(gaps) ** 0.5)) if len(gaps) > 1 else nothing
    )
    spread = float(gaps.std(ddof=1) / gaps.mean()) if len(gaps) > 1 else float("nan")
    if swing <= STILL or swing < SHRINKING * before:
        span = len(late) * spacing
        told = decay <= 0 or (span * decay >= LONG_ENOUGH and span >= FEWEST_STEPS)
        return Cycle(Behaviour.SETTLES if told else Behaviour.UNDECIDED, period, spread, swing)
    if len(maxima) < FEWEST_TURNS:
        return Cycle(Behaviour.UNDECIDED, period, spread, swing)
    return Cycle(Behaviour.FLUCTUATES if spread > IRREGULAR else Behaviour.OSCILLATES, period, spread, swing)


def find_phases(norm: np.ndarray, eff_grad: np.ndarray) -> np.ndarray:
    """Return the phase of each moment of a run that cycles [periodic §3 and figure 3].

    B: the norm falls, weight decay outweighs the gradients. When it rises again, the gradients outweigh: C until
    they are largest, the run being thrown out of the basin, and A from there on, while it converges again.

    Args:
        norm: The norm, shape (time,).
        eff_grad: The effective gradient norm, shape (time,).

    Returns:
        "A", "B" or "C" for each moment.
    """
    log_norm = 2 * np.log(norm)
    maxima, minima = turns(log_norm, HYSTERESIS * np.ptp(log_norm[len(norm) // 2 :]))
    phases = np.full(len(norm), "B")
    for low in [0, *minima]:
        later = maxima[maxima > low]
        high = int(later[0]) if len(later) else len(norm)
        if low == 0 and len(minima) and len(later) and minima[0] < later[0]:
            continue
        peak = low + int(np.argmax(eff_grad[low:high])) if high > low else high
        phases[low:peak], phases[peak:high] = "C", "A"
    return phases


def jumps(run: xr.Dataset, delta: float = 1e-2) -> np.ndarray:
    """Return the steps at which a run performed a delta-jump [periodic def. 1].

    Args:
        run: A run sampled by ``every``; only sampled steps are looked at.
        delta: The cosine distance that a jump exceeds.

    Returns:
        The steps t with 1 - cos(x_t, x_{t+1}) > delta.

    Raises:
        ValueError: If delta is not in (0, 1), or the run was averaged.
    """
    if not 0 < delta < 1:
        raise ValueError(f"need 0 < delta < 1, got delta={delta!r}")
    _need_samples(run)
    return run["step"].values[run["cos_dist"].values > delta]


def jump_bounds(run: xr.Dataset, lr: float, reach: int = 100) -> xr.Dataset:
    """Return delta_min and delta_max of the figure beside the cosine distance [periodic figure 3].

    Args:
        run: A run sampled by ``every``.
        lr: Its learning rate.
        reach: l and L are the extremes of the effective gradient over this many samples to either side.

    Returns:
        A Dataset over step with ``delta_min``, ``delta_max`` and ``cos_dist``.
    """
    from scipy.ndimage import maximum_filter1d, minimum_filter1d

    _need_samples(run)
    eff_grad, norm_sq = run["total_eff_grad"].values, run["total_norm"].values ** 2
    size = 2 * reach + 1
    bounds = {
        "delta_min": periodic.delta_bound(norm_sq, minimum_filter1d(eff_grad, size) ** 2, lr),
        "delta_max": periodic.delta_bound(norm_sq, maximum_filter1d(eff_grad, size) ** 2, lr),
    }
    return run[["cos_dist"]].assign({name: ("step", values) for name, values in bounds.items()})


def phases(run: xr.Dataset) -> np.ndarray:
    """Return the phase "A", "B" or "C" of each sample of a run that cycles (see ``find_phases``)."""
    _need_samples(run)
    return find_phases(run["total_norm"].values, run["total_eff_grad"].values)


def cycle(run: xr.Dataset, lr: float, wd: float) -> Cycle:
    """Return what the norm of a run does in the long run, with its period in steps (see ``find_cycle``)."""
    step = run["step"].values
    log_norm_sq, reach = 2 * np.log(run["total_norm"].values), log_reach(lr, run["total_eff_grad"].values)
    return find_cycle(log_norm_sq, float(step[1] - step[0]), -np.log1p(-lr * wd), reach)


def _need_samples(run: xr.Dataset) -> None:
    if run.attrs.get("reduction") != "sample":
        raise ValueError("need a run sampled with every=k, got an averaged one")
