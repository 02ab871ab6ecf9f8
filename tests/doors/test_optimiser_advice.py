"""What the forecast of an optimiser says, against its laws, runs, and as a command."""

import json
import math
import re
from dataclasses import replace

import numpy as np
import pytest

import sitheory as si
from sitheory import advise, bridge
from sitheory.reports.optimiser_advice import Forecast, correlation_of, polar_share
from sitheory.simulation.optimisers import stepper
from sitheory.theory import rotation


def said(capsys, *words):
    assert advise.main([str(word) for word in words]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize(
    "rule", [si.AdamW(0.1, 0.1, 0.9, 0.98), si.Lion(0.05, 0.2), si.Muon(0.1, 0.1, 0.9)], ids=repr
)
def test_a_walk_does_what_was_forecast(rule):
    """Trial: 8 matrices of 16 x 16, 800 steps, seed 1: norm and turn to 2 %, for Muon between the bounds."""
    ahead = Forecast(rule, (16, 16))
    last = si.simulate(si.RandomWalk((8, 16, 16)), rule, 800, windows=2, rng=1).isel(step=-1)
    for name, (low, high) in (("norm", ahead.rest_norm), ("turn", tuple(c**0.5 for c in ahead.chord_sq))):
        assert 0.98 * low < float(last[name].mean()) < 1.02 * high, name


BALLS = (
    si.AdamW(1.0, b1=0.9, b2=0.98),
    si.Lion(1.0),
    si.Muon(1.0, momentum=0.9),
    si.Momentum(1.0),
    si.Nesterov(1.0),
)


@pytest.mark.parametrize("of", BALLS, ids=lambda of: type(of).__name__)
def test_a_direction_that_remembers_turns_hyperball_less(of):
    """Trial: a step of 0.2 of the radius, to 1.5 %; the arctangent of it, of orthogonal directions, misses by more."""
    rule = si.Hyperball(0.2, of)
    low, high = (c**0.5 for c in Forecast(rule, (16, 16)).chord_sq)
    seen = float(
        si.simulate(si.RandomWalk((8, 16, 16)), rule, 500, windows=2, rng=1).isel(step=-1)["turn"].mean()
    )
    assert 0.985 * low < seen < 1.015 * high
    assert seen < 0.95 * math.atan(0.2)


def test_nesterovs_muon_remembers_less():
    """Trial: its turn lies between its own bounds, and above those of the average alone."""
    rule = si.Muon(0.1, 0.1, 0.9, nesterov=True)
    low, high = (c**0.5 for c in Forecast(rule, (16, 16)).chord_sq)
    seen = float(
        si.simulate(si.RandomWalk((8, 16, 16)), rule, 500, windows=2, rng=1).isel(step=-1)["turn"].mean()
    )
    assert 0.98 * low < seen < 1.02 * high
    assert seen > Forecast(si.Muon(0.1, 0.1, 0.9), (16, 16)).chord_sq[1] ** 0.5


GRADIENTS = (
    si.Momentum(0.1, 0.02, 0.9),
    si.Momentum(0.1, 0.1, 0.8, decoupled=True),
    si.AdamL2(0.02, 0.2, 0.9, 0.98),
)


@pytest.mark.parametrize("schedule", [si.Constant(), si.Linear()], ids=repr)
@pytest.mark.parametrize("rule", GRADIENTS, ids=repr)
def test_where_gradients_decide_a_run_is_followed(rule, schedule):
    """Trial: from half as much again as the rest, 800 steps: norms to 4 %, mean turns of 80 steps to 5 %."""
    rule = replace(rule, schedule=schedule)
    ahead = Forecast(rule, (16, 16), 16.0, 800)
    begin = 1.5 * ahead.rest_norm[0]
    start = np.random.default_rng(0).standard_normal((8, 256))
    start *= begin / np.linalg.norm(start, axis=1, keepdims=True)
    walk = si.RandomWalk((8, 16, 16), si.Orthogonal())
    run = si.simulate(walk, rule, 800, windows=10, start=start.ravel(), rng=1)
    _, norms, degrees = np.array(list(ahead.along(begin))).T.reshape(3, 10, 80)
    turns = np.sqrt(np.mean((2 * np.sin(np.radians(degrees) / 2)) ** 2, axis=1))
    assert run["norm"].values.mean(axis=1)[2:] == pytest.approx(
        np.sqrt(np.mean(norms**2, axis=1))[2:], rel=0.04
    )
    assert run["turn"].values.mean(axis=1)[2:] == pytest.approx(turns[2:], rel=0.05)


@pytest.mark.parametrize(
    "rule",
    [si.AdamW(0.1, 0.1, 0.9, 0.98), si.Lion(0.1, 0.1), si.Muon(0.1, 0.1, 0.8, nesterov=True)],
    ids=repr,
)
def test_correlations_are_forecast(rule):
    """Trial: of the updates of a walk of 8 matrices, 100 steps apart from a warm-up, lags 1 and 3."""
    walk, draw = si.RandomWalk((8, 16, 16)), np.random.default_rng(2)
    w, grad, taken = np.zeros(walk.dim), np.empty(walk.dim), []
    step = stepper(rule, walk, w)
    for t in range(300):
        walk.draw(w, draw, grad)
        before = w.copy()
        step(w, grad, 1.0, 1.0, t)
        taken.append(before - w)
    late = np.array(taken[200:])
    for lag in (1, 3):
        seen = float(np.sum(late[lag:] * late[:-lag]) / np.sum(late[lag:] ** 2))
        low, high = correlation_of(rule, (16, 16), lag)
        assert low - 0.02 < seen < high + 0.02


def test_the_end_of_a_schedule_is_forecast():
    """Trial: the norm at the end of a linear decay, AdamW, to 3 %; at rest it would be next to nothing."""
    rule = si.AdamW(0.05, 0.1, 0.8, 0.99, schedule=si.Linear())
    ahead = Forecast(rule, (16, 16), steps=2_000)
    start = np.random.default_rng(0).standard_normal(8 * 256).reshape(8, 256)
    start *= ahead.rest_norm[0] / np.linalg.norm(start, axis=1, keepdims=True)
    run = si.simulate(si.RandomWalk((8, 16, 16)), rule, 2_000, every=1, start=start.ravel(), rng=2)
    _, norm, _ = list(ahead.along())[-1]
    assert float(run["norm"][-1].mean()) == pytest.approx(norm, rel=0.03)
    decay = 0.05 * 0.1 * 2_000
    assert norm / ahead.rest_norm[0] == pytest.approx(
        rotation.linear_end_ratio_4(decay, math.pi) ** 0.25, rel=0.02
    )


def test_the_share_of_polar_factors():
    """Closed form: square matrices, vectors, and matrices of 4 to 1 against their drawn nuclear norm."""
    assert polar_share((500, 500)) == pytest.approx((8 / (3 * math.pi)) ** 2, rel=1e-6)
    assert polar_share((1, 10**9)) == pytest.approx(1, abs=1e-6)
    stack = np.random.default_rng(0).standard_normal((60, 40, 160))
    nuclear = np.linalg.svd(stack, compute_uv=False).sum(axis=-1).mean()
    assert polar_share((40, 160)) == pytest.approx(rotation.polar_share(nuclear, 40, 160, 40), rel=2e-3)


@pytest.mark.parametrize("name", ["sgd", "momentum", "adamw", "lion", "muon"])
def test_the_wanted_turn_is_what_comes_out(name, capsys):
    """Identity: --target-turn gives the wd that a second call turns by."""
    found = json.loads(said(capsys, "--optimizer", name, "--lr", 0.01, "--target-turn", 0.5, "--json"))
    again = json.loads(said(capsys, "--optimizer", name, "--lr", 0.01, "--wd", found["wd"], "--json"))
    assert np.mean(again["turn_degrees"]) == pytest.approx(0.5, rel=1e-6)


def test_the_words(capsys):
    """Conformance: numbers with units, what is supposed, and plain SGD named."""
    adam = ("--optimizer", "adamw", "--lr", 3e-4, "--wd", 0.1, "--betas", 0.9, 0.95, "--shape", 64, 64)
    text = said(capsys, *adam, "--schedule", "cosine", "--epochs", 10, "--samples", 10**6, "--batch", 100)
    assert "degrees per step" in text and "supposed: gradients are noise" in text
    assert re.search("gradients +grow by", text) and re.search(r"length +3 times the 3.333e\+04 steps", text)
    assert said(capsys, "--optimizer", "sgd", "--lr", 0.1, "--wd", 0.01).startswith(
        "Plain SGD, without momentum."
    )
    plain = said(capsys, "--lr", 0.1, "--wd", 1e-3, "--norm", 10, "--grad", 0.05)
    assert plain.startswith("plain SGD, lr 0.1")
    l2 = said(
        capsys,
        "--optimizer",
        "adam-l2",
        "--lr",
        0.01,
        "--wd",
        0.1,
        "--norm",
        3,
        "--grad",
        0.1,
        "--shape",
        8,
        8,
    )
    assert "norm at rest" in l2 and "|W|^3" in l2
    ball = json.loads(said(capsys, "--optimizer", "hyperball", "--lr", 0.1, "--json"))
    assert math.degrees(math.atan(0.1)) / 2 < ball["turn_degrees"][0] < math.degrees(math.atan(0.1))


@pytest.mark.parametrize(
    ("words", "law"),
    [
        (("--optimizer", "adamw", "--lr", "0.1"), "need wd > 0"),
        (("--optimizer", "adamw", "--lr", "0.1", "--wd", "20"), "need lr [*] wd < 1"),
        (("--optimizer", "momentum", "--lr", "0.1", "--wd", "0.1", "--grad", "1"), "need --norm with --grad"),
        (
            ("--optimizer", "lion", "--lr", "0.1", "--wd", "0.1", "--epochs", "3"),
            "need --epochs, --samples and --batch",
        ),
        (
            ("--optimizer", "adam-l2", "--lr", "0.1", "--target-turn", "1"),
            "need a rule whose turn is set by wd alone",
        ),
    ],
)
def test_a_bad_call_is_one_line(words, law, capsys):
    """Conformance: exit 2, the law and the value."""
    with pytest.raises(SystemExit) as left:
        advise.main(list(words))
    lines = capsys.readouterr().err.strip().splitlines()
    assert left.value.code == 2 and len(lines) == 1
    assert re.search(law, lines[0])


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A language model after 60 steps of AdamW, with its checkpoints, and the run, which can go on."""
    torch = pytest.importorskip("torch")
    torch.set_num_threads(1)
    data = bridge.data.topics(length=16)
    net = bridge.LanguageModel(data.tokens, length=16, width=16, layers=1, rng=0)
    run = bridge.RuledRun(net, si.AdamW(0.01, 1.0, 0.9, 0.95), data, steps=80, batch=8)
    run.advance(60)
    folder = tmp_path_factory.mktemp("checkpoints")
    torch.save(net.state_dict(), folder / "bare.pt")
    state = {"epoch": 3, "optimizer": run._optimizer.state_dict(), "model": net.state_dict()}
    torch.save(state, folder / "held.pt")
    torch.save({"epoch": 3, "bias": torch.ones(4)}, folder / "vectors.pt")
    (folder / "damaged.pt").write_bytes((folder / "bare.pt").read_bytes()[:500])
    torch.save(torch.nn.Linear(2, 2), folder / "whole.pt")
    (folder / "words.pt").write_text("no weights here")
    (folder / "other.safetensors").write_bytes(b"\x00" * 16)
    return run, folder


ADAMW = ("--optimizer", "adamw", "--lr", 0.01, "--wd", 1, "--betas", 0.9, 0.95)


def test_each_layer_of_a_checkpoint_has_its_forecast(trained, capsys):
    """Identity: a row per matrix, as its shape and norm alone give it; the same for a dict that holds the weights."""
    run, folder = trained
    rows = json.loads(said(capsys, *ADAMW, "--checkpoint", folder / "bare.pt", "--json"))
    assert rows == json.loads(said(capsys, *ADAMW, "--checkpoint", folder / "held.pt", "--json"))
    weights = {n: p for n, p in run.net.named_parameters() if p.ndim > 1}
    assert [row["layer"] for row in rows] == list(weights)
    for row in rows:
        of = Forecast(si.AdamW(0.01, 1.0, 0.9, 0.95), tuple(row["shape"]))
        assert row["rest_norm"] == pytest.approx(of.rest_norm) and row["rest_turn_degrees"] == pytest.approx(
            of.turn
        )
        assert row["norm"] == pytest.approx(float(weights[row["layer"]].detach().norm()), rel=1e-6)
        assert of.turn_at(of.rest_norm[0]) == pytest.approx(of.turn[0], rel=1e-6)
        assert of.turn_at(2 * of.rest_norm[0]) < 0.6 * of.turn[0]


def test_the_next_steps_turn_as_the_checkpoint_said(trained, capsys):
    """Trial: the median matrix turns in the next 20 steps as forecast at its norm, to a quarter; not as at rest."""
    run, folder = trained
    rows = {
        r["layer"]: r for r in json.loads(said(capsys, *ADAMW, "--checkpoint", folder / "bare.pt", "--json"))
    }
    run.advance()
    turned = run.watch.dataset()["turn"].isel(step=slice(60, None))
    seen = {n: math.degrees(float((turned.sel(group=n) ** 2).mean() ** 0.5)) for n in run.shapes()}
    now = [seen[n] / rows[n]["turn_degrees"] for n in seen]
    assert np.median(now) == pytest.approx(1, abs=0.25)


def test_the_table_of_a_checkpoint(trained, capsys):
    """Conformance: headings with units, the run's end, and what is supposed; momentum knows turns and no norms."""
    _, folder = trained
    asked = ("--schedule", "cosine", "--steps", 500, "--checkpoint", folder / "held.pt")
    text = said(capsys, *ADAMW, *asked)
    for words in (
        "turn, deg/step",
        "norm at rest",
        "turn at the end, deg/step",
        "bridge.find_groups",
        "500 steps",
    ):
        assert words in text
    assert re.search(r"layers\.0\.up\.weight +64 x 16 +[0-9.]+ ", text)
    plain = said(
        capsys, "--optimizer", "momentum", "--lr", 0.1, "--wd", 0.01, "--checkpoint", folder / "held.pt"
    )
    assert re.search(r"layers\.0\.up\.weight +64 x 16 +[0-9.]+ +- +- +1\.859", plain)
    assert "norm at rest" in said(capsys, "--optimizer", "hyperball", "--lr", 0.1, *asked)


@pytest.mark.parametrize(
    ("file", "words", "law"),
    [
        ("none.pt", (), "need a readable checkpoint"),
        ("vectors.pt", (), "need a state_dict with weights of two dimensions"),
        ("damaged.pt", (), "need a state_dict, got"),
        ("words.pt", (), "no file of torch.save, or one that holds more than tensors"),
        ("whole.pt", (), "save model.state_dict()"),
        ("other.safetensors", (), "safetensors|need a state_dict"),
        ("", (), "need a readable checkpoint"),
        ("bare.pt", ("--norm", "3"), "need no --norm with --checkpoint"),
    ],
)
def test_a_file_that_is_no_checkpoint_is_one_line(trained, file, words, law, capsys):
    """Conformance: exit 2, the law and the file."""
    with pytest.raises(SystemExit) as left:
        advise.main([str(w) for w in (*ADAMW, "--checkpoint", trained[1] / file, *words)])
    lines = capsys.readouterr().err.strip().splitlines()
    assert left.value.code == 2 and len(lines) == 1 and re.search(law, lines[0])


def test_momentum_along_a_schedule_without_a_gradient(capsys):
    """Identity: the end over the rest is that of any gradient, and grows with it when it is given."""
    asked = (
        "--optimizer",
        "momentum",
        "--lr",
        0.1,
        "--wd",
        0.01,
        "--schedule",
        "linear",
        "--steps",
        2000,
        "--json",
    )
    free = json.loads(said(capsys, *asked))
    ahead = Forecast(si.Momentum(0.1, 0.01, schedule=si.Linear()), (1, 1), 5.0, 2000)
    *_, (_, norm, turn) = ahead.along()
    assert free["end_norm_over_rest"] == pytest.approx(norm / ahead.rest_norm[0], rel=1e-9)
    assert free["end_turn_degrees"] == pytest.approx(turn, rel=1e-9) and 0 < norm < ahead.rest_norm[0]
