"""What the networks share: normalisation, the head, and initialisation from a seed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn


@contextmanager
def seeded(rng: int | None) -> Iterator[None]:
    """Draw from torch's CPU generator as seeded by ``rng``, and leave its state as it was; None changes nothing."""
    if rng is None:
        yield
        return
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(rng)
        yield


def conv(inputs: int, outputs: int, size: int = 3, stride: int = 1) -> nn.Conv2d:
    """Return a convolution without bias, which a batch normalisation would take out again."""
    return nn.Conv2d(inputs, outputs, size, stride=stride, padding=size // 2, bias=False)


def head(features: int, classes: int, *, bias: bool, scale_invariant: bool, norm: float) -> nn.Linear:
    """Return the last layer; frozen, its weight matrix rescaled, in a scale-invariant network.

    The bias stays at its random initialisation [periodic appendix B, regimes appendix C].

    Args:
        features: Inputs of the layer.
        classes: Outputs of the layer.
        bias: Whether it has one.
        scale_invariant: Whether to freeze it and rescale its weight matrix.
        norm: The Frobenius norm that the matrix gets if frozen.

    Returns:
        The layer.
    """
    layer = nn.Linear(features, classes, bias=bias)
    if scale_invariant:
        freeze_head(layer, norm)
    return layer


def freeze_head(layer: nn.Module, norm: float) -> None:
    """Rescale a layer's weight to a Frobenius norm, and freeze the layer; its bias stays as it is.

    Args:
        layer: A layer with a weight.
        norm: The norm.

    Raises:
        ValueError: If the norm is not positive.
    """
    if not norm > 0:
        raise ValueError(f"need head_norm > 0, got head_norm={norm}")
    weight = layer.get_parameter("weight")
    with torch.no_grad():
        weight.mul_(norm / weight.norm())
    layer.requires_grad_(False)
