"""A small decoder that predicts the next token: RMSNorm around each part and on queries and keys, as is usual today."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from sitheory.bridge.networks.layers import head, seeded
from sitheory.bridge.networks.transformer import positions


class DecoderLayer(nn.Module):
    """Causal self-attention with normalised queries and keys, and a perceptron; normalised before and after.

    The normalisation after the last matrix of either part is what makes the matrices before it scale-invariant, each by
    itself: attention is linear in its values, and the perceptron's ReLU keeps factors.
    """

    def __init__(self, width: int, heads: int, eps: float):
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value, self.mix = (nn.Linear(width, width, bias=False) for _ in range(4))
        self.up = nn.Linear(width, 4 * width, bias=False)
        self.down = nn.Linear(4 * width, width, bias=False)
        self.norm = nn.RMSNorm(width, eps=eps, elementwise_affine=False)
        self.head_norm = nn.RMSNorm(width // heads, eps=eps, elementwise_affine=False)

    def attend(self, x: torch.Tensor) -> torch.Tensor:
        """Return what each token takes from those up to it, heads side by side."""
        batch, length, width = x.shape
        split = (batch, length, self.heads, width // self.heads)
        query, key, value = (f(x).view(split).transpose(1, 2) for f in (self.query, self.key, self.value))
        seen = functional.scaled_dot_product_attention(
            self.head_norm(query), self.head_norm(key), value, is_causal=True
        )
        return seen.transpose(1, 2).reshape(batch, length, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the layer's output for x of shape (batch, length, width)."""
        x = x + self.norm(self.mix(self.attend(self.norm(x))))
        return x + self.norm(self.down(functional.relu(self.up(self.norm(x)))))


class LanguageModel(nn.Module):
    """A decoder whose trainable matrices are all scale-invariant, each by itself; the head is frozen."""

    def __init__(
        self,
        tokens: int,
        *,
        length: int = 32,
        width: int = 32,
        heads: int = 2,
        layers: int = 2,
        head_norm: float = 20.0,
        eps: float = 1e-6,
        rng: int | None = None,
    ):
        """Build the network with torch's standard initialisation.

        Args:
            tokens: Size of the vocabulary.
            length: The longest text in tokens.
            width: Width of the model, a multiple of 2 and of ``heads``.
            heads: How many attention heads.
            layers: How many layers.
            head_norm: Frobenius norm of the frozen head.
            eps: What the normalisations add to the mean square.
            rng: Seed of the initialisation; None draws from torch's global generator.

        Raises:
            ValueError: If the width does not fit.
        """
        super().__init__()
        if width % 2 or width % heads:
            raise ValueError(f"need a width that 2 and heads={heads} divide, got width={width}")
        with seeded(rng):
            self.embedding = nn.Embedding(tokens, width)
            self.layers = nn.ModuleList(DecoderLayer(width, heads, eps) for _ in range(layers))
            self.head = head(width, tokens, bias=False, scale_invariant=True, norm=head_norm)
        self.norm = nn.RMSNorm(width, eps=eps, elementwise_affine=False)
        self.positions: torch.Tensor
        self.register_buffer("positions", positions(length, width), persistent=False)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """Return the logits of each next token, shape (batch, length, tokens), of tokens of shape (batch, length)."""
        x = self.norm(self.embedding(tokens)) + self.positions[: tokens.shape[1]]
        for layer in self.layers:
            x = layer(x)
        return self.head(self.norm(x))
