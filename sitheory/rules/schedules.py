"""Learning-rate schedules as values: the share of the peak at a part of the run."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

from sitheory.theory import rotation


class Schedule(Protocol):
    """What a rule takes as its schedule."""

    def share(self, part: float) -> float:
        """Return the learning rate over its peak; step t of T is at part (t + 1/2)/T."""
        ...


@dataclass(frozen=True)
class Constant:
    """The peak throughout."""

    def share(self, part: float) -> float:
        """Return 1."""
        return 1.0


CONSTANT = Constant()
"""What a rule without a schedule follows."""


@dataclass(frozen=True)
class _Warmed:
    """A linear warm-up from zero, then a way down that a schedule names."""

    warmup: float = 0.0
    end: float = 0.0

    def __post_init__(self):
        _check_shares(warmup=self.warmup, end=self.end)

    def share(self, part: float) -> float:
        """Return the learning rate over its peak at a part of the run."""
        if part < self.warmup:
            return part / self.warmup
        return self.end + (1 - self.end) * self._down(part)

    def _down(self, part: float) -> float:
        raise NotImplementedError


@dataclass(frozen=True)
class Linear(_Warmed):
    """A linear warm-up from zero, then a linear decay [hyperball:schedule-norm].

    Args:
        warmup: Share of the run that warms up.
        end: Share of the peak that is left at the end.

    Raises:
        ValueError: If a share is not in [0, 1).
    """

    def _down(self, part: float) -> float:
        return rotation.ramp((part - self.warmup) / (1 - self.warmup))


@dataclass(frozen=True)
class Cosine(_Warmed):
    """A linear warm-up from zero, then half a cosine down [hyperball:schedule-norm].

    Args:
        warmup: Share of the run that warms up.
        end: Share of the peak that is left at the end.

    Raises:
        ValueError: If a share is not in [0, 1).
    """

    def _down(self, part: float) -> float:
        return rotation.cosine(math.cos(math.pi * (part - self.warmup) / (1 - self.warmup)))


@dataclass(frozen=True)
class WarmupStableDecay:
    """A linear warm-up, the peak, and a linear decay over the last part of the run [hyperball:warmup].

    Args:
        warmup: Share of the run that warms up.
        decay: Share of the run that decays.
        end: Share of the peak that is left at the end.

    Raises:
        ValueError: If a share is not in [0, 1), or the first two add up to more than 1.
    """

    warmup: float = 0.0
    decay: float = 0.2
    end: float = 0.0

    def __post_init__(self):
        _check_shares(warmup=self.warmup, decay=self.decay, end=self.end)
        if self.warmup + self.decay > 1:
            raise ValueError(f"need warmup + decay <= 1, got warmup={self.warmup!r} and decay={self.decay!r}")

    def share(self, part: float) -> float:
        """Return the learning rate over its peak at a part of the run."""
        if part < self.warmup:
            return part / self.warmup
        left = 1 - part
        if left >= self.decay:
            return 1.0
        return self.end + (1 - self.end) * rotation.ramp(1 - left / self.decay)


def _check_shares(**shares: float) -> None:
    for name, value in shares.items():
        if not 0 <= value < 1:
            raise ValueError(f"need 0 <= {name} < 1, got {name}={value!r}")
