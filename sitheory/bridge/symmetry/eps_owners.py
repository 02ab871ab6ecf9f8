"""Which group's scale each normalisation's input has, so that its eps explains the group's radial gradient."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from sitheory.bridge.functional.eps_probes import add_probes, variances
from sitheory.bridge.functional.pure_network import NO_EPS, Inputs, Pure
from sitheory.bridge.symmetry.parameter_blocks import generic
from sitheory.bridge.symmetry.partition import Partition
from sitheory.bridge.symmetry.radial_gradient import EXACT, Copies, Recorded, falls, gradient_of
from sitheory.bridge.symmetry.tested_groups import scaled, tested_together

SAME = 1e-6
"""A variance's logarithm moves by this little more or less than its group's scale does, in float64 without eps."""

EXPLAINED = 1e-9
"""Cosines of weights and gradient, in float64 with eps, that the units explain up to this are explained."""


class Owners(NamedTuple):
    """The units of each group, shape (groups, most of a group), and whether they say what eps does to it.

    A group with fewer units is filled up with a number past the last unit's.
    """

    units: Tensor
    known: Tensor

    def radial(self, slopes: Tensor) -> Tensor:
        """Return what eps makes of each group's <w, gradient>, nan where that is not known.

        Args:
            slopes: The gradient by the probes, shape (cells, units).

        Returns:
            Shape (cells, groups).
        """
        padded = torch.cat([slopes.double(), slopes.new_zeros(len(slopes), 1, dtype=torch.float64)], dim=1)
        found = padded.index_select(1, self.units.flatten()).unflatten(1, self.units.shape).sum(-1)
        return torch.where(self.known, found, torch.nan)


def owners_of(net: nn.Module, groups: Partition, seen: Recorded) -> Owners:
    """Return which units of the normalisations have which group's scale.

    Each group is rescaled, in float64 without eps at a generic point: the variances that follow are those of its units.
    Whether these explain all of the radial gradient that eps makes is seen from a gradient with eps; they do not where
    an eps is in none of torch's own normalisations.

    Args:
        net: The network.
        groups: Its groups.
        seen: A pass of it, of one argument and one output.

    Returns:
        The owners, on the network's device.
    """
    pure = Pure(net, names=groups.names, eps=NO_EPS)
    names = add_probes(pure.net)
    batch = pure.cast(seen.args[0])
    point = generic(pure.values, 1_000_003)
    starts = dict(zip(names, np.cumsum([0, *names.values()]), strict=False))
    factors = np.exp(np.random.default_rng(0).uniform(-1, 1, groups.count))
    units: list[list[int]] = [[] for _ in range(groups.count)]
    before = _variances(pure, names, point, batch)
    for parts in tested_together(groups).values():
        own = np.where(np.isin(np.arange(groups.count), parts), factors, 1.0)
        after = _variances(pure, names, scaled(point, groups, own), batch)
        for name, variance in after.items():
            move = torch.log(variance / before[name]) / 2
            steady = (move.amax(0) - move.amin(0)).abs() < SAME
            logs = torch.from_numpy(np.log(factors[parts])).to(move)
            apart = (move.mean(0)[:, None] - logs).abs()
            for unit in torch.nonzero(steady & (apart.amin(1) < SAME)).flatten().tolist():
                units[parts[int(apart[unit].argmin())]].append(int(starts[name]) + unit)
    most = max([1, *map(len, units)])
    total = sum(names.values())
    table = torch.tensor([[*u, *[total] * (most - len(u))] for u in units], device=pure.device)
    owners = Owners(table, torch.ones(groups.count, dtype=torch.bool, device=pure.device))
    return owners._replace(known=_known(net, groups, owners, seen))


def _known(net: nn.Module, groups: Partition, owners: Owners, seen: Recorded) -> Tensor:
    """Return for which groups the units say all that eps does, or nothing does since they are not scale-invariant."""
    nets = Copies.of(net, groups.names)
    values, unit_slopes = nets.exact.values, _unit_slopes(net, groups, seen)
    w = torch.cat([values[n].flatten() for n in groups.names])[None]
    without, grad = (gradient_of(copy, [seen], values, groups) for copy in (nets.exact, nets.real))
    size = (groups.sums(w * w) * groups.sums(grad * grad)).sqrt()[0]
    explained = (groups.sums(w * grad) - owners.radial(unit_slopes)).abs()[0] <= EXPLAINED * size
    leans = _over(groups.sums(w * without).abs()[0], size)
    if not bool((leans > EXACT).any()):
        return explained
    return explained | ((leans > EXACT) & ~falls(nets.exact, [seen], groups, values, leans))


def _unit_slopes(net: nn.Module, groups: Partition, seen: Recorded) -> Tensor:
    """Return the probes' gradients of a pass in float64 with eps, shape (1, units)."""
    real = Pure(net, names=groups.names)
    probes = {n: real.net.get_parameter(n).detach().clone().requires_grad_() for n in add_probes(real.net)}
    if not probes:
        return torch.zeros(1, 0, dtype=torch.float64, device=real.device)
    (slope,) = seen.slopes
    assert slope is not None, "the loss uses the output"
    with torch.enable_grad():
        whole = (real({**real.values, **probes}, real.cast(seen.args[0])) * slope).sum()
        grads = torch.autograd.grad(whole, list(probes.values()), materialize_grads=True, allow_unused=True)
    return torch.cat(grads)[None]


def _over(part: Tensor, whole: Tensor) -> Tensor:
    return torch.where(whole > 0, part / whole.clamp_min(1e-300), 0)


@torch.no_grad()
def _variances(
    net: Pure, names: dict[str, int], values: Mapping[str, Tensor], batch: Inputs
) -> dict[str, Tensor]:
    with variances(net.net, names) as seen:
        net(values, batch)
    return {n: torch.cat([v.reshape(-1, v.shape[-1]) for v in calls]) for n, calls in seen.items()}
