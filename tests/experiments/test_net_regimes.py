"""The network experiments of regimes, tiny: what they return, what survives a kill, what their figures draw."""

import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from paper_figs import networks as drawn
from paper_figs.regimes import (
    fig1 as regimes_fig1,
    fig4 as regimes_fig4,
    fig5 as regimes_fig5,
    fig6 as regimes_fig6,
    fig20 as regimes_fig20,
    fig21 as regimes_fig21,
    fig22 as regimes_fig22,
    fig23 as regimes_fig23,
    fig24 as regimes_fig24,
)
from paper_figs.style import write
from paper_figs.thesis import fig9
from simulations import discovery, networks
from simulations.__main__ import main
from simulations.experiment import ensure, result_path
from simulations.regimes import (
    net_regimes_apart,
    net_regimes_augmentation,
    net_regimes_conventional,
    net_regimes_finetune,
    net_regimes_grid,
    net_regimes_noise,
    net_regimes_paths,
    net_regimes_perceptron,
    net_regimes_sharpness,
    net_regimes_transformer,
    net_regimes_walk,
    net_regimes_whole_space,
    net_regimes_width,
)
from simulations.thesis import net_squared_error
from sitheory import bridge
from sitheory.trajectory import schema
from tests.bridge.test_door import without_torch

KIND = "trial"

ROOT = Path(__file__).parents[2]
TINY = {"epochs": 2, "width": (12, 8), "seeds": 2}
NETWORKS = [
    discovery.load(place)
    for name, place in discovery.experiments()[0].items()
    if name.startswith("net_regimes_")
]


@pytest.fixture(scope="module")
def grid():
    return net_regimes_grid.Grid(**TINY | {"epochs": 3}).run()


@pytest.fixture(scope="module")
def finetune():
    return net_regimes_finetune.Finetune(**TINY | {"seeds": 1}, then_epochs=3).run()


@pytest.fixture(scope="module")
def paths():
    return net_regimes_paths.Paths(**TINY | {"seeds": 1}).run()


# What they return.


def test_the_grid_is_one_of_bridge_train_with_seeds(grid, tmp_path):
    """Twin: one seed's cells as the bridge gives them."""
    experiment = net_regimes_grid.Grid(**TINY | {"epochs": 3})
    setting = experiment.setting
    data = bridge.data.digits().with_label_noise(0.2, rng=1).normalised()
    alone = bridge.train(
        bridge.MLP(64, (12, 8), rng=1),
        [bridge.SphereSGD(elr) for elr in setting.rates],
        data,
        epochs=3,
        batches=bridge.Batches(128, drop_last=True),
        rng=1,
    )
    assert grid["loss"].dims == ("elr", "seed", "step")
    np.testing.assert_array_equal(grid["loss"].sel(seed=1), alone["loss"])
    assert not np.array_equal(grid["loss"].sel(seed=0), alone["loss"])


def test_runs_apart_have_starts_of_their_own():
    """Fig. 12: the same ELR twice gives two runs, where together it would give one."""
    options = {**TINY, "seeds": 1, "rates": (1e-3, 2e-3)}
    kinds = (net_regimes_grid.Grid, net_regimes_apart.Apart)
    together, apart = (kind(**options).run()["loss"].values[:, 0, 0] for kind in kinds)
    assert together[0] == together[1] and apart[0] != apart[1] and apart[0] == together[0]


def test_finetuning_begins_where_the_first_part_ended(finetune):
    """Identity, up to the float32 that the network holds its weights in."""
    before = finetune["elr_first"].values
    first = finetune.isel(run=np.isnan(before))
    assert finetune["loss"].dims == ("run", "seed", "step")
    for elr in (1e-3, 5e-3, 5e-2):
        end = float(first.isel(run=first["elr"].values == elr)["loss"].dropna("step")[0, 0, -1])
        starts = finetune.isel(run=before == elr)["loss"].values[:, 0, 0]
        assert len(starts) == 7 and np.allclose(starts, end, rtol=1e-4)


