"""Runs of linear regression with batch normalisation, piece by piece, with a checkpoint to resume from."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from sitheory.edge import observations, regression
from sitheory.edge.events import AT_FITTED, PIECE, Landmarks
from sitheory.losses.regression import BatchNormRegression
from sitheory.rules import DecayGD
from sitheory.trajectory import code_hash, content_hash
from sitheory.trajectory.array_archives import read_arrays
from sitheory.trajectory.atomic_files import written_whole
from sitheory.trajectory.progress import Progress

RECORDS = 12_500
"""At most this many steps of a run are recorded, each 5^k-th, so that both signs of h are seen."""

PAUSE = 2.0
"""Seconds between two checkpoints, which a short piece would not be worth."""

START_SCALE = 0.3
"""Standard deviation of the start's weights: fitted soon, at the edge in one or two thousand steps."""

Parts = list[dict[str, np.ndarray]]


@dataclass(frozen=True)
class Run:
    """What one run recorded: series over recorded steps, the landmarks, and why no checkpoint was written."""

    times: np.ndarray
    seen: dict[str, np.ndarray]
    marks: Landmarks
    unsaved: str = ""


@dataclass
class _Standing:
    """Where a run stands."""

    state: regression.RegressionState
    parts: Parts = field(default_factory=list)
    marks: Landmarks = field(default_factory=Landmarks)


@dataclass
class _Checkpoint:
    """A file that holds a run's standing; once it cannot be written, it is let be."""

    path: Path | None
    config: str
    unsaved: str = ""
    written: float = -np.inf

    def save(self, standing: _Standing, now: bool = True) -> None:
        """Write the standing, if it is time or has to be ``now``."""
        if self.path is None or self.unsaved or not (now or time.monotonic() - self.written >= PAUSE):
            return
        try:
            with written_whole(self.path) as temporary:
                packed = _packed(self.config, standing)
                np.savez(temporary, **packed, checksum=_checksum(packed))
        except OSError as failed:
            self.unsaved = f"need a writable checkpoint, got {failed}"
        self.written = time.monotonic()


def stride(steps: int) -> int:
    """Return how many steps apart a run is recorded: the least power of five with at most ``RECORDS`` records."""
    every = 1
    while -(-steps // every) > RECORDS:
        every *= 5
    return every


@np.errstate(over="ignore", invalid="ignore", divide="ignore")
def run(
    loss: BatchNormRegression,
    rule: DecayGD,
    steps: int,
    seed: int = 0,
    checkpoint: Path | None = None,
    progress: Progress | None = None,
) -> Run:
    """Run linear regression from a Gaussian start; no number depends on steps but for where it ends.

    Args:
        loss: The regression.
        rule: Gradient descent with weight decay.
        steps: How many steps.
        seed: The seed of the start.
        checkpoint: A file to resume from if it is there, and to write on the way and when interrupted.
        progress: Called now and then with the number of steps done.

    Returns:
        The run.

    Raises:
        ValueError: If the checkpoint belongs to another run.
        KeyboardInterrupt: If the user stops the run; the checkpoint is written first.
    """  # noqa: DOC502  raised by what it calls
    begin = START_SCALE * np.random.default_rng([seed, 1]).standard_normal(loss.dim)
    standing, every = _Standing(regression.state_of(loss, begin)), stride(steps)
    file = _Checkpoint(checkpoint, _config(loss, rule, steps, seed))
    if checkpoint is not None and checkpoint.exists():
        _resume(checkpoint, file.config, standing)
    file.save(standing)
    try:
        while standing.state.step < steps:
            if progress is not None:
                progress(standing.state.step)
            _advance(loss, rule, standing, min(PIECE, steps - standing.state.step), every)
            file.save(standing, now=standing.state.step == steps)
    except KeyboardInterrupt:
        file.save(standing)
        raise
    joined = {k: np.concatenate([p[k] for p in standing.parts]) for k in standing.parts[0]}
    return Run(joined.pop("step"), joined, standing.marks, file.unsaved)


def _advance(loss, rule, standing: _Standing, steps: int, every: int) -> None:
    base = standing.state
    skip = min(-base.step % every, steps)
    done = regression.run_regression(loss, rule, steps, base, every=every, skip=skip)
    part = {"step": done.steps, **observations.observe(loss, rule, done)}
    marks = replace(standing.marks, steps=list(standing.marks.steps))
    marks.search(loss, rule, base, steps)
    # All at once, so that an interruption leaves the standing of the piece before.
    standing.state, standing.parts, standing.marks = done.end, [*standing.parts, part], marks


def _config(loss: BatchNormRegression, rule: DecayGD, steps: int, seed: int) -> str:
    """What names a run: its data, rule, length and start, and the code that runs it."""
    code = code_hash.hash_of_modules(__name__)
    return content_hash.content_hash((loss, rule, steps, seed, code), "run")


def _packed(config: str, standing: _Standing) -> dict[str, Any]:
    marks, parts = standing.marks, standing.parts
    joined = {f"seen_{k}": np.concatenate([p[k] for p in parts]) for k in (parts[0] if parts else ())}
    fitted = [marks.at_fitted.get(name, np.nan) for name in AT_FITTED]
    return {
        "config": np.array(config),
        "row": standing.state.row,
        "step": np.array(standing.state.step),
        "first_loss": np.array(marks.first_loss),
        "marks": np.array(marks.steps, dtype=np.int64),
        "at_fitted": np.array(fitted),
        **joined,
    }


def _checksum(packed: dict[str, np.ndarray]) -> str:
    """A hash of all entries: the archive's own checksums do not see that an entry is missing."""
    return content_hash.content_hash(packed, "checkpoint")


def _resume(path: Path, config: str, standing: _Standing) -> None:
    try:
        kept = read_arrays(path, kind="checkpoint")
    except OSError as bad:
        raise ValueError(f"need a readable checkpoint, got {str(path)!r}: {bad.strerror or bad}") from None
    if str(kept.pop("checksum", "")) != _checksum(kept):
        raise ValueError(f"need a readable checkpoint, got {str(path)!r}: its checksum is another")
    said, row, step = str(kept.pop("config")), kept.pop("row"), int(kept.pop("step"))
    first, marks, fitted = float(kept.pop("first_loss")), kept.pop("marks"), kept.pop("at_fitted")
    if said != config:
        raise ValueError(f"need a checkpoint of this very run, got {str(path)!r} of another")
    standing.state = replace(standing.state, row=row, step=step)
    standing.parts = [{k.removeprefix("seen_"): v for k, v in kept.items()}] if kept else []
    known = {name: float(v) for name, v in zip(AT_FITTED, fitted, strict=True) if np.isfinite(v)}
    standing.marks = Landmarks(first, marks.tolist(), known)
