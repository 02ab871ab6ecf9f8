"""Conformance of every loss, and of every law of scale invariance on it."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from sitheory.losses.protocol import ScaleInvariantLoss, check_loss
from sitheory.losses.quotients import Quotients
from sitheory.rules import SphereGD

KIND = "conformance"

LOSSES = [Quotients((1, 2, 4)), Quotients((0.3,)), Quotients(tuple(range(1, 21)))]
# Sums of at most 40 terms of size up to the loss's scale, a few roundings each.
ROUNDING = 1e-13


@pytest.fixture(params=LOSSES, ids=lambda loss: f"n={len(loss.groups)}")
def loss(request):
    return request.param


@pytest.fixture
def w(loss, rng):
    return rng.standard_normal((5, loss.dim))


def test_is_a_scale_invariant_loss(loss):
    assert isinstance(loss, ScaleInvariantLoss)


def test_groups_cover_the_parameters_once(loss):
    covered = np.concatenate([np.arange(loss.dim)[g] for g in loss.groups])
    assert sorted(covered) == list(range(loss.dim))


@pytest.mark.parametrize("c", [0.25, 3.0, 1e3])
def test_value_ignores_the_scale_of_each_group(loss, w, c):
    for group in loss.groups:
        scaled = w.copy()
        scaled[:, group] *= c
        np.testing.assert_allclose(loss.value(scaled), loss.value(w), rtol=ROUNDING)


def test_gradient_is_orthogonal_to_each_group(loss, w):
    grad = loss.grad(w)
    for group in loss.groups:
        inner = np.sum(grad[:, group] * w[:, group], axis=-1)
        size = np.linalg.norm(grad[:, group], axis=-1) * np.linalg.norm(w[:, group], axis=-1)
        assert np.all(np.abs(inner) <= ROUNDING * size)


@pytest.mark.parametrize("c", [0.5, 7.0])
def test_gradient_is_homogeneous_of_degree_minus_one(loss, w, c):
    np.testing.assert_allclose(loss.grad(c * w), loss.grad(w) / c, rtol=ROUNDING)


def test_gradient_is_the_derivative(loss, w):
    """Rate: the central difference errs by O(h^2), so a tenth of h leaves a hundredth of the error."""
    direction = np.random.default_rng(1).standard_normal(loss.dim)
    slope = loss.grad(w) @ direction
    errors = []
    for h in (1e-2, 1e-3):
        difference = (loss.value(w + h * direction) - loss.value(w - h * direction)) / (2 * h)
        errors.append(np.abs(difference - slope).max())
    assert errors[1] < errors[0] / 50 < 1


@given(st.lists(st.floats(0.01, 100), min_size=1, max_size=6), st.integers(0, 2**32))
def test_value_lies_between_zero_and_the_sum_of_alpha(alpha, seed):
    loss = Quotients(tuple(alpha))
    value = loss.value(np.random.default_rng(seed).standard_normal(loss.dim))
    assert 0 <= value <= sum(alpha) * (1 + ROUNDING)


@pytest.mark.parametrize("alpha", [(), (0,), (1, -2), (float("nan"),), (float("inf"),)])
def test_bad_alpha_names_the_law(alpha):
    with pytest.raises(ValueError, match=r"^need (at least one|every alpha)"):
        Quotients(alpha)


@pytest.mark.parametrize("elr", [0, -0.1, float("nan"), float("inf"), "x"])
def test_bad_elr_names_the_law(elr):
    with pytest.raises(ValueError, match=r"^need elr > 0 and finite, got elr="):
        SphereGD(elr)


class Wrong:
    """The quotient of w_1 and w_2, with one thing wrong."""

    dim, groups = 2, (slice(0, 2),)

    def __init__(self, power=2, slope=1.0):
        self.power, self.slope = power, slope

    def value(self, w):
        return w[..., 0] ** self.power / np.sum(w**2, axis=-1)

    def grad(self, w):
        x, y = w
        return self.slope * 2 * x * y / (x**2 + y**2) ** 2 * np.array([y, -x])


def test_a_loss_of_ones_own_is_checked(loss):
    check_loss(loss)
    check_loss(Wrong())
    with pytest.raises(ValueError, match=r"need f\(cw\) = f\(w\) in each group"):
        check_loss(Wrong(power=4))
    with pytest.raises(ValueError, match="need the gradient of f"):
        check_loss(Wrong(slope=1.01))
    groups = Wrong()
    groups.groups = (slice(0, 1), slice(1, 2))  # invariant in both together only
    with pytest.raises(ValueError, match="with group 0 times"):
        check_loss(groups)
