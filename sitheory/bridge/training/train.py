"""Train a network by one rule, or by a whole grid of them at once, into a Dataset of the one schema."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from sitheory.bridge.data.batches import Batches, Dealer
from sitheory.bridge.evaluation.true_metrics import sharpest, survey
from sitheory.bridge.functional import checkpoints
from sitheory.bridge.functional.cuda_graphs import Loop, Recorder, cuda_graphs
from sitheory.bridge.functional.device import kept_memory
from sitheory.bridge.functional.losses import Loss, cross_entropy
from sitheory.bridge.functional.network_copy import unwrapped
from sitheory.bridge.functional.precision import Precision
from sitheory.bridge.symmetry.tested_groups import Asked, require_invariant
from sitheory.bridge.training import records
from sitheory.bridge.training.augmentation import Shifted
from sitheory.bridge.training.optimisers import SGD, Rule, turned
from sitheory.bridge.training.run import Carry, Run, State
from sitheory.bridge.training.window_sums import read
from sitheory.simulation import starts
from sitheory.theory import scale
from sitheory.trajectory import code_hash, content_hash

if TYPE_CHECKING:
    import xarray as xr


CHECKPOINTS = 200
"""A run writes about this many at most: each holds all rows so far."""

RECORDED = 300
"""Cells whose passes one recording holds at most: a hundred kernels each, and memory for each of these."""


class Recorders(NamedTuple):
    """What records the steps and what records the passes for true metrics, whose networks are copies of their own."""

    steps: Recorder
    metrics: Recorder


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
    precision: str = Precision.OWN,
    compiled: bool = False,
    recorded: bool | None = None,
    loss: Loss = cross_entropy,
) -> xr.Dataset:
    """Train a network; net, rule and data are positional, the machinery is keyword-only.

    A sequence of rules that differ in numbers alone runs as one stacked model, from the same weights over the same
    batches; a cell of it gives the numbers that it gives alone (on a CPU, bit for bit). Each row of the result is the
    moment after an epoch: the state, the true metrics in a pass of their own (TRAIN mode on the training set, EVAL mode
    on the test set), and what the steps since the row before added up to. A cell that fails numerically says so in
    ``status``; what follows is NaN, and the others go on.

    Args:
        net: The network; it is copied, never changed. Its type is that of the passes, weights are kept in float64.
        rule: The update rule, or several.
        data: Anything with ``x``, ``y`` and, if there is a test set, ``x_test``, ``y_test``.
        epochs: How many epochs.
        batches: How the samples are dealt out: ``Batches``, ``FullBatch`` or ``GhostBatch``.
        rng: The seed of the batches' order.
        device: Where to compute.
        groups: The scale-invariant groups: by "row" (neurons, channels) or by "tensor", as finite
            rescaling shows, or as ``bridge.find_groups`` found them, or a partition.
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
        precision: In what the steps' forward and backward passes compute: "own", the network's own type; "tf32" (on a
            GPU) or "bf16", with narrow matrix products. True metrics are in the own type, weights in float64 always.
        compiled: Whether torch compiles those passes; cells then run one after the other, and the first pass is held
            against a plain one.
        recorded: Whether a step is recorded once and replayed, as a CUDA graph; None does so on a GPU, unless
            more than RECORDED cells have passes of their own. Each part of a ghost batch is a recording's replay.
        loss: The loss of each sample from logits and labels: ``cross_entropy``, ``squared_error`` or one of your own.

    Returns:
        A Dataset over the grid's dimension (if there are several rules), ``step`` and ``group``.

    Raises:
        ValueError: If the network does not take the samples or lacks an output for a label; if nothing of it, or for
            a rule on the sphere not all, is scale-invariant; if a number is out of range or a device is not here.
    """
    rules = [rule] if not isinstance(rule, Sequence) else list(rule)
    run = Run(
        net,
        rules,
        data,
        epochs,
        batches,
        starts.seed_sequence(rng),
        device,
        groups,
        delta,
        together,
        sharpness,
        augment,
        precision,
        compiled,
        loss,
    )
    if not isinstance(run.rule, SGD) and not isinstance(groups, str):
        require_invariant(net, run.data.x, run.groups)
    recorded = run.on_gpu and run.passes <= RECORDED if recorded is None else recorded
    if recorded and not run.on_gpu:
        raise ValueError(f"need a CUDA device for recorded=True, got device={device!r}")
    surveys = records.marks(epochs, survey_every)
    with kept_memory():
        marks = records.marks(epochs, log_every)
        kinds = (run.stepped.net, run.stack.net)
        recorders = Recorders(*(cuda_graphs(run.device, n) for n in kinds)) if recorded else None
        made_by = {} if checkpoint is None else _made_by(net, rules, batches, augment, loss)
        rows = _rows(run, made_by, marks, surveys, checkpoint, progress, recorders)
    config = {**run.config, "eps_unknown": run.eps_unknown}
    return records.dataset(rows, rules, config, run.groups.labels, single=not isinstance(rule, Sequence))


def _made_by(
    net: nn.Module, rules: Sequence[Rule], batches: Dealer, augment: Shifted | None, loss: Loss
) -> dict[str, str]:
    """What a checkpoint belongs to beside the run's numbers: shapes alone do not tell two networks apart."""
    return {
        "architecture": content_hash.content_hash(unwrapped(net), "network"),
        "rules and batches": content_hash.content_hash((list(rules), batches, augment, loss), "run"),
        "code": code_hash.hash_of_modules(__name__),
    }


