"""What an experiment is, where its result lies, and how it is made sure of."""

from __future__ import annotations

import dataclasses
import inspect
import json
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, ClassVar, Protocol

import xarray as xr
from filelock import FileLock

from sitheory import sweeps
from sitheory.trajectory import code_hash, content_hash, schema
from sitheory.trajectory.progress import Progress


class Experiment(Protocol):
    """A frozen dataclass: its fields are the configuration, ``run`` computes the result from them.

    One that also has ``grid`` and ``cell`` or ``block`` is swept, see ``sitheory.sweeps.Swept``: its cells go through
    any executor, and finished ones stay on disk. One whose ``run`` takes a folder ``kept`` leaves unfinished work there
    and goes on with it after it was killed; the folder lies beside the result and goes when that is there. One in a
    folder that no paper names states ``papers``, those that it rests on.
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
    return folder / f"{experiment.name}-{content_hash.digest(experiment, config)}.nc"


def ensure(
    experiment: Any,
    folder: Path,
    *,
    executor: Any = None,
    in_flight: int | None = None,
    progress: Progress | None = None,
) -> Path:
    """Return the path of the fresh result, computing and saving what is missing of it.

    Args:
        experiment: The configured experiment.
        folder: Where results lie.
        executor: See ``sitheory.sweeps.collect``; an experiment without a grid is one task of it.
        in_flight: At most how many tasks are handed out at a time, see ``sitheory.sweeps.collect``.
        progress: Called with the number of cells done, where there is a grid.

    Returns:
        The path of a NetCDF file; the attribute ``code`` holds the hash of the code that made it, ``seconds`` what
        it cost.
    """
    cites = {"papers": ", ".join(papers(experiment))}
    if is_swept(experiment):
        machinery = {"executor": executor, "in_flight": in_flight}
        return sweeps.ensure(experiment, folder, progress=progress, attrs=cites, **machinery)
    path = result_path(experiment, folder)
    with _alone(path):
        if not (path.exists() and schema.intact(path, named=True)):
            _computed(experiment, path, executor, cites)
    return path


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Wait for another process that computes the same result; the system frees the lock of one that dies."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = path.with_suffix(".lock")
    with FileLock(lock):
        try:
            yield
        finally:
            with suppress(
                PermissionError
            ):  # Windows keeps it while it is open, and filelock removes it there
                lock.unlink(missing_ok=True)


def papers(experiment: Any) -> tuple[str, ...]:
    """Return the papers that an experiment rests on: those that it states, or that of its folder."""
    folder = type(experiment).__module__.split(".")[-2]
    return getattr(experiment, "papers", (folder,))


def _computed(experiment: Experiment, path: Path, executor: Any, cites: Mapping[str, str]) -> None:
    """Compute and save a result; what an interrupted run kept is gone on with, and goes when the result is saved."""
    kept = path.with_suffix(".unfinished")
    asked = (_whole, experiment, kept)
    result = _whole(*asked[1:]) if executor is None else executor.submit(*asked).result()
    made_by = {
        "experiment": json.dumps(dataclasses.asdict(experiment), sort_keys=True),
        "code": code_hash.code_hash(experiment),
        schema.NAME: path.stem,
        **cites,
    }
    schema.save(result.assign_attrs(made_by), path)
    shutil.rmtree(kept, ignore_errors=True)


def _whole(experiment: Any, kept: Path) -> xr.Dataset:
    """Run an experiment that is one cell; in a worker, perhaps."""
    begin = time.perf_counter()
    resumes = "kept" in inspect.signature(experiment.run).parameters
    result = experiment.run(kept=kept) if resumes else experiment.run()
    return result.assign_attrs(seconds=time.perf_counter() - begin)
