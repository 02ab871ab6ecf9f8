"""What an experiment is, where its result lies, and how it is made sure of."""

from __future__ import annotations

import dataclasses
import inspect
import json
import shutil
import time
from pathlib import Path
from typing import Any, ClassVar, Protocol

import xarray as xr

from sitheory import sources, sweeps, trajectory
from sitheory.series import Progress

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

    One that also has ``grid`` and ``cell`` or ``block`` is swept, see ``sitheory.grid.Swept``: its cells go through
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
    return folder / f"{experiment.name}-{sources.digest(experiment, config)}.nc"


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
    if not (path.exists() and trajectory.intact(path)):
        kept = path.with_suffix(".unfinished")
        asked = (_whole, experiment, kept)
        try:
            result = _whole(*asked[1:]) if executor is None else executor.submit(*asked).result()
        except OSError:
            if path.exists() and trajectory.intact(path):
                return path  # another process that did the same was first, and cleared what both had kept
            raise
        papers = [paper for first, paper in PAPERS.items() if experiment.name.startswith(f"{first}_")]
        made_by = {
            "experiment": json.dumps(dataclasses.asdict(experiment), sort_keys=True),
            "code": sources.code_hash(experiment),
            "papers": ", ".join(papers),
        }
        trajectory.save(result.assign_attrs(made_by), path)
        shutil.rmtree(kept, ignore_errors=True)
    return path


def _whole(experiment: Any, kept: Path) -> xr.Dataset:
    """Run an experiment that is one cell; in a worker, perhaps."""
    begin = time.perf_counter()
    resumes = "kept" in inspect.signature(experiment.run).parameters
    result = experiment.run(kept=kept) if resumes else experiment.run()
    return result.assign_attrs(seconds=time.perf_counter() - begin)
