"""Experiments repeated on other networks: each is the experiment itself, a network at a time, and is drawn."""

from importlib import import_module

import numpy as np
import pytest

from paper_figs import discovery as figures_of
from simulations import discovery, networks
from simulations.__main__ import main
from simulations.other_networks import PAPER, OtherNetworks
from simulations.periodic import net_periodic_minima
from simulations.regimes.net_regimes_grid import Grid
from simulations.regimes.net_regimes_other_grid import OtherGrid
from sitheory import bridge
from sitheory.trajectory import schema
from tests.bridge import digits_runs  # noqa: F401  (one thread)

KIND = "trial"

FIGURES = {name: f for name, f in figures_of.figures()[0].items() if not name.startswith("beyond")}
OTHERS = {
    need: (discovery.load(place), figure)
    for need, place in discovery.experiments()[0].items()
    if "_other_" in need
    for figure in (import_module(f.module) for f in FIGURES.values())
    if need in figure.NEEDS
}


def tiny(name, **said):
    """The experiment, as short as its figure allows: one that needs stretches has eight."""
    short = {"epochs": 8} if name.endswith("minima") else {"epochs": 2, "rates": (0.1, 0.5, 1.0)}
    return OTHERS[name][0](width=(2,), **short | said)


def test_all_six_are_found_and_every_figure_of_them():
    """Conformance."""
    numbers = {f"{m.__name__.split('.')[-2]} {m.__name__.split('.')[-1]}" for _, m in OTHERS.values()}
    assert numbers == {
        *(f"periodic fig{n}" for n in (15, 18, 19)),
        *(f"regimes fig{n}" for n in (11, 25, 26)),
    }
    assert all(issubclass(kind, OtherNetworks) for kind, _ in OTHERS.values())


@pytest.mark.parametrize(
    "name",
    [n if n == "net_periodic_other_practice" else pytest.param(n, marks=pytest.mark.slow) for n in OTHERS],
)
def test_each_is_run_saved_and_drawn_for_one_network(name, tmp_path, monkeypatch):
    """Trial: a panel without a line would be a network without a run."""
    monkeypatch.setattr(net_periodic_minima, "STRETCHES", 8)
    result = tiny(name, net="ConvNet").run()
    assert set(result["network"].values) == {"ConvNet on digits"} and "group" not in result.dims
    assert schema.load(schema.save(result, tmp_path / "r.nc")).equals(result)
    axes = [a for a in OTHERS[name][1].draw(result).axes if a.get_label() != "<colorbar>"]
    assert axes and all(a.lines for a in axes)


@pytest.mark.slow
def test_a_networks_runs_are_those_of_the_experiment_itself():
    """Twin: the part on each network is what its flags give; a lone network is the same part."""
    options = {"epochs": 1, "width": (2,), "rates": (1e-3, 0.1)}
    both = OtherGrid(**options).run()
    assert list(both["network"].values) == ["ConvNet on digits", "ResNet18 on digits"]
    for i, net in enumerate(("ConvNet", "ResNet18")):
        alone = Grid(data="digits", net=net, seeds=1, label_noise=0.1, **options).run()
        np.testing.assert_array_equal(both["loss"].isel(run=i), alone["loss"])


def test_a_network_that_is_none_of_them_is_refused(capsys, tmp_path, monkeypatch):
    """Conformance."""
    monkeypatch.chdir(tmp_path)
    assert main(["net_regimes_other_grid", "--net", "Transformer"]) == 2
    assert "need one of ConvNet on digits, ResNet18 on digits, got Transformer" in capsys.readouterr().err


@pytest.mark.parametrize("name", OTHERS)
def test_the_papers_size_is_the_papers_networks(name):
    """Conformance: what the size lacks is taken from the papers' appendices; ResNet-18 of periodic has width 64."""
    experiment = OTHERS[name][0](size="paper")
    assert set(experiment.wanted) <= {*PAPER, ("cifar10", "ConvNet")}
    for data, net in experiment.wanted:
        setting = experiment._one(data, net).setting
        assert (setting.data, setting.net, setting.epochs) == (data, net, 1000)
        wide = (net == "ConvNet" and data == "cifar100") or "periodic" in name or "conventional" in name
        assert setting.width == ((64,) if wide and data + net != "cifar10ConvNet" else (32,))


def test_a_resnets_weights_are_all_in_groups():
    """Closed form: the squares of the groups' norms add up to that of all convolutions; tensors alone are 8 of 20."""
    setting = networks.Setting("digits", "ResNet18", (2,), 1, (1e-3,), drop_last=True)
    data = networks.prepared(setting, "data")
    net = networks.network(setting, data, 0)
    options = networks.groups_in_common(net, data)
    whole = sum(float(p.detach().square().sum()) for p in net.parameters() if p.requires_grad) ** 0.5
    made = {"epochs": 1, "batches": bridge.Batches(500), "rng": 0}
    run = bridge.train(net, bridge.SphereSGD(1e-3), data, **made, **options)
    assert float(run["total_norm"][0]) == pytest.approx(whole, rel=1e-6) and run.sizes["group"] == 12
    with pytest.raises(ValueError, match="need all trained parameters scale-invariant on a sphere"):
        bridge.train(net, bridge.SphereSGD(1e-3), data, **made, groups="tensor")
    conventional = networks.network(setting, data, 0, scale_invariant=False)
    assert not networks.groups_in_common(conventional, data)
