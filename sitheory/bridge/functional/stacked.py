"""Copies of one network, a cell each, in one model: a flat (cells, values) buffer, forward and backward at once.

Weights are kept in float64; each step casts them to the network's own type for the forward and backward pass.
A cell's numbers do not depend on which cells run beside it, on a CPU bit for bit: see ``_CellwiseNorm``. The order in
which a GPU sums depends on how many there are, so there they agree to rounding.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from functools import partial
from types import FunctionType, MethodType
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.func import functional_call, grad_and_value, vmap
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from sitheory.bridge.functional.eps_probes import add_probes
from sitheory.bridge.functional.losses import Loss, cross_entropy
from sitheory.bridge.functional.precision import Precision, checked, computing, widened
from sitheory.bridge.functional.side_streams import SideBySide

Buffers = dict[str, Tensor]


class Pass(NamedTuple):
    """What one pass found for each cell: mean loss, share of errors, gradient (cells, values), buffers after.

    ``eps_slopes`` is what eps makes of the radial gradient, shape (cells, units), of a stack with probes.
    """

    loss: Tensor
    error: Tensor
    grad: Tensor | None
    buffers: Buffers
    eps_slopes: Tensor | None = None


class Stack:
    """The copies: a network's structure, its frozen parameters, and how the flat buffer maps to the others.

    Args:
        net: Any module that maps a batch of samples to logits; it is copied, never changed.
        invariant: Names of its scale-invariant parameters; they come first in the buffer. None takes all that
            are trained.
        together: Whether all cells run in one batched pass, or each in its own (better for convolutions, which
            a batched pass turns into slow grouped ones), side by side on a GPU. None decides by whether there are any.
        device: Where to compute.
        precision: Of forward and backward pass.
        compiled: Whether torch compiles the forward and backward pass.
        probed: Whether each gradient says what eps makes of it, see ``eps_probes``.

    Raises:
        ValueError: If the network has dropout.
    """

    def __init__(
        self,
        net: nn.Module,
        invariant: list[str] | None = None,
        *,
        together: bool | None = None,
        device: torch.device | str = "cpu",
        precision: str = Precision.OWN,
        compiled: bool = False,
        probed: bool = False,
        loss: Loss = cross_entropy,
    ):
        self.net, self.loss = copy.deepcopy(net).to(device), loss
        trained = {n: p for n, p in self.net.named_parameters() if p.requires_grad}
        first = list(trained) if invariant is None else invariant
        self.shapes = {n: trained[n].shape for n in [*first, *(n for n in trained if n not in first)]}
        self._probes = add_probes(self.net) if probed else {}
        self.frozen = {n: p.detach() for n, p in self.net.named_parameters() if not p.requires_grad}
        self.dtype = next(self.net.parameters()).dtype
        self.device = torch.device(device)
        self._beside = SideBySide(self.device)
        require_no_dropout(self.net)
        self._held = [m for m in self.net.modules() if self.net.training and not m.training]
        convolves = any(isinstance(m, nn.modules.conv._ConvNd) for m in self.net.modules())
        self.together = not convolves if together is None else together
        self.precision = checked(precision, self.dtype, self.device)
        if compiled and self.together:
            raise ValueError(
                "need cells one after the other for compiled=True, got one batched pass: together=False"
            )
        self.logits = _compiled(self._logits) if compiled else self._logits

    @property
    def probes(self) -> int:
        """How many numbers say what eps makes of a gradient, see ``Pass``."""
        return sum(self._probes.values())

    def start(self, cells: int) -> tuple[Tensor, Buffers]:
        """Return the network's own weights and buffers for each cell."""
        params, buffers = dict(self.net.named_parameters()), dict(self.net.named_buffers())
        flat = torch.cat([params[n].detach().reshape(-1).double() for n in self.shapes])
        return flat.repeat(cells, 1), {n: b.expand(cells, *b.shape).clone() for n, b in buffers.items()}

    def named(self, flat: Tensor) -> dict[str, Tensor]:
        """Return the parameters of a buffer (cells, values) by name, in the network's type."""
        parts = flat.to(self.dtype).split([s.numel() for s in self.shapes.values()], dim=1)
        return {n: p.unflatten(1, s) for (n, s), p in zip(self.shapes.items(), parts, strict=True)}

    def gradient(self, flat: Tensor, buffers: Buffers, samples: Tensor, labels: Tensor) -> Pass:
        """Return loss, errors and gradient of one batch in training mode, and the buffers after it."""
        self._set_mode(True)
        one = grad_and_value(self._loss, has_aux=True) if self.together else self._backward
        params = {**self.named(flat), **{n: self.frozen[n].expand(len(flat), -1) for n in self._probes}}
        with computing(self.precision, self.device):
            grads, (loss, (after, error)) = self._each(one, params, _copied(buffers), samples, labels)
        grad = torch.cat([grads[n].flatten(1) for n in self.shapes], dim=1)
        slopes = torch.cat([flat[:, :0], *(grads[n].double() for n in self._probes)], dim=1)
        return Pass(loss, error, grad.double(), after, slopes)

    def look(
        self, flat: Tensor, buffers: Buffers, samples: Tensor, labels: Tensor, *, training: bool
    ) -> Pass:
        """Return loss and errors without a gradient, by batch statistics (training) or by the running ones."""
        self._set_mode(training)
        with torch.no_grad(), computing(self.precision, self.device):
            loss, (after, error) = self._each(self._loss, self.named(flat), _copied(buffers), samples, labels)
        return Pass(loss, error, None, after)

    def _set_mode(self, training: bool) -> None:
        """Set the mode, where parts that the network froze in eval mode stay so."""
        self.net.train(training)
        for module in self._held:
            module.training = False

    def _each(self, function, params, buffers, samples, labels):
        if self.together:
            with _CellwiseNorm():
                return vmap(function, in_dims=(0, 0, None, None))(params, buffers, samples, labels)
        cells = len(next(iter(params.values())))
        rows = [(_row(params, i), _row(buffers, i)) for i in range(cells)]
        found = self._beside.each([partial(function, *row, samples, labels) for row in rows])
        return torch.utils._pytree.tree_map(lambda *leaves: torch.stack(leaves), *found)

    def _backward(self, params: Mapping[str, Tensor], buffers: Buffers, samples: Tensor, labels: Tensor):
        """One cell's gradient and loss.

        torch.func's would keep every activation until the end, in case of a second derivative; then no step finds
        its memory again where the last one left it.
        """
        leaves = {n: p.detach().requires_grad_() for n, p in params.items()}
        with torch.enable_grad():
            loss, aux = self._loss(leaves, buffers, samples, labels)
            grads = torch.autograd.grad(loss, list(leaves.values()))
        return dict(zip(leaves, grads, strict=True)), (loss.detach(), aux)

    def _loss(self, params: Mapping[str, Tensor], buffers: Buffers, samples: Tensor, labels: Tensor):
        logits = self.logits(params, buffers, samples).double()
        error = (logits.argmax(1) != labels).double().mean()
        return self.loss(logits, labels).mean(), (buffers, error)

    def _logits(self, params: Mapping[str, Tensor], buffers: Buffers, samples: Tensor) -> Tensor:
        return functional_call(self.net, ({**self.frozen, **params}, buffers), (samples,))


