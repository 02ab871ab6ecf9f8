"""What C reaches on the same work: by hand for three groups, and left to the compiler for any number."""

import ctypes

import numpy as np

from benchmarks import c_code
from benchmarks.c_code import pointer

ARRAY_LANES = 64

VECTORS = {8: (2, 3, 4), 4: (2, 3, 4, 6), 2: (2, 4, 6)}
"""Vectors in flight that are tried, by their width; the fastest is the ceiling."""


def _pack(x2, y2, elr, lanes, spare):
    """Rows u, v, 2 elr and spare ones, in aligned blocks of lanes."""
    rows = np.concatenate([x2, y2, [2 * elr], np.ones((spare, elr.size))])
    blocks = rows.reshape(len(rows), -1, lanes).swapaxes(0, 1)
    room = np.empty(blocks.size + 8)
    first = (-room.ctypes.data // 8) % 8
    room[first : first + blocks.size] = blocks.ravel()
    return room[first : first + blocks.size], blocks.shape[0]


class ByHand:
    """The steps of three groups on vectors, so many in flight.

    Args:
        case: Squared coordinates, coefficients and ELRs.
        steps: How many, a multiple of 8.
        merged: Whether three divisions are one, as in our algebra.
        contract: Whether products may be fused with sums.
        vectors: In flight.
        first: Whether a step divides for all of them first.
    """

    def __init__(self, case, steps, *, merged, contract, vectors, first):
        x2, y2, alpha, elr = case
        library = c_code.library("ceiling.c", contract, WIDE=vectors, FIRST=int(first))
        self.call = library and getattr(library, "by_hand_merged" if merged else "by_hand_divides")
        self.lanes = vectors * c_code.lanes()
        self.state, self.blocks = _pack(x2, y2, elr, self.lanes, 0)
        self.alpha, self.steps = np.array(alpha), steps

    def __call__(self):
        sizes = ctypes.c_int64(self.blocks), ctypes.c_int64(self.steps)
        self.call(pointer(self.state), pointer(self.alpha), *sizes)

    def squares(self):
        """Both rows of squared coordinates, shape (3, lanes) each."""
        rows = self.state.reshape(self.blocks, 7, self.lanes).swapaxes(0, 1).reshape(7, -1)
        return rows[:3], rows[3:6]


def candidates(case, steps, **how):
    """All ways that are tried; none without a compiler."""
    if c_code.library("ceiling.c", WIDE=2, FIRST=0) is None:
        return []
    ways = [(vectors, first) for vectors in VECTORS[c_code.lanes()] for first in (False, True)]
    return [ByHand(case, steps, **how, vectors=vectors, first=first) for vectors, first in ways]


def by_hand(x2, y2, alpha, elr, steps, *, merged, contract):
    """A callable that takes the steps of three groups on vectors, the fastest here, or None without a compiler."""
    made = candidates((x2, y2, alpha, elr), steps, merged=merged, contract=contract)
    return c_code.fastest(made) if made else None


def arrays(x2, y2, alpha, elr, steps):
    """A callable that takes the steps of any number of groups with loops over lanes, or None."""
    library = c_code.library("ceiling.c", WIDE=2, FIRST=0)
    if library is None:
        return None
    n = len(alpha)
    state, blocks = _pack(x2, y2, elr, ARRAY_LANES, n)
    coefficients = np.array(alpha)
    sizes = ctypes.c_int64(n), ctypes.c_int64(blocks), ctypes.c_int64(steps)
    return lambda: library.structure_of_arrays(pointer(state), pointer(coefficients), *sizes)
