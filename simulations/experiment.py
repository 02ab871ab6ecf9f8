"""What an experiment is, where its result lies, and when that is still fresh."""

from __future__ import annotations

import dataclasses
import hashlib
import inspect
import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar, Protocol

import xarray as xr

import sitheory
from sitheory import trajectory

PAPERS = {"toy": "regimes", "decay": "periodic", "sharpness": "sharpness", "net_regimes": "regimes"}
"""The paper that an experiment asks about, by what its name begins with; ``citations`` reads it."""


class Experiment(Protocol):
    """A frozen dataclass: its fields are the configuration, ``run`` computes the result from them.

    An experiment whose ``run`` takes a folder ``kept`` leaves unfinished work there and goes on with it after it was
    killed; the folder lies beside the result and goes when that is there.
    """

    __dataclass_fields__: ClassVar[dict[str, Any]]
    name: ClassVar[str]
    cost: ClassVar[str]

    def run(self) -> xr.Dataset:
        """Return the result, a Dataset under the schema of ``sitheory.trajectory``."""
        ...


def result_path(experiment: Experiment, folder: Path) -> Path:
    """Return where the result of this configuration, computed by this code, lies."""
    described = json.dumps(dataclasses.asdict(experiment), sort_keys=True)  # type: ignore[call-overload]
    digest = hashlib.sha256(f"{described}\n{code_hash(experiment)}".encode()).hexdigest()
    return folder / f"{experiment.name}-{digest[:12]}.nc"


def code_hash(experiment: Experiment) -> str:
    """Return the hash of the library's sources, of the experiment's own file, and of what that takes from this room."""
    digest = hashlib.sha256()
    own = sys.modules[type(experiment).__module__]
    shared = {m.__file__ for m in vars(own).values() if isinstance(m, ModuleType) and _is_of_this_room(m)}
    for source in [*sorted(_library_sources()), *sorted(Path(str(f)) for f in {own.__file__, *shared})]:
        digest.update(source.read_bytes())
    return digest.hexdigest()


def ensure(experiment: Experiment, folder: Path) -> Path:
    """Return the path of the fresh result, computing and saving it if there is none.

    Args:
        experiment: The configured experiment.
        folder: Where results lie.

    Returns:
        The path of a NetCDF file; the attribute ``code`` holds the hash of the code that made it.
    """
    path = result_path(experiment, folder)
    if not path.exists():
        papers = [paper for first, paper in PAPERS.items() if experiment.name.startswith(f"{first}_")]
        made_by = {"code": code_hash(experiment), "papers": ", ".join(papers)}
        if "kept" in inspect.signature(experiment.run).parameters:
            unfinished = path.with_suffix(".unfinished")
            trajectory.save(experiment.run(unfinished).assign_attrs(made_by), path)  # type: ignore[call-arg]
            shutil.rmtree(unfinished)
        else:
            trajectory.save(experiment.run().assign_attrs(made_by), path)
    return path


def _is_of_this_room(module: ModuleType) -> bool:
    return module.__name__.split(".")[0] == __name__.split(".", maxsplit=1)[0]


def _library_sources() -> Iterator[Path]:
    return Path(sitheory.__file__).parent.rglob("*.py")