def require_no_dropout(net: nn.Module) -> None:
    """Raise if a network draws random numbers."""
    if any(isinstance(m, nn.modules.dropout._DropoutNd) and m.p > 0 for m in net.modules()):
        raise ValueError(
            "need a network without dropout, whose steps follow from the weights and the batch alone"
        )


class _CellwiseNorm(TorchFunctionMode):
    """Batch normalisation from elementary operations, so that a cell's rounding does not depend on its neighbours.

    torch's own kernel, batched by vmap, normalises the channels of all cells as one long row and sums them in an
    order that depends on the row's length.
    """

    def __torch_function__(self, func, types, args=(), kwargs=None):
        if func is functional.batch_norm:
            return _batch_norm(*args, **(kwargs or {}))
        return func(*args, **(kwargs or {}))


def _batch_norm(
    x, running_mean, running_var, weight=None, bias=None, training=False, momentum=0.1, eps=1e-5
) -> Tensor:
    x = widened(x)
    axes, channels = [0, *range(2, x.dim())], [1, -1, *[1] * (x.dim() - 2)]
    if training:
        mean = x.mean(axes, keepdim=True)
        centred = x - mean
        variance = (centred * centred).mean(axes, keepdim=True)
        if running_mean is not None:
            count = x.numel() // x.shape[1]
            running_mean.mul_(1 - momentum).add_(mean.detach().flatten(), alpha=momentum)
            unbiased = momentum * count / (count - 1)
            running_var.mul_(1 - momentum).add_(variance.detach().flatten(), alpha=unbiased)
    else:
        centred, variance = x - running_mean.view(channels), running_var.view(channels)
    out = centred * torch.rsqrt(variance + eps)
    if weight is not None:
        out = out * weight.view(channels)
    return out if bias is None else out + bias.view(channels)


def _compiled(method):
    """Compile a method for each shape that it meets, or fail; no timing is to decide the order of its sums.

    Torch counts the shapes by the method's code, and refuses the ninth of a process: so each stack has code of its own.
    """
    from torch._inductor import config

    options = {"deterministic": True} if hasattr(config, "deterministic") else None
    shared = method.__func__
    own = FunctionType(shared.__code__.replace(), shared.__globals__, shared.__name__)
    return torch.compile(MethodType(own, method.__self__), dynamic=False, fullgraph=True, options=options)


def _copied(buffers: Buffers) -> Buffers:
    return {n: b.clone() for n, b in buffers.items()}


def _row(tensors: Mapping[str, Tensor], i: int) -> dict[str, Tensor]:
    return {n: t[i] for n, t in tensors.items()}
