"""Runs of scalar RMSprop, compiled on the valley and step by step on any other loss."""

from __future__ import annotations

from typing import Any

import numpy as np

from sitheory.losses.curved import Valley
from sitheory.rules import ScalarRMSprop
from sitheory.theory import sharpness as law


def follow_rmsprop(
    loss: Any, rule: ScalarRMSprop, steps: int, w: np.ndarray, moment: float, *, every: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Run scalar RMSprop and return the weights and moments before each k-th step.

    Args:
        loss: Any loss with ``grad``; ``Valley`` runs compiled.
        rule: The rule, with its order of updates.
        steps: How many steps.
        w: The start, shape (dim,).
        moment: The first moving average of |grad|^2.
        every: Keep each k-th state.

    Returns:
        The weights (R, dim) and the moments (R,) before the recorded steps.
    """
    return advance(loss, rule, steps, np.array(w, dtype=float), np.array([moment], dtype=float), every)


def advance(
    loss: Any, rule: ScalarRMSprop, steps: int, w: np.ndarray, held: np.ndarray, every: int
) -> tuple[np.ndarray, np.ndarray]:
    """Take steps in place, so that a run may be cut anywhere.

    Args:
        loss: See ``follow_rmsprop``.
        rule: The rule.
        steps: How many steps.
        w: The weights, shape (dim,), changed in place.
        held: The moment, shape (1,), changed in place.
        every: Keep each k-th state.

    Returns:
        The weights (R, dim) and the moments (R,) before the recorded steps.
    """
    states = np.empty((-(-steps // every), len(w) + 1))
    if isinstance(loss, Valley):
        from sitheory._kernels.surfaces import valley_steps

        alpha = np.array(loss.alpha)
        valley_steps(w, held, alpha, loss.soft, rule.lr, rule.beta, rule.after, steps, states, every)
        return states[:, :-1], states[:, -1]
    for t in range(steps):
        if t % every == 0:
            states[t // every] = *w, held[0]
        grad = loss.grad(w)
        later = law.rmsprop_moment(held[0], grad @ grad, rule.beta)
        w -= rule.lr / np.sqrt(later if rule.after else held[0]) * grad
        held[0] = later
    return states[:, :-1], states[:, -1]
