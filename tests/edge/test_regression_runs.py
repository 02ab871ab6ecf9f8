"""The fast forms of linear regression against their twins, the eigenvalue kernel, and the command."""

import json

import numpy as np
import pytest

import sitheory as si
from sitheory import regression
from sitheory._kernels.regression import steps as kernel
from sitheory.edge import (
    compiled_windows,
    decimal,
    events,
    long_run,
    observations,
    regression as edge_regression,
    rmsprop,
    tracking,
)
from sitheory.losses.curved import Cone, Valley
from sitheory.losses.regression import BatchNormRegression
from sitheory.rules import DecayGD, ScalarRMSprop
from sitheory.theory import scale, sharpness as law

KIND = "twin"

RULE = DecayGD(0.5, 1e-3)
# A few hundred steps that contract add roundings of the largest number only.
TWIN = 1e-12


@pytest.fixture(scope="module")
def loss():
    return BatchNormRegression.random(12, 40, np.random.default_rng(2), tests=100)


@pytest.fixture(scope="module")
def start(loss):
    return 2 * np.random.default_rng(3).standard_normal(loss.dim)


@pytest.mark.parametrize("form", ["gram", "deviation"])
@pytest.mark.parametrize("every", [1, 7])
def test_forms_equal_the_naive_iteration(loss, start, form, every):
    """Twin: all coordinates of the weights, kernel part included, over 300 steps."""
    fast, naive = (
        edge_regression.run_regression(loss, RULE, 300, edge_regression.state_of(loss, start, f), every=every)
        for f in (form, "naive")
    )
    for name in ("deviations", "share", "kernel"):
        np.testing.assert_allclose(getattr(fast, name), getattr(naive, name), atol=TWIN)
    np.testing.assert_allclose(
        edge_regression.weights_of(loss, RULE, fast.end),
        edge_regression.weights_of(loss, RULE, naive.end),
        atol=TWIN,
    )


def test_a_wrong_decay_is_seen(loss, start):
    state = edge_regression.state_of(loss, start)
    right, wrong = (
        edge_regression.run_regression(loss, DecayGD(0.5, wd), 300, state) for wd in (1e-3, 1.01e-3)
    )
    assert np.abs(right.share - wrong.share).max() > 1e3 * TWIN


def test_kernel_equals_the_formulas(loss, start):
    """Twin: one step by theory's bn_grad and periodic's decay in the Gram basis."""
    g, q, _ = loss.gram
    state = edge_regression.state_of(loss, start)
    p = state.row
    norm = np.linalg.norm(p)
    grad = law.bn_grad(loss.variance, p, q, p @ q, norm)
    expected = (1 - RULE.lr * RULE.wd) * p - RULE.lr * g * grad
    np.testing.assert_allclose(
        edge_regression.run_regression(loss, RULE, 1, state).end.row, expected, rtol=TWIN
    )


def test_decimal_run_agrees_and_has_a_lower_floor(loss, start):
    state = edge_regression.state_of(loss, start)
    exact = decimal.run_decimal(loss, RULE, 60, state, 40)
    np.testing.assert_allclose(
        exact.deviations, edge_regression.run_regression(loss, RULE, 60, state).deviations, atol=TWIN
    )


def test_gram_form_keeps_a_floor_and_deviations_do_not(loss, start):
    low = {}
    for form in ("gram", "naive", "deviation"):
        run = edge_regression.run_regression(
            loss, DecayGD(0.5, 0.0), 6000, edge_regression.state_of(loss, start / 8, form)
        )
        low[form] = np.linalg.norm(run.deviations[-500:], axis=1).mean()
    assert 1e-19 < low["gram"] < 1e-13 and 1e-19 < low["naive"] < 1e-13
    assert low["deviation"] < 1e-30


