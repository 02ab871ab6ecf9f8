"""The loop over time for blocks of lanes: when to rescale, record, flush and close a window."""

import hashlib
from pathlib import Path

import numpy as np
from numba import njit, types
from numba.extending import overload

from . import layout
from .arrays import array_burst, array_settle, exponent, fraction, layout_logs, layout_sums
from .vectors import lanes as vector_lanes
from .vectors import vector_burst, vector_settle


def _burst(alpha, level, block, steps, record, at, stride):
    """Take steps: on vectors where alpha is a tuple, so that its type tells n, else over arrays."""


def _settle(alpha, block):
    """Rescale, and see to the lanes at the edges of float64."""


@overload(_burst, jit_options={"error_model": "numpy"})
def _overload_burst(alpha, level, block, steps, record, at, stride):
    if isinstance(alpha, types.BaseTuple):
        return lambda alpha, level, block, steps, record, at, stride: vector_burst(
            alpha, level, block, steps, record, at, stride
        )
    return lambda alpha, level, block, steps, record, at, stride: array_burst(
        alpha, level, block, steps, record, at, stride
    )


@overload(_settle, jit_options={"error_model": "numpy"})
def _overload_settle(alpha, block):
    if isinstance(alpha, types.BaseTuple):
        return lambda alpha, block: vector_settle(alpha, block)
    return lambda alpha, block: array_settle(alpha, block)


@njit(error_model="numpy", nogil=True)
def _flush(rows, n, sums, logs):
    """Add the parts to the totals (with compensation), and the fractions' exponents to the exponents."""
    first = 2 * n + 3
    for row in range(first, first + sums):
        for lane in range(rows.shape[1]):
            total = rows[row + sums, lane]
            term = rows[row, lane] - rows[row + 2 * sums, lane]
            new = total + term
            rows[row + 2 * sums, lane] = (new - total) - term
            rows[row + sums, lane] = new
            rows[row, lane] = 0.0
    for row in range(first + 3 * sums, first + 3 * sums + logs):
        for lane in range(rows.shape[1]):
            rows[row + logs, lane] += exponent(rows[row, lane])
            rows[row, lane] = fraction(rows[row, lane])


@njit(error_model="numpy", nogil=True)
def _close(rows, n, sums, logs, window, mark, lane0):
    """Write a window's totals and logarithms, start them anew, and mark the state."""
    _flush(rows, n, sums, logs)
    first = 2 * n + 3
    logs_row = first + 3 * sums
    for lane in range(rows.shape[1]):
        for j in range(sums):
            window[j, lane0 + lane] = rows[first + sums + j, lane]
            rows[first + sums + j, lane] = 0.0
            rows[first + 2 * sums + j, lane] = 0.0
        for j in range(logs):
            window[sums + j, lane0 + lane] = rows[logs_row + j, lane]
            window[sums + logs + j, lane0 + lane] = rows[logs_row + logs + j, lane]
            rows[logs_row + j, lane] = 1.0
            rows[logs_row + logs + j, lane] = 0.0
        u = 0.0
        for i in range(n):
            mark[i, lane0 + lane] = rows[i, lane] + rows[n + i, lane]
            u += rows[i, lane]
        mark[n, lane0 + lane] = rows[2 * n + 1, lane]
        mark[n + 1, lane0 + lane] = u


def _build(_sources):
    """Compile the loop; the argument makes the cache of compiled code depend on all sources of it."""

    @njit(error_model="numpy", nogil=True, cache=True)
    def run_blocks(alpha, level, blocks, lanes, begin, end, cadence, every, records, lane0, bounds, windows, marks):
        _sources
        n, sums, logs = len(alpha), layout_sums(len(alpha), len(level) - 1), layout_logs(
            len(alpha), len(level) - 1
        )
        stride = records.shape[1] * records.shape[2]
        flat = records.reshape(records.size)
        for b in range(blocks.shape[0]):
            block, at0 = blocks[b], lane0 + b * lanes
            rows = block.reshape(block.size // lanes, lanes)
            t = begin
            window = np.searchsorted(bounds, t, side="right") - 1
            while t < end:
                if t % cadence == 0:
                    _settle(alpha, block)
                if len(level) > 0 and t % layout.FLUSH == 0:
                    _flush(rows, n, sums, logs)
                stop = min(end, t - t % cadence + cadence, bounds[window + 1])
                if every > 0:
                    stop = min(stop, t - t % every + every)
                if every > 0 and t % every == 0:
                    index = t // every - (bounds[0] + every - 1) // every
                    _burst(alpha, level, block, stop - t, flat, index * records.shape[2] + at0, stride)
                else:
                    _burst(alpha, level, block, stop - t, None, 0, 0)
                t = stop
                if t == bounds[window + 1]:
                    if len(level) > 0:
                        _close(rows, n, sums, logs, windows[window], marks[window + 1], at0)
                    window += 1

    return run_blocks


def _sources():
    digest = hashlib.sha256()
    for name in ("algebra.py", "arrays.py", "lanes.py", "layout.py", "vectors.py"):
        digest.update((Path(__file__).parent / name).read_bytes())
    return digest.hexdigest()


run_blocks = _build(_sources())
