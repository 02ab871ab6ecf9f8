"""Spherical sharpness of any scale-invariant loss, by Lanczos on Hessian-vector products."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sitheory.losses.protocol import ScaleInvariantLoss

DIFFERENCE = 6e-6
"""Central differences of a gradient on the unit sphere err least near the cube root of rounding."""


@dataclass(frozen=True)
class Sharpness:
    """The top eigenpair of the Hessian at w / |w|.

    ``residual`` is |H v - value v|: an eigenvalue lies at most that far from ``value``. ``converged`` says
    whether it is within the tolerance that was asked for; where it is not, ``value`` is a lower bound of
    the sharpness up to the error of the products.
    """

    value: float
    vector: np.ndarray
    residual: float
    converged: bool

    def __float__(self) -> float:
        """Return the eigenvalue."""
        return self.value


def sharpness(
    loss: ScaleInvariantLoss,
    w: np.ndarray,
    *,
    tolerance: float = 1e-8,
    iterations: int = 300,
    rng: int | np.random.Generator = 0,
    start: np.ndarray | None = None,
) -> Sharpness:
    """Return the spherical sharpness, the largest eigenvalue of the Hessian at w / |w| [sharpness def. 1.1].

    Products come from ``loss.hvp(w, v)`` if the loss has it, otherwise from central differences of its
    gradient, which limits the residual to about 1e-9 of the Hessian's norm.

    Args:
        loss: Any scale-invariant loss.
        w: Where, shape (dim,), of any norm but 0.
        tolerance: How small the residual is to be, relative to the largest eigenvalue seen in size.
        iterations: At most this many products.
        rng: Where the first vector comes from.
        start: The first vector in its place, for instance the eigenvector found nearby.

    Returns:
        The eigenpair with its residual; not converging is data, not an error.

    Raises:
        ValueError: If w has the wrong shape, is the origin or not finite.
    """
    w = np.asarray(w, dtype=float)
    if w.shape != (loss.dim,):
        raise ValueError(f"need weights of {loss.dim} values, got shape {w.shape}")
    norm = float(np.linalg.norm(w))
    if not (norm > 0 and np.isfinite(norm)):
        raise ValueError(f"need weights of a finite norm > 0, got norm {norm}")
    first = (
        np.random.default_rng(rng).standard_normal(loss.dim) if start is None else np.asarray(start, float)
    )
    return lanczos(hessian(loss, w / norm), first, tolerance, min(iterations, loss.dim))


def hessian(loss: ScaleInvariantLoss, theta: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Return the function v -> Hess f(theta) v, exact if the loss has ``hvp``, by differences otherwise."""
    exact = getattr(loss, "hvp", None)
    if exact is not None:
        return lambda v: exact(theta, v)

    def differences(v: np.ndarray) -> np.ndarray:
        step = DIFFERENCE / np.linalg.norm(v)
        return (loss.grad(theta + step * v) - loss.grad(theta - step * v)) / (2 * step)

    return differences


def lanczos(
    product: Callable[[np.ndarray], np.ndarray], first: np.ndarray, tolerance: float, iterations: int
) -> Sharpness:
    """Return the top eigenpair of a symmetric operator by Lanczos with full reorthogonalisation.

    Args:
        product: v -> H v.
        first: The first vector, not 0.
        tolerance: Residual to reach, relative to the largest Ritz value in size.
        iterations: At most this many products, and one more for the residual.

    Returns:
        The eigenpair.
    """
    basis = np.empty((iterations + 1, len(first)))
    basis[0] = first / np.linalg.norm(first)
    diagonal: list[float] = []
    off: list[float] = []
    for k in range(iterations):
        image = product(basis[k])
        diagonal.append(float(basis[k] @ image))
        for _ in range(2):
            image = image - basis[: k + 1].T @ (basis[: k + 1] @ image)
        values, vectors = _ritz(diagonal, off)
        left = float(np.linalg.norm(image))
        scale = np.abs(values).max()
        # |left * last component| is the residual that exact arithmetic would have.
        if left * abs(vectors[-1, -1]) <= tolerance * scale or left <= 1e-14 * scale or k + 1 == iterations:
            break
        basis[k + 1] = image / left
        off.append(left)
    vector = basis[: k + 1].T @ vectors[:, -1]
    vector /= np.linalg.norm(vector)
    image = product(vector)
    value = float(vector @ image)
    residual = float(np.linalg.norm(image - value * vector))
    return Sharpness(value, vector, residual, residual <= 2 * tolerance * max(scale, abs(value)))


def _ritz(diagonal, off):
    from scipy.linalg import eigh_tridiagonal

    return eigh_tridiagonal(np.array(diagonal), np.array(off))