def test_float32_has_a_higher_floor(loss, start):
    run = edge_regression.run_regression(
        loss, DecayGD(0.5, 0.0), 6000, edge_regression.state_of(loss, start / 8), dtype=np.float32
    )
    assert 1e-10 < np.linalg.norm(run.deviations[-100:], axis=1).mean() < 1e-5


def test_observations_are_those_of_the_weights(loss, start):
    """Twin: loss, gradient, sharpness at phi, distances from the d-dimensional definitions."""
    run = edge_regression.run_regression(loss, RULE, 40, edge_regression.state_of(loss, start), spectrum=True)
    seen = observations.observe(loss, RULE, run)
    for t in (0, 3, 39):
        state = (
            edge_regression.run_regression(loss, RULE, t, edge_regression.state_of(loss, start)).end
            if t
            else edge_regression.state_of(loss, start)
        )
        w = edge_regression.weights_of(loss, RULE, state)
        norm = np.linalg.norm(w)
        hessian = np.array([loss.hvp(w, e) for e in np.eye(loss.dim)])
        twin = {
            "loss": loss.value(w),
            "test_loss": loss.test_loss(w),
            "norm": norm,
            "eff_grad": np.linalg.norm(loss.grad(w / norm)),
            "elr": scale.elr_with_decay(RULE.lr, RULE.wd, norm**2),
            "h": loss.top_direction(w) @ w / norm,
            "dist_min_norm": np.linalg.norm(loss.predictor(w)[0] - loss.minimum_norm())
            / np.linalg.norm(loss.minimum_norm()),
            "lambda_w": np.linalg.eigvalsh(hessian)[-1],
        }
        for name, value in twin.items():
            assert seen[name][t] == pytest.approx(float(value), rel=1e-8, abs=1e-14), name


@pytest.mark.parametrize("n", [4, 20, 60])
def test_top_eigenvalue_is_never_wrong_on_random_states(n):
    """Trial: 200 states from isotropic through near the minimisers to opposite them, against eigvalsh."""
    rng = np.random.default_rng(n)
    loss = BatchNormRegression.random(n, 2 * n, rng, tests=1)
    g, q, _ = loss.gram
    root = np.sqrt(g)
    for case in range(200):
        p = root * rng.standard_normal(len(g)) * np.exp(rng.integers(0, 4) * rng.standard_normal(len(g)))
        if case % 3 == 0:
            p = q + 10.0 ** -rng.integers(0, 17) * rng.standard_normal(len(g))
        p = -p if case % 5 == 4 else p
        u, c = p / np.linalg.norm(p), p @ q / np.linalg.norm(p)
        inner = c * np.eye(len(g)) + np.outer(q, u) + np.outer(u, q) - 3 * c * np.outer(u, u)
        dense = root[:, None] * inner * root
        found, _ = kernel.top_eigenvalue(p, g, q, g * q, np.nan, 0.0)
        guessed, _ = kernel.top_eigenvalue(p, g, q, g * q, found * (1 + 1e-3 * rng.standard_normal()), 0.0)
        top = np.linalg.eigvalsh(dense)[-1]
        assert abs(found - top) <= 1e-11 * np.abs(dense).max()
        assert abs(guessed - top) <= 1e-11 * np.abs(dense).max()


@pytest.mark.parametrize("loss", [Cone.curve(1.5, 0.4), Cone((1, 2, 0.5), (1.0, 2.0), 0.2)])
def test_cone_kernel_equals_the_plain_iteration(loss, rng):
    w = rng.standard_normal(loss.dim)

    class Plain:
        grad = loss.grad

    for every in (1, 3):
        fast, plain = (tracking.follow(x, RULE, 200, w, every=every) for x in (loss, Plain()))
        np.testing.assert_allclose(fast, plain, atol=TWIN)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("soft", [0.0, 3.0])
