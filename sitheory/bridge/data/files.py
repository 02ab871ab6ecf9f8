"""Where data files are, how to get them, and how to read what was written by strangers without running it."""

from __future__ import annotations

import gzip
import hashlib
import io
import logging
import math
import pickle
import pickletools
import shutil
import struct
import urllib.request
import zlib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from sitheory.trajectory.array_archives import read_arrays
from sitheory.trajectory.atomic_files import written_whole
from sitheory.trajectory.cache_folder import cache_folder

HOME = cache_folder()
"""Where data files are kept: the system's place for caches."""
MOST_BYTES = 1 << 30
"""No part of a data set is larger than this, unpacked."""
MOST_DIMENSIONS = 4
LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Archive:
    """A file that holds a data set, and how to get it.

    Args:
        name: The file's name.
        advice: What to do if it is not there, as the end of a sentence.
        address: Where it can be downloaded; empty if nowhere.
        md5: Of what is downloaded; empty if it is not checked.
    """

    name: str
    advice: str
    address: str = ""
    md5: str = ""

    def at(self, folder: Path, download: bool = False) -> Path:
        """Return the file's path.

        Args:
            folder: Where it is to be.
            download: Whether to fetch it if it is not.

        Returns:
            The path.

        Raises:
            FileNotFoundError: If it is not there and not fetched.
        """
        path = folder / self.name
        if not path.exists():
            if not (download and self.address):
                raise FileNotFoundError(f"need {path}: {self.advice}")
            fetch(self.address, path, self.md5)
        return path


def fetch(address: str, path: Path, md5: str = "") -> None:
    """Download a file, whole or not at all.

    Args:
        address: Where from.
        path: Where to.
        md5: What its checksum must be; empty for any.

    Raises:
        ValueError: If the checksum differs.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(path) as temporary:
        with urllib.request.urlopen(address) as source, temporary.open("wb") as target:
            shutil.copyfileobj(source, target)
        got = hashlib.md5(temporary.read_bytes(), usedforsecurity=False).hexdigest()
        if md5 and got != md5:
            raise ValueError(f"need {path.name} with md5 {md5}, got {got} from {address}")


def converted(
    path: Path, names: Collection[str], convert: Callable[[], dict[str, np.ndarray]]
) -> dict[str, np.ndarray]:
    """Return the arrays of an .npz file, which is written from its archive the first time, and when it is damaged.

    Args:
        path: The .npz file.
        names: The arrays that it has to have.
        convert: Reads the archive.

    Returns:
        The arrays by name.

    Raises:
        ValueError: If the archive is damaged, or not what it should be.
        OSError: If a file is not there or may not be read.
    """
    if path.exists():
        try:
            found = read_arrays(path)
            if set(names) <= found.keys():
                return found
            LOG.warning("made again from its archive: %s, which lacks arrays", path)
        except ValueError as damaged:
            LOG.warning("made again from its archive: %s", damaged)
    try:
        arrays = convert()
    except (ValueError, OSError):
        raise
    except Exception:  # there is no end to what a damaged archive makes its readers raise, nor to their words
        raise ValueError(
            f"need readable original files of {path.stem} in {path.parent}, got damaged ones"
        ) from None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(path) as temporary:
            np.savez_compressed(temporary, **arrays)  # type: ignore[arg-type]
    except PermissionError as failed:
        LOG.warning("not kept for the next time: %s", failed)
    return arrays


def unzipped(content: bytes) -> bytes:
    """Return what a gzip file holds.

    Raises:
        ValueError: If it is damaged, or holds more than any of the data sets.
    """
    try:
        with gzip.open(io.BytesIO(content)) as stream:
            found = stream.read(MOST_BYTES + 1)
    except (OSError, EOFError, zlib.error) as bad:
        raise ValueError(f"need a readable gzip file, got one with {bad}") from None
    if len(found) > MOST_BYTES:
        raise ValueError(f"need a gzip file of at most {MOST_BYTES:,} bytes, got one that opens to more")
    return found


NO_ARRAYS = "need a pickle of arrays, got a damaged one, or one of something else"


class ArraysOnly(pickle.Unpickler):
    """Unpickles numpy arrays in plain containers, and refuses to run anything else."""

    ALLOWED = frozenset(
        {
            ("numpy.core.multiarray", "_reconstruct"),
            ("numpy._core.multiarray", "_reconstruct"),
            ("numpy", "ndarray"),
            ("numpy", "dtype"),
            ("_codecs", "encode"),
        }
    )

    def find_class(self, module: str, name: str) -> Any:
        """Return one of the few functions that arrays are made of."""
        if (module, name) not in self.ALLOWED:
            raise pickle.UnpicklingError(f"need a pickle of arrays, got one that calls {module}.{name}")
        return super().find_class(module, name)


def unpickled(source: bytes | BinaryIO) -> Any:
    """Return what a pickle of arrays holds, strings as bytes; nothing in it is run.

    Raises:
        ValueError: If it is damaged, or holds anything else.
    """
    content = source if isinstance(source, bytes) else source.read()
    try:
        for operation, place, _ in pickletools.genops(content):
            if "PUT" in operation.name and place is not None and int(place) > len(content):
                # A reader makes room for all places below.
                raise ValueError(f"need a pickle of arrays, got one that reserves place {place}")
        return ArraysOnly(io.BytesIO(content), encoding="bytes").load()
    except (
        Exception
    ) as bad:  # there is no end to what a damaged pickle makes its reader raise, nor to its words
        said = str(bad) if str(bad).startswith("need a pickle of arrays") else NO_ARRAYS
        raise ValueError(said) from None


def idx_array(content: bytes) -> np.ndarray:
    """Return the array of an idx file of unsigned bytes, as MNIST came in.

    Args:
        content: The file, uncompressed.

    Returns:
        The array.

    Raises:
        ValueError: If it is no such file or cut short.
    """
    if len(content) < 4 or content[:3] != b"\0\0\x08":
        raise ValueError(f"need an idx file of unsigned bytes, got one that starts with {content[:4]!r}")
    begin = 4 + 4 * content[3]
    if len(content) < begin or content[3] > MOST_DIMENSIONS:
        raise ValueError(
            f"need an idx file of at most {MOST_DIMENSIONS} dimensions, whole, got {content[3]} of them"
        )
    shape = struct.unpack(f">{content[3]}I", content[4:begin])
    values = np.frombuffer(content, dtype=np.uint8, offset=begin)
    if values.size != math.prod(shape):
        raise ValueError(f"need {math.prod(shape)} values for the shape {shape}, got {values.size}")
    return values.reshape(shape)
