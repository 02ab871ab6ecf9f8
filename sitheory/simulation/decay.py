"""Runs of gradient descent with weight decay as plain arrays, time on the last axis.

Losses with a compiled gradient and linear regression run in compiled loops, any other scale-invariant loss step
by step in numpy, transcribed from [periodic eq. 1]; both give the same series by the schema's names.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from sitheory._kernels.status import Status
from sitheory.edge.tracking import advance
from sitheory.losses.curved import Cone
from sitheory.losses.protocol import ScaleInvariantLoss
from sitheory.losses.regression import BatchNormRegression
from sitheory.rules import DecayGD
from sitheory.simulation.compiled_loss import Compilation, compiled_kind
from sitheory.simulation.starts import Rng, seed_sequence
from sitheory.simulation.windows import Series, WindowSums, check_windows, window_ends
from sitheory.theory import periodic, scale
from sitheory.trajectory.progress import Progress

CHUNK = 1 << 18
"""Steps between two looks at the clock; mini-batches are drawn for as many at once."""

WATCHED = {"norm_sq": "total_norm", "total_eff_grad_sq": "total_eff_grad", "cos_dist": "cos_dist"}
WINDOW_MEANS = (
    *("loss", "total_norm", "total_elr", "total_elr_exact", "total_eff_grad", "cos_dist", "elr_group"),
    *(f"{name}_{end}" for name in WATCHED.values() for end in ("min", "max")),
)
"""What ``window_means`` returns beside the status and the end."""


def samples(
    loss: ScaleInvariantLoss,
    rule: DecayGD,
    steps: int,
    w: np.ndarray,
    *,
    every: int = 1,
    rng: Rng = None,
    progress: Progress | None = None,
) -> Series:
    """Run from w and return samples of each k-th step, time on the last axis.

    Args:
        loss: What to minimise.
        rule: The update rule.
        steps: How many steps.
        w: The start, shape (dim,).
        every: Sample each k-th step.
        rng: Where the mini-batches come from, if the loss has any.
        progress: Called now and then with the number of steps done.

    Returns:
        Series by the schema's names, shapes (time,) and (group, time), with ``status`` and the state at
        the ``end``. The gradient is the step's own, the loss is that of all mini-batches.
    """
    if isinstance(loss, BatchNormRegression):
        return _regression_samples(loss, rule, steps, w, every, progress)
    count, groups = -(-steps // every), len(loss.groups)
    rows, values = np.full((count, 2 * groups), np.nan), np.full(count, np.nan)
    runner, w, first, status = _Runner(loss, rule), w.copy(), 0, 0
    for parts in _chunks(loss, steps, rng):
        done = slice(-(-first // every), -(-(first + len(parts)) // every))
        status, taken = runner.sample(w, parts, first, every, rows[done], values[done])
        if progress is not None:
            progress(first + len(parts))
        if status:
            last = -(-(first + taken) // every)
            rows[last:], values[last:] = np.nan, np.nan
            break
        first += len(parts)
    return {**_named(loss, rule, rows.T, values), "status": np.array(status), "end": w}


def window_means(
    loss: ScaleInvariantLoss,
    rule: DecayGD,
    steps: int,
    w: np.ndarray,
    windows: int,
    *,
    tangent: bool = False,
    rng: Rng = None,
    progress: Progress | None = None,
) -> Series:
    """Run from w and return means and extremes over equal windows, time on the last axis.

    Args:
        loss: What to minimise.
        rule: The update rule.
        steps: How many steps.
        w: The start, shape (dim,).
        windows: How many windows.
        tangent: Not available for this rule.
        rng: Where the mini-batches come from, if the loss has any.
        progress: Called now and then with the number of steps done.

    Returns:
        Series by the schema's names, with ``status`` and the state at the ``end``; the norm and the effective
        gradient are roots of mean squares.

    Raises:
        ValueError: If windows is not in [1, steps], or a tangent is requested.
    """
    check_windows(windows, steps)
    if tangent:
        raise ValueError("need SphereGD for tangent=True, got DecayGD")
    if isinstance(loss, BatchNormRegression):
        return _regression_means(loss, rule, steps, w, windows, progress)
    groups, ends = len(loss.groups), window_ends(steps, windows)
    sums = np.zeros((windows, 5 + groups))
    least, most = np.full((windows, 3), np.inf), np.full((windows, 3), -np.inf)
    runner, w, first, status = _Runner(loss, rule), w.copy(), 0, 0
    for parts in _chunks(loss, steps, rng):
        begin = first
        while begin < first + len(parts) and not status:
            i = int(np.searchsorted(ends, begin, side="right"))
            end = min(first + len(parts), int(ends[i]))
            drawn = parts[begin - first : end - first]
            status, _ = runner.average(w, drawn, sums[i], least[i], most[i])
            begin = end
        if progress is not None:
            progress(first + len(parts))
        if status:
            sums[i:], least[i:], most[i:] = np.nan, np.nan, np.nan
            break
        first += len(parts)
    means = (sums / np.diff(ends, prepend=0)[:, None]).T
    named = _window_named(1 - rule.lr * rule.wd, means, least.T, most.T)
    return {**named, "status": np.array(status), "end": w}


def _window_named(keep: Any, means: np.ndarray, least: np.ndarray, most: np.ndarray) -> Series:
    series = {
        "loss": means[0],
        "total_norm": np.sqrt(means[1]),
        "total_elr": means[2],
        "total_elr_exact": means[2] / keep,
        "total_eff_grad": np.sqrt(means[3]),
        "cos_dist": means[4],
        "elr_group": means[5:],
    }
    for i, (kept, name) in enumerate(WATCHED.items()):
        for suffix, values in (("min", least[i]), ("max", most[i])):
            series[f"{name}_{suffix}"] = np.sqrt(values) if kept.endswith("_sq") else values
    return series


def _averaged(seen: Series, norm_sq: np.ndarray) -> Series:
    """What a window averages, of a loss of one group, in the order of the compiled loops' sums."""
    return {
        "loss": seen["loss"],
        "norm_sq": norm_sq,
        "total_elr": seen["total_elr"],
        "total_eff_grad_sq": seen["total_eff_grad"] ** 2,
        "cos_dist": seen["cos_dist"],
        "elr_group": seen["elr_group"][0],
    }


