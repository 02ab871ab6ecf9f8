"""The parameters that an optimiser has of a network, and what becomes of them while it is watched."""

from __future__ import annotations

import torch
from torch import nn


class Held:
    """The trained parameters of a network that are an optimiser's, by name, as they were when it was first looked at.

    Args:
        net: The network.
        optimizer: The optimiser.
    """

    def __init__(self, net: nn.Module, optimizer: torch.optim.Optimizer):
        self._net, self._optimizer = net, optimizer
        self.named = {n: p for n, p in self._here().items() if p.requires_grad}
        self.lost: set[str] = set()
        self._added: set[str] = set()

    def _here(self) -> dict[str, nn.Parameter]:
        ours = {id(p) for group in self._optimizer.param_groups for p in group["params"]}
        return {n: p for n, p in self._net.named_parameters() if id(p) in ours}

    def changes(self) -> tuple[list[str], list[str]]:
        """Return the names added since the last look, and those whose tensor left the network or the optimiser."""
        here = self._here()
        added = [
            n
            for n, p in here.items()
            if p.requires_grad and self.named.get(n) is not p and n not in self._added
        ]
        lost = [n for n, p in self.named.items() if here.get(n) is not p and n not in self.lost]
        self._added.update(added)
        self.lost.update(lost)
        return [n for n in added if n not in self.named], lost
