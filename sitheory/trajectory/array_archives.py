"""Archives of arrays (.npz): read without running anything, and with one kind of error whatever is wrong."""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Collection
from pathlib import Path

import numpy as np

EXPANSION = 100
"""Arrays may have so many times the size of their archive, which zeros alone exceed."""

FREE_BYTES = 1 << 28
"""Arrays of fewer bytes may be compressed as far as they are."""


def read_arrays(
    path: Path, names: Collection[str] | None = None, kind: str = "data file"
) -> dict[str, np.ndarray]:
    """Return the arrays of an archive.

    Args:
        path: The file.
        names: Which arrays, of those that are there; None reads all.
        kind: What to call the file in the error.

    Returns:
        Name -> array.

    Raises:
        ValueError: If it is no archive of arrays, damaged, far larger than its file, or would have to run code.
    """
    content = path.read_bytes()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
            chosen = [name for name in members if names is None or name in names]
            size = sum(members[name].file_size for name in chosen)
            if size > max(FREE_BYTES, EXPANSION * len(content)):
                raise ValueError(f"it opens to {size:,} bytes, {size // len(content)} times its size")
            return {name: _array(archive.read(members[name]), name) for name in chosen}
    except ValueError as bad:
        raise ValueError(f"need a readable {kind}, got {str(path)!r}: {bad}") from None
    except Exception:  # there is no end to what a damaged archive makes its readers raise, nor to their words
        raise ValueError(f"need a readable {kind}, got {str(path)!r}: {_what(content)}") from None


def _array(member: bytes, name: str) -> np.ndarray:
    """An array, made only after its header agrees with what follows it."""
    stream = io.BytesIO(member)
    version = np.lib.format.read_magic(stream)
    if version not in ((1, 0), (2, 0)):
        raise ValueError(f"{name} is of the unknown format {version}")
    first = version == (1, 0)
    read = np.lib.format.read_array_header_1_0 if first else np.lib.format.read_array_header_2_0
    shape, _, dtype = read(stream)
    if dtype.hasobject:
        raise ValueError(f"{name} holds Python objects, which only running the file could bring back")
    wanted, there = math.prod(shape) * dtype.itemsize, len(member) - stream.tell()
    if wanted != there:
        raise ValueError(f"{name} has {there} bytes for the shape {shape}, which needs {wanted}")
    return np.lib.format.read_array(io.BytesIO(member), allow_pickle=False)


def _what(content: bytes) -> str:
    """What is wrong with a file that no reader takes, as its beginning tells."""
    if not content:
        return "it is empty"
    if content.startswith(b"\x93NUMPY"):
        return "it is a single array (.npy), not an archive of arrays x and y (np.savez)"
    return "it is damaged" if content.startswith(b"PK") else "it is no archive of arrays (.npz)"
