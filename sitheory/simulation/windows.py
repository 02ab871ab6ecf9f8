"""The equal windows of a run over which means are taken."""

from __future__ import annotations

import numpy as np

WINDOWS = 64
"""Without being told otherwise, means are taken over this many windows of a run."""
Series = dict[str, np.ndarray]


def check_steps(steps: int) -> int:
    """Return steps as an int.

    Raises:
        ValueError: If it is not a whole number from 1 to 2**53.
    """
    if not (float(steps).is_integer() and steps >= 1):
        raise ValueError(f"need steps >= 1, got steps={steps!r}")
    if steps > 2**53:
        raise ValueError(f"need steps <= 2**53, got steps={steps!r}")
    return int(steps)


def window_ends(steps: int, windows: int) -> np.ndarray:
    """Return the step at which each of the equal windows ends, shape (windows,)."""
    return (np.arange(windows) + 1) * steps // windows


def check_windows(windows: int, steps: int) -> None:
    """Raise ValueError if windows is not in [1, steps]."""
    if not 1 <= windows <= steps:
        raise ValueError(f"need 1 <= windows <= steps, got windows={windows} and steps={steps}")
