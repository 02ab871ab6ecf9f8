"""What a scale-invariant loss is, and a check of both of its laws."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np


@runtime_checkable
class ScaleInvariantLoss(Protocol):
    """A function of w, shape (..., dim), that does not change when a group of w is rescaled.

    ``groups`` holds one slice of the last axis for each group, in order, covering it; two properties
    follow and are what a conformance test of an implementation checks: <w_i, grad_i> = 0 in each
    group, and grad f(cw) = grad f(w) / c [si:orthogonality, si:gradient-homogeneity].
    """

    @property
    def dim(self) -> int:
        """Number of parameters."""
        ...

    @property
    def groups(self) -> tuple[slice, ...]:
        """One slice of the last axis for each scale-invariant group."""
        ...

    def value(self, w: np.ndarray) -> np.ndarray:
        """Return f(w), shape (...), for w of shape (..., dim)."""
        ...

    def grad(self, w: np.ndarray) -> np.ndarray:
        """Return the gradient at w, shape (..., dim)."""
        ...


SCALES = (0.5, 3.0)
TOLERANCE = 1e-6
"""A central difference over a millionth of the weights errs by less, unless the loss bends extremely."""


def check_loss(loss: ScaleInvariantLoss, rng: int = 0) -> None:
    """Check a loss of your own at random weights: nothing if it is scale-invariant and has this gradient.

    Args:
        loss: The loss.
        rng: The seed of the weights.

    Raises:
        ValueError: If a group's scale changes the loss, or ``grad`` is not its gradient.
    """
    draw = np.random.default_rng(rng)
    for w in draw.standard_normal((4, loss.dim)):
        value = float(loss.value(w))
        for number, group in enumerate(loss.groups):
            for scale in SCALES:
                scaled = w.copy()
                scaled[group] *= scale
                changed = float(loss.value(scaled))
                if not abs(changed - value) <= TOLERANCE * (1 + abs(value)):
                    told = f"f = {value:.6g}, and {changed:.6g} with group {number} times {scale:g}"
                    raise ValueError(f"need f(cw) = f(w) in each group, got {told}")
        along = draw.standard_normal(loss.dim)
        step = 1e-6 * along
        slope = float(loss.value(w + step) - loss.value(w - step)) / 2e-6
        told_slope = float(loss.grad(w) @ along)
        if not abs(slope - told_slope) <= TOLERANCE * (1 + abs(slope)):
            raise ValueError(f"need the gradient of f, got slope {told_slope:.6g} where f has {slope:.6g}")
