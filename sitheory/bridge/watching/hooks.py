"""Hooks around an optimiser's step: once for a step inside a step, and after whatever else changes the gradient."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from sitheory.bridge.watching.forward_passes import Passes

Before = Callable[[tuple[Any, ...], dict[str, Any]], Any]


class StepHooks:
    """Calls ``before`` and ``after`` around each step of an optimiser.

    A subclass whose step calls that of its base is hooked by torch twice; the outer one is its step. Hooks that were
    registered later would run after ``before``: it is then not called, and comes last from the next step on.

    Args:
        optimizer: The optimiser.
        passes: What sees the network's passes: one since a step began says that this step was left by an exception.
        before: Takes the arguments of the step, returns None or new ones.
        after: Called when the step is done, whether ``before`` was called or not.
    """

    def __init__(
        self, optimizer: torch.optim.Optimizer, passes: Passes, before: Before, after: Callable[[], None]
    ):
        self._optimizer, self._passes = optimizer, passes
        self._before, self._after = before, after
        self._depth, self._calls, self._late = 0, 0, False
        self._pre = optimizer.register_step_pre_hook(self._enter)
        self._post = optimizer.register_step_post_hook(self._leave)

    def close(self) -> None:
        """Remove them."""
        self._pre.remove()
        self._post.remove()

    def _enter(self, optimizer: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if self._depth and self._passes.calls == self._calls:
            self._depth += 1
            return None
        self._depth, self._calls = 1, self._passes.calls
        self._late = next(reversed(self._optimizer._optimizer_step_pre_hooks)) != self._pre.id
        return None if self._late else self._before(args, kwargs)

    def _leave(self, *_: Any) -> None:
        self._depth -= 1
        if self._depth > 0:
            return
        if self._late:
            self._pre.remove()
            self._pre = self._optimizer.register_step_pre_hook(self._enter)
        self._after()
