"""Runs of scalar RMSprop as plain arrays, time on the last axis; the first moment is that of the first gradient.

The step is w' = w - s grad with s = lr / sqrt(v), so ``elr_group`` is s / norm^2. The cosine distance is that of the
step itself and holds for a loss that is not scale-invariant, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from sitheory._kernels.status import Status
from sitheory.edge.rmsprop import advance
from sitheory.rules import ScalarRMSprop
from sitheory.simulation.starts import Rng
from sitheory.simulation.windows import Series, WindowSums, check_windows
from sitheory.theory import scale, sharpness as law
from sitheory.trajectory.progress import Progress

BLOCK = 1 << 14
"""Steps between two looks at a run."""


def samples(
    loss: Any,
    rule: ScalarRMSprop,
    steps: int,
    w: np.ndarray,
    *,
    every: int = 1,
    rng: Rng = None,
    progress: Progress | None = None,
) -> Series:
    """Run from w and return samples of each k-th step, time on the last axis.

    Args:
        loss: What to minimise; ``Valley`` runs compiled.
        rule: The update rule.
        steps: How many steps.
        w: The start, shape (dim,).
        every: Sample each k-th step.
        rng: Not used: the rule takes the gradient of the whole loss.
        progress: Called now and then with the number of steps done.

    Returns:
        Series by the schema's names, shapes (time,) and (group, time), with ``status`` and the state at the ``end``.
    """
    blocks, end = [], w
    for _, seen, state in _blocks(loss, rule, steps, w, every, progress):
        blocks.append(seen)
        end = state
    series = {name: np.concatenate([b[name] for b in blocks], axis=-1) for name in blocks[0]}
    return {**series, **_end(end)}


def window_means(
    loss: Any,
    rule: ScalarRMSprop,
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
        loss: What to minimise; ``Valley`` runs compiled.
        rule: The update rule.
        steps: How many steps.
        w: The start, shape (dim,).
        windows: How many windows.
        tangent: Not available for this rule.
        rng: Not used: the rule takes the gradient of the whole loss.
        progress: Called now and then with the number of steps done.

    Returns:
        Series by the schema's names, with ``status`` and the state at the ``end``.

    Raises:
        ValueError: If windows is not in [1, steps], or a tangent is requested.
    """
    check_windows(windows, steps)
    if tangent:
        raise ValueError("need SphereGD for tangent=True, got ScalarRMSprop")
    sums, end = WindowSums(steps, windows), w
    for first, seen, state in _blocks(loss, rule, steps, w, 1, progress):
        sums.add(first, seen)
        end = state
    return {**sums.means(), **_end(end)}


def _blocks(loss, rule, steps, start, every, progress) -> Iterator[tuple[int, Series, np.ndarray]]:
    """Yield the first step of each block, what its recorded steps show, and the state after it."""
    w = np.array(start, dtype=float)
    first_grad = loss.grad(w)
    held, size = np.array([first_grad @ first_grad]), max(1, BLOCK // every) * every
    for first in range(0, steps, size):
        now = min(size, steps - first)
        states, moments = advance(loss, rule, now, w, held, every)
        yield first, _observed(loss, rule, states, moments), w
        if progress is not None:
            progress(first + now)


@np.errstate(over="ignore", invalid="ignore", divide="ignore")
def _observed(loss, rule, states: np.ndarray, moments: np.ndarray) -> Series:
    grads = loss.grad(states)
    later = law.rmsprop_moment(moments, np.sum(grads**2, axis=-1), rule.beta)
    rate = rule.lr / np.sqrt(later if rule.after else moments)
    norm_sq, grad_sq = (
        np.array([np.sum(v[:, g] ** 2, axis=-1) for g in loss.groups]) for v in (states, grads)
    )
    total_sq, total_grad_sq = norm_sq.sum(axis=0), grad_sq.sum(axis=0)
    elr_group, eff_grad_sq = scale.elr(rate, norm_sq), scale.eff_grad_sq(grad_sq, norm_sq)
    total_elr, total_eff_grad_sq = scale.elr(rate, total_sq), scale.eff_grad_sq(total_grad_sq, total_sq)
    inner = np.sum(states * grads, axis=-1)
    after_sq = scale.step_norm_sq(total_sq, total_grad_sq, inner, rate)
    cos = (total_sq - rate * inner) / np.sqrt(total_sq * after_sq)
    sin_sq = scale.step_sin_sq(total_sq, total_grad_sq, inner, rate)
    return {
        "loss": loss.value(states),
        "norm": np.sqrt(norm_sq),
        "eff_grad": np.sqrt(eff_grad_sq),
        "elr_group": elr_group,
        "ess": np.sqrt(scale.ess_sq(elr_group, eff_grad_sq)),
        "total_norm": np.sqrt(total_sq),
        "total_elr": total_elr,
        "total_eff_grad": np.sqrt(total_eff_grad_sq),
        "total_ess": np.sqrt(scale.ess_sq(total_elr, total_eff_grad_sq)),
        "cos_dist": np.where(cos > -1, sin_sq / (1 + cos), 2.0),
    }


def _end(w: np.ndarray) -> Series:
    return {"status": np.array(Status.of_end(bool(np.all(np.isfinite(w))))), "end": w}
