"""Beyond the papers, on the sphere: landings, the mean-field step, its spectrum and damping, equal turns."""

import random
from itertools import pairwise

import numpy as np
import pytest

from paper_figs.beyond import (
    sphere_equilibrium as beyond_sphere_equilibrium,
    sphere_one_group as beyond_sphere_one_group,
    sphere_threshold as beyond_sphere_threshold,
    sphere_turns as beyond_sphere_turns,
)
from proofs_check import Status
from proofs_check.beyond import sphere_normal_form, sphere_runs
from proofs_check.engines.series import series
from proofs_check.regimes.trials import start, step
from simulations.beyond.beyond_sphere_equilibrium import Equilibrium
from simulations.beyond.beyond_sphere_one_group import OneGroup, landing_ratios, least_values, steps_to_zero
from simulations.beyond.beyond_sphere_threshold import Threshold
from simulations.beyond.beyond_sphere_turns import Turns
from sitheory.theory import regimes

KIND = "trial"

ROUNDING = 1e-9
"""A few steps of the toy function lose some digits where a group is small."""


@pytest.mark.parametrize("excess", [0.6, 1.5, 4.0])
def test_closed_form_landing_starts_land_in_their_number_of_steps(excess):
    ratios = landing_ratios(excess, 4)
    assert [steps_to_zero(excess, r) for r in ratios] == [1, 2, 3, 4]
    assert all(b > (1 + 2 * excess) * a for a, b in pairwise(ratios))
    beside = least_values(1.5, np.array([1.02, 0.98]) * landing_ratios(1.5, 2)[1])
    assert np.all(beside > 1e-6)  # a wrong start does not land


def test_twin_the_mean_field_step_is_the_toy_functions_step():
    chance, alpha, elr = random.Random(0), (1, 2, 4), 0.23
    excess, weights = regimes.excess(alpha, elr), [a / sum(alpha) for a in alpha]

    def coordinates(state):
        pairs = list(zip(weights, *state, strict=True))
        cosines = [regimes.balance_cos(excess, (x / y) ** 2) for _, x, y in pairs]
        return cosines, [regimes.balance_share(w, x * x + y * y) for w, x, y in pairs]

    for _ in range(20):
        state = start(chance, len(alpha))
        reduced, after = (
            sphere_runs.step(excess, weights, coordinates(state)),
            coordinates(step(alpha, elr, state)),
        )
        np.testing.assert_allclose(reduced, after, rtol=ROUNDING, atol=ROUNDING)
        wrong = sphere_runs.step(1.01 * excess, weights, coordinates(state))
        assert not np.allclose(wrong, after, rtol=ROUNDING, atol=ROUNDING)


def jacobian(excess, weights, size=1e-6):
    """Central differences of the step at eq. 9, in the directions and in all shares but the last."""
    n = len(weights)

    def moved(v):
        last = (1 - np.dot(weights[:-1], 1 + v[n:])) / weights[-1]
        cosines, shares = sphere_runs.step(excess, weights, (list(1 + v[:n]), [*(1 + v[n:]), last]))
        return np.array([*cosines, *shares[:-1]])

    return np.array([(moved(size * e) - moved(-size * e)) / (2 * size) for e in np.eye(2 * n - 1)]).T


@pytest.mark.parametrize(("excess", "n"), [(1.4, 2), (2.5, 3), (1.1, 5)])
def test_closed_form_the_spectrum_at_the_equilibrium(excess, n):
    weights = sphere_runs.random_weights(random.Random(n), n)
    found = np.linalg.eigvals(jacobian(excess, weights))
    cos = regimes.turn_cos(excess)
    turn = np.exp(1j * np.arccos(cos))
    expected = np.array([cos, *[turn] * (n - 1), *[turn.conjugate()] * (n - 1)])
    # Equal multipliers of a differenced matrix split by the root of its error.
    distance = np.abs(found[:, None] - expected[None, :])
    assert distance.min(axis=0).max() < 1e-3 and distance.min(axis=1).max() < 1e-3
    np.testing.assert_allclose(found.sum(), expected.sum(), atol=1e-7)


