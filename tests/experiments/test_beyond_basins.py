"""Where random starts end over alpha and K, and which low resonance starts near the rest get away from."""

import numpy as np
import pytest

from simulations.beyond import beyond_sphere_basins
from simulations.beyond.beyond_planar_resonances import STEPS, Resonances
from simulations.beyond.beyond_sphere_basins import Basins


def test_basins_of_very_unequal_groups_are_small(monkeypatch):
    """Trial: with 1:100 at K = 1.05 some of 12 starts end elsewhere, with two equal groups none (6,000 steps)."""
    monkeypatch.setattr(beyond_sphere_basins, "ALPHAS", {"1:1": (1, 1), "1:100": (1, 100)})
    monkeypatch.setattr(beyond_sphere_basins, "EXCESSES", (1.05,))
    result = Basins(seeds=12).run()
    away = (result["off"] > 0.05).sum("seed")
    assert int(away.sel(run="1:1", elr=1.05)) == 0
    assert int(away.sel(run="1:100", elr=1.05)) >= 3
    assert "1:100" in Basins.table(result)


def test_only_a_third_of_a_turn_lets_starts_near_the_rest_go():
    """Trial: at lr wd = 1/2 all starts get away in about 4.5/distance steps; elsewhere none to three times its own."""
    result = Resonances(distances=(1e-2, 3e-3), turns=20.0).run()
    after, far = result["away_after"], result["farthest"]
    assert np.all(after.sel(run="1/3") == pytest.approx(4.5, rel=0.05))
    others = [name for name in STEPS if name != "1/3"]
    assert np.all(np.isinf(after.sel(run=others))) and np.all(far.sel(run=others) < 3)
    assert "6 of 6" in Resonances.table(result)