def _rows(
    run: Run,
    made_by: Mapping[str, str],
    marks: list[int],
    surveys: list[int],
    checkpoint: str | os.PathLike | None,
    progress: Callable[[int], Any] | None,
    recorders: Recorders | None,
) -> list[dict[str, np.ndarray]]:
    carry, epoch, rows = run.start(), 0, []
    config = json.dumps({**run.config, **made_by, "marks": marks, "surveys": surveys}, sort_keys=True)
    if checkpoint is not None and Path(checkpoint).exists():
        carry, epoch, rows = _resumed(checkpoint, config, run)
        run.leaning = run.predict(carry.state)
    else:
        rows.append(_row(run, carry, 0, 0, 0 in surveys, recorders))
    kept = set(marks[:: -(-len(marks) // CHECKPOINTS)]) | {run.epochs}
    recorder = None if recorders is None else recorders.steps
    loop, steps = Loop(run.advance, carry, recorder, called=run.parts), 0
    while epoch < run.epochs:
        for inputs in run.inputs(epoch, fresh=not steps):
            loop.step(inputs)
        steps += run.steps
        epoch += 1
        if epoch in marks:
            rows.append(_row(run, loop.carry, steps, epoch, epoch in surveys, recorders))
            steps = 0
            if checkpoint is not None and epoch in kept:
                _keep(checkpoint, config, run, loop.carry, epoch, rows)
        if progress is not None:
            progress(epoch)
    return rows


def _row(
    run: Run, carry: Carry, steps: int, epoch: int, surveyed: bool, recorders: Recorders | None
) -> dict[str, np.ndarray]:
    state, norm_sq = carry.state, carry.state.norm_sq
    run.leaning = run.predict(state)
    found = {
        **run.leaning.seen,
        "norm": norm_sq.sqrt(),
        "total_norm": norm_sq.sum(1).sqrt(),
        "failed": carry.failed,
    }
    if steps:
        found |= read(carry.window, steps)
    if surveyed:
        recorder = None if recorders is None else recorders.metrics
        found |= survey(run.stack, run.groups, state.w, state.buffers, run.data, run.batches, recorder)
        if run.sharpness == "surveys" or (run.sharpness == "end" and epoch == run.epochs):
            found["sharpness"] = sharpest(run.stack, run.groups, state.w, run.data, run.batches)
    knobs = turned(run.rule, run.knobs, run.rule.schedule.factor(epoch / run.epochs))
    elr = scale.elr(run.rule.rate(norm_sq, state.slots, knobs), norm_sq)
    found |= {"elr_group": elr, "total_elr": 1 / (1 / elr).sum(1)}
    return {**_fetched(found), "epoch": np.array(epoch), "step": np.array(epoch * run.steps)}


def _fetched(found: Mapping[str, Tensor]) -> dict[str, np.ndarray]:
    """Return a row's numbers, for which the host waits once.

    They are copies: tensors that stay, among a step's temporaries, would keep their memory from being used again.
    """
    whole = torch.cat([v.reshape(-1).double() for v in found.values()]).cpu().numpy()
    ends = np.cumsum([v.numel() for v in found.values()])
    parts = zip(found.items(), np.split(whole, ends[:-1]), strict=True)
    return {n: part.reshape(tuple(v.shape)).astype(_kind(v), copy=True) for (n, v), part in parts}


def _kind(values: Tensor) -> type:
    return float if values.is_floating_point() else int


def _keep(path: str | os.PathLike, config: str, run: Run, carry: Carry, epoch: int, rows) -> None:
    names = list(run.stack.shapes)
    held = {"epoch": epoch, "failed": carry.failed, "rows": records.packed(rows), "names": names}
    checkpoints.write(path, config, {**carry.state._asdict(), **held})


def _resumed(path: str | os.PathLike, config: str, run: Run):
    held, start = checkpoints.read(path, config, run.begin.w.device), run.start()
    rows = records.unpacked(held["rows"])
    state = State(*(held[n] for n in State._fields))
    number = torch.full_like(start.number, held["epoch"] * run.steps)
    return start._replace(state=state, failed=held["failed"], number=number), held["epoch"], rows
