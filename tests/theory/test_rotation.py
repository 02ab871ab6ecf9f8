"""The laws of norm and turn, against linear algebra, quadrature, and runs of vectors."""

from fractions import Fraction as Q
from math import asin, exp, gamma, log, pi, sqrt

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.linalg import solve_discrete_lyapunov

from sitheory.theory import rotation, scale

ROUNDING = 1e-9
"""Relative: a Lyapunov equation whose solution is some thousand times its right side, in float64."""


def _stationary(matrix, noise):
    """The second moments at rest of x' = matrix x + noise g, g of unit variance."""
    return solve_discrete_lyapunov(np.array(matrix), np.outer(noise, noise))


def _blended(lr, wd, share, beta):
    """Moments of (W', W, c) at rest, where c = share m + (1 - share) g moves W and m averages."""
    alpha = 1 - lr * wd
    # state (W, m, W before); c reads the m before the gradient
    step = [[alpha, -lr * share, 0], [0, beta, 0], [1, 0, 0]]
    moments = _stationary(step, [-lr * (1 - share), 1 - beta, 0])
    return moments[0, 0], moments[0, 2]


@pytest.mark.parametrize(("share", "beta"), [(0.9, 0.9), (0.9, 0.99), (0.95, 0.98), (0.81, 0.9), (0.0, 0.5)])
def test_norm_and_turn_at_rest_are_those_of_the_linear_system(share, beta):
    """Closed form: an average, Lion's blend, Nesterov's and plain noise; without the memory the norm is wrong."""
    lr, wd = 0.1, 0.05
    alpha = rotation.keep(lr, wd)
    norm_sq, dot = _blended(lr, wd, share, beta)
    update_sq = rotation.blend_sq(share, beta)
    held = rotation.pole_memory(rotation.blend_first(share, beta), beta, alpha)
    assert rotation.rest_norm_sq(update_sq, held, lr, alpha) == pytest.approx(norm_sq, rel=ROUNDING)
    chord = rotation.rest_chord_sq(update_sq, held, alpha)
    assert chord == pytest.approx(2 * (1 - dot / norm_sq), rel=1e-6)  # the right side cancels
    if share:
        assert rotation.rest_norm_sq(update_sq, 0, lr, alpha) < 0.9 * norm_sq


def test_an_average_is_the_blend_that_reads_itself():
    """Identity: share = beta gives the laws of the average, in fractions."""
    alpha, beta, lr = Q(9, 10), Q(3, 4), Q(1, 7)
    update_sq = rotation.average_sq(beta)
    assert rotation.blend_sq(beta, beta) == update_sq
    assert rotation.blend_first(beta, beta) == beta * update_sq
    held = rotation.geometric_memory(update_sq, beta, alpha)
    assert rotation.rest_norm_sq(update_sq, held, lr, alpha) == rotation.average_rest_norm_sq(
        update_sq, lr, alpha, beta
    )
    chord = rotation.rest_chord_sq(update_sq, held, alpha)
    assert chord == rotation.average_rest_chord_sq(alpha, beta)
    assert rotation.sin_sq(chord) == rotation.average_rest_sin_sq(alpha, beta) != chord
    assert rotation.rest_update_cos_sq(update_sq, held, alpha) == rotation.average_rest_cos_sq(alpha, beta)


def test_the_law_holds_for_any_memory():
    """Identity: rest repeats itself in one step, for autocovariances that are no power, in fractions."""
    alpha, lr, update_sq = Q(4, 5), Q(1, 3), Q(2)
    held = rotation.memory([Q(1), Q(-1, 2), Q(1, 4)], alpha)
    assert held == 1 - alpha / 2 + alpha**2 / 4
    rest, inner = rotation.rest_norm_sq(update_sq, held, lr, alpha), rotation.inner_at_rest(held, lr)
    assert rotation.norm_sq_next(rest, inner, update_sq, lr, alpha) == rest
    dot = rotation.dot_next(rest, inner, lr, alpha)
    assert rotation.rest_chord_sq(update_sq, held, alpha) == 2 * (1 - dot / rest)


