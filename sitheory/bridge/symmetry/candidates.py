"""The search for symmetries: pieces and combinations of them whose scale the output does not feel to first order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from sitheory.bridge.functional.pure_network import Inputs, Pure
from sitheory.bridge.symmetry.finite_rescaling import Rescaling
from sitheory.bridge.symmetry.null_space import NullSpace, loose_null_space, null_space
from sitheory.bridge.symmetry.parameter_blocks import Jacobian, generic, last_bits_changed

CUT = 1e-9
"""Singular values below this, relative to each piece's own gradient, count as zero: rounding reaches 1e-13 in 20
layers."""

FLAT = 1e-11
"""A gradient times the piece, relative to the output, that is below this is none."""

DOUBTFUL = 1e-6
"""Up to this part of the largest a gradient may be rounding, which normalisation over a handful of values magnifies."""

SHAKEN = 1e-3
"""A gradient that changes by this part of itself with the last bits of the parameters is rounding."""

NEAR = 0.1
"""What rescaling does beside what a random change of the same size does: above this it is no eps's work, which moves
the output by a hundredth at most."""

Progress: TypeAlias = Callable[[int, int], Any]
"""Called with how many gradients are done, and of how many so far."""

FIRST = 2
"""Random combinations of the outputs at each of two points to begin with: a piece that none of them feels is felt by no
output, and one that is orthogonal to its gradient in all four is so in each."""

SPARE = 4
"""Combinations beyond the rank, so that another one would have shown if there were more to see."""


@dataclass(frozen=True)
class Reading:
    """How the numbers of a precision are read: up to ``zero`` as 0, from ``kept`` on as not, and none between.

    As many rows are taken as there are numbers above ``rounding``.
    A column of a piece whose whole effect is below ``least`` holds too few digits. ``off`` is how far a degree may be
    from a whole number.
    """

    rounding: float
    zero: float
    kept: float
    least: float
    off: float


EXACT = Reading(rounding=1e-13, zero=CUT, kept=CUT, least=0.0, off=1e-6)
"""For float64."""

QUICK = Reading(rounding=2e-7, zero=2e-7, kept=2e-6, least=1e-2, off=1e-3)
"""For float32, whose rounding leaves some 1e-8 of a column."""


class Unclear(ArithmeticError):
    """The search's precision does not tell."""


@dataclass(frozen=True)
class Candidates:
    """What the output does not feel to first order, pieces by their numbers.

    ``flat`` are pieces without any gradient, or with so little that rounding may have made it; ``alone`` those without
    one along themselves, and ``degrees`` a basis of what combinations of the others it does not feel, shape
    (dimension, pieces). ``gap`` is the largest number taken for zero and the smallest that is not. ``near`` are pieces
    whose gradients are so nearly orthogonal to them that an eps might explain the rest, ``loose`` a basis of
    combinations of all but those that it hardly feels.
    """

    flat: tuple[int, ...]
    alone: tuple[int, ...]
    degrees: np.ndarray
    gap: tuple[float, float]
    near: tuple[int, ...]
    loose: np.ndarray


class Sketch:
    """Random rows of the Jacobians at generic points, two at first, and more where a point's outputs are used up."""

    def __init__(self, net: Pure, inputs: Inputs, per: str, rng: int, told: Callable[[int], Any]):
        """Start with nothing.

        Args:
            net: The network.
            inputs: The batch.
            per: "tensor" or "row".
            rng: Seed of the points.
            told: Called after each row.
        """
        self._net, self._inputs, self._per, self._rng, self._told = net, inputs, per, rng, told
        self._points: list[Jacobian] = []
        self._done: list[int] = []
        self._rows: list[np.ndarray] = []
        self._sizes: list[np.ndarray] = []

    def extend(self, rows: int) -> None:
        """Take this many rows more, each at the point that has fewest, if not all its outputs are used."""
        for _ in range(rows):
            open_points = [
                i for i, p in enumerate(self._points) if 2 * self._done[i] < max(p.outputs, 2 * FIRST)
            ]
            if len(self._points) < 2 or not open_points:
                values = generic(self._net.values, self._rng + len(self._points))
                self._points.append(Jacobian(self._net, values, self._inputs, self._per))
                self._done.append(0)
                open_points = [len(self._points) - 1]
            at = min(open_points, key=lambda i: self._done[i])
            row, sizes = self._points[at].row(self._done[at])
            self._done[at] += 1
            self._rows.append(row)
            self._sizes.append(sizes)
            self._told(1)

    def shaken(self) -> np.ndarray:
        """Return the gradients of the first row once more, with the last bits of the parameters changed."""
        values = last_bits_changed(generic(self._net.values, self._rng))
        return Jacobian(self._net, values, self._inputs, self._per).row(0)[1]

    @property
    def first_sizes(self) -> np.ndarray:
        """The gradients of the first row."""
        return self._sizes[0]

    @property
    def columns(self) -> np.ndarray:
        """All rows, shape (rows, pieces)."""
        return np.array(self._rows)

    @property
    def sizes(self) -> np.ndarray:
        """The largest gradient of each piece."""
        return np.max(self._sizes, axis=0)

    @property
    def independent(self) -> int:
        """How many of the rows can be linearly independent."""
        return sum(min(d, p.outputs) for d, p in zip(self._done, self._points, strict=True))


