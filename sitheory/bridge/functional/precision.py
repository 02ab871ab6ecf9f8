"""In what precision a step's forward and backward pass compute; weights, norms and laws stay in float64."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Any

import torch
from torch import Tensor


class Precision(StrEnum):
    """The network's own type exactly; or with TF32 in matrix products; or with those in bfloat16, by autocast."""

    OWN = "own"
    TF32 = "tf32"
    BF16 = "bf16"


def checked(precision: str, dtype: torch.dtype, device: torch.device) -> Precision:
    """Return the precision of this name.

    Raises:
        ValueError: If there is none of that name, or the device or the network's type has no such products.
    """
    names = [p.value for p in Precision]
    if precision not in names:
        raise ValueError(f"need precision in {names}, got precision={str(precision)!r}")
    found = Precision(precision)
    if found is Precision.TF32 and device.type != "cuda":
        raise ValueError(f"need a CUDA device for precision='tf32', got device={str(device)!r}")
    if found is not Precision.OWN and dtype != torch.float32:
        raise ValueError(f"need a float32 network for precision={found.value!r}, got {dtype}")
    return found


@contextmanager
def computing(precision: Precision, device: torch.device) -> Iterator[None]:
    """Compute in this precision; on a GPU in the own type by algorithms that give the same numbers each time.

    Narrow products take the fastest algorithms that cuDNN finds for each shape, before anything is recorded; they may
    sum in another order each time, which is far below what the products lose.
    """
    narrow = torch.autocast(
        device.type, torch.bfloat16, enabled=precision is Precision.BF16, cache_enabled=False
    )
    if device.type != "cuda":
        with narrow:
            yield
        return
    convolutions = torch.backends.cudnn
    before = convolutions.deterministic, convolutions.benchmark
    own = precision is Precision.OWN
    convolutions.deterministic, convolutions.benchmark = own, not own
    try:
        with narrow, _products_in_tf32(not own):
            yield
    finally:
        convolutions.deterministic, convolutions.benchmark = before


@contextmanager
def _products_in_tf32(allowed: bool) -> Iterator[None]:
    """Let a GPU's matrix products and convolutions in float32 be in TF32 or not, by the switches that the process uses.

    Torch has two generations of them, and refuses to read the older ones once the newer have been set.
    """
    products, convolutions = torch.backends.cuda.matmul, torch.backends.cudnn
    try:
        before = torch.get_float32_matmul_precision(), convolutions.allow_tf32
    except RuntimeError:
        newer: tuple[Any, ...] = products, convolutions.conv  # type: ignore[attr-defined]
        kept = [switch.fp32_precision for switch in newer]
        try:
            for switch in newer:
                switch.fp32_precision = "tf32" if allowed else "ieee"
            yield
        finally:
            for switch, precision in zip(newer, kept, strict=True):
                switch.fp32_precision = precision
        return
    torch.set_float32_matmul_precision("high" if allowed else "highest")
    convolutions.allow_tf32 = allowed
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before[0])
        convolutions.allow_tf32 = before[1]


def widened(values: Tensor) -> Tensor:
    """Return values of a narrow type in float32, in which statistics are to be taken."""
    return values.float() if values.dtype in (torch.bfloat16, torch.float16) else values
