"""The one suite that every scale-invariant loss of the library passes."""

import dataclasses

import numpy as np
import pytest
from numba import njit

import sitheory as si

KIND = "conformance"

ROUNDING = 1e-10
"""Relative error of a few hundred operations."""
DIFFERENCES = 1e-6
"""Relative error of central differences at 6e-6, the cube root of rounding."""


@njit
def quartic(w):
    return np.sum(w**4) / np.sum(w**2) ** 2


@njit
def quartic_grad(w, out):
    norm_sq = np.sum(w**2)
    out[:] = 4 * (w**3 / norm_sq - np.sum(w**4) / norm_sq**2 * w) / norm_sq


LOSSES = (
    si.Quotients((1, 2, 4)),
    si.Quotients((3.0,)),
    si.Fourier(cos=(1, -0.3), sin=(0.2,)),
    si.SphereQuadratics.random(5, 3),
    si.Compiled(6, quartic_grad, quartic),
    si.Cone((1.0, 0.3), (0.5,), 0.2),
    si.MatrixCompletion.random(4, 2, 12, np.random.default_rng(0)),
    si.BatchNormRegression.random(6, 15, np.random.default_rng(0)),
)


@pytest.fixture(params=LOSSES, ids=lambda loss: f"{type(loss).__name__} {loss.dim}")
def case(request):
    loss = request.param
    return loss, np.random.default_rng(7).standard_normal((3, loss.dim))


def test_every_scale_invariant_loss_of_the_library_is_here():
    named = {name: getattr(si.losses, name) for name in si.losses.__all__}
    valued = {name for name, kind in named.items() if isinstance(kind, type) and hasattr(kind, "value")}
    # The protocol, a valley that is not scale-invariant, and gradients that are noise and belong to no function.
    others = {"ScaleInvariantLoss", "Valley", "RandomWalk"}
    assert {type(loss).__name__ for loss in LOSSES} == valued - others


def test_it_is_a_frozen_dataclass_under_the_protocol(case):
    loss, _ = case
    assert isinstance(loss, si.ScaleInvariantLoss) and dataclasses.is_dataclass(loss)
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(loss, dataclasses.fields(loss)[0].name, None)
    assert [i for group in loss.groups for i in range(loss.dim)[group]] == list(range(loss.dim))
    si.check_loss(loss)


def test_values_and_gradients_take_stacks(case):
    loss, points = case
    assert loss.value(points).shape == (3,) and loss.grad(points).shape == points.shape
    for i, point in enumerate(points):
        np.testing.assert_allclose(loss.value(point), loss.value(points)[i], rtol=ROUNDING)
        np.testing.assert_allclose(loss.grad(point), loss.grad(points)[i], rtol=ROUNDING, atol=ROUNDING)


@pytest.mark.parametrize("scale", [1e-3, 1.0, 7.0, 1e3])
def test_each_group_can_be_rescaled_by_itself(case, scale):
    loss, points = case
    for group in loss.groups:
        moved = points.copy()
        moved[:, group] *= scale
        np.testing.assert_allclose(loss.value(moved), loss.value(points), rtol=ROUNDING, atol=ROUNDING)
        grad, before = loss.grad(moved)[:, group], loss.grad(points)[:, group]
        size = np.abs(before).max() / scale
        np.testing.assert_allclose(grad, before / scale, rtol=1e-7, atol=1e-9 * size)
        inner = np.sum(grad * moved[:, group], axis=1)
        assert np.all(np.abs(inner) <= ROUNDING * (1 + np.linalg.norm(grad) * np.linalg.norm(moved)))


def test_the_gradient_is_the_value_s_and_the_hessian_the_gradient_s(case):
    loss, points = case
    w, h = points[0] / np.linalg.norm(points[0]), 6e-6
    for v in np.random.default_rng(3).standard_normal((4, loss.dim)):
        v /= np.linalg.norm(v)
        slope = (loss.value(w + h * v) - loss.value(w - h * v)) / (2 * h)
        np.testing.assert_allclose(
            loss.grad(w) @ v, slope, atol=DIFFERENCES * (1 + np.linalg.norm(loss.grad(w)))
        )
        if hasattr(loss, "hvp"):
            turned = (loss.grad(w + h * v) - loss.grad(w - h * v)) / (2 * h)
            np.testing.assert_allclose(
                loss.hvp(w, v), turned, atol=DIFFERENCES * (1 + np.abs(turned).max()) * 10
            )


def test_mini_batches_average_to_the_gradient(case):
    loss, points = case
    if not hasattr(loss, "part_grad"):
        pytest.skip("has no mini-batches")
    parts = [loss.part_grad(part, points[0]) for part in range(len(loss.matrices))]
    np.testing.assert_allclose(np.mean(parts, axis=0), loss.grad(points[0]), rtol=1e-9, atol=1e-12)


def test_a_wrong_loss_fails():
    class Wrong(si.Quotients):
        def grad(self, w):
            return 1.01 * super().grad(w)

    with pytest.raises((ValueError, AssertionError)):
        si.check_loss(Wrong((1, 2)))
