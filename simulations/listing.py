"""What results there are, which are stale against the present code, and what it would cost to compute them."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from simulations.experiment import is_swept, result_path
from sitheory.reports import text
from sitheory.sweeps import block_files, run
from sitheory.trajectory import code_hash


class Found(NamedTuple):
    """A result on disk: its file, configuration, code's hash and the seconds that its cells took, NaN if unknown."""

    path: Path
    config: Mapping[str, Any]
    code: str
    seconds: float


def lines(experiments: Mapping[str, Any], folder: Path) -> Iterator[str]:
    """Yield the list: a row for each experiment as it stands, and one for each other result of it.

    Args:
        experiments: Name -> class.
        folder: Where results lie.

    Yields:
        Lines of text.
    """
    rows: dict[str, list[str]] = {"experiment": [], "state": [], "seconds": [], "MB": [], "what": []}
    due, unknown = 0.0, 0
    for name, kind in experiments.items():
        results = list(found(name, folder))
        state, seconds = _state(kind(), results, folder)
        if state != "fresh":
            due, unknown = due + (seconds or 0.0), unknown + (seconds is None)
        told = f"{seconds:.3g}" if seconds is not None else kind.cost
        here = [r.path for r in results if r.path == result_path(kind(), folder)]
        doc = (kind.__doc__ or "").splitlines()[0]
        _add(rows, name, state, told, f"{_megabytes(here[0]):.1f}" if here else "", doc)
        for other in results:
            if other.path not in here:
                word = "fresh" if other.code == code_hash.code_hash(kind) else "stale"
                size, label = f"{_megabytes(other.path):.1f}", _difference(other, kind())
                told = f"{other.seconds:.3g}" if np.isfinite(other.seconds) else ""
                _add(rows, "", word, told, size, f"{other.path.name}: {label}")
    yield from text.columns(rows, left=rows).splitlines()
    yield f"to compute: about {due:.3g} seconds of one core, and {unknown} experiments never timed here"


def found(name: str, folder: Path) -> Iterator[Found]:
    """Yield the results of an experiment that can be read, in any configuration and by any code."""
    import h5py

    for path in sorted(folder.glob(f"{name}-*.nc")):
        try:
            with h5py.File(path, "r") as file:
                config = file.attrs.get("experiment", file.attrs.get("config", ""))
                seconds = float(np.ravel(file.attrs.get("seconds", np.nan))[0])
                yield Found(path, json.loads(config), file.attrs.get("code", ""), seconds)
        except (OSError, ValueError):
            continue


def _state(experiment: Any, results: list[Found], folder: Path) -> tuple[str, float | None]:
    """How the experiment stands, and the seconds that it took or that are missing, None if unknown."""
    path = result_path(experiment, folder)
    config = json.loads(json.dumps(dataclasses.asdict(experiment)))
    for result in results:
        if result.path == path:
            return "fresh", result.seconds
    past = [r.seconds for r in results if r.config == config]
    before = [seconds for seconds in past if np.isfinite(seconds)]
    if is_swept(experiment):
        grid = experiment.grid()
        done = sum(map(grid.size, block_files.finished(run.blocks_folder(path, grid), grid)))
        if done:
            left = before[-1] * (1 - done / grid.cells) if before else None
            return f"{done} of {grid.cells} cells", left
    return "stale" if past else "absent", before[-1] if before else None


def _difference(result: Found, experiment: Any) -> str:
    """What a result's configuration has other than the experiment's defaults."""
    default = json.loads(json.dumps(dataclasses.asdict(experiment)))
    other = [f"{key}={value}" for key, value in result.config.items() if default.get(key) != value]
    return ", ".join(other) or "defaults"


def _add(rows: dict[str, list[str]], *cells: str) -> None:
    for column, cell in zip(rows.values(), cells, strict=True):
        column.append(cell)


def _megabytes(path: Path) -> float:
    return path.stat().st_size / 1e6
