"""What stays the same over a run of networks, and the pure function of one step."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from sitheory.bridge.evaluation.sharpness_memory import require_room
from sitheory.bridge.evaluation.true_metrics import Samples, on_device, picked, typed
from sitheory.bridge.functional import checkpoints
from sitheory.bridge.functional.counted_random import Draws, key_of
from sitheory.bridge.functional.device import sent
from sitheory.bridge.functional.losses import cross_entropy
from sitheory.bridge.functional.precision import Precision, computing
from sitheory.bridge.functional.pure_network import accepted
from sitheory.bridge.functional.stacked import Buffers, Stack, require_no_dropout
from sitheory.bridge.symmetry.eps_owners import owners_of
from sitheory.bridge.symmetry.radial_gradient import Copies, Leaning, Recorded, cosines, leaning, worst
from sitheory.bridge.symmetry.tested_groups import SAMPLES, partition_of
from sitheory.bridge.training.augmentation import darkest
from sitheory.bridge.training.optimisers import SGD, knobs_of, turned
from sitheory.bridge.training.rule_step import Seen, Slots
from sitheory.bridge.training.search_directions import Along, directed
from sitheory.bridge.training.window_sums import Step, joined, summary

PREDICTED = 2048
"""So many samples of a batch say how far gradients may lean on their weights."""

TF32_UNIT = 2.0**-10
"""What a product in TF32 may be off by, in part of it."""

SAME = 0.5
"""Compiled passes give the gradient up to this part of it, far more than float32's rounding; bfloat16's is felt."""

COMPILED = "TORCHINDUCTOR_CACHE_DIR"
"""The folder of torch's compiled files; torch sets it when it first compiles."""


class State(NamedTuple):
    """All that the next step depends on, besides its batch."""

    w: Tensor
    slots: Slots
    buffers: Buffers
    norm_sq: Tensor


class Sums(NamedTuple):
    """What the parts of a step's batch add up to: loss, errors, gradient, and what eps makes of it."""

    loss: Tensor
    error: Tensor
    grad: Tensor
    slopes: Tensor


class Carry(NamedTuple):
    """What a step takes on: the state, sums since the last row, the step that failed (-1: none), the next step.

    ``sums`` are those of the parts of the step so far, None where steps have one part.
    """

    state: State
    window: dict[str, Tensor]
    failed: Tensor
    number: Tensor
    sums: Sums | None = None


class Inputs(NamedTuple):
    """What one part of a step is given: its samples' numbers, their share of the step, the schedule's factor.

    ``rounding`` is by how much it may make gradients lean on their weights, see ``Run.predict``; ``fresh`` that the
    window's sums begin anew; ``first`` and ``last`` where in the step the part stands.
    """

    samples: Tensor
    share: float
    factor: Tensor
    rounding: Tensor
    fresh: bool
    first: bool = True
    last: bool = True


class Prediction(NamedTuple):
    """Of each group's |cos(w, gradient)|: what rounding explains, (cells, groups), and one batch's beside all of it."""

    rounding: Tensor
    seen: dict[str, Tensor]


