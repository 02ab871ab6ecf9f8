"""Checkpoints of a run of networks: written whole or not at all, and only ever read back by the same run."""

from __future__ import annotations

import hashlib
import os
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from sitheory.trajectory.atomic_files import written_whole


def write(path: str | os.PathLike, config: str, state: Mapping[str, Any]) -> None:
    """Write a run's state beside its configuration, whole or not at all."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(path) as temporary:
        torch.save({"config": config, **state}, temporary)


def read(path: str | os.PathLike, config: str | None, device: torch.device | str = "cpu") -> dict[str, Any]:
    """Return the state that ``write`` wrote.

    Args:
        path: The file.
        config: The configuration of the run that wants to go on; None takes any.
        device: Where its tensors go.

    Returns:
        The state.

    Raises:
        ValueError: If the file is no checkpoint, or that of another run.
    """
    try:
        state = torch.load(path, map_location=device, weights_only=True)
        found = state["config"]
    except (RuntimeError, pickle.UnpicklingError, EOFError, KeyError, TypeError) as bad:
        raise ValueError(f"need a readable checkpoint, got {str(path)!r}: {bad}") from None
    if config is not None and found != config:
        raise ValueError(f"need a checkpoint of this very run, got {str(path)!r} of another")
    return state


def load_cell(net: nn.Module, path: str | os.PathLike, cell: int = 0) -> nn.Module:
    """Put the weights of one cell of a checkpoint into a network of the same structure.

    Args:
        net: The network; it is changed and returned.
        path: The checkpoint of a run.
        cell: Which rule of the run.

    Returns:
        The network.
    """
    state = read(path, None)
    named = dict(net.named_parameters())
    sizes = [named[n].numel() for n in state["names"]]
    with torch.no_grad():
        for name, part in zip(state["names"], state["w"][cell].split(sizes), strict=True):
            named[name].copy_(part.view_as(named[name]))
        for name, buffer in net.named_buffers():
            buffer.copy_(state["buffers"][name][cell])
    return net


def fingerprint(*arrays: np.ndarray | Tensor) -> str:
    """Return a hash of arrays' bytes, types and shapes."""
    digest = hashlib.sha256()
    for array in arrays:
        values = np.ascontiguousarray(array.detach().cpu().numpy() if isinstance(array, Tensor) else array)
        digest.update(f"{values.dtype} {values.shape}".encode())
        digest.update(values.tobytes())
    return digest.hexdigest()[:16]