def test_rmsprop_kernel_equals_the_plain_iteration(after, soft):
    """Twin: in both orders of the update, which differ."""
    loss, rule = Valley((1.0, 2.0), soft), ScalarRMSprop(0.05, 0.9, after)
    w, moment = np.array([0.7, -0.4, 0.2]), 0.3
    seen, moments = rmsprop.follow_rmsprop(loss, rule, 50, w, moment)
    other, _ = rmsprop.follow_rmsprop(loss, ScalarRMSprop(0.05, 0.9, not after), 50, w, moment)
    for t in range(50):
        np.testing.assert_allclose(seen[t], w, atol=TWIN)
        assert moments[t] == pytest.approx(moment, rel=TWIN)
        grad = loss.grad(w)
        later = law.rmsprop_moment(moment, grad @ grad, rule.beta)
        w, moment = w - rule.lr / np.sqrt(later if after else moment) * grad, later
    assert np.abs(other - seen).max() > 1e-3


@pytest.mark.parametrize("bad", [(0, 0.9), (1, 1), (1, 0), (np.inf, 0.5), ("x", 0.5)])
def test_bad_rmsprop_names_the_law(bad):
    with pytest.raises(ValueError, match=r"^need"):
        ScalarRMSprop(*bad)


@pytest.mark.parametrize("bad", [(0, 0.1), (1, -1), (2, 0.5), ("x", 0.1), (1, np.nan)])
def test_bad_decay_names_the_law(bad):
    with pytest.raises(ValueError, match=r"^need"):
        DecayGD(*bad)


