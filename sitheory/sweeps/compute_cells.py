"""Compute a block of a grid's cells; a cell that raises is data."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from sitheory._kernels.status import Status
from sitheory.sweeps.block_files import Block
from sitheory.sweeps.grid import Grid, Swept

PASSING = (OSError, MemoryError, ImportError)
"""Errors of the machine, not of a cell: they stop the sweep, and the cell is computed at the next start."""


def compute(swept: Swept, grid: Grid, index: int) -> Block:
    """Compute a block; a cell that raises gets the status ``RAISED`` and its message.

    Args:
        swept: What to run.
        grid: Its grid.
        index: Which block.

    Returns:
        The block: numbers as float64, text as objects.
    """
    begin, size = time.perf_counter(), grid.size(index)
    status, messages, values = np.zeros(size, np.int8), {}, {}
    for cells, found in _pieces(swept, grid.at(index), slice(0, size)):
        if isinstance(found, str):
            status[cells], messages[cells.start] = Status.RAISED, found
            continue
        for name, array in _checked(grid, found, cells).items():
            if name == "status":
                status[cells] = array
            elif len(array) == size:
                values[name] = array
            else:
                values.setdefault(name, nothing((size, *array.shape[1:]), array.dtype))[cells] = array
    return Block(values, status, messages, time.perf_counter() - begin)


def nothing(shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """Return an array of what stands for the values of cells that have none: NaN, or the empty text."""
    return np.full(shape, "" if dtype.kind == "O" else np.nan, dtype)


def _pieces(swept: Any, at: dict[str, np.ndarray], cells: slice) -> Iterator[tuple[slice, Any]]:
    """Yield values of cells that ran together, the cells first, or the message of one that raised."""
    size = cells.stop - cells.start
    if size == 1 or hasattr(swept, "block"):
        found = _tried(partial(_together, swept, at, cells))
        if size == 1 or not isinstance(found, str):
            yield cells, found
            return
    # By halves, so that those beside one that raised still run together.
    middle = cells.start + size // 2
    yield from _pieces(swept, at, slice(cells.start, middle))
    yield from _pieces(swept, at, slice(middle, cells.stop))


def _together(swept: Any, at: dict[str, np.ndarray], cells: slice) -> dict[str, np.ndarray]:
    chosen = {name: values[cells] for name, values in at.items()}
    if hasattr(swept, "block"):
        return swept.block(chosen)
    seen = swept.cell(**{name: values.item() for name, values in chosen.items()})
    return {name: np.asarray(value)[None] for name, value in seen.items()}


def _tried(work: Callable[[], Any]) -> Any:
    try:
        return work()
    except PASSING:
        raise
    except Exception as failed:
        return f"{type(failed).__name__}: {failed}"


def _checked(grid: Grid, found: dict[str, Any], cells: slice) -> dict[str, np.ndarray]:
    if set(found) - {"status"} != set(grid.variables):
        raise ValueError(f"need the variables {sorted(grid.variables)}, got {sorted(found)}")
    arrays = {}
    for name, values in found.items():
        array, shape = np.asarray(values), (cells.stop - cells.start, *grid.inner(name))
        if array.shape != shape or array.dtype.kind not in "biufU":
            raise ValueError(
                f"need {name} as numbers or text of shape {shape}, got {array.dtype} {array.shape}"
            )
        arrays[name] = array.astype(object if array.dtype.kind == "U" else float, copy=False)
    return arrays
