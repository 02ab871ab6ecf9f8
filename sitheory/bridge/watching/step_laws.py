"""The laws that one watched step of an optimiser must keep, each residual beside what explains it.

What explains a residual is predicted: from the rounding of the weights' type, and from how far eps and rounding let a
gradient lean on its weights. It is never the gradient's own radial part, which is what a network that is not
scale-invariant shows.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from sitheory.bridge.symmetry.partition import Partition
from sitheory.bridge.symmetry.radial_gradient import SIGMAS, worst
from sitheory.theory import periodic, rotation, scale

SUMS = 1024 * torch.finfo(torch.float64).eps
"""What float64 sums over many weights, and the optimiser's own steps in float64, may lose of a squared norm."""


class Before(NamedTuple):
    """What the hook before a step keeps for the one after it, of each group or, ``w``, of each weight, (1, size).

    ``leaning`` is the largest |cos(w, grad)| that is explained, nan if nothing could be predicted. ``lr``, ``wd`` and
    ``momentum`` are nan in groups whose tensors differ in them; ``plain`` says that all are the same without momentum.
    """

    w: Tensor
    norm_sq: Tensor
    grad_sq: Tensor
    radial: Tensor
    leaning: Tensor
    lr: Tensor
    wd: Tensor
    momentum: Tensor
    plain: bool
    velocity: Tensor | None

    @property
    def explained(self) -> Tensor:
        """The largest |<w, grad>| that is explained, shape (groups,)."""
        return self.leaning * (self.norm_sq * self.grad_sq).sqrt()


def orthogonality(before: Before) -> dict[str, Tensor]:
    """Return |cos(w, grad)| where it is least explained, which is 0 for a scale-invariant loss [si:orthogonality]."""
    size = (before.norm_sq * before.grad_sq).sqrt()
    cos = torch.where(size > 0, before.radial.abs() / size.clamp_min(1e-300), 0)
    return worst(cos, before.leaning, "radial_cos")


def is_sharp(groups: Partition, before: Before) -> Tensor:
    """Return whether so little is explained that a gradient without any symmetry would be seen in each group.

    The cosine of a random gradient of n weights is about n^-1/2; what may be more than that says nothing.
    """
    counts = groups.sums(torch.ones_like(before.w))[0]
    return (before.leaning < counts.rsqrt()).all()


def norm_law(
    groups: Partition, before: Before, after: Tensor, velocity: Tensor | None, unit: float
) -> dict[str, Tensor]:
    """Return the residual of log rho_i^2 after a step beside what explains it, in the group that keeps it least.

    Args:
        groups: The groups.
        before: The state before the step.
        after: The groups' squared norms after it, shape (groups,).
        velocity: The velocity after it, shape (1, size), None without momentum.
        unit: The weights' unit of rounding.

    Returns:
        The residual, its floor, the ratio of the two; nan if no group has one rate for all its tensors.
    """
    norm_sq, lr, wd, momentum = before.norm_sq, before.lr, before.wd, before.momentum
    eff_grad_sq = scale.eff_grad_sq(before.grad_sq, norm_sq)
    predicted, kept = periodic.norm_sq_next(norm_sq, eff_grad_sq, lr, wd), (1 - lr * wd).abs()
    if velocity is not None and before.velocity is not None:
        step_sq_next = groups.sums(velocity**2)[0] * lr**2
        step_sq = groups.sums(before.velocity**2)[0] * lr**2
        back = before.w + groups.spread(torch.nan_to_num(lr)[None]) * before.velocity
        steps = groups.sums(back**2)[0], step_sq_next, step_sq
        heavy = periodic.norm_sq_next_momentum(norm_sq, *steps, lr, wd, momentum)
        # What the step leaves alone keeps its velocity, which the law would move it by.
        predicted = torch.where((momentum > 0) & (lr > 0), heavy, predicted)
        kept = torch.where(momentum > 0, 1.0, kept)
    rounding = SIGMAS * 2 * unit * (groups.sums(before.w**4)[0] / 3).sqrt() / norm_sq
    floor = 2 * lr * kept * before.explained / predicted + rounding + SUMS
    residual = torch.log(after / predicted).abs()
    lawful = torch.isfinite(lr)
    found = worst(torch.where(lawful, residual, 0), torch.where(lawful, floor, torch.inf), "norm_residual")
    return {n: torch.where(lawful.any(), v, torch.nan) for n, v in found.items()}


