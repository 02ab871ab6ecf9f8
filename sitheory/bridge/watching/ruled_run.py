"""A network trained by a rule of the library under a watch: what happens beside what the rule says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn

from sitheory.bridge.data.dataset import Data
from sitheory.bridge.functional.device import usable
from sitheory.bridge.functional.losses import cross_entropy
from sitheory.bridge.training.library_rules import Rule, optimizer, set_part
from sitheory.bridge.watching.watch import Watch

if TYPE_CHECKING:
    import xarray as xr


class RuledRun:
    """A run of a rule along its schedule; ``watch`` says what it did, ``losses`` holds the loss of each step.

    Args:
        net: The network; it is trained as it is.
        rule: A rule of ``sitheory`` with its schedule.
        data: The data; labels of shape (samples,) or, for each token of a text, (samples, length).
        steps: The run's length.
        batch: Samples in a batch, drawn anew at each step.
        rng: Seed of the batches.
        device: Where to compute.

    Raises:
        ValueError: If there are no steps, or a batch is not between 1 and the number of samples.
    """

    def __init__(
        self,
        net: nn.Module,
        rule: Rule,
        data: Data,
        *,
        steps: int,
        batch: int,
        rng: int = 0,
        device: str = "cpu",
    ):
        if steps < 1:
            raise ValueError(f"need steps >= 1, got steps={steps}")
        if not 1 <= batch <= len(data.y):
            raise ValueError(f"need a batch of 1..{len(data.y)} samples, got batch={batch}")
        at = usable(device)
        self.net, self.rule, self.steps, self.done = net.to(at), rule, steps, 0
        self._x, self._y = (torch.from_numpy(np.asarray(v)).to(at) for v in (data.x, data.y))
        self._batch, self._draw = batch, np.random.default_rng(rng)
        self._optimizer = optimizer([p for p in net.parameters() if p.requires_grad], rule)
        self.watch, self.losses = Watch(net, self._optimizer, every=1), np.full(steps, np.nan)

    def advance(self, count: int | None = None) -> None:
        """Take some steps more, by default all that are left.

        Args:
            count: How many.
        """
        end = self.steps if count is None else min(self.steps, self.done + count)
        self.net.train()
        for step in range(self.done, end):
            chosen = torch.from_numpy(self._draw.choice(len(self._y), self._batch, replace=False))
            chosen = chosen.to(self._x.device)
            set_part(self._optimizer, self.rule, (step + 0.5) / self.steps)
            self._optimizer.zero_grad()
            loss = cross_entropy(self.net(self._x[chosen]), self._y[chosen]).mean()
            loss.backward()
            self._optimizer.step()
            self.losses[step] = float(loss.detach())
        self.done = end

    def ahead(self) -> xr.Dataset:
        """Return norm and turn of the steps that are left as ``watch.ahead`` foresees them, if updates stay alike.

        Raises:
            ValueError: If no step was taken yet, or none is left.
        """
        if not 0 < self.done < self.steps:
            raise ValueError(f"need a run that is under way, got {self.done} of {self.steps} steps")
        shares = [self.rule.schedule.share((t + 0.5) / self.steps) for t in range(self.done - 1, self.steps)]
        return self.watch.ahead([share / shares[0] for share in shares[1:]])

    def shapes(self) -> dict[str, tuple[int, int]]:
        """Return the rows and columns of each watched tensor as a matrix, by the watch's labels."""
        tensors = dict(self.net.named_parameters())
        found = {}
        for name in self.watch.groups.labels:
            shape = tensors[name].shape
            found[name] = (int(shape[0]), int(np.prod(shape[1:])))
        return found
