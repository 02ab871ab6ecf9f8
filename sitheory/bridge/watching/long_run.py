"""What a run of a network does in the long run: its regime, its destabilisations, how equal its groups become."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from sitheory.measure import cycles
from sitheory.measure.regimes import WIDE_STEP, Regime, RegimeDecision
from sitheory.measure.statistics import relative_spread

if TYPE_CHECKING:
    import xarray as xr

FALLING, RESTING = -0.5, -0.35
"""Slopes of log loss over log epoch: a converging loss falls like epoch^-0.6 or faster, one in equilibrium rests."""

SURE = 0.9
"""How sure it is, from the noise about a line, that the last part still falls, or that it no longer falls as before."""

LATE = 0.25
"""The share of a run that is left out at its start wherever something is said of its long run."""

LAST = 2 / 3
"""Where the last part begins, by which a loss that fell and came to rest is known from one that goes on falling."""

TENFOLD = float(np.log(10))
"""A destabilisation: the loss grows at least tenfold and falls again as much."""


def regime_decision(run: xr.Dataset) -> RegimeDecision:
    """Return the regime of a run of a network with the statistic that decided it.

    A network's loss converges like a power of time and never by six orders of magnitude, so that the slope of
    log loss over log epoch decides between the first two regimes; the third is recognised by steps as wide as a random
    walk's, not by ESS, which stays equal in all groups just past the border.
    """
    late = late_rows(run)
    turn = float(mean_over(run, "cos_dist", late))
    if turn > WIDE_STEP:
        reason = f"a step's mean cosine distance {turn:.3g} is above {WIDE_STEP}"
        return RegimeDecision(Regime.DIVERGENCE, "cosine distance", turn, float("nan"), WIDE_STEP, reason)
    told = late & np.isfinite(run["loss"].values)
    if told.sum() < 3:
        return RegimeDecision(
            Regime.UNDECIDED, "rows", float(told.sum()), 0.0, 3.0, "the run is too short to tell"
        )
    slope, last, error = _slopes(run, told)
    if slope < FALLING and last - error < FALLING and last + error < 0:
        regime, reason = Regime.CONVERGENCE, f"the loss falls like epoch^{slope:.2f}"
    elif slope < FALLING and last > RESTING and last - error > FALLING:
        slope, regime = last, Regime.EQUILIBRIUM
        reason = f"the loss fell and came to rest (epoch^{last:.2f} in the last third)"
    elif slope > RESTING:
        regime, reason = Regime.EQUILIBRIUM, f"the loss rests (epoch^{slope:.2f})"
    elif slope < FALLING:
        regime = Regime.UNDECIDED
        reason = (
            f"the loss fell (epoch^{slope:.2f}), and whether it has come to rest cannot be seen yet "
            f"(epoch^({last:.2f} ± {error:.2f}) in the last third)"
        )
    else:
        regime = Regime.UNDECIDED
        reason = f"the loss falls slowly (epoch^{slope:.2f}, epoch^{last:.2f} at last)"
    return RegimeDecision(regime, "slope of log loss", slope, float("nan"), FALLING, reason)


def _slopes(run: xr.Dataset, rows: np.ndarray) -> tuple[float, float, float]:
    """Return the slope of log loss over log epoch in some rows, that of their last part, and what it may be off by.

    The latter two are those of a line that may bend where the last part begins, with the noise about all of it.
    """
    epochs, losses = np.log(run["epoch"].values[rows].astype(float)), np.log(run["loss"].values[rows])
    slope = float(np.polyfit(epochs, losses, 1)[0])
    past = epochs - np.log(LAST * run["epoch"].values[-1])
    bent = np.stack([np.ones_like(past), past, np.maximum(past, 0)], axis=1)
    line, _, rank, _ = np.linalg.lstsq(bent, losses, rcond=None)
    free = len(losses) - int(rank)
    if rank < bent.shape[1] or free < 1:
        return slope, slope, float("inf")
    noise_sq = float(np.sum((losses - bent @ line) ** 2)) / free
    spread = np.linalg.inv(bent.T @ bent)[1:, 1:].sum()
    return slope, float(line[1] + line[2]), float(stats.t.ppf(SURE, free) * np.sqrt(noise_sq * spread))


def destabilisations(run: xr.Dataset) -> np.ndarray:
    """Return the steps at which the loss seen in training had grown tenfold, before it fell again as much.

    Args:
        run: A run with a row each epoch or each few.

    Returns:
        Steps, shape (times,).
    """
    log_loss = np.log(run["online_loss"].values[1:])
    return run["step"].values[1:][cycles.turns(log_loss, TENFOLD)[0]]


def ess_means(run: xr.Dataset) -> tuple[np.ndarray, float]:
    """Return the groups' late time means of log(1 + ESS_i^2), and how far apart they may be [regimes:time-average].

    The bound 2 log(M/m) / T needs no more of the ELRs than the ends of the time that is averaged over.
    """
    late = late_rows(run)
    before = int(np.flatnonzero(late)[0]) - 1
    ends = -2 * np.log(run["norm"].values[[before, -1]])
    steps = float(run["step"].values[-1] - run["step"].values[before])
    return mean_over(run, "log1p_ess_sq", late), 2 * float(np.ptp(ends)) / steps


def ess_spread(run: xr.Dataset) -> float:
    """Return std/mean over the groups of their time-mean ESS in the late part of a run."""
    return relative_spread(mean_over(run, "ess", late_rows(run)).tolist())


def elr_spread(run: xr.Dataset) -> float:
    """Return the largest over the least of the groups' time-mean ELRs in the late part of a run."""
    means = run["elr_group"].values[late_rows(run)].mean(axis=0)
    return float(means.max() / means.min())


def late_rows(run: xr.Dataset) -> np.ndarray:
    """Return which rows are past the start that long-run statements leave out."""
    return run["epoch"].values > LATE * run["epoch"].values[-1]


def mean_over(run: xr.Dataset, name: str, rows: np.ndarray) -> np.ndarray:
    """Return a variable's mean over the steps of these rows, which are means over windows of different lengths."""
    steps = np.diff(run["step"].values, prepend=0)[rows]
    return np.average(run[name].values[rows], axis=0, weights=steps)
