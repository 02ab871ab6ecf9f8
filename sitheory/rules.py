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
