"""The search for symmetries: pieces and combinations of them whose scale the output does not feel to first order."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import torch

from sitheory.bridge.functional.pure_network import Inputs, Pure
from sitheory.bridge.symmetry.finite_rescaling import Rescaling
from sitheory.bridge.symmetry.null_space import null_space
from sitheory.bridge.symmetry.parameter_blocks import generic, sketched_columns

CUT = 1e-9
"""Singular values below this, relative to each piece's own gradient, count as zero: rounding reaches 1e-13 in 20
layers."""

FLAT = 1e-11
"""A gradient times the piece, relative to the output, that is below this is none."""

NEAR = 0.1
"""Cosines of a piece and its gradient above this are no eps's work: what moves the output by a hundredth at most."""

Progress: TypeAlias = Callable[[int, int], Any]
"""Called with how many gradients are done, and of how many; a search may need a second round of them."""

FIRST = 12
"""Random combinations of the outputs to begin with: a piece that none of them feels is felt by no output."""


@dataclass(frozen=True)
class Candidates:
    """What the output does not feel to first order, pieces by their numbers.

    ``flat`` are pieces without any gradient, or with so little that rounding may have made it; ``alone`` those without
    one along themselves, and ``degrees`` a basis of what combinations of the others it does not feel, shape
    (dimension, pieces). ``gap`` is the largest number taken for zero and the smallest that is not. ``near`` are pieces
    whose gradients are so nearly orthogonal to them that an eps might explain the rest.
    """

    flat: tuple[int, ...]
    alone: tuple[int, ...]
    degrees: np.ndarray
    gap: tuple[float, float]
    near: tuple[int, ...]


def candidates(
    net: Pure, inputs: Inputs, per: str, check: Rescaling, rng: int, progress: Progress | None = None
) -> Candidates:
    """Return the symmetries of a network's Jacobian at generic points.

    Args:
        net: The network.
        inputs: The batch.
        per: "tensor" or "row".
        check: Says which pieces have no effect at all.
        rng: Seed of the points.
        progress: Called with how many gradients are done, and of how many.

    Returns:
        The candidates.
    """
    count = len(check.pieces)
    first = min(count + 4, FIRST)
    columns, gradients = _sketches(net, inputs, per, 2, range(first), rng, progress)
    small = np.flatnonzero(gradients <= CUT).tolist()
    flat = check.without_effect(small) | {i for i in small if gradients[i] <= FLAT}
    felt = np.array([i not in flat for i in range(count)], dtype=bool)
    # Each beside its own gradient: a branch of little weight is as much a branch.
    own = np.where(felt, gradients, 1.0)
    sizes = np.where(felt, np.abs(columns).max(axis=0, initial=0.0) / own, 0.0)
    alone = (sizes <= CUT) & felt
    rest = np.flatnonzero(sizes > CUT)
    # Fewer combinations than unknowns would have a null space of their own, and so would fewer outputs.
    unknowns = len(rest) + 4
    if len(columns) < unknowns:
        with torch.no_grad():
            outputs = net(net.values, inputs).numel()
        points = max(2, math.ceil(2 * unknowns / outputs))
        begun = first if points == 2 else 0
        more, _ = _sketches(
            net, inputs, per, points, range(begun, math.ceil(unknowns / points)), rng, progress
        )
        columns = np.concatenate([columns, more]) if begun else more
    found = null_space(columns[:, rest] / len(columns) ** 0.5, CUT, own[rest])
    degrees = np.zeros((len(found.basis), count), dtype=int)
    degrees[:, rest] = found.basis
    zero = max(float(sizes[sizes <= CUT].max(initial=0.0)), found.largest_null)
    return Candidates(
        flat=tuple(sorted(flat)),
        alone=tuple(np.flatnonzero(alone).tolist()),
        degrees=degrees,
        gap=(zero, found.smallest_kept),
        near=tuple(np.flatnonzero(sizes <= NEAR).tolist()),
    )


def _sketches(
    net: Pure, inputs: Inputs, per: str, points: int, rows: range, rng: int, progress: Progress | None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the columns of all points, one below the other, and the largest gradient of each piece."""
    found = []
    for i in range(points):

        def done(row: int, before: int = i * len(rows)) -> None:
            if progress is not None:
                progress(before + row, points * len(rows))

        found.append(sketched_columns(net, generic(net.values, rng + i), inputs, per, rows, done))
    return np.concatenate([c for c, _ in found]), np.max([s for _, s in found], axis=0)
