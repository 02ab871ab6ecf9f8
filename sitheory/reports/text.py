"""Numbers as the commands print them."""

from __future__ import annotations

import numpy as np

from sitheory.measure.statistics import Estimate

NOTHING = 1e-15
"""Smaller numbers are printed as 0: they are roundings, or a loss that has converged."""


def pm(value: Estimate, nothing: float = NOTHING) -> str:
    """Return a mean with its standard error, which is left out where it is rounding, and why that is none."""
    flag = f" ({value.flag})" if value.flag and not abs(value.mean) < nothing else ""
    if not np.isfinite(value.error) or value.error <= max(1e-9 * abs(value.mean), nothing):
        return number(value.mean, nothing) + flag
    return f"{value.mean:.6g} +- {value.error:.2g}{flag}"


def number(value: float, nothing: float = NOTHING) -> str:
    """Return a number in six digits, 0 for one that is nothing, "none" for one that is not a number."""
    if np.isnan(value):
        return "none"
    return "0" if abs(value) < nothing else f"{value:.6g}"


def interval(low: float, high: float) -> str:
    """Return two ends in six digits, "none" where they are not finite numbers."""
    return f"{low:.6g} to {high:.6g}" if np.isfinite(low) and np.isfinite(high) else "none"


def finite(value: float) -> float | None:
    """Return a value, or None, JSON's null, for one that is not finite."""
    return value if np.isfinite(value) else None
