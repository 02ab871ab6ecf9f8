"""Numbers, their errors, and tables as every command prints them."""

from __future__ import annotations

import math
import statistics
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sitheory.measure.statistics import Estimate

NOTHING = 1e-15
"""Smaller numbers are printed as 0: they are roundings, or a loss that has converged."""


def pm(value: Estimate, nothing: float = NOTHING) -> str:
    """Return a mean with its standard error, which is left out where it is rounding, and why that is none."""
    flag = f" ({value.flag})" if value.flag and not abs(value.mean) < nothing else ""
    if not value.error > nothing:
        return number(value.mean, nothing) + flag
    return plus_minus(value.mean, value.error) + flag


def plus_minus(mean: float, error: float) -> str:
    """Return a number in the digits that its error allows, and the error, which is left out where it is rounding."""
    if not math.isfinite(mean):
        return "-"
    if not (math.isfinite(error) and error > 1e-9 * abs(mean)):
        return number(mean, 0)
    digits = max(0, 1 - math.floor(math.log10(error)))
    if digits > 8 or abs(mean) >= 1e7:
        return f"{mean:.4g} +- {error:.1g}"
    return f"{mean:.{digits}f} +- {error:.{digits}f}"


def with_error(values: Iterable[float]) -> str:
    """Return mean and standard error of independent values; what is not finite is left out."""
    kept = [float(value) for value in values if math.isfinite(value)]
    if not kept:
        return "-"
    error = statistics.stdev(kept) / len(kept) ** 0.5 if len(kept) > 1 else 0.0
    return plus_minus(statistics.fmean(kept), error)


def number(value: float, nothing: float = NOTHING) -> str:
    """Return a number in six digits, 0 for one that is nothing, "none" for one that is not a number."""
    if math.isnan(value):
        return "none"
    return "0" if abs(value) < nothing else f"{value:.6g}"


def counted(count: int, what: str) -> str:
    """Return a whole number and what it counts, in the singular for one."""
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def interval(low: float, high: float) -> str:
    """Return two ends in six digits, "none" where they are not finite numbers."""
    return f"{low:.6g} to {high:.6g}" if math.isfinite(low) and math.isfinite(high) else "none"


def finite(value: float) -> float | None:
    """Return a value, or None, JSON's null, for one that is not finite."""
    return value if math.isfinite(value) else None


def columns(cells: Mapping[str, Sequence[str]], left: Collection[str] = ()) -> str:
    """Return a table: the mapping's keys head its columns.

    Args:
        cells: Head -> the column's cells.
        left: Heads of the columns that read from the left, as words do; the others end at the right, as numbers do.

    Returns:
        Lines of text.
    """
    padded = []
    for head, column in cells.items():
        width = max(map(len, (head, *column)))
        padded.append([cell.ljust(width) if head in left else cell.rjust(width) for cell in (head, *column)])
    return "\n".join("  ".join(row).rstrip() for row in zip(*padded, strict=True))


def beside(rows: Sequence[tuple[str, str]]) -> list[str]:
    """Return a line for each name with its text, the texts below each other."""
    width = max(len(name) for name, _ in rows) + 3
    return [f"  {name:<{width}}{text}" for name, text in rows]
