"""Update rules of networks: one frozen dataclass a rule, each a pure function of flat float64 buffers.

A rule moves all cells of a stack at once: ``w`` and ``grad`` have shape (cells, values), numbers that differ from
cell to cell come as ``knobs`` of shape (cells, 1). Formulas are the theory's own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import ClassVar

import torch
from torch import Tensor

from sitheory.bridge.symmetry.partition import Partition
from sitheory.bridge.training.rule_step import (
    Knobs,
    Move,
    Seen,
    Slots,
    group_ess_sq,
    plain_law,
    radial_floor,
    total,
    whole_ess_sq,
)
from sitheory.bridge.training.search_directions import Along
from sitheory.theory import periodic, regimes, scale


class Schedule(StrEnum):
    """How the (effective) learning rate changes over a run."""

    CONSTANT = "constant"
    COSINE = "cosine"

    def factor(self, progress: float) -> float:
        """Return the share of the first value that is left; ``progress`` goes from 0 to 1."""
        return 1.0 if self is Schedule.CONSTANT else (1 + math.cos(math.pi * progress)) / 2


@dataclass(frozen=True)
class _AtELR:
    """What the rules at a fixed effective learning rate are told."""

    elr: float
    schedule: Schedule = Schedule.CONSTANT
    along: Along = Along.DESCENT
    knobs: ClassVar[tuple[str, ...]] = ("elr",)

    def __post_init__(self):
        _positive("elr", self.elr)


@dataclass(frozen=True)
class SphereSGD(_AtELR):
    """Projected SGD at a fixed effective learning rate, on the sphere of the first norm [regimes eq. 2].

    There is one norm over all scale-invariant parameters: the learning rate is ELR rho_0^2, and after each step
    one common rescaling brings the norm back to rho_0.

    Args:
        elr: The effective learning rate.
        schedule: How it changes over the run.
        along: The gradient, or a baseline.

    Raises:
        ValueError: If elr is not positive and finite.
    """

    def begin(self, w: Tensor, groups: Partition) -> Slots:
        """Return the slots before the first step: the squared norm to keep."""
        return {"norm_sq": total(groups.sums(w * w))}

    def rate(self, norm_sq: Tensor, slots: Slots, knobs: Knobs) -> Tensor:
        """Return the learning rate, shape (cells, 1)."""
        return scale.lr_at(knobs["elr"], slots["norm_sq"])

    def move(
        self, w: Tensor, grad: Tensor, seen: Seen, slots: Slots, knobs: Knobs, groups: Partition
    ) -> Move:
        """Step along ``grad`` and rescale."""
        kept, lr = slots["norm_sq"], self.rate(seen.norm_sq, slots, knobs)
        stepped = periodic.decay_step(w, grad, lr, 0)
        stepped = stepped * torch.sqrt(kept / total(groups.sums(stepped * stepped)))
        ess_sq, total_ess_sq = group_ess_sq(seen, lr), whole_ess_sq(seen, lr)
        predicted = regimes.norm_sq_next(seen.norm_sq, ess_sq, total_ess_sq)
        floor = radial_floor(seen.radial, lr, seen.norm_sq * (1 + ess_sq))
        floor = floor + radial_floor(total(seen.radial), lr, kept * (1 + total_ess_sq))
        return Move(stepped, slots, lr, predicted, floor)


@dataclass(frozen=True)
class GroupSphereSGD(_AtELR):
    """SGD with each group on a sphere of its own and the same fixed ELR in each [regimes eq. 2].

    Args:
        elr: The effective learning rate of each group.
        schedule: How it changes over the run.
        along: The gradient, or a baseline.

    Raises:
        ValueError: If elr is not positive and finite.
    """

    def begin(self, w: Tensor, groups: Partition) -> Slots:
        """Return the slots before the first step: the squared norms to keep."""
        return {"norm_sq": groups.sums(w * w)}

    def rate(self, norm_sq: Tensor, slots: Slots, knobs: Knobs) -> Tensor:
        """Return each group's learning rate, shape (cells, groups)."""
        return scale.lr_at(knobs["elr"], slots["norm_sq"])

    def move(
        self, w: Tensor, grad: Tensor, seen: Seen, slots: Slots, knobs: Knobs, groups: Partition
    ) -> Move:
        """Step along ``grad`` and rescale each group."""
        kept, lr = slots["norm_sq"], self.rate(seen.norm_sq, slots, knobs)
        stepped = periodic.decay_step(w, grad, groups.spread(lr), 0)
        stepped = stepped * groups.spread(torch.sqrt(kept / groups.sums(stepped * stepped)))
        return Move(stepped, slots, lr, kept, torch.zeros_like(kept))


@dataclass(frozen=True)
class FixedELR(_AtELR):
    """SGD in the whole space at a fixed effective learning rate: the learning rate is ELR rho_t^2 [regimes eq. 3].

    Directions move as those of ``SphereSGD``, the norm grows at each step.

    Args:
        elr: The effective learning rate.
        schedule: How it changes over the run.
        along: The gradient, or a baseline.

    Raises:
        ValueError: If elr is not positive and finite.
    """

    def begin(self, w: Tensor, groups: Partition) -> Slots:
        """Return no slots."""
        return {}

    def rate(self, norm_sq: Tensor, slots: Slots, knobs: Knobs) -> Tensor:
        """Return the learning rate at the groups' squared norms, shape (cells, 1)."""
        return scale.lr_at(knobs["elr"], total(norm_sq))

    def move(
        self, w: Tensor, grad: Tensor, seen: Seen, slots: Slots, knobs: Knobs, groups: Partition
    ) -> Move:
        """Step along ``grad``."""
        lr = self.rate(seen.norm_sq, slots, knobs)
        predicted, floor = plain_law(seen, lr, 0)
        return Move(periodic.decay_step(w, grad, lr, 0), slots, lr, predicted, floor)


