"""Parameters cut into pieces, whole tensors or rows, with the derivative by each piece's scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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
    out = _ready(values, pieces)
    for piece, factor in zip(pieces, factors, strict=True):
        _part(out, piece).mul_(factor)
    return out


def replaced(
    values: Mapping[str, torch.Tensor], others: Mapping[str, torch.Tensor], pieces: Sequence[Piece]
) -> dict[str, torch.Tensor]:
    """Return the parameters with some pieces taken from others."""
    out = _ready(values, pieces)
    for piece in pieces:
        _part(out, piece).copy_(_part(others, piece))
    return out


def _ready(values: Mapping[str, torch.Tensor], pieces: Sequence[Piece]) -> dict[str, torch.Tensor]:
    """Return the parameters with those that change copied, for a large network is mostly left as it is."""
    changed = {piece.tensor for piece in pieces}
    return {name: value.clone() if name in changed else value for name, value in values.items()}


def _part(values: Mapping[str, torch.Tensor], piece: Piece) -> torch.Tensor:
    """Return a view of a piece."""
    whole = values[piece.tensor]
    return whole if piece.row is None else torch.atleast_1d(whole)[piece.row]


UNSET = 1e-3
"""Gains and shifts below this say as little of their size as zeros do: a branch's first scale may be 1e-6."""


def generic(values: Mapping[str, torch.Tensor], rng: int) -> dict[str, torch.Tensor]:
    """Return parameters of the same sizes without anything special about them.

    At a start biases are 0 and gains all 1, and the scale of a tensor of zeros has no effect whatever the network is.
    """
    return {
        name: _generic(value, seed)
        for (name, value), seed in zip(values.items(), _seeds(values, rng), strict=True)
    }


def redrawn(values: Mapping[str, torch.Tensor], pieces: Sequence[Piece], rng: int) -> dict[str, torch.Tensor]:
    """Return the parameters with some pieces as generic ones."""
    seeds = dict(zip(values, _seeds(values, rng), strict=True))
    wanted = dict.fromkeys(piece.tensor for piece in pieces)
    return replaced(values, {name: _generic(values[name], seeds[name]) for name in wanted}, pieces)


def last_bits_changed(values: Mapping[str, torch.Tensor], seed: int = 0) -> dict[str, torch.Tensor]:
    """Return the parameters with a random last bit each."""
    generator = torch.Generator().manual_seed(seed)
    return {
        n: v
        * (1 + torch.finfo(v.dtype).eps * (2 * torch.randint(0, 2, v.shape, generator=generator) - 1).to(v))
        for n, v in values.items()
    }


def _seeds(values: Mapping[str, torch.Tensor], rng: int) -> list[int]:
    """Return a seed for each tensor."""
    drawn = np.random.default_rng(rng).integers(2**62, size=len(values))
    return [int(seed) for seed in drawn]


def _generic(value: torch.Tensor, seed: int) -> torch.Tensor:
    noise = torch.empty(value.shape, dtype=torch.float64).normal_(
        generator=torch.Generator().manual_seed(seed)
    )
    size = value.square().mean().sqrt()
    single = value.numel() == max(value.shape, default=1)
    size = torch.where(size > (UNSET if single else 0), size, torch.ones_like(size))
    return value + 0.5 * size * noise.to(value)


class Jacobian:
    """The Jacobian of an output by the pieces' log-scales at one point, relative to the output, by random rows.

    ``outputs`` is how many numbers the network returns, and so the most that rows of one point have of a rank.
    """

    @torch.enable_grad()
    def __init__(self, net: Pure, values: Mapping[str, torch.Tensor], inputs: Inputs, per: str):
        """Run the network once; each row is then a backward pass.

        Args:
            net: The network.
            values: Where.
            inputs: The batch.
            per: "tensor" or "row".

        Raises:
            ValueError: If the output is 0 or not finite, and so says nothing.
        """
        self._per = per
        self._leaves = {name: value.detach().requires_grad_() for name, value in values.items()}
        output = net(self._leaves, inputs).flatten()
        peak = float(output.detach().abs().max())
        if not (0 < peak < float("inf")):
            raise ValueError(f"need an output that is finite and not 0 at generic parameters, got {peak}")
        self._output = output / peak
        self.outputs = len(output)
        with torch.no_grad():
            self._norms = [_rows(value, per).norm(dim=1) for value in self._leaves.values()]

    def row(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        """Return a random combination of rows, and what it would be were no piece orthogonal to its gradient.

        Args:
            number: The seed of the combination.

        Returns:
            The derivatives, shape (pieces,), and for each piece the norm of its gradient times its own.
        """
        generator = torch.Generator().manual_seed(number)
        weights = torch.randn(self.outputs, generator=generator, dtype=torch.float64)
        leaves = list(self._leaves.values())
        gradients = torch.autograd.grad(
            self._output, leaves, weights.to(self._output), retain_graph=True, materialize_grads=True
        )
        with torch.no_grad():
            pairs = [
                (_rows(g, self._per), _rows(v, self._per)) for g, v in zip(gradients, leaves, strict=True)
            ]
            along = torch.cat([torch.linalg.vecdot(g, v) for g, v in pairs])
            sizes = torch.cat([g.norm(dim=1) * size for (g, _), size in zip(pairs, self._norms, strict=True)])
        return along.cpu().double().numpy(), sizes.cpu().double().numpy()


def _rows(tensor: torch.Tensor, per: str) -> torch.Tensor:
    return tensor.reshape(1 if per == "tensor" else len(torch.atleast_1d(tensor)), -1)
