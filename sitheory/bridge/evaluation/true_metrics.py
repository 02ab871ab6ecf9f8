"""The true metrics of a moment: a pass of its own over the training set in TRAIN mode, the test set in EVAL mode.

A pass in EVAL mode would measure another function, which is not even scale-invariant.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from sitheory.bridge.curvature.spherical_sharpness import sharpness
from sitheory.bridge.data.batches import Batches, Dealer
from sitheory.bridge.evaluation.coded_images import Coded, coded
from sitheory.bridge.functional.cuda_graphs import Loop, Recorder
from sitheory.bridge.functional.device import usable
from sitheory.bridge.functional.precision import Precision, computing
from sitheory.bridge.functional.stacked import Buffers, Stack
from sitheory.bridge.symmetry.partition import Partition
from sitheory.theory import scale

TEST_BATCH = 2048
"""Test samples looked at together; in EVAL mode the number changes nothing."""

RECORDED_FROM = 32
"""Batches of a pass from which recording pays: it takes about four passes of its own, for each size of batch."""


class Samples(NamedTuple):
    """Samples and labels on the device; the test set may be missing. A GPU keeps images as bytes if nothing is lost."""

    x: Tensor | Coded
    y: Tensor
    x_test: Tensor | Coded | None
    y_test: Tensor | None


class _Sums(NamedTuple):
    """What a pass adds up over its batches; the lengths are means over batches, the gradient is that of the whole."""

    loss: Tensor
    error: Tensor
    batch_norm: Tensor
    batch_grad: Tensor
    grad: Tensor


def survey(
    stack: Stack,
    groups: Partition,
    w: Tensor,
    buffers: Buffers,
    data: Samples,
    dealer: Dealer,
    recorder: Recorder | None = None,
) -> dict[str, Tensor]:
    """Return the true metrics of each cell; nothing of the run changes.

    Args:
        stack: The network's copies.
        groups: Its scale-invariant groups.
        w: The weights, shape (cells, values).
        buffers: Statistics of batch normalisation.
        data: The samples.
        dealer: How training deals them out; the pass uses the same batches' size, each sample once.
        recorder: Records a batch's part of the pass, if there are batches enough that this pays.

    Returns:
        ``loss``, ``train_error``; ``eff_grad`` and ``total_eff_grad`` of the whole gradient; ``batch_eff_grad``, the
        mean over batches of the joint effective gradient norm, ``batch_grad``, that of the gradient of all trained
        weights as it is; ``test_loss``, ``test_error``.
    """
    first = w[:, : groups.size]
    norm_sq = groups.sums(first * first)
    total = norm_sq.sum(1)
    parts = dealer.passes(len(data.y))

    def one_more(sums: _Sums, batch: tuple[Tensor, float]) -> _Sums:
        indices, share = batch
        found = stack.gradient(w, buffers, *picked(data, indices))
        assert found.grad is not None
        inner, whole = (g.square().sum(1).sqrt() for g in (found.grad[:, : groups.size], found.grad))
        lengths = inner / len(parts), whole / len(parts)
        new = share * found.loss, share * found.error, *lengths, share * found.grad
        return _Sums(*(s + n for s, n in zip(sums, new, strict=True)))

    none = torch.zeros_like(total)
    begin = _Sums(none, none, none, none, torch.zeros_like(w))
    loop = Loop(one_more, begin, recorder if len(parts) >= RECORDED_FROM else None)
    for indices in parts:
        loop.step((torch.as_tensor(indices, device=data.y.device), len(indices) / len(data.y)))
    loss, error, batch_norm, batch_grad, grad = loop.carry
    grad_sq = groups.sums(grad[:, : groups.size].square())
    return {
        "loss": loss,
        "train_error": error,
        "eff_grad": scale.eff_grad_sq(grad_sq, norm_sq).sqrt(),
        "total_eff_grad": scale.eff_grad_sq(grad_sq.sum(1), total).sqrt(),
        "batch_eff_grad": batch_norm * total.sqrt(),
        "batch_grad": batch_grad,
        **_tested(stack, w, buffers, data),
    }


def sharpest(stack: Stack, groups: Partition, w: Tensor, data: Samples, dealer: Dealer) -> Tensor:
    """Return each cell's spherical sharpness of the training loss, NaN where Lanczos or the weights failed."""
    found = torch.full((len(w),), torch.nan, dtype=torch.float64, device=w.device)
    fine = torch.isfinite(w).all(1)
    if fine.any():
        batches = [picked(data, indices) for indices in dealer.passes(len(data.y))]
        with computing(Precision.OWN, stack.device):
            seen = sharpness(stack.net, batches, names=groups.names, weights=w[fine][:, : groups.size])
        found[fine] = torch.where(seen.converged, seen.values, torch.nan)
    return found


