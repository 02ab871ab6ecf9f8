"""Runs of scalar RMSprop on the valley."""

from __future__ import annotations

import numpy as np

from sitheory.losses.curved import Valley
from sitheory.rules import ScalarRMSprop


def follow_rmsprop(
    loss: Valley, rule: ScalarRMSprop, steps: int, w: np.ndarray, moment: float, *, every: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Run scalar RMSprop on the valley.

    Args:
        loss: The valley.
        rule: The rule, with its order of updates.
        steps: How many steps.
        w: The start, shape (dim,).
        moment: The first moving average of |grad|^2.
        every: Keep each k-th state.

    Returns:
        The weights (R, dim) and the moments (R,) before the recorded steps.
    """
    from sitheory._kernels.surfaces import valley_steps

    states = np.empty((-(-steps // every), loss.dim + 1))
    start, held, alpha = np.array(w, dtype=float), np.array([moment]), np.array(loss.alpha)
    valley_steps(start, held, alpha, loss.soft, rule.lr, rule.beta, rule.after, steps, states, every)
    return states[:, :-1], states[:, -1]
