"""Cells of a sweep and blocks of a run: each is what the run by itself is, and says how far it came."""

import re
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import sitheory as si
from sitheory.simulation import beta_sequences, optimisers, rmsprop, rule_sweep, starts

KIND = "conformance"

TOY = si.Quotients((1, 2, 4))
REGRESSION = si.BatchNormRegression.random(5, 10, np.random.default_rng(0))
ROUNDING = 1e-9
"""Relative: lanes add up the sums of a window in another order, over some tens of steps."""


@pytest.mark.parametrize(
    ("loss", "rule", "fields"),
    [
        (TOY, si.SphereGD, {"elr": [0.2, 0.3]}),
        (REGRESSION, si.DecayGD, {"lr": [0.1, 0.2], "wd": [0.01]}),
        (si.Fourier((1.0,)), si.DecayGD, {"lr": [0.1], "wd": [0.01, 0.02]}),
    ],
    ids=["lanes on the sphere", "lanes of regression", "one run a cell"],
)
def test_each_of_three_seeds_has_its_own_start(loss, rule, fields):
    """Twin: every cell against a run from the start of its seed, all variables."""
    grid = si.sweep(loss, rule, seeds=3, steps=24, windows=4, rng=7, threads=1, **fields)
    first = starts.starts(loss, 3, 7)
    for seed in range(3):
        for at in np.ndindex(*(len(values) for values in fields.values())):
            own = {name: values[i] for (name, values), i in zip(fields.items(), at, strict=True)}
            one = si.simulate(loss, rule(**own), 24, windows=4, start=first[seed])
            cell = grid.sel(seed=seed, **own)
            for name in set(grid.data_vars) - {"message"}:
                np.testing.assert_allclose(cell[name], one[name], rtol=ROUNDING, err_msg=str(name))
            assert set(grid.data_vars) - {"message"} <= set(one.data_vars)
            assert grid.attrs["reduction"] == one.attrs["reduction"] == "window mean"
    assert len(np.unique(grid["loss"].isel(step=0))) == grid["loss"].isel(step=0).size


def test_starts_of_cells_are_the_starts_of_runs():
    """Twin: unit vectors, whichever seeds a block holds."""
    source = rule_sweep.Seeds.of(4, 5)
    whole = starts.starts(TOY, 5, 4)
    for first, last in ((0, 5), (1, 3), (4, 5)):
        np.testing.assert_array_equal(rule_sweep._starts(TOY.dim, source, first, last), whole[first:last])


def test_a_sweep_runs_where_it_is_to_run():
    """Conformance: a given executor gets the blocks, whatever the number of threads."""
    given = []

    class Counting(ThreadPoolExecutor):
        def submit(self, *task, **options):
            given.append(task)
            return super().submit(*task, **options)

    with Counting(1) as executor:
        for threads in (None, 1, 2):
            si.sweep(
                TOY, si.SphereGD, elr=[0.1], seeds=1, steps=4, windows=2, executor=executor, threads=threads
            )
    assert len(given) == 3


@pytest.mark.parametrize("every", [1, 7])
def test_a_run_that_ends_early_keeps_what_it_saw(every):
    """Conformance: the same samples however many steps were to come, and none after the end."""
    loss, rule, start = si.Fourier((-1,)), si.DecayGD(0.5, 0.2), np.array([1.0, 0.0])
    long, short = (si.simulate(loss, rule, steps, every=every, start=start) for steps in (5000, 2000))
    seen = np.isfinite(long["loss"]).sum().item()
    assert int(long["status"]) == int(short["status"]) == 1 and 1000 < seen * every < 2000
    assert np.isfinite(long["loss"][:seen]).all() and np.isnan(long["loss"][seen:]).all()
    np.testing.assert_array_equal(long["loss"][:seen], short["loss"][:seen])


@pytest.mark.parametrize("module", [rmsprop, optimisers])
def test_blocks_change_nothing_and_count_steps(module, monkeypatch):
    """Identity: blocks of four steps, samples further apart than a block too; progress ends at all steps."""
    rule = si.ScalarRMSprop(0.05, 0.9) if module is rmsprop else si.AdamW(0.05, wd=0.1)
    loss, start = si.Fourier((1.0, 0.5)), np.array([0.6, 0.8])

    def samples(every, told):
        return si.simulate(loss, rule, 20, every=every, start=start, progress=told.append)

    whole = {every: samples(every, []) for every in (1, 7)}
    monkeypatch.setattr(module, "BLOCK", 4)
    for every, ends in ((1, [4, 8, 12, 16, 20]), (7, [7, 14, 20])):
        told = []
        assert samples(every, told).drop_attrs().identical(whole[every].drop_attrs())
        assert told == ends


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (([1, -2, 1], 0.1, 1, 2), "need start > 0, got start=-2.0, alpha=0.1, low=1.0, high=2.0"),
        ((1, [0.1, 0.2, 1], 1, 2), "need 0 < alpha < 1, got start=1.0, alpha=1.0"),
        ((1, 0.1, [1, 3], 2), "need 0 <= low <= high, got start=1.0, alpha=0.1, low=3.0"),
    ],
)
def test_a_law_that_one_sequence_breaks_is_shown_with_its_numbers(rows, said):
    """Conformance: of many sequences the one that breaks it."""
    with pytest.raises(ValueError, match=re.escape(said)):
        beta_sequences.Ensemble(*rows)