def test_momentum_obeys_its_law_at_every_step_of_every_orthogonal_gradient():
    """Twin: vectors step by step with gradients of any size; a gradient along the weights breaks the law."""
    rng = np.random.default_rng(1)
    lr, wd, beta, gaps = 0.1, 0.3, 0.8, {}
    for along in (0.0, 0.3):
        w, m = rng.normal(size=30), np.zeros(30)
        before = w
        worst = 0.0
        for step in range(40):
            grad = rng.normal(size=30) * (1 + step % 3)
            grad -= (1 - along) * (grad @ w) / (w @ w) * w
            m_next = beta * m + (1 - beta) * grad
            if step:
                told = rotation.average_inner_next(before @ m, m @ m, lr, 1 - lr * wd, beta)
                worst = max(worst, abs(told - w @ m_next) / (w @ w))
            before, m = w, m_next
            w = rotation.keep(lr, wd) * w - lr * m
        gaps[along] = worst
    assert gaps[0.0] < 1e-14 * 40 and gaps[0.3] > 1e-3


@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9])
def test_coupled_decay_is_the_heavy_ball_in_a_bowl(momentum):
    """Closed form: norm, chord and the gradient's own part of the step; the table's norm is off by lr wd."""
    lr, wd, grad_sq = 0.2, 0.5, 3.0
    step = [[1 - lr * wd, -lr * momentum, 0], [wd, momentum, 0], [1, 0, 0]]
    moments = _stationary(step, np.array([-lr, 1, 0]) * sqrt(grad_sq))
    norm_sq = moments[0, 0]
    assert rotation.heavy_norm_sq(grad_sq, lr, wd, momentum) == pytest.approx(norm_sq, rel=ROUNDING)
    chord = rotation.heavy_chord_sq(lr, wd, momentum)
    assert chord == pytest.approx(2 * (1 - moments[0, 2] / norm_sq), rel=1e-6)
    own = lr**2 * grad_sq / (1 - momentum**2) / norm_sq
    assert own == pytest.approx(rotation.sin_sq(chord), rel=ROUNDING)
    short = rotation.small_heavy_norm_sq(grad_sq, lr, wd, momentum) / norm_sq
    assert short == pytest.approx(1 - lr * wd / (2 * (1 + momentum)), rel=ROUNDING)
    law = scale.heavy_ball_dot_next(norm_sq, moments[0, 2], momentum, lr, wd)
    assert law == pytest.approx(moments[0, 2], rel=ROUNDING)


def test_the_start_is_forgotten_at_two_rates():
    """Twin: the two linear laws iterated, against their closed form; one rate alone does not give it."""
    lr, wd, beta, update_sq = 0.1, 0.2, 0.9, 1.7
    alpha = rotation.keep(lr, wd)
    held = rotation.geometric_memory(update_sq, beta, alpha)
    rest, inner_rest = rotation.rest_norm_sq(update_sq, held, lr, alpha), rotation.inner_at_rest(held, lr)
    norm_sq = start = 4.0
    inner = 0.3
    gap = inner - inner_rest
    for _ in range(25):
        norm_sq = rotation.norm_sq_next(norm_sq, inner, update_sq, lr, alpha)
        inner = rotation.average_inner_next(inner, update_sq, lr, alpha, beta)
    kept, remembered = alpha**50, (alpha * beta) ** 25
    told = rotation.average_norm_sq_after(start, rest, gap, kept, remembered, lr, alpha, beta)
    assert told == pytest.approx(norm_sq, rel=1e-12)
    assert abs(rest + kept * (start - rest) - norm_sq) > 1e-2
    assert kept ** (rotation.relaxation_time(alpha, log) / 25) == pytest.approx(exp(-1), rel=1e-12)


def test_signs_remember_less_than_what_they_are_signs_of():
    """Closed form: Lion's memory by the arcsine law, its stated error, and the bounds of every odd function."""
    share, beta, alpha = 0.9, 0.99, 0.999
    first = rotation.blend_first(share, beta) / rotation.blend_sq(share, beta)
    whole = rotation.sign_memory(first, beta, alpha, 20_000, asin, pi)
    for terms in (1, 10, 100):
        left = first * beta**terms
        error = (1 - 2 / pi) * alpha**terms * left**3 / (1 - alpha * beta**3)
        assert 0 < whole - rotation.sign_memory(first, beta, alpha, terms, asin, pi) < error
    low, high = rotation.odd_memory_bounds(2 / pi, first, beta, alpha)
    assert low < whole < high < rotation.pole_memory(first, beta, alpha)


def _adam_by_quadrature(b1, b2, terms):
    averaging, squaring = ((1 - b) * b ** np.arange(terms) for b in (b1, b2))
    return quad(rotation.gaussian_ratio_density, 0, np.inf, args=(averaging, squaring, sqrt), limit=200)[0]


