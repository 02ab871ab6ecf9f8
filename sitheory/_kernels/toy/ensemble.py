"""Many lanes: pack them into blocks, share the blocks among threads, and read the results out."""

import functools
import math
import os
import time
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from sitheory._kernels.toy import layout

_TASK_WORK = 2e7  # group-steps between two looks at the clock and at the keyboard: about 20 ms
_REPORT_SECONDS = 0.2
PAGE = 4096  # bytes


def run(x2, y2, alpha, elr, steps, start, every, windows, level, threads, progress, path):
    """Follow the lanes; see ``run_ensemble``."""
    x2, y2 = (np.ascontiguousarray(a, dtype=np.float64) for a in (x2, y2))
    alpha, elr = np.array(alpha, dtype=np.float64), np.asarray(elr, dtype=np.float64)
    level = level if windows else layout.NOTHING
    steep = elr * alpha.sum() > layout.STEEP
    classes = [lanes for lanes in (np.flatnonzero(~steep), np.flatnonzero(steep)) if lanes.size]
    report = _Progress(progress, steps, elr.size)
    parts = []
    for lanes in classes:
        span = Span(start, steps, every, windows, 1 if steep[lanes[0]] else layout.CADENCE)
        whole = lanes.size == elr.size
        state = (x2, y2, elr) if whole else (x2[:, lanes], y2[:, lanes], elr[lanes])
        parts.append(_run_class(*state, alpha, span, level, threads or os.cpu_count(), report, path))
    return parts[0] if len(parts) == 1 else _merge(parts, classes)


def _merge(parts, classes):
    """The classes' results in the caller's order of lanes."""
    order = np.argsort(np.concatenate(classes))
    return {key: np.concatenate([p[key] for p in parts], axis=-1)[..., order] for key in parts[0]}


