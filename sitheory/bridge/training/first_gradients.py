"""Which of a network's parameters are scale-invariant, told from their gradients on its first batch."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from sitheory.bridge.data.batches import Dealer
from sitheory.bridge.evaluation.true_metrics import Samples, picked
from sitheory.bridge.functional.stacked import Stack
from sitheory.bridge.symmetry.groups import Groups
from sitheory.bridge.symmetry.partition import Partition, Per

Asked = Groups | Partition | Per
"""How groups are asked for: what ``bridge.find_groups`` found, a partition, or "row" or "tensor"."""

ORTHOGONAL = 1e-3
"""A gradient whose cosine with the weights is below this is orthogonal to them; batch normalisation's eps leaves
some 1e-6 at usual norms, a parameter that is not scale-invariant has 1e-1."""


def partition_of(net: nn.Module, groups: Asked, data: Samples, dealer: Dealer) -> Partition:
    """Return the groups that were asked for: as found or given, or each invariant tensor by row or as a whole.

    Raises:
        ValueError: If a partition names a parameter that is not trained, or none is scale-invariant.
    """
    stack = Stack(net, device=data.x.device)
    if isinstance(groups, Groups):
        return Partition.found(stack.shapes, groups)
    if isinstance(groups, Partition):
        if missing := [n for n in groups.names if n not in stack.shapes]:
            raise ValueError(f"need groups of trained parameters, got {', '.join(missing)}")
        return groups
    w, buffers = stack.start(1)
    found = stack.gradient(w, buffers, *picked(data, dealer.passes(len(data.y))[0]))
    assert found.grad is not None
    grads = dict(
        zip(stack.shapes, found.grad[0].split([s.numel() for s in stack.shapes.values()]), strict=True)
    )
    weights = dict(zip(stack.shapes, w[0].split([s.numel() for s in stack.shapes.values()]), strict=True))
    return told(
        {n: weights[n].view(s) for n, s in stack.shapes.items()},
        {n: grads[n].view(s) for n, s in stack.shapes.items()},
        groups,
    )


def told(weights: Mapping[str, Tensor], grads: Mapping[str, Tensor], per: Per) -> Partition:
    """Return the partition that orthogonal gradients tell of; rows that are not orthogonal make the tensor whole.

    Args:
        weights: Each parameter by name.
        grads: Its gradient.
        per: Whether to split tensors by row.

    Returns:
        The partition of the parameters that are scale-invariant each by itself.

    Raises:
        ValueError: If there is none.
    """
    whole = {
        n: w for n, w in weights.items() if w.dim() > 1 and _cosine(w[None], grads[n][None]) < ORTHOGONAL
    }
    if not whole:
        raise ValueError(
            "need scale-invariant parameters (groups=bridge.find_groups(net, x) finds those that are so only "
            "together), got none whose gradient is orthogonal to it"
        )
    split = Partition.of({n: w.shape for n, w in whole.items()}, per)
    rows = tuple(
        r if r == 1 or _cosine(whole[n], grads[n]) < ORTHOGONAL else 1
        for n, r in zip(split.names, split.rows, strict=True)
    )
    return Partition(split.names, rows, split.sizes)


def _cosine(rows: Tensor, grads: Tensor) -> float:
    """The largest cosine between a row and its gradient, 0 where a gradient is."""
    w, g = rows.detach().flatten(1).double(), grads.detach().flatten(1).double()
    size = w.norm(dim=1) * g.norm(dim=1)
    inner = (w * g).sum(1).abs()
    return float(torch.where(size > 0, inner / size.clamp_min(1e-300), 0.0).max())
