"""Networks with weight decay: short runs of each experiment keep their laws, resume, and can be drawn."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from paper_figs.periodic import (
    fig1 as periodic_fig1,
    fig5 as periodic_fig5,
    fig6 as periodic_fig6,
    fig9 as periodic_fig9,
    fig10 as periodic_fig10,
    fig11 as periodic_fig11,
    fig12 as periodic_fig12,
    fig16 as periodic_fig16,
    fig17 as periodic_fig17,
    net_fig2 as periodic_net_fig2,
    net_fig3 as periodic_net_fig3,
    net_fig4 as periodic_net_fig4,
    net_fig13 as periodic_net_fig13,
    net_fig14 as periodic_net_fig14,
)
from paper_figs.sharpness import fig2 as sharpness_fig2
from simulations import networks
from simulations.__main__ import main
from simulations.periodic import net_periodic_fixed_norm, net_periodic_minima
from simulations.periodic.net_periodic_descent import Descent
from simulations.periodic.net_periodic_fixed_norm import FixedNorm, FixedNormDescent, first_rise
from simulations.periodic.net_periodic_grid import Grid
from simulations.periodic.net_periodic_minima import Minima
from simulations.periodic.net_periodic_practice import VARIANTS, Practice
from simulations.periodic.net_periodic_step_by_step import StepByStep
from simulations.sharpness.net_sharpness_time import Sharpness
from sitheory import bridge
from sitheory.bridge.functional import checkpoints
from sitheory.bridge.functional.counted_random import Draws, key_of
from sitheory.bridge.training.augmentation import darkest
from sitheory.bridge.watching import laws
from tests.bridge import digits_runs  # noqa: F401  (one thread)

KIND = "trial"


def drawn(figure, *results):
    """Every panel of the figure holds a line."""
    return all(axes.lines for axes in figure.draw(*results).axes)


@pytest.fixture(scope="module")
def grid():
    return Grid(width=(8, 8), epochs=12, survey_every=4).run()


def test_a_grid_keeps_every_law_and_is_drawn(grid):
    """Trial: nine cells of learning rate and weight decay; without decay the norm grows at every epoch."""
    runs = [grid.isel(run=i, seed=0) for i in range(grid.sizes["run"])]
    assert len(runs) == len(Grid().cells) == 9
    assert not [line for run in runs for line in laws.confront(run) if line.holds is False]
    bare = next(run for run in runs if float(run["wd"]) == 0)
    assert np.all(np.diff(bare["total_norm"]) > 0) and float(bare["lr"]) == 2
    assert all(
        drawn(f, grid) for f in (periodic_net_fig2, periodic_net_fig13, periodic_net_fig14, periodic_fig16)
    )
    assert "destabilisations" in Grid().table(grid)


def test_rates_and_decays_make_other_grids():
    assert Grid(rates=(1.0, 2.0), wds=(0.1, 0.2)).cells == ((1.0, 0.1), (1.0, 0.2), (2.0, 0.1), (2.0, 0.2))
    one = Grid(rates=(0.5, 1.0), width=(8, 8), epochs=2).run()
    assert one["online_loss"].dims == ("run", "seed", "step") and one["lr"].values.tolist() == [0.5, 1.0]


def test_a_killed_grid_goes_on_to_the_same_numbers(grid, tmp_path, monkeypatch):
    """Twin: a run killed after some epochs, gone on with from its folder, against the uninterrupted one."""
    experiment = Grid(width=(8, 8), epochs=12, survey_every=4)
    written = checkpoints.write
    count = iter(range(100))

    def killed(*args):
        written(*args)
        if next(count) == 4:
            raise KeyboardInterrupt

    monkeypatch.setattr(checkpoints, "write", killed)
    with pytest.raises(KeyboardInterrupt):
        experiment.run(kept=tmp_path)
    monkeypatch.undo()
    again = experiment.run(kept=tmp_path)
    for name in grid.data_vars:
        np.testing.assert_array_equal(again[name].values, grid[name].values, err_msg=name)


def test_single_steps_are_the_epochs_steps(tmp_path):
    """Identity: the batches of an epoch, one at a time."""
    whole, single = bridge.Batches(50, drop_last=True), bridge.SingleBatches(50, drop_last=True)
    seen = [single.order(170, (3,), step)[0][0] for step in range(6)]
    expected = [parts[0] for epoch in (0, 1) for parts in whole.order(170, (3,), epoch)]
    assert single.steps(170) == 1 and np.array_equal(seen, expected)


def test_a_closer_look_logs_each_step():
    """Closed form: with a row a step, the norm after it follows from the logged norm and gradient by eq. (3)."""
    from sitheory.theory import periodic

    run = StepByStep(width=(8, 8), epochs=3, steps=40).run().isel(seed=0)
    assert np.array_equal(np.diff(run["step"]), np.ones(40)) and int(run["step"][0]) == 33
    before, gradient = run["total_norm_min"].values[1:] ** 2, run["total_eff_grad_max"].values[1:] ** 2
    after = periodic.norm_sq_next(before, gradient, 1.0, 1e-3)
    # The eps of batch normalisation makes gradients a little radial.
    np.testing.assert_allclose(run["total_norm"].values[1:] ** 2, after, rtol=1e-4)


def test_fixed_norms_and_descent_are_drawn(monkeypatch):
    monkeypatch.setattr(net_periodic_fixed_norm, "STRETCHES", 8)
    result = FixedNorm(width=(8, 8), epochs=16).run()
    held = result.isel(seed=0)
    late = held["since"].values > 0
    assert np.isnan(held["online_loss"].values[late][:, 1]).all() and result.sizes["run"] == 7
    fixed = held["total_norm"].values[1:5, 1:]
    np.testing.assert_allclose(fixed, fixed[:, :1] * np.ones_like(fixed), rtol=1e-6)
    full = FixedNormDescent(width=(8, 8), epochs=16).run()
    assert int(full["step"][-1]) == 16
    assert drawn(periodic_net_fig4, result) and drawn(periodic_fig11, full)


def test_the_first_rise():
    assert first_rise(np.array([np.nan, 1, 0.1, 0.05, 0.6, 0.01, 9]), 1) == 4
    assert first_rise(np.array([np.nan, 1, 0.5]), 0) == 2


def test_minima_compare_with_themselves_and_others(monkeypatch):
    """Identity: a checkpoint's similarity to itself is 1."""
    monkeypatch.setattr(net_periodic_minima, "STRETCHES", 8)
    result = Minima(width=(8, 8), epochs=8).run().isel(seed=0)
    own = result["similarity"].values[0]
    assert own[np.isfinite(own)][0] == pytest.approx(1, abs=1e-12)
    assert np.nanmax(np.abs(result["similarity"].values[1])) < 0.9
    errors = result["ensemble_error"].values
    assert np.nanmin(errors) >= 0 and np.nanmax(errors) <= 1