def test_lines_end_at_the_checkpoints_and_self_similarity_is_one(paths):
    """Identity: neighbours share their start, and the line's ends are the runs' own losses."""
    assert paths["loss"].dims == ("run", "seed", "position")
    fine = paths.isel(run=paths["kind"].values == "fine-tuned")["loss"].values
    assert np.all(fine[:, :, 0] == fine[0, :, 0])  # one checkpoint begins all three lines
    runs_on = paths.isel(run=(paths["kind"].values == "one run") & (paths["elr"].values == 0.02))
    assert runs_on["gap"].values.tolist() == [1, 5, 20]
    assert np.ptp(runs_on["loss"].values[:, :, 0], axis=0).max() == 0
    similar = runs_on["similarity"].values
    assert np.all((similar > 0) & (similar < 1)) and np.all(np.diff(similar, axis=0) < 0)


def test_a_walk_has_steps_as_long_and_no_descent():
    result = net_regimes_walk.Walk(**TINY | {"seeds": 1, "epochs": 4}).run()
    walks = result["random"].values.astype(bool)
    assert result["elr"].values.tolist() == [0.05, 0.2, 1.0, 0.2, 1.0] and walks.sum() == 2
    assert (result["cos_dist"].values[walks, :, 1:] > 0.5).all()


def test_sharpness_measures_keep_jensens_inequality():
    """Identity: (28)^2 <= (29), and the loss is that of the run's own survey."""
    experiment = net_regimes_sharpness.Sharpness(rates=(1e-3,), **TINY | {"seeds": 1})
    result = experiment.run()
    assert (result["batch_eff_grad"] ** 2 <= result["second_moment"]).all()
    run = net_regimes_grid.Grid(rates=(1e-3,), **TINY | {"seeds": 1}).run()
    seen, true = result.isel(step=-1, seed=0), run.isel(step=-1, seed=0)
    for name, tolerance in (("loss", 1e-4), ("batch_eff_grad", 1e-3)):  # float64 of weights cast to float32
        np.testing.assert_allclose(seen[name], true[name], rtol=tolerance)
    assert result["fisher_trace"].item() > 0 and result["sharpness"].item() > 0


def test_squared_errors_on_all_samples_and_on_a_part_take_as_many_steps():
    """Twin: a cell of all samples is what the bridge gives for that loss; the other loss is not."""
    options = {"rates": (1e-3, 0.1), "width": (12, 8), "epochs": 2, "seeds": 1}
    result = net_squared_error.SquaredError(**options).run()
    assert result["samples"].values.tolist() == [1500, 256]
    data = bridge.data.digits().with_label_noise(0.2, rng=0).normalised()
    net = bridge.MLP(64, (12, 8), rng=0, head_norm=3.0)
    same = {"epochs": 2, "batches": bridge.Batches(128, drop_last=True), "rng": 0}
    rules = [bridge.SphereSGD(elr) for elr in options["rates"]]
    whole, part = (fig9.own_rows(result, i).isel(seed=0) for i in (0, 1))
    np.testing.assert_array_equal(
        whole["loss"], bridge.train(net, rules, data, **same, loss=bridge.squared_error)["loss"]
    )
    assert not np.array_equal(whole["loss"], bridge.train(net, rules, data, **same)["loss"])
    assert int(part["step"][-1]) == int(whole["step"][-1]) == 22
    assert all(axes.lines for axes in fig9.draw(result).axes[:3])


@pytest.mark.parametrize(
    ("experiment", "dims"),
    [
        (net_regimes_perceptron.Perceptron(rates=(1e-3, 1.0), **TINY), ("elr", "seed", "step")),
        (net_regimes_apart.Apart(rates=(1e-3, 1.0), **TINY), ("elr", "seed", "step")),
        (net_regimes_width.Width(rates=(1e-3, 1.0), **TINY), ("run", "elr", "seed", "step")),
        (
            net_regimes_noise.Noise(rates=(1e-3, 1.0), shares=(0.0, 0.4), **TINY),
            ("run", "elr", "seed", "step"),
        ),
        (net_regimes_augmentation.Augmentation(rates=(1e-3, 1.0), **TINY), ("run", "elr", "seed", "step")),
        (net_regimes_whole_space.WholeSpace(rates=(0.1, 10.0), **TINY), ("lr", "seed", "step")),
        (net_regimes_conventional.Conventional(rates=(0.01, 0.1), **TINY), ("run", "lr", "seed", "step")),
        (
            net_regimes_transformer.Transformer(rates=(0.01, 0.1), epochs=1, seeds=1),
            ("lr", "seed", "step"),
        ),
    ],
    ids=lambda v: getattr(v, "name", ""),
)
def test_a_grid_keeps_the_schema_and_is_saved(experiment, dims, tmp_path):
    result = experiment.run()
    assert result["loss"].dims == dims and np.isfinite(result["loss"].values).all()
    assert schema.load(schema.save(result, tmp_path / "r.nc")).equals(result)


