"""Scale-invariant losses in the plane: f(w) = f(phi), given by Fourier coefficients."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Self

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

        Args:
            angle: In radians.

        Returns:
            The turned function.

        Raises:
            ValueError: If a multiple of the angle leaves float64.
        """
        if not math.isfinite(len(self.cos) * angle):
            raise ValueError(f"need an angle whose multiples are finite, got angle={angle!r}")
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
        size = max(np.abs(a).max(), np.abs(b).max())
        k = np.arange(1, count + 1)
        # f' as a polynomial in z = exp(i phi): the coefficient of z^k is k (b_k + i a_k) / 2.
        half = k * (b / size + 1j * (a / size)) / 2
        half = half[
            : np.flatnonzero(np.abs(half) > 2.0**-52 * np.abs(half).max())[-1] + 1
        ]  # the rest is rounding
        roots = np.roots(np.concatenate([half[::-1], [0], np.conj(half)]))
        phi = np.angle(roots[np.abs(np.abs(roots) - 1) < 1e-6])
        for _ in range(3):
            bent = self.derivative(phi, 2)
            phi = phi - np.divide(self.derivative(phi), bent, out=np.zeros_like(phi), where=bent != 0)
        phi = phi[self.derivative(phi, 2) > 1e-9 * size]
        return phi[np.argsort(self.derivative(phi, 0), kind="stable")]


PLANAR = {
    "quotient": Fourier.quartic(0),
    "bend -0.3": Fourier.quartic(-0.3),
    "bend 0.3": Fourier.quartic(0.3),
    "bend 1": Fourier.quartic(1),
    "bend 3": Fourier.quartic(3),
    "cosine": Fourier(cos=(-1,), level=1),
    "two cosines": Fourier(cos=(-1, -0.3), level=1.3),
    "three waves": Fourier(cos=(0, 0, -1), level=1),
    "lopsided": Fourier(cos=(-1, 0), sin=(0, 0.2)),
    "degenerate": Fourier(cos=(0, -0.5, 0, 0.125), level=0.375),
}
"""Losses that the experiments go through; all but the lopsided one have a minimum at phi = 0.

By ``theory.periodic.settling_index`` the quotient neither gains nor loses swing, bend -0.3 and three waves
settle, degenerate (sin^4 phi) has a flat minimum, and the others cycle.
"""
