"""Theory against networks: the laws hold on real runs, a falsified run breaks them, and digits show three regimes."""

import numpy as np
import pytest
import torch
import xarray as xr

from sitheory import bridge
from sitheory.bridge.watching import laws
from sitheory.measure.regimes import Regime
from tests.bridge.digits_runs import digits, perceptron

KIND = "conformance"

BATCHES = bridge.Batches(50, drop_last=True)


@pytest.fixture(scope="module")
def sphere():
    rules = [bridge.SphereSGD(elr) for elr in (1e-3, 2e-2, 1.0)]
    return bridge.train(perceptron(torch.float32), rules, digits(), epochs=12, batches=BATCHES, rng=1)


@pytest.fixture(scope="module")
def decay():
    rules = [bridge.SGD(lr, 0.02) for lr in (0.5, 2.0)]
    return bridge.train(perceptron(torch.float32), rules, digits(), epochs=40, batches=BATCHES, log_every=1)


def verdicts(run):
    return {line.law.rsplit(" [", 1)[0]: line.holds for line in laws.confront(run)}


def test_every_law_of_the_sphere_holds(sphere):
    for elr in sphere["elr"].values:
        found = verdicts(sphere.sel(elr=elr))
        decided = {law: holds for law, holds in found.items() if holds is not None}
        assert len(decided) == 7 and all(decided.values()), found


def test_every_law_of_weight_decay_holds(decay):
    for lr in decay["lr"].values:
        found = verdicts(decay.sel(lr=lr))
        assert found["rho^2 in kappa [l, L], late"] and "regime" not in found
        assert all(holds for holds in found.values() if holds is not None), found


@pytest.mark.parametrize(
    ("name", "change", "law"),
    [
        ("elr_group", lambda v: v * (1 + 1e-9), "total ELR from the groups'"),
        ("radial_cos_ratio", lambda v: v * 2.2, "weights and gradient orthogonal, |cos|"),
        ("norm_residual_ratio", lambda v: 0 * v + 1.1, "norms after a step, log"),
        ("cos_dist_residual_ratio", lambda v: 0 * v + 1.1, "cosine distance of a step, relative"),
        ("log1p_ess_sq", lambda v: v * 1.1, "log ELR_i, first to last step"),
        (
            "log1p_ess_sq",
            lambda v: v * np.linspace(1, 100, v.shape[-1]),
            "means of log(1 + ESS_i^2) are equal",
        ),
        ("cos_dist_max", lambda v: v * 2, "delta_min, delta_max around each window's turns"),
    ],
)
def test_a_falsified_run_breaks_the_law(sphere, name, change, law):
    """Mutant: each law's own number, changed a little beyond what is explained."""
    run = sphere.sel(elr=2e-2)
    assert verdicts(run)[law] is True
    assert verdicts(run.assign({name: (run[name].dims, change(run[name].values))}))[law] is False


def test_a_falsified_norm_leaves_its_interval(decay):
    run = decay.sel(lr=2.0)
    wider = run.assign(total_norm_max=run["total_norm_max"] * 40)
    assert verdicts(wider)["rho^2 in kappa [l, L], late"] is False


def test_a_failed_run_says_so_and_a_grid_is_refused(sphere):
    failed = sphere.isel(elr=0).assign(status=xr.DataArray(1), failed_step=xr.DataArray(7))
    assert "none from step 7 on" in laws.table(laws.confront(failed))
    with pytest.raises(ValueError, match="one rule, got dimensions elr"):
        laws.confront(sphere)


def test_baselines_and_momentum_have_the_laws_that_they_have():
    data, options = digits(), {"epochs": 3, "batches": BATCHES}
    walk = verdicts(bridge.train(perceptron(), bridge.random_walk(0.1), data, **options))
    assert walk["log ELR_i, first to last step"] and walk["norms after a step, log"]
    heavy = verdicts(bridge.train(perceptron(), bridge.SGD(0.1, 1e-3, momentum=0.9), data, **options))
    assert heavy["norms after a step, log"] and heavy["cosine distance of a step, relative"] is None
    free = verdicts(bridge.train(perceptron(), bridge.FixedELR(1e-2), data, **options))
    assert free["log ELR_i, first to last step"] and free["norms after a step, log"]
    spheres = verdicts(bridge.train(perceptron(), bridge.GroupSphereSGD(1e-2), data, **options))
    assert spheres["norms after a step, log"]


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_a_schedule_that_ends_at_rest_has_the_laws_that_it_has(momentum):
    cosine = bridge.Schedule.COSINE
    rules = bridge.SphereSGD(0.1, cosine), bridge.SGD(0.5, 1e-3, momentum, cosine)
    for rule in rules:
        run = bridge.train(perceptron(), rule, digits(), epochs=3, batches=BATCHES, sharpness="end")
        found = verdicts(run)
        assert float(run["total_elr"][-1]) == 0
        assert found["norms after a step, log"] and all(v for v in found.values() if v is not None)
        assert ("log ELR_i, first to last step" in found) == isinstance(rule, bridge.SphereSGD)


