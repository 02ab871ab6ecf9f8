"""How alike networks of one structure are: in their weights, and in what they predict together [periodic fig. 5]."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn


def similarity(first: nn.Module, second: nn.Module) -> float:
    """Return the cosine of the angle between two networks' trained weights."""
    a, b = (_flat(net) for net in (first, second))
    return float((a / a.norm()) @ (b / b.norm()))


@torch.no_grad()
def ensemble_error(nets: Sequence[nn.Module], inputs: Any, labels: Any) -> float:
    """Return the share of samples that the mean of the networks' probabilities tells wrong, in EVAL mode.

    Args:
        nets: One network or more; their mode is left as it was.
        inputs: Samples, as the networks take them.
        labels: Their labels.

    Returns:
        The share.
    """
    whole = sum(_probabilities(net, torch.as_tensor(inputs)) for net in nets)
    assert isinstance(whole, Tensor)
    return float((whole.argmax(1).cpu() != torch.as_tensor(labels)).double().mean())


def _probabilities(net: nn.Module, inputs: Tensor) -> Tensor:
    like, mode = next(net.parameters()), net.training
    samples = inputs.to(like.device, like.dtype) if inputs.is_floating_point() else inputs.to(like.device)
    net.eval()
    try:
        return torch.cat([torch.softmax(net(part).double(), 1) for part in samples.split(2048)])
    finally:
        net.train(mode)


def _flat(net: nn.Module) -> Tensor:
    return torch.cat([p.detach().flatten().double() for p in net.parameters() if p.requires_grad])