def inner_law(groups: Partition, before: Before, after: Tensor, unit: float) -> dict[str, Tensor]:
    """Return the residual of a momentum step's <w', w> over |w|^2, beside what explains it [beyond:momentum-law].

    Together with the norms it says which angle the step turned; unlike the norms' law it knows no velocity after the
    step, so that a gradient that leans on its weights breaks it.

    Args:
        groups: The groups.
        before: The state before the step.
        after: The weights after it, shape (1, size).
        unit: The weights' unit of rounding.

    Returns:
        The residual, its floor, their ratio in the group that keeps it least; nan if none has momentum.
    """
    norm_sq, lr, momentum = before.norm_sq, before.lr, before.momentum
    if before.velocity is None:
        return _nothing("inner_residual", norm_sq)
    moved = groups.spread(torch.nan_to_num(lr)[None]) * before.velocity
    dot = groups.sums(before.w * (before.w + moved))[0]
    predicted = scale.heavy_ball_dot_next(norm_sq, dot, momentum, lr, before.wd)
    residual = (groups.sums(before.w * after)[0] - predicted).abs() / norm_sq
    lost = groups.sums(before.w**2 * (after**2 + moved**2))[0].sqrt()
    floor = (lr * before.explained + SIGMAS * unit * lost) / norm_sq + SUMS
    lawful = (lr > 0) & (momentum > 0)
    found = worst(torch.where(lawful, residual, 0), torch.where(lawful, floor, torch.inf), "inner_residual")
    return {n: torch.where(lawful.any(), v, torch.nan) for n, v in found.items()}


def angle_law(before: Before, cos_dist: Tensor, unit: float) -> dict[str, Tensor]:
    """Return the residual of a step's cosine distance, relative to it, beside what explains it [periodic eq. 8].

    Args:
        before: The state before the step.
        cos_dist: The cosine distance of all groups together that it made.
        unit: The weights' unit of rounding.

    Returns:
        The residual, its floor, their ratio; nan with momentum or with several rates, which have no such law.
    """
    if not before.plain:
        return _nothing("cos_dist_residual", cos_dist)
    lr, wd = before.lr[0], before.wd[0]
    norm_sq, grad_sq = before.norm_sq.sum(), before.grad_sq.sum()
    eff_grad_sq, kept = scale.eff_grad_sq(grad_sq, norm_sq), 1 - lr * wd
    turn = periodic.inverse_cos_sq(norm_sq, eff_grad_sq, lr, wd) - 1
    # The difference loses digits of small turns; the formula without the 1 does not.
    turn = torch.where(turn > 1e-3, turn, scale.ess_sq(scale.elr(lr, norm_sq), eff_grad_sq) / kept**2)
    predicted = scale.cos_dist(turn, scale.inverse_cos_sq(turn).sqrt())
    # A decay of more than the whole turns the weights round: the cosine has the other sign.
    predicted = torch.where(kept < 0, 2 - predicted, predicted)
    radial = before.explained.sum()
    leaning = 2 * lr * radial / (kept.abs() * norm_sq) + radial**2 / eff_grad_sq
    lost = (unit + SUMS) / turn.sqrt()
    floor = leaning + 2 * lost + lost**2
    residual = (cos_dist / predicted - 1).abs()
    return worst(residual[None], floor[None], "cos_dist_residual")


def taken(groups: Partition, before: Before, after: Tensor) -> dict[str, Tensor]:
    """Return what any optimiser's step took from the weights beside their decay, from the weights alone.

    With u = ((1 - lr wd) w - w') / lr the squared norm is exactly (1 - lr wd)^2 rho^2 - 2 lr (1 - lr wd) <w, u> +
    lr^2 |u|^2. SGD's <w, u> is 0; that of others is not, and their norms come to rest elsewhere.

    Args:
        groups: The groups.
        before: The state before the step.
        after: The weights after it, shape (1, size).

    Returns:
        Of each group, shape (groups,): ``step_size``, lr |u| / rho, and ``step_cos``, cos(w, u).
    """
    u = groups.spread(rotation.keep(before.lr, before.wd)[None]) * before.w - after
    length = groups.sums(u * u)[0].sqrt()
    size = before.norm_sq.sqrt()
    inner = groups.sums(before.w * u)[0]
    cos = torch.where(length > 0, inner / (length * size).clamp_min(1e-300), 0)
    return {"step_size": length / size, "step_cos": cos}


def _nothing(name: str, like: Tensor) -> dict[str, Tensor]:
    nothing = torch.full((), torch.nan, dtype=torch.float64, device=like.device)
    return {n: nothing for n in (name, f"{name}_floor", f"{name}_ratio")}