class Run:
    """What stays the same over a run, with the pure function of a step."""

    def __init__(
        self,
        net,
        rules,
        data,
        epochs,
        batches,
        seed,
        device,
        groups,
        delta,
        together,
        sharpness,
        augment,
        precision,
        compiled,
        loss=cross_entropy,
    ):
        if epochs < 1:
            raise ValueError(f"need epochs >= 1, got epochs={epochs!r}")
        knobs = knobs_of(rules)
        if sharpness not in ("never", "end", "surveys"):
            raise ValueError(f"need sharpness='never', 'end' or 'surveys', got sharpness={sharpness!r}")
        self.rule, self.batches, self.epochs, self.delta = rules[0], batches, epochs, delta
        self.sharpness, self.augment = sharpness, augment
        narrow, dtype = precision != Precision.OWN, next(net.parameters()).dtype
        self.data = on_device(data, dtype, device, narrow=narrow)
        _require_fit(net, typed(data.x[:2], dtype), int(torch.as_tensor(data.y).max()))
        if augment is not None:
            self.darkest = darkest(self.data.x[:])
        self.seed = (int(seed.entropy), *(int(k) for k in seed.spawn_key))
        self._keys = {
            purpose: key_of(self.seed, at) for at, purpose in enumerate(("noise", "augmentation"), 1)
        }
        require_no_dropout(net)
        self.groups = partition_of(net, groups, self.data.x[:PREDICTED])
        names = list(self.groups.names)
        self.stack = Stack(net, names, together=together, device=device, loss=loss)
        # Steps have a stack of their own: with probes, in another type perhaps than true metrics.
        made = {"together": together, "device": device, "precision": precision, "probed": True, "loss": loss}
        self.stepped = Stack(net, names, **made)
        if compiled:
            plain, self.stepped = self.stepped, Stack(net, names, **made, compiled=True)
            _require_same(self.stepped, plain, *picked(self.data, batches.passes(len(self.data.y))[0]))
        self.steps = batches.steps(len(self.data.y))
        self.knobs = {
            n: torch.tensor(v, dtype=torch.float64, device=device)[:, None] for n, v in knobs.items()
        }
        free = list(self.stack.shapes)[len(self.groups.names) :]
        if free and not isinstance(self.rule, SGD):
            raise ValueError(
                f"need all trained parameters scale-invariant on a sphere, got {', '.join(free)}"
            )
        if free and sharpness != "never":
            raise ValueError(
                f"need all trained parameters scale-invariant for sharpness, got {', '.join(free)}"
            )
        if sharpness != "never":
            require_room(self.stack, self.groups, self.data, batches)
        w, buffers = self.stack.start(len(rules))
        first = w[:, : self.groups.size]
        slots = self.rule.begin(first if not free else w, self.groups)
        self.begin = State(w, slots, buffers, self.groups.sums(first * first))
        self._copies = Copies.of(self.stack.net, list(self.stack.shapes))
        samples, labels = self.data.x[:SAMPLES], self.data.y[:SAMPLES]
        self.owners = owners_of(
            self.stack.net, self.groups, self._recorded(self._copies.real.values, samples, labels)
        )
        self.leaning = Prediction(torch.zeros_like(self.begin.norm_sq), {})  # until the first row
        # As they were given: on the way back from a device they would be copied once more.
        known = [torch.as_tensor(v) for n in Samples._fields if (v := getattr(data, n, None)) is not None]
        self.config = {
            "rules": [{"rule": type(r).__name__, **asdict(r)} for r in rules],
            "batches": {"kind": type(batches).__name__, **asdict(batches)},
            "epochs": epochs,
            "steps": epochs * self.steps,
            "delta": delta,
            "sharpness": sharpness,
            "augment": None if augment is None else asdict(augment),
            "seed": self.seed,
            "dtype": str(self.stack.dtype),
            "network": f"{type(net).__name__} {checkpoints.fingerprint(w[0], *buffers.values())}",
            "data": checkpoints.fingerprint(*known),
            "groups": checkpoints.fingerprint(np.array(self.groups.labels)),
            "batched": self.stack.together,
            "precision": self.stepped.precision,
            "compiled": compiled,
        }

    @property
    def eps_unknown(self) -> list[str]:
        """The groups of which it is not known what eps does to their gradients in a step."""
        return [n for n, k in zip(self.groups.labels, self.owners.known.tolist(), strict=True) if not k]

    @property
    def device(self) -> torch.device:
        """Where the steps run."""
        return self.begin.w.device

    @property
    def on_gpu(self) -> bool:
        """Whether the steps run on a CUDA device."""
        return self.device.type == "cuda"

    @property
    def parts(self) -> int:
        """How many parts a step has, each normalised alone and recorded by itself."""
        return max(map(len, self.batches.order(len(self.data.y), self.seed, 0)))

    @property
    def passes(self) -> int:
        """How many forward and backward passes a part of a step makes beside each other."""
        return 1 if self.stepped.together else len(self.begin.w)

    def start(self) -> Carry:
        """Return what the first step takes on."""
        cells = self.begin.w
        failed = torch.full((len(cells),), -1, dtype=torch.int64, device=self.device)
        none = torch.zeros_like(cells[:, 0])
        slopes = cells.new_zeros(len(cells), self.stepped.probes)
        sums = Sums(none, none.clone(), torch.zeros_like(cells), slopes) if self.parts > 1 else None
        return Carry(self.begin, {}, failed, torch.zeros((), dtype=torch.int64, device=self.device), sums)

    def inputs(self, epoch: int, fresh: bool) -> Iterator[Inputs]:
        """Yield what each part of an epoch's steps is given; ``fresh`` if its first is the first after a row."""
        for i, parts in enumerate(self.dealt(epoch)):
            number, count = epoch * self.steps + i, sum(map(len, parts))
            factor = self.rule.schedule.factor(number / (self.epochs * self.steps))
            turned_by = torch.full((), factor, dtype=torch.float64, device=self.device)
            for part, samples in enumerate(parts):
                share, place = len(samples) / count, (part == 0, part == len(parts) - 1)
                rounding = self.leaning.rounding
                yield Inputs(samples, share, turned_by, rounding, fresh and i == 0, *place)

    def dealt(self, epoch: int) -> list[list[Tensor]]:
        """Return the epoch's steps, each a list of indices that are normalised together, sent to the device at once."""
        steps = self.batches.order(len(self.data.y), self.seed, epoch)
        parts = [part for step in steps for part in step]
        rest = iter(sent(np.concatenate(parts), self.device).split([len(p) for p in parts]))
        return [[next(rest) for _ in step] for step in steps]

    def advance(self, carry: Carry, inputs: Inputs) -> Carry:
        """Return what the next part of a step, or the next step, takes on."""
        sums, buffers = self._gradient(carry, inputs)
        state = carry.state._replace(buffers=buffers)
        if not inputs.last:
            return carry._replace(state=state, sums=sums)
        state, step = self.step(state, sums, inputs, carry.number)
        numbers = summary(step, self.delta)
        window = numbers if inputs.fresh else joined(carry.window, numbers)
        fine = torch.isfinite(step.loss) & torch.isfinite(state.norm_sq).all(1)
        failed = torch.where(fine | (carry.failed >= 0), carry.failed, carry.number)
        return Carry(state, window, failed, carry.number + 1, None if carry.sums is None else sums)

    def step(self, state: State, sums: Sums, inputs: Inputs, number: Tensor) -> tuple[State, Step]:
        """Return the state after a step over the parts' mean gradient, and what the step was."""
        loss, error, grad, slopes = sums
        knobs = turned(self.rule, self.knobs, inputs.factor)
        grad = directed(self.rule.along, state.w, grad, self._noise(number), self.groups)
        first, inner = state.w[:, : self.groups.size], grad[:, : self.groups.size]
        grad_sq = self.groups.sums(inner * inner)
        explained = inputs.rounding * (state.norm_sq * grad_sq).sqrt()
        if self.rule.along is not Along.RANDOM:
            explained = explained + self.owners.radial(slopes).abs()
        seen = Seen(state.norm_sq, grad_sq, explained)
        move = self.rule.move(state.w, grad, seen, state.slots, knobs, self.groups)
        after = move.w[:, : self.groups.size]
        norm_sq = self.groups.sums(after * after)
        old, new = (n.sum(1, keepdim=True).rsqrt() for n in (state.norm_sq, norm_sq))
        cos_dist = (after * new - first * old).square().sum(1) / 2
        wd = None if "velocity" in state.slots or move.lr.shape[1] > 1 else knobs.get("wd", 0.0)
        step = Step(loss, error, seen, move, norm_sq, cos_dist, wd)
        return State(move.w, move.slots, state.buffers, norm_sq), step

    def predict(self, state: State) -> Prediction:
        """Return how far gradients may lean on their weights at this state, and how far those of one batch do.

        Both come from passes of their own: over copies of the network with eps and without, and as the steps do them.
        """
        samples, labels = picked(self.data, self.batches.passes(len(self.data.y))[0][:PREDICTED])
        shapes, found = self.stack.shapes, []
        for row in state.w:
            parts = row.split([s.numel() for s in shapes.values()])
            values = {n: p.view(s) for (n, s), p in zip(shapes.items(), parts, strict=True)}
            with computing(Precision.OWN, self.device):
                passed = self._recorded(values, samples, labels)
                found.append(leaning(self._copies, [passed], self.groups, values))
        cells = Leaning(*(torch.stack(field) for field in zip(*found, strict=True)))
        if self.stepped.precision is Precision.TF32:
            cells = cells._replace(rounding=cells.rounding + TF32_UNIT)
        seen, size = self.stepped.gradient(state.w, state.buffers, samples, labels), self.groups.size
        assert seen.grad is not None and seen.eps_slopes is not None
        w, grad = state.w[:, :size], seen.grad[:, :size]
        size = (state.norm_sq * self.groups.sums(grad * grad)).sqrt().clamp_min(1e-300)
        by_eps = self.owners.radial(seen.eps_slopes).abs() / size
        explained = torch.where(self.owners.known, by_eps + cells.rounding, cells.here(state.norm_sq))
        return Prediction(cells.rounding, worst(cosines(self.groups, w, grad), explained, "radial_cos"))

    def _recorded(self, values: Mapping[str, Tensor], samples: Tensor, labels: Tensor) -> Recorded:
        """Return a pass of the network with eps in float64, as the loss's slopes and the steps' type have it."""
        real = self._copies.real
        with torch.enable_grad():
            logits = real(values, real.cast(samples)).detach().requires_grad_()
            (slope,) = torch.autograd.grad(self.stack.loss(logits, labels).mean(), logits)
        narrow = torch.bfloat16 if self.stepped.precision is Precision.BF16 else None
        return Recorded((samples,), {}, [slope], narrow)

    def _gradient(self, carry: Carry, inputs: Inputs) -> tuple[Sums, Buffers]:
        """Return what the step's parts add up to so far, and the buffers after this one."""
        samples, labels = picked(self.data, inputs.samples)
        if self.augment is not None:
            draws = Draws(self._keys["augmentation"], carry.number)
            samples = self.augment(samples, self.darkest, draws, inputs.samples)
        found = self.stepped.gradient(carry.state.w, carry.state.buffers, samples, labels)
        assert found.grad is not None and found.eps_slopes is not None
        means = [v * inputs.share for v in (found.loss, found.error, found.grad, found.eps_slopes)]
        if carry.sums is not None and not inputs.first:
            means = [s + m for s, m in zip(carry.sums, means, strict=True)]
        return Sums(*means), found.buffers

    def _noise(self, number: Tensor) -> Tensor | None:
        if self.rule.along is not Along.RANDOM:
            return None
        return Draws(self._keys["noise"], number).normals(self.groups.size)