def test_the_update_of_adam_errs_by_the_square_of_what_v_forgets():
    """Rate: exact quadrature against the first order in 1 - b2; without the correction the error falls but once."""
    b1, errors, plain = 0.8, [], []
    for b2 in (0.98, 0.99, 0.995):
        exact = _adam_by_quadrature(b1, b2, int(25 / (1 - b2)))
        errors.append(abs(rotation.adam_covariance(b1, b2, 1, 1) - exact))
        plain.append(abs(rotation.average_sq(b1) - exact))
    slopes = -np.diff(np.log2(errors))
    assert np.all(slopes > 1.7) and np.all(-np.diff(np.log2(plain)) < 1.3)
    assert errors[-1] < plain[-1] / 20


def test_the_memory_of_adam_is_that_of_its_covariances():
    """Identity: the closed form against the sum of R_1, R_2, ... in float64."""
    b1, b2, alpha = 0.9, 0.95, 0.99
    terms = [rotation.adam_covariance(b1, b2, b1**k, b2**k) for k in range(1, 600)]
    assert rotation.adam_memory(b1, b2, alpha) == pytest.approx(rotation.memory(terms, alpha), rel=1e-12)


def _end(share, steps, decay):
    """|W|_end/|W|_peak squared, white updates under lr = peak share(part), lr wd summing to about ``decay``."""
    wd = 1.0
    peak = decay / (wd * steps)
    rest = rotation.rest_norm_sq(1.0, 0.0, peak, rotation.keep(peak, wd))
    norm_sq = rest
    for t in range(steps):
        lr = peak * share(t / steps)
        norm_sq = rotation.norm_sq_next(norm_sq, 0.0, 1.0, lr, rotation.keep(lr, wd))
    return norm_sq / rest


def test_the_norm_does_not_follow_a_schedule_to_its_end():
    """Closed form: linear and cosine decay to zero leave a norm; linear to 1e-3, cosine at the rate that is stated."""
    linear = _end(rotation.ramp, 40_000, 20.0) ** 2
    assert linear == pytest.approx(rotation.linear_end_ratio_4(20.0, pi), rel=2e-3)  # lr wd = 5e-4
    gaps = []
    for decay in (20.0, 160.0):
        end = _end(lambda part: rotation.cosine(np.cos(pi * part)), 40_000, decay) ** 3
        gaps.append(abs(end / rotation.cosine_end_ratio_6(decay, pi, gamma(5 / 3)) - 1))
    assert gaps[0] < 0.2 and gaps[1] < gaps[0] / 3  # 8^(2/3) = 4


def test_a_warm_up_lags():
    """Closed form: the norm half-way up, from zero, is behind its rest by what the law says to 1/(decay part^2)."""
    wd, steps, decay = 1.0, 40_000, 60.0
    peak = decay / steps
    rest = rotation.rest_norm_sq(1.0, 0.0, peak, rotation.keep(peak, wd))
    norm_sq = 0.0
    for t in range(steps // 2):
        lr = peak * t / steps
        norm_sq = rotation.norm_sq_next(norm_sq, 0.0, 1.0, lr, rotation.keep(lr, wd))
    lag = rotation.warmup_lag(rest, 0.5, decay)
    assert rest / 2 - norm_sq == pytest.approx(lag, rel=4 / decay * 2)


@pytest.mark.parametrize("cos", [0.0, 0.6, -0.9])
def test_hyperball_turns_by_less_than_its_rate_across_and_not_along(cos):
    """Twin: a vector step against the formulas; the printed step is right to lr^3 across the weights only."""
    lr, radius = 0.1, 3.0
    w, u = radius * np.array([1.0, 0.0]), 7.0 * np.array([cos, sqrt(1 - cos**2)])
    moved = w - lr * radius * u / np.linalg.norm(u)
    after = radius * moved / np.linalg.norm(moved)
    root = sqrt(rotation.hyperball_norm_sq(lr, cos))
    turned = w @ after / radius**2
    assert rotation.hyperball_cos(lr, cos, root) == pytest.approx(turned, rel=1e-14)
    assert rotation.hyperball_sin_sq(lr, cos) == pytest.approx(1 - turned**2, rel=1e-12)
    chord = rotation.chord_sq(np.sum((after - w) ** 2), radius, radius) ** 0.5
    assert (abs(chord / lr - 1) < lr**2 / 2) == (cos == 0.0)
