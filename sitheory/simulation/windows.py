"""The equal windows of a run over which means are taken."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

WINDOWS = 64
"""By default means are taken over this many windows of a run."""
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


class WindowSums:
    """Sums of what is observed step by step over the equal windows of a run, and the extremes of some of it.

    Args:
        steps: How many steps the run has.
        windows: How many windows.
        extremes: Of which names the least and the greatest value are kept too.
    """

    def __init__(self, steps: int, windows: int, extremes: Collection[str] = ()):
        self.ends, self.extremes = window_ends(steps, windows), extremes
        self.sums: Series = {}
        self.least: Series = {}
        self.most: Series = {}

    def add(self, first: int, seen: Series) -> None:
        """Add the steps from ``first`` on, each series of shape (..., time)."""
        count = next(iter(seen.values())).shape[-1]
        window = np.searchsorted(self.ends, first + np.arange(count), side="right")
        begun, cuts = np.unique(window, return_index=True)
        for name, values in seen.items():
            shape = (*values.shape[:-1], len(self.ends))
            whole = self.sums.setdefault(name, np.zeros(shape))
            whole[..., begun] += np.add.reduceat(values, cuts, axis=-1)
            if name in self.extremes:
                least, most = self.least.setdefault(name, np.full(shape, np.inf)), self.most
                greatest = most.setdefault(name, np.full(shape, -np.inf))
                least[..., begun] = np.minimum(least[..., begun], np.minimum.reduceat(values, cuts, axis=-1))
                greatest[..., begun] = np.maximum(
                    greatest[..., begun], np.maximum.reduceat(values, cuts, axis=-1)
                )

    def means(self) -> Series:
        """Return the mean of each series over each window, shape (..., windows)."""
        sizes = np.diff(self.ends, prepend=0)
        return {name: total / sizes for name, total in self.sums.items()}
