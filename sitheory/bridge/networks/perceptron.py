"""The multilayer perceptron of regimes appendix O."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import nn
from torch.nn import functional

from sitheory.bridge.networks.layers import head, seeded


class MLP(nn.Module):
    """A perceptron with batch normalisation and ReLU after each hidden layer [regimes appendix O].

    The paper's has hidden layers of 300 and 100 on MNIST. Hidden layers have no bias: normalisation would take it
    out again.
    """

    def __init__(
        self,
        inputs: int = 784,
        hidden: Sequence[int] = (300, 100),
        *,
        classes: int = 10,
        scale_invariant: bool = True,
        smooth: bool = False,
        head_norm: float = 10.0,
        eps: float = 1e-5,
        rng: int | None = None,
    ):
        """Build the network with torch's standard initialisation.

        Args:
            inputs: Values of one sample.
            hidden: Widths of the hidden layers.
            classes: How many classes.
            scale_invariant: Whether normalisation has no affine parameters and the head is frozen.
            smooth: Whether Swish takes the place of ReLU, as in the smooth networks of sharpness.
            head_norm: Frobenius norm of a frozen head.
            eps: What batch normalisation adds to the variance.
            rng: Seed of the initialisation; None draws from torch's global generator.
        """
        super().__init__()
        widths = [inputs, *hidden]
        self.activation = functional.silu if smooth else functional.relu
        with seeded(rng):
            self.layers = nn.ModuleList(nn.Linear(a, b, bias=False) for a, b in pairwise(widths))
            self.head = head(widths[-1], classes, bias=True, scale_invariant=scale_invariant, norm=head_norm)
        self.norms = nn.ModuleList(nn.BatchNorm1d(w, eps=eps, affine=not scale_invariant) for w in hidden)

    def forward(self, samples: torch.Tensor) -> torch.Tensor:
        """Return the logits, shape (batch, classes), of samples of shape (batch, ...) with ``inputs`` values each."""
        x = samples.flatten(1)
        for layer, norm in zip(self.layers, self.norms, strict=True):
            x = self.activation(norm(layer(x)))
        return self.head(x)
