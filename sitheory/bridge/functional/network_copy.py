"""Copies of anyone's network for analysis: unwrapped, in one precision throughout, with its exact normalisations."""

from __future__ import annotations

import contextlib
import copy
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.modules.batchnorm import _NormBase
from torch.nn.utils.parametrizations import _SpectralNorm
from torch.nn.utils.spectral_norm import SpectralNorm
from torch.overrides import TorchFunctionMode
from torch.utils import checkpoint

EPS_NAME = re.compile(r"(?:^|_)eps(?:ilon)?$")
"""Names of what a normalisation adds to a variance: eps, variance_epsilon, norm_eps, epsilon, layer_norm_eps."""

WIDE = {
    torch.float32: torch.float64,
    torch.float16: torch.float64,
    torch.bfloat16: torch.float64,
    torch.complex64: torch.complex128,
}
"""What each type of lower precision becomes in a copy in float64."""


def unwrapped(net: nn.Module) -> nn.Module:
    """Return the network inside DataParallel, DistributedDataParallel and torch.compile, whose names it has."""
    while True:
        if isinstance(net, (nn.DataParallel, nn.parallel.DistributedDataParallel)):
            net = net.module
        elif isinstance(inner := getattr(net, "_orig_mod", None), nn.Module):
            net = inner
        else:
            return net


def copied(net: nn.Module) -> nn.Module:
    """Return a deep copy, with the values of whatever activations its modules keep."""
    net = unwrapped(net)
    memo: dict[int, Any] = {}
    for module in net.modules():
        for value in vars(module).values():
            for kept in _activations(value):
                memo[id(kept)] = kept.detach().clone()
    return copy.deepcopy(net, memo)


def _activations(value: Any) -> Iterator[torch.Tensor]:
    """Yield the tensors in a value that belong to a graph, which torch does not copy."""
    if isinstance(value, torch.Tensor):
        if not value.is_leaf:
            yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _activations(part)
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from _activations(part)


def widen(net: nn.Module) -> None:
    """Put parameters and buffers into float64, complex ones into complex128."""
    for tensor in (*net.parameters(), *net.buffers()):
        tensor.data = tensor.data.to(WIDE.get(tensor.dtype, tensor.dtype))


def set_modes(net: nn.Module, training: bool) -> None:
    """Set eval mode, or train mode, in which parts that the network froze in eval mode stay so.

    In train mode batch normalisation keeps no running statistics.
    """
    if not training:
        net.eval()
    elif not net.training:
        net.train()
    for module in net.modules():
        if isinstance(module, _NormBase) and module.training:
            module.track_running_stats = False
            module.running_mean = module.running_var = module.num_batches_tracked = None


def make_twice_differentiable(net: nn.Module) -> None:
    """Give dense gradients to embeddings, and to spectral normalisation the norm that its iteration converges to."""
    for module in net.modules():
        if isinstance(module, (nn.Embedding, nn.EmbeddingBag)):
            module.sparse = False
        if isinstance(module, _SpectralNorm):
            module.forward = _exact_spectral(module)  # type: ignore[method-assign]
        for hook in module._forward_pre_hooks.values():
            if isinstance(hook, SpectralNorm):
                hook.compute_weight = _exact_hook(hook)  # type: ignore[method-assign]


def _exact_spectral(module: _SpectralNorm):
    def forward(weight: torch.Tensor) -> torch.Tensor:
        if weight.ndim == 1:
            return nn.functional.normalize(weight, dim=0, eps=module.eps)
        return weight / torch.linalg.matrix_norm(module._reshape_weight_to_matrix(weight), 2)

    return forward


def _exact_hook(hook: SpectralNorm):
    def compute_weight(module: nn.Module, do_power_iteration: bool) -> torch.Tensor:
        weight = getattr(module, hook.name + "_orig")
        return weight / torch.linalg.matrix_norm(hook.reshape_weight_to_matrix(weight), 2)

    return compute_weight


