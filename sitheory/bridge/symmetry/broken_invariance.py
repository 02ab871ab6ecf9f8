"""What breaks a network's scale invariance, and by how much: eps, eval mode, and each parameter that is no member."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import nn

from sitheory.bridge.functional.network_copy import eps_of, unwrapped
from sitheory.bridge.functional.pure_network import NO_EPS, Inputs, Pure
from sitheory.bridge.symmetry.eps_effect import EpsEffect, eps_effect, times
from sitheory.bridge.symmetry.finite_rescaling import relative_change
from sitheory.bridge.symmetry.groups import Groups, find_groups
from sitheory.bridge.symmetry.parameter_blocks import generic


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
    net: nn.Module, inputs: Inputs, *, found: Groups | None = None, factor: float = 0.1
) -> Breaks:
    """Say what breaks the scale invariance of a network, in finite precision and in practice.

    Args:
        net: Any module.
        inputs: A batch that the network takes.
        found: Its groups of tensors, if they are known already.
        factor: By which groups are rescaled.

    Returns:
        The findings, with a reason for each trainable parameter that is in no group.
    """
    net = unwrapped(net)
    found = find_groups(net, inputs) if found is None else found
    exact, real = Pure(net, eps=NO_EPS), Pure(net)
    inputs = real.cast(inputs)
    values = real.values
    with torch.no_grad():
        now = real(values, inputs)
        everything = times(values, found.names, factor)
        still = Pure(net, training=False)
        return Breaks(
            eps_now=relative_change(now, exact(values, inputs)),
            eps=tuple(eps_effect(real, exact, inputs, g.names, factor) for g in found.groups),
            eval_mode=relative_change(still(everything, inputs), still(values, inputs)),
            random=_randomness(real, inputs),
            parameters=_reasons(net, inputs, found),
        )


def eps_floor(net: nn.Module, inputs: Inputs, *, factor: float = 1.0) -> float:
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
    values = times(real.values, tuple(real.values), factor)
    with torch.no_grad():
        return relative_change(real(values, inputs), exact(values, inputs))


def _randomness(net: Pure, inputs: Inputs) -> float:
    """Return how far the output moves between calls that draw other random numbers."""
    with torch.random.fork_rng(devices=[net.device] if net.device.type == "cuda" else []):
        return relative_change(net.draw(net.values, inputs), net.draw(net.values, inputs))


def _reasons(net: nn.Module, inputs: Inputs, found: Groups) -> dict[str, str]:
    """Return why each parameter outside the groups is outside."""
    if not found.others and not found.inert:
        return {}
    reasons = dict.fromkeys(
        found.inert, "does not reach the output: a normalisation or a softmax takes it out again"
    )
    frozen = {name for name, p in net.named_parameters() if not p.requires_grad}
    everything = find_groups(net, inputs, names=dict(net.named_parameters())) if frozen else found
    near = {name: s for s in found.nearly for name in s.names}
    pure = Pure(net, eps=NO_EPS)
    inputs = pure.cast(inputs)
    # A shift that is still 0 would not move anything.
    values = generic(pure.values, rng=1)
    for name in found.others:
        with torch.no_grad():
            moved = relative_change(pure(times(values, (name,), 2.0), inputs), pure(values, inputs))
        partners = [p for g in everything.groups if name in g.names for p in g.names if p in frozen]
        balance = [str(b).split("  ")[0] for b in found.balances if name in b.names]
        reasons[name] = f"{_owner(net, name)}; doubled it moves the output by {moved:.1e}"
        if partners:
            reasons[name] += f"; invariant only together with {', '.join(partners)}, frozen"
        elif name in near:
            together = [n for n in near[name].names if n != name]
            reasons[name] += f": nearly invariant ({near[name].deviation:.1e})"
            reasons[name] += f" together with {', '.join(together)}" if together else ""
            reasons[name] += ", as if the network held an eps that is no attribute"
        elif balance:
            reasons[name] += f"; balanced in {balance[0]}"
    return reasons


def _owner(net: nn.Module, name: str) -> str:
    """Return what kind of parameter it is, in words."""
    path, _, last = name.rpartition(".")
    kind = {"weight": "gain", "bias": "shift"}.get(last, last) if f"{path}.eps" in eps_of(net) else last
    return f"{kind} of a {type(net.get_submodule(path)).__name__}, its scale not normalised away"
