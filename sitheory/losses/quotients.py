"""Scale-invariant losses: f(cw) = f(w) for every c > 0, in each group of w."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from sitheory.theory import regimes


@dataclass(frozen=True)
class Quotients:
    """F(x, y) = sum_i alpha_i x_i^2 / (x_i^2 + y_i^2), the toy function [regimes eq. 7].

    w holds the pairs (x_1, y_1, ..., x_n, y_n); each pair is a scale-invariant group.

    Args:
        alpha: The n positive coefficients.

    Raises:
        ValueError: If alpha is empty or holds a coefficient that is not positive and finite.

    Example:
        >>> Quotients(alpha=(1, 2, 4)).value(np.array([1.0, 1, 0, 1, 1, 0]))
        np.float64(4.5)
    """

    alpha: tuple[float, ...]

    def __post_init__(self):
        alpha = tuple(float(a) for a in self.alpha)
        if not alpha:
            raise ValueError("need at least one coefficient alpha, got none")
        for a in alpha:
            if not (a > 0 and math.isfinite(a)):
                raise ValueError(f"need every alpha > 0 and finite, got alpha={a!r}")
        object.__setattr__(self, "alpha", alpha)

    @property
    def dim(self) -> int:
        """Number of parameters, two a group."""
        return 2 * len(self.alpha)

    @property
    def groups(self) -> tuple[slice, ...]:
        """The pairs (x_i, y_i)."""
        return tuple(slice(i, i + 2) for i in range(0, self.dim, 2))

    def value(self, w: np.ndarray) -> np.ndarray:
        """Return F(w), shape (...), for w of shape (..., 2n)."""
        w = np.asarray(w, dtype=float)
        return regimes.toy_loss(self.alpha, _axis_first(w[..., 0::2]), _axis_first(w[..., 1::2]))

    def grad(self, w: np.ndarray) -> np.ndarray:
        """Return the gradient at w, shape (..., 2n) [regimes eq. 18]."""
        w = np.asarray(w, dtype=float)
        grad = np.empty_like(w)
        grad[..., 0::2], grad[..., 1::2] = regimes.quotient_grad(
            np.array(self.alpha), w[..., 0::2], w[..., 1::2]
        )
        return grad


def _axis_first(columns: np.ndarray) -> np.ndarray:
    return np.moveaxis(columns, -1, 0)
