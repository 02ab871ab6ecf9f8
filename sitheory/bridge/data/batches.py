"""How the samples are dealt out: mini-batches, the full batch, and the full batch normalised in ghost batches.

Orders are drawn on the CPU from the seed and the epoch alone, so that each effective learning rate, each device
and each resumed run sees the same ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Batches:
    """Mini-batches in a new random order each epoch.

    Args:
        size: Samples in a batch.
        drop_last: Whether the samples that fill no whole batch sit out the epoch; else they make a smaller one, as
            in the papers.

    Raises:
        ValueError: If the size is below 2, which batch normalisation needs.
    """

    size: int = 128
    drop_last: bool = False

    def __post_init__(self):
        if self.size < 2:
            raise ValueError(f"need size >= 2 for batch normalisation, got size={self.size!r}")

    def steps(self, samples: int) -> int:
        """Return how many steps an epoch has."""
        return len(self.dealt(np.arange(samples), self.drop_last))

    def order(self, samples: int, seed: tuple[int, ...], epoch: int) -> list[list[np.ndarray]]:
        """Return the epoch's steps, each a list of the index arrays that are normalised together."""
        drawn = np.random.default_rng([*seed, epoch]).permutation(samples)
        return [[batch] for batch in self.dealt(drawn, self.drop_last)]

    def passes(self, samples: int) -> list[np.ndarray]:
        """Return the batches of a pass over all samples in their own order, none left out."""
        return self.dealt(np.arange(samples), drop_last=False)

    def dealt(self, indices: np.ndarray, drop_last: bool) -> list[np.ndarray]:
        """Return consecutive batches; a last batch of one sample, which has no variance, joins the one before.

        Raises:
            ValueError: If no whole batch can be made and the rest is dropped.
        """
        whole = len(indices) // self.size * self.size
        parts = list(indices[:whole].reshape(-1, self.size))
        rest = indices[whole:]
        if drop_last:
            if not parts:
                raise ValueError(f"need at least size={self.size} samples with drop_last, got {len(indices)}")
            return parts
        if len(rest) == 1 and parts:
            parts[-1] = np.concatenate([parts[-1], rest])
        elif len(rest):
            parts.append(rest)
        return parts


@dataclass(frozen=True)
class SingleBatches(Batches):
    """The same mini-batches in the same order, each an epoch of its own, so that a run can have a row for each step."""

    def steps(self, samples: int) -> int:
        """Return 1."""
        return 1

    def order(self, samples: int, seed: tuple[int, ...], epoch: int) -> list[list[np.ndarray]]:
        """Return one step, the next mini-batch."""
        whole, number = divmod(epoch, super().steps(samples))
        return [super().order(samples, seed, whole)[number]]


@dataclass(frozen=True)
class FullBatch:
    """Full-batch gradient descent with true full-batch normalisation: one step an epoch, all samples together."""

    def steps(self, samples: int) -> int:
        """Return 1."""
        return 1

    def order(self, samples: int, seed: tuple[int, ...], epoch: int) -> list[list[np.ndarray]]:
        """Return one step of one array of all indices."""
        return [[np.arange(samples)]]

    def passes(self, samples: int) -> list[np.ndarray]:
        """Return all samples as one batch."""
        return [np.arange(samples)]


@dataclass(frozen=True)
class GhostBatch:
    """Full-batch gradient descent on another loss: fixed ghost batches, each normalised by its own statistics.

    One step an epoch along the mean gradient of the ghost batches. Batch normalisation couples all samples of a
    batch, so that this loss is not that of ``FullBatch``.

    Args:
        size: Samples in a ghost batch.

    Raises:
        ValueError: If the size is below 2, which batch normalisation needs.
    """

    size: int = 128

    def __post_init__(self):
        Batches(self.size)

    def steps(self, samples: int) -> int:
        """Return 1."""
        return 1

    def order(self, samples: int, seed: tuple[int, ...], epoch: int) -> list[list[np.ndarray]]:
        """Return one step of all ghost batches."""
        return [self.passes(samples)]

    def passes(self, samples: int) -> list[np.ndarray]:
        """Return the ghost batches."""
        return Batches(self.size).passes(samples)


Dealer = Batches | FullBatch | GhostBatch