def test_practice_changes_one_thing_at_a_time(grid):
    result = Practice(width=(8, 8), epochs=4, survey_every=2).run()
    assert list(result["variant"].values) == [v.name for v in VARIANTS]
    losses = result["online_loss"].isel(seed=0, lr=1, step=-1).values
    assert len(set(losses.tolist())) == len(VARIANTS) and np.isfinite(losses).all()
    assert drawn(periodic_fig1, result)
    assert drawn(periodic_fig6, result) and drawn(periodic_fig17, result, grid)


def test_other_data_and_networks_have_the_papers_widths_and_last_layers():
    """Conformance: periodic appendices B and E.2; what is asked for comes first, and a size's own stays."""
    asked = [Grid("paper", data="cifar100"), Grid("paper", data="cifar100", width=(8,), head_norm=5.0)]
    asked += [Grid("paper", net="ResNet18"), Grid("paper"), Practice("paper", data="cifar100")]
    seen = [(e.setting.width, e.setting.head_norm) for e in asked]
    assert seen == [((64,), 20.0), ((8,), 5.0), ((64,), None), ((32,), None), ((64,), 20.0)]
    images = SimpleNamespace(classes=10, x=np.zeros((1, 3, 32, 32)))
    for experiment, norm in ((asked[1], 5.0), (Grid("paper", width=(8,)), 10.0)):
        head = networks.network(experiment.setting, images, 0).head
        assert float(head.weight.norm()) == pytest.approx(norm, rel=1e-6)