def test_rate_the_energy_falls_by_the_gain_of_the_normal_form():
    attempt = sphere_runs.gain_differs(1.2, 1.6)
    assert attempt(random.Random(3)) is None
    assert sphere_runs.gain_differs(1.2, 1.6, factor=1.2)(random.Random(3)) is not None


def test_identity_the_normal_form_and_a_wrong_coefficient_is_refuted():
    assert sphere_normal_form.normal_form().__call__().keys() == sphere_normal_form.RESONANT.keys()
    wrong = series("twice the gain", sphere_normal_form.gain(2)).run()
    assert wrong.status is Status.REFUTED and "gain" in wrong.witness


def test_identity_turns_telescope_with_noise_schedules_and_weight_decay():
    rng = np.random.default_rng(0)
    x, total, kept = rng.standard_normal(7), 0.0, 0.0
    first = np.linalg.norm(x)
    for t in range(300):
        lr, wd = 0.3 / (1 + t / 100), rng.uniform(0, 0.1)
        g = rng.standard_normal(7)
        g -= x * (g @ x) / (x @ x)
        after = (1 - lr * wd) * x - lr * g
        total += np.log(x @ after / np.linalg.norm(x) / np.linalg.norm(after))
        kept += np.log(1 - lr * wd)
        x = after
    assert total == pytest.approx(kept + np.log(first / np.linalg.norm(x)), rel=1e-12)
    assert total != pytest.approx(kept, rel=1e-2)


def test_one_group_answers_and_draws():
    experiment = OneGroup(points=6, steps=500, scanned=50, landings=2)
    result = experiment.run()
    np.testing.assert_allclose(result["measured"], result["predicted"], atol=1e-2)
    assert list(result["landed"].values) == [1, 2]
    assert "landing start" in experiment.table(result)
    assert len(beyond_sphere_one_group.draw(result).axes) == 2


def test_below_the_threshold_all_vanishes_at_its_rate_and_above_nothing():
    experiment = Threshold(points=5, seeds=2, steps=1600, lowest=0.3, highest=1.7)
    result = experiment.run()
    assert float(result["loss"].sel(elr=slice(0, 0.9)).max()) < 1e-12
    assert float(result["loss"].sel(elr=slice(1.1, None)).min()) > 0.05
    below = result.sel(elr=slice(0, 0.9))
    assert float(np.abs(below["measured"] / below["predicted"] - 1).median()) < 1e-6
    assert experiment.table(result).count("\n") == 4
    assert len(beyond_sphere_threshold.draw(result).axes) == 2


def test_the_equilibrium_is_damped_below_root_three_only():
    experiment = Equilibrium(points=5, settle=400, seeds=1, wait=1500, span=3000, steps=20_000, lowest=1.2)
    result = experiment.run()
    gains = result["measured"].sel(run="1:1").values
    np.testing.assert_allclose(gains[:2], result["predicted"].values[:2], rtol=0.05)
    assert gains[1] > 0 > result["predicted"].values[-1]
    assert "1/H" in experiment.table(result)
    assert len(beyond_sphere_equilibrium.draw(result).axes) == 3


def test_turns_are_equal_where_elrs_are_not():
    experiment = Turns(points=4, steps=20_000, products=(0.01,), decay_steps=20_000)
    result = experiment.run()
    spread = result["log1p_ess_sq"].max("group") / result["log1p_ess_sq"].min("group") - 1
    assert float(spread.max()) < 1e-2 < float((result["elr_group"].max("group") - 1).max())
    assert np.all(np.abs(result["measured"] - result["predicted"]) <= result["measured_error"])
    assert experiment.table(result).count("\n") >= 4
    assert len(beyond_sphere_turns.draw(result).axes) == 2
