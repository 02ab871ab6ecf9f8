"""Linear regression with batch normalisation under weight decay, O(n) a step, as ``descent`` returns any run.

The run is in the Gram eigenbasis (``edge``), whose roundings are those of the iteration in d dimensions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from sitheory.edge import observations, regression
from sitheory.losses.regression import BatchNormRegression
from sitheory.rules import DecayGD
from sitheory.theory import gram
from sitheory.trajectory.progress import Progress

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
    state, rows, losses = regression.state_of(loss, w), [], []
    while state.step < steps:
        now = min(CHUNK, steps - state.step)
        (squares, values), state = _run(loss, rule, now, state, every)
        rows.append(squares)
        losses.append(values)
        if progress is not None:
            progress(state.step)
    return np.concatenate(rows, axis=1), np.concatenate(losses), regression.weights_of(loss, rule, state)


def blocks(
    loss: BatchNormRegression, rule: DecayGD, steps: int, w: np.ndarray, progress: Progress | None
) -> Iterator[tuple[int, Squares, np.ndarray]]:
    """Yield the first step, squares and losses of consecutive steps, and the weights after them."""
    state = regression.state_of(loss, w)
    while state.step < steps:
        first = state.step
        seen, state = _run(loss, rule, min(BLOCK, steps - first), state, 1)
        yield first, seen, regression.weights_of(loss, rule, state)
        if progress is not None:
            progress(state.step)


def lanes(
    loss: BatchNormRegression,
    rules: Sequence[DecayGD],
    starts: np.ndarray,
    which: np.ndarray,
    bounds: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Follow many runs side by side.

    Args:
        loss: The regression.
        rules: Each run's rule.
        starts: Shape (starts, dim).
        which: From which of them each run begins, shape (runs,).
        bounds: First step of each window, from 0, and the end.

    Returns:
        The states p (r, runs) after the last step, and of each window (..., runs, windows): means of loss, squared
        norm, ELR, squared effective gradient, cosine distance and the group's ELR; the least and the most of
        squared norm, squared effective gradient and cosine distance.
    """
    from sitheory._kernels.regression import gram_lanes as kernel

    # One after the other: a product with many rows rounds differently.
    begun = [regression.state_of(loss, w) for w in starts]
    p, left = np.stack([s.row for s in begun], axis=1)[:, which], np.array([s.kernel for s in begun])[which]
    lr, keep = np.array([rule.lr for rule in rules]), np.array([1 - rule.lr * rule.wd for rule in rules])
    g, q, _ = loss.gram
    unit = 2 * loss.variance
    end, *seen = kernel.run(p, left, keep, gram.gram_strength(loss.variance, lr), g, q, bounds, observed=True)
    means, least, most = (np.moveaxis(values, 0, -1) for values in seen)
    value, norm_sq, inverse_sq, grad_sq, turned = means
    elr = lr[:, None] * inverse_sq
    named = np.stack([loss.variance * value, norm_sq, elr, unit**2 * grad_sq, turned, elr])
    units = np.reshape([1, unit**2, 1], (3, 1, 1))
    return end, named, units * least, units * most


def _run(loss, rule, steps, state, every) -> tuple[Squares, regression.RegressionState]:
    skip = min(-state.step % every, steps)
    run = regression.run_regression(loss, rule, steps, state, every=every, skip=skip)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        seen = observations.observe(loss, rule, run)
    norm_sq = seen["norm"] ** 2
    return (np.stack([norm_sq, seen["eff_grad"] ** 2 / norm_sq]), seen["loss"]), run.end
