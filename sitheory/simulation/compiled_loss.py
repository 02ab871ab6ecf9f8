"""A loss with a compiled gradient, as the compiled loops take it."""

from __future__ import annotations

from typing import Any

import numpy as np

from sitheory.losses.quotients import Quotients


class Compilation:
    """A loss with a compiled gradient, as the compiled loops take it, and these loops."""

    def __init__(self, loss: Any):
        from sitheory._kernels import decay

        kind = compiled_kind(loss)
        users = (0, loss.grad_into, loss.value_at) if kind == "user" else None
        self.functions = users or getattr(decay, kind.upper())
        self.table = np.array([loss.alpha]) if kind == "quotients" else loss.table
        self.mean = self.table.mean(axis=0)
        self.bounds = np.array([0, *(g.stop for g in loss.groups)])
        self.sample, self.average, self.sphere = decay.loops(users=users is not None)

    def fixed(self, parts: np.ndarray) -> tuple:
        """Return the loops' first arguments, with the mini-batch of each step."""
        drawn = parts if len(self.table) > 1 else np.empty(0, dtype=np.int64)
        return self.functions, self.table, self.mean, drawn, self.bounds


def compiled_kind(loss: Any) -> Any:
    """Return the kind of a loss's compiled gradient, or None if it has none."""
    return "quotients" if isinstance(loss, Quotients) else getattr(loss, "compiled", None)