def on_device(data: Any, dtype: torch.dtype, device: str, *, narrow: bool = False) -> Samples:
    """Return anything with ``x``, ``y`` and perhaps ``x_test``, ``y_test`` as tensors on the device.

    Whole numbers stay what they are (tokens), others and bytes take the network's type. On a GPU images of at most 256
    values a channel are kept as bytes, and take that type where they are picked. Images lie channels last on a
    CPU, where convolutions, pooling and normalisation are faster then, and on a GPU if its products are narrow, whose
    units read them so; there float32 is said to be faster channels first.

    Raises:
        ValueError: If there are no training samples, or not a label for each, or no such device.
    """
    place = usable(device)
    last = narrow or place.type == "cpu"

    def tensor(name: str) -> Tensor | None:
        values = getattr(data, name, None)
        return None if values is None else typed(values, dtype).to(place)

    def inputs(name: str) -> Tensor | Coded | None:
        values = tensor(name)
        if values is None or values.ndim != 4:
            return values
        kept = coded(values, last) if _as_bytes(place) else None
        if kept is not None:
            return kept
        return values.contiguous(memory_format=torch.channels_last) if last else values

    x, y = inputs("x"), tensor("y")
    if x is None or y is None:
        raise ValueError(f"need data with x and y, got {type(data).__name__}")
    if not 0 < len(x) == len(y):
        raise ValueError(f"need samples and a label for each, got {len(x)} samples, {len(y)} labels")
    return Samples(x, y, inputs("x_test"), tensor("y_test"))


def _as_bytes(place: torch.device) -> bool:
    """Whether images of few values lie as bytes there: on a CPU the look-up takes longer than it saves."""
    return place.type == "cuda"


def typed(values: Any, dtype: torch.dtype) -> Tensor:
    """Return an array as a tensor: whole numbers but bytes as they are, others in the network's type."""
    tensor = torch.as_tensor(values)
    return tensor.to(dtype) if tensor.is_floating_point() or tensor.dtype == torch.uint8 else tensor


def picked(data: Samples, indices: np.ndarray | Tensor) -> tuple[Tensor, Tensor]:
    """Return the training samples and labels at these indices."""
    at = torch.as_tensor(indices, device=data.y.device)
    return data.x[at], data.y[at]


def _tested(stack: Stack, w: Tensor, buffers: Buffers, data: Samples) -> dict[str, Tensor]:
    if data.x_test is None or data.y_test is None:
        return {}
    loss = torch.zeros(len(w), dtype=torch.float64, device=w.device)
    error = torch.zeros_like(loss)
    for indices in Batches(TEST_BATCH).dealt(np.arange(len(data.y_test)), drop_last=False):
        at = torch.from_numpy(indices).to(w.device)
        found = stack.look(w, buffers, data.x_test[at], data.y_test[at], training=False)
        share = len(indices) / len(data.y_test)
        loss, error = loss + share * found.loss, error + share * found.error
    return {"test_loss": loss, "test_error": error}
