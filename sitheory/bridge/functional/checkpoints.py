"""Checkpoints of a run of networks: written whole or not at all, and only ever read back by the same run."""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from sitheory.trajectory.atomic_files import written_whole
from sitheory.trajectory.content_hash import content_hash

CHECKSUM = "checksum"
"""The entry of a checkpoint that holds the hash of all others."""


def write(path: str | os.PathLike, config: str, state: Mapping[str, Any]) -> None:
    """Write a run's state beside its configuration, whole or not at all, with a checksum of both."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    held = {"config": config, **state}
    kept = io.BytesIO()  # torch's own writer meets a full disk with a RuntimeError
    torch.save({**held, CHECKSUM: content_hash(held, "checkpoint")}, kept)
    with written_whole(path) as temporary:
        temporary.write_bytes(kept.getbuffer())


def read(path: str | os.PathLike, config: str | None, device: torch.device | str = "cpu") -> dict[str, Any]:
    """Return the state that ``write`` wrote.

    Args:
        path: The file.
        config: The configuration of the run that wants to go on; None takes any.
        device: Where its tensors go.

    Returns:
        The state.

    Raises:
        ValueError: If the file is no checkpoint, damaged, or that of another run.
    """
    content = Path(path).read_bytes()
    try:
        state = torch.load(io.BytesIO(content), map_location=device, weights_only=True)
    except Exception:  # there is no end to what a damaged file makes its reader raise, nor to its words
        raise ValueError(f"need a readable checkpoint, got {str(path)!r}: {_unreadable(content)}") from None
    if not isinstance(state, dict) or not {CHECKSUM, "config"} <= state.keys():
        raise ValueError(f"need a readable checkpoint, got {str(path)!r}: it is not that of a run")
    checksum, found = state.pop(CHECKSUM), state["config"]
    if not _is_whole(state, checksum):
        raise ValueError(f"need a readable checkpoint, got {str(path)!r}: its checksum is another")
    if config is not None and found != config:
        apart = f", which differs in {', '.join(_apart(config, found))}"
        raise ValueError(f"need a checkpoint of this very run, got {str(path)!r} of another{apart}")
    return state


def _is_whole(state: dict[str, Any], checksum: Any) -> bool:
    try:
        return checksum == content_hash(state, "checkpoint")
    except Exception:  # a file of somebody else may hold tensors of any kind
        return False


def _unreadable(content: bytes) -> str:
    """What is wrong with a file that torch does not read."""
    if not content:
        return "it is empty"
    if not content.startswith(b"PK"):
        return "it is no file of torch.save"
    return "it is damaged, or holds more than tensors and plain values"


def _apart(one: str, other: Any) -> list[str]:
    """The names under which two configurations differ."""
    try:
        first, second = json.loads(one), dict(json.loads(other))
    except (TypeError, ValueError):
        return ["all"]
    return sorted(name for name in {*first, *second} if first.get(name) != second.get(name))


def load_cell(net: nn.Module, path: str | os.PathLike, cell: int = 0) -> nn.Module:
    """Put the weights of one cell of a checkpoint into a network of the same structure.

    Args:
        net: The network; it is changed and returned.
        path: The checkpoint of a run.
        cell: Which rule of the run.

    Returns:
        The network.

    Raises:
        ValueError: If the checkpoint has no such cell, or the network another structure.
    """
    state = read(path, None)
    named, cells = dict(net.named_parameters()), len(state["w"])
    if not -cells <= cell < cells:
        raise ValueError(f"need a cell below {cells}, as {str(path)!r} has them, got cell={cell}")
    unknown = [n for n in state["names"] if n not in named]
    unknown += [n for n, _ in net.named_buffers() if n not in state["buffers"]]
    sizes = [named[n].numel() for n in state["names"] if n in named]
    if unknown or sum(sizes) != state["w"].shape[1]:
        told = unknown[0] if unknown else f"{sum(sizes)} weights for {state['w'].shape[1]}"
        raise ValueError(
            f"need a network of the checkpoint's structure, got {type(net).__name__} with {told}"
        )
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
