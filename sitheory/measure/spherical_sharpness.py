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
    whether it is within the tolerance that was requested; where it is not, ``value`` is a lower bound of
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
        ValueError: If w has the wrong shape, is the origin or not finite, or if a gradient nearby is not finite.
    """
    w = np.asarray(w, dtype=float)
    if w.shape != (loss.dim,):
        raise ValueError(f"need weights of {loss.dim} values, got shape {w.shape}")
    largest = float(np.abs(w).max())
    if not 0 < largest < np.inf:
        raise ValueError(f"need weights of a finite norm > 0, got norm {largest}")
    unit = w / largest
    first = (
        np.random.default_rng(rng).standard_normal(loss.dim) if start is None else np.asarray(start, float)
    )
    theta = unit / np.linalg.norm(unit)
    return lanczos(hessian(loss, theta), first, tolerance, min(iterations, loss.dim))


def hessian(loss: ScaleInvariantLoss, theta: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Return the function v -> Hess f(theta) v, exact if the loss has ``hvp``, by differences otherwise."""
    exact = getattr(loss, "hvp", None)
    if exact is not None:
        return lambda v: exact(theta, v)

    def differences(v: np.ndarray) -> np.ndarray:
        step = DIFFERENCE / np.linalg.norm(v)
        with np.errstate(over="ignore", invalid="ignore"):
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

    Raises:
        ValueError: If a product is not finite.
    """  # noqa: DOC502  raised by what it calls
    basis = np.empty((iterations + 1, len(first)))
    basis[0] = first / np.linalg.norm(first)
    # In units of a power of two near the products' size no square leaves float64, and no bit changes.
    image = _finite(product(basis[0]))
    exponent = int(np.frexp(np.abs(image).max())[1])

    def scaled(v: np.ndarray) -> np.ndarray:
        return np.ldexp(_finite(product(v)), -exponent)

    diagonal: list[float] = []
    off: list[float] = []
    for k in range(iterations):
        image = scaled(basis[k]) if k else np.ldexp(image, -exponent)
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
    image = scaled(vector)
    value = float(vector @ image)
    residual = float(np.linalg.norm(image - value * vector))
    converged = residual <= 2 * tolerance * max(scale, abs(value))
    return Sharpness(float(np.ldexp(value, exponent)), vector, float(np.ldexp(residual, exponent)), converged)


def _finite(image: np.ndarray) -> np.ndarray:
    if not np.all(np.isfinite(image)):
        raise ValueError(
            "need finite gradients near w / |w|, got a product with the Hessian that is not finite"
        )
    return image


def _ritz(diagonal, off):
    from scipy.linalg import eigh_tridiagonal

    return eigh_tridiagonal(np.array(diagonal), np.array(off))
