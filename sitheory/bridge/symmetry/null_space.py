"""From the null space of a Jacobian to groups: which sets of tensors can be rescaled together.

Column i of the Jacobian is the output's derivative by the logarithm of tensor i's scale, so v in its null space means:
tensor i times c^v_i for all i leaves the output as it is. Everything here is linear algebra on such vectors.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import scipy.linalg
from scipy.optimize import Bounds, LinearConstraint, milp

LARGEST_DENOMINATOR = 12
"""Degrees are ratios of the times that tensors enter a product: small whole numbers."""

LARGEST_DEGREE = 4
"""No degree is looked for beyond this."""


@dataclass(frozen=True)
class NullSpace:
    """A basis of whole numbers, shape (dimension, columns), and the singular values beside the cut.

    ``largest_null`` is the largest that counts as zero and ``smallest_kept`` the least that does not, both relative to
    the output: a null space is as sure as the gap between them.
    """

    basis: np.ndarray
    largest_null: float
    smallest_kept: float


def null_space(
    jacobian: np.ndarray, tolerance: float, sizes: np.ndarray | float = 1.0, off: float = 1e-6
) -> NullSpace:
    """Return the null space of a Jacobian in whole numbers, each vector with coprime entries.

    Args:
        jacobian: Shape (rows, columns) with at least as many rows as columns, relative to the output.
        tolerance: Singular values up to this count as zero, where each column is divided by its size.
        sizes: What each column would be if it were not orthogonal to anything, shape (columns,).
        off: How far a degree may be from a small whole number.

    Returns:
        The null space.

    Raises:
        ArithmeticError: If a vector of it is no multiple of small whole numbers.
    """  # noqa: DOC502  raised by what it calls
    columns = jacobian.shape[1]
    if not columns:
        return NullSpace(np.zeros((0, 0), dtype=int), 0.0, float("inf"))
    _, singular, rows = np.linalg.svd(jacobian / sizes, full_matrices=True)
    rank = int((singular > tolerance).sum())
    kept, null = singular[:rank], singular[rank:]
    bounds = float(null.max(initial=0.0)), float(kept.min(initial=np.inf))
    raw = rows[rank:] / sizes
    if not len(raw):
        return NullSpace(np.zeros((0, columns), dtype=int), *bounds)
    return NullSpace(np.array([_whole(row, off) for row in _reduced(raw)]), *bounds)


LOOSE = 1e-2
"""Singular values above this, relative to the largest, are none of a symmetry that an eps keeps from being one."""


def loose_null_space(jacobian: np.ndarray, tolerance: float, sizes: np.ndarray) -> np.ndarray:
    """Return the largest space of whole vectors that a Jacobian hardly feels, beyond those it does not feel at all.

    Whole numbers hide in it behind errors of its singular values' ratios, so that what is found is only a guess.

    Args:
        jacobian: Shape (rows, columns), relative to the output.
        tolerance: Singular values up to this are no guess.
        sizes: As for :func:`null_space`.

    Returns:
        A basis of whole numbers, shape (dimension, columns), of dimension 0 if there is no such space.
    """
    columns = jacobian.shape[1]
    if not columns or not len(jacobian):
        return np.zeros((0, columns), dtype=int)
    _, singular, rows = np.linalg.svd(jacobian / sizes, full_matrices=True)
    for rank in np.flatnonzero((singular > tolerance) & (singular <= LOOSE * singular[0])):
        reduced = _reduced(rows[rank:] / sizes)
        whole = np.rint(reduced)
        if np.abs(reduced - whole).max() < 0.2 and np.abs(whole).max() <= LARGEST_DEGREE:
            return whole.astype(int)
    return np.zeros((0, columns), dtype=int)


def _reduced(basis: np.ndarray) -> np.ndarray:
    """Return a basis with an identity at its pivot columns: independent symmetries come apart in it."""
    *_, pivots = scipy.linalg.qr(basis, mode="economic", pivoting=True)
    return np.linalg.solve(basis[:, pivots[: len(basis)]], basis)


def _whole(row: np.ndarray, off: float) -> list[int]:
    """Return the multiple of a vector of rationals whose entries are whole and coprime."""
    fractions = [Fraction(float(x)).limit_denominator(LARGEST_DENOMINATOR) for x in row]
    found = max(abs(float(f) - x) for f, x in zip(fractions, row, strict=True))
    if found > off:
        raise ArithmeticError(f"need degrees that are small whole numbers, got one {found:.1e} off")
    common = int(np.lcm.reduce([f.denominator for f in fractions]))
    whole = [int(f * common) for f in fractions]
    divisor = int(np.gcd.reduce(whole)) or 1
    return [w // divisor for w in whole]


def components(basis: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the basis in pieces that share no column."""
    rows = list(range(len(basis)))
    while rows:
        piece = [rows.pop(0)]
        while joined := [r for r in rows if (basis[piece].any(axis=0) & (basis[r] != 0)).any()]:
            piece += joined
            rows = [r for r in rows if r not in joined]
        yield basis[sorted(piece)]


