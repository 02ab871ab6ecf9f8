"""Which parameters of any network are scale-invariant, alone or together: found by numbers, not by names."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import nn

from sitheory.bridge.pieces import Piece, generic, order_of, pieces_of, rescaled, sketched_columns
from sitheory.bridge.pure import NO_EPS, Pure
from sitheory.bridge.symmetries import groups_and_balances, null_space

CUT = 1e-9
"""Singular values below this, relative to the output, count as zero: rounding reaches about 1e-12 in deep networks."""

CONFIRMED = 1e-9
"""A symmetry holds if finite rescaling moves the output by no more than this part of it."""

FACTORS = (0.3, 7.0)
"""Confirming factors; powers of two would scale floating-point numbers exactly and so test too little."""


@dataclass(frozen=True)
class Symmetry:
    """Pieces that can be rescaled by powers of one factor, and how far finite rescaling moved the output.

    ``degrees`` holds each piece's power; in a scale-invariant group all are 1.
    """

    degrees: dict[str, int]
    deviation: float

    @property
    def names(self) -> tuple[str, ...]:
        """The pieces."""
        return tuple(self.degrees)

    def __str__(self) -> str:
        """Return the names, with powers where they are not all 1, and the deviation."""
        signed = any(d != 1 for d in self.degrees.values())
        parts = [f"{name}^{d:+d}" if signed else name for name, d in self.degrees.items()]
        return f"{', '.join(parts)}  (deviation {self.deviation:.1e})"


@dataclass(frozen=True)
class Groups:
    """What :func:`find_groups` found.

    ``groups`` are disjoint, minimal and invariant: those of one member are invariant by themselves, the members of the
    others only together. ``balances`` hold degrees such as +1 and -1: the output does not change, but the pieces are
    not scale-invariant. ``inert`` pieces do not reach the output at all, as a bias before batch normalisation.
    ``others`` are the remaining pieces. ``gap`` says how sure the count is: the largest number taken for zero and the
    smallest not taken for it.
    """

    groups: tuple[Symmetry, ...]
    balances: tuple[Symmetry, ...]
    inert: tuple[str, ...]
    others: tuple[str, ...]
    gap: tuple[float, float]

    @property
    def individual(self) -> tuple[str, ...]:
        """The pieces that are scale-invariant by themselves."""
        return tuple(g.names[0] for g in self.groups if len(g.names) == 1)

    @property
    def names(self) -> tuple[str, ...]:
        """All pieces of the groups."""
        return tuple(name for group in self.groups for name in group.names)

    @property
    def fully_scale_invariant(self) -> bool:
        """Whether everything that was asked about belongs to a group."""
        return not self.others and not self.inert

    def __str__(self) -> str:
        """Return the report, a line for each finding."""
        lines = [f"{len(self.groups)} scale-invariant groups, {len(self.individual)} of one member"]
        lines += [f"  {group}" for group in self.groups]
        lines += [f"balanced, not invariant: {balance}" for balance in self.balances]
        lines += [f"does not reach the output: {name}" for name in self.inert]
        lines += [f"not scale-invariant: {name}" for name in self.others]
        return "\n".join(lines)


def find_groups(
    net: nn.Module,
    inputs: torch.Tensor,
    *,
    names: Iterable[str] | None = None,
    per: str = "tensor",
    training: bool = True,
    rng: int = 0,
) -> Groups:
    """Find the groups of parameters whose common rescaling leaves a network's output as it is.

    The network is copied to float64 with the eps of its normalisations taken away. The null space of the Jacobian by
    the log-scales, at two generic points, gives the symmetries; finite rescaling, there and at the network's own
    parameters, confirms each. Only symmetries that hold for the batch given are seen: take inputs as in training.

    Args:
        net: Any module.
        inputs: A batch that the network takes, two samples or more.
        names: Which parameters; the trainable ones by default. All others count as constants.
        per: "tensor", or "row" for groups of neurons or channels.
        training: Whether in train mode; eval mode, with its running statistics, is hardly ever scale-invariant.
        rng: Seed of the generic points.

    Returns:
        The groups, and what is none.
    """
    pure = Pure(net, training=training, names=names, eps=NO_EPS)
    inputs = pure.cast(inputs)
    pieces = pieces_of(pure.values, per)
    if not pieces:
        return Groups((), (), (), (), (0.0, math.inf))
    alone, inert, degrees, gap = _candidates(pure, inputs, per, len(pieces), rng)
    together, balances = groups_and_balances(degrees, order_of(pieces, pure.values))
    single = [np.eye(len(pieces), dtype=int)[i] for i in np.flatnonzero(alone & ~inert)]
    check = _Check(pure, inputs, pieces, [pure.values, generic(pure.values, rng)])
    confirmed = check.confirm([*single, *together], each=per == "tensor")
    groups = _sorted(confirmed)
    members = {str(pieces[i]) for vector, _ in groups for i in np.flatnonzero(vector)}
    quiet = tuple(str(pieces[i]) for i in np.flatnonzero(inert))
    return Groups(
        groups=tuple(check.symmetry(*found) for found in groups),
        balances=tuple(check.symmetry(*found) for found in _sorted(check.confirm(balances, each=True))),
        inert=quiet,
        others=tuple(str(p) for p in pieces if str(p) not in members and str(p) not in quiet),
        gap=gap,
    )


def _sorted(found: list[tuple[np.ndarray, float]]) -> list[tuple[np.ndarray, float]]:
    return sorted(found, key=lambda pair: int(np.flatnonzero(pair[0])[0]))


def _candidates(
    net: Pure, inputs: torch.Tensor, per: str, count: int, rng: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, tuple[float, float]]:
    """Return which pieces seem invariant alone and which inert, and the null space of the rest with its gap."""

    def sketches(points: int, rows: int) -> tuple[np.ndarray, np.ndarray]:
        found = [
            sketched_columns(net, generic(net.values, rng + i), inputs, per, range(rows))
            for i in range(points)
        ]
        return np.concatenate([columns for columns, _ in found]), np.max(
            [sizes for _, sizes in found], axis=0
        )

    with torch.no_grad():
        outputs = net(net.values, inputs).numel()
    columns, gradients = sketches(2, min(count + 4, 12))
    sizes = np.abs(columns).max(axis=0, initial=0.0)
    alone, inert = sizes <= CUT, gradients <= CUT
    rest = np.flatnonzero(~alone)
    # Fewer combinations than unknowns would have a null space of their own, and so would fewer outputs.
    unknowns = len(rest) + 4
    points = max(2, math.ceil(2 * unknowns / outputs))
    if len(columns) < unknowns:
        columns, _ = sketches(points, math.ceil(unknowns / points))
    found = null_space(columns[:, rest] / len(columns) ** 0.5, CUT)
    basis = np.zeros((len(found.basis), count), dtype=int)
    basis[:, rest] = found.basis
    zero = max(float(sizes[alone].max(initial=0.0)), found.largest_null)
    return alone, inert, basis, (zero, found.smallest_kept)


@dataclass(frozen=True)
class _Check:
    """Rescales by finite factors and looks."""

    net: Pure
    inputs: torch.Tensor
    pieces: list[Piece]
    points: list[Mapping[str, torch.Tensor]]

    @cached_property
    def outputs(self) -> list[torch.Tensor]:
        """The output at each point."""
        with torch.no_grad():
            return [self.net(point, self.inputs) for point in self.points]

    def deviation(self, vectors: Sequence[np.ndarray], factors: Sequence[float]) -> float:
        """Return the largest change, relative to the output, when each vector's pieces get its factor's powers."""
        powers = np.prod(
            [np.power(f, v.astype(float)) for v, f in zip(vectors, factors, strict=True)], axis=0
        )
        moved = np.flatnonzero(powers != 1)
        parts, scales = [self.pieces[i] for i in moved], powers[moved].tolist()
        with torch.no_grad():
            return max(
                relative_change(self.net(rescaled(point, parts, scales), self.inputs), output)
                for point, output in zip(self.points, self.outputs, strict=True)
            )

    def confirm(self, vectors: Sequence[np.ndarray], *, each: bool) -> list[tuple[np.ndarray, float]]:
        """Return the vectors that hold with their deviations, measured one by one or all at once."""
        if not each and vectors:
            factors = np.exp(np.random.default_rng(0).uniform(-2, 2, (len(FACTORS), len(vectors))))
            deviation = max(self.deviation(vectors, row) for row in factors)
            if deviation <= CONFIRMED:
                return [(v, deviation) for v in vectors]
        measured = [(v, max(self.deviation([v], [f]) for f in FACTORS)) for v in vectors]
        return [(v, deviation) for v, deviation in measured if deviation <= CONFIRMED]

    def symmetry(self, vector: np.ndarray, deviation: float) -> Symmetry:
        """Return a vector under its pieces' names."""
        return Symmetry({str(self.pieces[i]): int(vector[i]) for i in np.flatnonzero(vector)}, deviation)


def relative_change(output: torch.Tensor, reference: torch.Tensor) -> float:
    """Return the largest change of an output, as a part of the reference's largest entry; of nothing, 0."""
    change = float((output - reference).abs().max())
    return change / float(reference.abs().max().clamp_min(1e-300)) if change else 0.0
