"""Two checkpoints of a network: the loss on the straight line between them, their angle, and their ensemble."""

from __future__ import annotations

import os
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from sitheory.bridge.data.batches import Dealer
from sitheory.bridge.evaluation.true_metrics import Samples, on_device, picked
from sitheory.bridge.functional.checkpoints import load_cell
from sitheory.bridge.functional.stacked import Stack

End = tuple[str | os.PathLike, int]
"""A checkpoint of ``bridge.train`` and a cell of it."""


class Between(NamedTuple):
    """What two checkpoints are to each other.

    ``loss`` is the train loss at evenly spaced points of the line, first and last checkpoint included;
    ``similarity`` the cosine of the angle between their weights; ``ensemble_error`` the share of test samples that the
    mean of their predictions tells wrong.
    """

    loss: np.ndarray
    similarity: float
    ensemble_error: float


def between(
    net: nn.Module,
    data: Any,
    first: End,
    last: End,
    *,
    batches: Dealer,
    positions: int = 21,
    device: str = "cpu",
) -> Between:
    """Compare two checkpoints [regimes appendices I and K].

    Args:
        net: A network of their structure; its weights become those of the last.
        data: Samples with a test set.
        first: Where the line begins.
        last: Where it ends.
        batches: How a pass over the training set deals it out; the loss is that of the batches' own statistics.
        positions: How many points of the line.
        device: Where to compute.

    Returns:
        The comparison.
    """
    samples = on_device(data, next(net.parameters()).dtype, device)
    weights, predictions = [], torch.zeros(())
    for path, cell in (first, last):
        end = load_cell(net, path, cell).to(device)
        weights.append(Stack(end, device=device).start(1)[0][0])
        predictions = predictions.to(device) + _predicted(end, samples)
    share = torch.linspace(0, 1, positions, dtype=torch.float64, device=device)[:, None]
    line = (1 - share) * weights[0] + share * weights[1]
    similarity = torch.nn.functional.cosine_similarity(weights[0], weights[1], dim=0)
    assert samples.y_test is not None
    wrong = (predictions.argmax(1) != samples.y_test).double().mean()
    return Between(
        _losses(Stack(net, device=device), line, samples, batches), float(similarity), float(wrong)
    )


def _predicted(net: nn.Module, samples: Samples) -> Tensor:
    assert samples.x_test is not None
    net.eval()
    with torch.no_grad():
        return torch.softmax(net(samples.x_test).double(), 1)


def _losses(stack: Stack, weights: Tensor, samples: Samples, batches: Dealer) -> np.ndarray:
    _, buffers = stack.start(len(weights))
    loss = torch.zeros(len(weights), dtype=torch.float64, device=weights.device)
    for indices in batches.passes(len(samples.y)):
        found = stack.look(weights, buffers, *picked(samples, indices), training=True)
        loss = loss + len(indices) / len(samples.y) * found.loss
    return loss.cpu().numpy()
