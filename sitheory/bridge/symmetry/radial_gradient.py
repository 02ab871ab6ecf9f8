"""How far from orthogonal to its weights a gradient is to be: what eps and rounding do, predicted on copies.

An invariant output does not depend on its weights' norm, whatever the loss: <w, d<s, f(w)>> = 0 for any slopes s. So
one recorded pass, its inputs and the slopes that came back to its outputs, says what the gradient's radial part is
with the network's own eps and type, and what it is without either. Only the difference is explained.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_leaves

from sitheory.bridge.functional.pure_network import NO_EPS, Call, Pure
from sitheory.bridge.functional.replayed_draws import Draws
from sitheory.bridge.symmetry.parameter_blocks import Piece, rescaled
from sitheory.bridge.symmetry.partition import Partition

EXACT = 1e-9
"""Cosines up to this are 0 for a network in float64 without eps."""

MARGIN = 2.0
"""A gradient may lean on its weights this many times more than predicted: other random numbers, other batches."""

SIGMAS = 8
"""Rounding errors of many weights add up like random ones; this many standard deviations do not happen."""

FARTHER = (10.0, 30.0)
"""Factors of the weights at which an eps that is no attribute shows: its effect falls with their squares."""


class Recorded(NamedTuple):
    """A pass: arguments, each output's slope (None for what the loss does not use), autocast's type, random numbers.

    The last two are None where there was no autocast, and where it is not known what it drew.
    """

    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    slopes: list[Tensor | None]
    autocast: torch.dtype | None = None
    draws: Draws | None = None


class Leaning(NamedTuple):
    """Each group's predicted |cos(w, gradient)| at these squared norms, shapes (groups,) or (cells, groups).

    ``eps`` is what eps makes of the gradient of this very pass, ``rounding`` what rounding in the passes' type does.
    """

    eps: Tensor
    rounding: Tensor
    norm_sq: Tensor

    def here(self, norm_sq: Tensor) -> Tensor:
        """Return the largest cosines explained for the same batch at other norms: eps counts with 1 / norm^2."""
        return MARGIN * self.eps * self.norm_sq / norm_sq + self.rounding

    def joined(self, other: Leaning) -> Leaning:
        """Return the larger of two predictions, at the other's norms."""
        moved = self.norm_sq / other.norm_sq
        eps = torch.maximum(self.eps * moved, other.eps)
        return Leaning(eps, torch.maximum(self.rounding, other.rounding), other.norm_sq)


class Copies(NamedTuple):
    """A network in float64 without eps, in float64 with it, and as it is."""

    exact: Pure
    real: Pure
    own: Pure

    @classmethod
    def of(cls, net: nn.Module, names: Sequence[str]) -> Copies:
        """Copy a network, of which these parameters vary."""
        return cls(
            Pure(net, names=names, eps=NO_EPS), Pure(net, names=names), Pure(net, dtype=None, names=names)
        )


def leaning(
    nets: Copies, passes: Sequence[Recorded], groups: Partition, values: Mapping[str, Tensor] | None = None
) -> Leaning:
    """Return by how much gradients may lean on their weights.

    Args:
        nets: The network's copies, whose first parameters are those of the groups.
        passes: What the step's gradient is the sum of.
        groups: The groups.
        values: The parameters in float64; the copies' own by default.

    Returns:
        The prediction. What a gradient without eps, in float64, leans is explained only if it falls with the square
        of the weights' norm, as the effect of an eps that is no attribute does.
    """
    values = nets.exact.values if values is None else values
    w = _flat(values, groups)
    without, with_eps, rounded = (gradient_of(net, passes, values, groups) for net in nets)
    norm_sq = groups.sums(w * w)[0]
    size = (norm_sq * groups.sums(with_eps**2)[0]).sqrt()

    def length(vectors: Tensor) -> Tensor:
        return _over((norm_sq * groups.sums(vectors**2)[0]).sqrt(), size)

    hidden = _over(groups.sums(w * without)[0].abs(), size)
    if bool((hidden > EXACT).any()):
        hidden = torch.where(falls(nets.exact, passes, groups, values, hidden), hidden, 0)
    counts = groups.sums(torch.ones_like(w))[0]
    noise = length(rounded - with_eps) * (SIGMAS / counts.sqrt()).clamp(max=1)
    unit = max(torch.finfo(_type_of(nets.own, p)).eps for p in passes)
    eps = _over(groups.sums(w * (with_eps - without))[0].abs(), size) + hidden
    return Leaning(eps, 2 * max(unit, EXACT / 1e3) + MARGIN * noise, norm_sq)


