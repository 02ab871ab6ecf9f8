"""The one suite that every update rule of networks passes; rules are discovered."""

import dataclasses
import inspect
import itertools
import typing

import pytest
import torch

from sitheory.bridge.symmetry.partition import Partition
from sitheory.bridge.training import optimisers
from sitheory.bridge.training.optimisers import Rule, knobs_of, turned
from sitheory.bridge.training.rule_step import Seen

KIND = "conformance"

NUMBERS = {"elr": (0.05, 0.2), "lr": (0.1, 0.3), "wd": (0.0, 0.01), "momentum": (0.0, 0.9)}
"""Two legal numbers for each knob; the suite tries every pair of them."""
ROUNDING = 1e-13
"""A dozen operations in float64."""

FOUND = [kind for _, kind in inspect.getmembers(optimisers, inspect.isclass) if hasattr(kind, "move")]
RULES = [
    kind(**dict(zip(kind.knobs, numbers, strict=True)))
    for kind in FOUND
    for numbers in itertools.product(*(NUMBERS[name] for name in kind.knobs))
]
GROUPS = Partition.joint({"a": (3, 2), "b": (2, 2), "c": (5,)}, [("a", "c"), ("b",)])


def drawn(cells=2):
    """Weights, and gradients orthogonal to them in each group."""
    chance = torch.Generator().manual_seed(3)
    w, grad = (torch.randn(cells, 15, dtype=torch.float64, generator=chance) for _ in range(2))
    return w, grad - w * GROUPS.spread(GROUPS.sums(w * grad) / GROUPS.sums(w * w))


def knobs(rule, cells=2):
    return {n: torch.tensor([v] * cells, dtype=torch.float64) for n, v in knobs_of([rule]).items()}


def stepped(rule, w, grad, steps=1, numbers=None):
    """Some steps along one gradient, made orthogonal anew before each; the last move, and the weights before it."""
    slots = rule.begin(w, GROUPS)
    for _ in range(steps):
        grad = grad - w * GROUPS.spread(GROUPS.sums(w * grad) / GROUPS.sums(w * w))
        norm_sq = GROUPS.sums(w * w)
        seen = Seen(norm_sq, GROUPS.sums(grad * grad), torch.zeros_like(norm_sq))
        before, move = w, rule.move(w, grad, seen, slots, numbers or knobs(rule, len(w)), GROUPS)
        w, slots = move.w, move.slots
    return move, before


def test_every_rule_of_the_module_is_one_that_training_takes():
    assert set(FOUND) == set(typing.get_args(Rule))


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_it_is_a_frozen_dataclass_that_refuses_what_is_no_rate(rule):
    assert dataclasses.is_dataclass(rule) and set(rule.knobs) <= {
        field.name for field in dataclasses.fields(rule)
    }
    for name in rule.knobs:
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(rule, name, 1.0)
        for bad in (float("nan"), float("inf"), -0.1):
            with pytest.raises(ValueError, match=rf"^need .*{name}"):
                dataclasses.replace(rule, **{name: bad})


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_the_norms_after_a_step_are_those_that_theory_predicts(rule):
    """Conformance: for gradients orthogonal in each group, on the second step too; a gradient along them misses."""
    w, grad = drawn()
    for steps in (1, 2):
        move, _ = stepped(rule, w, grad, steps)
        found = GROUPS.sums(move.w * move.w)
        assert torch.allclose(found, move.norm_sq, rtol=ROUNDING, atol=0)
        assert torch.all(move.norm_sq_floor == 0)
    if not isinstance(rule, optimisers.GroupSphereSGD):  # it keeps each norm, whatever the gradient
        norm_sq = GROUPS.sums(w * w)
        seen = Seen(norm_sq, GROUPS.sums(grad * grad), torch.zeros_like(norm_sq))
        wrong = rule.move(w, grad + 0.1 * w, seen, rule.begin(w, GROUPS), knobs(rule), GROUPS)
        assert not torch.allclose(GROUPS.sums(wrong.w * wrong.w), wrong.norm_sq, rtol=1e3 * ROUNDING, atol=0)


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_a_stack_is_its_cells_alone(rule):
    w, grad = drawn()
    whole, _ = stepped(rule, w, grad, 2)
    for cell in range(len(w)):
        alone, _ = stepped(rule, w[cell : cell + 1], grad[cell : cell + 1], 2)
        assert torch.equal(alone.w[0], whole.w[cell]) and torch.equal(alone.norm_sq[0], whole.norm_sq[cell])


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_without_a_gradient_directions_rest_and_the_rate_is_reported(rule):
    w, grad = drawn()
    move, before = stepped(rule, w, 0 * grad)
    norms = (GROUPS.spread(GROUPS.sums(v * v).sqrt()) for v in (move.w, before))
    after, rested = (v / norm for v, norm in zip((move.w, before), norms, strict=True))
    assert torch.allclose(after, rested, rtol=ROUNDING, atol=ROUNDING)
    assert move.lr.shape in ((2, 1), (2, GROUPS.count)) and torch.all(move.lr > 0)


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_a_schedule_s_factor_is_the_share_of_the_rate_that_is_left(rule):
    w, _ = drawn()
    slots, norm_sq = rule.begin(w, GROUPS), GROUPS.sums(w * w)
    whole, half = (rule.rate(norm_sq, slots, turned(rule, knobs(rule), factor)) for factor in (1.0, 0.5))
    assert torch.equal(half, whole / 2)
