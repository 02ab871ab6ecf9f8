"""The search for symmetries: pieces and combinations of them whose scale the output does not feel to first order."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch

from sitheory.bridge.functional.pure_network import Pure
from sitheory.bridge.symmetry.null_space import null_space
from sitheory.bridge.symmetry.parameter_blocks import generic, sketched_columns

CUT = 1e-9
"""Singular values below this, relative to the output, count as zero: rounding reaches 1e-13 in 20 layers."""

FIRST = 12
"""Random combinations of the outputs to begin with: a piece that none of them feels is felt by no output."""


@dataclass(frozen=True)
class Candidates:
    """What the output does not feel to first order, pieces by their numbers.

    ``flat`` are pieces without any gradient, ``alone`` those without one along themselves, and ``degrees`` a basis of
    what combinations of the others it does not feel, shape (dimension, pieces). ``gap`` is the largest number taken
    for zero and the smallest that is not.
    """

    flat: tuple[int, ...]
    alone: tuple[int, ...]
    degrees: np.ndarray
    gap: tuple[float, float]


def candidates(net: Pure, inputs: torch.Tensor, per: str, count: int, rng: int) -> Candidates:
    """Return the symmetries of a network's Jacobian at generic points.

    Args:
        net: The network.
        inputs: The batch.
        per: "tensor" or "row".
        count: How many pieces there are.
        rng: Seed of the points.

    Returns:
        The candidates.
    """
    columns, gradients = _sketches(net, inputs, per, 2, min(count + 4, FIRST), rng)
    sizes = np.abs(columns).max(axis=0, initial=0.0)
    flat = gradients <= CUT
    alone = (sizes <= CUT) & ~flat
    rest = np.flatnonzero(sizes > CUT)
    # Fewer combinations than unknowns would have a null space of their own, and so would fewer outputs.
    unknowns = len(rest) + 4
    if len(columns) < unknowns:
        with torch.no_grad():
            outputs = net(net.values, inputs).numel()
        points = max(2, math.ceil(2 * unknowns / outputs))
        columns, _ = _sketches(net, inputs, per, points, math.ceil(unknowns / points), rng)
    found = null_space(columns[:, rest] / len(columns) ** 0.5, CUT)
    degrees = np.zeros((len(found.basis), count), dtype=int)
    degrees[:, rest] = found.basis
    zero = max(float(sizes[sizes <= CUT].max(initial=0.0)), found.largest_null)
    return Candidates(
        tuple(np.flatnonzero(flat).tolist()),
        tuple(np.flatnonzero(alone).tolist()),
        degrees,
        (zero, found.smallest_kept),
    )


def _sketches(
    net: Pure, inputs: torch.Tensor, per: str, points: int, rows: int, rng: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the columns of all points, one below the other, and the largest gradient of each piece."""
    found = [
        sketched_columns(net, generic(net.values, rng + i), inputs, per, range(rows)) for i in range(points)
    ]
    return np.concatenate([c for c, _ in found]), np.max([s for _, s in found], axis=0)