def cosines(groups: Partition, w: Tensor, grad: Tensor) -> Tensor:
    """Return each group's |cos| of its weights and their gradient, shape (cells, groups); 0 where that is 0."""
    size = (groups.sums(w * w) * groups.sums(grad * grad)).sqrt()
    return _over(groups.sums(w * grad).abs(), size)


def worst(residual: Tensor, floor: Tensor, name: str) -> dict[str, Tensor]:
    """Return a law's residual, floor and their ratio in the group that keeps it least, from shapes (..., groups)."""
    ratio, at = (residual / floor).max(-1, keepdim=True)
    found = residual.gather(-1, at), floor.gather(-1, at), ratio
    return {n: v[..., 0] for n, v in zip((name, f"{name}_floor", f"{name}_ratio"), found, strict=True)}


def falls(
    net: Pure,
    passes: Sequence[Recorded],
    groups: Partition,
    values: Mapping[str, Tensor],
    near: Tensor,
) -> Tensor:
    """Return for which groups the cosine falls with the squared norm, as the effect of an eps does."""
    falls = torch.ones_like(near, dtype=torch.bool)
    for factor in FARTHER:
        far = rescaled(values, [Piece(n) for n in groups.names], [factor] * len(groups.names))
        w, gradient = _flat(far, groups), gradient_of(net, passes, far, groups)
        size = (groups.sums(w * w)[0] * groups.sums(gradient**2)[0]).sqrt()
        cosine = _over(groups.sums(w * gradient)[0].abs(), size)
        falls &= cosine <= torch.clamp(3 * near / factor**2, min=EXACT)
    return falls


def gradient_of(
    net: Pure, passes: Sequence[Recorded], values: Mapping[str, Tensor], groups: Partition
) -> Tensor:
    """Return the groups' gradient of <slopes, outputs>, all passes together, flat, shape (1, size)."""
    leaves = {n: v.detach().to(net.values[n].dtype).requires_grad_() for n, v in values.items()}
    found = torch.zeros(1, groups.size, dtype=torch.float64, device=net.device)
    for seen in passes:
        args, kwargs = net.cast(Call(seen.args, seen.kwargs))
        narrow = net.dtype is None and seen.autocast is not None
        with (
            torch.enable_grad(),
            net.fixed_draws(seen.draws),
            torch.autocast(net.device.type, seen.autocast) if narrow else nullcontext(),
        ):
            outputs = tensors_of(net.outputs(leaves, args, kwargs))
            pairs = [(o, s) for o, s in zip(outputs, seen.slopes, strict=True) if s is not None]
            whole = torch.stack([(out.double() * slope.double()).sum() for out, slope in pairs]).sum()
            grads = torch.autograd.grad(
                whole, [leaves[n] for n in groups.names], materialize_grads=True, allow_unused=True
            )
        found = found + _flat(dict(zip(groups.names, grads, strict=True)), groups)
    return found


def tensors_of(output: Any) -> list[Tensor]:
    """Return the tensors of an output of any structure that may have slopes."""
    values = list(output.values()) if hasattr(output, "values") and not isinstance(output, Tensor) else output
    return [t for t in tree_leaves(values) if isinstance(t, Tensor) and t.is_floating_point()]


def _type_of(net: Pure, seen: Recorded) -> torch.dtype:
    types = [v.dtype for v in net.values.values()]
    return max([*types, *([seen.autocast] if seen.autocast else [])], key=lambda t: torch.finfo(t).eps)


def _flat(values: Mapping[str, Tensor], groups: Partition) -> Tensor:
    return torch.cat([values[n].detach().reshape(-1).double() for n in groups.names])[None]


def _over(part: Tensor, whole: Tensor) -> Tensor:
    return torch.where(whole > 0, part / whole.clamp_min(1e-300), 0)
