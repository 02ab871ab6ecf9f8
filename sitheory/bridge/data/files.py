"""Where data files are, how to get them, and how to read what was written by strangers without running it."""

from __future__ import annotations

import hashlib
import io
import pickle
import shutil
import struct
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from sitheory.trajectory.atomic_files import written_whole

HOME = Path("~/.cache/sitheory").expanduser()


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


def converted(path: Path, convert: Callable[[], dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """Return the arrays of an .npz file, which is written from its archive the first time.

    Args:
        path: The .npz file.
        convert: Reads the archive.

    Returns:
        The arrays by name.
    """
    if not path.exists():
        arrays = convert()
        path.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(path) as temporary:
            np.savez_compressed(temporary, **arrays)  # type: ignore[arg-type]
    with np.load(path, allow_pickle=False) as found:
        return {name: found[name] for name in found.files}


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
    """Return what a pickle of arrays holds, strings as bytes; nothing in it is run."""
    stream = io.BytesIO(source) if isinstance(source, bytes) else source
    return ArraysOnly(stream, encoding="bytes").load()


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
    shape = struct.unpack(f">{content[3]}I", content[4 : 4 + 4 * content[3]])
    values = np.frombuffer(content, dtype=np.uint8, offset=4 + 4 * content[3])
    if values.size != np.prod(shape):
        raise ValueError(f"need {int(np.prod(shape))} values for the shape {shape}, got {values.size}")
    return values.reshape(shape)
