"""What an experiment is, where its result lies, and when that is still fresh."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar, Protocol

import xarray as xr

import sitheory
from sitheory import trajectory

PAPERS = {"toy": "regimes", "decay": "periodic", "sharpness": "sharpness"}
"""The paper that an experiment asks about, by the first word of its name; ``citations`` reads it."""


class Experiment(Protocol):
    """A frozen dataclass: its fields are the configuration, ``run`` computes the result from them."""

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
    """Return the hash of the library's sources and of the experiment's own file."""
    digest = hashlib.sha256()
    own = sys.modules[type(experiment).__module__].__file__
    assert own is not None
    for source in [*sorted(_library_sources()), Path(own)]:
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
        made_by = {"code": code_hash(experiment), "papers": PAPERS.get(experiment.name.split("_")[0], "")}
        trajectory.save(experiment.run().assign_attrs(made_by), path)
    return path


def _library_sources() -> Iterator[Path]:
    return Path(sitheory.__file__).parent.rglob("*.py")
