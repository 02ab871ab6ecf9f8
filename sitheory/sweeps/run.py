"""Run a grid of cells through any executor in the style of ``concurrent.futures``, so that it survives a kill.

A task computes one block of cells and, where there is a folder, writes it there itself; the process that hands
tasks out only counts. So what is finished stays, whoever dies, and a second start does what is missing. Nothing
depends on the executor: values are the same to the bit for any number of threads, processes or machines.
"""

from __future__ import annotations

import contextlib
import os
import queue
import random
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import BrokenExecutor, Executor
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sitheory.sweeps import assemble, block_files
from sitheory.sweeps.block_files import Block
from sitheory.sweeps.compute_cells import compute
from sitheory.sweeps.grid import Grid, Swept
from sitheory.trajectory import code_hash, content_hash, schema
from sitheory.trajectory.progress import Progress

if TYPE_CHECKING:
    import xarray as xr

IN_FLIGHT = 256
"""By default at most so many tasks are handed out and not yet back: memory stays flat."""

POLL_SECONDS = 0.1
"""Between two looks at tasks that cannot call back."""


IMPORTABLE = (
    "need what workers can import: where processes are spawned or come from a server, a script's own work stands below "
    "if __name__ == '__main__', and a loss of your own in a module, not in the session"
)
"""What most often ends a pool of processes at its first task."""


class _Machinery(NamedTuple):
    executor: Any
    in_flight: int

    @classmethod
    def of(cls, executor: Any, in_flight: int | None) -> _Machinery:
        pool = executor is None or isinstance(executor, Executor)
        most = in_flight if in_flight is not None else IN_FLIGHT if pool else os.cpu_count() or 1
        if most < 1:
            raise ValueError(f"need in_flight >= 1, got in_flight={most}")
        return cls(executor, most)


def collect(
    swept: Swept, *, executor: Any = None, in_flight: int | None = None, progress: Progress | None = None
) -> xr.Dataset:
    """Run a grid in memory.

    Args:
        swept: What to run.
        executor: Anything with ``submit``: a pool of threads or processes, a dask client's ``get_executor()``, a
            submitit executor; None runs one block after the other in this thread.
        in_flight: At most how many tasks are handed out and not yet back. None takes ``IN_FLIGHT`` for a pool, whose
            workers are there already, and one per core for an executor that may start a job per task, like submitit's.
        progress: Called with the number of cells done.

    Returns:
        A Dataset over the grid's axes under the schema of ``sitheory.trajectory``.
    """
    grid = swept.grid()
    filling = assemble.in_memory(grid)

    def came(index: int, block: Block | None) -> None:
        assert block is not None
        filling.add(index, block)

    machinery = _Machinery.of(executor, in_flight)
    _run(swept, grid, range(grid.blocks), None, machinery, _counted(grid, 0, came, progress))
    return assemble.dataset(filling, assemble.attributes(swept, grid))


def ensure(
    swept: Swept,
    folder: str | Path,
    *,
    executor: Any = None,
    in_flight: int | None = None,
    progress: Progress | None = None,
    attrs: Mapping[str, str] | None = None,
) -> Path:
    """Make sure of a grid's result on disk, computing what is missing.

    Finished blocks lie in a folder beside the result and stay there: should the result be damaged, it is made of
    them again. Several processes may do this at the same time and share the work.

    Args:
        swept: What to run.
        folder: Where results lie; every worker must see it.
        executor: See ``collect``.
        in_flight: See ``collect``.
        progress: Called with the number of cells done, first with those that were found on disk.
        attrs: Attributes of the result beside those of its grid; like the values, the code determines them.

    Returns:
        The path of a NetCDF file, see ``sitheory.load``, that the configuration and the code name.

    Raises:
        OSError: If there is no room, or a worker does not see the folder. What is finished stays.
    """
    machinery = _Machinery.of(executor, in_flight)
    grid, asked = swept.grid(), result_path(swept, folder)
    path = asked.absolute()  # workers may stand elsewhere
    if path.exists() and schema.intact(path, named=True):
        if progress is not None:
            progress(grid.cells)
        return asked
    if path.exists():
        block_files.set_aside(path, "it is damaged or another result, and made of its blocks again")
    kept = blocks_folder(path, grid)
    block_files.open_folder(
        kept, {"config": grid.config, "blocks": grid.blocks, "code": code_hash.code_hash(swept)}
    )
    block_files.set_strangers_aside(kept, grid)
    damaged: set[int] = set()
    while not path.exists():
        found = block_files.finished(kept, grid)
        missing = [index for index in range(grid.blocks) if index not in found]
        # In an order of its own each process meets others' blocks seldom, and the mean rate is that of all cells.
        random.shuffle(missing)
        done = grid.cells - sum(map(grid.size, missing))
        if progress is not None:
            progress(done)
        counted = _counted(grid, done, _seen(kept), progress)
        _run(swept, grid, missing, kept, machinery, counted)
        again = assemble.gather(swept, grid, kept, path, attrs)
        if damaged & again:
            raise OSError(
                f"need a disk that keeps what is written, got block {min(damaged & again)} damaged twice"
            )
        damaged |= again
    return asked