def _regression_samples(loss, rule, steps, w, every, progress) -> Series:
    from sitheory.edge import compiled_windows as fast

    squares, values, end = fast.sampled(loss, rule, steps, w, every, progress)
    status = _ended(end, squares, values[None])
    return {**_named(loss, rule, squares, values), "status": status, "end": end}


def _regression_means(loss, rule, steps, w, windows, progress) -> Series:
    from sitheory.edge import compiled_windows as fast

    sums, end = WindowSums(steps, windows, extremes=WATCHED), w
    for first, (squares, values), state in fast.blocks(loss, rule, steps, w, progress):
        sums.add(first, _averaged(_named(loss, rule, squares, values), squares[0]))
        end = state
    means = np.stack(list(sums.means().values()))
    least, most = (np.stack([extremes[name] for name in WATCHED]) for extremes in (sums.least, sums.most))
    status = _ended(end, means, least, most)
    return {**_window_named(1 - rule.lr * rule.wd, means, least, most), "status": status, "end": end}


def regression_means(
    loss: BatchNormRegression,
    rules: Sequence[DecayGD],
    steps: int,
    starts: np.ndarray,
    which: np.ndarray,
    windows: int,
) -> Series:
    """Run many trajectories side by side and return what ``window_means`` returns of each, to rounding.

    Args:
        loss: The regression.
        rules: Each trajectory's rule.
        steps: How many steps.
        starts: Shape (start, dim).
        which: From which of them each trajectory begins, shape (trajectory,).
        windows: How many windows.

    Returns:
        Series by the schema's names, shapes (trajectory, time) and (group, trajectory, time), with ``status``;
        no bit of a trajectory depends on the others.
    """
    from sitheory.edge import compiled_windows as fast

    check_windows(windows, steps)
    keep = np.array([[1 - rule.lr * rule.wd] for rule in rules])
    end, means, least, most = fast.lanes(loss, rules, starts, which, np.r_[0, window_ends(steps, windows)])
    status = _ended(end, means, least, most)
    return {**_window_named(keep, means, least, most), "status": status}


def _ended(end: np.ndarray, *seen: np.ndarray) -> np.ndarray:
    """The status of each trajectory; what was seen of it becomes NaN from where it first is not finite."""
    finite = np.logical_and.reduce([np.isfinite(values).all(axis=0) for values in seen])
    failed = ~np.logical_and.accumulate(finite, axis=-1)
    for values in seen:
        values[:, failed] = np.nan
    return np.where(failed.any(axis=-1) | ~np.isfinite(end).all(axis=0), Status.OVERFLOW, Status.OK)


@np.errstate(over="ignore", invalid="ignore", divide="ignore")
def _named(loss: ScaleInvariantLoss, rule: DecayGD, rows: np.ndarray, values: np.ndarray) -> Series:
    """Everything that follows from the groups' squared norms and gradient norms by a formula."""
    norm_sq, grad_sq = rows[: len(loss.groups)], rows[len(loss.groups) :]
    total_sq = norm_sq.sum(axis=0)
    eff_grad_sq = scale.eff_grad_sq(grad_sq.sum(axis=0), total_sq)
    elr_exact = scale.elr_with_decay(rule.lr, rule.wd, total_sq)
    total_ess_sq = scale.ess_sq(elr_exact, eff_grad_sq)  # a square of lr itself may leave float64
    elr_group = scale.elr(rule.lr, norm_sq)
    group_eff_sq = scale.eff_grad_sq(grad_sq, norm_sq)
    return {
        "loss": values,
        "norm": np.sqrt(norm_sq),
        "eff_grad": np.sqrt(group_eff_sq),
        "elr_group": elr_group,
        "ess": np.sqrt(scale.ess_sq(elr_group, group_eff_sq)),
        "total_norm": np.sqrt(total_sq),
        "total_elr": scale.elr(rule.lr, total_sq),
        "total_elr_exact": elr_exact,
        "total_eff_grad": np.sqrt(eff_grad_sq),
        "total_ess": np.sqrt(total_ess_sq),
        "cos_dist": scale.cos_dist(total_ess_sq, np.sqrt(scale.inverse_cos_sq(total_ess_sq))),
    }


