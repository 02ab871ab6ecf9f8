"""What the forecast of an optimiser says, against its laws, runs, and as a command."""

import json
import math
import re

import numpy as np
import pytest

import sitheory as si
from sitheory import advise
from sitheory.reports.optimiser_advice import Forecast, polar_share
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
    assert re.search("gradients +grow by", text) and re.search(r"lr \* wd \* steps +3:", text)
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
    assert ball["turn_degrees"][0] == pytest.approx(math.degrees(math.atan(0.1)))


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
