"""Formulas against what they are defined as, written out by hand: sums, derivatives, maps and one step of a run."""

from fractions import Fraction as Q
from math import acos, cos, exp, log, sqrt, tan

import numpy as np
import pytest

from sitheory.theory import gram, kernels, periodic, rotation, scale, sharpness

ROUNDING = 1e-12
"""Relative: a dozen operations in float64."""
DIFFERENCE = 1e-6
"""Of central differences at a step of 1e-5, whose error is some 1e-10 and whose rounding some 1e-11."""


@pytest.mark.parametrize("count", range(1, 8))
def test_merged_divisions_are_divisions(count):
    """Identity: one group, two, three, and what is left over of more."""
    sizes = [Q(2 * i + 3, i + 1) for i in range(count)]
    assert kernels.reciprocals(sizes) == [1 / s for s in sizes]


def test_an_elr_from_twice_the_whole_is_its_share():
    """Identity: elr_i = elr S / s_i."""
    elr, whole, own = Q(3, 7), Q(5), Q(2, 3)
    assert kernels.square_elr(2 * elr * whole, 1 / own) == elr * whole / own


def test_a_planar_gradient_is_the_derivative():
    """Closed form: f = sin of the angle, whose slope is its cosine."""
    x, y, h = 0.6, -1.1, 1e-5

    def f(x, y):
        return y / sqrt(x * x + y * y)

    push = kernels.planar_push(x / sqrt(x * x + y * y), x, y)
    by_difference = (f(x + h, y) - f(x - h, y)) / (2 * h), (f(x, y + h) - f(x, y - h)) / (2 * h)
    assert kernels.planar_grad(push, x, y) == pytest.approx(by_difference, abs=DIFFERENCE)


def test_three_scaled_steps_of_a_beta_sequence_are_three_steps():
    """Identity: with the betas between their bounds, scaled beforehand."""
    keep, low, width, x = Q(9, 10), Q(1, 20), Q(1, 40), Q(4, 5)
    shares = [Q(1, 3), Q(1, 7), Q(5, 6)]
    cube, *scaled = kernels.beta_scaled(keep, low, width)
    betas = [kernels.scaled_beta(scaled[2 * i], share, scaled[2 * i + 1]) for i, share in enumerate(shares)]
    one_by_one = x
    for share in shares:
        one_by_one = keep * one_by_one + (low + share * width) / one_by_one
    assert kernels.beta_triple(x, cube, *betas) == one_by_one


def test_the_slope_of_an_eigenvalue_is_a_quadratic_form():
    """Twin: x D x for x = (x0, x1 / p)."""
    form, p = np.array([[Q(2), Q(3)], [Q(3), Q(7)]]), Q(5)
    x = np.array([Q(4), Q(9) / p])
    found = gram.secular_slope(form[0, 0], form[0, 1], form[1, 1], x[0], Q(9), 1 / p, 1 / p**2)
    assert found == x @ form @ x


def test_the_energy_of_a_swing_is_that_of_its_rate():
    """Identity: log h^2 grows by 2 delta per step, and s by sqrt(8 intrinsic_lr)."""
    delta, rate = Q(3, 100), Q(1, 500)
    assert sharpness.kinetic(delta, rate) == (2 * delta) ** 2 / (8 * rate)


@pytest.mark.parametrize("energy", [1e-3, 0.5, 3, 40])
def test_the_peak_of_an_orbit_is_within_its_bounds(energy):
    """Closed form: at the peak r - log r - 1 is the energy; the bounds of r are E + 1 and 2E + 2."""
    low, high = 1.0, 4 * energy + 8
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if middle - log(middle) - 1 < energy else (low, middle)
    bounds = sharpness.peak_ratio_bounds(energy)
    assert bounds == (energy + 1, 2 * energy + 2) and bounds[0] <= high and low <= bounds[1]


def test_the_cubic_of_a_tangent_wall_is_its_steepening():
    """Closed form: the step at sharpness 2 of T = t^2 is t -> -t (1 + 2 kappa t^2): twice -2 C/2 over two steps."""
    kappa, t = 0.3, 1e-2

    def step(t):
        value_slope = sharpness.tangent_wall(t * t, kappa)[1]
        return t - 2 * value_slope * 2 * t

    two = log(step(step(t)) / t)
    assert two == pytest.approx(2 * sharpness.tangent_cubic(kappa) * t * t, rel=1e-2)


