"""The polar factor of stacks of matrices: exactly, and as Muon takes it."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from sitheory.theory import optimisers

JORDAN = (3.4445, -4.7750, 2.0315)
"""Coefficients of a quintic that lifts small singular values fast and leaves them about 0.7 to 1.2."""

TINY = 1e-7
"""Added to the norm that a matrix is divided by, as in the common code."""

SHARED = 1 << 19
"""Multiplications from which a stack's steps are worth a second thread."""

ALONE = 1 << 20
"""Multiplications of one product from which BLAS itself uses all cores."""


def polar(stack: np.ndarray) -> np.ndarray:
    """Return U V^T of each matrix U S V^T; null directions stay what the decomposition makes of them.

    Args:
        stack: Shape (..., rows, columns).

    Returns:
        The same shape; the zero matrix has no direction and stays zero.
    """
    if min(stack.shape[-2:]) == 1:
        norm = np.linalg.norm(stack, axis=(-2, -1), keepdims=True)
        return np.divide(stack, norm, out=np.zeros_like(stack), where=norm > 0)
    left, _, right = np.linalg.svd(stack, full_matrices=False)
    return left @ right


def newton_schulz(stack: np.ndarray, iterations: int) -> np.ndarray:
    """Return what Newton and Schulz's iteration makes of each matrix.

    Args:
        stack: Shape (..., rows, columns).
        iterations: How many steps.

    Returns:
        The same shape, its singular values those of ``newton_schulz_values``.
    """
    from sitheory._kernels import optimisers as kernels

    tall = stack.shape[-2] > stack.shape[-1]
    x = np.swapaxes(stack, -2, -1) if tall else stack
    x = x / (np.linalg.norm(x, axis=(-2, -1), keepdims=True) + TINY)
    matrices = np.ascontiguousarray(x, dtype=float).reshape(-1, *x.shape[-2:])
    each = matrices.shape[1] ** 2 * matrices.shape[2]
    threads = min(os.cpu_count() or 1, len(matrices), len(matrices) * each * iterations // SHARED)
    if each >= ALONE or threads < 2:
        kernels.newton_schulz(matrices, iterations, *JORDAN)
    else:
        with ThreadPoolExecutor(threads) as pool:
            parts = np.array_split(matrices, threads)
            list(pool.map(lambda part: kernels.newton_schulz(part, iterations, *JORDAN), parts))
    x = matrices.reshape(x.shape)
    return np.swapaxes(x, -2, -1) if tall else x


def newton_schulz_values(values: np.ndarray, iterations: int) -> np.ndarray:
    """Return the singular values after the iteration.

    Args:
        values: Singular values of one matrix, shape (..., rank).
        iterations: How many steps.

    Returns:
        The same shape.
    """
    x = values / (np.linalg.norm(values, axis=-1, keepdims=True) + TINY)
    for _ in range(iterations):
        x = optimisers.newton_schulz(x, *JORDAN)
    return x
