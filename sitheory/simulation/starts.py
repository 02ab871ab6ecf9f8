"""Where runs start: random points of the sphere, and starts of the user's own, checked."""

from __future__ import annotations

import numpy as np

from sitheory.losses.protocol import ScaleInvariantLoss

Rng = int | np.random.SeedSequence | np.random.Generator | None


def starts(loss: ScaleInvariantLoss, seeds: int, rng: Rng = None) -> np.ndarray:
    """Return uniformly random points of the unit sphere, one a seed.

    Args:
        loss: Where the points live.
        seeds: How many.
        rng: An int, a SeedSequence or a Generator (SPEC 7); one child of it is spawned for each seed, so
            that the first point is the same however many follow. None asks the system for entropy.

    Returns:
        The points, shape (seeds, dim).
    """
    children = rng.spawn(seeds) if isinstance(rng, np.random.Generator) else seed_sequence(rng).spawn(seeds)
    points = np.array([np.random.default_rng(child).standard_normal(loss.dim) for child in children])
    return points / np.linalg.norm(points, axis=1, keepdims=True)


def checked_start(loss: ScaleInvariantLoss, start: np.ndarray) -> np.ndarray:
    """Return a start as floats.

    Args:
        loss: Where the start lives.
        start: Shape (dim,), of any norm.

    Returns:
        A copy of the start, shape (dim,).

    Raises:
        ValueError: If the shape is wrong, a value is not finite, or a group is the origin.
    """
    start = np.array(start, dtype=float)
    if start.shape != (loss.dim,):
        raise ValueError(f"need a start of {loss.dim} values, got shape {start.shape}")
    if not np.all(np.isfinite(start)):
        raise ValueError(f"need a finite start, got {start.tolist()}")
    largest = np.abs(start).max()
    for i, group in enumerate(loss.groups):
        got = f"group {i + 1} = {start[group].tolist()}"
        if not np.any(start[group]):
            raise ValueError(f"need no group at the origin, got {got}")
        if not np.any((start[group] / largest) ** 2):
            raise ValueError(
                f"need groups whose squares float64 can hold beside {float(largest)!r} squared, got {got}"
            )
    return start


def on_sphere(loss: ScaleInvariantLoss, start: np.ndarray) -> np.ndarray:
    """Return a start, checked (see ``checked_start``) and scaled to the unit sphere."""
    start = checked_start(loss, start)
    unit = start / np.abs(start).max()
    return unit / np.linalg.norm(unit)


def seed_sequence(rng: int | np.random.SeedSequence | None) -> np.random.SeedSequence:
    """Return rng as a SeedSequence.

    Raises:
        ValueError: If it is a negative number, or none and no SeedSequence either.
    """
    if isinstance(rng, np.random.SeedSequence):
        return rng
    if rng is not None and not isinstance(rng, (int, np.integer)):
        raise ValueError(
            f"need rng to be a whole number, a SeedSequence, a Generator or None, got rng={rng!r}"
        )
    if rng is not None and rng < 0:
        raise ValueError(f"need seed >= 0, got seed={rng}")
    return np.random.SeedSequence(rng)


NORMS = 2.0**-240, 2.0**240
"""The norms that the loops run with: their squares and those of the steps fit float64."""


def checked_decay_start(loss: ScaleInvariantLoss, start: np.ndarray) -> np.ndarray:
    """Return a start as floats (see ``checked_start``), whose norm matters under weight decay.

    Raises:
        ValueError: If the norm is too small or too large to run with, too.
    """
    start = checked_start(loss, start)
    largest = float(np.abs(start).max())
    norm = largest * float(np.linalg.norm(start / largest))
    if not NORMS[0] <= norm <= NORMS[1]:
        raise ValueError(f"need a start of norm from 2**-240 to 2**240, got norm {norm!r}")
    return start
