"""Real digits through the simulations: three regimes on the sphere, periodic behaviour under weight decay."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from paper_figs.periodic import digits as periodic_digits
from paper_figs.regimes import digits as regimes_digits
from simulations.experiment import ensure
from simulations.periodic.digits_decay import DigitsDecay
from simulations.regimes.digits_sphere import DigitsSphere
from sitheory.bridge.watching import laws
from sitheory.measure.regimes import Regime
from sitheory.trajectory import schema
from tests.bridge import digits_runs  # noqa: F401  (one thread)

KIND = "conformance"


def broken(run):
    return [line for line in laws.confront(run) if line.holds is False]


def test_a_short_run_keeps_every_law_and_makes_a_table():
    """Trial: twelve epochs at one ELR a regime; neurons' ESS have met in equilibrium and not in convergence."""
    short = DigitsSphere(elrs=(1e-3, 2e-2, 1e-1), epochs=12, seeds=1)
    result = short.run()
    runs = [result.sel(elr=elr, seed=0) for elr in short.elrs]
    assert result["ess"].dims == ("elr", "seed", "step", "group") and result.sizes["group"] == 150
    assert not any(broken(run) for run in runs)
    assert laws.ess_spread(runs[1]) < 0.1 < 0.2 < laws.ess_spread(runs[0])
    assert laws.regime_decision(runs[2]).regime is Regime.DIVERGENCE
    said = short.table(result)
    assert "Laws over all 3 runs" in said and "divergence" in said
    losses, _, neurons = regimes_digits.draw(result).axes
    drawn = {line.get_label(): line.get_ydata() for line in losses.lines}
    assert np.array_equal(drawn["0.02"], runs[1]["loss"].values[1:])
    assert sum(len(line.get_xdata()) == 150 for line in neurons.lines) == 3


def test_a_short_run_with_decay_makes_a_table():
    short = dataclasses.replace(DigitsDecay(), lrs=(0.5, 1.0, 2.0), epochs=6, seeds=1)
    result = short.run()
    assert not any(broken(result.sel(lr=lr, seed=0)) for lr in short.lrs)
    assert "lr 2, seed 0" in short.table(result)
    norms = periodic_digits.draw(result).axes[4]
    assert np.array_equal(norms.lines[0].get_ydata(), result["total_norm"].values[0, 0, 1:] ** 2)


def full(experiment):
    """The result as the simulations' door leaves it, computed if this code has not done so yet."""
    return schema.load(ensure(experiment, Path(__file__).parents[2] / "results"))


@pytest.mark.slow
def test_the_three_regimes_of_digits():
    """Trial: three seeds agree on each of these."""
    result = full(DigitsSphere())
    convergence, equilibrium, divergence = (1e-4, 5e-4, 1e-3), (2e-2, 6e-2), (1e-1, 1.0)
    mixed = (5e-3, *equilibrium)  # whose loss may fall still, as chance and a processor's rounding have it
    falls = [laws.regime_decision(result.sel(elr=5e-3, seed=seed)) for seed in result["seed"].values]
    assert np.mean([d.value for d in falls]) > falls[0].limit and falls[0].statistic == "slope of log loss"
    for seed in result["seed"].values:
        runs = {float(elr): result.sel(elr=elr, seed=seed) for elr in result["elr"].values}
        found = {elr: laws.regime_decision(run).regime for elr, run in runs.items()}
        assert all(found[elr] is Regime.CONVERGENCE for elr in convergence), found
        assert all(found[elr] is Regime.EQUILIBRIUM for elr in equilibrium), found
        assert all(found[elr] is Regime.DIVERGENCE for elr in divergence), found
        spread = {elr: laws.ess_spread(run) for elr, run in runs.items()}
        assert all(0.15 < spread[elr] < 0.4 for elr in convergence), spread
        assert all(spread[elr] < 0.04 for elr in mixed), spread
        assert all(laws.elr_spread(runs[elr]) > 2 for elr in mixed)
        assert not any(broken(run) for run in runs.values())


@pytest.mark.slow
def test_the_periods_of_digits_with_weight_decay():
    """Trial: the interval between two destabilisations goes like 1 / (lr wd), with one constant from 0.5 to 2."""
    result = full(DigitsDecay())
    for seed in result["seed"].values:
        runs = {float(lr): result.sel(lr=lr, seed=seed) for lr in result["lr"].values}
        bursts = {lr: laws.destabilisations(run) for lr, run in runs.items()}
        counts = {lr: len(found) for lr, found in bursts.items()}
        assert counts[0.1] == 0 and counts[30.0] <= 1, counts
        assert 4 <= counts[0.5] <= 8 and 10 <= counts[1.0] <= 16 and 20 <= counts[2.0] <= 32, counts
        constants = [float(np.diff(bursts[lr]).mean()) * lr * 1e-3 for lr in (0.5, 1.0, 2.0)]
        assert all(0.4 < constant < 0.8 for constant in constants), constants
        assert not any(broken(run) for run in runs.values())
