"""Scale-invariant losses with a compiled gradient: quadratic on the sphere, and a user's own.

``table`` holds the coefficients that their compiled gradient takes, one row a mini-batch; the loss itself is
the mean over the rows, which the coefficients are linear in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

import numpy as np


@dataclass(frozen=True)
class SphereQuadratics:
    """The mean of w^T A_b w / |w|^2 over mini-batches b, each with a symmetric matrix A_b.

    Args:
        matrices: The A_b, shape (batches, dim, dim), as nested sequences or an array.

    Raises:
        ValueError: If the shape is wrong, or a matrix is not symmetric and finite.
    """

    compiled: ClassVar[str] = "rayleigh"
    matrices: Any

    def __post_init__(self):
        table = np.array(self.matrices, dtype=float)
        if table.ndim != 3 or not table.size or table.shape[1] != table.shape[2]:
            raise ValueError(f"need matrices of shape (batches, dim, dim), got {table.shape}")
        if not np.all(np.isfinite(table)) or not np.array_equal(table, np.swapaxes(table, 1, 2)):
            raise ValueError("need finite symmetric matrices, got others")
        object.__setattr__(self, "matrices", tuple(tuple(map(tuple, m)) for m in table.tolist()))

    @classmethod
    def random(
        cls, dim: int, batches: int, rng: Any = 0, *, samples: int = 4, interpolating: bool = False
    ) -> Self:
        """Return mini-batches of random samples a: A_b is the mean of a a^T.

        Args:
            dim: Number of parameters.
            batches: How many mini-batches.
            rng: Where the samples come from.
            samples: How many samples in a mini-batch.
            interpolating: Whether one direction fits every sample, so that the noise dies at the minimum.

        Returns:
            The loss.
        """
        data = np.random.default_rng(rng).standard_normal((batches, samples, dim))
        if interpolating:
            data[..., 0] = 0
        return cls(np.einsum("bsi,bsj->bij", data, data) / samples)

    @property
    def dim(self) -> int:
        """Number of parameters."""
        return len(self.matrices[0])

    @property
    def groups(self) -> tuple[slice, ...]:
        """All of w."""
        return (slice(0, self.dim),)

    @property
    def table(self) -> np.ndarray:
        """The matrices, shape (batches, dim, dim)."""
        return np.array(self.matrices)

    def value(self, w: np.ndarray) -> np.ndarray:
        """Return f(w), shape (...), for w of shape (..., dim)."""
        w = np.asarray(w, dtype=float)
        return np.einsum("...i,ij,...j", w, self.table.mean(axis=0), w) / np.sum(w**2, axis=-1)

    def grad(self, w: np.ndarray) -> np.ndarray:
        """Return the gradient at w, shape (..., dim), of the mean over the mini-batches."""
        return self._grad(self.table.mean(axis=0), w)

    def part_grad(self, part: int, w: np.ndarray) -> np.ndarray:
        """Return the gradient of one mini-batch at w, shape (..., dim)."""
        return self._grad(self.table[part], w)

    def _grad(self, matrix: np.ndarray, w: np.ndarray) -> np.ndarray:
        w = np.asarray(w, dtype=float)
        norm_sq = np.sum(w**2, axis=-1, keepdims=True)
        pushed = w @ matrix
        return 2 / norm_sq * (pushed - np.sum(pushed * w, axis=-1, keepdims=True) / norm_sq * w)


@dataclass(frozen=True)
class Compiled:
    """A user's own loss, given by numba functions; it runs as fast as a built-in one.

    Args:
        dim: Number of parameters.
        grad_into: An njit function (w, out) that writes the gradient at w, shape (dim,), into out.
        value_at: An njit function of w that returns the loss.
        sizes: The groups' sizes in order; None makes one group of all.

    Raises:
        ValueError: If the sizes do not add up to dim, or a function is not compiled by ``numba.njit``.
    """

    compiled: ClassVar[str] = "user"
    dim: int
    grad_into: Callable[[np.ndarray, np.ndarray], None] = field(repr=False)
    value_at: Callable[[np.ndarray], float] = field(repr=False)
    sizes: tuple[int, ...] | None = None

    def __post_init__(self):
        for name in ("grad_into", "value_at"):
            if not hasattr(getattr(self, name), "py_func"):  # What numba makes of a function remembers it.
                raise ValueError(f"need {name} compiled by numba.njit, got {getattr(self, name)!r}")
        if self.sizes is not None and sum(self.sizes) != self.dim:
            raise ValueError(f"need sizes that add up to dim={self.dim}, got sizes={self.sizes}")

    @property
    def groups(self) -> tuple[slice, ...]:
        """One slice a group."""
        ends = np.cumsum(self.sizes or (self.dim,))
        return tuple(slice(int(e - s), int(e)) for e, s in zip(ends, self.sizes or (self.dim,), strict=True))

    @property
    def table(self) -> np.ndarray:
        """Nothing: the functions hold their own coefficients."""
        return np.zeros((1, 1))

    def value(self, w: np.ndarray) -> np.ndarray:
        """Return f(w), shape (...), for w of shape (..., dim)."""
        return np.apply_along_axis(self.value_at, -1, np.asarray(w, dtype=float))

    def grad(self, w: np.ndarray) -> np.ndarray:
        """Return the gradient at w, shape (..., dim)."""

        def at(point: np.ndarray) -> np.ndarray:
            out = np.empty_like(point)
            self.grad_into(point, out)
            return out

        return np.apply_along_axis(at, -1, np.asarray(w, dtype=float))
