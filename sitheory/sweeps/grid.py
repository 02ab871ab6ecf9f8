"""A grid of cells: its axes, what each cell holds, and the blocks of cells that are computed and kept together."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

import numpy as np


class Swept(Protocol):
    """Something to sweep: an object that pickles, with a grid and a pure function for each cell.

    It has either ``cell(**at)``, which takes one coordinate an axis and returns variable -> value, or, where many
    cells run faster side by side, ``block(at)``, which takes axis -> coordinates of shape (cells,) and returns
    variable -> values with the cells first. No cell's values may depend on which cells stand beside it. Both may
    return ``status``, see ``sitheory._kernels.status.Status``; a cell that raises becomes data with its message.
    """

    @property
    def name(self) -> str:
        """What its results are called."""
        ...

    def grid(self) -> Grid:
        """Return what is to be computed; the same at each call."""
        ...


@dataclass(frozen=True)
class Grid:
    """Cells are the product of the axes, the last axis fastest.

    Args:
        axes: Dimension -> coordinates, in the order of ``sitheory.trajectory.DIMS``.
        variables: Variable -> its own dimensions within a cell, () for a number.
        config: All that the values depend on beside the code; anything JSON can hold.
        coords: Coordinates of the variables' own dimensions, and whatever else labels the result.
        entropy: What the random numbers come from, for the record.
        block: About how many cells go together into a task and a file.
        attrs: Further attributes of the result.

    Raises:
        ValueError: If an axis is empty, a dimension of a variable has no coordinates, or block is below 1.
    """

    axes: Mapping[str, Any]
    variables: Mapping[str, tuple[str, ...]]
    config: Mapping[str, Any]
    coords: Mapping[str, Any] = field(default_factory=dict)
    entropy: Any = None
    block: int = 1
    attrs: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self):
        object.__setattr__(self, "axes", {name: np.asarray(values) for name, values in self.axes.items()})
        for name, values in self.axes.items():
            if values.ndim != 1 or not len(values):
                raise ValueError(f"need at least one {name}, got shape {values.shape}")
        if not self.axes:
            raise ValueError("need at least one axis, got none")
        for name, dims in self.variables.items():
            for dim in dims:
                if dim not in self.coords or dim in self.axes:
                    raise ValueError(f"need coordinates of {dim}, a dimension of {name}, got none")
        if self.block < 1:
            raise ValueError(f"need block >= 1, got block={self.block}")

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """Length of each axis."""
        return tuple(len(values) for values in self.axes.values())

    @cached_property
    def slab(self) -> tuple[int, ...]:
        """Shape of a block: a rectangle of at most ``block`` cells, the last axes whole."""
        return rectangle(self.shape, self.block)

    @cached_property
    def counts(self) -> tuple[int, ...]:
        """How many blocks there are along each axis."""
        return tuple(-(-size // step) for size, step in zip(self.shape, self.slab, strict=True))

    @property
    def cells(self) -> int:
        """How many cells there are."""
        return math.prod(self.shape)

    @property
    def blocks(self) -> int:
        """How many blocks there are."""
        return math.prod(self.counts)

    def where(self, index: int) -> tuple[slice, ...]:
        """Return which part of each axis a block covers."""
        corner = np.unravel_index(index, self.counts)
        return tuple(
            slice(int(c) * step, min((int(c) + 1) * step, size))
            for c, step, size in zip(corner, self.slab, self.shape, strict=True)
        )

    def size(self, index: int) -> int:
        """Return how many cells a block has."""
        return math.prod(part.stop - part.start for part in self.where(index))

    def at(self, index: int) -> dict[str, np.ndarray]:
        """Return the coordinates of a block's cells: axis -> shape (cells,)."""
        chosen = [values[part] for values, part in zip(self.axes.values(), self.where(index), strict=True)]
        return {
            name: values.ravel()
            for name, values in zip(self.axes, np.meshgrid(*chosen, indexing="ij"), strict=True)
        }

    def inner(self, name: str) -> tuple[int, ...]:
        """Return the shape of a variable within a cell."""
        return tuple(len(_values(self.coords[dim])) for dim in self.variables.get(name, ()))

    def dims(self, name: str) -> tuple[str, ...]:
        """Return all dimensions of a variable."""
        return (*self.axes, *self.variables.get(name, ()))


def rectangle(shape: Sequence[int], most: int) -> tuple[int, ...]:
    """Return the shape of a rectangle of at most ``most`` (and at least one) elements, the last axes whole."""
    steps: list[int] = []
    for size in reversed(shape):
        steps.append(max(1, min(size, most)))
        most = most // steps[-1] if steps[-1] == size else 1
    return tuple(reversed(steps))


def _values(coordinate: Any) -> Any:
    """A coordinate is given by its values, or as (dims, values)."""
    is_pair = (
        isinstance(coordinate, tuple) and len(coordinate) == 2 and isinstance(coordinate[0], str | tuple)
    )
    return coordinate[1] if is_pair else coordinate
