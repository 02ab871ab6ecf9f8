"""What a loop's forward passes were given, and the slopes that came back to their outputs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_map

from sitheory.bridge.functional.network_copy import unwrapped
from sitheory.bridge.functional.replayed_draws import Draws
from sitheory.bridge.symmetry.radial_gradient import Recorded, tensors_of

KEPT = 8
"""Passes of one step that are kept: more would hold more inputs in memory and say little more."""


class Passes:
    """Records a network's passes with gradients while it is open; the network's own calls go on as they did.

    Args:
        net: The network, wrapped or not, or compiled in place. One that ``torch.compile`` returned is seen only if it
            is itself what is watched.
    """

    def __init__(self, net: nn.Module):
        self.open = True
        self.calls = 0
        self._seen: list[Recorded] = []
        self._nets = list({id(n): n for n in (net, unwrapped(net))}.values())
        self._draws: dict[int, Draws] = {}
        self._handles = []
        for n in self._nets:
            if not isinstance(n, torch.jit.ScriptModule):
                self._handles.append(n.register_forward_pre_hook(_Hook(self._begin), with_kwargs=True))
                self._handles.append(n.register_forward_hook(_Hook(self._end), with_kwargs=True))
        self.follow()

    def follow(self) -> bool:
        """Look whether the network was compiled in place meanwhile, which compiles its hooks away; say if it was."""
        found = False
        for net in self._nets:
            call = getattr(net, "_compiled_call_impl", None)
            if call is not None and not isinstance(call, _Around):
                net._compiled_call_impl = _Around(net, call, self._begin, self._end)
                found = True
        return found

    def close(self) -> None:
        """Stop recording."""
        self.clear()
        self.open = False
        for handle in self._handles:
            handle.remove()
        for net in self._nets:
            if isinstance(call := getattr(net, "_compiled_call_impl", None), _Around):
                net._compiled_call_impl = call.call

    def clear(self) -> None:
        """Forget what was seen."""
        self._seen.clear()
        self._draws.clear()

    @property
    def any(self) -> bool:
        """Whether a gradient came back to some pass."""
        return any(s is not None for p in self._seen for s in p.slopes)

    def found(self) -> list[Recorded]:
        """Return the passes that a finite gradient came back to."""
        return [
            p
            for p in self._seen
            if any(s is not None for s in p.slopes)
            and all(bool(torch.isfinite(s).all()) for s in p.slopes if s is not None)
        ]

    def _begin(self, net: nn.Module, *_: Any) -> None:
        if not self.open or not torch.is_grad_enabled() or not any(net is n for n in self._nets):
            return
        like = next((p for p in net.parameters() if p.is_floating_point()), torch.zeros(0))
        self._draws[id(net)] = Draws.now(like.device, like.dtype)

    def _end(self, net: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> None:
        self.calls += 1
        if self.open and torch.is_grad_enabled():
            self._record(net, args, kwargs, output)

    def _record(self, net: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> None:
        """Keep a pass of the network itself, not of a copy."""
        outputs = tensors_of(output)
        if not any(net is n for n in self._nets) or not any(t.requires_grad for t in outputs):
            return
        slopes: list[Tensor | None] = [None] * len(outputs)
        for i, tensor in enumerate(outputs):
            if tensor.requires_grad:
                tensor.register_hook(_Slope(slopes, i))
        kind = outputs[0].device.type
        narrow = torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else None
        kept = tree_map(lambda t: t.detach() if isinstance(t, Tensor) else t, (args, kwargs))
        seen = Recorded(kept[0], kept[1], slopes, narrow, self._draws.get(id(net)))
        self._seen = [*self._seen[1 - KEPT :], seen]


class _Slope:
    """Keeps the slope of an output, without a reference to the output."""

    def __init__(self, slopes: list[Tensor | None], place: int):
        self.slopes, self.place = slopes, place

    def __call__(self, slope: Tensor) -> None:
        before = self.slopes[self.place]
        self.slopes[self.place] = slope.detach() if before is None else before + slope.detach()


class _Hook:
    """A hook that stays behind when its network is copied or saved."""

    def __init__(self, seen: Callable[..., None]):
        self._seen = seen

    def __call__(self, *call: Any) -> None:
        if not torch.compiler.is_compiling():
            self._seen(*call)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return _silent

    def __reduce__(self) -> Any:
        return _silence, ()


class _Around:
    """The call of a network compiled in place, seen from outside; copies and saved networks leave it behind."""

    def __init__(
        self, net: nn.Module, call: Callable[..., Any], begin: Callable[..., None], end: Callable[..., None]
    ):
        self.call = call
        self._net, self._begin, self._end = net, begin, end

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self._begin(self._net)
        output = self.call(*args, **kwargs)
        self._end(self._net, args, kwargs, output)
        return output


def _silence() -> Any:
    return _silent


def _silent(*_: Any) -> None:
    """Do nothing: the hook of a copy."""
