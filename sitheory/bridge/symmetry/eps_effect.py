"""What a normalisation's eps does to scale invariance, beside what it must do."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import torch
from torch import nn

from sitheory.bridge.functional.network_copy import eps_of, exact_passes, set_eps
from sitheory.bridge.functional.pure_network import Inputs, Pure
from sitheory.bridge.symmetry.finite_rescaling import relative_change
from sitheory.bridge.symmetry.parameter_blocks import Piece, rescaled

Arguments: TypeAlias = tuple[Any, ...]


@dataclass(frozen=True)
class EpsEffect:
    """What eps does to one group at one factor, all relative to the output.

    Rescaling by c is the same as dividing the eps of each normalisation behind the group by c to a power, the one in
    ``tied``, 2 where eps is added to a variance. ``predicted`` is how far this moves the output, ``observed`` how far
    rescaling does, ``unexplained`` the distance between the two results: rounding, unless something else breaks
    invariance. Both are nan where a normalisation's input is rescaled in part, for then no one eps makes up for it.
    """

    names: tuple[str, ...]
    factor: float
    tied: dict[str, int]
    observed: float
    predicted: float
    unexplained: float


def times(
    values: Mapping[str, torch.Tensor], names: tuple[str, ...], factor: float
) -> dict[str, torch.Tensor]:
    """Return the parameters with whole tensors times a factor."""
    return rescaled(values, [Piece(name) for name in names], [factor] * len(names))


def eps_effect(real: Pure, exact: Pure, inputs: Inputs, names: tuple[str, ...], factor: float) -> EpsEffect:
    """Return the effect of eps on one group."""
    with exact_passes(wide=True):
        tied = _tied(exact, inputs, names)
    moved, now = real(times(real.values, names, factor), inputs), real(real.values, inputs)
    if any(power is None for power in tied.values()):
        return EpsEffect(names, factor, {}, relative_change(moved, now), math.nan, math.nan)
    powers = {name: power for name, power in tied.items() if power}
    eps = eps_of(real.net)
    shifted = Pure(
        real.net, names=real.values, eps={n: eps[n] / factor**power for n, power in powers.items()}
    )
    other = shifted(real.values, inputs)
    return EpsEffect(
        names,
        factor,
        powers,
        observed=relative_change(moved, now),
        predicted=relative_change(other, now),
        unexplained=relative_change(moved, other),
    )


def _tied(exact: Pure, inputs: Inputs, names: tuple[str, ...], factor: float = 3.0) -> dict[str, int | None]:
    """Return the power of the factor that makes up for a group's rescaling in each normalisation's eps.

    It is 2 where the normalisation's input is rescaled, 0 where it is not, None where it is in part.
    """
    before = _arguments(exact, exact.values, inputs)
    after = _arguments(exact, times(exact.values, names, factor), inputs)
    powers: dict[str, int | None] = {}
    for place in eps_of(exact.net):
        path = place.rpartition(".")[0]
        calls = zip(before.get(path, ()), after.get(path, ()), strict=True)
        found = {_power(exact.net, place, *pair, factor) for pair in calls}
        if found:
            powers[place] = found.pop() if len(found) == 1 else None
    return powers


def _power(net: nn.Module, place: str, before: Arguments, after: Arguments, factor: float) -> int | None:
    """Return the power for one call, found by trying: with an eps as large as the rest nothing stays hidden."""
    kept, module = eps_of(net)[place], net.get_submodule(place.rpartition(".")[0])
    try:
        without = module(*before)
        set_eps(net, place, 1.0)
        reference = module(*before)
        if relative_change(reference, without) < 1e-9:
            return 0  # an eps that the module only hands on
        for power in (0, 2, 1, 4, -2):
            set_eps(net, place, factor**power)
            if relative_change(module(*after), reference) < 1e-9:
                return power
    finally:
        set_eps(net, place, kept)
    return None


def _arguments(net: Pure, values: Mapping[str, torch.Tensor], inputs: Inputs) -> dict[str, list[Arguments]]:
    """Return what each module with an eps is called with, by the module's name."""
    seen: dict[str, list[Arguments]] = {place.rpartition(".")[0]: [] for place in eps_of(net.net)}
    hooks = [
        net.net.get_submodule(name).register_forward_pre_hook(
            lambda _, arguments, calls=calls: calls.append(arguments)
        )
        for name, calls in seen.items()
    ]
    try:
        net(values, inputs)
    finally:
        for hook in hooks:
            hook.remove()
    return {name: calls for name, calls in seen.items() if calls}
