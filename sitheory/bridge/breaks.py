"""What breaks a network's scale invariance, and by how much: eps, eval mode, and each parameter that is no member."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import torch
from torch import nn

from sitheory.bridge.confirm import relative_change
from sitheory.bridge.groups import Groups, find_groups
from sitheory.bridge.pieces import Piece, generic, rescaled
from sitheory.bridge.pure import NO_EPS, Pure, eps_of

Arguments: TypeAlias = tuple[Any, ...]

NEARLY = 0.01
"""A tensor that moves the output by less when doubled is called nearly invariant."""


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


@dataclass(frozen=True)
class Breaks:
    """What :func:`what_breaks` found.

    ``eps_now`` is how far the output is, relative to it, from what it would be without eps. ``eval_mode`` is how far
    rescaling all groups by the factor moves it in eval mode; ``random`` how far a second call does.
    """

    eps_now: float
    eps: tuple[EpsEffect, ...]
    eval_mode: float
    random: float
    parameters: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        """Return the report, a line for each finding."""
        lines = [f"eps moves the output by {self.eps_now:.1e}"]
        lines += [
            f"eps, {', '.join(e.names)} times {e.factor:g}: moves it by {e.observed:.1e}, predicted {e.predicted:.1e}"
            for e in self.eps
        ]
        lines.append(f"eval mode, all groups rescaled: moves it by {self.eval_mode:.1e}")
        if self.random:
            lines.append(
                f"random numbers: a second call moves it by {self.random:.1e}; analysed with them fixed"
            )
        lines += [f"{name}: {why}" for name, why in self.parameters.items()]
        return "\n".join(lines)


def what_breaks(
    net: nn.Module, inputs: torch.Tensor, *, found: Groups | None = None, factor: float = 0.1
) -> Breaks:
    """Say what breaks the scale invariance of a network, in finite precision and in practice.

    Args:
        net: Any module.
        inputs: A batch that the network takes.
        found: Its groups, if they are known already.
        factor: By which groups are rescaled.

    Returns:
        The findings, with a reason for each trainable parameter that is in no group.
    """
    found = find_groups(net, inputs) if found is None else found
    exact, real = Pure(net, eps=NO_EPS), Pure(net)
    inputs = real.cast(inputs)
    values = real.values
    with torch.no_grad():
        now = real(values, inputs)
        everything = _times(values, found.names, factor)
        still = Pure(net, training=False)
        return Breaks(
            eps_now=relative_change(now, exact(values, inputs)),
            eps=tuple(_eps_effect(real, exact, inputs, g.names, factor) for g in found.groups),
            eval_mode=relative_change(still(everything, inputs), still(values, inputs)),
            random=_randomness(real, inputs),
            parameters=_reasons(net, inputs, found),
        )


def eps_floor(net: nn.Module, inputs: torch.Tensor, *, factor: float = 1.0) -> float:
    """Return how far eps keeps a network's output from exact invariance, relative to it, at weights times a factor.

    Args:
        net: Any module; all its trainable parameters are rescaled.
        inputs: A batch that the network takes.
        factor: By which; 1 for the network as it is.

    Returns:
        The distance to the output without eps.
    """
    exact, real = Pure(net, eps=NO_EPS), Pure(net)
    inputs = real.cast(inputs)
    values = _times(real.values, tuple(real.values), factor)
    with torch.no_grad():
        return relative_change(real(values, inputs), exact(values, inputs))


def _times(
    values: Mapping[str, torch.Tensor], names: tuple[str, ...], factor: float
) -> dict[str, torch.Tensor]:
    return rescaled(values, [Piece(name) for name in names], [factor] * len(names))


def _eps_effect(
    real: Pure, exact: Pure, inputs: torch.Tensor, names: tuple[str, ...], factor: float
) -> EpsEffect:
    """Return the effect of eps on one group."""
    tied = _tied(exact, inputs, names)
    moved, now = real(_times(real.values, names, factor), inputs), real(real.values, inputs)
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


def _tied(
    exact: Pure, inputs: torch.Tensor, names: tuple[str, ...], factor: float = 3.0
) -> dict[str, int | None]:
    """Return the power of the factor that makes up for a group's rescaling in each normalisation's eps.

    It is 2 where the normalisation's input is rescaled, 0 where it is not, None where it is in part.
    """
    before = _arguments(exact, exact.values, inputs)
    after = _arguments(exact, _times(exact.values, names, factor), inputs)
    powers: dict[str, int | None] = {}
    for name, calls in before.items():
        module: Any = exact.net.get_submodule(name)
        found = {_power(module, *pair, factor) for pair in zip(calls, after[name], strict=True)}
        powers[name] = found.pop() if len(found) == 1 else None
    return powers


def _power(module: Any, before: Arguments, after: Arguments, factor: float) -> int | None:
    """Return the power for one call, found by trying: with an eps as large as the rest nothing stays hidden."""
    kept = module.eps
    try:
        module.eps = 1.0
        reference = module(*before)
        for power in (0, 2, 1, 4, -2):
            module.eps = factor**power
            if relative_change(module(*after), reference) < 1e-9:
                return power
    finally:
        module.eps = kept
    return None


def _arguments(
    net: Pure, values: Mapping[str, torch.Tensor], inputs: torch.Tensor
) -> dict[str, list[Arguments]]:
    """Return what each module with an eps is called with, by the module's name."""
    seen: dict[str, list[Arguments]] = {name: [] for name in eps_of(net.net)}
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


def _randomness(net: Pure, inputs: torch.Tensor) -> float:
    """Return how far the output moves between calls that draw other random numbers."""
    with torch.random.fork_rng(devices=[net.device] if net.device.type == "cuda" else []):
        return relative_change(net.draw(net.values, inputs), net.draw(net.values, inputs))


def _reasons(net: nn.Module, inputs: torch.Tensor, found: Groups) -> dict[str, str]:
    """Return why each parameter outside the groups is outside."""
    if not found.others and not found.inert:
        return {}
    reasons = dict.fromkeys(
        found.inert, "does not reach the output: a normalisation or a softmax takes it out again"
    )
    frozen = {name for name, p in net.named_parameters() if not p.requires_grad}
    everything = find_groups(net, inputs, names=dict(net.named_parameters())) if frozen else found
    pure = Pure(net, eps=NO_EPS)
    inputs = pure.cast(inputs)
    # A shift that is still 0 would not move anything.
    values = generic(pure.values, rng=1)
    for name in found.others:
        with torch.no_grad():
            moved = relative_change(pure(_times(values, (name,), 2.0), inputs), pure(values, inputs))
        partners = [p for g in everything.groups if name in g.names for p in g.names if p in frozen]
        balance = [str(b).split("  ")[0] for b in found.balances if name in b.names]
        reasons[name] = f"{_owner(net, name)}; doubled it moves the output by {moved:.1e}"
        if partners:
            reasons[name] += f"; invariant only together with {', '.join(partners)}, frozen"
        elif balance:
            reasons[name] += f"; balanced in {balance[0]}"
        elif 0 < moved < NEARLY:
            reasons[name] += ": nearly invariant, as if the network held an eps that is no attribute"
    return reasons


def _owner(net: nn.Module, name: str) -> str:
    """Return what kind of parameter it is, in words."""
    path, _, last = name.rpartition(".")
    owner = net.get_submodule(path)
    if path in eps_of(net):
        return f"{'gain' if last == 'weight' else 'shift'} of a normalisation, nothing normalised behind it"
    return f"{last} of a {type(owner).__name__}, its scale not normalised away"
