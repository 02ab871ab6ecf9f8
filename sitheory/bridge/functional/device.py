"""Where and how a process computes: a device, one thread, and each step in the memory that the last one gave back."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor

TRIM_THRESHOLD, MMAP_MAX = -1, -4
"""Names of glibc's ``mallopt``."""

KEEP_ALL, NEVER_MAP = 2**31 - 1, 0
SETTLED, MAP_ALWAYS = 2**26, 65536
"""What glibc's own adjustment comes to once large blocks were freed, and its default."""


def usable(device: torch.device | str) -> torch.device:
    """Return a device that is there.

    Raises:
        ValueError: If it is not.
    """
    try:
        found = torch.device(device)
        torch.empty(0, device=found)
    except (RuntimeError, AssertionError):  # an unknown name; a build of torch without this kind of device
        there = "cpu or cuda" if torch.cuda.is_available() else "cpu"
        raise ValueError(f"need a device that is here ({there}), got device={str(device)!r}") from None
    return found


def sent(values: np.ndarray, device: torch.device) -> Tensor:
    """Return values on the device; a GPU's earlier work need not be over for that."""
    here = torch.from_numpy(values)
    return here.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else here.to(device)


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch compute in one thread: the order of its sums then does not depend on the machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def kept_memory() -> Iterator[None]:
    """Keep freed memory in the process, and give it back to the system at the end.

    glibc hands large freed blocks back at once, so that a step's activations are mapped, and zeroed by the system,
    anew at each step. With another allocator nothing happens.
    """
    try:
        libc = ctypes.CDLL(None)
        mallopt, trim = libc.mallopt, libc.malloc_trim
    except (OSError, AttributeError, TypeError):  # not glibc
        yield
        return
    mallopt(TRIM_THRESHOLD, KEEP_ALL)
    mallopt(MMAP_MAX, NEVER_MAP)
    try:
        yield
    finally:
        mallopt(TRIM_THRESHOLD, SETTLED)
        mallopt(MMAP_MAX, MAP_ALWAYS)
        trim(0)
