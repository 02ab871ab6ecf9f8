"""Make a network of anybody's fully scale-invariant, and test that it is."""

from __future__ import annotations

import torch
from torch import nn

from sitheory.bridge.functional.network_copy import copied
from sitheory.bridge.functional.pure_network import Inputs, Pure
from sitheory.bridge.networks.layers import freeze_head
from sitheory.bridge.symmetry.broken_invariance import what_breaks
from sitheory.bridge.symmetry.groups import Groups, find_groups


def scale_invariant(
    net: nn.Module, inputs: Inputs, *, head: str | None = None, head_norm: float = 10.0
) -> nn.Module:
    """Return a copy of a network in which exactly the scale-invariant parameters are trainable.

    Normalisations lose their gains and shifts; the head, if it is not scale-invariant itself, is rescaled and frozen
    [periodic appendix B]; biases that a normalisation takes out again are frozen. Then finite rescaling in float64,
    in train mode and without eps, tests each group.

    Args:
        net: Any module.
        inputs: A batch that it takes, two samples or more.
        head: Name of the last layer; by default the last module with a weight that a call reaches.
        head_norm: Frobenius norm that the head's weight gets.

    Returns:
        The copy.

    Raises:
        ValueError: If something trainable is still not scale-invariant: what, and why.
    """  # noqa: DOC502  raised by what it calls
    made = copied(net)
    for module in made.modules():
        drop_affine(module)
    found = find_groups(made, inputs)
    if found.others:
        last = made.get_submodule(head if head is not None else head_of(made, inputs))
        freeze_head(last, head_norm)
        found = find_groups(made, inputs)
    parameters = dict(made.named_parameters())
    for name in found.inert:
        parameters[name].requires_grad_(False)
    _require(made, inputs, found)
    return made


def _require(net: nn.Module, inputs: Inputs, found: Groups) -> None:
    """Raise if anything is not scale-invariant, or nothing is."""
    if found.others:
        why = what_breaks(net, inputs, found=found).parameters
        lines = [f"  {name}: {why[name]}" for name in found.others]
        raise ValueError("need all trainable parameters scale-invariant, got\n" + "\n".join(lines))
    if not found.groups:
        raise ValueError("need scale-invariant parameters, got none that is trainable")


def drop_affine(module: nn.Module) -> None:
    """Take the gain and shift away from one of torch's normalisation layers; leave any other module alone."""
    flag = next((f for f in ("affine", "elementwise_affine") if hasattr(module, f)), None)
    if flag is not None and hasattr(module, "eps"):
        setattr(module, flag, False)
        for name in ("weight", "bias"):
            if name in module._parameters:
                module.register_parameter(name, None)


def head_of(net: nn.Module, inputs: Inputs) -> str:
    """Return the name of the last module with a weight matrix of its own that a call reaches.

    Args:
        net: Any module.
        inputs: A batch that it takes.

    Returns:
        The name.

    Raises:
        ValueError: If there is none.
    """
    reached: list[str] = []
    owners = {n: m for n, m in net.named_modules() if getattr(m, "weight", None) is not None}
    hooks = [m.register_forward_hook(lambda *_, name=n: reached.append(name)) for n, m in owners.items()]
    try:
        pure = Pure(net)  # a copy, hooks and all
        with torch.no_grad():
            pure(pure.values, pure.cast(inputs))
    finally:
        for hook in hooks:
            hook.remove()
    if not reached:
        raise ValueError("need a last layer with a weight, or its name as head=, got none")
    return reached[-1]
