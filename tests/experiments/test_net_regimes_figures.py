"""Figures of the regimes' conditions and of the first regime, from tiny runs: what they draw, and what they hold."""

import numpy as np
import pytest

from paper_figs import networks
from paper_figs.regimes import (
    fig3 as regimes_fig3,
    fig7 as regimes_fig7,
    fig9 as regimes_fig9,
    fig10 as regimes_fig10,
    fig13 as regimes_fig13,
    fig14 as regimes_fig14,
    fig15 as regimes_fig15,
    fig16 as regimes_fig16,
    fig17 as regimes_fig17,
    fig18 as regimes_fig18,
    fig19 as regimes_fig19,
)
from paper_figs.style import write
from simulations.regimes import (
    net_regimes_augmentation,
    net_regimes_conventional,
    net_regimes_finetune,
    net_regimes_noise,
    net_regimes_sharpness,
    net_regimes_whole_space,
    net_regimes_width,
)
from sitheory.trajectory import schema

KIND = "conformance"

TINY = {"epochs": 2, "width": (12, 8)}
CONDITIONS = {
    regimes_fig13: net_regimes_width.Width(**TINY),
    regimes_fig14: net_regimes_augmentation.Augmentation(**TINY),
    regimes_fig15: net_regimes_noise.Noise(**TINY),
}


@pytest.fixture(scope="module")
def conditions():
    return {module: experiment.run() for module, experiment in CONDITIONS.items()}


@pytest.fixture(scope="module")
def first_regime():
    return net_regimes_finetune.FinetuneFirst(**TINY, then_epochs=3).run()


@pytest.fixture(scope="module")
def conventional():
    """Twelve steps: one learning rate left as it was, one with its gradient gone, one without a finite loss."""
    result = net_regimes_conventional.Conventional(**TINY, rates=(0.1, 3.0, 30.0)).run()
    gone, lost = result["lr"] == 3.0, result["lr"] == 30.0
    result["batch_eff_grad"] = result["batch_eff_grad"].where(~gone, 0.0)
    result["loss"] = result["loss"].where(~lost, np.nan)
    return result


# What they draw.


@pytest.mark.parametrize("module", list(CONDITIONS), ids=lambda m: m.__name__)
def test_conditions_stand_side_by_side_and_their_ends_below(module, conditions, tmp_path):
    result = conditions[module]
    count, seeds = result.sizes["run"], result.sizes["seed"]
    axes = [a for a in module.draw(result).axes if a.get_label() != "<colorbar>"]
    assert len(axes) == count + len(networks.ENDS)
    for i, diagram in enumerate(axes[:count]):
        drawn = [line.get_ydata() for line in diagram.lines[::2]]
        np.testing.assert_array_equal(drawn, result["batch_eff_grad"].isel(run=i, seed=0))
    for panel, name in zip(axes[count:], networks.ENDS, strict=True):
        lines = iter(panel.lines)
        for i in range(count):
            ends = result[name].isel(run=i, step=-1).values
            np.testing.assert_array_equal([next(lines).get_ydata() for _ in range(seeds)], ends.T)
            np.testing.assert_array_equal(next(lines).get_ydata(), ends.mean(axis=1))
    first, second = (write(module.draw(result), tmp_path / n / "f") for n in "ab")
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in second]


def test_what_died_or_overflowed_is_not_drawn(conventional):
    whole = net_regimes_whole_space.WholeSpace(**TINY, rates=(0.1, 1.0)).run()
    assert regimes_fig7.alive(conventional.isel(run=0, seed=0))["lr"].values.tolist() == [0.1]
    panels = [a for a in regimes_fig7.draw(whole, conventional).axes if a.get_label() != "<colorbar>"]
    assert [len(a.lines) for a in panels] == [4, 4, 2, 2, 2, 2]


def test_label_noise_is_drawn_by_its_share_and_elr(conditions):
    result = conditions[regimes_fig15]
    chosen = regimes_fig16.of(result, 0.4, 2e-3)
    assert float(chosen["label_noise"]) == 0.4 and float(chosen["elr"]) == 2e-3
    assert [len(a.lines) for a in regimes_fig16.draw(result).axes] == [3] * 6


