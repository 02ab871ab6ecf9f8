"""Linear regression with batch normalisation under weight decay, O(n) a step, as ``descent`` returns any run.

The run is in the Gram eigenbasis (``edge``), whose roundings are those of the iteration in d dimensions.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sitheory import edge
from sitheory.regression_loss import BatchNormRegression
from sitheory.rules import DecayGD
from sitheory.series import Progress

CHUNK = 1 << 18
"""Steps between two reports of progress."""

BLOCK = 1 << 12
"""Steps observed at once where each of them is."""

Squares = tuple[np.ndarray, np.ndarray]
"""Squared norm and squared gradient norm, shape (2, R), and the loss, shape (R,)."""


def sampled(
    loss: BatchNormRegression, rule: DecayGD, steps: int, w: np.ndarray, every: int, progress: Progress | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the squares (2, R) and losses (R,) before each k-th step, and the weights after the last."""
    state, rows, losses = edge.state_of(loss, w), [], []
    while state.step < steps:
        now = min(CHUNK, steps - state.step)
        (squares, values), state = _run(loss, rule, now, state, every)
        rows.append(squares)
        losses.append(values)
        if progress is not None:
            progress(state.step)
    return np.concatenate(rows, axis=1), np.concatenate(losses), edge.weights_of(loss, rule, state)


def blocks(
    loss: BatchNormRegression, rule: DecayGD, steps: int, w: np.ndarray, progress: Progress | None
) -> Iterator[tuple[int, Squares, np.ndarray]]:
    """Yield the first step, squares and losses of consecutive steps, and the weights after them."""
    state = edge.state_of(loss, w)
    while state.step < steps:
        first = state.step
        seen, state = _run(loss, rule, min(BLOCK, steps - first), state, 1)
        yield first, seen, edge.weights_of(loss, rule, state)
        if progress is not None:
            progress(state.step)


def _run(loss, rule, steps, state, every) -> tuple[Squares, edge.RegressionState]:
    skip = min(-state.step % every, steps)
    run = edge.run_regression(loss, rule, steps, state, every=every, skip=skip)
    seen = edge.observe(loss, rule, run)
    norm_sq = seen["norm"] ** 2
    return (np.stack([norm_sq, seen["eff_grad"] ** 2 / norm_sq]), seen["loss"]), run.end
