"""The learning rates to come, from a scheduler of torch that is left as it is."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Sequence
from typing import Any

import torch


def factors_of(schedule: Any, steps: int | None) -> Sequence[float]:
    """Return the learning rates of the coming steps as multiples of the present one.

    Args:
        schedule: Such multiples, or a scheduler of torch.
        steps: How many; None for as many as there are multiples.

    Returns:
        The multiples; the scheduler's are those of its first group.

    Raises:
        ValueError: If a scheduler comes without steps, or its learning rate is 0.
    """
    if not hasattr(schedule, "optimizer"):
        return list(schedule)[:steps]
    if steps is None or steps < 1:
        raise ValueError(f"need steps >= 1 ahead for a scheduler, got steps={steps!r}")
    optimizer = schedule.optimizer
    twin = torch.optim.SGD(
        [{"params": [torch.zeros(1)]} for _ in optimizer.param_groups], lr=optimizer.param_groups[0]["lr"]
    )
    for group, like in zip(twin.param_groups, optimizer.param_groups, strict=True):
        group.update({n: copy.deepcopy(v) for n, v in like.items() if n != "params"})
    ahead = copy.deepcopy(schedule, {id(optimizer): twin})
    now = float(twin.param_groups[0]["lr"])
    if not now > 0:
        raise ValueError("need lr > 0 now to say what a schedule makes of it, got lr=0")
    factors = []
    for _ in range(steps):
        factors.append(float(twin.param_groups[0]["lr"]) / now)
        with warnings.catch_warnings():  # it was not this optimiser that stepped
            warnings.simplefilter("ignore")
            ahead.step()
    return factors
