"""The one suite that every rule of ``sitheory.rules`` passes; rules are discovered."""

import dataclasses
import inspect

import numpy as np
import pytest

import sitheory as si
from sitheory import rules
from sitheory.simulation.runners import RUNNERS, runner

KIND = "conformance"

NUMBERS = {
    "elr": 0.05,
    "lr": 0.05,
    "wd": 0.01,
    "beta": 0.9,
    "momentum": 0.8,
    "b1": 0.8,
    "b2": 0.9,
    "eps": 1e-3,
}
"""One legal number for each name that the rules' fields have; flags are tried both ways."""
SEVERAL = 1e-12
"""Some hundred steps near a minimum, taken in two runs."""

FOUND = [
    kind
    for _, kind in inspect.getmembers(rules, dataclasses.is_dataclass)
    if isinstance(kind, type) and {"lr", "elr"} & {field.name for field in dataclasses.fields(kind)}
]


def made(kind, **others):
    """A rule of a kind, each of its numbers filled in."""
    inner = {"of": si.Momentum(1.0)} if kind is si.Hyperball else {}
    return kind(**{name: NUMBERS[name] for name in numbers(kind)} | inner | others)


def numbers(kind):
    return [field.name for field in dataclasses.fields(kind) if field.type == "float"]


def flags(kind):
    return [field.name for field in dataclasses.fields(kind) if field.type == "bool"]


RULES = [
    made(kind, **dict.fromkeys(flags(kind), on))
    for kind in FOUND
    for on in ({False, True} if flags(kind) else {False})
]
LOSS = si.Quotients((1, 2, 4))


def test_every_rule_has_a_runner_and_every_runner_a_rule():
    assert set(FOUND) == set(RUNNERS)
    for rule in RULES:
        module = runner(LOSS, rule)
        for face in ("samples", "window_means"):
            assert list(inspect.signature(getattr(module, face)).parameters)[:4] == [
                "loss",
                "rule",
                "steps",
                "w",
            ]


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_it_is_a_frozen_dataclass_of_floats_that_refuses_what_is_no_number(rule):
    for name in numbers(type(rule)):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(rule, name, 1.0)
        assert isinstance(getattr(dataclasses.replace(rule, **{name: np.float32(0.25)}), name), float)
        for bad in (float("nan"), float("inf"), -0.1, "none", None):
            with pytest.raises(ValueError, match=rf"^need .*{name}"):
                dataclasses.replace(rule, **{name: bad})


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_a_run_is_the_same_each_time_and_each_number_matters(rule):
    start = np.linspace(0.3, 1.0, LOSS.dim)
    run = si.simulate(LOSS, rule, 100, every=10, start=start)
    assert run.drop_attrs().equals(si.simulate(LOSS, rule, 100, every=10, start=start).drop_attrs())
    for name in numbers(type(rule)):
        other = dataclasses.replace(rule, **{name: 0.9 * getattr(rule, name)})
        assert not np.array_equal(
            si.simulate(LOSS, other, 100, every=10, start=start)["loss"], run["loss"]
        ), name


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_a_scale_invariant_loss_falls_under_a_small_rate(rule):
    """Conformance: and its gradient step never shortens the weights by more than the decay."""
    start = np.linspace(0.3, 1.0, LOSS.dim)
    run = si.simulate(LOSS, rule, 100, every=1, start=start)
    assert run["loss"].values[-1] < run["loss"].values[0]
    if "norm_sq" in run:
        kept = (1 - getattr(rule, "lr", 0) * getattr(rule, "wd", 0)) ** 2
        norm_sq = run["norm_sq"].values
        assert np.all(norm_sq[1:] >= kept * norm_sq[:-1] * (1 - SEVERAL))