def result_path(swept: Swept, folder: str | Path) -> Path:
    """Return where the result of this configuration, computed by this code, lies."""
    return Path(folder) / f"{swept.name}-{content_hash.digest(swept, swept.grid().config)}.nc"


def blocks_folder(path: Path, grid: Grid) -> Path:
    """Return where the finished blocks of a result lie; blocks of another shape lie elsewhere."""
    return path.with_suffix(f".{'x'.join(map(str, grid.slab))}.cells")


def finish(swept: Swept, index: int, folder: Path | None) -> Block | None:
    """Compute a block and return it, or write it to the folder if it is not there yet; runs in the workers."""
    grid = swept.grid()
    if folder is None:
        return compute(swept, grid, index)
    if not block_files.block_path(folder, index).exists():
        block_files.write(folder, index, compute(swept, grid, index), grid)
    return None


def _seen(folder: Path) -> Callable[[int, Any], None]:
    def came(index: int, _: Any) -> None:
        if not block_files.block_path(folder, index).exists():
            raise FileNotFoundError(
                f"need a folder that every worker sees, got {folder} without block {index}"
            )

    return came


def _counted(grid: Grid, done: int, came: Callable[[int, Any], None], progress: Progress | None):
    def came_and_told(index: int, block: Any) -> None:
        nonlocal done
        came(index, block)
        done += grid.size(index)
        if progress is not None:
            progress(done)

    return came_and_told


def _run(swept, grid: Grid, wanted: Iterable[int], folder: Path | None, machinery: _Machinery, came) -> None:
    """Have blocks computed and tell of each one that is."""
    executor, limit = machinery
    if executor is None:
        for index in wanted:
            came(index, finish(swept, index, folder))
        return
    waiting, flight = iter(wanted), _Flight()
    try:
        while True:
            room = limit - len(flight.tasks) if len(flight.tasks) <= limit // 2 else 0
            if wave := list(islice(waiting, room)):
                # Submitit sends what is submitted in one batch as one array of jobs.
                with getattr(executor, "batch", contextlib.nullcontext)(), _main_that_is_a_file():
                    tasks = [executor.submit(finish, swept, index, folder) for index in wave]
                flight.add(dict(zip(wave, tasks, strict=True)))
            if not flight.tasks:
                return
            for index, task in flight.landed():
                came(index, task.result())
    except BrokenExecutor as broken:
        broken.add_note(IMPORTABLE)
        raise
    finally:
        flight.cancel()


@contextlib.contextmanager
def _main_that_is_a_file() -> Iterator[None]:
    """Hide the name that Python gives a program from stdin: new processes would look for a file of that name."""
    main = sys.modules["__main__"]
    file = getattr(main, "__file__", None)
    if file is None or Path(file).exists():
        yield
        return
    del main.__file__
    try:
        yield
    finally:
        main.__file__ = file


class _Flight:
    """Tasks handed out and not yet back."""

    def __init__(self):
        self.tasks: dict[int, Any] = {}
        self.back: queue.SimpleQueue[int] = queue.SimpleQueue()
        self.silent = False

    def add(self, wave: dict[int, Any]) -> None:
        """Take note of tasks; most call back when they end, submitit's do not."""
        self.tasks |= wave
        for index, task in wave.items():
            if hasattr(task, "add_done_callback"):
                task.add_done_callback(lambda _, index=index: self.back.put(index))
            else:
                self.silent = True

    def landed(self) -> list[tuple[int, Any]]:
        """Wait for at least one task to end; take out and return those that have."""
        if self.silent:
            while not (ended := [index for index, task in self.tasks.items() if task.done()]):
                time.sleep(POLL_SECONDS)
        else:
            ended = [self.back.get(), *(self.back.get() for _ in range(self.back.qsize()))]
        return [(index, self.tasks.pop(index)) for index in ended]

    def cancel(self) -> None:
        """Call off what has not ended."""
        for task in self.tasks.values():
            task.cancel()
