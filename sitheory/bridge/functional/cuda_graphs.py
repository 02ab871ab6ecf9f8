"""A loop over a pure function, carried out as it stands or, on a GPU, recorded once and replayed."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.module import register_module_forward_hook, register_module_forward_pre_hook
from torch.utils._pytree import tree_leaves, tree_map

Work = Callable[[], Any]
Recorder = Callable[[Work], Work]
"""Takes work on tensors that stay where they are; may do it any number of times; returns what does it once more."""

WARM_UP = 3
"""Passes before a recording, in which libraries choose their algorithms and their memory."""


class Loop:
    """carry <- function(carry, inputs), again and again.

    Args:
        function: Of the carry and the inputs, trees of tensors; it changes neither, and what it does follows from the
            inputs' shapes and their leaves that are no tensors.
        carry: What it begins with. The first calls may return one of another structure, later ones not.
        recorder: Records a call, a kernel launch for each of whose hundred operations then costs nothing; None calls
            the function each time.
        called: How many of the first calls are not recorded.
    """

    def __init__(
        self,
        function: Callable[[Any, Any], Any],
        carry: Any,
        recorder: Recorder | None = None,
        called: int = 1,
    ):
        self.function, self.carry, self.recorder = function, carry, recorder
        self._recorded: dict[Hashable, tuple[Any, Work]] = {}
        self._left = called

    def step(self, inputs: Any) -> None:
        """Take the carry one step on."""
        if self.recorder is None or self._left:
            self.carry = self.function(self.carry, inputs)
            self._left = max(0, self._left - 1)
            return
        if (kind := _kind(inputs)) not in self._recorded:
            self._recorded[kind] = self._record(inputs, self.recorder)
        kept, replay = self._recorded[kind]
        put(kept, inputs)
        replay()

    def _record(self, inputs: Any, recorder: Recorder) -> tuple[Any, Work]:
        if not self._recorded:  # from now on the carry stays in its place, which no tensor shares
            self.carry = _cloned(self.carry)
        kept, before = _cloned(inputs), _cloned(self.carry)
        replay = recorder(lambda: put(self.carry, self.function(self.carry, kept)))
        put(self.carry, before)
        return kept, replay


def put(places: Any, values: Any) -> None:
    """Copy a tree of tensors into another, where values may lie in the memory of any of the places."""
    targets = [t for t in tree_leaves(places) if isinstance(t, Tensor)]
    taken = {t.untyped_storage().data_ptr() for t in targets}
    sources = [t for t in tree_leaves(values) if isinstance(t, Tensor)]
    sources = [t.clone() if t.untyped_storage().data_ptr() in taken else t for t in sources]
    for target, source in zip(targets, sources, strict=True):
        target.copy_(source)


def cuda_graphs(device: torch.device, net: nn.Module) -> Recorder:
    """Return what records work of a network on a CUDA device as graphs, on a stream and in memory of their own.

    A graph must not share its stream with those of another run: whichever goes first takes the libraries' working
    memory of that stream with it. Graphs of one run may share memory, since all that they make is copied to the carry.
    """
    stream, pool = torch.cuda.Stream(device), torch.cuda.graph_pool_handle()

    def record(work: Work) -> Work:
        with torch.cuda.device(device):
            stream.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(stream):
                for _ in range(WARM_UP):
                    work()
            torch.cuda.current_stream().wait_stream(stream)
            graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(graph, pool=pool, stream=stream):
                work()
        return graph.replay

    return explained(record, net, refusing_waits)


def explained(recorder: Recorder, net: nn.Module, strict: Callable[[], AbstractContextManager]) -> Recorder:
    """Return a recorder that says, where one fails, in which module of a network.

    Args:
        recorder: What may fail.
        net: The network whose passes are recorded.
        strict: Refuses what cannot be recorded, such as waiting for a value, where the work is done once more to see.

    Returns:
        The recorder; it raises a ValueError in the place of torch's RuntimeError.
    """

    def record(work: Work) -> Work:
        try:
            return recorder(work)
        except RuntimeError as error:
            said = next(iter(str(error).splitlines()), type(error).__name__)
            raise ValueError(
                f"need steps that wait for nothing and take nothing from the host to record them, got what does in "
                f"{culprit(work, net, strict)} ({said}): recorded=False calls each step"
            ) from error

    return record


def culprit(work: Work, net: nn.Module, strict: Callable[[], AbstractContextManager]) -> str:
    """Return which module of a network does what ``strict`` refuses, in words."""
    names = {id(module): name for name, module in net.named_modules()}
    inside: list[nn.Module] = []
    hooks = (
        register_module_forward_pre_hook(lambda module, args: inside.append(module)),
        register_module_forward_hook(lambda module, args, output: inside.remove(module)),
    )
    try:
        with strict():
            work()
    except Exception:  # whatever is refused, where it was is what is asked
        if inside:
            name, kind = names.get(id(inside[-1]), ""), type(inside[-1]).__name__
            return f"{name!r} ({kind})" if name else f"the network's own forward ({kind})"
        return "no module's forward pass, but the loss or a backward pass"
    finally:
        for hook in hooks:
            hook.remove()
    return "a part that does not do it again"


@contextmanager
def refusing_waits() -> Iterator[None]:
    """Raise where the host waits for a CUDA device."""
    before = torch.cuda.get_sync_debug_mode()
    torch.cuda.set_sync_debug_mode("error")
    try:
        yield
    finally:
        torch.cuda.set_sync_debug_mode(before)


def _cloned(tree: Any) -> Any:
    return tree_map(lambda leaf: leaf.clone() if isinstance(leaf, Tensor) else leaf, tree)


def _kind(inputs: Any) -> Hashable:
    leaves = tree_leaves(inputs)
    return tuple(tuple(leaf.shape) if isinstance(leaf, Tensor) else leaf for leaf in leaves)