class Span:
    """The steps of a call: where they begin and end, and where records and windows lie."""

    def __init__(self, start, steps, every, windows, cadence):
        self.begin, self.end, self.every, self.cadence = start, start + steps, every, cadence
        cuts = max(windows, 1)
        self.bounds = np.array([start + w * steps // cuts for w in range(cuts + 1)], dtype=np.int64)
        self.windows = windows
        self.records = -(-self.end // every) - -(-start // every) if every else 0


class _Progress:
    """Tell the caller how far the lanes are on average, not too often."""

    def __init__(self, tell, steps, lanes):
        self.tell, self.steps, self.lanes, self.done = tell, steps, lanes, 0
        self.next = time.monotonic() + _REPORT_SECONDS

    def add(self, lane_steps):
        self.done += lane_steps
        if self.tell is not None and time.monotonic() >= self.next:
            self.tell(min(self.steps, self.done // self.lanes))
            self.next = time.monotonic() + _REPORT_SECONDS


def aligned(shape):
    """Memory that begins at a multiple of 64 bytes (not zeroed: that would take longer than to fill it)."""
    size = math.prod(shape)
    room = np.empty(size + 8)
    first = (-room.ctypes.data // 8) % 8
    return room[first : first + size].reshape(shape)


def record_shape(rows, records, padded, lanes):
    """The records' shape, with one more block of lanes or one more record where rows would lie whole pages apart.

    All rows of a record are written at once: so far apart they would share the same few places of the caches.
    """
    if not records:
        return 0, 0, padded
    sizes = [(records + more, padded + beside) for more in (0, 1) for beside in (0, lanes)]
    return rows, *next(((count, width) for count, width in sizes if 8 * count * width % PAGE), sizes[0])


@functools.cache
def _vectors_work():
    """Whether explicit vectors can be built with the numba at hand; warn once if not."""
    try:
        _compile_and_run("vectors")
    except Exception as error:
        warnings.warn(f"slower loops: numba cannot build vectors ({error!r})", RuntimeWarning, stacklevel=2)
        return False
    return True


def _compile_and_run(path):
    span = Span(0, 1, 0, 0, layout.CADENCE)
    one = np.ones(1)
    job = Job(np.ones((1, 1)), np.ones((1, 1)), one, one, span, layout.NOTHING, path)
    job.advance(0, 1, 0, 1)


class Job:
    """The arrays of one class of lanes and the compiled loop's arguments."""

    def __init__(self, x2, y2, elr, alpha, span, level, path):
        from sitheory._kernels.toy.lanes import run_blocks
        from sitheory._kernels.toy.vectors import lanes

        self.run_blocks, self.span, self.level, self.size = run_blocks, span, level, elr.size
        n = self.n = len(alpha)
        vectors = path == "vectors"
        self.lanes = lanes(n) if vectors else layout.ARRAY_LANES
        self.alpha = tuple(alpha.tolist()) if vectors else alpha
        self.count = -(-elr.size // self.lanes)
        padded = self.count * self.lanes
        self.blocks = aligned((self.count, layout.block_rows(n, level), self.lanes))
        self._pack(x2, y2, elr)
        self.records = aligned(record_shape(layout.record_rows(n), span.records, padded, self.lanes))
        rows = layout.sums(n, level) + 2 * layout.logs(n, level)
        self.windows = aligned((span.windows, rows, padded))
        self.marks = aligned((span.windows + 1, layout.mark_rows(n), padded))
        self.marks[0] = self._mark()

    def _pack(self, x2, y2, elr):
        n = self.n
        lanes = np.resize(np.arange(elr.size), self.count * self.lanes)
        self.blocks[:] = 0.0
        for row, values in enumerate([*x2, *y2, 2.0 * elr]):
            self.blocks[:, row] = values[lanes].reshape(self.count, self.lanes)
        first = layout.state_rows(n) + 3 * layout.sums(n, self.level)
        self.blocks[:, first : first + layout.logs(n, self.level)] = 1.0

    def _mark(self):
        n = self.n
        u, v = self.state(0, n), self.state(n, 2 * n)
        return np.concatenate([u + v, 0.0 * u[:1], u.sum(axis=0, keepdims=True)])

    def state(self, first, last):
        """Rows of the blocks, as (rows, padded lanes)."""
        return np.moveaxis(self.blocks[:, first:last], 1, 0).reshape(last - first, -1)

    def advance(self, first, last, begin, end):
        """Take the blocks first .. last - 1 from step begin to step end."""
        padded = slice(first * self.lanes, last * self.lanes)
        self.run_blocks(
            self.alpha,
            (0,) * (self.level + 1),
            self.blocks[first:last].reshape(last - first, -1),
            self.lanes,
            begin,
            end,
            self.span.cadence,
            self.span.every,
            self.records,
            first * self.lanes,
            self.span.bounds,
            self.windows,
            self.marks,
        )
        return (padded.stop - padded.start) * (end - begin)


def _run_class(x2, y2, elr, alpha, span, level, threads, report, path):
    """Lanes of the same cadence."""
    path = path or ("vectors" if _vectors_work() else "arrays")
    job = Job(x2, y2, elr, alpha, span, level, path)
    threads = min(threads, job.count)
    work = job.n * job.lanes * (span.end - span.begin)
    width = max(1, min(int(_TASK_WORK / work), -(-job.count // (4 * threads))))
    tasks = [(first, min(first + width, job.count)) for first in range(0, job.count, width)]
    length = max(1, int(_TASK_WORK / (job.n * job.lanes * width)) // layout.FLUSH) * layout.FLUSH
    cuts = [*range(span.begin - span.begin % layout.FLUSH + length, span.end, length), span.end]

    def follow(task):
        begin = span.begin
        for end in cuts:
            report.add(job.advance(*task, begin, end))
            begin = end

    if threads == 1:
        for task in tasks:
            follow(task)
    else:
        with ThreadPoolExecutor(threads) as pool:
            try:
                list(pool.map(follow, tasks))
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
    return _results(job)


def _results(job):
    size, n, span = job.size, job.n, job.span
    out = {
        "x2": job.state(0, n)[:, :size],
        "y2": job.state(n, 2 * n)[:, :size],
        "status": job.state(2 * n + 2, 2 * n + 3)[0, :size].astype(np.int8),
    }
    if span.every:
        records = job.records[:, : span.records, :size]
        out["loss"], out["ess_sq"] = records[0], records[1]
        out["elr"] = np.moveaxis(records[2 : 2 + n], 0, 1)
        out["group_ess_sq"] = np.moveaxis(records[2 + n :], 0, 1)
    if span.windows:
        alpha = np.array(job.alpha)
        out |= averages(job.windows[..., :size], job.marks[..., :size], span.bounds, alpha, job.level)
    return out


def averages(windows, marks, bounds, alpha, level):
    """The windows' means from their sums, their products' logarithms, and the marks between them.

    Args:
        windows: Shape (W, sums + fractions + exponents, ...).
        marks: Shape (W + 1, n + 2, ...): squared norms, exponents taken out of the state, sum of u.
        bounds: First step of each window, and the end.
        alpha: Coefficients, n numbers.
        level: Set of averages.
    """
    n, extra = len(alpha), (1,) * (windows.ndim - 2)
    counts = np.diff(bounds).reshape(-1, 1, *extra)
    twice = 2.0 * np.reshape(alpha, (n, *extra))
    sums, logs = layout.sums(n, level), layout.logs(n, level)
    means = windows[:, :sums] / counts
    ended = np.isnan(marks[1:, :1])
    means = np.where(ended, np.nan, means)
    out = {"mean_loss": means[:, 0], "mean_elr": means[:, 1 : n + 1] / twice}
    if logs:
        exponents = windows[:, sums + logs : sums + 2 * logs]
        products = (np.log(windows[:, sums : sums + logs]) + exponents * math.log(2.0)) / counts
        products = np.where(ended, np.nan, products)
        out["mean_log_loss"] = np.where(marks[1:, n + 1] == 0.0, -np.inf, products[:, 0])
    if level == layout.FULL:
        out["mean_ess_sq"], out["mean_cos_dist"] = means[:, n + 1], means[:, n + 2]
        out["mean_group_ess_sq"] = means[:, n + 3 :]
        out["mean_log_elr"] = products[:, 1:] - np.log(twice)
        norms = [marks[:, :n], functools.reduce(np.add, np.moveaxis(marks[:, :n], 1, 0))[:, None]]
        group, whole = (
            (np.diff(np.log(s), axis=0) + np.diff(marks[:, n : n + 1], axis=0) * math.log(2.0)) / counts
            for s in norms
        )
        out["mean_group_log1p_ess_sq"], out["mean_log1p_ess_sq"] = group, whole[:, 0]
    return out
