"""The test of symmetries: rescale by finite factors, and look."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
import torch

from sitheory.bridge.functional.pure_network import Inputs, Pure
from sitheory.bridge.symmetry.parameter_blocks import Piece, last_bits_changed, redrawn, rescaled

CONFIRMED = 1e-9
"""A symmetry holds if finite rescaling moves the output by no more than this part of what new values would do."""

ROUNDINGS = 64
"""Rescaling may move the output by so many times what rounding all parameters does."""

NEARLY = 1e-2
"""Tensors are nearly invariant if rescaling moves the output by less than this part of what new values would do."""

FAR = 100.0
"""How far away an eps is distinguished from other reasons: its effect falls there by this or its square."""

FACTORS = (0.3, 7.0)
"""Confirming factors; powers of two would scale floating-point numbers exactly and so test too little."""

Degrees: TypeAlias = dict[int, int]
Confirmed: TypeAlias = tuple[Degrees, float]


@dataclass(frozen=True)
class Rescaling:
    """Rescales a network's pieces at some points of its parameters."""

    net: Pure
    inputs: Inputs
    pieces: list[Piece]
    points: list[Mapping[str, torch.Tensor]]

    @cached_property
    def outputs(self) -> list[torch.Tensor]:
        """The output at each point."""
        with torch.no_grad():
            return [self.net(point, self.inputs) for point in self.points]

    def size(self, number: int) -> int:
        """Return how many numbers a piece has."""
        piece = self.pieces[number]
        whole = self.points[0][piece.tensor]
        return whole.numel() if piece.row is None else whole.numel() // len(whole)

    def deviation(self, symmetries: Sequence[Degrees], factors: Sequence[float]) -> float:
        """Return the largest change, relative to the output, when each symmetry's pieces get its factor's powers."""
        return self._change([self._times(point, symmetries, factors) for point in self.points])

    def _times(
        self, point: Mapping[str, torch.Tensor], symmetries: Sequence[Degrees], factors: Sequence[float]
    ) -> dict[str, torch.Tensor]:
        scales = [(i, f**d) for v, f in zip(symmetries, factors, strict=True) for i, d in v.items()]
        return rescaled(point, [self.pieces[i] for i, _ in scales], [s for _, s in scales])

    @cached_property
    def rounding(self) -> float:
        """What rounding may do to the output: some times what a random last bit of each parameter does to it."""
        unit = torch.finfo(self.net.dtype or torch.float64).eps
        shaken = [last_bits_changed(point, seed) for seed, point in enumerate(self.points)]
        return max(ROUNDINGS * self._change(shaken), ROUNDINGS * unit)

    def confirm(self, symmetries: Sequence[Degrees]) -> list[Confirmed]:
        """Return the symmetries that hold with their deviations, measured all at once or, if need be, one by one."""
        if symmetries and (deviation := self.hold(symmetries, ())) <= self.rounding:
            return [(v, deviation) for v in symmetries]
        measured = [(v, float(np.max([self.deviation([v], [f]) for f in FACTORS]))) for v in symmetries]
        return [(v, deviation) for v, deviation in measured if self._kept(v, deviation)]

    def _kept(self, symmetry: Degrees, deviation: float) -> bool:
        """Return whether a deviation is rounding, or nothing beside what any of the pieces can do."""
        if deviation <= self.rounding or not deviation <= CONFIRMED:
            return deviation <= self.rounding
        return deviation <= CONFIRMED * min(self.effect([i]) for i in symmetry)

    def nearly(self, group: Sequence[int]) -> float | None:
        """Return how far doubling pieces together moves the output if an eps explains it, otherwise None.

        The effect of an eps falls with the pieces' norms, or their squares; nothing else that rescaling does, does.
        """
        deviation, far = self._doubled(group, 1.0), self._doubled(group, FAR)
        if not deviation <= NEARLY * min(self.effect([i]) for i in group):
            return None
        return deviation if far <= max(10 * deviation / FAR, self.rounding) else None

    def _doubled(self, group: Sequence[int], base: float) -> float:
        """Return the change when pieces, times a base, are doubled."""
        parts = [self.pieces[i] for i in group]
        once, twice = ([rescaled(p, parts, [f] * len(parts)) for p in self.points] for f in (base, 2 * base))
        with torch.no_grad():
            pairs = [
                (self.net(b, self.inputs), self.net(a, self.inputs)) for a, b in zip(once, twice, strict=True)
            ]
        return float(np.max([relative_change(new, old) for new, old in pairs]))

    def without_effect(self, numbers: Sequence[int]) -> set[int]:
        """Return which of these pieces can be anything at all: no gradient is not enough, where outputs have steps."""
        if not numbers or self.effect(numbers) <= self.rounding:
            return set(numbers)
        return {i for i in numbers if self.effect([i]) <= self.rounding}

    def effect(self, numbers: Sequence[int]) -> float:
        """Return the change when pieces are redrawn, and when they are turned round."""
        wanted = [self.pieces[i] for i in numbers]
        turned = [rescaled(point, wanted, [-1.0] * len(wanted)) for point in self.points[1:]]
        drawn = [redrawn(point, wanted, 17 + k) for k, point in enumerate(self.points)]
        return float(np.max([self._change(drawn), self._change(turned, self.outputs[1:])]))

    def hold(self, symmetries: Sequence[Degrees], quiet: Iterable[int]) -> float:
        """Return the change when all symmetries get factors at once, and what has no effect is redrawn."""
        silent = [self.pieces[i] for i in quiet]
        factors = np.exp(np.random.default_rng(0).uniform(-2, 2, (len(self.points), len(symmetries))))
        moved = [
            redrawn(self._times(point, symmetries, row.tolist()), silent, 17 + k)
            for k, (point, row) in enumerate(zip(self.points, factors, strict=True))
        ]
        return self._change(moved)

    def _change(
        self, moved: Sequence[Mapping[str, torch.Tensor]], before: Sequence[torch.Tensor] | None = None
    ) -> float:
        """Return the largest change of the output between the points and where they moved."""
        before = self.outputs if before is None else before
        with torch.no_grad():
            pairs = [(self.net(new, self.inputs), old) for new, old in zip(moved, before, strict=True)]
            # numpy's maximum lets nan through, Python's may hide it.
            return float(np.max([relative_change(new, old) for new, old in pairs], initial=0.0))


def relative_change(output: torch.Tensor, reference: torch.Tensor) -> float:
    """Return the largest change of an output, as a part of the reference's largest entry; of nothing, 0."""
    change = float((output - reference).abs().max())
    return change / float(reference.abs().max().clamp_min(1e-300)) if change else 0.0
