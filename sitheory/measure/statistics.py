"""Means of correlated values with their standard errors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    pass


class Estimate(NamedTuple):
    """A time average and its standard error."""

    mean: float
    error: float


def estimate(series: np.ndarray, burn_in: float = 0.5) -> Estimate:
    """Return the mean of a time series and its standard error by blocking.

    Neighbouring values are correlated: the error is the largest that any blocking into pairs, fours,
    eights... shows while at least eight blocks are left (Flyvbjerg and Petersen 1989).

    Args:
        series: Shape (time,).
        burn_in: The fraction of the series that is dropped at its start.

    Returns:
        Mean and standard error; the error is NaN for fewer than two values.

    Raises:
        ValueError: If burn_in is not in [0, 1).
    """
    if not 0 <= burn_in < 1:
        raise ValueError(f"need 0 <= burn_in < 1, got burn_in={burn_in!r}")
    kept = np.asarray(series, dtype=float)[int(burn_in * len(series)) :]
    blocks = kept
    errors: list[float] = []
    while len(blocks) >= 2 and (not errors or len(blocks) >= 8):
        errors.append(blocks.std(ddof=1) / np.sqrt(len(blocks)))
        blocks = blocks[: len(blocks) // 2 * 2].reshape(-1, 2).mean(axis=1)
    return Estimate(float(kept.mean()), float(max(errors, default=np.nan)))


def power(x: np.ndarray, y: np.ndarray) -> Estimate:
    """Return the power of x that y follows: least-squares slopes of log y in log x.

    Args:
        x: Shape (points,).
        y: Shape (points, seeds), positive; a seed with another value is left out.

    Returns:
        The mean slope over the seeds and its standard error, NaN where there is none to take.
    """
    logs = np.log(x)
    slopes = [np.polyfit(logs, np.log(column), 1)[0] for column in y.T if np.all(column > 0)]
    if not slopes:
        return Estimate(float("nan"), float("nan"))
    error = np.std(slopes, ddof=1) / len(slopes) ** 0.5 if len(slopes) > 1 else float("nan")
    return Estimate(float(np.mean(slopes)), float(error))


def relative_spread(values: Sequence[float]) -> float:
    """Return std/mean of the groups' values, NaN where their mean is 0."""
    mean = float(np.mean(values))
    return float(np.std(values) / mean) if mean > 0 else float("nan")