class _KeptWide(TorchFunctionMode):
    """Leave float64 as it is where a network computes its normalisations in float32."""

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        first = args[0] if args else None
        if isinstance(first, torch.Tensor) and first.dtype in (torch.float64, torch.complex128):
            if func in (torch.Tensor.float, torch.Tensor.half, torch.Tensor.bfloat16):
                return first
            args = (first, *(_widened(a) for a in args[1:])) if func in _CASTS else args
            kwargs = {n: _widened(v) if n in _KEYWORDS else v for n, v in kwargs.items()}
        return func(*args, **kwargs)


class _WithoutEps(TorchFunctionMode):
    """Give torch's normalisations another eps, whether it came from a module or stands in the code."""

    def __init__(self, eps: float):
        super().__init__()
        self._eps = eps

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = dict(kwargs or {})
        if (place := _EPS_PLACE.get(func)) is not None:
            if len(args) > place:
                args = (*args[:place], self._eps, *args[place + 1 :])
            else:
                kwargs["eps"] = self._eps
        return func(*args, **kwargs)


_EPS_PLACE = {
    nn.functional.batch_norm: 7,
    nn.functional.instance_norm: 7,
    nn.functional.layer_norm: 4,
    nn.functional.group_norm: 4,
    nn.functional.rms_norm: 3,
}
"""At which place each of torch's functions takes its eps."""

_CASTS = (torch.Tensor.to, torch.Tensor.type, torch.Tensor.type_as)
_KEYWORDS = ("dtype", "other", "weight", "pos_weight")  # the last two are those of losses


def _widened(wanted: Any) -> Any:
    if isinstance(wanted, torch.dtype):
        return WIDE.get(wanted, wanted)
    if isinstance(wanted, torch.Tensor) and wanted.dtype in WIDE:
        return wanted.to(WIDE[wanted.dtype])
    return wanted


@contextmanager
def exact_passes(wide: bool, eps: float | None = None) -> Iterator[None]:
    """Let attention have second derivatives, checkpointed parts run plainly and, if wide, no part in float32.

    With an eps, torch's normalisations take it whatever they are called with.
    """
    kept = checkpoint._checkpoint_without_reentrant_generator, checkpoint.CheckpointFunction.apply
    checkpoint._checkpoint_without_reentrant_generator = lambda *_, **__: iter((None,))  # type: ignore[assignment]
    checkpoint.CheckpointFunction.apply = lambda function, _, *args: function(*args)  # type: ignore[method-assign]
    try:
        with sdpa_kernel(SDPBackend.MATH), contextlib.ExitStack() as modes:
            if wide:
                modes.enter_context(_KeptWide())
            if eps is not None:
                modes.enter_context(_WithoutEps(eps))
            yield
    finally:
        checkpoint._checkpoint_without_reentrant_generator = kept[0]
        checkpoint.CheckpointFunction.apply = kept[1]  # type: ignore[method-assign]


def eps_of(net: nn.Module) -> dict[str, float]:
    """Return each eps of a network by its path, module and attribute; where it is None, that of its precision."""
    found = {}
    for path, module in net.named_modules():
        for name, value in (*vars(module).items(), *module._buffers.items()):
            if not EPS_NAME.search(name):
                continue
            place = f"{path}.{name}" if path else name
            if value is None and name == "eps":
                found[place] = torch.finfo(torch.get_default_dtype()).eps
            elif isinstance(value, float) or (isinstance(value, torch.Tensor) and value.numel() == 1):
                found[place] = float(value)
    return found


def set_eps(net: nn.Module, place: str, eps: float) -> None:
    """Set one eps of a network."""
    path, _, name = place.rpartition(".")
    module = net.get_submodule(path)
    now = getattr(module, name)
    setattr(module, name, torch.full_like(now, eps) if isinstance(now, torch.Tensor) else eps)
