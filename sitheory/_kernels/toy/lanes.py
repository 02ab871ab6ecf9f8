"""The loop over time for blocks of lanes: when to rescale, record, flush and close a window."""

import numpy as np
from numba import njit, types
from numba.extending import overload

from sitheory._kernels.caching import cached
from sitheory._kernels.toy import layout
from sitheory._kernels.toy.arrays import (
    array_burst,
    array_settle,
    exponent,
    fraction,
    layout_logs,
    layout_sums,
)
from sitheory._kernels.toy.vectors import vector_burst, vector_settle
from sitheory._kernels.vector_width import on_aligned_stack


def _burst(alpha, level, block, steps, record, at, stride, before):
    """Take steps: on vectors where alpha is a tuple, so that its type tells n, else over arrays."""


def _settle(alpha, block):
    """Rescale, and see to the lanes at the edges of float64."""


@overload(_burst, jit_options={"error_model": "numpy"})
def _overload_burst(alpha, level, block, steps, record, at, stride, before):
    def on_vectors(alpha, level, block, steps, record, at, stride, before):
        on_aligned_stack()
        vector_burst(alpha, level, block, steps, record, at, stride, before)

    def over_arrays(alpha, level, block, steps, record, at, stride, before):
        if before > 0:
            array_burst(alpha, level, block, before, None, 0, 0)
        array_burst(alpha, level, block, steps - before, record, at, stride)

    return on_vectors if isinstance(alpha, types.BaseTuple) else over_arrays


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
    """Write a window's totals and logarithms, restart them, and mark the state."""
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


@cached()
def run_blocks(
    alpha, level, blocks, lanes, begin, end, cadence, every, records, lane0, bounds, windows, marks
):
    """Take every block of (blocks, rows * lanes) from step begin to step end.

    Args:
        alpha: Coefficients; see ``_burst``.
        level: Tuple whose length is the set of averages plus one.
        blocks: One flat block a row.
        lanes: Lanes in a block.
        begin: First step.
        end: Step after the last.
        cadence: Steps between two rescalings.
        every: Distance between records, or 0.
        records: Shape (rows of a record, records, lanes of all blocks).
        lane0: The first block's first lane there.
        bounds: First step of each window, and the end.
        windows: Shape (W, sums and logarithms, lanes of all blocks).
        marks: Shape (W + 1, rows of a mark, lanes of all blocks).
    """
    on_aligned_stack()
    n = len(alpha)
    sums, logs = layout_sums(n, len(level) - 1), layout_logs(n, len(level) - 1)
    stride = records.shape[1] * records.shape[2]
    flat = records.reshape(records.size)
    for b in range(blocks.shape[0]):
        block, at0 = blocks[b], lane0 + b * lanes
        rows = block.reshape(block.size // lanes, lanes)
        t = begin
        window = np.searchsorted(bounds, t, side="right") - 1
        record, at = end, 0  # the next step to record, and where
        if every > 0:
            record = (begin + every - 1) // every * every
            at = (record // every - (bounds[0] + every - 1) // every) * records.shape[2] + at0
        while t < end:
            if t & (cadence - 1) == 0:
                _settle(alpha, block)
            if len(level) > 0 and t & (layout.FLUSH - 1) == 0:
                _flush(rows, n, sums, logs)
            stop = min(end, (t | (cadence - 1)) + 1, bounds[window + 1])
            if record < stop:
                stop = min(stop, record + every)
                _burst(alpha, level, block, stop - t, flat, at, stride, record - t)
                record += every
                at += records.shape[2]
            else:
                _burst(alpha, level, block, stop - t, None, 0, 0, 0)
            t = stop
            if t == bounds[window + 1]:
                if len(level) > 0:
                    _close(rows, n, sums, logs, windows[window], marks[window + 1], at0)
                window += 1
