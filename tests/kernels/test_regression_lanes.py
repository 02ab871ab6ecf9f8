"""Many runs of linear regression side by side: twins of single ones; no bit depends on a lane's neighbours."""

import math
from fractions import Fraction

import numpy as np
import pytest

import sitheory as si
from sitheory._kernels import OVERFLOW
from sitheory._kernels.regression import gram_lanes
from sitheory.edge import regression
from sitheory.losses.regression import BatchNormRegression
from sitheory.rules import DecayGD
from sitheory.simulation import decay, rule_sweep
from sitheory.simulation.starts import starts
from sitheory.theory import periodic, scale

KIND = "twin"

# A few hundred steps that contract add roundings of the largest number only.
TWIN = 1e-12
# What is left of the loss there has lost the digits that it fell by.
SMALL_TWIN = 1e-9
LRS, WDS = (0.05, 0.2, 0.5), (0.0, 1e-3, 1e-2)
# The second has more samples than two parts' states fit the cache of.
SIZES = [(12, 40), (100, 110)]


@pytest.fixture(scope="module", params=SIZES, ids=str)
def loss(request):
    return BatchNormRegression.random(*request.param, np.random.default_rng(2), tests=1)


def rules_and_starts(loss, count=19):
    """So many that a block is not full."""
    rng = np.random.default_rng(3)
    rules = [DecayGD(LRS[i % 3], WDS[i // 3 % 3]) for i in range(count)]
    return rules, 2 * rng.standard_normal((count, loss.dim))


def follow(loss, rules, starts, bounds, observed=False):
    states = [regression.state_of(loss, w) for w in starts]
    lr, wd = (np.array([getattr(rule, name) for rule in rules]) for name in ("lr", "wd"))
    p, kernels = np.stack([s.row for s in states], axis=1), np.array([s.kernel for s in states])
    g, q, _ = loss.gram
    return gram_lanes.run(p, kernels, 1 - lr * wd, 2 * loss.variance * lr, g, q, bounds, observed)


def test_states_are_those_of_single_runs(loss):
    """Twin: the compiled single trajectory and the d-dimensional iteration, each lane under its own rule."""
    rules, starts = rules_and_starts(loss)
    end = follow(loss, rules, starts, [0, 200])[0]
    for i in (0, 4, 8, 18):
        single = regression.run_regression(loss, rules[i], 200, regression.state_of(loss, starts[i])).end.row
        naive = regression.run_regression(
            loss, rules[i], 200, regression.state_of(loss, starts[i], "naive")
        ).end.row
        for twin in (single, np.sqrt(loss.gram.values) * (naive @ loss.gram.frame)):
            np.testing.assert_allclose(end[:, i], twin, atol=TWIN * np.linalg.norm(twin))
    wrong = follow(loss, [DecayGD(rule.lr, 1.01 * rule.wd) for rule in rules], starts, [0, 200])[0]
    assert np.abs(wrong - end)[:, 4].max() > 1e3 * TWIN


def fused(a, b, c):
    """a b + c, rounded once."""
    return float(Fraction(a) * Fraction(b) + Fraction(c))


def unfused(a, b, c):
    return a * b + c


def stepped(p, keep, strength, gain, unit, fma):
    """One step of the kernel, operation by operation."""
    norm_sq = along = 0.0
    for x, u in zip(p, unit, strict=True):
        norm_sq, along = fma(x, x, norm_sq), fma(x, u, along)
    inverse = 1 / norm_sq
    pull = strength * math.sqrt(inverse)
    shrink = pull * (along * inverse)
    return [fma(x, fma(-g, shrink, keep), g * u * pull) for x, g, u in zip(p, gain, unit, strict=True)]


def test_every_operation_is_where_it_should_be():
    """Twin: to the bit, in exact rational arithmetic rounded once an operation; a rounding more is seen."""
    loss = BatchNormRegression.random(5, 9, np.random.default_rng(0), tests=1)
    rules, starts = rules_and_starts(loss, 3)
    g, q, _ = (values.tolist() for values in loss.gram)
    for i, rule in enumerate(rules):
        scalars = 1 - rule.lr * rule.wd, 2 * loss.variance * rule.lr, g, q
        right = wrong = regression.state_of(loss, starts[i]).row.tolist()
        for _ in range(20):
            right, wrong = stepped(right, *scalars, fused), stepped(wrong, *scalars, unfused)
        end = follow(loss, rules, starts, [0, 20])[0][:, i].tolist()
        assert end == right != wrong


def naive_means(loss, rule, steps, w, windows):
    """Means and extremes of what theory says of each step of the d-dimensional iteration."""
    seen = {name: [] for name in ("loss", "total_norm", "total_elr", "total_eff_grad", "cos_dist")}
    for _ in range(steps):
        grad = loss.grad(w)
        norm_sq = w @ w
        eff_grad_sq = scale.eff_grad_sq(grad @ grad, norm_sq)
        ess_sq = scale.ess_sq(scale.elr_with_decay(rule.lr, rule.wd, norm_sq), eff_grad_sq)
        cos_dist = scale.cos_dist(ess_sq, math.sqrt(scale.inverse_cos_sq(ess_sq)))
        shown = (loss.value(w), norm_sq, scale.elr(rule.lr, norm_sq), eff_grad_sq, cos_dist)
        for kept, value in zip(seen.values(), shown, strict=True):
            kept.append(value)
        w = periodic.decay_step(w, grad, rule.lr, rule.wd)
    cuts = si.simulation.window_ends(steps, windows)[:-1]
    parts = {name: np.split(np.array(values), cuts) for name, values in seen.items()}
    out = {name: np.array([p.mean() for p in split]) for name, split in parts.items()}
    out["total_elr_exact"] = out["total_elr"] / (1 - rule.lr * rule.wd)
    for name in decay.WATCHED.values():
        out[f"{name}_min"], out[f"{name}_max"] = (np.array([f(p) for p in parts[name]]) for f in (min, max))
    for name in out:
        if name.startswith(("total_norm", "total_eff_grad")):
            out[name] = np.sqrt(out[name])
    return {**out, "elr_group": out["total_elr"][:, None]}


def test_a_sweep_is_the_naive_iteration():
    """Twin: every variable of ``simulate`` and of the naive iteration, over bursts and windows that cut them."""
    loss = BatchNormRegression.random(12, 40, np.random.default_rng(2), tests=1)
    fields = {"lr": [0.01, 0.02], "wd": [0.0, 5e-3], "steps": 700, "windows": 9}
    grid = si.sweep(loss, si.DecayGD, seeds=3, rng=5, threads=1, **fields)
    start = starts(loss, 3, 5)[2]
    for wd in fields["wd"]:
        rule, cell = DecayGD(0.02, wd), grid.sel(lr=0.02, wd=wd, seed=2)
        one = si.simulate(loss, rule, 700, windows=9, start=start)
        naive = naive_means(loss, rule, 700, start, 9)
        assert set(one.data_vars) == set(cell.data_vars) == {*naive, "status"}
        for name, values in naive.items():
            # The first windows: later ones only show the rounding floor.
            above = naive["cos_dist_min"] > 1e-14
            assert above[:2].all()
            for twin in (values, one[name].values):
                np.testing.assert_allclose(cell[name][above], twin[above], rtol=SMALL_TWIN, err_msg=name)
        other = naive_means(loss, DecayGD(0.02, wd + 1e-6), 700, start, 9)
        assert abs(other["total_norm"] / cell["total_norm"].values - 1).max() > 10 * SMALL_TWIN


@pytest.mark.parametrize("count", [1, 8, 18])
def test_no_bit_depends_on_the_lanes_beside_nor_on_being_observed(loss, count):
    rules, starts = rules_and_starts(loss)
    bounds = [0, 100, 300, 310]
    whole = follow(loss, rules, starts, bounds, observed=True)
    order = np.random.default_rng(count).permutation(len(rules))[:count]
    some = follow(loss, [rules[i] for i in order], starts[order], bounds, observed=True)
    for one, other in zip(whole, some, strict=True):
        np.testing.assert_array_equal(one[..., order], other)
    np.testing.assert_array_equal(follow(loss, rules, starts, [0, 310])[0], whole[0])


def test_no_bit_of_a_sweep_depends_on_threads_or_blocks(monkeypatch):
    loss = BatchNormRegression.random(6, 12, np.random.default_rng(1), tests=1)
    fields = {"lr": np.geomspace(0.1, 1, 6), "wd": [0.0, 1e-2], "seeds": 4, "steps": 300, "windows": 3}
    one = si.sweep(loss, si.DecayGD, threads=1, **fields).drop_attrs()
    for lanes in (1, 5, 48):
        monkeypatch.setattr(rule_sweep, "FEWEST_LANES", lanes)
        assert one.identical(si.sweep(loss, si.DecayGD, threads=2, **fields).drop_attrs())


def test_lanes_that_fail_are_data_and_harm_no_other():
    """A product of 1, and a learning rate whose first step leaves float64's range."""
    loss = BatchNormRegression.random(6, 12, np.random.default_rng(1), tests=1)
    fields = {"seeds": 2, "steps": 300, "windows": 3, "threads": 1}
    grid = si.sweep(loss, si.DecayGD, lr=[0.1, 10.0, 1e153], wd=[0.0, 0.1], **fields)
    good = si.sweep(loss, si.DecayGD, lr=[0.1], wd=[0.0, 0.1], **fields)
    for name in good.data_vars:
        np.testing.assert_array_equal(grid[name].sel(lr=[0.1]), good[name], err_msg=str(name))
    assert int(grid["status"].sel(lr=1e153, wd=0.0, seed=0)) == OVERFLOW
    assert np.isnan(grid["loss"].sel(lr=1e153)).all() and np.isfinite(good["loss"]).all()
    for machinery in ({"windows": 3}, {"every": 1}):
        one = si.simulate(loss, DecayGD(1e153, 0.0), 300, **machinery, rng=0)
        assert int(one["status"]) == OVERFLOW and np.isnan(one["loss"][-1])
    assert "need lr * wd < 1" in str(grid["message"].sel(lr=10.0, wd=0.1, seed=1).values)
    assert int(grid["status"].sel(lr=10.0, wd=0.0, seed=1)) == 0
