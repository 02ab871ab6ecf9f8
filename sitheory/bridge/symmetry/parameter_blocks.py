"""Parameters cut into pieces, whole tensors or rows, with the derivative by each piece's scale."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from sitheory.bridge.functional.pure_network import Inputs, Pure


@dataclass(frozen=True)
class Piece:
    """A tensor, or one row of it: what enters one neuron or channel."""

    tensor: str
    row: int | None = None

    def __str__(self) -> str:
        """Return the tensor's name, with the row's number."""
        return self.tensor if self.row is None else f"{self.tensor}[{self.row}]"


def pieces_of(values: Mapping[str, torch.Tensor], per: str) -> list[Piece]:
    """Return all pieces.

    Args:
        values: The parameters by name.
        per: "tensor" or "row".

    Returns:
        The pieces, in the parameters' order.

    Raises:
        ValueError: If ``per`` is neither.
    """
    if per not in ("tensor", "row"):
        raise ValueError(f"need per='tensor' or per='row', got per={per!r}")
    if per == "tensor":
        return [Piece(name) for name in values]
    return [Piece(name, row) for name, value in values.items() for row in range(len(torch.atleast_1d(value)))]


def order_of(pieces: Sequence[Piece], values: Mapping[str, torch.Tensor]) -> np.ndarray:
    """Return each piece's place in line, the largest tensors first, so that weights stand before gains and shifts."""
    sizes = np.array([values[p.tensor].numel() for p in pieces], dtype=int)
    order = np.empty(len(pieces), dtype=int)
    order[np.argsort(-sizes, kind="stable")] = np.arange(len(pieces))
    return order


def rescaled(
    values: Mapping[str, torch.Tensor], pieces: Sequence[Piece], factors: Sequence[float]
) -> dict[str, torch.Tensor]:
    """Return the parameters with some pieces times a factor each."""
    out = {name: value.clone() for name, value in values.items()}
    for piece, factor in zip(pieces, factors, strict=True):
        _part(out, piece).mul_(factor)
    return out


def replaced(
    values: Mapping[str, torch.Tensor], others: Mapping[str, torch.Tensor], pieces: Sequence[Piece]
) -> dict[str, torch.Tensor]:
    """Return the parameters with some pieces taken from others."""
    out = {name: value.clone() for name, value in values.items()}
    for piece in pieces:
        _part(out, piece).copy_(_part(others, piece))
    return out


def _part(values: Mapping[str, torch.Tensor], piece: Piece) -> torch.Tensor:
    """Return a view of a piece."""
    whole = values[piece.tensor]
    return whole if piece.row is None else torch.atleast_1d(whole)[piece.row]


def generic(values: Mapping[str, torch.Tensor], rng: int) -> dict[str, torch.Tensor]:
    """Return parameters of the same sizes without anything special about them.

    At a start biases are 0 and gains all 1, and the scale of a tensor of zeros has no effect whatever the network is.
    """
    generator = torch.Generator().manual_seed(rng)
    out = {}
    for name, value in values.items():
        noise = torch.randn(value.shape, generator=generator, dtype=torch.float64).to(value)
        size = value.square().mean().sqrt()
        out[name] = value + 0.5 * torch.where(size > 0, size, torch.ones_like(size)) * noise
    return out


@torch.enable_grad()
def sketched_columns(
    net: Pure,
    values: Mapping[str, torch.Tensor],
    inputs: Inputs,
    per: str,
    rows: range,
    done: Callable[[int], Any] | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Return random combinations of the rows of the Jacobian by the pieces' log-scales, relative to the output.

    Args:
        net: The network.
        values: Where.
        inputs: The batch.
        per: "tensor" or "row".
        rows: Which combinations: each number is the seed of one.
        done: Called with the number of combinations done.

    Returns:
        The derivatives, shape (len(rows), pieces), and for each piece the norm of its gradient times its own.

    Raises:
        ValueError: If the output is 0 or not finite, and so says nothing.
    """
    leaves = {name: value.detach().requires_grad_() for name, value in values.items()}
    output = net(leaves, inputs).flatten()
    peak = float(output.detach().abs().max())
    if not (0 < peak < float("inf")):
        raise ValueError(f"need an output that is finite and not 0 at generic parameters, got {peak}")
    output = output / peak
    derivatives, sizes = [], []
    for number, row in enumerate(rows, 1):
        weights = torch.randn(len(output), generator=torch.Generator().manual_seed(row), dtype=torch.float64)
        gradients = torch.autograd.grad(
            output, list(leaves.values()), weights.to(output), retain_graph=True, materialize_grads=True
        )
        pairs = [(_rows(g, per), _rows(v, per)) for g, v in zip(gradients, leaves.values(), strict=True)]
        derivatives.append(torch.cat([(g * v).sum(1) for g, v in pairs]))
        sizes.append(torch.cat([g.norm(dim=1) * v.norm(dim=1) for g, v in pairs]))
        if done is not None:
            done(number)
    return (
        torch.stack(derivatives).detach().cpu().double().numpy(),
        torch.stack(sizes).amax(0).detach().cpu().double().numpy(),
    )


def _rows(tensor: torch.Tensor, per: str) -> torch.Tensor:
    return tensor.reshape(1 if per == "tensor" else len(torch.atleast_1d(tensor)), -1)
