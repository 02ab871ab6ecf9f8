"""What every step of a run adds to the running sums of a window: effective step sizes, jumps, and the laws' residuals.

Sums stay on the device in float64 and are read once a window. What has a true counterpart, measured in a pass of
its own, is called ``online_``: a mean over the steps of a window is a mean over changing weights.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor

from sitheory.bridge.training.rule_step import Move, Seen
from sitheory.theory import scale

ROUNDING = 32 * torch.finfo(torch.float64).eps
"""What float64 rounding alone may do to the logarithm of a sum of squares, or to a unit vector."""


class Step(NamedTuple):
    """One step: loss and errors of its batch, its groups before it, the move, its squared norms and turn after it.

    ``wd`` is the step's weight decay, None where the turn follows no law (momentum, group-wise spheres).
    """

    loss: Tensor
    error: Tensor
    seen: Seen
    move: Move
    norm_sq: Tensor
    cos_dist: Tensor
    wd: Tensor | float | None


def summary(step: Step, delta: float) -> dict[str, Tensor]:
    """Return a step's numbers by the schema's names, shapes (cells,) and (cells, groups).

    Args:
        step: The step.
        delta: The cosine distance that a jump exceeds.

    Returns:
        Means, extremes and residuals; ``reduced`` says how each goes on.
    """
    seen, lr = step.seen, step.move.lr
    elr = scale.elr(lr, seen.norm_sq)
    eff_grad_sq = scale.eff_grad_sq(seen.grad_sq, seen.norm_sq)
    ess_sq = scale.ess_sq(elr, eff_grad_sq)
    norm_sq = seen.norm_sq.sum(1)
    total_ess_sq = (ess_sq * seen.norm_sq).sum(1) / norm_sq
    total_eff_grad = scale.eff_grad_sq(seen.grad_sq.sum(1), norm_sq).sqrt()
    floor = step.move.norm_sq_floor + ROUNDING
    told = ~torch.isnan(floor)
    # A group of which nobody knows what eps does is left out; if there is no other, there is nothing to say.
    none = torch.where(told.any(1, keepdim=True), 0.0, torch.nan)
    residual, floor = (
        torch.where(told, torch.log(step.norm_sq / step.move.norm_sq).abs(), none),
        torch.where(told, floor, none),
    )
    return {
        "online_loss": step.loss,
        "online_error": step.error,
        "online_eff_grad": eff_grad_sq.sqrt(),
        "ess": ess_sq.sqrt(),
        "log1p_ess_sq": torch.log1p(ess_sq),
        "total_ess": total_ess_sq.sqrt(),
        "log1p_total_ess_sq": torch.log1p(total_ess_sq),
        "cos_dist": step.cos_dist,
        "jumps": (step.cos_dist > delta).double(),
        "cos_dist_max": step.cos_dist,
        "total_norm_min": norm_sq.sqrt(),
        "total_norm_max": norm_sq.sqrt(),
        "total_eff_grad_min": total_eff_grad,
        "total_eff_grad_max": total_eff_grad,
        "norm_residual": residual.amax(1),
        "norm_residual_floor": floor.amax(1),
        "norm_residual_ratio": torch.where(told, residual / floor, none).amax(1),
        **_turn(step, total_ess_sq),
    }


def _turn(step: Step, total_ess_sq: Tensor) -> dict[str, Tensor]:
    """The residual of the turn's law, relative to the turn, beside what makes it inexact [periodic eq. 8]."""
    if step.wd is None:
        nothing = torch.full_like(step.cos_dist, torch.nan)
        return {
            "cos_dist_residual": nothing,
            "cos_dist_residual_floor": nothing,
            "cos_dist_residual_ratio": nothing,
        }
    lr = step.move.lr
    kept = (1 - lr * step.wd)[:, 0]
    turn = total_ess_sq / kept**2
    predicted = scale.cos_dist(turn, scale.inverse_cos_sq(turn).sqrt())
    radial, norm_sq = step.seen.radial.sum(1).abs(), step.seen.norm_sq.sum(1)
    cos = radial / (norm_sq * step.seen.grad_sq.sum(1)).sqrt()
    floor = 2 * lr[:, 0] * radial / (kept * norm_sq) + cos**2 + ROUNDING / turn.sqrt()
    residual = (step.cos_dist / predicted - 1).abs()
    return {
        "cos_dist_residual": residual,
        "cos_dist_residual_floor": floor,
        "cos_dist_residual_ratio": residual / floor,
    }


LEAST = {"total_norm_min", "total_eff_grad_min"}
MOST = {
    "cos_dist_max",
    "total_norm_max",
    "total_eff_grad_max",
    "norm_residual",
    "norm_residual_floor",
    "norm_residual_ratio",
    "cos_dist_residual",
    "cos_dist_residual_floor",
    "cos_dist_residual_ratio",
}
SUMMED = {"jumps"}


def joined(held: Mapping[str, Tensor], numbers: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the running reductions of a window with one more step's ``summary`` taken in."""
    return {n: _joined(n, held[n], v) for n, v in numbers.items()}


def read(held: Mapping[str, Tensor], steps: int) -> dict[str, Tensor]:
    """Return means (sums of jumps, extremes) over a window of so many steps."""
    whole = LEAST | MOST | SUMMED
    return {n: v if n in whole else v / steps for n, v in held.items()}


def _joined(name: str, held: Tensor, new: Tensor) -> Tensor:
    if name in LEAST:
        return torch.minimum(held, new)
    return torch.maximum(held, new) if name in MOST else held + new
