"""Runs of momentum, Adam, Lion, Muon and Hyperball as plain arrays, time on the last axis.

A step is compiled, one pass over the weights; what it has done to each group's norm and direction is measured from
the weights before and after it, so that nothing depends on what the rule is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from sitheory._kernels.status import Status
from sitheory.rules import AdamL2, AdamW, Hyperball, Lion, Momentum, Muon, Nesterov
from sitheory.simulation.polar import newton_schulz, polar
from sitheory.simulation.starts import Rng, seed_sequence
from sitheory.simulation.windows import Series, WindowSums, check_windows
from sitheory.theory import rotation
from sitheory.trajectory.progress import Progress

Step = Callable[[np.ndarray, np.ndarray, float, float, int], None]
"""Takes a step in place: (weights, gradient, lr, alpha, number of the step from 0)."""

BLOCK = 1 << 12
"""Steps between two looks at a run."""

WINDOW_MEANS = ("loss", "norm", "turn", "update_norm", "update_cos", "total_norm", "cos_dist", "rate")
"""What ``window_means`` returns beside the status and the end."""


def samples(
    loss: Any,
    rule: Any,
    steps: int,
    w: np.ndarray,
    *,
    every: int = 1,
    rng: Rng = None,
    progress: Progress | None = None,
) -> Series:
    """Run from w and return samples of each k-th step, time on the last axis.

    Args:
        loss: What to minimise, or a ``RandomWalk``.
        rule: The update rule.
        steps: How many steps.
        w: The start, shape (dim,).
        every: Sample each k-th step.
        rng: Where the mini-batches or the noise come from, if the loss has any.
        progress: Called now and then with the number of steps done.

    Returns:
        Series by the schema's names, shapes (time,) and (group, time), with ``status`` and the state at the ``end``.
    """
    blocks, end = [], w
    for _, moments, values, rates, state in _blocks(loss, rule, steps, w, every, rng, progress):
        blocks.append(_named(moments, values, rates))
        end = state
    series = {name: np.concatenate([b[name] for b in blocks], axis=-1) for name in blocks[0]}
    return _ended(series, end)


def window_means(
    loss: Any,
    rule: Any,
    steps: int,
    w: np.ndarray,
    windows: int,
    *,
    tangent: bool = False,
    rng: Rng = None,
    progress: Progress | None = None,
) -> Series:
    """Run from w and return means over equal windows, time on the last axis.

    Args:
        loss: What to minimise, or a ``RandomWalk``.
        rule: The update rule.
        steps: How many steps.
        w: The start, shape (dim,).
        windows: How many windows.
        tangent: Not available for these rules.
        rng: Where the mini-batches or the noise come from, if the loss has any.
        progress: Called now and then with the number of steps done.

    Returns:
        Series by the schema's names, with ``status`` and the state at the ``end``. Norms and turns are roots of mean
        squares; the cosine is the mean product over the product of those norms.

    Raises:
        ValueError: If windows is not in [1, steps], or a tangent is requested.
    """
    check_windows(windows, steps)
    if tangent:
        raise ValueError(f"need SphereGD for tangent=True, got {type(rule).__name__}")
    sums, end = WindowSums(steps, windows), w
    for first, moments, values, rates, state in _blocks(loss, rule, steps, w, 1, rng, progress):
        sums.add(first, {"loss": values, "rate": rates, **_squares(moments, rates)})
        end = state
    means = sums.means()
    return _ended({**_rooted(means), "loss": means["loss"], "rate": means["rate"]}, end)


def _blocks(loss, rule, steps, start, every, rng, progress) -> Iterator[tuple]:
    """Yield each block's first step, moments (5, group, time), losses and rates of its sampled steps, and the state."""
    from sitheory._kernels import optimisers as kernels

    w, grad, before = np.array(start, dtype=float), np.empty(loss.dim), np.empty(loss.dim)
    bounds = np.array([0, *(g.stop for g in loss.groups)])
    step, gradient = stepper(rule, loss, w), _gradient(loss, rng)
    size = max(1, BLOCK // every) * every
    for first in range(0, steps, size):
        now = min(size, steps - first)
        count = -(-now // every)
        moments, values, rates = np.empty((count, 5, len(bounds) - 1)), np.empty(count), np.empty(count)
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            for t in range(first, first + now):
                lr = rule.lr * rule.schedule.share((t + 0.5) / steps)
                alpha, at = _alpha(rule, lr), (t - first) // every
                gradient(w, grad)
                seen = t % every == 0
                if seen:
                    before[:], values[at], rates[at] = w, loss.value(w), lr
                step(w, grad, lr, alpha, t)
                if seen:
                    kernels.compared(before, w, alpha, bounds, moments[at])
        yield first, np.moveaxis(moments, 0, -1), values, rates, w
        if progress is not None:
            progress(first + now)


def _alpha(rule: Any, lr: float) -> float:
    """What decoupled decay leaves of the weights; 1 where the decay is coupled or there is none."""
    coupled = isinstance(rule, (AdamL2, Hyperball)) or not getattr(rule, "decoupled", True)
    return 1.0 if coupled else rotation.keep(lr, rule.wd)


def _gradient(loss: Any, rng: Rng) -> Callable[[np.ndarray, np.ndarray], None]:
    """What writes the gradient of a step: drawn noise, a drawn mini-batch's, or that of the whole loss."""
    source = rng if isinstance(rng, np.random.Generator) else np.random.default_rng(seed_sequence(rng))
    if hasattr(loss, "draw"):
        return lambda w, out: loss.draw(w, source, out)
    batches = len(loss.matrices) if hasattr(loss, "matrices") else 1
    if batches > 1:
        return lambda w, out: np.copyto(out, loss.part_grad(int(source.integers(batches)), w))
    return lambda w, out: np.copyto(out, loss.grad(w))


def stepper(rule: Any, loss: Any, start: np.ndarray) -> Step:
    """Return what takes the steps of a rule, with a state of its own that is empty.

    Args:
        rule: The update rule.
        loss: What it is to minimise; Muon and Hyperball read its groups.
        start: The weights at the start, shape (dim,); Hyperball keeps their groups' norms.

    Returns:
        A function (weights, gradient, lr, alpha, number of the step from 0) that changes the weights in place.
    """
    if isinstance(rule, Hyperball):
        return _hyperball(rule, loss, start)
    if isinstance(rule, Muon):
        return _muon(rule, loss)
    if isinstance(rule, (AdamW, AdamL2)):
        return _adam(rule, loss.dim)
    return _lion(rule, loss.dim) if isinstance(rule, Lion) else _momentum(rule, loss.dim)


def _momentum(rule: Momentum | Nesterov, dim: int) -> Step:
    from sitheory._kernels import optimisers as kernels

    buffer, look = np.zeros(dim), isinstance(rule, Nesterov)
    if rule.decoupled:
        return lambda w, g, lr, alpha, t: kernels.mean(w, g, buffer, lr, alpha, rule.momentum, look)
    return lambda w, g, lr, alpha, t: kernels.heavy(w, g, buffer, lr, alpha, rule.wd, rule.momentum, look)


def _adam(rule: AdamW | AdamL2, dim: int) -> Step:
    from sitheory._kernels import optimisers as kernels

    m, v = np.zeros(dim), np.zeros(dim)
    wd = rule.wd if isinstance(rule, AdamL2) else 0.0

    def step(w, g, lr, alpha, t):
        root = math.sqrt(1 - rule.b2 ** (t + 1))
        scale, floor = root / (1 - rule.b1 ** (t + 1)), rule.eps * root
        kernels.adam(w, g, m, v, lr, alpha, wd, rule.b1, rule.b2, scale, floor)

    return step


def _lion(rule: Lion, dim: int) -> Step:
    from sitheory._kernels import optimisers as kernels

    m = np.zeros(dim)
    return lambda w, g, lr, alpha, t: kernels.lion(w, g, m, lr, alpha, rule.b1, rule.b2)


def _muon(rule: Muon, loss: Any) -> Step:
    from sitheory._kernels import optimisers as kernels

    m, update = np.zeros(loss.dim), np.empty(loss.dim)
    shapes = getattr(loss, "shapes", None) or tuple((g.stop - g.start, 1) for g in loss.groups)
    stacks = _stacks(loss.groups, shapes)

    def step(w, g, lr, alpha, t):
        kernels.average(m, g, update, rule.momentum, rule.nesterov)
        for part, (count, rows, columns) in stacks:
            stack = update[part].reshape(count, rows, columns)
            factor = newton_schulz(stack, rule.iterations) if rule.iterations else polar(stack)
            update[part] = (rule.scaling.factor(rows, columns) * factor).ravel()
        kernels.decayed(w, update, lr, alpha)

    return step


def _stacks(groups, shapes) -> list[tuple[slice, tuple[int, int, int]]]:
    """Neighbouring groups of one shape as stacks."""
    stacks: list[tuple[slice, tuple[int, int, int]]] = []
    for group, (rows, columns) in zip(groups, shapes, strict=True):
        if stacks and stacks[-1][1][1:] == (rows, columns):
            before, (count, *_) = stacks.pop()
            stacks.append((slice(before.start, group.stop), (count + 1, rows, columns)))
        else:
            stacks.append((group, (1, rows, columns)))
    return stacks


def _hyperball(rule: Hyperball, loss: Any, start: np.ndarray) -> Step:
    update = np.zeros(loss.dim)
    inner = stepper(rule.of, loss, update)
    radii = [float(np.linalg.norm(start[g])) for g in loss.groups]

    def step(w, g, lr, alpha, t):
        inner(update, g, -1.0, 0.0, t)  # leaves the direction itself where the weights would be
        for group, radius in zip(loss.groups, radii, strict=True):
            size = np.linalg.norm(update[group])
            if size:
                moved = w[group] - lr * radius / size * update[group]
                w[group] = radius / np.linalg.norm(moved) * moved

    return step


@np.errstate(over="ignore", invalid="ignore", divide="ignore")
def _squares(moments: np.ndarray, rates: np.ndarray) -> Series:
    """Squared norms, chords and updates and the inner products, of groups and of all weights."""
    norm_sq, next_sq, distance_sq, inner, move_sq = moments
    whole = moments.sum(axis=1)
    return {
        "norm": norm_sq,
        "turn": rotation.chord_sq(distance_sq, np.sqrt(norm_sq), np.sqrt(next_sq)),
        "update_norm": move_sq / rates**2,
        "update_cos": inner / rates,
        "total_norm": whole[0],
        "cos_dist": rotation.chord_sq(whole[2], np.sqrt(whole[0]), np.sqrt(whole[1])) / 2,
    }


@np.errstate(over="ignore", invalid="ignore", divide="ignore")
def _rooted(squares: Series) -> Series:
    rooted = {name: np.sqrt(squares[name]) for name in ("norm", "turn", "update_norm", "total_norm")}
    cos = squares["update_cos"] / (rooted["norm"] * rooted["update_norm"])
    return {**rooted, "update_cos": cos, "cos_dist": squares["cos_dist"]}


def _named(moments: np.ndarray, values: np.ndarray, rates: np.ndarray) -> Series:
    return {**_rooted(_squares(moments, rates)), "loss": values, "rate": rates}


def _ended(series: Series, w: np.ndarray) -> Series:
    """The series with the status; NaN from where the squared norm first left float64."""
    failed = np.logical_or.accumulate(~np.isfinite(series["total_norm"]))
    for values in series.values():
        values[..., failed] = np.nan
    fits = bool(np.isfinite(np.max(np.abs(w))) and not failed.any())
    return {**series, "status": np.array(Status.of_end(fits)), "end": w}
