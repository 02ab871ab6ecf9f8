"""Finished blocks of a grid on disk: one file each, whole or not at all, with a checksum of every value.

Workers write, and any number of processes may work on the same folder: a block's file has the same name and
the same values whoever computes it.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sitheory.sweeps.grid import Grid
from sitheory.trajectory import array_archives
from sitheory.trajectory.atomic_files import written_whole

ABOUT = "about.json"
ASIDE = "set-aside"
NAME = re.compile(r"\d{8,}\.npz")
LOG = logging.getLogger(__name__)
"""Without handlers of a program's own, Python prints its warnings as plain lines on stderr."""


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


def size(folder: Path) -> int:
    """Return how many bytes the blocks take, about what the result of them will."""
    return sum(path.stat().st_size for path in folder.glob("*.npz"))


def finished(folder: Path, grid: Grid) -> set[int]:
    """Return the blocks that have a file."""
    return {int(path.stem) for path in folder.glob("*.npz") if _is_block(path, grid)}


def set_strangers_aside(folder: Path, grid: Grid) -> None:
    """Set aside what lies among the blocks and has no block's name."""
    for path in folder.glob("*.npz"):
        if not (_is_block(path, grid) or path.name.startswith(".")):  # where another process writes
            set_aside(path, "no block of this grid has that name")


def _is_block(path: Path, grid: Grid) -> bool:
    return NAME.fullmatch(path.name) is not None and int(path.stem) < grid.blocks


def set_aside(path: Path, why: str) -> None:
    """Move a file or folder that cannot be used beside the others, with a line about it."""
    aside = path.parent / ASIDE
    try:
        aside.mkdir(exist_ok=True)
        os.replace(path, aside / f"{path.stem}-{secrets.token_hex(4)}{path.suffix}")
    except FileNotFoundError:  # another process did
        return
    LOG.warning("set aside %s: %s", path, why)


def write(folder: Path, index: int, block: Block, grid: Grid) -> None:
    """Write a block, whole or not at all, with a stamp of the cells that it holds."""
    # As objects text would be pickled, which has no place in a file of results.
    arrays = {f"value {n}": v.astype(str) if v.dtype == object else v for n, v in block.values.items()}
    arrays |= {"status": block.status, "seconds": np.array(block.seconds)}
    if block.messages:
        arrays |= {
            "failed": np.array(list(block.messages)),
            "message": np.array(list(block.messages.values())),
        }
    arrays["stamp"] = np.array(_stamp(folder, index, grid))
    # An archive has a checksum for each member, and none for which members it has.
    arrays["members"] = np.array([*arrays, "members"])
    with written_whole(block_path(folder, index)) as temporary, open(temporary, "wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]


def read(folder: Path, index: int, grid: Grid) -> Block | None:
    """Return a block, or None, and no file any more, where its file is damaged, of other cells or gone."""
    path = block_path(folder, index)
    try:
        return _block(array_archives.read_arrays(path), grid, index, _stamp(folder, index, grid))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, IsADirectoryError) as bad:
        set_aside(path, str(bad) if isinstance(bad, ValueError) else "it is no block")
        return None


def _block(arrays: dict[str, np.ndarray], grid: Grid, index: int, stamp: str) -> Block:
    members = arrays.pop("members").tolist()
    if sorted(members) != sorted([*arrays, "members"]):
        raise ValueError("it lacks some of its parts")
    if str(arrays.pop("stamp")) != stamp:
        raise ValueError("it holds other cells")
    status, seconds = arrays.pop("status"), float(arrays.pop("seconds"))
    failed, message = arrays.pop("failed", np.array([])), arrays.pop("message", np.array([]))
    values = {
        name.removeprefix("value "): array.astype(object) if array.dtype.kind == "U" else array
        for name, array in arrays.items()
    }
    size = grid.size(index)
    shapes = {name: (size, *grid.inner(name)) for name in grid.variables}
    if status.shape != (size,) or any(array.shape != shapes.get(n) for n, array in values.items()):
        raise ValueError("it has other shapes than its cells")
    return Block(values, status, dict(zip(failed.tolist(), message.tolist(), strict=True)), seconds)


def _stamp(folder: Path, index: int, grid: Grid) -> str:
    """What tells a block from every other: the result that it belongs to, its number, its cells' coordinates."""
    whole = hashlib.sha256(f"{folder.name} {index}".encode())
    for name, values in grid.at(index).items():
        whole.update(f"{name} {values.dtype.str} {values.shape}".encode() + values.tobytes())
    return whole.hexdigest()
