"""What an experiment is, where its result lies, and how it is made sure of."""

from __future__ import annotations

import dataclasses
import inspect
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, ClassVar, Protocol

import xarray as xr

from sitheory import sweeps
from sitheory.trajectory import code_hash, schema
from sitheory.trajectory.progress import Progress

try:
    import fcntl
except ModuleNotFoundError:  # Windows: two processes may then compute the same twice
    fcntl = None  # type: ignore[assignment]

PAPERS = {
    "toy": "regimes",
    "decay": "periodic",
    "sharpness": "sharpness",
    "net_regimes": "regimes",
    "net_periodic": "periodic",
    "net_sharpness": "sharpness",
}
"""The paper that an experiment asks about, by what its name begins with; ``citations`` reads it."""


class Experiment(Protocol):
    """A frozen dataclass: its fields are the configuration, ``run`` computes the result from them.

    One that also has ``grid`` and ``cell`` or ``block`` is swept, see ``sitheory.sweeps.Swept``: its cells go through
    any executor, and finished ones stay on disk. One whose ``run`` takes a folder ``kept`` leaves unfinished work there
    and goes on with it after it was killed; the folder lies beside the result and goes when that is there.
    """

    __dataclass_fields__: ClassVar[dict[str, Any]]
    name: ClassVar[str]
    cost: ClassVar[str]

    def run(self) -> xr.Dataset:
        """Return the result, a Dataset under the schema of ``sitheory.trajectory``."""
        ...


def is_swept(experiment: Experiment) -> bool:
    """Whether the experiment is a grid of cells."""
    return hasattr(experiment, "grid")


def result_path(experiment: Experiment, folder: Path) -> Path:
    """Return where the result of this configuration, computed by this code, lies."""
    config = dataclasses.asdict(experiment)  # type: ignore[call-overload]
    return folder / f"{experiment.name}-{code_hash.digest(experiment, config)}.nc"


def ensure(
    experiment: Any,
    folder: Path,
    *,
    executor: Any = None,
    in_flight: int = sweeps.IN_FLIGHT,
    progress: Progress | None = None,
) -> Path:
    """Return the path of the fresh result, computing and saving what is missing of it.

    Args:
        experiment: The configured experiment.
        folder: Where results lie.
        executor: See ``sitheory.sweeps.collect``; an experiment without a grid is one task of it.
        in_flight: At most how many tasks are handed out at a time.
        progress: Called with the number of cells done, where there is a grid.

    Returns:
        The path of a NetCDF file; the attribute ``code`` holds the hash of the code that made it, ``seconds`` what
        it cost.
    """
    if is_swept(experiment):
        machinery = {"executor": executor, "in_flight": in_flight}
        return sweeps.ensure(experiment, folder, progress=progress, **machinery)
    path = result_path(experiment, folder)
    with _alone(path):
        if not (path.exists() and schema.intact(path)):
            _computed(experiment, path, executor)
    return path


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Wait for another process that computes the same result; the system lets go of the lock of one that dies."""
    if fcntl is None:
        yield
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = path.with_suffix(".lock")
    while True:
        with lock.open("w") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            if not _is_at(held, lock):
                continue  # who had it took it away when done
            try:
                yield
            finally:
                lock.unlink(missing_ok=True)
            return


def _is_at(held: IO[str], path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(held.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _computed(experiment: Experiment, path: Path, executor: Any) -> None:
    """Compute and save a result; what an interrupted run kept is gone on with, and goes when the result is saved."""
    kept = path.with_suffix(".unfinished")
    asked = (_whole, experiment, kept)
    result = _whole(*asked[1:]) if executor is None else executor.submit(*asked).result()
    papers = [paper for first, paper in PAPERS.items() if experiment.name.startswith(f"{first}_")]
    made_by = {
        "experiment": json.dumps(dataclasses.asdict(experiment), sort_keys=True),
        "code": code_hash.code_hash(experiment),
        "papers": ", ".join(papers),
    }
    schema.save(result.assign_attrs(made_by), path)
    shutil.rmtree(kept, ignore_errors=True)


def _whole(experiment: Any, kept: Path) -> xr.Dataset:
    """Run an experiment that is one cell; in a worker, perhaps."""
    begin = time.perf_counter()
    resumes = "kept" in inspect.signature(experiment.run).parameters
    result = experiment.run(kept=kept) if resumes else experiment.run()
    return result.assign_attrs(seconds=time.perf_counter() - begin)
