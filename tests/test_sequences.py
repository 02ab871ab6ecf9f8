"""Beta-sequences: kernels against transcriptions, the absorbing interval, and attacks on the claims."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sitheory import attacks
from sitheory.sequences import CHOICES, Ensemble, absorbing_interval, orbit
from sitheory.theory import periodic

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
def test_threads_and_cuts_change_no_bit(ensemble, choice):
    whole = ensemble.run(choice, STEPS, rng=7, threads=1)
    again = ensemble.run(choice, STEPS, rng=7, threads=3)
    cut = ensemble.run(choice, STEPS - 21, rng=7, burn_in=21)  # an odd cut halves a pair of random numbers
    np.testing.assert_array_equal(whole[0], again[0])
    np.testing.assert_array_equal(whole[0], cut[0])


def test_philox_is_the_published_one():
    """Closed form: the known answers of Random123 for philox4x32-10."""
    from sitheory._kernels import beta

    ones = np.uint64(0xFFFFFFFF)
    words = beta.philox(ones, ones, ones, ones, *beta.keys(2**64 - 1))
    assert [int(w) for w in words] == [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]
    zero = np.uint64(0)
    words = beta.philox(zero, zero, zero, zero, *beta.keys(0))
    assert [int(w) for w in words] == [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]


def test_random_numbers_are_uniform():
    """Trial: mean and variance of 2e5 uniform numbers within four standard errors."""
    from sitheory._kernels import beta

    rows, n = np.empty((2, 1000)), 100
    drawn = []
    for pair in range(n):
        beta.draw(*beta.keys(3), pair, 0, rows[0], rows[1])
        drawn.append(rows.copy())
    u = np.array(drawn).ravel()
    assert u.min() >= 0 and u.max() < 1
    assert abs(u.mean() - 0.5) < 4 * np.sqrt(1 / 12 / u.size)
    assert abs(u.var() - 1 / 12) < 4 * np.sqrt(1 / 180 / u.size)
    assert abs(np.corrcoef(u[1:], u[:-1])[0, 1]) < 4 / np.sqrt(u.size)


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


FALSE = {
    ("periodic:lemma2.2", "without its premise"),
    ("periodic:cor2.2", "while = whenever"),
    ("periodic:A7-attraction", "the interval is kept without the condition"),
    ("periodic:prop1a", "below the level a jump is possible"),
    ("periodic:prop1b", "as printed"),
    ("periodic:eq9", "sufficient"),
    ("periodic:delta-bounds", "lower"),
    ("periodic:delta-bounds", "upper"),
    ("periodic:prop2-tmin", "with the exact recursion"),
    ("periodic:A5-tmax", "with the exact recursion"),
    ("periodic:prop3", "the interval is kept, with the exact recursion"),
    ("periodic:A7-hop", "2 eta lambda kappa L is the hop level, exact recursion"),
}


@pytest.mark.parametrize("attack", attacks.ATTACKS, ids=lambda a: f"{a.claim} {a.reading}")
def test_attacks_break_the_false_readings_and_no_others(attack):
    """Trial: a witness is exact and its margin positive; the other readings stand 120 attempts."""
    found = attacks.search(attack, tries=120)
    if (attack.claim, attack.reading) not in FALSE:
        assert found is None
        return
    assert found is not None and found["margin"] > 0
    flat = [v for value in found.values() for v in (value if isinstance(value, tuple) else (value,))]
    assert all(isinstance(v, Fraction) for v in flat)


def test_a_wrong_bound_is_broken():
    """Lemma 1 with its two rates exchanged falls at once."""

    def exchanged(alpha, low_root, high_root, betas, xs):
        if len(set(betas)) > 1 or not xs[0] > high_root or betas[0] != alpha * high_root**2:
            return None
        return max((1 - alpha) ** t * (xs[0] - high_root) - (x - high_root) for t, x in enumerate(xs))

    assert (
        attacks.search(attacks._sequence_attack("periodic:lemma1", "exchanged", exchanged), 400) is not None
    )
