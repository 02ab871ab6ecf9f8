"""Random numbers that follow from a key and a counter alone, drawn on whatever device their counters are on.

The generator is Philox4x32-10 (Salmon et al. 2011), written with torch's whole numbers: a CPU and a GPU draw the same
bits, a recorded step draws new ones each time it is replayed since the step's number is a tensor of its own, and a run
that resumes goes on with those that it would have drawn. No state is kept and none is registered with a recording.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

ROUNDS = 10
MULTIPLIERS = 0xD2511F53, 0xCD9E8D57
WEYL = 0x9E3779B9, 0xBB67AE85
WORD = 0xFFFFFFFF
"""All bits of a word of 32."""

UNIT = 2.0**-32
"""What a word counts of the interval from 0 to 1."""

NORMALS = 4
"""Of one counter: two words make two."""


class Draws(NamedTuple):
    """The random words of one purpose at one step.

    ``key`` are two words that stand for the seed and the purpose, ``step`` is a whole number on the device, no shape.
    """

    key: tuple[int, int]
    step: Tensor

    def words(self, items: Tensor) -> Tensor:
        """Return four words of 32 bits for each item.

        Args:
            items: Whole numbers from 0 to 2^63, any shape, on the step's device.

        Returns:
            Whole numbers below 2^32, shape (4, *items).
        """
        step = self.step.expand_as(items)
        return philox((items & WORD, (items >> 32) & WORD, step & WORD, (step >> 32) & WORD), self.key)

    def below(self, bounds: Sequence[int], items: Tensor) -> list[Tensor]:
        """Return up to four whole numbers for each item, each from 0 to below its bound.

        The numbers that a bound allows are equally likely up to the bound's share of 2^32.

        Args:
            bounds: At most four, below 2^31.
            items: As for ``words``.

        Returns:
            Whole numbers of the items' shape, one tensor for each bound.
        """
        return [(word * bound) >> 32 for word, bound in zip(self.words(items), bounds, strict=False)]

    def normals(self, count: int) -> Tensor:
        """Return independent standard normal numbers, float64, shape (count,).

        They come from Box and Muller's method and none lies beyond 6.8, which one in 10^11 would.
        """
        counters = torch.arange(-(-count // NORMALS), device=self.step.device)
        radius, angle = ((self.words(counters)[k::2].double() + 0.5) * UNIT for k in (0, 1))
        radius, angle = torch.sqrt(-2 * torch.log(radius)), 2 * math.pi * angle
        return torch.cat([radius * torch.cos(angle), radius * torch.sin(angle)]).flatten()[:count]


def key_of(seed: Sequence[int], purpose: int) -> tuple[int, int]:
    """Return the key that stands for a seed and what its numbers are drawn for."""
    first, second = np.random.SeedSequence([*seed, purpose]).generate_state(2, np.uint32)
    return int(first), int(second)


def philox(counter: tuple[Tensor, Tensor, Tensor, Tensor], key: tuple[int, int]) -> Tensor:
    """Return the four words of Philox4x32-10 at counters of four words, shape (4, ...)."""
    a, b, c, d = counter
    first, second = key
    for _ in range(ROUNDS):
        # The product wraps in 64 bits with a sign; its two words are right all the same.
        low, high = a * MULTIPLIERS[0], c * MULTIPLIERS[1]
        a, b, c, d = (
            ((high >> 32) & WORD) ^ b ^ first,
            high & WORD,
            ((low >> 32) & WORD) ^ d ^ second,
            low & WORD,
        )
        first, second = (first + WEYL[0]) & WORD, (second + WEYL[1]) & WORD
    return torch.stack([a, b, c, d])