def test_descent_is_deterministic_and_drawn():
    short = Descent(width=(8, 8), epochs=30)
    first, second = short.run(), short.run()
    assert first.drop_attrs().equals(second.drop_attrs()) and first.sizes["step"] == 31
    assert drawn(periodic_fig9, first)


def test_sharpness_over_time(tmp_path):
    """Twin: the ELR of the projected descent and the sharpness of the first weights, against their definitions."""
    result = Sharpness(width=(6, 6), epochs=6, sharpness_every=3, samples=120).run()
    run = result.isel(run=0, seed=0)
    assert np.isfinite(run["sharpness"].values).sum() == 3 and float(result["wd"][1]) == 0
    expected = 2 * (1 - 2.0 * 1e-3) * run["total_norm"].values ** 2 / 2.0
    np.testing.assert_allclose(sharpness_fig2.edge(run), expected, rtol=1e-12)
    assert drawn(sharpness_fig2, result)


def test_shifted_images_are_crops_of_padded_ones():
    """Identity: each image is found in its padded original; black stays black; the same seed draws the same."""
    images = torch.arange(2 * 3 * 16, dtype=torch.float64).reshape(3, 2, 4, 4) + 1
    border = darkest(images)
    shift = bridge.Shifted(1, flip=False)
    draws, samples = Draws(key_of((1, 2), 2), torch.tensor(5)), torch.arange(3)
    seen = shift(images, border, draws, samples)
    assert torch.equal(seen, shift(images, border, draws, samples))
    assert torch.equal(seen[1:], shift(images[1:], border, draws, samples[1:]))
    for image, crop in zip(images, seen, strict=True):
        padded = torch.stack([torch.full((6, 6), float(b), dtype=torch.float64) for b in border])
        padded[:, 1:5, 1:5] = image
        crops = [padded[:, i : i + 4, j : j + 4] for i in range(3) for j in range(3)]
        assert any(torch.equal(crop, c) for c in crops)
    flips = bridge.Shifted(0, flip=True)(images, border, draws, samples)
    assert all(torch.equal(f, i) or torch.equal(f, i.flip(-1)) for f, i in zip(flips, images, strict=True))
    with pytest.raises(ValueError, match="need padding"):
        bridge.Shifted(0, flip=False)


def test_the_papers_size_names_the_missing_data_in_one_line(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["net_periodic_grid", "--size", "paper"]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "cifar-10-python.tar.gz" in said


@pytest.mark.slow
def test_one_period_of_descent_and_sgd():
    """Trial: a whole period in the logged steps, its phases in order, the cosine distance within its bounds."""
    full = dataclasses.replace(Descent(), rates=(2.0,)).run()
    noisy = StepByStep().run()
    for figure, results in (
        (periodic_fig10, (full,)),
        (periodic_net_fig3, (noisy,)),
        (periodic_fig12, (noisy, full)),
    ):
        assert all(axes.lines for axes in figure.draw(*results).axes)
        assert all(n.agrees for n in figure.numbers(*results) if not n.printed)


@pytest.mark.slow
def test_minima_of_later_periods_are_less_alike():
    result = Minima().run()
    assert all(number.agrees for number in periodic_fig5.numbers(result)) and drawn(periodic_fig5, result)
