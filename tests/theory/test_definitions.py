"""Formulas against what they are defined as, written out by hand: sums, derivatives, maps and one step of a run."""

from fractions import Fraction as Q
from math import acos, cos, exp, log, sin, sqrt, tan

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


def test_the_sums_of_regression_after_a_step_are_those_of_its_predictions():
    """Identity: the new norm and the product with the targets, from the sums before."""
    p, gain, unit_y = (
        np.array([Q(n, 7) for n in numbers]) for numbers in ((3, -2, 5), (1, 4, 2), (2, 6, -3))
    )
    push, keep, pull, shrink = gain * unit_y, Q(9, 10), Q(2, 11), Q(1, 13)
    after = gram.gram_step(p, gain, push, keep, pull, shrink)
    s0, s1, s2, a0, a1, a2 = (
        sum(share) for share in zip(*map(gram.gram_products, p, gain, unit_y, push), strict=True)
    )
    c1, c2 = (sum(share) for share in zip(*map(gram.gram_target_products, unit_y, push), strict=True))
    assert gram.gram_norm_sq_next(s0, s1, s2, a1, a2, c2, keep, pull, shrink) == after @ after
    assert gram.gram_along_next(a0, a1, c1, keep, pull, shrink) == after @ unit_y


def test_a_deviation_moves_against_its_gradient():
    """Identity: mu a along - pull off_sq, times the factor that all share."""
    a, mu, pull, keep, factor, along, off_sq = (Q(n, 17) for n in (3, 5, 7, 11, 2, 13, 4))
    gradient = factor * (mu * a * along - pull * off_sq)
    assert gram.deviation_step(a, mu, pull, keep, factor * along, factor * off_sq) == keep * a - gradient


def test_newton_s_shift_takes_the_eigenvalue_to_zero():
    """Identity: kappa + slope * shift = 0, to first order."""
    kappa, x0, x1, scaled = Q(3, 5), Q(2), Q(-7), Q(11, 3)
    slope = scaled / (x0 * x0 + x1 * x1)
    assert kappa + slope * gram.secular_newton(kappa, x0, x1, 1 / scaled) == 0


def test_the_time_of_adam_s_norm_is_a_third_of_an_entry_s():
    """Closed form: an entry decays by lr wd |W| / grad_rms of itself per step, and |W|^3 three times as fast."""
    grad_rms, norm, lr, wd = Q(1, 3), Q(5), Q(1, 100), Q(1, 10)
    assert rotation.adam_l2_relaxation_time(grad_rms, norm, lr, wd) * 3 * (lr * wd * norm / grad_rms) == 1


@pytest.mark.parametrize("sign", [1, -1])
def test_the_eigenvalue_nearer_to_zero(sign):
    """Twin: of a symmetric matrix whose eigenvalues are 0.1 and 4, or their negatives."""
    turn = np.array([[cos(0.4), -sin(0.4)], [sin(0.4), cos(0.4)]])
    matrix = sign * turn @ np.diag([0.1, 4.0]) @ turn.T
    k00, k01, k11 = matrix[0, 0], matrix[0, 1], matrix[1, 1]
    spread = sqrt(gram.secular_spread_sq(k00, k01, k11))
    trace = gram.secular_trace(k00, k11)
    found = gram.secular_kappa(gram.secular_determinant(k00, k01, k11), trace, sign * spread)
    assert spread == pytest.approx(3.9, rel=ROUNDING)
    assert found == pytest.approx(sign * 0.1, rel=ROUNDING)


def test_a_tangent_after_a_step_is_the_derivative_of_the_step():
    """Closed form: of one group, while the whole norm stays."""
    point, along, rate, whole, h = np.array([0.6, -1.3]), np.array([0.7, 0.4]), 0.9, 2.5, 1e-5

    def turn(x, y):
        return rate * x * y / (x * x + y * y) ** 2

    def step(x, y):
        return np.array(kernels.group_step(x, y, turn(x, y), whole))

    inverse = 1 / (point @ point)
    change = kernels.tangent_turn(*point, *along, rate, turn(*point), inverse, whole)
    found = kernels.tangent_step(*point, *along, whole * turn(*point), change)
    by_difference = (step(*(point + h * along)) - step(*(point - h * along))) / (2 * h)
    assert found == pytest.approx(tuple(by_difference), abs=DIFFERENCE)


def test_what_an_eigenvalue_leaves_and_what_a_deviation_weighs():
    """Identity: (kappa lean)^2 over a norm, and mu a^2 of each mode."""
    kappa, lean, norm_sq, mu, a = Q(2, 3), Q(5), Q(7, 4), Q(3), Q(2, 5)
    assert gram.secular_residual_sq(kappa, lean, 1 / norm_sq) == (kappa * lean) ** 2 / norm_sq
    assert gram.deviation_off_sq(a, mu) == sharpness.regression_off_sq([a], [mu]) == mu * a**2


def test_a_step_on_the_cone_is_downhill_by_lr_times_the_slope():
    """Closed form: each coordinate moves by -lr times the difference quotient of the loss, written out, and decay."""
    alpha, sign, beta, quartic = (2.0, 0.5, 0.0, 0.0), (1, 1, -1, 0), (0.0, 0.0, 0.0, 1.5), 0.7
    w, lr, keep, h = [0.8, -0.3, 0.6, 0.4], 0.05, 0.99, 1e-5

    def quotients(w):
        size = sum(v * v for v in w)
        return [sum(a * v * v for a, v in zip(part, w, strict=True)) / size for part in (alpha, sign, beta)]

    def loss(w):
        slope, cone, side = quotients(w)
        return (1 + slope) * (cone**2 + quartic * cone**4) + side

    slope, cone, side = quotients(w)
    wall, bend, rest = kernels.cone_walls(slope, cone, side, quartic)
    step = kernels.cone_rate(lr, 1 / sum(v * v for v in w))
    for i, v in enumerate(w):
        up, down = ([*w[:i], v + move, *w[i + 1 :]] for move in (h, -h))
        slope_of_loss = (loss(up) - loss(down)) / (2 * h)
        after = kernels.cone_step(v, alpha[i], sign[i], beta[i], wall, bend, rest, step, keep)
        assert after == pytest.approx(keep * v - lr * slope_of_loss, abs=DIFFERENCE)
