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
        for name in ("lr", "wd"):
            try:
                object.__setattr__(self, name, float(getattr(self, name)))
            except (TypeError, ValueError):
                raise ValueError(f"need a number as {name}, got {name}={getattr(self, name)!r}") from None
        if not (self.lr > 0 and math.isfinite(self.lr)):
            raise ValueError(f"need lr > 0 and finite, got lr={self.lr!r}")
        if not (self.wd >= 0 and math.isfinite(self.wd)):
            raise ValueError(f"need wd >= 0 and finite, got wd={self.wd!r}")
        if not self.lr * self.wd < 1:
            raise ValueError(f"need lr * wd < 1, got lr={self.lr!r} and wd={self.wd!r}")
