"""Scale-invariant losses with a compiled gradient: in the plane, quadratic on the sphere, and a user's own.

``table`` holds the coefficients that their compiled gradient takes, one row a mini-batch; the loss itself is
the mean over the rows, which the coefficients are linear in.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

import numpy as np

Numbers = tuple[float, ...]


@dataclass(frozen=True)
class Fourier:
    """f(phi) = level + sum_k a_k cos(k phi) + b_k sin(k phi), k = 1, 2, ..., w = rho (cos phi, sin phi).

    Args:
        cos: The coefficients a_1, a_2, ...
        sin: The coefficients b_1, b_2, ...; missing ones are 0.
        level: The mean of f over the circle.

    Raises:
        ValueError: If there is no coefficient other than 0, or one that is not finite.

    Example:
        >>> Fourier(cos=(-1,), level=1).value(np.array([-2.0, 0.0]))
        np.float64(2.0)
    """

    compiled: ClassVar[str] = "fourier"
    cos: Numbers
    sin: Numbers = ()
    level: float = 0.0

    def __post_init__(self):
        count = max(len(self.cos), len(self.sin))
        object.__setattr__(self, "level", float(self.level))
        for name in ("cos", "sin"):
            given = tuple(float(c) for c in getattr(self, name))
            if not all(math.isfinite(c) for c in given):
                raise ValueError(f"need finite coefficients, got {name}={given}")
            object.__setattr__(self, name, given + (0.0,) * (count - len(given)))
        if not any((*self.cos, *self.sin)):
            raise ValueError("need a coefficient other than 0, got none")

    @classmethod
    def quartic(cls, bend: float) -> Self:
        """Return sin^2 phi + bend sin^4 phi: at bend 0 the toy's quotient, turned so that y = 0 is its minimum."""
        return cls(cos=(0, -(1 + bend) / 2, 0, bend / 8), level=0.5 + 0.375 * bend)

    def turned(self, angle: float) -> Self:
        """Return the same function turned by an angle, f(phi - angle).

        A minimum off the axes keeps the rounding noise of about 1e-16 in phi; on an axis float64 follows
        it down to 1e-308, and then stands on the minimum for ever.
        """
        k = np.arange(1, len(self.cos) + 1) * angle
        a, b, c, s = np.array(self.cos), np.array(self.sin), np.cos(k), np.sin(k)
        return type(self)(cos=tuple(a * c - b * s), sin=tuple(a * s + b * c), level=self.level)

    @property
    def dim(self) -> int:
        """Number of parameters."""
        return 2

    @property
    def groups(self) -> tuple[slice, ...]:
        """All of w."""
        return (slice(0, 2),)

    @property
    def table(self) -> np.ndarray:
        """The coefficients from k = 0 on, shape (1, 2, 1 + K)."""
        return np.array([[(self.level, *self.cos), (0.0, *self.sin)]])

    def derivative(self, phi: np.ndarray, order: int = 1) -> np.ndarray:
        """Return the derivative of f in phi of an order from 0 on."""
        k = np.arange(1, len(self.cos) + 1)
        turn = np.multiply.outer(np.asarray(phi, dtype=float), k) + order * np.pi / 2
        waves = np.cos(turn) * (k**order * self.cos) + np.sin(turn) * (k**order * self.sin)
        return waves.sum(axis=-1) + (self.level if order == 0 else 0.0)

    def value(self, w: np.ndarray) -> np.ndarray:
        """Return f(w), shape (...), for w of shape (..., 2)."""
        return self.derivative(np.arctan2(w[..., 1], w[..., 0]), 0)

    def grad(self, w: np.ndarray) -> np.ndarray:
        """Return the gradient at w, shape (..., 2): f'(phi)/rho along the circle."""
        w = np.asarray(w, dtype=float)
        push = self.derivative(np.arctan2(w[..., 1], w[..., 0])) / np.sum(w**2, axis=-1)
        return np.stack([-push * w[..., 1], push * w[..., 0]], axis=-1)

    def minima(self) -> np.ndarray:
        """Return the angles of all strict local minima, in [-pi, pi), lowest first."""
        count = len(self.cos)
        a, b = np.array(self.cos), np.array(self.sin)
        k = np.arange(1, count + 1)
        # f' as a polynomial in z = exp(i phi): the coefficient of z^k is k (b_k + i a_k) / 2.
        half = k * (b + 1j * a) / 2
        roots = np.roots(np.concatenate([half[::-1], [0], np.conj(half)]))
        phi = np.angle(roots[np.abs(np.abs(roots) - 1) < 1e-6])
        for _ in range(3):
            bent = self.derivative(phi, 2)
            phi = phi - np.divide(self.derivative(phi), bent, out=np.zeros_like(phi), where=bent != 0)
        phi = phi[self.derivative(phi, 2) > 1e-9]
        return phi[np.argsort(self.derivative(phi, 0), kind="stable")]


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
        ValueError: If the sizes do not add up to dim.
    """

    compiled: ClassVar[str] = "user"
    dim: int
    grad_into: Callable[[np.ndarray, np.ndarray], None] = field(repr=False)
    value_at: Callable[[np.ndarray], float] = field(repr=False)
    sizes: tuple[int, ...] | None = None

    def __post_init__(self):
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
