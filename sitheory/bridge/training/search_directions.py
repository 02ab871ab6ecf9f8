"""What a step follows: the gradient downhill, or a baseline's direction of the same length."""

from __future__ import annotations

from enum import StrEnum

import torch
from torch import Tensor

from sitheory.bridge.symmetry.partition import Partition


class Along(StrEnum):
    """What a step follows: the gradient downhill, or a baseline's direction of the same length."""

    DESCENT = "descent"
    ASCENT = "ascent"
    RANDOM = "random"


def directed(along: Along, w: Tensor, grad: Tensor, noise: Tensor | None, groups: Partition) -> Tensor:
    """Return what a step follows in place of the gradient.

    Args:
        along: Which direction.
        w: The weights, shape (cells, values).
        grad: The gradient, shape (cells, values).
        noise: Standard normal numbers, shape (values,), the same for each cell; only a random walk needs them.
        groups: The scale-invariant groups; a random step is made orthogonal to the weights in each, as gradients are.

    Returns:
        Shape (cells, values); a random direction has the gradient's length.
    """
    if along is Along.DESCENT:
        return grad
    if along is Along.ASCENT:
        return -grad
    assert noise is not None
    drawn = noise.expand_as(w)
    drawn = drawn - groups.spread(groups.sums(drawn * w) / groups.sums(w * w)) * w
    return drawn * torch.sqrt(grad.square().sum(1, keepdim=True) / drawn.square().sum(1, keepdim=True))