def _require_same(compiled: Stack, plain: Stack, samples: Tensor, labels: Tensor) -> None:
    """Raise if compiled passes give another gradient than plain ones.

    Torch keeps what it compiled in files, and takes files made with another ATEN_CPU_CAPABILITY for its own: their
    passes were seen to give nonsense without a word.

    Raises:
        ValueError: If the gradients differ by more than ``SAME`` of their norm.
    """
    first, second = (stack.gradient(*stack.start(1), samples, labels).grad for stack in (plain, compiled))
    assert first is not None and second is not None, "a pass gives a gradient"
    apart, size = float((first - second).norm()), float(first.norm())
    if math.isfinite(size) and not apart <= SAME * size:
        raise ValueError(
            f"need compiled passes with the plain ones' gradient of norm {size:.2g}, got one {apart:.2g} away: "
            f"remove what torch compiled before ({os.environ.get(COMPILED, COMPILED)})"
        )


def _require_fit(net, samples: Tensor, most: int) -> None:
    """Raise if the network does not take the samples, or has no output for the largest label."""
    shape = tuple(accepted(net, samples).shape)
    if len(shape) < 2 or shape[1] <= most:
        raise ValueError(
            f"need an output for each label 0..{most}, got outputs of shape {shape} for two samples"
        )
