"""Train a network by one rule, or by a whole grid of them at once, into a Dataset of the one schema."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import torch
from torch import Tensor, nn

from sitheory import series
from sitheory.bridge import checkpoints, records
from sitheory.bridge.augment import Shifted
from sitheory.bridge.batches import Batches, Dealer
from sitheory.bridge.invariance import Asked
from sitheory.bridge.machine import kept_memory
from sitheory.bridge.online import Window, summary
from sitheory.bridge.optimisers import Rule, scheduled
from sitheory.bridge.runs import Run, State
from sitheory.bridge.survey import sharpest, survey
from sitheory.theory import scale

if TYPE_CHECKING:
    import xarray as xr


CHECKPOINTS = 200
"""A run writes about this many at most: each holds all rows so far."""


def train(
    net: nn.Module,
    rule: Rule | Sequence[Rule],
    data: Any,
    *,
    epochs: int,
    batches: Dealer = Batches(),  # noqa: B008
    rng: int | np.random.SeedSequence | None = 0,
    device: str = "cpu",
    groups: Asked = "row",
    log_every: int | None = None,
    survey_every: int | None = None,
    augment: Shifted | None = None,
    delta: float = 1e-2,
    together: bool | None = None,
    sharpness: Literal["never", "end", "surveys"] = "never",
    checkpoint: str | os.PathLike | None = None,
    progress: Callable[[int], Any] | None = None,
) -> xr.Dataset:
    """Train a network; net, rule and data are positional, the machinery is keyword-only.

    A sequence of rules that differ in numbers alone runs as one stacked model, from the same weights over the same
    batches; a cell of it gives the numbers that it gives alone. Each row of the result is the moment after an
    epoch: the state, the true metrics in a pass of their own (TRAIN mode on the training set, EVAL mode on the test
    set), and what the steps since the row before added up to. A cell that fails numerically says so in ``status``;
    what follows is NaN, and the others go on.

    Args:
        net: The network; it is copied, never changed. Its type is that of the passes, weights are kept in float64.
        rule: The update rule, or several.
        data: Anything with ``x``, ``y`` and, if there is a test set, ``x_test``, ``y_test``.
        epochs: How many epochs.
        batches: How the samples are dealt out: ``Batches``, ``FullBatch`` or ``GhostBatch``.
        rng: The seed of the batches' order.
        device: Where to compute.
        groups: The scale-invariant groups: by "row" (neurons, channels) or by "tensor" as the first gradients
            tell, or as ``bridge.find_groups`` found them, or a partition.
        log_every: A row each k-th epoch; None spaces about 60 evenly in the logarithm.
        survey_every: True metrics each k-th epoch, where there is a row; None spaces about 60 evenly in the logarithm.
            In other rows they are NaN.
        augment: How each step's samples are changed; true metrics are those of the samples as they are.
        delta: The cosine distance that a jump exceeds.
        together: Whether the cells run in one batched pass; None does so unless there are convolutions.
        sharpness: When to measure the spherical sharpness of the training loss: in the last row, or in each that
            holds true metrics.
        checkpoint: A file to resume from if it is there, and to write at rows, at most about CHECKPOINTS times.
        progress: Called with the number of epochs done.

    Returns:
        A Dataset over the grid's dimension (if there are several rules), ``step`` and ``group``.
    """
    rules = [rule] if not isinstance(rule, Sequence) else list(rule)
    run = Run(
        net,
        rules,
        data,
        epochs,
        batches,
        series.seed_sequence(rng),
        device,
        groups,
        delta,
        together,
        sharpness,
        augment,
    )
    surveys = records.marks(epochs, survey_every)
    with kept_memory():
        rows = _rows(run, records.marks(epochs, log_every), surveys, checkpoint, progress)
    return records.dataset(rows, rules, run.config, run.groups.labels, single=not isinstance(rule, Sequence))


def _rows(
    run: Run, marks: list[int], surveys: list[int], checkpoint, progress
) -> list[dict[str, np.ndarray]]:
    state, epoch, rows = run.begin, 0, []
    failed = torch.full((len(state.w),), -1, dtype=torch.int64, device=state.w.device)
    config = json.dumps({**run.config, "marks": marks, "surveys": surveys}, sort_keys=True)
    if checkpoint is not None and Path(checkpoint).exists():
        state, epoch, failed, rows = _resumed(checkpoint, config, run)
    else:
        rows.append(_row(run, state, Window(), 0, failed, 0 in surveys))
    kept = set(marks[:: -(-len(marks) // CHECKPOINTS)]) | {run.epochs}
    window = Window()
    while epoch < run.epochs:
        for i, parts in enumerate(run.batches.order(len(run.data.y), run.seed, epoch)):
            number = epoch * run.steps + i
            state, step = run.step(state, parts, number)
            window.add(summary(step, run.delta))
            fine = torch.isfinite(step.loss) & torch.isfinite(state.norm_sq).all(1)
            failed = torch.where(fine | (failed >= 0), failed, number)
        epoch += 1
        if epoch in marks:
            rows.append(_row(run, state, window, epoch, failed, epoch in surveys))
            window = Window()
            if checkpoint is not None and epoch in kept:
                _keep(checkpoint, config, run, state, epoch, failed, rows)
        if progress is not None:
            progress(epoch)
    return rows


def _row(run: Run, state: State, window: Window, epoch: int, failed: Tensor, surveyed: bool):
    norm_sq = state.norm_sq
    found: dict[str, Tensor] = {"norm": norm_sq.sqrt(), "total_norm": norm_sq.sum(1).sqrt(), "failed": failed}
    if window.steps:
        found |= window.read()
    if surveyed:
        found |= survey(run.stack, run.groups, state.w, state.buffers, run.data, run.batches)
        if run.sharpness == "surveys" or (run.sharpness == "end" and epoch == run.epochs):
            found["sharpness"] = sharpest(run.stack, run.groups, state.w, run.data, run.batches)
    knobs = scheduled(run.rule, run.knobs, epoch / run.epochs)
    elr = scale.elr(run.rule.rate(norm_sq, state.slots, knobs), norm_sq)
    found |= {"elr_group": elr, "total_elr": 1 / (1 / elr).sum(1)}
    # Copies: tensors that stay, among a step's temporaries, would keep their memory from being used again.
    row = {n: v.cpu().numpy().copy() for n, v in found.items()}
    return {**row, "epoch": np.array(epoch), "step": np.array(epoch * run.steps)}


def _keep(path, config: str, run: Run, state: State, epoch: int, failed: Tensor, rows) -> None:
    names = list(run.stack.shapes)
    held = {"epoch": epoch, "failed": failed, "rows": records.packed(rows), "names": names}
    checkpoints.write(path, config, {**state._asdict(), **held})


def _resumed(path, config: str, run: Run):
    held = checkpoints.read(path, config, run.begin.w.device)
    rows = records.unpacked(held["rows"])
    return State(*(held[n] for n in State._fields)), held["epoch"], held["failed"], rows
