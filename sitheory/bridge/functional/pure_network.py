"""A network as a pure function of its parameters: a copy that no call changes."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.modules.batchnorm import _NormBase

NO_EPS = 1e-30
"""Stands for eps = 0, which torch refuses in batch normalisation; in float64 nothing is lost beside a variance."""


class Pure:
    """A copy of a network whose calls leave no trace, with parameters handed in.

    Batch normalisation takes the batch's own statistics in train mode and keeps no running ones; random numbers, as
    dropout draws them, are the same in each call.
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
            eps: The normalisations' eps, one for all or by the module's name; None leaves them.

        Raises:
            ValueError: If a name is no parameter of the network.
        """
        self.net = copy.deepcopy(net)
        if dtype is not None:
            self.net.to(dtype)
        self.net.train(training)
        if training:
            for module in self.net.modules():
                if isinstance(module, _NormBase):
                    module.track_running_stats = False
                    module.running_mean = module.running_var = module.num_batches_tracked = None
        own = dict(self.net.named_parameters())
        wanted = [n for n, p in own.items() if p.requires_grad] if names is None else list(names)
        if unknown := [n for n in wanted if n not in own]:
            raise ValueError(f"need names of parameters, got {unknown[0]!r}")
        self.values = {name: own[name].detach().clone() for name in wanted}
        self.device = next(iter(own.values())).device if own else torch.device("cpu")
        self.dtype = dtype
        self.net.requires_grad_(False)
        if eps is not None:
            self.set_eps(eps)

    def set_eps(self, eps: Mapping[str, float] | float) -> None:
        """Set the eps of all normalisations, or of those named."""
        for name, now in eps_of(self.net).items():
            module: Any = self.net.get_submodule(name)
            module.eps = eps.get(name, now) if isinstance(eps, Mapping) else eps

    def cast(self, inputs: torch.Tensor | np.ndarray) -> torch.Tensor:
        """Return the inputs on the network's device, in its precision if they are not integers."""
        inputs = torch.as_tensor(inputs)
        kept = self.dtype if self.dtype is not None and inputs.is_floating_point() else inputs.dtype
        return inputs.to(self.device, kept)

    @contextmanager
    def fixed_draws(self) -> Iterator[None]:
        """Let random numbers, as dropout draws them, be the same each time, and the generators stay as they were."""
        with torch.random.fork_rng(devices=_generators(self.device)):
            torch.manual_seed(0)
            yield

    def __call__(self, values: Mapping[str, torch.Tensor], inputs: torch.Tensor) -> torch.Tensor:
        """Return the output with these parameters in the place of the network's own, the random numbers fixed."""
        with self.fixed_draws():
            return self.draw(values, inputs)

    def draw(self, values: Mapping[str, torch.Tensor], inputs: torch.Tensor) -> torch.Tensor:
        """Return the output with whatever random numbers come next.

        Args:
            values: The parameters by name.
            inputs: The batch.

        Returns:
            The network's output.

        Raises:
            TypeError: If that is no tensor.
        """  # noqa: DOC502  raised by what it calls
        buffers = {name: b.clone() for name, b in self.net.named_buffers()}
        return _one_tensor(torch.func.functional_call(self.net, {**buffers, **values}, (inputs,)))


def accepted(net: nn.Module, inputs: torch.Tensor) -> torch.Tensor:
    """Return what a copy of a network makes of inputs in eval mode, as a first look at whether the two fit.

    Raises:
        ValueError: If the network does not take them.
        TypeError: If it makes no tensor of them.
    """  # noqa: DOC502  raised by what it calls
    net = copy.deepcopy(net).to(inputs.device).eval()
    try:
        with torch.random.fork_rng(devices=_generators(inputs.device)), torch.no_grad():
            return _one_tensor(net(inputs))
    except (RuntimeError, ValueError, IndexError) as error:
        said = str(error).strip().partition("\n")[0]
        raise ValueError(
            f"need inputs that the network takes, got shape {tuple(inputs.shape)}: {said}"
        ) from error


def _one_tensor(output: Any) -> torch.Tensor:
    if not isinstance(output, torch.Tensor):
        raise TypeError(f"need a network that returns one tensor, got {type(output).__name__}: wrap it")
    return output


def _generators(device: torch.device) -> list[torch.device]:
    """The devices, besides the CPU, whose random numbers may be drawn."""
    return [device] if device.type == "cuda" else []


def eps_of(net: nn.Module) -> dict[str, float]:
    """Return the eps of each module that has one, by the module's name; where it is None, that of its precision."""
    found = {n: m.eps for n, m in net.named_modules() if hasattr(m, "eps")}
    return {
        name: torch.finfo(torch.get_default_dtype()).eps if eps is None else float(eps)
        for name, eps in found.items()
        if eps is None or isinstance(eps, float)
    }
