"""Real digits through the simulations: three regimes on the sphere, periodic behaviour under weight decay."""

import dataclasses

import numpy as np
import pytest

from simulations.digits_decay import DigitsDecay
from simulations.digits_sphere import DigitsSphere
from sitheory.bridge import laws
from sitheory.measure import Regime

from . import bridge_digits  # noqa: F401  (one thread)


def broken(run):
    return [line for line in laws.confront(run) if line.holds is False]


def test_a_short_run_keeps_every_law_and_makes_a_table():
    """Trial: twelve epochs at one ELR a regime; neurons' ESS have met in equilibrium and not in convergence."""
    short = DigitsSphere(elrs=(1e-3, 2e-2, 1.0), epochs=12, seeds=1)
    result = short.run()
    runs = [result.sel(elr=elr, seed=0) for elr in short.elrs]
    assert result["ess"].dims == ("elr", "seed", "step", "group") and result.sizes["group"] == 150
    assert not any(broken(run) for run in runs)
    assert laws.ess_spread(runs[1]) < 0.1 < 0.2 < laws.ess_spread(runs[0])
    assert laws.regime_decision(runs[2]).regime is Regime.DIVERGENCE
    said = short.table(result)
    assert "Laws over all 3 runs" in said and "divergence" in said


def test_a_short_run_with_decay_makes_a_table():
    short = dataclasses.replace(DigitsDecay(), lrs=(0.5, 2.0), epochs=8, seeds=1)
    result = short.run()
    assert not any(broken(result.sel(lr=lr, seed=0)) for lr in short.lrs)
    assert "lr 2, seed 0" in short.table(result)


@pytest.mark.slow
def test_the_three_regimes_of_digits():
    """Trial, one seed in full: three seeds agreed on each of these."""
    result = DigitsSphere(seeds=1).run().isel(seed=0)
    found = {float(elr): laws.regime_decision(result.sel(elr=elr)).regime for elr in result["elr"].values}
    convergence, equilibrium, divergence = (1e-4, 5e-4, 1e-3), (5e-3, 2e-2, 6e-2), (1e-1, 1.0)
    for elrs, regime in (
        (convergence, Regime.CONVERGENCE),
        (equilibrium, Regime.EQUILIBRIUM),
        (divergence, Regime.DIVERGENCE),
    ):
        assert {elr: found[elr] for elr in elrs} == dict.fromkeys(elrs, regime)
    spread = {float(elr): laws.ess_spread(result.sel(elr=elr)) for elr in result["elr"].values}
    assert all(0.15 < spread[elr] < 0.4 for elr in convergence)
    assert all(spread[elr] < 0.04 for elr in equilibrium)
    assert all(laws.elr_spread(result.sel(elr=elr)) > 2 for elr in equilibrium)
    assert not any(broken(result.sel(elr=elr)) for elr in result["elr"].values)


@pytest.mark.slow
def test_the_periods_of_digits_with_weight_decay():
    """Trial, one seed in full: the interval between two destabilisations goes like 1 / (lr wd)."""
    result = DigitsDecay(seeds=1).run().isel(seed=0)
    bursts = {float(lr): laws.destabilisations(result.sel(lr=lr)) for lr in result["lr"].values}
    counts = {lr: len(found) for lr, found in bursts.items()}
    assert counts[0.1] == 0 and counts[30.0] <= 1, counts
    assert 3 <= counts[0.5] <= 8 and 9 <= counts[1.0] <= 17 and 18 <= counts[2.0] <= 30, counts
    constants = [float(np.diff(bursts[lr]).mean()) * lr * 1e-3 for lr in (0.5, 1.0, 2.0)]
    assert all(0.3 < constant < 2 for constant in constants), constants
    assert not any(broken(result.sel(lr=lr)) for lr in result["lr"].values)
