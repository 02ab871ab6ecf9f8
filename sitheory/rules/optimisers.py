"""Rules with a state beside the weights, as networks are trained with: one frozen dataclass each."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sitheory.rules.descent import DecayGD, ScalarRMSprop, SphereGD, number
from sitheory.rules.schedules import CONSTANT, Schedule


@dataclass(frozen=True)
class Momentum:
    """SGD with momentum, with coupled or decoupled decay [rotation:sgdm, beyond:momentum-law].

    Coupled (as ``torch.optim.SGD``): v <- mu v + g + wd W, W <- W - lr v. Decoupled, with an average of gradients:
    m <- mu m + (1 - mu) g, W <- (1 - lr wd) W - lr m.

    Args:
        lr: The learning rate.
        wd: The weight decay.
        momentum: mu.
        decoupled: Whether the decay is decoupled and the buffer an average.
        schedule: What becomes of lr during the run.

    Raises:
        ValueError: If lr is not positive and finite, wd negative, lr * wd not below 1, or momentum not in [0, 1).
    """

    lr: float
    wd: float = 0.0
    momentum: float = 0.9
    decoupled: bool = False
    schedule: Schedule = CONSTANT

    def __post_init__(self):
        _check_decay(self)
        _check_betas(self, "momentum")


@dataclass(frozen=True)
class Nesterov:
    """SGD with Nesterov's momentum: like ``Momentum``, with the step g + mu v, or mu m + (1 - mu) g [rotation:sgdm].

    Args:
        lr: The learning rate.
        wd: The weight decay.
        momentum: mu.
        decoupled: Whether the decay is decoupled and the buffer an average.
        schedule: What becomes of lr during the run.

    Raises:
        ValueError: If lr is not positive and finite, wd negative, lr * wd not below 1, or momentum not in [0, 1).
    """

    lr: float
    wd: float = 0.0
    momentum: float = 0.9
    decoupled: bool = False
    schedule: Schedule = CONSTANT

    def __post_init__(self):
        _check_decay(self)
        _check_betas(self, "momentum")


@dataclass(frozen=True)
class AdamW:
    """AdamW, the decay decoupled [rotation:adamw].

    Args:
        lr: The learning rate.
        wd: The weight decay.
        b1: Share of the average of gradients that stays.
        b2: Share of the average of squares that stays.
        eps: Added to the root of the average of squares.
        schedule: What becomes of lr during the run.

    Raises:
        ValueError: If lr is not positive and finite, wd or eps negative, lr * wd not below 1, or a beta not in [0, 1).
    """

    lr: float
    wd: float = 0.0
    b1: float = 0.9
    b2: float = 0.999
    eps: float = 1e-8
    schedule: Schedule = CONSTANT

    def __post_init__(self):
        _check_decay(self)
        _check_betas(self, "b1", "b2")
        _check_eps(self)


@dataclass(frozen=True)
class AdamL2:
    """Adam on the loss plus wd |W|^2/2: the decay passes through the division [rotation:adam-l2].

    Args:
        lr: The learning rate.
        wd: The weight of |W|^2/2.
        b1: Share of the average of gradients that stays.
        b2: Share of the average of squares that stays.
        eps: Added to the root of the average of squares.
        schedule: What becomes of lr during the run.

    Raises:
        ValueError: If lr is not positive and finite, wd or eps negative, lr * wd not below 1, or a beta not in [0, 1).
    """

    lr: float
    wd: float = 0.0
    b1: float = 0.9
    b2: float = 0.999
    eps: float = 1e-8
    schedule: Schedule = CONSTANT

    def __post_init__(self):
        _check_decay(self)
        _check_betas(self, "b1", "b2")
        _check_eps(self)


@dataclass(frozen=True)
class Lion:
    """Lion: the sign of b1 m + (1 - b1) g, where m averages with b2; the decay decoupled [rotation:lion].

    Args:
        lr: The learning rate.
        wd: The weight decay.
        b1: Share of the average in the direction.
        b2: Share of the average of gradients that stays.
        schedule: What becomes of lr during the run.

    Raises:
        ValueError: If lr is not positive and finite, wd negative, lr * wd not below 1, or a beta not in [0, 1).
    """

    lr: float
    wd: float = 0.0
    b1: float = 0.9
    b2: float = 0.99
    schedule: Schedule = CONSTANT

    def __post_init__(self):
        _check_decay(self)
        _check_betas(self, "b1", "b2")


class Scaling(StrEnum):
    """What Muon multiplies the polar factor of a matrix of d_out rows and d_in columns by."""

    NONE = "1"
    SPECTRAL = "max(sqrt(d_out/d_in), 1)"
    MOONLIGHT = "0.2 sqrt(max(d_out, d_in))"

    def factor(self, rows: int, columns: int) -> float:
        """Return the number for a matrix of ``rows`` = d_out and ``columns`` = d_in."""
        if self is Scaling.SPECTRAL:
            return max(math.sqrt(rows / columns), 1.0)
        return 0.2 * math.sqrt(max(rows, columns)) if self is Scaling.MOONLIGHT else 1.0


@dataclass(frozen=True)
class Muon:
    """Muon: the polar factor of an average of gradients, by matrix; the decay decoupled [hyperball:update-norm-muon].

    A group of a loss that names no ``shapes`` counts as one column, whose polar factor is its direction.

    Args:
        lr: The learning rate.
        wd: The weight decay.
        momentum: Share of the average that stays.
        nesterov: Whether the average takes the step's gradient twice.
        iterations: Steps of Newton and Schulz with Jordan's coefficients, 0 for the exact polar factor.
        scaling: What the polar factor is multiplied by.
        schedule: What becomes of lr during the run.

    Raises:
        ValueError: If lr is not positive and finite, wd or iterations negative, lr * wd not below 1, or momentum not in
            [0, 1).
    """

    lr: float
    wd: float = 0.0
    momentum: float = 0.95
    nesterov: bool = False
    iterations: int = 0
    scaling: Scaling = Scaling.SPECTRAL
    schedule: Schedule = CONSTANT

    def __post_init__(self):
        _check_decay(self)
        _check_betas(self, "momentum")
        if self.iterations < 0:
            raise ValueError(f"need iterations >= 0, got iterations={self.iterations!r}")


@dataclass(frozen=True)
class Hyperball:
    """Steps of a set length on a sphere: W <- R Norm(W - lr R Norm u), group by group [hyperball:hyperball-step].

    Args:
        lr: The length of the step over R, the norm at the start.
        of: The rule whose direction u is; its lr is not used, and its wd must be 0.
        schedule: What becomes of lr during the run.

    Raises:
        ValueError: If lr is not positive and finite, or the other rule decays.
    """

    lr: float
    of: Momentum | Nesterov | AdamW | Lion | Muon
    schedule: Schedule = CONSTANT

    def __post_init__(self):
        lr = number("lr", self.lr)
        if not (lr > 0 and math.isfinite(lr)):
            raise ValueError(f"need lr > 0 and finite, got lr={lr!r}")
        if self.of.wd:
            raise ValueError(f"need of.wd == 0, got of.wd={self.of.wd!r}")
        object.__setattr__(self, "lr", lr)


OPTIMISERS = (Momentum, Nesterov, AdamW, AdamL2, Lion, Muon, Hyperball)
"""The rules with a state beside the weights."""

Rule = SphereGD | DecayGD | ScalarRMSprop | Momentum | Nesterov | AdamW | AdamL2 | Lion | Muon | Hyperball
"""Any rule of the library."""


def _check_decay(rule: Any) -> None:
    lr, wd = number("lr", rule.lr), number("wd", rule.wd)
    if not (lr > 0 and math.isfinite(lr)):
        raise ValueError(f"need lr > 0 and finite, got lr={lr!r}")
    if not (wd >= 0 and math.isfinite(wd)):
        raise ValueError(f"need wd >= 0 and finite, got wd={wd!r}")
    if not lr * wd < 1:
        raise ValueError(f"need lr * wd < 1, got lr={lr!r} and wd={wd!r}")
    object.__setattr__(rule, "lr", lr)
    object.__setattr__(rule, "wd", wd)


def _check_betas(rule: Any, *names: str) -> None:
    for name in names:
        value = number(name, getattr(rule, name))
        if not 0 <= value < 1:
            raise ValueError(f"need 0 <= {name} < 1, got {name}={value!r}")
        object.__setattr__(rule, name, value)


def _check_eps(rule: Any) -> None:
    eps = number("eps", rule.eps)
    if not (eps >= 0 and math.isfinite(eps)):
        raise ValueError(f"need eps >= 0 and finite, got eps={eps!r}")
    object.__setattr__(rule, "eps", eps)
