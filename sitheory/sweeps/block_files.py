"""Finished blocks of a grid on disk: one file each, whole or not at all, with a checksum of every value.

Workers write, and any number of processes may work on the same folder: a block's file has the same name and
the same values whoever computes it.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sitheory.trajectory.atomic_files import written_whole

ABOUT = "about.json"


@dataclass(frozen=True)
class Block:
    """What a block's cells came to.

    ``values`` holds variable -> values, the cells first, and no variable of which no cell knows the value;
    ``status`` a code for each cell; ``messages`` the message of each cell that raised; ``seconds`` how long the
    cells took.
    """

    values: Mapping[str, np.ndarray]
    status: np.ndarray
    messages: Mapping[int, str]
    seconds: float


def open_folder(folder: Path, about: Mapping[str, Any]) -> None:
    """Make the folder, with a note of what it belongs to."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / ABOUT).exists():
        with written_whole(folder / ABOUT) as temporary:
            temporary.write_text(json.dumps(about, sort_keys=True))


def block_path(folder: Path, index: int) -> Path:
    """Return where a block lies."""
    return folder / f"{index:08d}.npz"


def finished(folder: Path) -> set[int]:
    """Return the blocks that have a file."""
    return {int(path.stem) for path in folder.glob("[0-9]*.npz")}


def write(folder: Path, index: int, block: Block) -> None:
    """Write a block, whole or not at all."""
    # As objects text would be pickled, which has no place in a file of results.
    arrays = {f"value {n}": v.astype(str) if v.dtype == object else v for n, v in block.values.items()}
    arrays |= {"status": block.status, "seconds": np.array(block.seconds)}
    if block.messages:
        arrays |= {
            "failed": np.array(list(block.messages)),
            "message": np.array(list(block.messages.values())),
        }
    # An archive has a checksum for each member, and none for which members it has.
    arrays["members"] = np.array([*arrays, "members"])
    with written_whole(block_path(folder, index)) as temporary, open(temporary, "wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]


def read(folder: Path, index: int) -> Block | None:
    """Return a block, or None, and no file any more, where its file is damaged or gone."""
    path = block_path(folder, index)
    try:
        arrays = _members(path.read_bytes())
    except FileNotFoundError:
        return None
    if arrays is None:
        path.unlink(missing_ok=True)
        return None
    status, seconds = arrays.pop("status"), float(arrays.pop("seconds"))
    del arrays["members"]
    failed, message = arrays.pop("failed", np.array([])), arrays.pop("message", np.array([]))
    values = {
        name.removeprefix("value "): array.astype(object) if array.dtype.kind == "U" else array
        for name, array in arrays.items()
    }
    return Block(values, status, dict(zip(failed.tolist(), message.tolist(), strict=True)), seconds)


def _members(content: bytes) -> dict[str, np.ndarray] | None:
    """The arrays of an archive, or None if it is not what was written."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return {name: _member(archive, name) for name in _member(archive, "members").tolist()}
    except MemoryError:
        raise
    except Exception:  # there is no end to what a damaged archive makes its readers raise
        return None


def _member(archive: zipfile.ZipFile, name: str) -> np.ndarray:
    """An array of an archive, looked at only after its checksum."""
    return np.lib.format.read_array(io.BytesIO(archive.read(f"{name}.npy")), allow_pickle=False)
