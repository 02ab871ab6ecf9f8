"""The sharpness-reduction flow: integrators against closed forms, and descent against the flow."""

import numpy as np
import pytest

from sitheory._kernels.flow import cone_flow
from sitheory.edge import sharpness_flow, tracking
from sitheory.losses.curved import Cone
from sitheory.losses.regression import BatchNormRegression
from sitheory.rules import DecayGD
from sitheory.theory import sharpness as law

KIND = "twin"

# What the issue asks of an ODE library.
FLOW = 1e-10
TIMES = np.linspace(0, 6, 13)


def regression():
    loss = BatchNormRegression.random(10, 25, np.random.default_rng(0), tests=1)
    return loss, loss.project(loss.flat.flattest + 0.2 * np.random.default_rng(1).standard_normal(25))


def cone():
    loss = Cone((0.0, 1.0, 2.0, 3.0), (1.0, 2.0))
    return loss, loss.project(np.array([0.2, 0.3, 0.4, 1, 1, 0, 0]))


@pytest.mark.parametrize("made", [regression, cone])
def test_integrators_and_closed_forms_agree(made):
    loss, zeta = made()
    ours, library = (
        sharpness_flow.flow(loss, zeta, TIMES),
        sharpness_flow.flow(loss, zeta, TIMES, closed=False),
    )
    assert np.abs(ours - library).max() < FLOW
    assert np.abs(loss.project(ours) - ours).max() < 1e-12
    assert np.all(np.diff(loss.sharpness_at(ours)) < 0)


def test_cone3d_has_its_closed_form():
    loss = Cone.curve(1.7)
    seen = sharpness_flow.flow(loss, np.array([1.0, 0.2, 1.0]), TIMES[:9])
    when = law.cone3d_flow_time(1.7, seen[:, 1] / seen[:, 0], np.log)
    np.testing.assert_allclose(when - when[0], TIMES[:9], atol=10 * FLOW)


def test_regression_flow_ends_at_the_minimum_norm_interpolant():
    loss, zeta = regression()
    end = sharpness_flow.flow(loss, zeta, np.array([40.0]))[0]
    np.testing.assert_allclose(loss.predictor(end)[0], loss.minimum_norm(), atol=1e-12)


def test_integrator_has_order_five():
    """Rate: one fixed step over h has error O(h^6): halving h leaves less than a fortieth."""
    alpha, x = np.array([0.0, 1.0, 2.0]), np.array([0.3, 0.4, 0.5])
    x /= np.linalg.norm(x) * np.sqrt(2)
    exact, _ = cone_flow(x, alpha, np.array([0.0, 0.1, 0.2]), 1e-14, 1e-14, 100_000)
    errors = []
    for h, row in ((0.2, 2), (0.1, 1)):
        # First steps are 0.01 unless the goal is nearer: one loose step after it spans almost all of h.
        loose, steps = cone_flow(x, alpha, np.array([h]), 1.0, 1.0, 10)
        assert steps <= 4
        errors.append(np.abs(loose[0] - exact[row]).max())
    assert errors[1] < errors[0] / 40


def test_bad_times_name_the_law():
    loss, zeta = cone()
    with pytest.raises(ValueError, match=r"^need times"):
        sharpness_flow.flow(loss, zeta, np.array([1.0, 0.5]))


@pytest.mark.parametrize("made", [regression, cone])
def test_descent_tracks_the_flow_with_the_root_of_eta(made):
    """Rate: a hundredth of eta_in leaves about a tenth of the distance, not the proved third."""
    loss, zeta = made()
    far = []
    for eta in (1e-3, 1e-5):
        rule = DecayGD(1.0, eta)
        w = tracking.begin(loss, rule, zeta, 0.3 * eta**0.5, np.random.default_rng(4))
        steps = int(1 / eta)
        far.append(tracking.trace(loss, rule, steps, w, zeta, every=steps // 2000 | 1).dist.max())
    assert 0.05 < far[1] / far[0] < 0.2


def test_trace_of_regression_is_that_of_its_weights():
    """Twin: h, |x|, distances to the flow from d-dimensional vectors."""
    loss, zeta = regression()
    rule = DecayGD(0.5, 1e-3)
    w = tracking.begin(loss, rule, zeta, 1e-2, np.random.default_rng(7))
    seen = tracking.trace(loss, rule, 200, w, zeta)
    plain = np.array([w])
    for _ in range(199):
        w = (1 - rule.lr * rule.wd) * w - rule.lr * loss.grad(w)
        plain = np.vstack([plain, w])
    phi, h, off = tracking.displacement(loss, plain)
    flown = sharpness_flow.flow(loss, zeta, np.arange(200) * rule.lr * rule.wd)
    theta = plain / np.linalg.norm(plain, axis=1, keepdims=True)
    np.testing.assert_allclose(seen.h, h, atol=1e-10)
    np.testing.assert_allclose(seen.off, off, atol=1e-7)
    np.testing.assert_allclose(seen.dist, np.linalg.norm(theta - flown, axis=1), atol=1e-7)
    np.testing.assert_allclose(seen.dist_base, np.linalg.norm(phi - flown, axis=1), atol=1e-7)
