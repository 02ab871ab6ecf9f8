"""What a normalisation's eps does to the gradient of one pass, found in that pass: one number for each unit.

A normalisation with eps is unchanged if its input is scaled by c and eps by c^2. Weights whose scale is that of its
input therefore have <w, gradient> = -2 eps dL/d(eps), the sum over the unit of eps / (variance + eps) times slope times
normalised value, whatever the size of eps [si:orthogonality]. A probe, 0 throughout, is multiplied by these values in
the forward pass, so that the backward pass adds them up as its gradient.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

PROBE = "eps_probe"
"""The name that a probe has in its normalisation."""


def add_probes(net: nn.Module) -> dict[str, int]:
    """Give torch's own normalisations a probe each, without effect on what they compute.

    Args:
        net: The network, which is changed.

    Returns:
        The probes' names as parameters, and how many units each has: channels of batch normalisation, groups of group
        normalisation, one for all of layer and RMS normalisation.
    """
    found = {}
    for path, module in net.named_modules():
        if (units := _units(module)) is None:
            continue
        like = next(iter(net.parameters()))
        probe = nn.Parameter(torch.zeros(units, dtype=like.dtype, device=like.device), requires_grad=False)
        module.register_parameter(PROBE, probe)
        module.register_forward_hook(_probed)
        found[f"{path}.{PROBE}" if path else PROBE] = units
    return found


@contextmanager
def variances(net: nn.Module, names: Iterator[str] | dict[str, int]) -> Iterator[dict[str, list[Tensor]]]:
    """Collect each call's variances, shape (calls' samples, units), of the normalisations that have these probes."""
    seen: dict[str, list[Tensor]] = {}
    hooks = []
    for name in names:

        def keep(module: nn.Module, args: tuple[Tensor, ...], out: Tensor, name: str = name) -> None:
            seen.setdefault(name, []).append(_variance(module, args[0].detach()))

        module = net.get_submodule(name.rpartition(".")[0])
        hooks.append(module.register_forward_hook(keep))
    try:
        yield seen
    finally:
        for hook in hooks:
            hook.remove()


def _units(module: nn.Module) -> int | None:
    """Return how many eps of its own a normalisation has, None if it is none of torch's."""
    if isinstance(module, _BatchNorm):
        return module.num_features
    if isinstance(module, nn.GroupNorm):
        return module.num_groups
    return 1 if isinstance(module, (nn.LayerNorm, nn.RMSNorm)) else None


def _probed(module: nn.Module, args: tuple[Tensor, ...], out: Tensor) -> Tensor | None:
    """Add 0, whose derivative by the probe is eps / (variance + eps) times the normalised part of the output."""
    if not (module.training and torch.is_grad_enabled()):
        return None
    x = args[0].detach()
    variance, eps = _variance(module, x), _eps(module, x)
    share = getattr(module, PROBE) * (eps / (variance + eps))
    normalised = out.detach()
    if (bias := getattr(module, "bias", None)) is not None:
        normalised = normalised - (_by_channel(bias, out) if _channels(module) else bias).detach()
    return out + _spread(module, share, out).to(out.dtype) * normalised


def _channels(module: nn.Module) -> bool:
    return isinstance(module, (_BatchNorm, nn.GroupNorm))


def _eps(module: nn.Module, x: Tensor) -> float:
    eps = module.eps
    return torch.finfo(x.dtype).eps if eps is None else float(eps)  # type: ignore[arg-type]


def _variance(module: nn.Module, x: Tensor) -> Tensor:
    """Return what eps is added to, shape (samples, units) or, where a batch has one variance, (1, units)."""
    if isinstance(module, _BatchNorm):
        return x.transpose(0, 1).flatten(1).var(1, correction=0)[None]
    if isinstance(module, nn.GroupNorm):
        return x.reshape(x.shape[0], module.num_groups, -1).var(-1, correction=0)
    rows = x.reshape(-1, int(torch.Size(module.normalized_shape).numel()))  # type: ignore[arg-type]
    if isinstance(module, nn.RMSNorm):
        return rows.square().mean(-1, keepdim=True)
    return rows.var(-1, keepdim=True, correction=0)


def _spread(module: nn.Module, share: Tensor, out: Tensor) -> Tensor:
    """Return the units' numbers at each place of the output, to be broadcast over it."""
    if isinstance(module, _BatchNorm):
        return _by_channel(share[0], out)
    if isinstance(module, nn.GroupNorm):
        by_channel = share.repeat_interleave(out.shape[1] // module.num_groups, dim=1)
        return by_channel.reshape(*by_channel.shape, *[1] * (out.dim() - 2))
    inner = len(module.normalized_shape)  # type: ignore[arg-type]
    return share.reshape(*out.shape[: out.dim() - inner], *[1] * inner)


def _by_channel(values: Tensor, out: Tensor) -> Tensor:
    return values.reshape(1, -1, *[1] * (out.dim() - 2))
