"""Which parameters of any network are scale-invariant, alone or together: found by numbers, not by names."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import nn

from sitheory.bridge.functional.pure_network import (
    NO_EPS,
    Inputs,
    Pure,
    accepted,
    computes_in_float32,
    few_samples,
)
from sitheory.bridge.symmetry.candidates import Candidates, Progress, Unclear, candidates
from sitheory.bridge.symmetry.finite_rescaling import Confirmed, Rescaling
from sitheory.bridge.symmetry.null_space import groups_and_balances
from sitheory.bridge.symmetry.parameter_blocks import Piece, generic, order_of, pieces_of
from sitheory.trajectory.progress import patient_bar


@dataclass(frozen=True)
class Symmetry:
    """Pieces that can be rescaled by powers of one factor, and how far finite rescaling moved the output.

    ``degrees`` holds each piece's power; in a scale-invariant group all are 1.
    """

    degrees: dict[str, int]
    deviation: float

    @property
    def names(self) -> tuple[str, ...]:
        """The pieces."""
        return tuple(self.degrees)

    def __str__(self) -> str:
        """Return the names, with powers where they are not all 1, and the deviation."""
        signed = any(d != 1 for d in self.degrees.values())
        parts = [f"{name}^{d:+d}" if signed else name for name, d in self.degrees.items()]
        return f"{', '.join(parts)}  (deviation {self.deviation:.1e})"


@dataclass(frozen=True)
class Groups:
    """What :func:`find_groups` found.

    ``groups`` are disjoint, minimal and invariant: those of one member are invariant by themselves, the members of the
    others only together. ``balances`` hold degrees such as +1 and -1: the output does not change, but the pieces are
    not scale-invariant. ``inert`` pieces do not reach the output at all, as a bias before batch normalisation.
    ``others`` are the remaining pieces; ``nearly`` those of them that an eps in the network's formulas keeps from
    invariance, alone or together, with how far doubling moves the output. ``gap`` says how sure the count is: the
    largest number taken for zero and the smallest not taken for it.
    """

    groups: tuple[Symmetry, ...]
    balances: tuple[Symmetry, ...]
    inert: tuple[str, ...]
    others: tuple[str, ...]
    gap: tuple[float, float]
    nearly: tuple[Symmetry, ...] = ()

    @property
    def individual(self) -> tuple[str, ...]:
        """The pieces that are scale-invariant by themselves."""
        return tuple(g.names[0] for g in self.groups if len(g.names) == 1)

    @property
    def names(self) -> tuple[str, ...]:
        """All pieces of the groups."""
        return tuple(name for group in self.groups for name in group.names)

    @property
    def fully_scale_invariant(self) -> bool:
        """Whether everything in question belongs to a group."""
        return not self.others and not self.inert

    def __str__(self) -> str:
        """Return the report, a line for each finding."""
        lines = [f"{len(self.groups)} scale-invariant groups, {len(self.individual)} of one member"]
        lines += [f"  {group}" for group in self.groups]
        lines += [f"balanced, not invariant: {balance}" for balance in self.balances]
        lines += [f"does not reach the output: {name}" for name in self.inert]
        lines += [f"nearly invariant ({s.deviation:.1e}): {', '.join(s.names)}" for s in self.nearly]
        near = {name for s in self.nearly for name in s.names}
        lines += [f"not scale-invariant: {name}" for name in self.others if name not in near]
        lines.append(f"numbers up to {self.gap[0]:.0e} count as 0, the next is {self.gap[1]:.0e}")
        return "\n".join(lines)


def find_groups(
    net: nn.Module,
    inputs: Inputs,
    *,
    names: Iterable[str] | None = None,
    per: str = "tensor",
    training: bool = True,
    rng: int = 0,
    progress: Progress | None = None,
) -> Groups:
    """Find the groups of parameters whose common rescaling leaves a network's output as it is.

    The network is copied to float64 with the eps of its normalisations taken away. The null space of the Jacobian by
    the log-scales, at two generic points, gives the symmetries; finite rescaling, at another one and at the network's
    own parameters, confirms each. Only symmetries that hold for the batch given are seen: take inputs as in training,
    and so many that no batch normalisation is over two numbers, which it makes 1 and -1 whatever they are. The time
    grows with the batch: four samples and short texts show as much as many. Of a network in float32 combinations are
    looked for in float32 on the first samples, and confirmed in float64 there and in float32 on all; where that is
    not clear, all is done in float64.

    Args:
        net: Any module.
        inputs: A batch that the network takes, two samples or more: a tensor, a tuple of arguments, or a mapping of
            named ones.
        names: Which parameters; the trainable ones by default. All others count as constants.
        per: "tensor", or "row" for groups of neurons or channels.
        training: Whether in train mode; eval mode, with its running statistics, is hardly ever scale-invariant.
        rng: Seed of the generic points.
        progress: Called with how many gradients are done, and of how many so far; by default a bar is drawn on a
            terminal if it takes more than two seconds.

    Returns:
        The groups, and what is none.

    Raises:
        ValueError: If the network does not take the batch.
        ArithmeticError: If the batch does not tell.
    """  # noqa: DOC502  raised by what it calls
    pure = Pure(net, training=training, names=names, eps=NO_EPS)
    inputs = pure.cast(inputs)
    accepted(pure.net, inputs)
    pieces = pieces_of(pure.values, per)
    if not pieces:
        return Groups((), (), (), (), (0.0, math.inf))
    with patient_bar("gradient") if progress is None else contextlib.nullcontext(progress) as told:
        if per == "tensor" and computes_in_float32(net):
            quick = Pure(net, dtype=torch.float32, training=training, names=names, eps=NO_EPS)
            found = _quick_search(pure, quick, inputs, pieces, rng, told)
            if found is not None:
                return found
        check = _check(pure, inputs, pieces, rng)
        return _decided(check, candidates(pure, inputs, per, check, rng, told), per)


def _check(pure: Pure, inputs: Inputs, pieces: list[Piece], rng: int) -> Rescaling:
    # The second point is one that the search does not see.
    return Rescaling(pure, inputs, pieces, [pure.values, generic(pure.values, rng + 1_000_003)])


def _quick_search(
    pure: Pure, quick: Pure, inputs: Inputs, pieces: list[Piece], rng: int, told: Progress | None
) -> Groups | None:
    """Return what float32 finds on a few samples, if float64 confirms all of it and so do all samples.

    Whatever is not clear, or not confirmed, is None: it is then searched for in float64 on all samples.
    """
    part = few_samples(inputs)
    check = _check(pure, part, pieces, rng)
    try:
        found = candidates(pure, part, "tensor", check, rng, told, quick)
    except Unclear:
        return None
    groups = _decided(check, found, "tensor")
    place = {str(piece): i for i, piece in enumerate(pieces)}
    kept = [{place[n]: d for n, d in s.degrees.items()} for s in (*groups.groups, *groups.balances)]
    quiet = [place[n] for n in groups.inert]
    if len(kept) + len(quiet) < len(found.alone) + len(found.degrees) + len(found.flat):
        return None
    whole = Rescaling(quick, quick.cast(inputs), pieces, [quick.values])
    if part is not inputs and not whole.hold(kept, quiet) <= whole.rounding:
        return None
    return groups


def _decided(check: Rescaling, found: Candidates, per: str) -> Groups:
    """Return what finite rescaling makes of candidates."""
    pieces = check.pieces
    together, balances = groups_and_balances(found.degrees, order_of(pieces, check.points[0]))
    quiet = check.without_effect(found.flat)
    alone = [{i: 1} for i in (*found.alone, *(i for i in found.flat if i not in quiet))]
    groups = check.confirm([*alone, *together])
    members = {i for degrees, _ in groups for i in degrees}
    others = [i for i in range(len(pieces)) if i not in members and i not in quiet]
    near = _nearly(check, found, set(others)) if per == "tensor" else []

    def named(confirmed: list[Confirmed]) -> tuple[Symmetry, ...]:
        ordered = sorted(confirmed, key=lambda symmetry: min(symmetry[0]))
        return tuple(
            Symmetry({str(pieces[i]): d for i, d in v.items()}, deviation) for v, deviation in ordered
        )

    return Groups(
        groups=named(groups),
        balances=named(check.confirm(balances)),
        inert=tuple(str(p) for i, p in enumerate(pieces) if i in quiet),
        others=tuple(str(pieces[i]) for i in others),
        gap=found.gap,
        nearly=named(near),
    )


def _nearly(check: Rescaling, found: Candidates, others: set[int]) -> list[Confirmed]:
    """Return the pieces, alone or together, that an eps in the network's formulas keeps from invariance."""
    together, _ = groups_and_balances(found.loose, order_of(check.pieces, check.points[0]))
    tried = [{i: 1} for i in found.near if i in others] + [v for v in together if v.keys() <= others]
    moved = [(v, check.nearly(list(v))) for v in tried]
    return [(v, deviation) for v, deviation in moved if deviation is not None]
