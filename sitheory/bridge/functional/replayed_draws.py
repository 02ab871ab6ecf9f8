"""The random numbers of a pass that was seen, drawn once more by a copy of its network in another precision."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_map


class Draws(NamedTuple):
    """Where the generators stood before a pass, on the CPU and on its own device, and the type that it drew in."""

    state: Tensor
    of_device: Tensor | None
    dtype: torch.dtype

    @classmethod
    def now(cls, device: torch.device, dtype: torch.dtype) -> Draws:
        """Return where the generators stand."""
        of_device = torch.cuda.get_rng_state(device) if device.type == "cuda" else None
        return cls(torch.get_rng_state(), of_device, dtype)

    def restore(self, device: torch.device) -> None:
        """Put the generators back there."""
        torch.set_rng_state(self.state)
        if self.of_device is not None:
            torch.cuda.set_rng_state(self.of_device, device)


class DrawnIn(TorchFunctionMode):
    """Draw random numbers in a type and widen them: in another type the same generator draws others.

    Args:
        dtype: The type that the network itself draws in, where its copy in float64 would draw in float64.
    """

    def __init__(self, dtype: torch.dtype):
        super().__init__()
        self._dtype = dtype

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        first = args[0] if args and isinstance(args[0], Tensor) else kwargs.get("input")
        if func in _FACTORIES:
            asked = kwargs.get("dtype", None if first is None else first.dtype)
            if asked is torch.float64 and kwargs.get("out") is None:
                return func(*args, **{**kwargs, "dtype": self._dtype}).double()
        elif isinstance(first, Tensor) and first.dtype is torch.float64:
            if func in _FILLS:
                return first.copy_(func(torch.zeros_like(first, dtype=self._dtype), *args[1:], **kwargs))
            if func in _MASKS:
                ones = torch.ones_like(first, dtype=self._dtype)
                named = {n: v for n, v in kwargs.items() if n not in ("input", "inplace")}
                return first * func(ones, *args[1:3], **named).double()
            if func in _OTHERS:
                narrow = tree_map(lambda t: self._cast(t, torch.float64, self._dtype), (args, kwargs))
                return tree_map(
                    lambda t: self._cast(t, self._dtype, torch.float64), func(*narrow[0], **narrow[1])
                )
        return func(*args, **kwargs)

    @staticmethod
    def _cast(value: Any, old: torch.dtype, new: torch.dtype) -> Any:
        return value.to(new) if isinstance(value, Tensor) and value.dtype is old else value


_FACTORIES = (torch.rand, torch.randn, torch.rand_like, torch.randn_like)
_FILLS = (
    torch.Tensor.uniform_,
    torch.Tensor.normal_,
    torch.Tensor.bernoulli_,
    torch.Tensor.exponential_,
    torch.Tensor.cauchy_,
    torch.Tensor.log_normal_,
    torch.Tensor.geometric_,
)
_MASKS = (
    nn.functional.dropout,
    nn.functional.dropout1d,
    nn.functional.dropout2d,
    nn.functional.dropout3d,
)
"""What multiplies its input by 0 or a constant."""

_OTHERS = (
    torch.bernoulli,
    torch.normal,
    torch.poisson,
    torch.multinomial,
    torch.Tensor.bernoulli,
    torch.Tensor.multinomial,
    nn.functional.alpha_dropout,
    nn.functional.feature_alpha_dropout,
    nn.functional.gumbel_softmax,
    nn.functional.rrelu,
    nn.functional.fractional_max_pool2d_with_indices,
    nn.functional.fractional_max_pool3d_with_indices,
)
"""What draws within: its values, too, are rounded to the type."""
