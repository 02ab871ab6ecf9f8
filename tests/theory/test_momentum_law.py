"""The laws of the angle with momentum, on runs in many dimensions with gradients at random."""

import numpy as np
import pytest

from sitheory.theory import scale

ROUNDING = 1e-12
"""Relative, over sums of 40 products in float64."""


def _run(step, momentum, lr, wd, steps=50, dimensions=40):
    """x_0, x_1, ... with gradients at random, orthogonal to the weights."""
    rng = np.random.default_rng(0)
    x, buffer = rng.normal(size=dimensions), np.zeros(dimensions)
    path = [x]
    for _ in range(steps):
        grad = rng.normal(size=dimensions)
        grad -= grad @ x / (x @ x) * x
        x, buffer = step(x, buffer, grad, momentum, lr, wd)
        path.append(x)
    return path


def _gap(path, law, momentum, lr, wd):
    """The largest relative gap between <x_{t+1}, x_t> and what the law says of it."""
    gaps = []
    for before, x, after in zip(path[:-2], path[1:-1], path[2:], strict=True):
        gaps.append(abs(after @ x - law(x @ x, x @ before, momentum, lr, wd)) / (x @ x))
    return max(gaps)


@pytest.mark.twin
@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9])
def test_the_laws_hold_at_every_step_of_a_run(momentum):
    """Twin: vectors step by step, against the law of their products; each law fails for the other rule."""
    lr, wd = 0.1, 0.2
    heavy = _run(scale.heavy_ball_step, momentum, lr, wd)
    mean = _run(scale.averaged_step, momentum, lr, wd)
    assert _gap(heavy, scale.heavy_ball_dot_next, momentum, lr, wd) < ROUNDING
    assert _gap(mean, scale.averaged_dot_next, momentum, lr, wd) < ROUNDING
    if momentum:
        assert _gap(heavy, scale.averaged_dot_next, momentum, lr, wd) > 1e-3
        assert _gap(mean, scale.heavy_ball_dot_next, momentum, lr, wd) > 1e-3
