"""Which coordinates of a network's flat parameter buffer make up a scale-invariant group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Literal

import torch
from torch import Tensor

if TYPE_CHECKING:
    from sitheory.bridge.symmetry.groups import Groups

Per = Literal["row", "tensor"]


@dataclass(frozen=True)
class Partition:
    """Scale-invariant groups of a flat buffer: rows of tensors, each in one group; rows may share a group.

    A neuron's incoming weights, row i of a weight tensor, are one row; a whole tensor is one row as well. The
    scale-invariant tensors come first in the buffer, and what follows them belongs to no group.

    Args:
        names: The tensors, in the buffer's order.
        rows: How many rows each tensor falls into; 1 keeps it whole.
        sizes: How many values each tensor has.
        member: The group of each row; None gives each row a group of its own.
    """

    names: tuple[str, ...]
    rows: tuple[int, ...]
    sizes: tuple[int, ...]
    member: tuple[int, ...] | None = None

    @classmethod
    def of(cls, shapes: Mapping[str, Sequence[int]], per: Per = "row") -> Partition:
        """Return the groups of tensors by row, a neuron's weights, or by whole tensor."""
        if per not in ("row", "tensor"):
            raise ValueError(f"need per='row' or per='tensor', got per={per!r}")
        sizes = tuple(torch.Size(shape).numel() for shape in shapes.values())
        rows = tuple(shape[0] if per == "row" and len(shape) > 1 else 1 for shape in shapes.values())
        return cls(tuple(shapes), rows, sizes)

    @classmethod
    def found(cls, shapes: Mapping[str, Sequence[int]], groups: Groups) -> Partition:
        """Return what ``bridge.find_groups`` found by whole tensors, among tensors of these shapes.

        Raises:
            ValueError: If it was requested by row.
        """
        if missing := [n for n in groups.names if n not in shapes]:
            raise ValueError(f"need groups of whole trained tensors, got {', '.join(missing)}")
        kept = {n: s for n, s in shapes.items() if n in groups.names}
        return cls.joint(kept, [g.names for g in groups.groups])

    @classmethod
    def joint(cls, shapes: Mapping[str, Sequence[int]], groups: Sequence[Sequence[str]]) -> Partition:
        """Return groups of whole tensors, where several tensors may be tied into one group.

        Args:
            shapes: The shape of each tensor, in the buffer's order.
            groups: The names of the tensors of each group; together they name each tensor once.

        Returns:
            The partition.

        Raises:
            ValueError: If a tensor is in no group or in two.
        """
        named = [name for group in groups for name in group]
        if sorted(named) != sorted(shapes):
            raise ValueError(f"need each of {sorted(shapes)} in one group, got groups of {sorted(named)}")
        home = {name: i for i, group in enumerate(groups) for name in group}
        sizes = tuple(torch.Size(shape).numel() for shape in shapes.values())
        return cls(tuple(shapes), (1,) * len(shapes), sizes, tuple(home[name] for name in shapes))

    @property
    def size(self) -> int:
        """How many values of the buffer belong to groups."""
        return sum(self.sizes)

    @property
    def count(self) -> int:
        """How many groups there are."""
        return sum(self.rows) if self.member is None else 1 + max(self.member)

    @property
    def labels(self) -> list[str]:
        """A name for each group: its tensor's, with the row where there are several."""
        named = [
            name if rows == 1 else f"{name}[{row}]"
            for name, rows in zip(self.names, self.rows, strict=True)
            for row in range(rows)
        ]
        if self.member is None:
            return named
        return [
            "+".join(n for n, g in zip(named, self.member, strict=True) if g == i) for i in range(self.count)
        ]

    def sums(self, flat: Tensor) -> Tensor:
        """Return the sum of each group's values.

        Args:
            flat: Shape (cells, values), the groups' values first.

        Returns:
            Shape (cells, groups).
        """
        ends = list(accumulate(self.sizes))
        parts = [
            flat[:, end - size : end].reshape(len(flat), rows, -1).sum(-1)
            for end, size, rows in zip(ends, self.sizes, self.rows, strict=True)
        ]
        by_row = torch.cat(parts, dim=1)
        if self.member is None:
            return by_row
        # Sums in a fixed order: index_add_ would leave it to the device, and an index would have to get there.
        columns = by_row.unbind(1)
        sums = [
            torch.stack([columns[r] for r, g in enumerate(self.member) if g == i], dim=1).sum(1)
            for i in range(self.count)
        ]
        return torch.stack(sums, dim=1)

    def spread(self, values: Tensor) -> Tensor:
        """Return each group's value at each of its coordinates, shape (cells, size), from shape (cells, groups)."""
        by_row = values if self.member is None else torch.stack([values[:, g] for g in self.member], dim=1)
        parts = [
            part.repeat_interleave(size // rows, dim=1)
            for part, size, rows in zip(by_row.split(self.rows, dim=1), self.sizes, self.rows, strict=True)
        ]
        return torch.cat(parts, dim=1)