def test_full_batch_descent_comes_to_the_edge_of_stability():
    """Trial: at ELR 0.01 the sharpness of 100 digits rises until ELR x sharpness is about 2, and hovers there."""
    run = bridge.train(
        perceptron(),
        bridge.SphereSGD(0.02),
        digits(100, 0),
        epochs=200,
        batches=bridge.FullBatch(),
        sharpness="end",
    )
    product = float(run["sharpness"][-1] * run["total_elr"][-1])
    assert 1 < product < 4
    assert "ELR x sharpness" in laws.table(laws.confront(run))


def of_shape(loss, cos_dist=1e-3):
    epochs = np.arange(101)
    with np.errstate(divide="ignore"):
        series = {"loss": loss(epochs.astype(float)), "cos_dist": np.full(101, cos_dist)}
    coords = {"step": 10 * epochs, "epoch": ("step", epochs)}
    return xr.Dataset({n: ("step", v) for n, v in series.items()}, coords)


def noisy_fall(epochs):
    """Fall like 1/epoch, with noise in which the last third looks as if it rose."""
    return np.exp(np.random.default_rng(9).normal(scale=0.6, size=len(epochs))) / (1 + epochs)


@pytest.mark.parametrize(
    ("run", "regime"),
    [
        (of_shape(lambda e: 1 / (1 + e)), Regime.CONVERGENCE),
        (of_shape(lambda e: 0.3 + 0.01 * np.sin(e)), Regime.EQUILIBRIUM),
        (of_shape(lambda e: (1 + e) ** -0.44), Regime.UNDECIDED),
        (of_shape(lambda e: np.where(e < 60, (1 + e) ** -0.9, 61**-0.9)), Regime.EQUILIBRIUM),
        (of_shape(noisy_fall), Regime.UNDECIDED),
        (of_shape(lambda e: 0.3 + 0 * e, cos_dist=0.8), Regime.DIVERGENCE),
    ],
)
def test_regimes_of_known_shapes(run, regime):
    """Closed form: a power law, a level, something between, a fall that ends, one too noisy to tell, a random walk."""
    assert laws.regime_decision(run).regime is regime


@pytest.mark.parametrize("rows", [12, 30, 100])
@pytest.mark.parametrize(
    ("loss", "wrong"),
    [
        (lambda e: 1 / (1 + e), Regime.EQUILIBRIUM),
        (lambda e: np.where(e < 50, (1 + e) ** -0.9, 51**-0.9), Regime.CONVERGENCE),
    ],
)
def test_noise_seldom_makes_another_regime(loss, wrong, rows):
    """Trial: of 100 falls, and falls that end, with noise of 30 %, at most a tenth is called the other."""
    epochs = np.unique(np.r_[0, np.round(np.geomspace(1, 150, rows))]).astype(int)
    coords = {"step": 10 * epochs, "epoch": ("step", epochs)}
    called = []
    for seed in range(100):
        noise = np.exp(np.random.default_rng(seed).normal(scale=0.3, size=len(epochs)))
        series = {"loss": loss(epochs.astype(float)) * noise, "cos_dist": np.full(len(epochs), 1e-3)}
        run = xr.Dataset({n: ("step", v) for n, v in series.items()}, coords)
        called.append(laws.regime_decision(run).regime)
    assert called.count(wrong) <= 10


def test_destabilisations_are_counted_at_tenfold_growth():
    """Closed form: a loss that falls and bursts every 20 epochs."""
    saw = np.exp(-0.3 * (np.arange(100) % 20))
    run = xr.Dataset({"online_loss": ("step", np.r_[np.nan, saw])}, {"step": 11 * np.arange(101)})
    assert np.all(np.diff(laws.destabilisations(run)) == 220) and len(laws.destabilisations(run)) == 4
    calm = run.assign(online_loss=run["online_loss"] ** 0.3)  # a factor of five
    assert len(laws.destabilisations(calm)) == 0
