"""Progress of long runs: the steps done so far, drawn on a terminal."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import Any

LONG_RUN = 10_000_000
"""Runs of more steps than this show a progress bar on a terminal."""
PATIENCE = 2.0
"""Seconds before a bar of what may be short is drawn."""
Progress = Callable[[int], Any]


@contextlib.contextmanager
def progress_bar(steps: int) -> Iterator[Progress | None]:
    """Give a progress callback that draws on a terminal, or None for short runs and in a pipe.

    Args:
        steps: How many steps the callback will be reported in all.

    Yields:
        What to pass as ``progress``.
    """
    if steps <= LONG_RUN or not sys.stderr.isatty():
        yield None
        return
    from tqdm import tqdm

    with tqdm(total=steps, unit="step", unit_scale=True, leave=False) as bar:
        yield lambda done: bar.update(done - bar.n)


@contextlib.contextmanager
def cells_bar(cells: int) -> Iterator[Progress | None]:
    """Give a progress callback for the cells of a grid that draws on a terminal, or None in a pipe.

    Its rate is that of the cells computed now: those found on disk are reported first and do not count.

    Args:
        cells: How many cells there are.

    Yields:
        What to pass as ``progress``.
    """
    if not cells or not sys.stderr.isatty():
        yield None
        return
    from tqdm import tqdm

    with tqdm(total=cells, unit="cell", unit_scale=True, leave=False, smoothing=0) as bar:

        def tell(done: int) -> None:
            if bar.n:
                bar.update(done - bar.n)
            else:
                bar.initial = bar.n = done
                bar.refresh()

        yield tell


@contextlib.contextmanager
def patient_bar(unit: str) -> Iterator[Callable[[int, int | None], Any] | None]:
    """Give a callback that draws on a terminal what takes longer than two seconds, or None in a pipe.

    Args:
        unit: Of what.

    Yields:
        To be called with how many are done, and of how many so far, if that is known.
    """
    if not sys.stderr.isatty():
        yield None
        return
    from tqdm import tqdm

    with tqdm(unit=unit, leave=False, delay=PATIENCE) as bar:

        def tell(done: int, of: int | None) -> None:
            bar.total = of
            bar.update(done - bar.n)

        yield tell
