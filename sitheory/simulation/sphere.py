"""Runs as plain arrays, time on the last axis: what the Datasets and the command line are made of.

``Quotients`` and losses with a compiled gradient run in compiled loops; any other scale-invariant loss runs
step by step in numpy, transcribed from [regimes eq. 2], and gives the same series.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from sitheory import _kernels
from sitheory._kernels.status import Status
from sitheory.losses.protocol import ScaleInvariantLoss
from sitheory.losses.quotients import Quotients
from sitheory.rules import SphereGD
from sitheory.simulation.starts import Rng
from sitheory.simulation.windows import Series, WindowSums, check_windows
from sitheory.theory import scale
from sitheory.trajectory.progress import Progress

SUPERSTABLE = 44 * np.log(0.5)
"""A step that leaves less than 2**-44 of a tangent vector has derivative 0, up to the rounding of the state."""

SINGLE_STEPS = 64
"""Steps after a run with a tangent vector that are looked at one by one for that."""

BLOCK = 1 << 12
"""Steps taken between two looks at a run of a loss other than ``Quotients``."""

# Kernel entry -> variable of the schema.
WINDOW_MEANS = {
    "mean_loss": "loss",
    "mean_log_loss": "log_loss",
    "mean_elr": "elr_group",
    "mean_log_elr": "log_elr_group",
    "mean_group_ess_sq": "ess_sq",
    "mean_group_log1p_ess_sq": "log1p_ess_sq",
    "mean_ess_sq": "total_ess_sq",
    "mean_log1p_ess_sq": "log1p_total_ess_sq",
    "mean_cos_dist": "cos_dist",
    "mean_growth": "log_stretch",
}


def samples(
    loss: ScaleInvariantLoss,
    rule: SphereGD,
    steps: int,
    w: np.ndarray,
    *,
    every: int = 1,
    rng: Rng = None,
    progress: Progress | None = None,
) -> Series:
    """Run from w on the unit sphere and return samples of each k-th step, time on the last axis.

    Args:
        loss: What to minimise.
        rule: The update rule.
        steps: How many steps.
        w: The start, shape (dim,).
        every: Sample each k-th step.
        rng: Not used: on the sphere the loss is the mean over all mini-batches.
        progress: Called now and then with the number of steps done.

    Returns:
        Series by the schema's names, shapes (time,) and (group, time), with ``status`` and the state at
        the ``end``.
    """
    if not isinstance(loss, Quotients):
        return _walk_sampled(loss, rule, steps, w, every, progress)
    out = _run_single(loss, rule, steps, w, every=every, progress=progress)
    seen = {
        "loss": out["loss"],
        "elr_group": np.transpose(out["elr"]),
        "ess_sq": np.transpose(out["group_ess_sq"]),
        "total_ess_sq": out["ess_sq"],
    }
    return {**_sampled(seen, rule), "status": out["status"], "end": out["end"]}


def window_means(
    loss: ScaleInvariantLoss,
    rule: SphereGD,
    steps: int,
    w: np.ndarray,
    windows: int,
    *,
    tangent: bool = False,
    rng: Rng = None,
    progress: Progress | None = None,
) -> Series:
    """Run from w on the unit sphere and return means over equal windows, time on the last axis.

    Args:
        loss: What to minimise.
        rule: The update rule.
        steps: How many steps.
        w: The start, shape (dim,).
        windows: How many windows; see ``window_ends``.
        tangent: Also return ``log_stretch``, the mean log growth of a tangent vector per step, -inf where a superstable
            orbit leaves nothing of it.
        rng: Not used: on the sphere the loss is the mean over all mini-batches.
        progress: Called now and then with the number of steps done.

    Returns:
        Series by the schema's names, shapes (time,) and (group, time), with ``status`` and the state at
        the ``end``.

    Raises:
        ValueError: If windows is not in [1, steps], or a tangent is requested of another loss than Quotients.
    """
    check_windows(windows, steps)
    if not isinstance(loss, Quotients):
        if tangent:
            raise ValueError(f"need Quotients for a tangent vector, got {type(loss).__name__}")
        return _walk_averaged(loss, rule, steps, w, windows, progress)
    vector = np.random.default_rng(0).standard_normal((2, len(loss.alpha))).tolist() if tangent else None
    out = _run_single(loss, rule, steps, w, windows=windows, tangent=vector, progress=progress)
    series = {WINDOW_MEANS[k]: np.transpose(v) for k, v in out.items() if k in WINDOW_MEANS}
    if tangent and out["status"] == Status.OK:
        series["log_stretch"] = _with_nothing_left(loss, rule, series["log_stretch"], out["end"], vector)
    return {**series, "status": out["status"], "end": out["end"]}


def _with_nothing_left(loss, rule, log_stretch, end, vector) -> np.ndarray:
    """Put -inf for the second half of a run that ends on a superstable orbit, as single steps after it show.

    There the derivative of a step is 0 up to the rounding of the state, and what floats carry on is chance.
    """
    out = _run_single(loss, rule, SINGLE_STEPS, end, windows=SINGLE_STEPS, tangent=vector)
    growth = np.transpose(out["mean_growth"])
    shrunk = log_stretch == -np.inf
    gone = np.maximum.accumulate(shrunk)
    if out["status"] == Status.OK and np.any(growth < SUPERSTABLE):
        gone[len(gone) // 2 :] = True
    return np.where(gone, -np.inf, log_stretch)


def _run_single(loss: Quotients, rule: SphereGD, steps: int, w: np.ndarray, **options) -> dict[str, Any]:
    out = _kernels.run_single(w[0::2].tolist(), w[1::2].tolist(), loss.alpha, rule.elr, steps, **options)
    end = np.column_stack([out["x"], out["y"]]).ravel()
    arrays = {k: np.asarray(v) for k, v in out.items()}
    largest = np.abs(end).max()
    if not 0 < largest < np.inf:  # the last steps of a run are not looked at by the kernel
        status = out["status"] if out["status"] != Status.OK else Status.OVERFLOW
        return {**arrays, "status": np.asarray(int(status)), "end": np.full_like(end, np.nan)}
    unit = end / largest
    return {**arrays, "end": unit / np.linalg.norm(unit)}


@np.errstate(over="ignore", invalid="ignore", divide="ignore")
def _sampled(seen: Series, rule: SphereGD) -> Series:
    """Add what follows from a sample by a formula: norms, effective gradients, roots, cosine distance."""
    inverse_cos = np.sqrt(scale.inverse_cos_sq(seen["total_ess_sq"]))
    return {
        "loss": seen["loss"],
        "norm": np.sqrt(rule.elr / seen["elr_group"]),
        "eff_grad": np.sqrt(seen["ess_sq"]) / seen["elr_group"],
        "elr_group": seen["elr_group"],
        "ess": np.sqrt(seen["ess_sq"]),
        "total_ess": np.sqrt(seen["total_ess_sq"]),
        "cos_dist": scale.cos_dist(seen["total_ess_sq"], inverse_cos),
    }


def _blocks(loss, rule, steps, start, every, progress) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Yield what each k-th step shows, block by block, and the state after the block.

    That is each group's squared norm and then each group's squared gradient norm, shape (2 groups, R), and the
    loss, shape (R,). Compiled where the loss has a compiled gradient.
    """
    walk = _compiled(loss, rule) if hasattr(loss, "compiled") else _plain(loss, rule)
    w = start.copy()
    for first in range(0, steps, BLOCK):
        now = min(BLOCK, steps - first)
        count = -(-(first + now) // every) + (-first // every)
        rows, values = np.empty((count, 2 * len(loss.groups))), np.empty(count)
        walk(w, first, now, every, rows, values)
        yield rows.T, values, w
        if progress is not None:
            progress(first + now)


def _compiled(loss, rule) -> Callable[..., None]:
    from sitheory.simulation.compiled_loss import Compilation

    built = Compilation(loss)
    return lambda w, *machinery: built.sphere(
        built.functions, built.mean, built.bounds, w, rule.elr, *machinery
    )


def _plain(loss, rule) -> Callable[..., None]:
    """The steps of [regimes eq. 2] in numpy, in place."""

    def walk(w, first, steps, every, rows, values):
        seen = 0
        for t in range(first, first + steps):
            grad = loss.grad(w)
            if t % every == 0:
                rows[seen] = [np.sum(v[g] ** 2) for v in (w, grad) for g in loss.groups]
                values[seen], seen = loss.value(w), seen + 1
            moved = w - rule.elr * grad
            w[:] = moved / np.linalg.norm(moved)

    return walk


def _walk_sampled(loss, rule, steps, start, every, progress) -> Series:
    blocks, end = [], start
    for rows, values, state in _blocks(loss, rule, steps, start, every, progress):
        blocks.append(_observe(rule, rows, values))
        end = state
    series = {name: np.concatenate([b[name] for b in blocks], axis=-1) for name in blocks[0]}
    return {**_sampled(series, rule), **_end(end)}


def _walk_averaged(loss, rule, steps, start, windows, progress) -> Series:
    sums, end, first = WindowSums(steps, windows), start, 0
    for rows, values, state in _blocks(loss, rule, steps, start, 1, progress):
        sums.add(first, _with_logs(_observe(rule, rows, values), rule))
        end, first = state, first + len(values)
    return {**sums.means(), **_end(end)}


def _observe(rule: SphereGD, rows: np.ndarray, values: np.ndarray) -> Series:
    norm_sq, grad_sq = np.split(rows, 2)
    elr = scale.elr(rule.elr, norm_sq)
    return {
        "loss": values,
        "elr_group": elr,
        "ess_sq": scale.ess_sq(elr, scale.eff_grad_sq(grad_sq, norm_sq)),
        "total_ess_sq": scale.ess_sq(rule.elr, grad_sq.sum(axis=0)),
    }


def _with_logs(seen: Series, rule: SphereGD) -> Series:
    with np.errstate(divide="ignore", invalid="ignore"):
        log_loss = np.log(seen["loss"])
    return {
        **seen,
        "log_loss": log_loss,
        "log_elr_group": np.log(seen["elr_group"]),
        "log1p_ess_sq": np.log1p(seen["ess_sq"]),
        "log1p_total_ess_sq": np.log1p(seen["total_ess_sq"]),
        "cos_dist": _sampled(seen, rule)["cos_dist"],
    }


def _end(w: np.ndarray) -> Series:
    return {"status": np.array(Status.of_end(bool(np.all(np.isfinite(w))))), "end": w}
