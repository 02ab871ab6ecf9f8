"""A result carries a checksum of all that is in it: values, coordinates, dimensions and attributes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import h5py

CHECKSUM = "checksum"
"""The attribute of a file that holds it."""

LINKS = ("DIMENSION_LIST", "REFERENCE_LIST", "_Netcdf4Coordinates", "_Netcdf4Dimid")
"""Attributes that hold addresses within the file; what they say counts as the names of an array's dimensions."""

EXPANSION = 64
"""A sound file's arrays have at most so many times its size: only messages that no cell has take no room in it."""


def seal(path: Path) -> None:
    """Write the checksum of a finished file into it."""
    import h5py

    with h5py.File(path, "a") as file:
        file.attrs[CHECKSUM] = _checksum(file)


def sealed(path: Path) -> bool:
    """Whether a file has its checksum, and holds what it held when it was sealed."""
    import h5py

    try:
        with h5py.File(path, "r") as file:
            most = EXPANSION * path.stat().st_size
            return sum(array.nbytes for array in file.values()) <= most and file.attrs[CHECKSUM] == _checksum(
                file
            )
    except Exception:  # there is no end to what a damaged file makes its readers raise
        return False


def _checksum(file: h5py.File) -> str:
    whole = hashlib.sha256()
    for part in _parts(file):
        whole.update(len(part).to_bytes(8, "big") + part)
    return whole.hexdigest()


def _parts(file: h5py.File) -> Iterator[bytes]:
    yield from _attributes(file)
    for name in sorted(file):
        array = file[name]
        dims = [list(axis.keys()) for axis in array.dims]
        yield f"{name} {array.dtype.str} {array.shape} {array.chunks} {array.fletcher32} {dims}".encode()
        yield from _attributes(array)
        for part in array.iter_chunks() if array.chunks else [()]:
            yield _bytes(array[part])


def _attributes(holder: Any) -> Iterator[bytes]:
    for name in sorted(set(holder.attrs) - {CHECKSUM, *LINKS}):
        yield from (name.encode(), _bytes(holder.attrs[name]))


def _bytes(values: Any) -> bytes:
    array = np.asarray(values)
    if array.dtype.hasobject:
        return repr(array.tolist()).encode()
    return f"{array.dtype.str} {array.shape} ".encode() + np.ascontiguousarray(array).tobytes()
