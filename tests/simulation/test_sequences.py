"""Beta-sequences: kernels against transcriptions, the absorbing interval, and attacks on the claims."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, strategies as st
from numba import njit

from sitheory.simulation.beta_sequences import CHOICES, Ensemble, absorbing_interval, orbit
from sitheory.theory import periodic

KIND = "identity"

STEPS = 60


@pytest.fixture
def ensemble(rng):
    n = 1300  # not a multiple of a block
    low = rng.uniform(0, 1, n)
    return Ensemble(rng.uniform(0.1, 5, n), rng.uniform(0.02, 0.49, n), low, low + rng.uniform(0, 5, n))


def twin(ensemble, betas):
    """Transcribed from eq. (10)."""
    x = ensemble.start.copy()
    for beta in betas:
        x = (1 - ensemble.alpha) * x + beta / x
    return x


def test_constant_and_cycle_are_the_recursion_to_the_last_bit(ensemble):
    """Twin: the kernel keeps numpy's order of operations."""
    end, *_ = ensemble.run("constant", STEPS)
    np.testing.assert_array_equal(end, twin(ensemble, [ensemble.high] * STEPS))
    shares = (0.0, 0.25, 1.0)
    cycle = [ensemble.low + shares[t % 3] * (ensemble.high - ensemble.low) for t in range(STEPS)]
    np.testing.assert_array_equal(ensemble.run("cycle", STEPS, shares=shares)[0], twin(ensemble, cycle))


@pytest.mark.parametrize("choice", CHOICES)
def test_threads_change_no_bit(ensemble, choice):
    whole = ensemble.run(choice, STEPS, rng=7, threads=1)
    again = ensemble.run(choice, STEPS, rng=7, threads=3)
    np.testing.assert_array_equal(whole[0], again[0])
    cut = [ensemble.run(choice, 1, rng=7, burn_in=STEPS, threads=threads)[0] for threads in (1, 3)]
    np.testing.assert_array_equal(*cut)


def test_merged_steps_part_by_roundings(ensemble):
    """Twin: eight roundings a step, which contracting sequences forget."""
    for choice in ("constant", "random"):
        merged, *_ = ensemble.run(choice, 1, rng=7, burn_in=STEPS)
        np.testing.assert_allclose(merged, ensemble.run(choice, STEPS + 1, rng=7)[0], rtol=1e-12)


def test_sequences_at_the_edges_of_float64_are_not_merged():
    """Twin: with beta = 0 x falls to 1e-200, from 1e200 it comes back."""
    edge = Ensemble([1.0, 1e200, 1e-200], 0.4, 0.0, [0.0, 1.0, 1.0])
    merged, *_ = edge.run("constant", 1, burn_in=900)
    np.testing.assert_allclose(merged, twin(edge, [edge.high] * 901), rtol=1e-12)


def test_random_numbers_are_splitmix64():
    """Closed form: the published first outputs for the seed 1234567."""
    from sitheory._kernels import beta

    known = (6457827717110365317, 3203168211198807973, 9817491932198370423)
    mixed, pair = njit(lambda state: beta.mixed(state)), njit(lambda stream, half: beta.pair(stream, half))
    for t, word in enumerate(known):
        assert int(mixed(np.uint64((1234567 + (t + 1) * int(beta.GAMMA)) % 2**64))) == word
        assert pair(np.uint64(1234567), t) == (word % 2**32 * 2.0**-32, (word >> 32) * 2.0**-32)


def test_random_numbers_are_uniform():
    """Trial: mean, variance and correlations over steps and lanes within four standard errors."""
    from sitheory._kernels import beta

    lanes = beta.streams(3, 0, 400)
    pair = njit(lambda stream, half: beta.pair(stream, half))
    u = np.array([[n for half in range(50) for n in pair(s, half)] for s in lanes])
    assert u.min() >= 0 and u.max() < 1
    assert abs(u.mean() - 0.5) < 4 * np.sqrt(1 / 12 / u.size)
    assert abs(u.var() - 1 / 12) < 4 * np.sqrt(1 / 180 / u.size)
    for one, other in ((u[1:], u[:-1]), (u[:, 1:], u[:, :-1])):
        assert abs(np.corrcoef(one.ravel(), other.ravel())[0, 1]) < 4 / np.sqrt(u.size)
    np.testing.assert_array_equal(lanes[37:40], beta.streams(3, 37, 3))


ALPHA = st.fractions(Fraction(1, 50), Fraction(49, 100), max_denominator=100)


@given(
    ALPHA,
    st.floats(0.01, 1),
    st.floats(1, 30),
    st.floats(0, 1),
    st.lists(st.floats(0, 1), min_size=1, max_size=12),
)
def test_nothing_leaves_the_absorbing_interval(alpha, low, ratio, where, shares):
    """Trial: from anywhere inside, whatever the betas."""
    alpha, high = float(alpha), low * ratio
    bottom, top = absorbing_interval(alpha, low, high)
    betas = [low + s * (high - low) for s in shares]
    for x in orbit(bottom + where * (top - bottom), alpha, betas):
        assert bottom * (1 - 1e-12) <= x <= top * (1 + 1e-12)  # a few roundings a step


@pytest.mark.parametrize(("alpha", "low"), [(0.1, 0.5), (0.1, 0.001), (0.4, 0.01), (0.02, 1e-4)])
def test_the_adversary_fills_the_absorbing_interval(alpha, low):
    """Closed form: the ends are reached to the adversary's own margin."""
    bottom, top = absorbing_interval(alpha, low, 1.0)
    n = 4000
    level = np.sqrt(low / alpha) * (1 + np.geomspace(1e-9, 10, n))
    ensemble = Ensemble(np.full(n, 3.0), alpha, low, 1.0)
    _, least, most = ensemble.run("against", 1000, level=level, burn_in=3000)
    assert most.max() == pytest.approx(top, rel=1e-6) and least.min() == pytest.approx(bottom, rel=1e-6)
    assert (top > np.sqrt(1 / alpha) * (1 + 1e-9)) == (periodic.hop_ratio(alpha) ** 2 > low)


def test_without_a_lower_bound_hops_have_no_bound():
    assert absorbing_interval(0.1, 0.0, 1.0) == (0.0, np.inf) and absorbing_interval(0.1, 0.0, 0.0) == (
        0.0,
        0.0,
    )


@pytest.mark.parametrize(
    ("fields", "law"),
    [
        ((0.0, 0.1, 0, 1), "start > 0"),
        ((1.0, 1.0, 0, 1), "0 < alpha < 1"),
        ((1.0, 0.1, 2, 1), "0 <= low <= high"),
        ((np.inf, 0.1, 0, 1), "finite numbers"),
    ],
)
def test_bad_ensembles_name_the_law(fields, law):
    with pytest.raises(ValueError, match=f"^need {law}, got start="):
        Ensemble(*fields)


def test_an_unknown_choice_names_the_law(ensemble):
    with pytest.raises(ValueError, match=r"^need a choice from constant, .* got 'any'"):
        ensemble.run("any", 1)
