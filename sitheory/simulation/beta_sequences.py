"""Beta-undetermined sequences x' = (1 - alpha) x + beta_t / x: ensembles of them, and exact orbits.

Ensembles run in compiled kernels with beta_t constant, random, periodic, or chosen by an adversary who lets x
sink with beta = low to a level and then lifts it with beta = high; orbits run in any exact arithmetic.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sitheory.theory import periodic

CHOICES = ("constant", "cycle", "random", "against")


@dataclass(frozen=True)
class Ensemble:
    """Many sequences with their bounds; every field is a number or has shape (sequences,).

    Args:
        start: x_0 > 0.
        alpha: In (0, 1/2) in the paper; here in (0, 1).
        low: The least beta.
        high: The greatest beta.

    Raises:
        ValueError: If a law is broken by any of them.
    """

    start: Any
    alpha: Any
    low: Any
    high: Any

    def __post_init__(self):
        names = ("start", "alpha", "low", "high")
        rows = np.broadcast_arrays(*(np.asarray(getattr(self, n), dtype=float) for n in names))
        for name, row in zip(names, rows, strict=True):
            object.__setattr__(self, name, np.array(row).reshape(-1))
        laws = {
            "start > 0": self.start > 0,
            "0 < alpha < 1": (self.alpha > 0) & (self.alpha < 1),
            "0 <= low <= high": (self.low >= 0) & (self.low <= self.high),
            "finite numbers": np.isfinite(self.start) & np.isfinite(self.high),
        }
        for law, kept in laws.items():
            if not np.all(kept):
                i = int(np.argmin(kept))
                got = ", ".join(f"{n}={float(getattr(self, n)[i])!r}" for n in names)
                raise ValueError(f"need {law}, got {got}")

    def run(
        self,
        choice: str,
        steps: int,
        *,
        shares: Sequence[float] = (0.0, 1.0),
        level: np.ndarray | None = None,
        rng: int = 0,
        burn_in: int = 0,
        threads: int | None = None,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Follow all sequences; bit-identical for any number of threads.

        Args:
            choice: "constant" (beta = high), "cycle", "random" (uniform) or "against" (the adversary).
            steps: How many steps.
            shares: The cycle: beta_t = low + share (high - low), the shares in turn.
            level: The adversary's levels; by default a hair above sqrt(low/alpha), as low as x can get.
            rng: Seed of the random numbers.
            burn_in: Steps taken before anything is watched.
            threads: How many threads; None takes one a core.

        Returns:
            The last values, and the least and greatest after the burn-in, each of shape (sequences,).

        Raises:
            ValueError: If the choice is unknown.
        """
        from sitheory._kernels import beta

        if choice not in CHOICES:
            raise ValueError(f"need a choice from {', '.join(CHOICES)}, got {choice!r}")
        if level is None:
            level = np.sqrt(periodic.stationary_sq(self.alpha, self.low)) * (1 + 1e-6)
        extras = {"cycle": np.array(shares, dtype=float), "random": rng, "against": level}
        x = self.start.copy()
        bounds = (x, self.alpha, self.low, self.high)
        options = {"extra": extras.get(choice), "threads": threads}
        if burn_in:
            beta.run(choice, *bounds, burn_in, **options)
        least, most = beta.run(choice, *bounds, steps, start=burn_in, watch=True, **options)
        return x, least, most


def orbit(start: Any, alpha: Any, betas: Sequence[Any]) -> Iterator[Any]:
    """Yield x_0, x_1, ... of a sequence, in the arithmetic of the arguments [periodic eq. 10]."""
    x = start
    yield x
    for beta in betas:
        x = periodic.beta_next(x, alpha, beta)
        yield x


def absorbing_interval(alpha: float, low: float, high: float) -> tuple[float, float]:
    """Return the least closed interval that all sequences end in, 0 < alpha <= 1/2 [periodic prop. 5 and A.7].

    The lower end is reached in the limit by beta = low, the upper by beta = high, from above or, where x can hop,
    in one step from the lower end.

    Args:
        alpha: The coefficient.
        low: The least beta; at 0 a sequence may come as close to 0, and then hop as high, as it likes.
        high: The greatest beta.

    Returns:
        The ends; the upper one is infinite for low = 0 < high.
    """
    lower_sq, upper_sq = absorbing_squares(alpha, low, high)
    return lower_sq**0.5, upper_sq**0.5


def absorbing_squares(alpha: Any, low: Any, high: Any) -> tuple[Any, Any]:
    """Return the squares of the ends of ``absorbing_interval``, in the arithmetic of the arguments."""
    lower_sq, upper_sq = periodic.stationary_sq(alpha, low), periodic.stationary_sq(alpha, high)
    if periodic.hop_ratio(alpha) ** 2 * high > low:
        upper_sq = periodic.absorbing_hop_sq(alpha, low, high) if low > 0 else type(upper_sq)("inf")
    return lower_sq, upper_sq
