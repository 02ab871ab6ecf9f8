"""A step as all rules make it: what was seen before it, the move, and what theory predicts of the norms after it."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

from sitheory.theory import periodic, scale

Knobs = dict[str, Tensor]
Slots = dict[str, Tensor]


class Seen(NamedTuple):
    """A step's groups before it, shape (cells, groups): squared norms, squared gradient norms, radial gradients.

    ``radial`` is the largest |<w, grad>| that eps and rounding explain: predicted, never taken from the step itself.
    """

    norm_sq: Tensor
    grad_sq: Tensor
    radial: Tensor


class Move(NamedTuple):
    """A step: the weights after it, the rule's slots, the learning rates, and the squared norms that theory predicts.

    ``lr`` has shape (cells, 1) or, where groups have their own, (cells, groups). ``norm_sq`` has shape
    (cells, groups), ``norm_sq_floor`` says by how much its logarithm may be off where gradients are not quite
    orthogonal to the weights.
    """

    w: Tensor
    slots: Slots
    lr: Tensor
    norm_sq: Tensor
    norm_sq_floor: Tensor


def plain_law(seen: Seen, lr: Tensor, wd: Tensor | int) -> tuple[Tensor, Tensor]:
    """Return the groups' squared norms after a step of plain SGD, and their logarithm's floor [periodic eq. 3]."""
    eff_grad_sq = scale.eff_grad_sq(seen.grad_sq, seen.norm_sq)
    predicted = periodic.norm_sq_next(seen.norm_sq, eff_grad_sq, lr, wd)
    return predicted, radial_floor(seen.radial, lr * (1 - lr * wd), predicted)


def group_ess_sq(seen: Seen, lr: Tensor) -> Tensor:
    """Return the groups' squared effective step sizes, shape (cells, groups)."""
    return scale.ess_sq(scale.elr(lr, seen.norm_sq), scale.eff_grad_sq(seen.grad_sq, seen.norm_sq))


def whole_ess_sq(seen: Seen, lr: Tensor) -> Tensor:
    """Return the squared effective step size of all groups together, shape (cells, 1)."""
    return group_ess_sq(Seen(*(total(s) for s in seen)), lr)


def radial_floor(radial: Tensor, lr: Tensor, norm_sq: Tensor) -> Tensor:
    """Return by how much log rho^2 after a step may be off, to first order, where <w, grad> is not 0."""
    return 2 * lr * radial.abs() / norm_sq


def total(by_group: Tensor) -> Tensor:
    """Return the sum over groups, shape (cells, 1)."""
    return by_group.sum(1, keepdim=True)
