"""Starts below the threshold that never converge, as the experiment finds them and as the ledger encloses one."""

import random

import mpmath
import numpy as np
import pytest

from paper_figs.beyond import sphere_stuck
from proofs_check.beyond import stuck_runs
from proofs_check.beyond.toy_runs import Toy
from proofs_check.regimes import below_threshold
from simulations.beyond.beyond_sphere_stuck import Stuck, orbit, returning, taken

KIND = "twin"

ENCLOSED = np.log([float(c) for c in below_threshold.CENTRE])
CLOSE = 1e-6
"""What is left of Newton's 1e-9 after a step of places that repel."""


def test_the_enclosed_start_returns_and_no_other_does():
    """Twin: the plane's map in floats against balls, and five groups' step with weights against the map."""
    at = returning(5, below_threshold.GROWTH, ENCLOSED + np.array([1e-4, -1e-4]))
    np.testing.assert_allclose(at, ENCLOSED, atol=CLOSE)
    excess, gap, value = taken(5, below_threshold.GROWTH, at)
    assert gap < CLOSE and abs(excess - 0.3097631) < CLOSE and abs(value - 1.2652101) < CLOSE
    assert taken(5, below_threshold.GROWTH, at + 0.01)[1] > 0.1
    assert taken(5, 1.01 * below_threshold.GROWTH, at)[1] > 1e-3
    places = [[float(v) for v in place] for place in stuck_runs.places()]
    np.testing.assert_allclose(np.exp(orbit(5, 10.0, at)[:5]), np.abs(places), rtol=CLOSE)


def test_few_groups_are_not_found_below_the_threshold_and_five_are():
    """Trial: of three and four groups none with K < 1; of five some, even among few starts."""
    result = Stuck(most=5, rounds=4, least_growth=3, largest_growth=30).run()
    found = result["excess"]
    assert not np.any(found.sel(group=[3, 4]) < 1)
    assert float(found.sel(group=5)) < 1
    assert len(sphere_stuck.draw(result).axes) == 2
    held = {number.what: number for number in sphere_stuck.numbers(result)}
    assert held["least $K$ found for five groups"].measured == float(found.sel(group=5))
    assert held["$F$ of the five groups, which stays"].measured > 0.5
    turn = result["turn_ratio"].values
    assert len(turn) == 6 and abs(np.log(turn[5] / turn[0])) < 1e-3  # what Newton leaves has grown


def test_what_returns_sooner_is_no_orbit_of_more_groups():
    """Conformance: a start of period five returns after ten steps too, and counts for five groups alone."""
    assert returning(10, below_threshold.GROWTH, ENCLOSED) is None


def test_in_floats_the_run_is_left_and_converges():
    """Trial: F stays for ten steps, and is gone after a thousand, since the run repels what is beside it."""
    with mpmath.workdps(40):
        at = stuck_runs.places()
        groups = [(float(x), float(y)) for x, y in stuck_runs.placed(random.Random(0), at)]
        total = float(1 / sum(1 / elr for _, elr in at))
    x, y = (np.array([[group[i] for group in groups]]) for i in (0, 1))
    toy = Toy(np.ones((1, 5)), np.full((1, 1), total), x, y)
    first = float(toy.values.sum())
    assert abs(first - 1.2652) < 1e-4 and abs(float(toy.run(10).values.sum()) - first) < 1e-3
    assert float(toy.run(1000).values.sum()) < 1e-3


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"most": 2}, "most >= 3 groups .* got most=2"),
        ({"rounds": 0}, "rounds=0"),
        ({"least_growth": 0.5}, "1 < least_growth .* got least_growth=0.5"),
        ({"least_growth": 200.0}, "largest_growth=100"),
    ],
)
def test_a_search_that_finds_nothing_by_its_fields_is_refused(fields, said):
    """Conformance: the law, then the value."""
    with pytest.raises(ValueError, match=said):
        Stuck(**fields)
