"""Gradients that are noise, with a signal if one is set: what the theory of norm and turn supposes, as a loss.

One group is a matrix (or a vector); ``draw`` makes the gradient of a step, ``value`` and ``grad`` are its mean's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Isotropic:
    """Independent standard Gaussians, whatever the weights are [hyperball:momentum-variance]."""

    def draw(self, w: np.ndarray, rng: np.random.Generator, out: np.ndarray) -> None:
        """Write the noise at w, shape (group, size), into out."""
        rng.standard_normal(out=out)


@dataclass(frozen=True)
class HeavyTailed:
    """Student's t of unit variance.

    Args:
        freedom: Degrees of freedom; with four or fewer the fourth moment is infinite.

    Raises:
        ValueError: If there are not more than two.
    """

    freedom: float = 3.0

    def __post_init__(self):
        if not self.freedom > 2:
            raise ValueError(f"need freedom > 2, got freedom={self.freedom!r}")

    def draw(self, w: np.ndarray, rng: np.random.Generator, out: np.ndarray) -> None:
        """Write the noise at w, shape (group, size), into out."""
        out[:] = rng.standard_t(self.freedom, size=out.shape)
        out *= math.sqrt(1 - 2 / self.freedom)


@dataclass(frozen=True)
class Orthogonal:
    """Gaussians as a scale-invariant loss has them: orthogonal to each group's weights, over their norm."""

    def draw(self, w: np.ndarray, rng: np.random.Generator, out: np.ndarray) -> None:
        """Write the noise at w, shape (group, size), into out."""
        rng.standard_normal(out=out)
        norm_sq = np.einsum("gi,gi->g", w, w)[:, None]
        out -= np.einsum("gi,gi->g", w, out)[:, None] / norm_sq * w
        out /= np.sqrt(norm_sq)


@dataclass(frozen=True)
class RandomWalk:
    """Matrices whose gradients are noise.

    The signal is a mean gradient towards the matrix of ones: of -signal <W, 1>, and with ``Orthogonal`` noise of
    -signal <W, 1>/|W|, so that each entry's mean is ``signal`` noise's standard deviations at most.

    Args:
        shape: (size,) for one vector, (rows, columns) for one matrix, (layers, rows, columns) for some.
        noise: How the noise is drawn.
        signal: Strength of the mean gradient.

    Raises:
        ValueError: If the shape has no or more than three lengths, or one is not positive.
    """

    shape: tuple[int, ...]
    noise: Isotropic | HeavyTailed | Orthogonal = Isotropic()
    signal: float = 0.0

    def __post_init__(self):
        shape = tuple(int(n) for n in self.shape)
        if not (1 <= len(shape) <= 3 and all(n > 0 for n in shape)):
            raise ValueError(f"need a shape of one to three lengths > 0, got shape={self.shape!r}")
        object.__setattr__(self, "shape", shape)

    @property
    def layers(self) -> int:
        """How many matrices."""
        return self.shape[0] if len(self.shape) == 3 else 1

    @property
    def dim(self) -> int:
        """Number of parameters."""
        return math.prod(self.shape)

    @property
    def groups(self) -> tuple[slice, ...]:
        """One slice a matrix."""
        size = self.dim // self.layers
        return tuple(slice(i * size, (i + 1) * size) for i in range(self.layers))

    @property
    def shapes(self) -> tuple[tuple[int, int], ...]:
        """Rows and columns of each group."""
        rows, columns = (*self.shape, 1)[:2] if len(self.shape) < 3 else self.shape[1:]
        return ((rows, columns),) * self.layers

    @property
    def scale_invariant(self) -> bool:
        """Whether gradients are orthogonal to each group."""
        return isinstance(self.noise, Orthogonal)

    def value(self, w: np.ndarray) -> np.ndarray:
        """Return the function whose gradient is the mean, shape (...), for w of shape (..., dim)."""
        blocks = self._blocks(np.asarray(w, dtype=float))
        along = blocks.sum(axis=-1)
        if self.scale_invariant:
            along = along / np.linalg.norm(blocks, axis=-1)
        return -self.signal * along.sum(axis=-1)

    def grad(self, w: np.ndarray) -> np.ndarray:
        """Return the mean gradient at w, shape (..., dim)."""
        w = np.asarray(w, dtype=float)
        blocks = self._blocks(w)
        mean = np.ones_like(blocks)
        if self.scale_invariant:
            norm_sq = np.sum(blocks**2, axis=-1, keepdims=True)
            mean = (mean - blocks.sum(axis=-1, keepdims=True) / norm_sq * blocks) / np.sqrt(norm_sq)
        return -self.signal * mean.reshape(w.shape)

    def draw(self, w: np.ndarray, rng: np.random.Generator, out: np.ndarray) -> None:
        """Write a step's gradient at w, shape (dim,), into out."""
        blocks = (self.layers, -1)
        self.noise.draw(w.reshape(blocks), rng, out.reshape(blocks))
        if self.signal:
            out += self.grad(w)

    def _blocks(self, w: np.ndarray) -> np.ndarray:
        return w.reshape(*w.shape[:-1], self.layers, -1)
