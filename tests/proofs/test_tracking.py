"""The five families on which Theorem 4.7 is tried: their slopes, their sharpness, and a wrong flow."""

import math
import random

import pytest

from proofs_check.sharpness import tracking

SMALL = 1e-5


def _slopes_of_slopes(loss, lat, lon):
    """The four second derivatives in (latitude, longitude), by central differences."""
    north, south = loss.slopes(lat + SMALL, lon), loss.slopes(lat - SMALL, lon)
    east, west = loss.slopes(lat, lon + SMALL), loss.slopes(lat, lon - SMALL)
    by_lat = [(p - q) / (2 * SMALL) for p, q in zip(north, south, strict=True)]
    by_lon = [(p - q) / (2 * SMALL) for p, q in zip(east, west, strict=True)]
    return by_lat, by_lon


@pytest.mark.parametrize("family", [name for name in tracking.FAMILIES if name != "regression with BN"])
def test_slopes_are_a_gradient_and_level_is_the_sharpness(family):
    """Identity: mixed derivatives agree; on the minimisers the slopes vanish and the Hessian has rank one, trace level.

    Central differences at 1e-5 are good to about 1e-9.
    """
    chance = random.Random(4)
    for _ in range(5):
        loss = tracking.FAMILIES[family](chance)
        lat, lon = chance.uniform(0.1, 1), chance.uniform(0.2, 1)
        by_lat, by_lon = _slopes_of_slopes(loss, lat, lon)
        assert by_lon[0] == pytest.approx(by_lat[1], rel=1e-6, abs=1e-7)
        low = loss.latitude(lon)
        assert loss.slopes(low, lon) == pytest.approx((0, 0), abs=1e-12)
        by_lat, by_lon = _slopes_of_slopes(loss, low, lon)
        assert by_lat[0] + by_lon[1] / math.cos(low) ** 2 == pytest.approx(loss.level(lon), rel=1e-7)


def test_a_flow_of_the_wrong_speed_is_not_tracked(monkeypatch):
    """Rate: with half of the printed speed the distance does not fall with eta_in, and the trial says so."""
    loss = tracking.FAMILIES["cone"](random.Random(1))
    right = [tracking.farthest(loss, eta_in, math.sqrt(eta_in), 0.0) for eta_in in (1e-2, 1e-3, 1e-4)]
    assert right[0] > 2.5 * right[1] > 2.5**2 * right[2]
    speed = tracking.sharpness.flow_speed
    monkeypatch.setattr(tracking.sharpness, "flow_speed", lambda slope_sq: speed(slope_sq) / 2)
    assert tracking.farthest(loss, 1e-4, 1e-2, 0.0) > 5 * right[2]
