"""Update rules: one frozen dataclass a rule."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class SphereGD:
    """Projected gradient descent on the unit sphere with a fixed total ELR [regimes eq. 2].

    Args:
        elr: The effective learning rate; on the unit sphere it equals the learning rate.

    Raises:
        ValueError: If elr is not positive and finite.
    """

    elr: float

    def __post_init__(self):
        try:
            elr = float(self.elr)
        except (TypeError, ValueError):
            raise ValueError(f"need elr > 0 and finite, got elr={self.elr!r}") from None
        if not (elr > 0 and math.isfinite(elr)):
            raise ValueError(f"need elr > 0 and finite, got elr={elr!r}")
        object.__setattr__(self, "elr", elr)


@dataclass(frozen=True)
class DecayGD:
    """Gradient descent with weight decay, deterministic or on drawn mini-batches [periodic eq. 1].

    Args:
        lr: The learning rate.
        wd: The weight decay; 0 switches it off.

    Raises:
        ValueError: If lr is not positive and finite, or wd negative, or lr * wd not below 1.
    """

    lr: float
    wd: float

    def __post_init__(self):
        lr, wd = number("lr", self.lr), number("wd", self.wd)
        if not (lr > 0 and math.isfinite(lr)):
            raise ValueError(f"need lr > 0 and finite, got lr={lr!r}")
        if not (wd >= 0 and math.isfinite(wd)):
            raise ValueError(f"need wd >= 0 and finite, got wd={wd!r}")
        if not lr * wd < 1:
            raise ValueError(f"need lr * wd < 1, got lr={lr!r} and wd={wd!r}")
        object.__setattr__(self, "lr", lr)
        object.__setattr__(self, "wd", wd)


@dataclass(frozen=True)
class ScalarRMSprop:
    """RMSprop with one learning rate for all weights [sharpness:quasi-rmsprop].

    w <- w - lr / sqrt(v) grad f(w) and v <- beta v + (1 - beta) |grad f(w)|^2, and the order matters: with
    ``after=False`` the step divides by the average of the gradients before it, as the effective learning
    rate of weight decay does; with ``after=True`` (as in common libraries) the step's own gradient is in
    it, which damps the oscillation.

    Args:
        lr: The learning rate.
        beta: Share of the old average that stays.
        after: Whether the average takes the step's gradient before the step.

    Raises:
        ValueError: If lr is not positive and finite, or beta is not in (0, 1).
    """

    lr: float
    beta: float
    after: bool = False

    def __post_init__(self):
        lr, beta = number("lr", self.lr), number("beta", self.beta)
        if not (lr > 0 and math.isfinite(lr)):
            raise ValueError(f"need lr > 0 and finite, got lr={lr!r}")
        if not 0 < beta < 1:
            raise ValueError(f"need 0 < beta < 1, got beta={beta!r}")
        object.__setattr__(self, "lr", lr)
        object.__setattr__(self, "beta", beta)


def number(name: str, value: object) -> float:
    """Return value as a float; raise ValueError if it is none."""
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise ValueError(f"need a number {name}, got {name}={value!r}") from None