def test_command_prints_words_and_json(capsys):
    assert regression.main(["--n", "10", "--d", "30", "--wd", "1e-3", "--steps", "6000"]) == 0
    assert "Theorem 5.1" in capsys.readouterr().out
    assert regression.main(["--n", "10", "--d", "30", "--wd", "1e-3", "--steps", "6000", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["sign_changes"] == 1 and abs(said["mean_h_sq_over_derived"] - 1) < 0.05


@pytest.mark.parametrize(
    "wrong",
    [
        ["--wd", "2"],
        ["--n", "2"],
        ["--n", "30", "--d", "5"],
        ["--data", "none.csv"],
        ["--steps", "0"],
        ["--seed", "-1"],
        ["--checkpoint", "a.txt"],
        ["--lr", "x"],
    ],
)
def test_command_fails_in_one_line(wrong, capsys):
    with pytest.raises(SystemExit) as stopped:
        regression.main(wrong)
    said = capsys.readouterr().err
    assert stopped.value.code == 2 and said.count("\n") == 1 and said.startswith("sitheory.regression: ")


@pytest.fixture
def pieces(monkeypatch):
    """Short pieces, and a checkpoint after each."""
    monkeypatch.setattr(long_run, "PIECE", 500)
    monkeypatch.setattr(long_run, "PAUSE", 0.0)


SMALL = BatchNormRegression.random(8, 20, np.random.default_rng(0))
MILD = DecayGD(1.0, 1e-3)


def test_an_interrupted_run_resumes_bit_for_bit(tmp_path, pieces):
    whole = long_run.run(SMALL, MILD, 2000)
    calls = []

    def interrupt(done):
        calls.append(done)
        if len(calls) == 3:
            raise KeyboardInterrupt

    path = tmp_path / "run.npz"
    with pytest.raises(KeyboardInterrupt):
        long_run.run(SMALL, MILD, 2000, checkpoint=path, progress=interrupt)
    assert calls == [0, 500, 1000] and int(np.load(path)["step"]) == 1000
    again = long_run.run(SMALL, MILD, 2000, checkpoint=path)
    assert again.marks == whole.marks and len(whole.marks.steps) == 3
    np.testing.assert_array_equal(whole.times, again.times)
    for name, values in whole.seen.items():
        np.testing.assert_array_equal(values, again.seen[name])
    with pytest.raises(ValueError, match=r"^need a checkpoint of this very run"):
        long_run.run(SMALL, MILD, 2001, checkpoint=path)
    kept = dict(np.load(path))
    path.write_bytes(b"broken")
    with pytest.raises(ValueError, match=r"^need a readable checkpoint, got .*: it is no archive of arrays"):
        long_run.run(SMALL, MILD, 2000, checkpoint=path)
    del kept["seen_norm"]  # an archive whose list lost a line is whole for its reader
    np.savez(path, **kept)
    with pytest.raises(ValueError, match=r"^need a readable checkpoint, got .*: its checksum is another$"):
        long_run.run(SMALL, MILD, 2000, checkpoint=path)


def test_records_further_apart_than_the_cuts_are_those_of_a_denser_run(pieces, monkeypatch):
    dense = long_run.run(SMALL, MILD, 4000)
    monkeypatch.setattr(long_run, "RECORDS", 3)
    thin = long_run.run(SMALL, MILD, 4000)
    assert thin.times.tolist() == [0, 3125] and dense.times.tolist() == list(range(4000))
    assert thin.marks == dense.marks
    for name, values in thin.seen.items():
        np.testing.assert_allclose(values, dense.seen[name][[0, 3125]], rtol=1e-9, atol=1e-15)


def test_a_checkpoint_is_there_from_the_first_step_on(tmp_path):
    path = tmp_path / "run.npz"

    def interrupt(done):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        long_run.run(SMALL, MILD, 2000, checkpoint=path, progress=interrupt)
    assert int(np.load(path)["step"]) == 0
    again = long_run.run(SMALL, MILD, 2000, checkpoint=path)
    assert again.marks == long_run.run(SMALL, MILD, 2000).marks


def test_a_full_disk_loses_the_checkpoint_and_not_the_run(tmp_path, monkeypatch, capsys):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(long_run.np, "savez", full)
    words = ["--n", "8", "--d", "20", "--steps", "100", "--json", "--checkpoint", str(tmp_path / "run.npz")]
    assert regression.main(words) == 1
    said = capsys.readouterr()
    assert json.loads(said.out)["steps"] == 100
    assert said.err.count("\n") == 1 and "No space left on device" in said.err
    assert list(tmp_path.iterdir()) == []


def _marks_by_hand(loss, rule, steps):
    """The landmarks' definitions, over every step of one uncut run."""
    start = long_run.START_SCALE * np.random.default_rng([0, 1]).standard_normal(loss.dim)
    seen = observations.observe(
        loss, rule, edge_regression.run_regression(loss, rule, steps, edge_regression.state_of(loss, start))
    )
    fitted = int(np.argmax(seen["loss"] < events.FITTED * seen["loss"][0]))
    over = seen["elr"] * seen["sharpness"] >= 2
    at_edge = fitted + int(np.argmax(over[fitted:]))
    grad_sq = law.regression_log_sharp_grad(seen["tan_flattest"]) ** 2
    high = seen["h"] ** 2 >= law.mean_h_sq(rule.lr * rule.wd, grad_sq)
    return [fitted, at_edge, at_edge + int(np.argmax(high[at_edge:]))], seen


def test_landmarks_are_exact_and_do_not_depend_on_the_number_of_steps():
    """Twin: every step looked at; and on the grid, which the second run is made to use from the start."""
    steps, seen = _marks_by_hand(SMALL, MILD, 4000)
    runs = [long_run.run(SMALL, MILD, length) for length in (2500, 4000, 40_000)]
    for run in runs:
        assert run.marks.steps == steps
        for name, value in run.marks.at_fitted.items():
            assert value == pytest.approx(seen[name][steps[0]], rel=1e-9)


@pytest.mark.parametrize("grid", [7, 125])
def test_landmarks_on_the_grid_are_those_of_every_step(monkeypatch, grid):
    steps, _ = _marks_by_hand(SMALL, MILD, 4000)
    monkeypatch.setattr(events, "DENSE", 0)
    monkeypatch.setattr(events, "GRID", grid)
    monkeypatch.setattr(events, "BLOCK", 11)
    for length in (steps[2] + 1, steps[2] + 2, 3000):
        assert long_run.run(SMALL, MILD, length).marks.steps == steps
    assert long_run.run(SMALL, MILD, steps[2]).marks.steps == steps[:2]


def test_skipped_steps_change_no_bit(loss, start):
    for case in (loss, BatchNormRegression.random(80, 90, np.random.default_rng(1), tests=1)):
        state = edge_regression.state_of(case, np.random.default_rng(3).standard_normal(case.dim))
        every, some = (
            edge_regression.run_regression(case, RULE, 500, state, every=k, skip=s)
            for k, s in ((1, 0), (3, 123))
        )
        np.testing.assert_array_equal(every.end.row, some.end.row)
        assert some.steps[0] == 123 and len(some.share) == len(some.steps)
        np.testing.assert_allclose(every.share[123::3], some.share, rtol=1e-13)
    with pytest.raises(ValueError, match=r"^need the form 'gram'"):
        edge_regression.run_regression(loss, RULE, 5, edge_regression.state_of(loss, start, "naive"), skip=1)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--d", "19"], "a smaller lr * wd would bring it down, more steps would not"),
        (["--wd", "0.9"], "a smaller lr * wd would bring it down, more steps would not"),
        (["--lr", "1e-10"], "more steps or a greater learning rate would tell"),
        (["--steps", "30"], "still falls: more steps would tell"),
        (["--steps", "500"], "The ELR has not reached 2 / sharpness, the edge of stability: more steps"),
        (["--wd", "0"], "without weight decay it never does"),
    ],
)
def test_what_never_came_is_said_and_null(words, said, capsys):
    assert regression.main(words) == 0
    assert said in capsys.readouterr().out
    assert regression.main([*words, "--json"]) == 0
    numbers = json.loads(capsys.readouterr().out)
    missing = {name for name in numbers if name.endswith("_fitted") and numbers[name] is None}
    never = numbers["fitted_step"] is None
    assert missing == ({"test_loss_fitted", "tan_fitted", "dist_min_norm_fitted"} if never else set())
    assert never == ("fitted" in said or "fall" in said or "lr" in said or "rate" in said)


