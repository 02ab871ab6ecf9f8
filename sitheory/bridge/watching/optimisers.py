"""What an optimiser of torch says of its next step: whose it is, its rates, its scaled gradients, its velocity."""

from __future__ import annotations

import inspect
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

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


def is_sgd(optimizer: torch.optim.Optimizer) -> bool:
    """Return whether an optimiser's step is that of torch.optim.SGD: not if a subclass has its own."""
    step, own = (inspect.unwrap(kind.step) for kind in (torch.optim.SGD, type(optimizer)))
    return isinstance(optimizer, torch.optim.SGD) and step is own


def unlawful(optimizer: torch.optim.Optimizer) -> str | None:
    """Return why SGD's laws do not speak of an optimiser, None if they do."""
    if not is_sgd(optimizer):
        return f"need torch.optim.SGD for its laws (laws=None checks what there is), got {type(optimizer).__name__}"
    for group in optimizer.param_groups:
        for name in UNLAWFUL:
            if group.get(name):
                return f"need {name}=0 for SGD's laws (laws=None checks what there is), got {name}={group[name]!r}"
    return None


def decays_of(optimizer: torch.optim.Optimizer, rates: Rates) -> list[float]:
    """Return each tensor's weight decay as if it were decoupled: momentum's buffer adds up wd / (1 - momentum)."""
    heavy = isinstance(optimizer, torch.optim.SGD)
    return [wd / (1 - m) if heavy else wd for wd, m in zip(rates.wd, rates.momentum, strict=True)]


def is_coupled(optimizer: torch.optim.Optimizer) -> bool:
    """Return whether a weight decay passes through the division of Adam and its like, which has no law of rest."""
    return any(g.get("weight_decay") and not _decoupled(optimizer, g) for g in optimizer.param_groups)


def _decoupled(optimizer: torch.optim.Optimizer, group: dict[str, Any]) -> bool:
    """Whether the decay multiplies the weights; SGD's own may be counted so."""
    if isinstance(optimizer, torch.optim.SGD):
        return True
    return bool(group.get("decoupled_weight_decay", type(optimizer).__name__ not in COUPLED))


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
        wd = float(group.get("weight_decay", 0.0)) if _decoupled(optimizer, group) else 0.0
        if "lr" not in group:
            raise ValueError("need param_groups with a learning rate lr, got none")
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
