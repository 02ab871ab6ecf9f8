"""Whether a GPU has the memory for the sharpness of the largest batch, before a run begins and not at its end."""

from __future__ import annotations

from collections.abc import Callable

import torch

from sitheory.bridge.curvature.spherical_sharpness import FlatLoss
from sitheory.bridge.data.batches import Dealer
from sitheory.bridge.evaluation.true_metrics import Samples, picked
from sitheory.bridge.functional.stacked import Stack
from sitheory.bridge.symmetry.partition import Partition

FEW = 32
"""Samples whose memory is measured, and twice as many: what a sample takes more is what the others take too."""


def require_room(stack: Stack, groups: Partition, data: Samples, dealer: Dealer) -> None:
    """Raise if the sharpness of a batch would not fit the stack's GPU; elsewhere do nothing.

    Raises:
        ValueError: If it would not, with what it takes.
    """  # noqa: DOC502  raised by what it calls
    largest = max(map(len, dealer.passes(len(data.y))))
    if stack.device.type != "cuda" or largest <= 2 * FEW:
        return

    def taken(samples: int) -> int:
        """Bytes of one product with the Hessian of so many samples."""
        torch.cuda.reset_peak_memory_stats(stack.device)
        before = torch.cuda.memory_allocated(stack.device)
        batch = picked(data, torch.arange(samples, device=stack.device))
        loss = FlatLoss(stack.net, [batch], names=groups.names)
        flat = loss.own[None]
        loss.hessian(flat)(flat)
        return torch.cuda.max_memory_allocated(stack.device) - before

    free, _ = torch.cuda.mem_get_info(stack.device)
    kept = torch.cuda.memory_reserved(stack.device) - torch.cuda.memory_allocated(stack.device)
    require_fit(taken, largest, free + kept)


def require_fit(taken: Callable[[int], int], largest: int, free: int) -> None:
    """Raise if what many samples take, by what few and twice as many do, is more than is free.

    Args:
        taken: Bytes of so many samples.
        largest: Samples of the largest batch.
        free: Bytes.

    Raises:
        ValueError: If it is.
    """
    few, twice = taken(FEW), taken(2 * FEW)
    need = twice + (largest - 2 * FEW) * (twice - few) // FEW
    if need > free:
        raise ValueError(
            f"need memory for the sharpness of {largest} samples normalised together, about {need / 2**30:.3g} GiB, "
            f"got {free / 2**30:.3g} GiB: fewer samples, or GhostBatch, whose loss is another"
        )