def groups_and_balances(
    basis: np.ndarray, order: np.ndarray
) -> tuple[list[dict[int, int]], list[dict[int, int]]]:
    """Split a null space into disjoint minimal groups and what is left of it.

    A group is a vector of zeros and ones: its members can be rescaled by one factor. Where several choices are
    possible the smaller group is taken, then the one whose columns stand first in line; a group contains no smaller
    one. Balances are the sparsest other vectors, such as one with the degrees +1 and -1.

    Args:
        basis: Whole numbers, shape (dimension, columns).
        order: Each column's place in line.

    Returns:
        The groups and the balances, together a basis of the space, each by its entries' columns.
    """
    groups: list[dict[int, int]] = []
    balances: list[dict[int, int]] = []
    for piece in components(basis):
        columns = np.flatnonzero(piece.any(axis=0))
        for vectors, found in zip((groups, balances), _split(piece[:, columns], order[columns]), strict=True):
            vectors += [{int(c): int(d) for c, d in zip(columns, v, strict=True) if d} for v in found]
    return groups, balances


def _split(basis: np.ndarray, order: np.ndarray) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Return the groups and balances of one component."""
    if len(basis) == 1:
        row = basis[0] * np.sign(basis[0][np.flatnonzero(basis[0])[0]])
        return ([row], []) if set(row) <= {0, 1} else ([], [row])
    groups: list[np.ndarray] = []
    while (group := _sparsest(basis, order, groups, least=0, most=1)) is not None:
        groups.append(group)
    balances: list[np.ndarray] = []
    while len(groups) + len(balances) < len(basis):
        found = [*groups, *balances]
        balance = _sparsest(basis, order, found, least=-LARGEST_DEGREE, most=LARGEST_DEGREE)
        if balance is None:
            raise ArithmeticError(f"need degrees of at most {LARGEST_DEGREE}, got larger ones")
        upright = np.sign(balance[np.flatnonzero(balance)[0]])
        balances.append(upright * balance // np.gcd.reduce(balance))
    return groups, balances


def _sparsest(
    basis: np.ndarray, order: np.ndarray, found: list[np.ndarray], least: int, most: int
) -> np.ndarray | None:
    """Return the sparsest whole vector of a space with entries from an interval, beside those found already.

    Groups are to be disjoint from those found, balances only independent of them. A mixed-integer program in the
    basis' coefficients c, the entries v, and which of them are not 0, b.
    """
    size, columns = basis.shape
    taken = np.array(found, dtype=float).reshape(len(found), columns)
    fresh = ~taken.any(axis=0) if least == 0 else np.ones(columns, dtype=bool)
    functional = np.ones(columns)
    if least < 0:
        # A generic functional that vanishes on what is found, and so on nothing else of the space.
        drawn = np.random.default_rng(0).standard_normal(columns)
        functional = drawn - np.linalg.pinv(taken) @ (taken @ drawn)
    zero, one = np.zeros((columns, columns)), np.eye(columns)
    constraints = [
        LinearConstraint(np.hstack([basis.T, -one, zero]), 0, 0),
        LinearConstraint(np.hstack([np.zeros((columns, size)), one, -most * one]), -np.inf, 0),
        LinearConstraint(np.hstack([np.zeros((columns, size)), one, -least * one]), 0, np.inf),
        LinearConstraint(np.concatenate([np.zeros(size), functional, np.zeros(columns)]), 1e-4, np.inf),
    ]
    solved = milp(
        np.concatenate([np.zeros(size + columns), 1 + np.argsort(np.argsort(order)) / columns**2]),
        integrality=np.concatenate([np.zeros(size), np.ones(2 * columns)]),
        bounds=Bounds(
            np.concatenate([np.full(size, -np.inf), least * fresh, np.zeros(columns)]),
            np.concatenate([np.full(size, np.inf), most * fresh, np.ones(columns)]),
        ),
        constraints=constraints,
    )
    if solved.x is None:
        return None
    return np.round(solved.x[size : size + columns]).astype(int)
