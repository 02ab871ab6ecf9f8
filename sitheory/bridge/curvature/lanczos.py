"""Lanczos with full reorthogonalisation, many symmetric operators at a time, on the device that they live on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

ROUNDINGS = 64
"""Residuals of so many units of rounding, beside the largest eigenvalue in size, get no smaller."""

BLOCK = 8
"""Vectors whose memory is taken at a time."""


@dataclass(frozen=True)
class Eigenpairs:
    """The largest eigenvalue of each operator, with its vector.

    ``residuals`` are |A v - value v|: an eigenvalue lies at most that far from each value. Where ``converged`` is
    False, the value is a lower bound of the largest one up to the error of the products. ``products`` counts them.
    """

    values: torch.Tensor
    vectors: torch.Tensor
    residuals: torch.Tensor
    converged: torch.Tensor
    products: int


def largest_eigenpairs(
    product: Callable[[torch.Tensor], torch.Tensor],
    first: torch.Tensor,
    *,
    tolerance: float,
    iterations: int,
    progress: Callable[[int], Any] | None = None,
) -> Eigenpairs:
    """Return the largest eigenvalue of each of several symmetric operators.

    Args:
        product: Takes vectors of shape (operators, size) to their images, row by row.
        first: The first vectors, of that shape, none of them 0.
        tolerance: Residual to reach, relative to the value itself; or rounding beside the largest Ritz value in
            size, if that is more.
        iterations: At most this many products, and one more for the residuals.
        progress: Called with the number of products done.

    Returns:
        The eigenpairs.

    Raises:
        ValueError: If a product is not finite.
    """
    count = len(first)
    basis = _Basis(first / first.norm(dim=1, keepdim=True))
    diagonal: list[np.ndarray] = []
    off: list[np.ndarray] = []
    lengths, unit = np.zeros(count, dtype=int), torch.finfo(first.dtype).eps
    for k in range(iterations):
        image = product(basis[k])
        along, finite = (basis[k] * image).sum(1), torch.isfinite(image).all(1)
        image = basis.orthogonal(basis.orthogonal(image))
        left = image.norm(dim=1)
        told = (
            torch.stack([along.double(), left.double(), finite.double()]).cpu().numpy()
        )  # one wait a product
        if not told[2].all():
            raise ValueError(f"need products that are finite, got one that is not, number {k + 1}")
        if progress is not None:
            progress(k + 1)
        diagonal.append(told[0])
        off.append(told[1])
        for row in np.flatnonzero(lengths == 0):
            values, vectors = _ritz(diagonal, off, int(row), k + 1)
            rounding = ROUNDINGS * unit * np.abs(values).max()
            # |left * last component| is the residual that exact arithmetic would have.
            if (
                off[k][row] * abs(vectors[-1, -1]) <= max(tolerance * abs(values[-1]), rounding)
                or off[k][row] <= rounding
            ):
                lengths[row] = k + 1
        if lengths.all() or k + 1 == iterations:
            break
        basis.add(image / left.clamp_min(torch.finfo(left.dtype).tiny)[:, None])
    lengths[lengths == 0] = len(diagonal)
    return _last(product, basis, diagonal, off, lengths, tolerance)


class _Basis:
    """Orthonormal vectors for each operator, in blocks: two products with a block stand for those with each vector."""

    def __init__(self, first: torch.Tensor):
        self._blocks: list[torch.Tensor] = []
        self.count = 0
        self.add(first)

    def add(self, vectors: torch.Tensor) -> None:
        """Take one more vector for each operator, shape (operators, size)."""
        place = self.count % BLOCK
        if not place:
            self._blocks.append(vectors.new_empty(len(vectors), BLOCK, vectors.shape[1]))
        self._blocks[-1][:, place] = vectors
        self.count += 1

    def __getitem__(self, k: int) -> torch.Tensor:
        return self._blocks[k // BLOCK][:, k % BLOCK]

    def _parts(self, count: int) -> Iterator[torch.Tensor]:
        for i, block in enumerate(self._blocks[: -(-count // BLOCK)]):
            yield block[:, : count - i * BLOCK]

    def orthogonal(self, image: torch.Tensor) -> torch.Tensor:
        """Return the part of each row orthogonal to all vectors."""
        for part in self._parts(self.count):
            image = image - torch.einsum("rk,rks->rs", torch.einsum("rks,rs->rk", part, image), part)
        return image

    def combined(self, row: int, weights: np.ndarray) -> torch.Tensor:
        """Return the sum of one operator's first vectors with these weights."""
        shares = torch.from_numpy(weights.copy()).to(self._blocks[0]).split(BLOCK)
        parts = self._parts(len(weights))
        return torch.stack([share @ part[row] for share, part in zip(shares, parts, strict=True)]).sum(0)


def _ritz(
    diagonal: list[np.ndarray], off: list[np.ndarray], row: int, length: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the eigenvalues and eigenvectors of one operator's tridiagonal matrix."""
    beside = [o[row] for o in off[: length - 1]]
    matrix = np.diag([d[row] for d in diagonal[:length]]) + np.diag(beside, 1) + np.diag(beside, -1)
    values, vectors = np.linalg.eigh(matrix)
    return values, vectors


def _last(
    product: Callable[[torch.Tensor], torch.Tensor],
    basis: _Basis,
    diagonal: list[np.ndarray],
    off: list[np.ndarray],
    lengths: np.ndarray,
    tolerance: float,
) -> Eigenpairs:
    """Return the Ritz pairs with their true residuals."""
    vectors = torch.zeros_like(basis[0])
    scales = []
    for row, length in enumerate(lengths):
        values, small = _ritz(diagonal, off, row, int(length))
        scales.append(np.abs(values).max())
        vectors[row] = basis.combined(row, small[:, -1])
    vectors /= vectors.norm(dim=1, keepdim=True)
    image = product(vectors)
    found = (vectors * image).sum(1)
    residuals = (image - found[:, None] * vectors).norm(dim=1)
    rounding = 2 * ROUNDINGS * torch.finfo(found.dtype).eps * torch.tensor(scales).to(found)
    bound = torch.maximum(2 * tolerance * found.abs(), rounding)
    return Eigenpairs(found, vectors, residuals, residuals <= bound, len(diagonal) + 1)
