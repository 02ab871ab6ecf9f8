"""Groups for training and watching: what finite rescaling of the network at hand shows to be scale-invariant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_map

from sitheory.bridge.functional.network_copy import unwrapped
from sitheory.bridge.functional.pure_network import NO_EPS, Inputs, Pure
from sitheory.bridge.symmetry.candidates import CUT
from sitheory.bridge.symmetry.finite_rescaling import NEARLY, Rescaling, relative_change
from sitheory.bridge.symmetry.groups import Groups
from sitheory.bridge.symmetry.parameter_blocks import Jacobian, Piece, generic
from sitheory.bridge.symmetry.partition import Partition, Per

Asked = Groups | Partition | Per
"""How groups are given: what ``bridge.find_groups`` found, a partition, or "row" or "tensor"."""

SAMPLES = 32
"""So many samples of a batch are enough to see what rescaling does."""

SKETCHES = 3
"""Random combinations of the outputs; along one of them alone a piece may be orthogonal to its gradient by chance."""


def partition_of(net: nn.Module, groups: Asked, samples: Inputs) -> Partition:
    """Return the groups that were requested: as found or given, or each invariant tensor by row or as a whole.

    Args:
        net: The network.
        groups: What was requested.
        samples: A batch that it takes, to test by.

    Raises:
        ValueError: If a partition names a parameter that is not trained, or none is scale-invariant.
    """
    shapes = {n: p.shape for n, p in net.named_parameters() if p.requires_grad}
    if isinstance(groups, str):
        found = invariant_alone(net, samples, groups)
        if not found.names:
            raise ValueError(
                "need scale-invariant parameters (groups=bridge.find_groups(net, x) finds those that are so only "
                "together), got none whose rescaling leaves the output as it is"
            )
        return found
    found = Partition.found(shapes, groups) if isinstance(groups, Groups) else groups
    if missing := [n for n in found.names if n not in shapes]:
        raise ValueError(f"need groups of trained parameters, got {', '.join(missing)}")
    return found


class _Felt(NamedTuple):
    """Of each piece: the size of its gradient, and the largest cosine with it."""

    size: np.ndarray
    cosine: np.ndarray


def invariant_alone(
    net: nn.Module, inputs: Inputs, per: Per = "row", *, names: Iterable[str] | None = None
) -> Partition:
    """Return the tensors that are scale-invariant each by itself, by row where the rows are so too.

    A first look takes those whose gradients, in float64 without eps at a generic point, are orthogonal to them; finite
    rescaling, there and at the network's own weights, confirms each. What has no effect on the output is unknown, and
    in no group.

    Args:
        net: The network.
        inputs: A batch that it takes.
        per: Whether to split tensors by row.
        names: Among which parameters; the trainable ones by default.

    Returns:
        The partition, empty if there are none.

    Raises:
        ValueError: If ``per`` is none of the two, or the output says nothing.
    """  # noqa: DOC502  raised by what it calls
    Partition.of({}, per)  # says what is wrong with it
    net = unwrapped(net)
    wanted = [n for n, p in net.named_parameters() if p.requires_grad] if names is None else list(names)
    pure = Pure(net, names=wanted, eps=NO_EPS)
    batch = pure.cast(fewer(inputs))
    whole = [Piece(n) for n, p in pure.values.items() if p.dim() > 1]
    points: list[Mapping[str, Tensor]] = [pure.values, generic(pure.values, 1_000_003)]
    check = Rescaling(pure, batch, whole, points)
    felt = _felt(pure, points[1], batch, "tensor")
    place = {n: i for i, n in enumerate(pure.values)}
    first = [i for i, p in enumerate(whole) if felt.size[place[p.tensor]] > CUT]
    exact = [i for i in first if felt.cosine[place[whole[i].tensor]] <= CUT]
    confirmed = {i for v, _ in check.confirm([{i: 1} for i in exact]) for i in v}
    near = [
        i
        for i in first
        if i not in confirmed
        and felt.cosine[place[whole[i].tensor]] <= NEARLY
        and check.nearly([i]) is not None
    ]
    kept = [whole[i].tensor for i in sorted([*confirmed, *near])]
    split = Partition.of({n: pure.values[n].shape for n in kept}, per)
    if per == "tensor" or not kept:
        return split
    rows = _felt(pure, points[1], batch, "row")
    starts = dict(
        zip(
            pure.values,
            np.cumsum([0, *(len(torch.atleast_1d(v)) for v in pure.values.values())]),
            strict=False,
        )
    )
    limit = {whole[i].tensor: CUT if i in confirmed else NEARLY for i in range(len(whole))}
    counts = []
    for name, count in zip(split.names, split.rows, strict=True):
        part = slice(starts[name], starts[name] + count)
        alone = rows.cosine[part][rows.size[part] > CUT].max(initial=0.0) <= limit[name]
        counts.append(count if alone else 1)
    return Partition(split.names, tuple(counts), split.sizes)


def require_invariant(net: nn.Module, inputs: Inputs, groups: Partition) -> None:
    """Raise if groups that somebody declared are not scale-invariant.

    Raises:
        ValueError: With the names of those that finite rescaling moves the output by.
    """
    pure = Pure(net, names=groups.names, eps=NO_EPS)
    check = Rescaling(pure, pure.cast(fewer(inputs)), [Piece(n) for n in groups.names], [pure.values])
    factors = np.exp(np.random.default_rng(0).uniform(-1, 1, groups.count))
    if _moved(check, groups, factors) <= check.rounding:
        return
    wrong = [
        label for label, parts in tested_together(groups).items() if _breaks(check, groups, parts, factors)
    ]
    if wrong:
        raise ValueError(f"need groups that are scale-invariant, got {', '.join(wrong)}")


def tested_together(groups: Partition) -> dict[str, list[int]]:
    """Return each tensor's groups, or each joint group, by a name: what is tested together."""
    if groups.member is not None:
        return {label: [i] for i, label in enumerate(groups.labels)}
    ends = np.cumsum([0, *groups.rows])
    return {n: list(range(ends[i], ends[i + 1])) for i, n in enumerate(groups.names)}


