"""Runs of gradient descent with weight decay at the edge of stability, as plain arrays, time first.

Linear regression with batch normalisation runs O(n) a step in one of two exact forms, ``"gram"`` (with the
rounding floor of the real iteration) and ``"deviation"`` (without one, so that it can freeze); ``"naive"``
is the d-dimensional iteration as the paper writes it. The other losses run in ``follow``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from sitheory.losses.regression import BatchNormRegression
from sitheory.rules import DecayGD
from sitheory.theory import gram
from sitheory.trajectory.progress import Progress

Form = Literal["gram", "deviation", "naive"]

CHUNK = 1_000_000
"""Between two reports of progress a run takes at most this many steps."""


@dataclass(frozen=True)
class RegressionState:
    """Where a run stands: predictions in the Gram eigenbasis or deviations, and the kernel's part.

    Args:
        form: Which exact form the numbers belong to.
        row: p, shape (r,), for ``"gram"``; (a, b), shape (r,), for ``"deviation"``; w, (d,), for ``"naive"``.
        kernel: |k| at the start, which shrinks by 1 - lr wd a step.
        side: The unit direction of the kernel's part, shape (d,).
        step: How many steps have been taken.
    """

    form: Form
    row: np.ndarray
    kernel: float
    side: np.ndarray
    step: int = 0


@dataclass(frozen=True)
class RegressionRun:
    """Records of one run.

    ``deviations`` (R, r - 1), ``share`` (R,) and ``kernel`` (R,) are the weights before the recorded steps in
    the basis of ``loss.flat``; ``lambda_w`` (R,) the top Hessian eigenvalue at w, where it was requested;
    ``end`` the state after the last step.
    """

    steps: np.ndarray
    deviations: np.ndarray
    share: np.ndarray
    kernel: np.ndarray
    lambda_w: np.ndarray | None
    end: RegressionState


def state_of(loss: BatchNormRegression, w: np.ndarray, form: Form = "gram") -> RegressionState:
    """Return the state of a run that begins at w.

    Args:
        loss: The regression.
        w: Shape (d,), of any norm.
        form: Which form to run in.

    Returns:
        The state.

    Raises:
        ValueError: If the form is unknown or w predicts the same for every sample.
    """
    w = np.asarray(w, dtype=float)
    a, b, kernel = loss.coordinates(w)
    size = float(np.linalg.norm(kernel))
    side = kernel / size if size else kernel
    rows = {
        "gram": lambda: np.sqrt(loss.gram.values) * (w @ loss.gram.frame),
        "deviation": lambda: np.append(a, b),
        "naive": w.copy,
    }
    if form not in rows:
        raise ValueError(f"need a form of {', '.join(rows)}, got {form!r}")
    if not np.linalg.norm(w @ loss.gram.frame):
        raise ValueError("need weights whose predictions differ, got some in the inputs' kernel")
    return RegressionState(form, rows[form](), size, side)


def weights_of(loss: BatchNormRegression, rule: DecayGD, state: RegressionState) -> np.ndarray:
    """Return the weights, shape (d,), of a state."""
    if state.form == "naive":
        return state.row
    kernel = state.kernel * (1 - rule.lr * rule.wd) ** state.step * state.side
    if state.form == "gram":
        return loss.gram.frame @ (state.row / np.sqrt(loss.gram.values)) + kernel
    return loss.flat.modes @ state.row[:-1] + state.row[-1] * loss.flat.flattest + kernel


def run_regression(
    loss: BatchNormRegression,
    rule: DecayGD,
    steps: int,
    state: RegressionState,
    *,
    every: int = 1,
    skip: int = 0,
    spectrum: bool = False,
    dtype: type = np.float64,
    progress: Progress | None = None,
) -> RegressionRun:
    """Continue a run for some steps and record each k-th.

    Args:
        loss: The regression.
        rule: Gradient descent with weight decay.
        steps: How many steps.
        state: Where it stands, see ``state_of``.
        every: Record each k-th step of this call.
        skip: Steps before the first record, at most ``CHUNK``; no bit of the run depends on it.
        spectrum: Also return the top Hessian eigenvalue at each recorded w; form ``"gram"`` only.
        dtype: float64, or float32 for the form ``"gram"``.
        progress: Called now and then with the number of steps of this call that are done.

    Returns:
        The records.

    Raises:
        ValueError: If spectrum, float32, or skipped steps are requested of another form than ``"gram"``.
    """
    if state.form != "gram" and (spectrum or skip or dtype is not np.float64):
        raise ValueError(f"need the form 'gram' for a spectrum, float32 or skip, got {state.form!r}")
    advance = {"gram": _gram, "deviation": _deviation, "naive": _naive}[state.form]
    rows, row = [], state.row
    piece = skip + max(every, CHUNK // every * every)
    for done in range(0, steps, piece):
        now = min(piece, steps - done)
        extra = {"skip": skip} if skip and not done else {}
        row, seen = advance(loss, rule, now, row, every, dtype, **extra)
        rows.append(seen)
        if progress is not None:
            progress(done + now)
    seen = np.concatenate(rows)
    times = state.step + np.arange(skip, steps, every)
    end = replace(state, row=np.asarray(row, dtype=float), step=state.step + steps)
    if state.form == "naive":
        deviations, share, kernel = loss.coordinates(seen)
        kernel = np.linalg.norm(kernel, axis=-1)
    else:
        kernel = state.kernel * (1 - rule.lr * rule.wd) ** times.astype(float)
        deviations, share = _deviations(loss, seen) if state.form == "gram" else (seen[:, :-1], seen[:, -1])
    lambda_w = top_eigenvalues(loss, seen, 2 if every == 1 else 1) if spectrum else None
    return RegressionRun(times, deviations, share, kernel, lambda_w, end)


def top_eigenvalues(loss: BatchNormRegression, rows: np.ndarray, period: int = 2) -> np.ndarray:
    """Return the top Hessian eigenvalue at w for each p of ``rows`` (R, r), by a secular equation.

    Args:
        loss: The regression.
        rows: States of the form ``"gram"``.
        period: After how many rows they nearly repeat; only the speed depends on it.

    Returns:
        Shape (R,).
    """
    from sitheory._kernels.regression import steps as kernel

    g, q, _ = loss.gram
    rows = np.ascontiguousarray(rows, dtype=float)
    top, _ = kernel.gram_spectrum(rows, g, q, g * q, period)
    return 2 * loss.variance * top / np.einsum("tr,tr->t", rows, rows)


def _deviations(loss, rows):
    """(a, b) of states p; what the predictions miss of the targets first, so that nothing cancels."""
    g, q, frame = loss.gram
    along = rows @ q
    row = (rows - along[:, None] * q) / np.sqrt(g)
    share = along / loss.flat.reach + row @ (frame.T @ loss.flat.flattest)
    return row @ (frame.T @ loss.flat.modes), share


def _gram(loss, rule, steps, row, every, dtype, skip=0):
    from sitheory._kernels.regression import steps as kernel

    g, q, _ = loss.gram
    p, gain, unit, push = (kernel.padded(v, dtype) for v in (row, g, q, g * q))
    states = np.empty((-(-(steps - skip) // every), len(g)), dtype)
    scalars = dtype(1 - rule.lr * rule.wd), dtype(gram.gram_strength(loss.variance, rule.lr))
    kernel.gram_steps(p, gain, unit, push, *scalars, steps, states, every, skip)
    return p[: len(g)].copy(), states.astype(float)


def _deviation(loss, rule, steps, row, every, dtype):
    from sitheory._kernels.regression import steps as kernel

    mu, _, _, pull, reach = loss.flat
    a, b = row[:-1].copy(), row[-1:].copy()
    states = np.empty((-(-steps // every), len(row)))
    scalars = reach, 1 - rule.lr * rule.wd, gram.gram_strength(loss.variance, rule.lr)
    kernel.deviation_steps(a, b, mu, pull, *scalars, steps, states, every)
    return np.append(a, b), states


def _naive(loss, rule, steps, row, every, dtype):
    states, w = np.empty((-(-steps // every), len(row))), row
    for t in range(steps):
        if t % every == 0:
            states[t // every] = w
        w = (1 - rule.lr * rule.wd) * w - rule.lr * loss.grad(w)
    return w, states
