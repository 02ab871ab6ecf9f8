"""What a trajectory shows: regime, time averages with error bars, Lyapunov exponent, period.

Each measure takes a Dataset under the schema of ``sitheory.trajectory``; the functions that do the
arithmetic take plain arrays with time on the last axis, so that the command line needs no xarray.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import xarray as xr
from sitheory.measure.statistics import Estimate, estimate

CONVERGED_FRACTION = 1e-6
"""A loss below this fraction of the largest window mean seen, and still falling, has converged."""

STILL_MOVING = 0.1
"""A change of the mean log loss between the last two quarters beyond this (and its error) is a trend."""

WIDE_STEP = 0.5
"""Cosine distance between adjacent iterates above which steps turn the weights by more than 60 degrees."""

LOG_NOTHING = -400.0
"""A log loss below this (a loss under 1e-173) has converged whether it still falls or rests on the floor
that the kernels keep squared coordinates above; a loss of 0 counts as this."""

SHORTEST_PATH = 1.0
"""A run whose steps turn the weights by less than this in all, in radians, has hardly moved."""

FEWEST_WINDOWS = 16
"""With fewer windows the quarters hold fewer than four means and no error bar can be trusted."""


class Regime(StrEnum):
    """The three regimes of training on the sphere [regimes §3.2], and what to say when a run is too short."""

    CONVERGENCE = "convergence"
    EQUILIBRIUM = "equilibrium"
    DIVERGENCE = "divergence"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class RegimeDecision:
    """A regime with the statistic that decided it.

    ``value`` (with its standard error) was compared with ``limit``; ``reason`` says so in words.
    """

    regime: Regime
    statistic: str
    value: float
    error: float
    limit: float
    reason: str


@np.errstate(over="ignore", invalid="ignore")
def decide_regime(loss: np.ndarray, log_loss: np.ndarray, cos_dist: np.ndarray, steps: int) -> RegimeDecision:
    """Decide the regime of one run from window means, and by doubling.

    A level that half the run puts into another regime, or a log loss that has not fallen steadily since, is undecided:
    a longer run may decide otherwise. For the rule that both halves are decided by, see ``_decide``.

    Args:
        loss: Window means of the loss, shape (window,).
        log_loss: Window means of its logarithm, -inf where a loss was 0.
        cos_dist: Window means of the cosine distance between adjacent iterates.
        steps: How many steps the windows cover.

    Returns:
        The decision.
    """
    decision = _decide(loss, log_loss, cos_dist, steps)
    if decision.regime is Regime.UNDECIDED or len(loss) < 2 * FEWEST_WINDOWS:
        return decision
    middle = len(loss) // 2
    if decision.regime is Regime.CONVERGENCE:
        late = np.maximum(log_loss[middle:], LOG_NOTHING)
        risen, fallen = float(np.max(late - np.minimum.accumulate(late))), float(late[0] - late[-1])
        if risen <= STILL_MOVING * max(fallen, -late[-1]):
            return decision
        reason = "the loss fell and rose again on its way, so the run is too short to tell"
        return _undecided("rise of log loss", risen, np.nan, STILL_MOVING * fallen, reason)
    half = _decide(loss[:middle], log_loss[:middle], cos_dist[:middle], steps // 2)
    if half.regime not in (decision.regime, Regime.UNDECIDED):
        reason = f"half the run looks like {half.regime}, so the run is too short to tell"
        return _undecided(decision.statistic, decision.value, decision.error, decision.limit, reason)
    return decision


def _decide(loss: np.ndarray, log_loss: np.ndarray, cos_dist: np.ndarray, steps: int) -> RegimeDecision:
    """Decide the regime of one run as it stands.

    The run has converged where its loss has fallen by six orders of magnitude and goes on falling, or
    where nothing is left of it. Where the log loss has stopped moving, the mean cosine distance between
    adjacent iterates decides: above 1/2 the steps turn the weights by more than 60 degrees and the run
    diverges, below it the run is in equilibrium. Where neither can be decided, it is undecided.
    """
    if len(loss) < FEWEST_WINDOWS:
        return _undecided("windows", len(loss), np.nan, FEWEST_WINDOWS, "the run is too short to tell")
    if not np.all(np.isfinite(loss)):
        return _undecided("loss", np.nan, np.nan, np.nan, "the run failed numerically")
    quarter = len(loss) // 4
    fraction = float(loss[-quarter:].mean() / loss.max()) if loss.max() > 0 else 0.0
    if np.all(log_loss[-quarter:] <= LOG_NOTHING):
        reason = "the loss has fallen to nothing"
        return RegimeDecision(Regime.CONVERGENCE, "loss fraction", fraction, 0.0, CONVERGED_FRACTION, reason)
    before, after = (
        estimate(log_loss[part], 0) for part in (slice(-2 * quarter, -quarter), slice(-quarter, None))
    )
    change, noise = after.mean - before.mean, float(np.hypot(before.error, after.error))
    moving = abs(change) > STILL_MOVING + 3 * noise
    if moving and fraction < CONVERGED_FRACTION and change < 0:
        reason = f"the loss fell to {fraction:.1g} of its largest mean and is still falling"
        return RegimeDecision(Regime.CONVERGENCE, "loss fraction", fraction, 0.0, CONVERGED_FRACTION, reason)
    if moving:
        reason = (
            f"the mean log loss still {'falls' if change < 0 else 'rises'}, so the run is too short to tell"
        )
        return _undecided("change of log loss", change, noise, STILL_MOVING, reason)
    if (path := steps * float(np.sqrt(2 * max(cos_dist.mean(), 0.0)))) < SHORTEST_PATH:
        return _undecided("path", path, np.nan, SHORTEST_PATH, "the run has hardly moved from its start")
    return _decide_by_step(estimate(cos_dist))


def _decide_by_step(turn: Estimate) -> RegimeDecision:
    statistic = "cosine distance"
    if abs(turn.mean - WIDE_STEP) <= 2 * turn.error:
        return _undecided(
            statistic, turn.mean, turn.error, WIDE_STEP, "the step width is within its error of the border"
        )
    regime = Regime.DIVERGENCE if turn.mean > WIDE_STEP else Regime.EQUILIBRIUM
    side = "above" if turn.mean > WIDE_STEP else "below"
    reason = (
        f"the mean log loss moves no more than its noise and a step's mean cosine distance {turn.mean:.3g} is "
        f"{side} {WIDE_STEP}"
    )
    return RegimeDecision(regime, statistic, turn.mean, turn.error, WIDE_STEP, reason)


def _undecided(statistic: str, value: float, error: float, limit: float, reason: str) -> RegimeDecision:
    return RegimeDecision(Regime.UNDECIDED, statistic, float(value), float(error), float(limit), reason)


def regime(traj: xr.Dataset) -> Regime | xr.DataArray:
    """Return the regime of a run, or one for each cell of a sweep.

    Convergence means that the loss goes to 0; of a loss with another minimum, subtract that first.

    Args:
        traj: A Dataset with window means of loss, log_loss and cos_dist, or samples of loss and cos_dist.

    Returns:
        A Regime; for a sweep a DataArray of Regimes over its dims.
    """
    return _over_cells(traj, lambda cell: regime_decision(cell).regime)


def regime_decision(traj: xr.Dataset) -> RegimeDecision:
    """Return the regime of one run with the statistic that decided it (see ``decide_regime``)."""
    loss = traj["loss"].values
    if "log_loss" in traj:
        log_loss = traj["log_loss"].values
    else:
        with np.errstate(divide="ignore"):
            log_loss = np.log(np.maximum(loss, 0))  # rounding may take a loss that has vanished below 0
    steps = json.loads(traj.attrs["config"])["steps"]
    return decide_regime(loss, log_loss, traj["cos_dist"].values, steps)


def _over_cells(traj: xr.Dataset, measure):
    import xarray as xr

    cells = [d for d in traj["loss"].dims if d != "step"]
    if not cells:
        return measure(traj)
    stacked = traj.stack(cell=cells)
    found = [measure(stacked.isel(cell=i)) for i in range(stacked.sizes["cell"])]
    return xr.DataArray(np.array(found, dtype=object), dims="cell", coords={"cell": stacked["cell"]}).unstack(
        "cell"
    )
