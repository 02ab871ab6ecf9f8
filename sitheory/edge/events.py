"""The exact steps at which linear regression is fitted, reaches the edge of stability, and bursts.

A run is cut at multiples of ``PIECE``, always the same ones, so that its numbers do not depend on how long it is
asked to go on. Each piece is searched for the first step of what is still to come: step by step at the beginning,
later on a fixed grid and then step by step before the grid point that showed it, so that only what came and went
between two grid points is missed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from sitheory.edge import observations, regression
from sitheory.losses.regression import BatchNormRegression
from sitheory.rules import DecayGD
from sitheory.theory import sharpness as law

PIECE = 5**8
"""Steps between two cuts; strides are powers of five too, odd, so that both signs of h are seen."""

FITTED = 1e-3
"""Below this fraction of its first value the training loss counts as fitted."""

DENSE = 25_000
"""Every step up to here is looked at."""

GRID, LATER_GRID = 125, 625
"""The grid's stride in the first piece, and after it."""

BLOCK = 5_000
"""How many steps are looked at together."""

NAMES = ("fitted", "edge", "burst")
AT_FITTED = ("test_loss", "tan_flattest", "dist_min_norm")


@dataclass
class Landmarks:
    """What was found so far.

    Attributes:
        first_loss: The training loss at the start, NaN before the first search.
        steps: The steps of ``NAMES`` found so far, in order.
        at_fitted: What was seen when the data were fitted, by the names of ``edge.observe``.
    """

    first_loss: float = float("nan")
    steps: list[int] = field(default_factory=list)
    at_fitted: dict[str, float] = field(default_factory=dict)

    def step(self, name: str) -> int | None:
        """Return the step of one of ``NAMES``, or None if it has not come."""
        place = NAMES.index(name)
        return self.steps[place] if place < len(self.steps) else None

    def search(
        self, loss: BatchNormRegression, rule: DecayGD, base: regression.RegressionState, steps: int
    ) -> None:
        """Go on looking in the piece of ``steps`` steps that begins at ``base``."""
        begin, end = base.step, base.step + steps
        while len(self.steps) < len(NAMES):
            first = max(begin, self.steps[-1] if self.steps else 0)
            found = next(_hits(self, loss, rule, base, first, end), None)
            if found is None:
                return
            if not self.steps:
                seen = _seen(loss, rule, base, found, found + 1)
                self.at_fitted = {name: float(seen[name][0]) for name in AT_FITTED if name in seen}
            self.steps.append(found)

    def reached(self, rule: DecayGD, seen: dict[str, np.ndarray]) -> np.ndarray:
        """Return at which records the next landmark shows, shape (R,)."""
        name = NAMES[len(self.steps)]
        if name == "fitted":
            return seen["loss"] < FITTED * self.first_loss
        if name == "edge":
            return seen["elr"] * seen["sharpness"] >= 2
        grad_sq = law.regression_log_sharp_grad(seen["tan_flattest"]) ** 2
        return seen["h"] ** 2 >= law.mean_h_sq(rule.lr * rule.wd, grad_sq)


def _seen(loss, rule, base, first, end, every=1) -> dict[str, np.ndarray]:
    """What the steps first, first + every, ... before ``end`` show."""
    run = regression.run_regression(loss, rule, end - base.step, base, skip=first - base.step, every=every)
    return {"step": run.steps, **observations.observe(loss, rule, run)}


def _hits(marks: Landmarks, loss, rule, base, first, end) -> Iterator[int]:
    """First steps at which the next landmark shows, in order; only the first one counts."""
    if base.step == 0 and np.isnan(marks.first_loss):
        marks.first_loss = float(_seen(loss, rule, base, 0, 1)["loss"][0])
    looked = first
    for start, stop, every in _blocks(first, end):
        seen = _seen(loss, rule, base, start, stop, every)
        hit = np.flatnonzero(marks.reached(rule, seen))
        if len(hit):
            at = int(seen["step"][hit[0]])
            before = at if every == 1 else max(looked, at - every + 1)
            close = _seen(loss, rule, base, before, at + 1)
            yield int(close["step"][np.flatnonzero(marks.reached(rule, close))[0]])
        looked = int(seen["step"][-1]) + 1


def _blocks(first: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Ranges with their strides: each step, then the grid, and the last step before the end."""
    while first < min(DENSE, end):
        stop = min(first + BLOCK, DENSE, end)
        yield first, stop, 1
        first = stop
    stride = GRID if first < PIECE else LATER_GRID
    # The grid's points are the last steps of its cells, so that a piece's last step is one of them.
    while first < end:
        start = first + (-first - 1) % stride
        stop = min(first + BLOCK * stride, end)
        if start < stop:
            yield start, stop, stride
        if stop == end and (end - 1 - start) % stride:
            yield end - 1, end, stride
        first = stop