# Sizes.


@pytest.mark.parametrize("kind", NETWORKS, ids=lambda k: k.name)
def test_each_experiment_has_both_sizes_and_tells_what_they_cost(kind):
    assert set(kind.sizes) == {"small", "paper"} and kind.sizes["small"].data == "digits"
    told = sys.modules[kind.__module__].__doc__
    assert "Cost: small" in told and "; paper " in " ".join(told.split()) and "regimes Figure" in told
    assert not {f.name for f in fields(kind)} & {"name", "cost", "sizes"}


def test_what_is_asked_for_stands_in_place_of_the_size():
    setting = net_regimes_grid.Grid(size="paper", epochs=7, net="ResNet18", data="cifar100").setting
    assert (setting.epochs, setting.net, setting.data, setting.width) == (7, "ResNet18", "cifar100", (32,))
    assert net_regimes_grid.Grid(size="paper").setting.rates == networks.PAPER_ELRS
    assert len(networks.PAPER_ELRS) == 30 and net_regimes_grid.Grid().setting.data == "digits"


def test_the_papers_size_names_the_missing_file_in_one_line(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["net_regimes_grid", "--size", "paper", "--folder", str(tmp_path)]) == 1
    told = capsys.readouterr().err
    assert told.count("\n") == 1 and f"{tmp_path}/cifar-10-python.tar.gz" in told
    assert not list(tmp_path.rglob("*.unfinished"))


@pytest.mark.parametrize(
    "asked, law",
    [
        (
            "net_periodic_step_by_step --rates 0.1 0.5",
            "need one learning rate in this experiment, got rates=(0.1, 0.5)",
        ),
        (
            "net_regimes_paths --rates 0.1",
            "need elr=0.001, which fine-tuning starts from, among rates, got rates=(0.1,)",
        ),
        (
            "net_periodic_minima --epochs 8",
            "need epochs >= 40 in this experiment, one a stretch, got epochs=8",
        ),
        ("net_regimes_width --width 2 1", "need at least 1 channel at 0.25 of the width, got width=(2, 1)"),
        ("net_regimes_walk --device abacus", "got device='abacus'"),
        ("net_regimes_walk --compiled", "need cells one after the other for compiled=True"),
    ],
    ids=lambda v: v.split()[0],
)
def test_what_an_experiment_cannot_do_is_one_line(asked, law, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(asked.split()) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1 and law in told
    assert not list(tmp_path.rglob("*.nc"))


def test_without_torch_the_experiments_are_listed_and_one_says_which_extra(tmp_path):
    code = f"""
import os
import paper_figs.__main__
from simulations.__main__ import main
os.chdir({str(tmp_path)!r})
assert main(["--list"]) == 0
sys.exit(main(["net_regimes_walk", "--epochs", "1"]))
"""
    done = without_torch(code)
    assert done.returncode == 1 and "net_regimes_grid" in done.stdout
    assert done.stderr.count("\n") == 1 and "pip install 'sitheory[torch]'" in done.stderr
    assert not list(tmp_path.rglob("*"))[1:]  # the folder of results, with nothing in it


# What survives a kill.


def test_a_stopped_experiment_goes_on_and_leaves_nothing_but_its_result(finetune, tmp_path, monkeypatch):
    """Twin: stopped in the second part; the first is not trained again, and the numbers are the same."""
    experiment = net_regimes_finetune.Finetune(**TINY | {"seeds": 1}, then_epochs=3)
    path, train, calls = result_path(experiment, tmp_path), bridge.train, []

    def counted(net, rules, data, **options):
        calls.append(options["checkpoint"].name)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return train(net, rules, data, **options)

    monkeypatch.setattr(bridge, "train", counted)
    with pytest.raises(KeyboardInterrupt):
        ensure(experiment, tmp_path)
    unfinished = path.with_suffix(".unfinished")
    before = {p.name: p.read_bytes() for p in unfinished.iterdir()}
    assert set(before) == set(calls[:2]) and not path.exists()
    assert ensure(experiment, tmp_path) == path
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
    resumed = schema.load(path)
    for name in finetune.data_vars:
        np.testing.assert_array_equal(resumed[name], finetune[name])


# What the figures draw.


@pytest.mark.parametrize("module", [regimes_fig1, regimes_fig4, regimes_fig6, regimes_fig20, regimes_fig21])
def test_figures_of_the_grid_are_the_same_twice(module, grid, tmp_path):
    first, second = (write(module.draw(grid), tmp_path / n / "f") for n in "ab")
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in second]


