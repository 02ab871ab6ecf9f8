"""The laws that one watched step of an optimiser must keep, each residual beside what explains it."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from sitheory.bridge.symmetry.partition import Partition
from sitheory.theory import periodic, scale

SIGMAS = 8
"""Rounding errors of many weights add up like random ones; this many standard deviations do not happen."""


class Before(NamedTuple):
    """What the hook before a step keeps for the one after it; tensors have shape (1, values)."""

    w: Tensor
    grad: Tensor
    velocity: Tensor | None
    lr: float
    wd: float
    momentum: float


def norm_law(
    groups: Partition, before: Before, after: Tensor, velocity: Tensor | None, unit: float
) -> dict[str, Tensor]:
    """Return the residual of log rho_i^2 after a step, group by group, beside what explains it.

    Args:
        groups: The groups.
        before: The state before the step.
        after: The groups' squared norms after it, shape (groups,).
        velocity: The velocity after it, None without momentum.
        unit: The weights' unit of rounding.

    Returns:
        The largest residual, the largest floor, the largest ratio of the two.
    """
    norm_sq, radial = groups.sums(before.w**2)[0], groups.sums(before.w * before.grad)[0]
    eff_grad_sq = scale.eff_grad_sq(groups.sums(before.grad**2)[0], norm_sq)
    lr, wd, momentum = before.lr, before.wd, before.momentum
    if velocity is None or before.velocity is None:
        predicted = periodic.norm_sq_next(norm_sq, eff_grad_sq, lr, wd)
    else:
        step_sq_next = groups.sums(velocity**2)[0] * lr**2
        step_sq = groups.sums(before.velocity**2)[0] * lr**2
        norm_sq_before = groups.sums((before.w + lr * before.velocity) ** 2)[0]
        steps = norm_sq_before, step_sq_next, step_sq
        predicted = periodic.norm_sq_next_momentum(norm_sq, *steps, lr, wd, momentum)
    rounding = SIGMAS * 2 * unit * (groups.sums(before.w**4)[0] / 3).sqrt() / norm_sq
    floor = 2 * lr * radial.abs() / predicted + rounding
    residual = torch.log(after / predicted).abs()
    return {
        "norm_residual": residual.max(),
        "norm_residual_floor": floor.max(),
        "norm_residual_ratio": (residual / floor).max(),
    }


def angle_law(before: Before, found: dict[str, Tensor], radial: Tensor, unit: float) -> dict[str, Tensor]:
    """Return the residual of a step's cosine distance, relative to it, beside what explains it [periodic eq. 8].

    Args:
        before: The state before the step.
        found: The step's norms, gradients and cosine distance by the schema's names.
        radial: <w, grad> over all groups.
        unit: The weights' unit of rounding.

    Returns:
        The residual, its floor, their ratio; NaN with momentum, which has no such law.
    """
    if before.momentum:
        nothing = torch.full_like(radial, torch.nan)
        return {
            n: nothing for n in ("cos_dist_residual", "cos_dist_residual_floor", "cos_dist_residual_ratio")
        }
    norm_sq, eff_grad_sq = found["total_norm"] ** 2, found["total_eff_grad"] ** 2
    turn = periodic.inverse_cos_sq(norm_sq, eff_grad_sq, before.lr, before.wd) - 1
    # The difference loses digits of small turns; the formula without the 1 does not.
    turn = torch.where(turn > 1e-3, turn, found["total_ess"] ** 2 / (1 - before.lr * before.wd) ** 2)
    predicted = scale.cos_dist(turn, scale.inverse_cos_sq(turn).sqrt())
    leaning = 2 * before.lr * radial.abs() / norm_sq + radial**2 / eff_grad_sq
    lost = unit / turn.sqrt()
    floor = leaning + 2 * lost + lost**2
    residual = (found["cos_dist"] / predicted - 1).abs()
    return {
        "cos_dist_residual": residual,
        "cos_dist_residual_floor": floor,
        "cos_dist_residual_ratio": residual / floor,
    }
