"""What an optimiser of torch says of its next step: whose it is, its rates, its scaled gradients, its velocity."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from sitheory.bridge.functional.pure_network import real_view
from sitheory.bridge.symmetry.partition import Partition

UNLAWFUL = ("nesterov", "dampening", "maximize")
"""Options of SGD for which the laws do not hold."""

COUPLED = (
    "Adam",
    "RMSprop",
    "Adagrad",
    "Adadelta",
    "Adamax",
    "NAdam",
    "RAdam",
    "ASGD",
    "Rprop",
    "SparseAdam",
)
"""Optimisers of torch that add the weight decay to the gradient, unless they say otherwise."""


class Rates(NamedTuple):
    """Learning rate, weight decay and momentum of each tensor, all 0 for one that the step leaves alone."""

    lr: list[float]
    wd: list[float]
    momentum: list[float]

    def each(self, params: list[nn.Parameter], values: list[float]) -> Tensor:
        """Return one of them at each coordinate, shape (1, size), or (1, 1) if it is the same everywhere."""
        like = params[0].device
        if len(set(values)) == 1:
            return torch.full((1, 1), values[0], dtype=torch.float64, device=like)
        sizes = [real_view(p.detach()).numel() for p in params]
        return torch.cat(
            [
                torch.full((n,), v, dtype=torch.float64, device=like)
                for n, v in zip(sizes, values, strict=True)
            ]
        )[None]

    def by_group(self, groups: Partition, device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
        """Return them for each group, shape (groups,); nan where a group's tensors differ."""
        found = []
        for values in self:
            rows = np.repeat(np.asarray(values, dtype=float), groups.rows)
            if groups.member is not None:
                low, high = np.full(groups.count, np.inf), np.full(groups.count, -np.inf)
                np.minimum.at(low, list(groups.member), rows)
                np.maximum.at(high, list(groups.member), rows)
                rows = np.where(low == high, low, np.nan)
            found.append(torch.from_numpy(rows).to(device))
        mixed = torch.isnan(torch.stack(found)).any(0)
        lr, wd, momentum = (torch.where(mixed, torch.nan, f) for f in found)
        return lr, wd, momentum


def innermost(optimizer: Any) -> torch.optim.Optimizer:
    """Return the optimiser whose step changes the weights, inside those that wrap it."""
    while True:
        inner = next(
            (
                o
                for name in ("optimizer", "optim")
                if isinstance(o := getattr(optimizer, name, None), torch.optim.Optimizer)
            ),
            None,
        )
        if inner is None or inner is optimizer:
            return optimizer
        optimizer = inner


def require_lawful(optimizer: torch.optim.Optimizer) -> None:
    """Raise if no law is known for an optimiser: SGD and what is derived from it have some."""
    if not isinstance(optimizer, torch.optim.SGD):
        raise ValueError(
            f"need torch.optim.SGD for the laws (laws=False only logs), got {type(optimizer).__name__}"
        )
    for group in optimizer.param_groups:
        for name in UNLAWFUL:
            if group.get(name):
                raise ValueError(
                    f"need {name}=0 for the laws (laws=False only logs), got {name}={group[name]!r}"
                )


def rates_of(optimizer: torch.optim.Optimizer, params: list[nn.Parameter]) -> Rates:
    """Return the rates of the next step; a tensor without a gradient is left alone, decay and velocity too."""
    home = {id(p): group for group in optimizer.param_groups for p in group["params"]}
    plain = isinstance(optimizer, torch.optim.SGD)
    found = []
    for p in params:
        group = home.get(id(p))
        if group is None or p.grad is None:
            found.append((0.0, 0.0, 0.0))
            continue
        decoupled = plain or group.get("decoupled_weight_decay", type(optimizer).__name__ not in COUPLED)
        wd = float(group.get("weight_decay", 0.0)) if decoupled else 0.0
        found.append((float(group["lr"]), wd, float(group.get("momentum", 0.0)) if plain else 0.0))
    return Rates(*(list(column) for column in zip(*found, strict=True)))


def gradients_of(optimizer: torch.optim.Optimizer, params: list[nn.Parameter]) -> list[Tensor]:
    """Return the gradients as the step uses them: GradScaler leaves it to a fused optimiser to undo its scale."""
    scale = getattr(optimizer, "grad_scale", None)
    return [_unscaled(p, scale) for p in params]


def _unscaled(p: nn.Parameter, scale: Tensor | None) -> Tensor:
    if p.grad is None:
        return torch.zeros_like(p)
    grad = p.grad.to_dense() if p.grad.is_sparse else p.grad
    return grad if scale is None else grad / scale.to(grad.device)


def overflowed(optimizer: torch.optim.Optimizer) -> bool:
    """Return whether a fused optimiser will skip its step, since GradScaler found gradients that are not finite."""
    found = getattr(optimizer, "found_inf", None)
    return found is not None and bool(found)


def velocities_of(optimizer: torch.optim.Optimizer, params: list[nn.Parameter]) -> list[Tensor]:
    """Return each tensor's velocity, 0 where there is none yet."""
    state = [optimizer.state.get(p, {}).get("momentum_buffer") for p in params]
    return [torch.zeros_like(p) if v is None else v for v, p in zip(state, params, strict=True)]