def test_memories_of_odd_functions_are_their_series():
    """Closed form: all of the share in c_1, or all of it in c_3."""
    first, beta, alpha = 0.5, 0.8, 0.99
    series = [sum(alpha**k * (first * beta**k) ** power for k in range(400)) for power in (1, 3)]
    low, high = rotation.odd_memory_bounds(0.0, first, beta, alpha)
    assert (low, high) == (0, pytest.approx(series[1], rel=ROUNDING))
    assert rotation.odd_memory_bounds(1.0, first, beta, alpha) == pytest.approx([series[0]] * 2, rel=ROUNDING)


def test_what_is_left_of_a_distance():
    """Identity: all of it, none of it, and a third."""
    assert [rotation.relaxed(Q(7), Q(1), kept) for kept in (1, 0, Q(1, 3))] == [7, 1, 3]


def test_the_time_of_coupled_decay_is_that_of_its_step():
    """Closed form: heavy-ball momentum acts like lr / (1 - momentum), and |W|^4 falls by 4 lr wd of itself."""
    lr, wd, momentum = Q(1, 10), Q(1, 1000), Q(9, 10)
    assert rotation.heavy_relaxation_time(lr, wd, momentum) == 1 / (4 * (lr / (1 - momentum)) * wd)


def test_a_step_s_length_and_turn_are_those_of_vectors():
    """Identity: |w - rate g|^2 for any g; for an orthogonal one the cosine of the turn is 1 / |w - rate g|."""
    w, g, rate = np.array([Q(3), Q(4)]), np.array([Q(1), Q(-2)]), Q(1, 5)
    moved = w - rate * g
    assert scale.step_norm_sq(w @ w, g @ g, w @ g, rate) == moved @ moved
    ess = 0.75
    turn = np.arctan(ess)
    assert scale.inverse_cos_sq(ess**2) == pytest.approx(1 / cos(turn) ** 2, rel=ROUNDING)
    inverse_cos = sqrt(scale.inverse_cos_sq(ess**2))
    assert scale.cos_dist(ess**2, inverse_cos) == pytest.approx(1 - cos(turn), rel=ROUNDING)


def _swing(state, lr, wd, slope):
    """(phi, log rho^2) after one step of decay on a planar f of the angle, followed by a turn to the other side."""
    phi, log_sq = state
    pull = lr * slope(phi) / ((1 - lr * wd) * exp(log_sq))
    grown = (1 - lr * wd) ** 2 * exp(log_sq) * (1 + pull**2)
    return np.array([-(phi - np.arctan(pull)), log(grown)])


def test_small_swings_of_the_norm_turn_by_the_angle_of_their_map():
    """Closed form: where elr f'' = 2 the map to and fro at rest is a turn by 2 pi / P.

    f' = slope (1 + bend (phi - at)) near the point at which the orbit of rest turns by 2 at, f even.
    """
    lr, wd = 0.3, 0.05
    at = acos(1 - lr * wd) / 2
    pull, bend = tan(2 * at), 2.0
    rest = log(lr / ((1 - lr * wd) * pull))
    start, h = np.array([at, rest]), 1e-5

    def slope(phi):
        return 1 + bend / pull * (phi - at)

    assert _swing(start, lr, wd, slope) == pytest.approx(start, abs=DIFFERENCE)
    columns = [
        (_swing(start + h * e, lr, wd, slope) - _swing(start - h * e, lr, wd, slope)) / (2 * h)
        for e in np.eye(2)
    ]
    jacobian = np.stack(columns, axis=1)
    assert periodic.rest_multipliers(bend, lr, wd) == pytest.approx(
        (np.trace(jacobian), np.linalg.det(jacobian)), abs=1e3 * DIFFERENCE
    )
    twice = jacobian @ jacobian
    assert periodic.rest_multipliers_two_steps(bend, bend, lr, wd) == pytest.approx(
        (np.trace(twice), np.linalg.det(twice)), abs=1e3 * DIFFERENCE
    )
    assert np.linalg.det(jacobian) == pytest.approx(1, abs=1e3 * DIFFERENCE)


def test_the_angle_of_small_swings():
    """Closed form: cos(2 pi / P) = cos(2 arccos(1 - lr wd)), by the doubled angle."""
    lr, wd = 0.2, 0.1
    assert periodic.small_period_cos(lr, wd) == pytest.approx(cos(2 * acos(1 - lr * wd)), rel=ROUNDING)