def candidates(
    net: Pure,
    inputs: Inputs,
    per: str,
    check: Rescaling,
    rng: int,
    progress: Progress | None = None,
    quick: Pure | None = None,
) -> Candidates:
    """Return the symmetries of a network's Jacobian at generic points.

    Args:
        net: The network.
        inputs: The batch.
        per: "tensor" or "row".
        check: Says which pieces have no effect at all.
        rng: Seed of the points.
        progress: Called with how many gradients are done, and of how many so far.
        quick: The same network in float32, to find combinations by; what they do is for float64 to confirm.

    Returns:
        The candidates.

    Raises:
        Unclear: If float32 does not tell.
    """
    done = [0, 0]

    def told(rows: int) -> None:
        done[0] += rows
        if progress is not None:
            progress(done[0], max(done))

    count = len(check.pieces)
    first = Sketch(net, inputs, per, rng, told)
    done[1] = 2 * FIRST
    first.extend(2 * FIRST)
    gradients = first.sizes
    small = np.flatnonzero(gradients <= CUT).tolist()
    flat = check.without_effect(small) | {i for i in small if gradients[i] <= FLAT}
    doubtful = gradients <= DOUBTFUL * gradients.max(initial=0.0)
    if not flat.issuperset(np.flatnonzero(doubtful).tolist()):
        moved = np.abs(first.shaken() - first.first_sizes)
        flat |= set(np.flatnonzero(doubtful & (moved > SHAKEN * gradients)).tolist())
    felt = np.array([i not in flat for i in range(count)], dtype=bool)
    # Each beside its own gradient: a branch of little weight is as much a branch.
    own = np.where(felt, gradients, 1.0)
    sizes = np.where(felt, np.abs(first.columns).max(axis=0, initial=0.0) / own, 0.0)
    alone = (sizes <= CUT) & felt
    rest = np.flatnonzero(sizes > CUT)
    sketch, reading = first, EXACT
    if quick is not None:
        sketch, reading = Sketch(quick, quick.cast(inputs), per, rng, told), QUICK
        if (gradients[rest] < reading.least).any():
            raise Unclear
    found = _combinations(sketch, rest, reading, done)
    degrees = np.zeros((len(found.basis), count), dtype=int)
    degrees[:, rest] = found.basis
    left = found.largest_null if quick is None else _felt_of(degrees, first.columns, own)
    if left > CUT:
        raise Unclear
    zero = max(float(sizes[sizes <= CUT].max(initial=0.0)), left)
    chance = np.array([check.size(i) for i in range(count)]) ** -0.5
    near = sizes <= NEAR * chance
    far = np.array([i for i in rest if not near[i]], dtype=int)
    loose = np.zeros((0, count), dtype=int)
    if per == "tensor" and len(far):
        guessed = loose_null_space(sketch.columns[:, far], reading.zero, sketch.sizes[far])
        loose = np.zeros((len(guessed), count), dtype=int)
        loose[:, far] = guessed
    return Candidates(
        flat=tuple(sorted(flat)),
        alone=tuple(np.flatnonzero(alone).tolist()),
        degrees=degrees,
        gap=(zero, found.smallest_kept),
        near=tuple(np.flatnonzero(near).tolist()),
        loose=loose,
    )


def _felt_of(degrees: np.ndarray, columns: np.ndarray, own: np.ndarray) -> float:
    """Return the largest derivative along combinations, beside the pieces' gradients."""
    if not len(degrees):
        return 0.0
    along = np.abs(columns @ degrees.T).max(axis=0)
    return float((along / (np.abs(degrees) * own).max(axis=1)).max())


def _combinations(sketch: Sketch, rest: np.ndarray, reading: Reading, done: list[int]) -> NullSpace:
    """Return the null space of the other pieces' columns, from rows enough to know their rank."""
    while (missing := _missing(sketch, rest, reading)) > 0:
        done[1] = done[0] + missing
        sketch.extend(missing)
    columns = sketch.columns[:, rest] / len(sketch.columns) ** 0.5 if len(rest) else np.zeros((0, 0))
    try:
        found = null_space(columns, reading.zero, sketch.sizes[rest] if len(rest) else 1.0, reading.off)
    except ArithmeticError as error:
        if reading is QUICK:
            raise Unclear from error
        raise ArithmeticError(
            f"{error}: this batch does not tell (give more samples or larger inputs, if a normalisation is over two or "
            "three numbers)"
        ) from error
    if found.smallest_kept < reading.kept:
        raise Unclear
    return found


def _missing(sketch: Sketch, rest: np.ndarray, reading: Reading) -> int:
    """Return how many rows more it takes: some spare ones beyond the rank, where it is less than it could be."""
    if not len(rest):
        return 0
    rank = 0
    if sketch.independent:
        columns = sketch.columns[:, rest] / sketch.sizes[rest] / len(sketch.columns) ** 0.5
        rank = int((np.linalg.svd(columns, compute_uv=False) > reading.rounding).sum())
        if rank == len(rest) or rank + SPARE <= sketch.independent:
            return 0
    # A few at a time spare decompositions.
    return max(rank + SPARE - sketch.independent, len(rest) // 8)