def test_fig1_draws_each_elrs_loss_and_all_ends(grid):
    axes = regimes_fig1.draw(grid).axes
    drawn = [line.get_ydata() for line in axes[0].lines]
    np.testing.assert_array_equal(drawn, grid["loss"].sel(seed=0).values[:, 1:])
    ends = np.array([line.get_ydata() for line in axes[3].lines[:2]])
    np.testing.assert_array_equal(ends, grid["loss"].values[:, :, -1].T)


def test_fig4_draws_each_neuron_and_the_line_of_equal_ess(grid):
    (axes,) = regimes_fig4.draw(grid).axes
    first, second, line = axes.lines
    assert len(first.get_xdata()) == 2 * 12 and len(second.get_xdata()) == 2 * 8
    x, y = line.get_xdata(), line.get_ydata()
    assert np.isclose(x[0] * y[0], x[1] * y[1]) and np.isclose(
        x[0] * y[0], drawn.late(grid.sel(elr=regimes_fig4.ELR), "total_ess").mean()
    )


def test_figures_of_finetuning_and_paths_draw_their_runs(finetune, paths):
    levels = regimes_fig5.draw(finetune).axes[0]
    assert len(levels.lines) == 1 + 2 * len(regimes_fig5.SECOND)
    assert len(regimes_fig23.draw(finetune).axes) == 6
    panels = regimes_fig22.draw(paths).axes
    lines = [line.get_ydata() for axes in panels for line in axes.lines]
    kept = paths.isel(run=paths["kind"].values == "one run")["loss"].values
    np.testing.assert_array_equal(lines, kept.reshape(-1, kept.shape[-1]))


def test_fig24_draws_walks_dotted():
    result = net_regimes_walk.Walk(**TINY).run()
    lines = regimes_fig24.draw(result).axes[0].lines
    assert [line.get_linestyle() for line in lines] == ["-", "-", "-", ":", ":"]


def test_borders_lie_between_regimes_and_on_what_is_undecided():
    """Closed form."""
    from sitheory.measure.regimes import Regime

    told = {
        1e-3: Regime.CONVERGENCE,
        1e-2: Regime.UNDECIDED,
        0.1: Regime.EQUILIBRIUM,
        10.0: Regime.DIVERGENCE,
    }
    assert drawn.borders(told) == pytest.approx([1e-2, 1.0])


def test_the_late_mean_weighs_windows_by_their_steps():
    """Closed form: windows of 10 and 30 steps after a start that is left out."""
    coords = {"step": [0, 10, 20, 50]}
    variables = {"loss": (("step",), np.array([np.nan, 8.0, 4.0, 1.0]))}
    result = schema.dataset(variables, coords, {"config": "{}"})
    assert drawn.late(result, "loss", 0.25) == pytest.approx((10 * 4 + 30 * 1) / 40)


def test_the_door_lists_the_experiments():
    command = [sys.executable, "-m", "simulations", "--list"]
    listed = subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=ROOT, check=True).stdout
    assert all(kind.name in listed for kind in NETWORKS)
