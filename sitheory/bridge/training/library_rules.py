"""The library's rules as optimisers of torch: what ``si.simulate`` runs on a loss, on the weights of a network.

Momentum, Nesterov, AdamW and AdamL2 are torch's own; Lion, Muon, Hyperball and momentum with decoupled decay are
written here, tensor by tensor, from ``theory.optimisers``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn

from sitheory.rules import AdamL2, AdamW, Hyperball, Lion, Momentum, Muon, Nesterov
from sitheory.simulation.polar import JORDAN, TINY
from sitheory.theory import optimisers, rotation

Rule = Momentum | Nesterov | AdamW | AdamL2 | Lion | Muon | Hyperball


def optimizer(params: Iterable[nn.Parameter], rule: Rule) -> torch.optim.Optimizer:
    """Return an optimiser of torch that takes a rule's steps; ``set_part`` moves it along the schedule.

    Args:
        params: What it is to train. Muon takes a tensor as a matrix, its first dimension the rows.
        rule: The rule.

    Returns:
        The optimiser.
    """
    if isinstance(rule, (Momentum, Nesterov)) and not rule.decoupled:
        look = isinstance(rule, Nesterov)
        return torch.optim.SGD(params, rule.lr, rule.momentum, weight_decay=rule.wd, nesterov=look)
    if isinstance(rule, (AdamW, AdamL2)):
        kind = torch.optim.AdamW if isinstance(rule, AdamW) else torch.optim.Adam
        return kind(params, rule.lr, (rule.b1, rule.b2), rule.eps, rule.wd)
    return Ruled(params, rule)


def set_part(optimizer: torch.optim.Optimizer, rule: Rule, part: float) -> None:
    """Set the learning rate to what the rule's schedule makes of its peak at a part of the run."""
    for group in optimizer.param_groups:
        group["lr"] = rule.lr * rule.schedule.share(part)


class Ruled(torch.optim.Optimizer):
    """The steps of a rule that torch lacks; Hyperball keeps each tensor's norm.

    Args:
        params: What it trains.
        rule: The rule.
    """

    def __init__(self, params: Iterable[nn.Parameter], rule: Lion | Muon | Hyperball | Momentum | Nesterov):
        super().__init__(params, {"lr": rule.lr, "weight_decay": getattr(rule, "wd", 0.0)})
        self.rule = rule

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Take a step; return the closure's loss."""
        with torch.enable_grad():
            loss = None if closure is None else closure()
        of = self.rule.of if isinstance(self.rule, Hyperball) else self.rule
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                update, lr = direction(of, self.state[p], p.grad), group["lr"]
                if isinstance(self.rule, Hyperball):
                    radius, size = p.norm(), update.norm()
                    if size:
                        moved = optimisers.decayed(p, update, lr * radius / size, 1.0)
                        p.copy_(radius / moved.norm() * moved)
                else:
                    p.copy_(optimisers.decayed(p, update, lr, rotation.keep(lr, group["weight_decay"])))
        return loss


def direction(rule: Any, state: dict[str, Any], grad: Tensor) -> Tensor:
    """Return u of W' = alpha W - lr u for one tensor.

    Args:
        rule: A rule with decoupled decay.
        state: What the rule remembers of this tensor; changed.
        grad: The gradient.
    """
    held = state.setdefault("average", torch.zeros_like(grad))
    if isinstance(rule, Lion):
        state["average"] = optimisers.averaged(held, grad, rule.b2)
        return optimisers.averaged(held, grad, rule.b1).sign()
    if isinstance(rule, AdamW):
        return _adam(rule, state, grad)
    now = state["average"] = optimisers.averaged(held, grad, rule.momentum)
    if isinstance(rule, Nesterov) or (isinstance(rule, Muon) and rule.nesterov):
        now = optimisers.averaged(now, grad, rule.momentum)
    return _orthogonal(rule, now) if isinstance(rule, Muon) else now


def _adam(rule: AdamW, state: dict[str, Any], grad: Tensor) -> Tensor:
    """Adam's direction, for Hyperball; the averages are corrected for their start."""
    count = state["count"] = state.get("count", 0) + 1
    state["average"] = optimisers.averaged(state["average"], grad, rule.b1)
    squares = state["squares"] = optimisers.averaged(
        state.get("squares", torch.zeros_like(grad)), grad**2, rule.b2
    )
    root = math.sqrt(1 - rule.b2**count)
    return optimisers.adam_direction(
        state["average"], squares.sqrt(), root / (1 - rule.b1**count), rule.eps * root
    )


def _orthogonal(rule: Muon, average: Tensor) -> Tensor:
    """The polar factor of a tensor as a matrix, times the rule's scale."""
    matrix = average.flatten(1) if average.ndim > 1 else average[:, None]
    factor = _newton_schulz(matrix, rule.iterations) if rule.iterations else _polar(matrix)
    return (rule.scaling.factor(*matrix.shape) * factor).reshape(average.shape)


def _polar(matrix: Tensor) -> Tensor:
    left, _, right = torch.linalg.svd(matrix, full_matrices=False)
    return left @ right if matrix.any() else matrix


def _newton_schulz(matrix: Tensor, iterations: int) -> Tensor:
    x = matrix.T if matrix.shape[0] > matrix.shape[1] else matrix
    x = x / (x.norm() + TINY)
    one = torch.eye(len(x), dtype=x.dtype, device=x.device)
    for _ in range(iterations):
        square = x @ x.T
        x = optimisers.newton_schulz_factor(one, square, square @ square, *JORDAN) @ x
    return x.T if matrix.shape[0] > matrix.shape[1] else x
