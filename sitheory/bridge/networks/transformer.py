"""The Transformer for AG News of regimes appendix O, and a fully scale-invariant one, which the paper leaves open."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from sitheory.bridge.networks.layers import head, seeded


def positions(length: int, width: int) -> torch.Tensor:
    """Return the sinusoidal encoding of Vaswani et al. 2017, shape (length, width)."""
    angles = torch.arange(length).double()[:, None] * 10_000 ** (-torch.arange(0, width, 2).double() / width)
    return (
        torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)[:, :width].to(torch.get_default_dtype())
    )


class EncoderLayer(nn.Module):
    """Self-attention and a feed-forward network, each with its residual and a normalisation after it.

    As in the paper each linear layer of the feed-forward network is followed by a layer normalisation. The
    scale-invariant version also normalises the embedding, queries, keys and the attention's output, and drops biases
    and affine parameters.
    """

    def __init__(self, width: int, heads: int, inner: int, scale_invariant: bool, eps: float):
        super().__init__()
        affine = not scale_invariant
        self.heads = heads
        self.query, self.key, self.value, self.mix = (nn.Linear(width, width, bias=affine) for _ in range(4))
        self.up = nn.Linear(width, inner, bias=affine)
        self.down = nn.Linear(inner, width, bias=affine)

        def norm(features: int) -> nn.Module:
            return nn.LayerNorm(features, eps=eps, elementwise_affine=affine)

        self.up_norm, self.down_norm = norm(inner), norm(width)
        self.attention_norm, self.output_norm = norm(width), norm(width)
        self.query_norm = norm(width // heads) if scale_invariant else nn.Identity()
        self.key_norm = norm(width // heads) if scale_invariant else nn.Identity()
        self.mix_norm = norm(width) if scale_invariant else nn.Identity()

    def attend(self, x: torch.Tensor, padding: torch.Tensor) -> torch.Tensor:
        """Return softmax(q k' / sqrt d) v, heads side by side; padded tokens are not looked at."""
        # Written out: fused attention has no second derivatives, which the sharpness needs.
        batch, length, width = x.shape
        split = (batch, length, self.heads, width // self.heads)
        query, key, value = (f(x).view(split).transpose(1, 2) for f in (self.query, self.key, self.value))
        scores = self.query_norm(query) @ self.key_norm(key).transpose(2, 3) / split[-1] ** 0.5
        scores = scores.masked_fill(padding[:, None, None, :], float("-inf"))
        return (scores.softmax(-1) @ value).transpose(1, 2).reshape(batch, length, width)

    def forward(self, x: torch.Tensor, padding: torch.Tensor) -> torch.Tensor:
        """Return the layer's output for x of shape (batch, length, width), padding of shape (batch, length)."""
        x = self.attention_norm(x + self.mix_norm(self.mix(self.attend(x, padding))))
        inner = functional.relu(self.up_norm(self.up(x)))
        return self.output_norm(x + self.down_norm(self.down(inner)))


class Transformer(nn.Module):
    """An encoder-only Transformer classifier, by default one layer, width 32, one head [regimes appendix O].

    Tokens are embedded, times sqrt(width), given sinusoidal positions, and the last layer's outputs are averaged over
    the tokens. What the paper leaves unsaid is Vaswani et al.'s: inner width 4 x width, normalisation after each
    residual; there is no dropout.
    """

    def __init__(
        self,
        tokens: int = 20_000,
        *,
        length: int = 64,
        classes: int = 4,
        width: int = 32,
        heads: int = 1,
        layers: int = 1,
        scale_invariant: bool = True,
        head_norm: float = 10.0,
        eps: float = 1e-5,
        rng: int | None = None,
    ):
        """Build the network with torch's standard initialisation.

        Args:
            tokens: Size of the vocabulary, token 0, the padding, included.
            length: The longest text in tokens.
            classes: How many classes.
            width: Width of the model, a multiple of 2 and of ``heads``.
            heads: How many attention heads.
            layers: How many encoder layers.
            scale_invariant: Whether everything trainable is to be scale-invariant (our addition); the paper's
                version has this False.
            head_norm: Frobenius norm of a frozen head.
            eps: What layer normalisation adds to the variance.
            rng: Seed of the initialisation; None draws from torch's global generator.

        Raises:
            ValueError: If the width does not fit.
        """
        super().__init__()
        if width % 2 or width % heads:
            raise ValueError(f"need a width that 2 and heads={heads} divide, got width={width}")
        with seeded(rng):
            self.embedding = nn.Embedding(tokens, width)
            self.layers = nn.ModuleList(
                EncoderLayer(width, heads, 4 * width, scale_invariant, eps) for _ in range(layers)
            )
            self.head = head(width, classes, bias=True, scale_invariant=scale_invariant, norm=head_norm)
        self.embedding_norm = (
            nn.LayerNorm(width, eps=eps, elementwise_affine=False) if scale_invariant else nn.Identity()
        )
        self.positions: torch.Tensor
        self.register_buffer("positions", positions(length, width), persistent=False)
        self.gain = 1.0 if scale_invariant else width**0.5

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """Return the logits, shape (batch, classes), of token numbers of shape (batch, length); 0 is padding."""
        padding = tokens == 0
        # A text without any token would have nothing to look at: its first padding stands in.
        padding[:, 0] = False
        x = self.gain * self.embedding_norm(self.embedding(tokens)) + self.positions[: tokens.shape[1]]
        for layer in self.layers:
            x = layer(x, padding)
        kept = (~padding).to(x.dtype)[..., None]
        return self.head((x * kept).sum(1) / kept.sum(1))
