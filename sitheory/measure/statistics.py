"""Means of correlated values with their standard errors."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple, Self

import numpy as np

FEWEST_VALUES = 8
"""Blocking needs this many values; an error bar from fewer is chance."""

SIGNIFICANT = 3.0
"""Two means this many standard errors apart are not the same."""

CREEP = 0.6
"""What a doubling leaves of a creep like log(t)/t, which is a little more than half."""

LOPSIDED = 0.8
"""A skewness of the kept values beyond this is that of rare excursions; 32 normal ones reach it in 5 % of cases."""

ROUNDING = 2.0**-46
"""What sums of a window's steps may lose to rounding, relative to the largest value."""


class Flag(StrEnum):
    """Why the error bar of a time average is none, empty where it stands."""

    STANDS = ""
    TOO_SHORT = "too short"
    DRIFTING = "drifting"
    HEAVY_TAIL = "heavy tail"
    NOT_FINITE = "not finite"

    @property
    def code(self) -> int:
        """The code that a result's variable holds."""
        return list(Flag).index(self)

    @classmethod
    def meanings(cls) -> str:
        """All codes with what they say, as the attribute ``flag_meanings`` holds them."""
        return "; ".join(f"{flag.code}: {flag.value or 'the error bar stands'}" for flag in cls)


class _Pair(NamedTuple):
    mean: float
    error: float


class Estimate(_Pair):
    """A time average and its standard error, a pair; ``flag`` says why that error is none where it is none."""

    flag: Flag = Flag.STANDS

    def __new__(cls, mean: float, error: float, flag: Flag = Flag.STANDS) -> Self:
        """Make the pair and keep its flag beside it."""
        made = super().__new__(cls, mean, error)
        made.flag = flag
        return made

    def __repr__(self) -> str:
        """Show the flag where there is one."""
        told = f", flag={self.flag.value!r}" if self.flag else ""
        return f"Estimate(mean={self.mean!r}, error={self.error!r}{told})"


@np.errstate(over="ignore", invalid="ignore")
def estimate(series: np.ndarray, burn_in: float = 0.5, rounding: float = 0.0) -> Estimate:
    """Return the mean of a time series and its standard error, by blocking and by doubling.

    Neighbouring values are correlated: the error by blocking is the largest that any blocking into pairs, fours,
    eights... shows while at least eight blocks are left (Flyvbjerg and Petersen 1989). A run may still creep towards
    its limit: where a part is dropped, the same mean is taken of the run's first half and of its first quarter, and
    the error is at least what is missing if each doubling halves the change (``_creep``). It is never below rounding.

    The flag says where that is no error bar: ``too short`` for fewer than eight values, ``drifting`` where the two
    means differ, or the halves of what is kept, by more than three standard errors, ``heavy tail`` where rare values
    decide the mean, so that what was not seen yet may move it.

    Args:
        series: Shape (time,).
        burn_in: The fraction of the series that is dropped at its start.
        rounding: What rounding may do to one value, beside ``ROUNDING`` times the largest one.

    Returns:
        Mean, standard error and flag; the error is NaN for fewer than two values.

    Raises:
        ValueError: If burn_in is not in [0, 1).
    """
    if not 0 <= burn_in < 1:
        raise ValueError(f"need 0 <= burn_in < 1, got burn_in={burn_in!r}")
    series = np.asarray(series, dtype=float)
    kept = _kept(series, burn_in)
    unit = float(np.abs(kept).max(initial=0.0))
    if not np.isfinite(unit):
        return Estimate(float(kept.mean()), float("nan"), Flag.NOT_FINITE)
    unit = unit or 1.0
    scaled = series / unit  # squares of tiny or huge values would leave float64
    floor = max(ROUNDING if np.any(kept) else 0.0, rounding / unit)
    mean, error = _blocked(kept / unit)
    before = _kept(scaled[: len(series) // 2], burn_in) if burn_in else scaled[:0]
    flag = _flag(kept / unit, before, floor)
    wide = max([error, floor, *_creep(scaled, burn_in)]) if np.isfinite(error) else error
    return Estimate(mean * unit, wide * unit, flag)


def _kept(series: np.ndarray, burn_in: float) -> np.ndarray:
    return series[int(burn_in * len(series)) :]


def _creep(series: np.ndarray, burn_in: float) -> list[float]:
    """By how much a mean that creeps like 1/t is still off, from the runs of half and of a quarter the length.

    The change to the half is that, but chance may hide it; the change from the half to the quarter times ``CREEP`` is
    that too, and counts as far as the former would not have shown it.
    """
    if not burn_in or len(series) < 4 or not np.all(np.isfinite(series)):
        return []
    whole, half, quarter = (_kept(series[: len(series) // k], burn_in) for k in (1, 2, 4))
    change, doubt = _change(half, whole)
    hidden = abs(float(half.mean() - quarter.mean())) * CREEP
    return [abs(change), min(hidden, SIGNIFICANT * doubt)] if np.isfinite(doubt) else []


def _blocked(kept: np.ndarray) -> tuple[float, float]:
    """Mean and standard error by blocking."""
    blocks, errors = kept, [np.nan] if len(kept) < 2 else []
    while len(blocks) >= 2 and (not errors or len(blocks) >= FEWEST_VALUES):
        errors.append(blocks.std(ddof=1) / np.sqrt(len(blocks)))
        blocks = blocks[: len(blocks) // 2 * 2].reshape(-1, 2).mean(axis=1)
    return float(kept.mean()) if len(kept) else float("nan"), float(max(errors))


def _change(before: np.ndarray, after: np.ndarray) -> tuple[float, float]:
    """The change of the mean from one part to another, with its standard error; NaN where a part tells nothing."""
    if min(len(before), len(after)) < 2 or not np.all(np.isfinite(before)):
        return float("nan"), float("nan")
    (was, blur), (now, noise) = _blocked(before), _blocked(after)
    return now - was, float(np.hypot(blur, noise))


def _flag(kept: np.ndarray, before: np.ndarray, floor: float) -> Flag:
    if len(kept) < FEWEST_VALUES:
        return Flag.TOO_SHORT
    middle = len(kept) // 2
    for change, noise in (_change(before, kept), _change(kept[:middle], kept[middle:])):
        if abs(change) > SIGNIFICANT * noise + floor:
            return Flag.DRIFTING
    apart = kept - kept.mean()
    spread = apart.std()
    if spread > floor and abs(np.mean((apart / spread) ** 3)) > LOPSIDED:
        return Flag.HEAVY_TAIL
    return Flag.STANDS


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
    """Return std/mean of the groups' values, NaN where their mean is 0 or not finite."""
    largest = float(np.max(np.abs(values)))
    if not 0 < largest < np.inf:
        return float("nan")
    scaled = np.ldexp(values, -int(np.frexp(largest)[1]))  # no square leaves float64
    return float(np.std(scaled) / np.mean(scaled)) if np.mean(scaled) > 0 else float("nan")
