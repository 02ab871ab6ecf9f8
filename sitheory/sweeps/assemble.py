"""Put the blocks of a grid together: in memory, or in one NetCDF file that may be larger than memory."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sitheory._kernels.status import Status
from sitheory.sweeps import block_files
from sitheory.sweeps.block_files import Block
from sitheory.sweeps.compute_cells import nothing
from sitheory.sweeps.grid import Grid, Swept, rectangle
from sitheory.trajectory import checksums, code_hash, schema
from sitheory.trajectory.atomic_files import written_whole

if TYPE_CHECKING:
    import xarray as xr

CHUNK = 1 << 17
"""A file's chunks have at most about this many values, a megabyte."""


class Filling:
    """Arrays over the whole grid, filled block by block.

    Args:
        grid: The grid.
        make: Makes an array by (name, shape, dtype) that takes values at slices; text is empty in it.
    """

    def __init__(self, grid: Grid, make: Callable[[str, tuple[int, ...], np.dtype], Any]):
        self.grid, self.make, self.seconds = grid, make, 0.0
        self.arrays: dict[str, Any] = {}
        self.messages: dict[tuple[int, ...], str] = {}
        self.holes: list[tuple[str, tuple[slice, ...]]] = []

    def add(self, index: int, block: Block) -> None:
        """Put a block where it belongs."""
        where, self.seconds = self.grid.where(index), self.seconds + block.seconds
        shape = tuple(part.stop - part.start for part in where)
        for name, values in {**block.values, "status": block.status}.items():
            self._array(name, values.dtype)[where] = values.reshape(*shape, *values.shape[1:])
        self.holes += [(name, where) for name in self.grid.variables if name not in block.values]
        for cell, message in block.messages.items():
            inside = np.unravel_index(cell, shape)
            corner = tuple(part.start + int(i) for part, i in zip(where, inside, strict=True))
            self.messages[corner] = message

    def end(self) -> None:
        """Add the variables that no cell knew, and the messages if there are any."""
        for name, where in self.holes:
            array = self._array(name, np.dtype(float))
            array[where] = nothing(array[where].shape, array.dtype)
        if self.messages:
            self._array("message", np.dtype(object))
        for corner, message in self.messages.items():
            self.arrays["message"][corner] = message

    def _array(self, name: str, dtype: np.dtype) -> Any:
        if name not in self.arrays:
            shape = (*self.grid.shape, *self.grid.inner(name))
            self.arrays[name] = self.make(name, shape, dtype)
        return self.arrays[name]


def in_memory(grid: Grid) -> Filling:
    """Return a filling of numpy arrays."""
    return Filling(grid, lambda _, shape, dtype: np.full(shape, "" if dtype.kind == "O" else 0, dtype))


def dataset(filling: Filling, attrs: Mapping[str, Any]) -> xr.Dataset:
    """Return the Dataset of a filling in memory."""
    filling.end()
    grid = filling.grid
    variables = {name: (grid.dims(name), values) for name, values in sorted(filling.arrays.items())}
    timed = {**attrs, "seconds": filling.seconds}
    return _dataset(grid, variables, timed)


def _dataset(grid: Grid, variables: Mapping[str, Any], attrs: Mapping[str, Any]) -> xr.Dataset:
    coords = {**grid.axes, **grid.coords}
    return schema.dataset(variables, coords, attrs, declared=grid.declared, dims=grid.own_dims)


def attributes(swept: Swept, grid: Grid) -> dict[str, str]:
    """Return the attributes of a grid's result."""
    return {
        **schema.provenance(grid.config, grid.entropy),
        "code": code_hash.code_hash(swept),
        "status_meanings": Status.meanings(),
        **grid.attrs,
    }


def gather(
    swept: Swept, grid: Grid, folder: Path, path: Path, attrs: Mapping[str, str] | None = None
) -> set[int]:
    """Write all blocks into one file, whole or not at all, never more than one block in memory.

    Args:
        swept: What was run.
        grid: Its grid.
        folder: Where the blocks lie.
        path: The file to write.
        attrs: Attributes of the result beside those of its grid.

    Returns:
        The blocks that were damaged, whose files are gone now; if there are any, no file was written.
    """  # noqa: DOC501  _Damaged ends the writing and is caught here
    import h5py

    damaged: set[int] = set()
    frame = _dataset(grid, {}, {**attributes(swept, grid), schema.NAME: path.stem, **(attrs or {})})
    room = block_files.size(folder) + frame.nbytes
    with contextlib.suppress(_Damaged), written_whole(path, within=folder, room=room) as temporary:
        frame.to_netcdf(temporary, engine="h5netcdf")
        with h5py.File(temporary, "a") as file:
            filling = Filling(grid, _maker(grid, file))
            for index in range(grid.blocks):
                block = block_files.read(folder, index, grid)
                if block is None:
                    damaged.add(index)
                elif not damaged:
                    filling.add(index, block)
            filling.end()
            file.attrs["seconds"] = filling.seconds
        if damaged:
            raise _Damaged
        checksums.seal(temporary)
    return damaged


class _Damaged(Exception):
    """Leaves the writing of a file that would have holes."""


def _maker(grid: Grid, file: Any) -> Callable[[str, tuple[int, ...], np.dtype], Any]:
    """Make variables of a NetCDF file with h5py, which writes many small parts ten times as fast as h5netcdf."""
    import h5py

    def make(name: str, shape: tuple[int, ...], dtype: np.dtype) -> Any:
        text = dtype.kind == "O"
        kept = h5py.string_dtype() if text else dtype
        array = file.create_dataset(name, shape, kept, chunks=rectangle(shape, CHUNK), fletcher32=not text)
        for axis, dim in zip(array.dims, grid.dims(name), strict=True):
            axis.attach_scale(file[dim])
        array.attrs["long_name"] = schema.meaning(name, grid.declared)
        return array

    return make