TABLE = "a,b,c,y\n1,2,0,1\n0,1,1,2\n2,1,1,0\n"


@pytest.mark.parametrize(
    "text",
    [
        TABLE,
        TABLE.replace(",", ";"),
        TABLE.replace(",", "\t"),
        TABLE.split("\n", 1)[1],
        "# made by hand\nmore,words\n" + TABLE + "\n\n",
        TABLE.replace(",", ";").replace("2;0;1", "2,0;0,0;1,0"),
        "\ufeff" + TABLE.replace("a,b", '"a","b"'),
    ],
)
def test_tables_are_read_however_they_are_written(text, tmp_path, recwarn):
    file = tmp_path / "data.CSV"
    file.write_text(text, encoding="utf-8")
    loss = BatchNormRegression.from_file(file)
    np.testing.assert_array_equal(loss.x, [[1, 2, 0], [0, 1, 1], [2, 1, 1]])
    np.testing.assert_array_equal(loss.y, [1, 2, 0])
    assert not recwarn.list


@pytest.mark.parametrize(
    ("text", "law"),
    [
        ("", "need at least two columns in .*, got none"),
        ("x,y\n", "need at least two columns in .*, got none"),
        ("1\n2\n", "need at least two columns in .*, got 1"),
        ("1,2\n3,x\n", "need rows of numbers in .*, got line 2: '3,x'"),
        ("1,x\n3,4\n", "need rows of numbers in .*, got line 1: '1,x'"),
        ("1,2\n3,4,5\n", "need rows of one length in .*, got 2 columns and then 3 in line 2"),
        ("1,2\n3,nan\n", "need finite numbers in y"),
    ],
)
def test_bad_tables_name_the_line(text, law, tmp_path, recwarn):
    file = tmp_path / "data.csv"
    file.write_text(text)
    with pytest.raises(ValueError, match=f"^{law}"):
        BatchNormRegression.from_file(file)
    assert not recwarn.list


