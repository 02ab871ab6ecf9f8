"""Predictions beside what a figure's result shows of them, with errors, and whether the two agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sitheory.measure.statistics import Estimate

ERRORS = 3.0
"""A measured mean may lie this many standard errors from the prediction: once in 370 by chance."""

RELATIONS = {"=": "=", "<=": "≤", ">=": "≥", ">": ">"}


@dataclass(frozen=True)
class Number:
    """A prediction beside what was measured.

    Args:
        what: What the number is, with TeX between dollars.
        predicted: The prediction.
        measured: The measured number.
        error: Its standard error; 0 where the number is exact or a bound over all that was seen.
        relation: How the measured number stands to the prediction if that is true: one of RELATIONS.
        slack: What the prediction itself leaves out, and ``why`` says what that is.
        why: What the slack is for.
        printed: Whether the paper prints the prediction, and not a derivation here.
        flag: Why the error bar is none, in a word or two; empty where it stands.
    """

    what: str
    predicted: float
    measured: float
    error: float = 0.0
    relation: str = "="
    slack: float = 0.0
    why: str = ""
    printed: bool = False
    flag: str = ""

    def __post_init__(self):
        if self.relation not in RELATIONS:
            raise ValueError(f"need a relation from {', '.join(RELATIONS)}, got {self.relation!r}")
        if (self.slack > 0) != bool(self.why):
            raise ValueError(f"need slack and its reason together, got slack={self.slack}, why={self.why!r}")

    @property
    def agrees(self) -> bool:
        """Whether the measured number stands to the prediction as it must, errors and slack allowed."""
        room = ERRORS * self.error + self.slack
        over = self.measured - self.predicted
        if self.relation == ">":  # a strict sign has to be seen, not only not to be excluded
            return bool(over > room)
        inside = {"=": abs(over) <= room, "<=": over <= room, ">=": over >= -room}
        return bool(inside[self.relation])


def mean_of(values: Sequence[float] | np.ndarray) -> Estimate:
    """Return mean and standard error of independent values; the error is 0 for a single one."""
    kept = np.asarray(values, dtype=float).ravel()
    error = kept.std(ddof=1) / len(kept) ** 0.5 if len(kept) > 1 else 0.0
    return Estimate(float(kept.mean()), float(error))


def share_of(hits: Sequence[bool] | np.ndarray) -> Estimate:
    """Return a share and its standard error, which is that of one miss where there is none."""
    seen = np.asarray(hits, dtype=bool).ravel()
    share = float(seen.mean())
    spread = max(share * (1 - share), (1 - 1 / len(seen)) / len(seen))
    return Estimate(share, float((spread / len(seen)) ** 0.5))


def slope_of(x: np.ndarray, y: np.ndarray) -> Estimate:
    """Return the mean power of y in x over the columns of y, with its standard error over them.

    Args:
        x: Shape (n,); NaN where there is no value.
        y: Shape (n, seeds).
    """
    seen = np.isfinite(x)
    fits = np.polyfit(np.log(x[seen]), np.log(y[seen]), 1)
    return mean_of(fits[0])
