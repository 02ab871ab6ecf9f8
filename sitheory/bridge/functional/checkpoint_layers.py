"""The weight matrices of anybody's checkpoint: their names, shapes and norms; nothing in the file is run."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

DEEPEST = 3
"""So many dictionaries in each other are looked into for weights."""

SKIPPED = ("optimizer", "optimizers", "optimizer_states", "optimizer_state_dict", "lr_schedulers", "ema")
"""What a checkpoint holds beside the weights, and tensors of their shapes."""


class Layer(NamedTuple):
    """A weight as a matrix: its first dimension the rows, all others the columns."""

    name: str
    rows: int
    columns: int
    norm: float


def checkpoint_layers(path: str | Path) -> list[Layer]:
    """Return the weights of a state_dict, or of a checkpoint that holds one, in its order.

    Vectors and scalars (biases, gains, running statistics) and whole numbers are no layers and left out.

    Args:
        path: A file of ``torch.save``, read without running anything in it; or a safetensors file, if that package is
            there.

    Raises:
        ValueError: If the file cannot be read, or holds no weights.
    """
    path = Path(path)
    tensors = max(_weights(_content(path), DEEPEST), key=len, default={})
    found = [_layer(name, value) for name, value in tensors.items()]
    if not found:
        raise ValueError(
            f"need a state_dict with weights of two dimensions or more, got none in {str(path)!r}"
        )
    return found


def _content(path: Path) -> Any:
    try:
        content = path.read_bytes()
    except OSError as bad:
        raise ValueError(f"need a readable checkpoint, got {str(path)!r}: {bad.strerror or bad}") from None
    if path.suffix == ".safetensors":
        try:
            from safetensors.torch import load
        except ImportError:
            raise ValueError(
                f"need safetensors for {path.name!r}: pip install safetensors, or save it by torch.save"
            ) from None
    else:

        def load(given: bytes) -> Any:
            return torch.load(io.BytesIO(given), map_location="cpu", weights_only=True)

    try:
        return load(content)
    except Exception:  # there is no end to what a damaged file makes its readers raise, nor to their words
        what = "no file of torch.save, or one that holds more than tensors or is damaged; save model.state_dict()"
        if path.suffix == ".safetensors":
            what = "no safetensors file, or a damaged one"
        raise ValueError(f"need a state_dict, got {str(path)!r}: {what}") from None


def _weights(content: Any, depth: int) -> Iterator[dict[str, Tensor]]:
    """Yield the weights of every dictionary of tensors that a checkpoint holds, its optimiser's apart."""
    if not isinstance(content, Mapping):
        return
    own = {str(k): v for k, v in content.items() if isinstance(v, Tensor) and _is_weight(v)}
    if own:
        yield own
    if depth:
        for key, value in content.items():
            if key not in SKIPPED:
                yield from _weights(value, depth - 1)


def _is_weight(value: Tensor) -> bool:
    return value.ndim > 1 and value.is_floating_point() and value.numel() > 0 and not value.is_sparse


def _layer(name: str, value: Tensor) -> Layer:
    columns = value.numel() // value.shape[0]
    return Layer(name, int(value.shape[0]), int(columns), float(value.double().norm()))