def test_data_and_sizes_exclude_each_other(tmp_path, capsys):
    file = tmp_path / "data.csv"
    file.write_text(TABLE)
    with pytest.raises(SystemExit):
        regression.main(["--data", str(file), "--n", "20"])
    assert "need --n and --d only without --data" in capsys.readouterr().err
    assert regression.main(["--data", str(file), "--steps", "50", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["n"] == 3


@pytest.mark.parametrize("option", ["--plot", "--checkpoint"])
@pytest.mark.parametrize("place", ["missing/run", "file/run", "folder"])
def test_a_file_that_cannot_be_written_is_found_before_the_run(option, place, tmp_path, capsys, monkeypatch):
    (tmp_path / "file").write_text("")
    suffix = ".npz" if option == "--checkpoint" else ".PNG"
    (tmp_path / f"folder{suffix}").mkdir()
    monkeypatch.setattr(regression, "run", lambda *_: pytest.fail("it ran"))
    with pytest.raises(SystemExit) as stopped:
        regression.main([option, str(tmp_path / f"{place}{suffix}")])
    said = capsys.readouterr().err
    assert stopped.value.code == 2 and said.count("\n") == 1 and "need a writable" in said


def test_a_plot_may_end_in_capitals(tmp_path, capsys):
    assert regression.main(["--steps", "50", "--plot", str(tmp_path / "run.PNG")]) == 0
    assert (tmp_path / "run.PNG").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("machinery", [{"every": 1}, {"every": 7}, {"windows": 5}, {"windows": 300}])
def test_simulate_runs_the_regression_as_it_runs_any_loss(loss, start, machinery, monkeypatch):
    """Twin: the same Dataset as the step by step iteration in numpy of a loss that is not recognised."""
    monkeypatch.setattr(compiled_windows, "CHUNK", 101)
    monkeypatch.setattr(compiled_windows, "BLOCK", 17)

    class Plain:
        dim, groups, value, grad = loss.dim, loss.groups, loss.value, loss.grad

    fast, plain = (si.simulate(case, RULE, 300, start=start, **machinery) for case in (loss, Plain()))
    assert set(fast.variables) == set(plain.variables) and fast.sizes == plain.sizes
    assert fast.attrs["reduction"] == plain.attrs["reduction"]
    for name in fast.variables:
        np.testing.assert_allclose(fast[name], plain[name], rtol=1e-9, atol=TWIN, err_msg=name)
    wrong = si.simulate(loss, DecayGD(0.5, 1.01e-3), 300, start=start, **machinery)
    assert np.abs(wrong["total_norm"] - plain["total_norm"]).max() > 1e3 * TWIN


def test_simulating_a_regression_takes_random_starts_and_long_runs(loss):
    calls = []
    run = si.simulate(loss, RULE, 600_000, windows=3, rng=0, progress=calls.append)
    again = si.simulate(loss, RULE, 600_000, every=100_000, rng=0, progress=calls.append)
    kept = json.loads(run.attrs["config"])["loss"]
    assert kept["x"]["shape"] == list(loss.x.shape) and set(kept) == {"name", "x", "y", "x_test", "y_test"}
    assert run.sizes["step"] == 3 and list(again["step"].values) == list(range(0, 600_000, 100_000))
    assert calls[-1] == 600_000 and int(run["status"]) == int(again["status"]) == 0
    # At the edge lr / rho^2 is near 2 / sharpness, in the means and in the samples alike.
    edge_elr = 2 / loss.sharpness_at(loss.flat.flattest)
    assert np.allclose(run["total_elr"][1:], edge_elr, rtol=0.05)
    assert np.allclose(again["total_elr"][2:], edge_elr, rtol=0.05)
