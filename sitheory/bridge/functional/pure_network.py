"""A network as a pure function of its parameters: a copy that no call changes."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import torch
from torch import nn
from torch.utils._pytree import tree_leaves, tree_map

from sitheory.bridge.functional.network_copy import (
    copied,
    eps_of,
    exact_passes,
    make_twice_differentiable,
    set_eps,
    set_modes,
    widen,
)
from sitheory.bridge.functional.replayed_draws import DrawnIn, Draws

NO_EPS = 1e-30
"""Stands for eps = 0, which torch refuses in batch normalisation; in float64 nothing is lost beside a variance."""

FEW = 4
LARGE = 300_000
"""Few samples are at most four, and of large images as many as hold so many numbers, but two."""

Inputs: TypeAlias = Any
"""One batch as a network takes it: a tensor, a tuple of arguments, a mapping of named ones, or a ``Call``."""


class Call(NamedTuple):
    """The arguments of a call, both kinds."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]


class Pure:
    """A copy of a network whose calls leave no trace, with parameters handed in.

    Batch normalisation takes the batch's own statistics in train mode and keeps no running ones, unless the network
    froze it in eval mode; random numbers, as dropout draws them, are the same in each call. A copy in float64 computes
    in float64 throughout, also where the network computes in float32; complex parameters are handed in as pairs of
    real numbers.
    """

    def __init__(
        self,
        net: nn.Module,
        *,
        dtype: torch.dtype | None = torch.float64,
        training: bool = True,
        names: Iterable[str] | None = None,
        eps: Mapping[str, float] | float | None = None,
    ):
        """Copy the network.

        Args:
            net: Any module; it is left alone.
            dtype: Of the copy; None keeps each tensor's own.
            training: Train mode; otherwise eval mode, where normalisation takes the running statistics.
            names: The parameters that are handed in; the trainable ones by default.
            eps: The normalisations' eps, one for all, those of torch's functions too, or by the path of each; None
                leaves them.

        Raises:
            ValueError: If a name is no parameter of the network.
        """
        self.net = copied(net)
        if dtype is torch.float64:
            widen(self.net)
        elif dtype is not None:
            self.net.to(dtype)
        set_modes(self.net, training)
        make_twice_differentiable(self.net)
        own = dict(self.net.named_parameters())
        wanted = [n for n, p in own.items() if p.requires_grad] if names is None else list(names)
        if unknown := [n for n in wanted if n not in own]:
            raise ValueError(f"need names of parameters, got {unknown[0]!r}")
        self.values = {name: real_view(own[name].detach()).clone() for name in wanted}
        self._complex = {name for name in wanted if own[name].is_complex()}
        self.device = next(iter(own.values())).device if own else torch.device("cpu")
        self.dtype = dtype
        self.net.requires_grad_(False)
        # One eps for all is that of normalisations written as functions too.
        self._eps = None if isinstance(eps, Mapping) else eps
        if eps is not None:
            self.set_eps(eps)

    def set_eps(self, eps: Mapping[str, float] | float) -> None:
        """Set the eps of all normalisations, or of those named by their paths."""
        for place, now in eps_of(self.net).items():
            set_eps(self.net, place, eps.get(place, now) if isinstance(eps, Mapping) else eps)

    def cast(self, inputs: Inputs) -> Inputs:
        """Return the inputs on the network's device, in its precision if they are not integers."""

        def one(leaf: Any) -> Any:
            if not isinstance(leaf, (torch.Tensor, np.ndarray)):
                return leaf
            tensor = torch.as_tensor(leaf)
            kept = self.dtype if self.dtype is not None and tensor.is_floating_point() else tensor.dtype
            return tensor.to(self.device, kept)

        if isinstance(inputs, Mapping):  # of any class, such as a tokenizer's
            return {n: tree_map(one, v) for n, v in inputs.items()}
        return tree_map(one, inputs) if isinstance(inputs, tuple) else one(torch.as_tensor(inputs))

    @contextmanager
    def fixed_draws(self, draws: Draws | None = None) -> Iterator[None]:
        """Let random numbers be the same each time, or a seen pass's own; the generators stay as they were."""
        alike = DrawnIn(draws.dtype) if draws and self.dtype is torch.float64 else contextlib.nullcontext()
        with torch.random.fork_rng(devices=_generators(self.device)), alike:
            if draws is None:
                torch.manual_seed(0)
            else:
                draws.restore(self.device)
            yield

    def __call__(self, values: Mapping[str, torch.Tensor], inputs: Inputs) -> torch.Tensor:
        """Return the output with these parameters in the place of the network's own, the random numbers fixed."""
        with self.fixed_draws():
            return self.draw(values, inputs)

    def draw(self, values: Mapping[str, torch.Tensor], inputs: Inputs) -> torch.Tensor:
        """Return the output with whatever random numbers come next.

        Args:
            values: The parameters by name.
            inputs: The batch.

        Returns:
            The network's output.

        Raises:
            TypeError: If that is no tensor.
        """  # noqa: DOC502  raised by what it calls
        return _one_tensor(self.outputs(values, *arguments(self.net, inputs)))

    def outputs(
        self, values: Mapping[str, torch.Tensor], args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> Any:
        """Return whatever the network makes of arguments, with random numbers as they come next."""
        buffers = {name: b.clone() for name, b in self.net.named_buffers()}
        params = {
            n: torch.view_as_complex(v.contiguous()) if n in self._complex else v for n, v in values.items()
        }
        with exact_passes(wide=self.dtype is torch.float64, eps=self._eps):
            return torch.func.functional_call(self.net, {**buffers, **params}, args, dict(kwargs))


def real_view(tensor: torch.Tensor) -> torch.Tensor:
    """Return a tensor, complex numbers as pairs of real ones."""
    return torch.view_as_real(tensor) if tensor.is_complex() else tensor


def arguments(net: nn.Module, inputs: Inputs) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return the arguments of a call: a tuple's parts, a mapping's, or the whole as one, as the network takes it."""
    if isinstance(inputs, Call):
        return inputs
    takes = inspect.signature(net.forward)
    for args, kwargs in _readings(inputs):
        try:
            takes.bind(*args, **kwargs)
        except TypeError:
            continue
        return args, kwargs
    return (inputs,), {}


def _readings(inputs: Inputs) -> Iterator[tuple[tuple[Any, ...], dict[str, Any]]]:
    if isinstance(inputs, Mapping):
        yield (), {str(n): v for n, v in inputs.items()}
    elif isinstance(inputs, tuple):
        yield inputs, {}
    yield (inputs,), {}


def computes_in_float32(net: nn.Module) -> bool:
    """Return whether all of a network's parameters and buffers, if not whole numbers, are in float32."""
    tensors = (t for t in (*net.parameters(), *net.buffers()) if t.is_floating_point() or t.is_complex())
    return {t.dtype for t in tensors} == {torch.float32}


def few_samples(inputs: Inputs) -> Inputs:
    """Return the first samples of a batch, two to four as their size is, or the batch itself if it has no more."""
    tensors = [t for t in tree_leaves(inputs) if isinstance(t, torch.Tensor) and t.dim()]
    count = len(tensors[0]) if tensors else 0
    each = sum(t.numel() for t in tensors) / max(count, 1)
    kept = int(min(FEW, max(2, LARGE // max(each, 1))))
    if count <= kept or any(len(t) != count for t in tensors):
        return inputs
    return tree_map(lambda t: t[:kept] if isinstance(t, torch.Tensor) and t.dim() else t, inputs)


def accepted(net: nn.Module, inputs: Inputs) -> torch.Tensor:
    """Return what a copy of a network makes of inputs in eval mode, as a first look at whether the two fit.

    Raises:
        ValueError: If the network does not take them.
        TypeError: If it makes no tensor of them.
    """  # noqa: DOC502  raised by what it calls
    device = next((t.device for t in tree_leaves(inputs) if isinstance(t, torch.Tensor)), torch.device("cpu"))
    net = copied(net).to(device).eval()
    args, kwargs = arguments(net, inputs)
    wide = any(p.dtype is torch.float64 for p in net.parameters())
    try:
        with torch.random.fork_rng(devices=_generators(device)), torch.no_grad(), exact_passes(wide):
            return _one_tensor(net(*args, **kwargs))
    except (RuntimeError, ValueError, IndexError) as error:
        said = str(error).strip().partition("\n")[0]
        shape = tuple(inputs.shape) if isinstance(inputs, torch.Tensor) else type(inputs).__name__
        raise ValueError(f"need inputs that the network takes, got shape {shape}: {said}") from error


def _one_tensor(output: Any) -> torch.Tensor:
    """Return an output's one tensor: the logits of several named ones, if they are there."""
    if isinstance(output, Mapping) and isinstance(found := output.get("logits"), torch.Tensor):
        return found
    tensors = [t for t in tree_leaves(output) if isinstance(t, torch.Tensor)]
    if len(tensors) != 1:
        raise TypeError(f"need a network that returns one tensor, got {type(output).__name__}: wrap it")
    return tensors[0]


def _generators(device: torch.device) -> list[torch.device]:
    """The devices, besides the CPU, whose random numbers may be drawn."""
    return [device] if device.type == "cuda" else []