@dataclass(frozen=True)
class SGD:
    """SGD with weight decay and, if requested, heavy-ball momentum, as torch's [periodic eq. 1].

    Args:
        lr: The learning rate.
        wd: The weight decay, added to the gradient.
        momentum: Share of the last step's direction that stays.
        schedule: How the learning rate changes over the run.
        along: The gradient, or a baseline.

    Raises:
        ValueError: If lr is not positive and finite, wd negative, lr * wd not below 1, or momentum not in [0, 1).
    """

    lr: float
    wd: float = 0.0
    momentum: float = 0.0
    schedule: Schedule = Schedule.CONSTANT
    along: Along = Along.DESCENT
    knobs: ClassVar[tuple[str, ...]] = ("lr", "wd", "momentum")

    def __post_init__(self):
        _positive("lr", self.lr)
        if not (self.wd >= 0 and math.isfinite(self.wd)):
            raise ValueError(f"need wd >= 0 and finite, got wd={self.wd!r}")
        if not self.lr * self.wd < 1:
            raise ValueError(f"need lr * wd < 1, got lr={self.lr!r} and wd={self.wd!r}")
        if not 0 <= self.momentum < 1:
            raise ValueError(f"need 0 <= momentum < 1, got momentum={self.momentum!r}")

    def begin(self, w: Tensor, groups: Partition) -> Slots:
        """Return the slots before the first step; without momentum there are none."""
        if self.momentum == 0:
            return {}
        norm_sq = groups.sums(w * w)
        at_rest = {"norm_sq": norm_sq, "step_sq": torch.zeros_like(norm_sq)}
        return {"velocity": torch.zeros_like(w), "lr": torch.ones_like(w[:, :1]), **at_rest}

    def rate(self, norm_sq: Tensor, slots: Slots, knobs: Knobs) -> Tensor:
        """Return the learning rate, shape (cells, 1)."""
        return knobs["lr"]

    def move(
        self, w: Tensor, grad: Tensor, seen: Seen, slots: Slots, knobs: Knobs, groups: Partition
    ) -> Move:
        """Step along ``grad`` and the decay."""
        lr, wd = knobs["lr"], knobs["wd"]
        if self.momentum == 0:
            predicted, floor = plain_law(seen, lr, wd)
            return Move(periodic.decay_step(w, grad, lr, wd), slots, lr, predicted, floor)
        velocity = knobs["momentum"] * slots["velocity"] + grad + wd * w
        step_sq = groups.sums(velocity * velocity) * lr**2
        before = slots["norm_sq"], step_sq, slots["step_sq"]
        kept = knobs["momentum"] * lr / slots["lr"]
        predicted = periodic.norm_sq_next_momentum(seen.norm_sq, *before, lr, wd, kept)
        after = {"velocity": velocity, "lr": lr, "norm_sq": seen.norm_sq, "step_sq": step_sq}
        return Move(w - lr * velocity, after, lr, predicted, radial_floor(seen.radial, lr, predicted))


Rule = SphereSGD | GroupSphereSGD | FixedELR | SGD


def random_walk(elr: float) -> SphereSGD:
    """Return a walk on the sphere by Gaussian steps as long as the gradient's would be [regimes appendix M]."""
    return SphereSGD(elr, along=Along.RANDOM)


def ascent(elr: float) -> SphereSGD:
    """Return gradient ascent on the sphere, a baseline for what growing a loss looks like."""
    return SphereSGD(elr, along=Along.ASCENT)


def knobs_of(rules: list[Rule]) -> dict[str, list[float]]:
    """Return each number of rules that differ in numbers alone.

    Raises:
        ValueError: If there are none, or they differ in more, or only some have momentum.
    """
    if not rules:
        raise ValueError("need at least one rule, got none")
    first = rules[0]
    same = [f.name for f in fields(first) if f.name not in first.knobs]
    for rule in rules:
        if type(rule) is not type(first) or any(getattr(rule, n) != getattr(first, n) for n in same):
            raise ValueError(f"need rules that differ in numbers alone, got {first} and {rule}")
    found = {name: [float(getattr(rule, name)) for rule in rules] for name in first.knobs}
    if 0 < sum(m == 0 for m in found.get("momentum", [])) < len(rules):
        raise ValueError(f"need momentum in all rules or in none, got {found['momentum']}")
    return found


def turned(rule: Rule, knobs: Knobs, factor: Tensor | float) -> Knobs:
    """Return the knobs with the (effective) learning rate that a schedule's factor makes of a moment of a run."""
    first = rule.knobs[0]
    return {**knobs, first: knobs[first] * factor}


def _positive(name: str, value: float) -> None:
    if not (value > 0 and math.isfinite(value)):
        raise ValueError(f"need {name} > 0 and finite, got {name}={value!r}")
