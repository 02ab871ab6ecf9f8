"""Tables that the doors print: columns of text, numbers with their errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np


def with_error(values: np.ndarray) -> str:
    """Return mean and standard error of independent values, in digits that the error allows."""
    kept = np.asarray(values, dtype=float)
    kept = kept[np.isfinite(kept)]
    if not len(kept):
        return "-"
    error = kept.std(ddof=1) / len(kept) ** 0.5 if len(kept) > 1 else 0.0
    return pm(float(kept.mean()), float(error))


def pm(mean: float, error: float) -> str:
    """Return a number and its error; the error is left out where there is none."""
    if not np.isfinite(mean):
        return "-"
    if not (np.isfinite(error) and error > 1e-9 * abs(mean)):
        return f"{mean:.6g}"
    digits = max(0, 1 - int(np.floor(np.log10(error))))
    if digits > 8 or abs(mean) >= 1e7:
        return f"{mean:.4g} +- {error:.1g}"
    return f"{mean:.{digits}f} +- {error:.{digits}f}"


def columns(cells: Mapping[str, Sequence[str]]) -> str:
    """Return a table: the mapping's keys head its columns."""
    widths = [max(map(len, (head, *column))) for head, column in cells.items()]
    rows = [tuple(cells), *zip(*cells.values(), strict=True)]
    return "\n".join(
        "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows
    )
