"""Sweeps: what the machinery costs over the bare kernel, flat memory at a million cells, and large cells on dask."""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from importlib.util import find_spec
from typing import ClassVar

import numpy as np

from benchmarks.pairs import Ratio, Skipped, _unit
from sitheory._kernels import run_ensemble, run_single
from sitheory.losses.quotients import Quotients
from sitheory.rules import SphereGD
from sitheory.simulation import rule_sweep
from sitheory.sweeps import run
from sitheory.sweeps.grid import Grid

TOY = Quotients((1.0, 2.0, 4.0))
STEPS = 10_000


def grid(elrs, seeds):
    """The toy over ELRs and seeds, as ``sitheory.sweep`` runs it."""
    elr = np.geomspace(0.02, 2, elrs)
    return rule_sweep._runs(TOY, SphereGD, {"elr": elr}, seeds, STEPS, 1, False, 0)


def rows(repeats):
    """All lines, one after the other."""
    yield overhead(repeats)
    yield from million()
    yield from on_dask(repeats)


def overhead(repeats, elrs=1000, share=25, seeds=1000):
    """The bare kernel over a share of the blocks, and the sweep to its file with values at hand, by turns.

    Timed apart because together the machinery would drown in the kernel's own scatter.
    """
    runs = grid(elrs, seeds)
    cells = runs.grid()
    at = [cells.at(index) for index in range(0, cells.blocks, share)]
    starts = rule_sweep._starts(TOY, runs.source, 0, seeds)

    def bare():
        for block in at:
            lanes = starts[block["seed"]].T
            squares = lanes[0::2] ** 2, lanes[1::2] ** 2
            run_ensemble(*squares, TOY.alpha, block["elr"], STEPS, windows=1, full=True, threads=1)

    known = Known(runs, runs.block(at[0]))

    def machinery():
        with tempfile.TemporaryDirectory() as folder:
            run.ensure(known, folder)

    bare(), machinery()
    scale = cells.blocks / len(at)
    times = [(spent(machinery), scale * spent(bare)) for _ in range(repeats)]
    ratios = [1 + ours / theirs for ours, theirs in times]
    low, median, high = statistics.quantiles(ratios, n=4) if repeats > 1 else ratios * 3
    ours, theirs = (min(column) for column in zip(*times, strict=True))
    rate = f"{cells.cells / (ours + theirs):,.0f} cells/s of one core"
    note = f"{cells.cells} cells x {STEPS} steps: {_unit(ours)} beside {_unit(theirs)} (1 of {share} measured), {rate}"
    return Ratio("a sweep to its file over the bare kernel", median, low, high, 1.02, 1.01, True, note)


@dataclass(frozen=True)
class Known:
    """A sweep whose values are known, the same in each block: what is left is the machinery."""

    runs: rule_sweep.Runs
    values: dict
    name: ClassVar[str] = "known"

    def grid(self):
        return self.runs.grid()

    def block(self, at):
        return self.values


def million():
    """10^6 cells x 10^4 steps in a process of its own, once; its memory against that of 10^5 cells."""
    if find_spec("resource") is None:
        yield Skipped(
            "memory: a sweep of 10^6 cells x 10^4 steps over 10^5", "needs Python's module resource"
        )
        return
    code = "from benchmarks import sweeps; sweeps.one(*map(int, __import__('sys').argv[1:]))"
    seen = []
    for elrs in ("100", "1000"):
        done = subprocess.run([sys.executable, "-c", code, elrs, "1000"], check=True, capture_output=True)
        seen.append(json.loads(done.stdout))
    small, large = seen
    value = large["mib"] / small["mib"]
    note = (
        f"{large['mib']:.0f} MiB against {small['mib']:.0f} MiB; {large['cells'] / large['seconds']:,.0f} cells/s of"
        f" one core, a file of {large['file']:.0f} MB; the bar told {large['told']} times, from {large['first']} to"
        f" {large['last']}"
    )
    yield Ratio(
        "memory: a sweep of 10^6 cells x 10^4 steps over 10^5", value, value, value, 1.2, 1.1, True, note
    )


def one(elrs, seeds):
    """Run one sweep and print what it took."""
    import resource

    runs, told = grid(elrs, seeds), []
    begin = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        path = run.ensure(runs, folder, progress=told.append)
        size = path.stat().st_size / 1e6
    seen = {
        "seconds": time.process_time() - begin,
        "mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "cells": elrs * seeds,
        "file": size,
        "told": len(told),
        "first": told[0],
        "last": told[-1],
    }
    assert told == sorted(told)
    print(json.dumps(seen))


@dataclass(frozen=True)
class Large:
    """Cells of tens of milliseconds."""

    name: ClassVar[str] = "large"
    together: int = 1
    cells: int = 192
    steps: int = 300_000

    def grid(self):
        axes = {"elr": np.geomspace(0.2, 0.6, self.cells)}
        return Grid(axes, {"loss": ("step",)}, {}, {"step": np.arange(64)}, block=self.together)

    def cell(self, elr):
        x, y = [0.3, -0.5, 0.2], [0.4, 0.1, 0.6]
        return {
            "loss": run_single(x, y, TOY.alpha, elr, self.steps, windows=64, engine="compiled")["mean_loss"]
        }


def on_dask(repeats):
    """Processor time a cell: scheduler, worker, messages over loopback, files and gathering are in one process."""
    try:
        from distributed import Client, LocalCluster
    except ImportError:
        yield Skipped("dask on loopback", "needs the extra [dask]")
        return
    options = {
        "n_workers": 1,
        "threads_per_worker": 1,
        "processes": False,
        "protocol": "tcp",
        "host": "127.0.0.1",
    }
    with LocalCluster(**options, dashboard_address=None) as cluster, Client(cluster) as client:
        executor = client.get_executor(pure=False)

        def plain(case):
            tasks = [executor.submit(case.cell, float(elr)) for elr in case.grid().axes["elr"]]
            return [task.result() for task in tasks]

        def bare(case):
            return [case.cell(float(elr)) for elr in case.grid().axes["elr"]]

        def swept(case):
            with tempfile.TemporaryDirectory() as folder:
                run.ensure(case, folder, executor=executor)

        name = "dask: ms a large cell beyond dask's own tasks, a task a cell"
        yield _extra(name, swept, plain, Large(), repeats)
        yield _extra("dask: ms a large cell beyond the bare cell, 16 a task", swept, bare, Large(16), repeats)


def _extra(name, ours, theirs, case, repeats):
    """Milliseconds a cell that one costs beyond the other."""
    ours(case), theirs(case)
    times = [(spent(lambda: ours(case)), spent(lambda: theirs(case))) for _ in range(repeats)]
    extra = [1e3 * (a - b) / case.cells for a, b in times]
    low, median, high = statistics.quantiles(extra, n=4) if repeats > 1 else extra * 3
    note = (
        f"{case.cells} cells of {_unit(min(b for _, b in times) / case.cells)}, whole sweeps to their files"
    )
    return Ratio(name, median, low, high, 1.0, 0.5, True, note)


def spent(work):
    """Processor time of one call, all threads together."""
    begin = time.process_time()
    work()
    return time.process_time() - begin