def test_sharpness_is_drawn_at_each_elr_and_epoch():
    result = net_regimes_sharpness.Sharpness(rates=(1e-3, 1e-2), **TINY).run()
    points = regimes_fig9.draw(result).axes[0].lines[:2]
    np.testing.assert_array_equal([p.get_ydata() for p in points], result["second_moment"].isel(seed=0))
    assert [len(a.lines) for a in regimes_fig10.draw(result).axes[:3]] == [2, 2, 2]
    assert all(n.agrees for n in regimes_fig9.numbers(result) if n.relation == ">=" and n.predicted == 1)


def test_going_on_within_the_first_regime_is_drawn_from_where_it_began(first_regime):
    left, right, *_ = regimes_fig3.draw(first_regime).axes
    assert len(left.lines) == len(regimes_fig3.FIXED) and len(right.lines) == 4
    assert [len(axes.lines) for axes in regimes_fig18.draw(first_regime).axes] == [4] * 4
    panels = np.reshape(regimes_fig17.draw(first_regime).axes, (2, -1))
    for axes, elrs in zip(panels[0], regimes_fig17.THEN.values(), strict=True):
        assert len(axes.lines) == 2 * len(elrs)
        begin = [float(line.get_xdata()[0]) for line in axes.lines[1::2]]
        assert np.ptp(begin) < 1e-4 * max(begin)  # one start, in float32


# What they hold.


def run(loss, gradient):
    variables = {"loss": (("step",), np.array(loss)), "batch_eff_grad": (("step",), np.array(gradient))}
    return schema.dataset(variables, {"step": np.arange(len(loss))}, {"config": "{}"})


def test_profiles_are_compared_at_one_loss():
    """Closed form: gradients proportional to the loss, one three times the other, whatever comes before."""
    deep = run([9.0, 0.8, 0.4, 0.2, 0.1], [1.0, 2.4, 1.2, 0.6, 0.3])
    short = run([0.9, 0.8, 0.6, 0.4], [0.9, 0.8, 0.6, 0.4])
    assert regimes_fig3.same(deep, short) == pytest.approx(np.log(3), abs=1e-12)
    assert regimes_fig3.same(short, deep) == pytest.approx(-np.log(3), abs=1e-12)
    assert regimes_fig3.jump(run([0.1, 0.7, 0.05], [1.0, 1.0, 1.0])) == pytest.approx(np.log(7))


def test_a_rise_is_no_single_row():
    """Closed form: a row apart is smoothed away, a rise by e that stays is not."""
    falling = np.exp(-np.arange(20.0))
    spike = falling.copy()
    spike[10] = 9
    assert regimes_fig15.rise(falling) == 0 == regimes_fig15.rise(spike)
    step = np.r_[np.full(10, 1.0), np.full(10, np.e), np.full(10, 0.5)]
    assert regimes_fig15.rise(step) == pytest.approx(1)


def test_the_middle_of_a_line_stands_against_its_ends():
    """Closed form: a straight line, and one with twice the loss in its middle."""
    loss = np.array([[[1.0, 2.0, 3.0]], [[1.0, 4.0, 3.0]]])
    coords = {"kind": ("run", ["neighbours"] * 2), "elr": ("run", [1.0, 2.0]), "other": ("run", [2.0, 3.0])}
    coords |= {"seed": [0], "position": [0.0, 0.5, 1.0]}
    variables = {"loss": (("run", "seed", "position"), loss)}
    told = regimes_fig19.bulges(schema.dataset(variables, coords, {"config": "{}"}), "neighbours")
    assert told[1.0, 2.0] == pytest.approx(0) and told[2.0, 3.0] == pytest.approx(np.log(2))


@pytest.mark.parametrize("module", [regimes_fig13, regimes_fig14], ids=lambda m: m.__name__)
def test_networks_that_learn_nothing_do_not_agree(module, conditions):
    """Mutant: two epochs of the smallest network converge nowhere, whatever the condition."""
    assert not all(number.agrees for number in module.numbers(conditions[module]))
