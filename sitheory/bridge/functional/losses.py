"""Losses that stay exact where training gets confident."""

from __future__ import annotations

from collections.abc import Callable

import torch

Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def cross_entropy(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Return log(1 + sum over j != y of exp(z_j - z_y)) of each sample, exact however small it gets.

    torch's own, log-sum-exp minus z_y, is 68 % low at a margin of 17 in float32 and 0 from a margin of 20. First and
    second derivatives are exact too.

    Args:
        logits: Shape (..., classes).
        targets: The classes y, integers of shape (...).

    Returns:
        The loss of each sample, shape (...).
    """
    own = targets[..., None]
    others = logits.scatter(-1, own, float("-inf")).logsumexp(-1)
    lead = others - logits.gather(-1, own)[..., 0]
    # log(1 + exp(lead)) with the exponent never positive; `where` leaves both branches' derivatives right at 0.
    behind = lead > 0
    return torch.where(behind, lead, 0.0) + torch.where(behind, -lead, lead).exp().log1p()


def squared_error(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Return the mean over the classes of (z_j - [j = y])^2 of each sample.

    Args:
        logits: Shape (..., classes).
        targets: The classes y, integers of shape (...).

    Returns:
        The loss of each sample, shape (...).
    """
    aim = torch.zeros_like(logits).scatter(-1, targets[..., None], 1.0)
    return (logits - aim).square().mean(-1)
