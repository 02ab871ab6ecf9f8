"""Finished blocks of a grid on disk: one file each, whole or not at all, with a checksum of every value.

Workers write, and any number of processes may work on the same folder: a block's file has the same name and
the same values whoever computes it.
"""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sitheory.files import written_whole

ABOUT = "about.json"
DAMAGE = (zipfile.BadZipFile, zlib.error, ValueError, KeyError, EOFError, NotImplementedError)
"""What numpy raises for an archive whose bytes are not those that were written."""


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
    arrays = {f"value {name}": values for name, values in block.values.items()}
    arrays |= {"status": block.status, "seconds": np.array(block.seconds)}
    if block.messages:
        arrays |= {"failed": np.array(list(block.messages)), "message": np.array(list(block.messages.values()))}
    with written_whole(block_path(folder, index)) as temporary, open(temporary, "wb") as file:
        np.savez(file, **arrays)


def read(folder: Path, index: int) -> Block | None:
    """Return a block, or None, and no file any more, where its file is damaged or gone."""
    path = block_path(folder, index)
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        status, seconds = arrays.pop("status"), float(arrays.pop("seconds"))
    except (FileNotFoundError, *DAMAGE):
        path.unlink(missing_ok=True)
        return None
    failed, message = arrays.pop("failed", np.array([])), arrays.pop("message", np.array([]))
    values = {name.removeprefix("value "): array for name, array in arrays.items()}
    return Block(values, status, dict(zip(failed.tolist(), message.tolist(), strict=True)), seconds)