def _breaks(check: Rescaling, groups: Partition, parts: list[int], factors: np.ndarray) -> bool:
    """Return whether rescaling some groups moves the output, and not because of an eps: its effect falls far out."""
    only = np.where(np.isin(np.arange(groups.count), parts), factors, 1.0)
    near = _moved(check, groups, only)
    if near <= check.rounding:
        return False
    base = np.where(np.isin(np.arange(groups.count), parts), 100.0, 1.0)
    effect = check.effect([i for i, n in enumerate(groups.names) if _touches(groups, i, parts)])
    far = _moved(check, groups, only * base, base)
    return near > NEARLY * effect or far > max(near / 100, check.rounding)


def _touches(groups: Partition, tensor: int, parts: list[int]) -> bool:
    start = sum(groups.rows[:tensor])
    rows = range(start, start + groups.rows[tensor])
    owners = set(rows) if groups.member is None else {groups.member[r] for r in rows}
    return bool(owners & set(parts))


@torch.no_grad()
def _moved(check: Rescaling, groups: Partition, factors: np.ndarray, base: np.ndarray | None = None) -> float:
    """Return how far factors, one for each group, move the output, relative to it."""
    after = check.net(scaled(check.net.values, groups, factors), check.inputs)
    before = (
        check.outputs[0] if base is None else check.net(scaled(check.net.values, groups, base), check.inputs)
    )
    return relative_change(after, before)


def scaled(values: Mapping[str, Tensor], groups: Partition, factors: np.ndarray) -> dict[str, Tensor]:
    """Return parameters with each group times its factor."""
    by_row = factors if groups.member is None else factors[list(groups.member)]
    ends = np.cumsum([0, *groups.rows])
    out = dict(values)
    for i, (name, rows) in enumerate(zip(groups.names, groups.rows, strict=True)):
        own = torch.from_numpy(by_row[ends[i] : ends[i + 1]]).to(out[name])
        out[name] = (out[name].reshape(rows, -1) * own[:, None]).reshape(out[name].shape)
    return out


def _felt(net: Pure, values: Mapping[str, Tensor], inputs: Inputs, per: str) -> _Felt:
    jacobian = Jacobian(net, values, inputs, per)
    rows, lengths = zip(*(jacobian.row(number) for number in range(SKETCHES)), strict=True)
    along, sizes = np.abs(rows).max(axis=0), np.max(lengths, axis=0)
    return _Felt(sizes, np.divide(along, sizes, out=np.zeros_like(along), where=sizes > 0))


def fewer(inputs: Any) -> Any:
    """Return the first samples of a batch, whatever its structure: of each tensor as long as the first."""
    found: list[int] = []

    def one(leaf: Any) -> Any:
        if not isinstance(leaf, (Tensor, np.ndarray)) or leaf.ndim == 0:
            return leaf
        found.append(len(leaf))
        return leaf[:SAMPLES] if len(leaf) == found[0] else leaf

    return tree_map(one, inputs)