def _chunks(loss: ScaleInvariantLoss, steps: int, rng: Rng) -> Iterator[np.ndarray]:
    """Yield the mini-batch of each step, drawn with equal chances; zeros where there is but one."""
    batches = len(loss.matrices) if hasattr(loss, "matrices") else 1
    source = rng if isinstance(rng, np.random.Generator) else np.random.default_rng(seed_sequence(rng))
    for first in range(0, steps, CHUNK):
        size = min(CHUNK, steps - first)
        yield source.integers(batches, size=size) if batches > 1 else np.broadcast_to(np.int64(0), size)


class _Runner:
    """One run's loops: compiled where the loss has a compiled gradient, else in numpy."""

    def __init__(self, loss: ScaleInvariantLoss, rule: DecayGD):
        self.loss, self.rule = loss, rule
        self.built = Compilation(loss) if compiled_kind(loss) is not None else None

    def sample(self, w, parts, first, every, rows, values) -> tuple[int, int]:
        lr, wd = self.rule.lr, self.rule.wd
        if isinstance(self.loss, Cone):
            before = min(-first % every, len(parts))
            advance(self.loss, self.rule, before, w, max(before, 1))
            rows[:], values[:] = self._seen(advance(self.loss, self.rule, len(parts) - before, w, every))
            return Status.of_end(bool(np.all(np.isfinite(w)))), len(parts)
        if self.built is None:
            return self._walk_sampled(w, parts, first, every, rows, values)
        fixed = self.built.fixed(parts)
        return self.built.sample(*fixed, w, lr, wd, first, len(parts), every, rows, values)

    def average(self, w, parts, sums, least, most) -> tuple[int, int]:
        lr, wd = self.rule.lr, self.rule.wd
        if isinstance(self.loss, Cone):
            rows, values = self._seen(advance(self.loss, self.rule, len(parts), w, 1))
            seen = _averaged(_named(self.loss, self.rule, rows.T, values), rows[:, 0])
            sums += [np.sum(series) for series in seen.values()]
            watched = np.array([seen[name] for name in WATCHED])
            np.minimum(least, watched.min(axis=1), out=least)
            np.maximum(most, watched.max(axis=1), out=most)
            return Status.of_end(bool(np.all(np.isfinite(w)))), len(parts)
        if self.built is None:
            return self._walk_averaged(w, parts, sums, least, most)
        return self.built.average(*self.built.fixed(parts), w, lr, wd, len(parts), sums, least, most)

    def _seen(self, states: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The groups' squared norms, then their squared gradient norms, and the loss, of states (R, dim)."""
        loss: Any = self.loss
        squares = [np.sum(v[:, g] ** 2, axis=1) for v in (states, loss.grad(states)) for g in loss.groups]
        return np.stack(squares, axis=1), loss.value(states)

    def _walk(self, w: np.ndarray, parts: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray, float]]:
        """Take steps of [periodic eq. 1] in place; yield each state's squared norms, gradients', and loss."""
        loss: Any = self.loss
        for part in parts:
            grad = loss.part_grad(part, w) if hasattr(loss, "part_grad") else loss.grad(w)
            squares = [np.array([np.sum(v[g] ** 2) for g in loss.groups]) for v in (w, grad)]
            yield squares[0], squares[1], loss.value(w)
            w[:] = periodic.decay_step(w, grad, self.rule.lr, self.rule.wd)

    def _walk_sampled(self, w, parts, first, every, rows, values) -> tuple[int, int]:
        seen = 0
        for t, (norm_sq, grad_sq, value) in enumerate(self._walk(w, parts)):
            if (first + t) % every == 0:
                rows[seen], values[seen], seen = np.r_[norm_sq, grad_sq], value, seen + 1
        return Status.of_end(bool(np.all(np.isfinite(w)))), len(parts)

    def _walk_averaged(self, w, parts, sums, least, most) -> tuple[int, int]:
        for norm_sq, grad_sq, value in self._walk(w, parts):
            seen = _named(self.loss, self.rule, np.r_[norm_sq, grad_sq][:, None], np.array([value]))
            whole = [norm_sq.sum(), float(seen["total_eff_grad"][0]) ** 2, float(seen["cos_dist"][0])]
            sums += [value, whole[0], seen["total_elr"][0], whole[1], whole[2], *seen["elr_group"][:, 0]]
            np.minimum(least, whole, out=least)
            np.maximum(most, whole, out=most)
        return Status.of_end(bool(np.all(np.isfinite(w)))), len(parts)
