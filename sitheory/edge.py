"""Runs of gradient descent with weight decay at the edge of stability, as plain arrays, time first.

Linear regression with batch normalisation runs O(n) a step in one of two exact forms, ``"gram"`` (with the
rounding floor of the real iteration) and ``"deviation"`` (without one, so that it can freeze); ``"naive"``
is the d-dimensional iteration as the paper writes it. The other losses run in ``follow``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Context, Decimal, localcontext
from typing import Any, Literal

import numpy as np

from sitheory.flow import flow
from sitheory.regression_loss import BatchNormRegression
from sitheory.rules import DecayGD, ScalarRMSprop
from sitheory.surfaces import Cone, Valley
from sitheory.theory import scale
from sitheory.theory import sharpness as law

Form = Literal["gram", "deviation", "naive"]
Progress = Callable[[int], Any]

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
    the basis of ``loss.flat``; ``lambda_w`` (R,) the top Hessian eigenvalue at w, where it was asked for;
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
        progress: Called with the number of steps done since the last call.

    Returns:
        The records.

    Raises:
        ValueError: If spectrum, float32, or skipped steps are asked of another form than ``"gram"``.
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
            progress(now)
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
    from sitheory._kernels import regression as kernel

    g, q, _ = loss.gram
    rows = np.ascontiguousarray(rows, dtype=float)
    top, _ = kernel.gram_spectrum(rows, g, q, g * q, period)
    return 2 * loss.variance * top / np.einsum("tr,tr->t", rows, rows)


def observe(loss: BatchNormRegression, rule: DecayGD, run: RegressionRun) -> dict[str, np.ndarray]:
    """Return what a run shows, each of shape (R,) under the schema's names.

    Args:
        loss: The regression.
        rule: The rule that it ran under.
        run: The records.

    Returns:
        loss, test_loss (with test samples), norm, eff_grad, elr, sharpness (at phi), h, tan_flattest,
        align, energy, dist_min_norm (relative, of the predictors), dist_flattest (of phi, an angle);
        lambda_w if recorded.
    """
    a, b, k = run.deviations, run.share, run.kernel
    mu, _, _, pull, reach = loss.flat
    off_sq, along = (mu * a**2).sum(axis=1), reach * b + a @ pull
    norm_sq = (a**2).sum(axis=1) + b**2 + k**2
    z = np.sqrt(along**2 + off_sq)
    elr, tan, h = scale.elr_with_decay(rule.lr, rule.wd, norm_sq), k / b, a[:, 0] / np.sqrt(norm_sq)
    sharp = law.regression_eigenvalue(loss.variance, mu[0], reach, 1 / (1 + tan**2))
    fitted = reach / z
    slopes = (
        law.regression_grad_a(loss.variance, a, mu, pull, along[:, None], off_sq[:, None], z[:, None]),
        law.regression_grad_b(loss.variance, reach, off_sq, z)[:, None],
    )
    gap = (fitted**2) * (norm_sq - b**2) + (fitted * b - 1) ** 2
    seen = {
        "loss": np.where(
            along > 0,
            law.regression_loss(loss.variance, along, off_sq, z),
            2 * loss.variance * (1 - along / z),
        ),
        "norm": np.sqrt(norm_sq),
        "eff_grad": np.linalg.norm(np.concatenate(slopes, axis=1), axis=1) * np.sqrt(norm_sq),
        "elr": elr,
        "sharpness": sharp,
        "h": h,
        "align": np.abs(a[:, 0]) / np.maximum(np.linalg.norm(a, axis=1), np.finfo(float).tiny),
        "tan_flattest": tan,
        "dist_flattest": np.arctan2(k, b),
        "dist_min_norm": np.sqrt(gap),
        "energy": energies(elr, sharp, h, rule.lr * rule.wd, law.regression_log_sharp_grad(tan) ** 2),
    }
    if loss.x_test is not None:
        seen["test_loss"] = _test_losses(loss, run, z)
    return seen if run.lambda_w is None else {**seen, "lambda_w": run.lambda_w}


def energies(
    elr: np.ndarray, sharp: np.ndarray, h: np.ndarray, intrinsic_lr: float, grad_sq: np.ndarray
) -> np.ndarray:
    """Return the averaged system's energy; infinite where h is 0 or there is no weight decay."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = h**2 / law.mean_h_sq(intrinsic_lr, grad_sq)
        log_ratio = 2 * np.log(np.abs(h)) - np.log(law.mean_h_sq(intrinsic_lr, grad_sq))
        energy = law.energy(elr * sharp - 2, ratio, intrinsic_lr, log_ratio)
    return np.where(np.isfinite(energy), energy, np.inf)


def run_decimal(
    loss: BatchNormRegression, rule: DecayGD, steps: int, state: RegressionState, digits: int, every: int = 1
) -> RegressionRun:
    """Run the form ``"gram"`` in decimal arithmetic of any precision; milliseconds a step.

    Args:
        loss: The regression.
        rule: Gradient descent with weight decay.
        steps: How many steps.
        state: A state of the form ``"gram"``.
        digits: How many decimal digits every operation keeps.
        every: Record each k-th step.

    Returns:
        The records; deviations are taken from the decimals, so they keep their size below 1e-16.
    """
    with localcontext(Context(prec=digits)):
        flat, back = _decimal_basis(loss)
        gain, unit = [Decimal(v) for v in loss.gram.values], [Decimal(v) for v in loss.gram.targets]
        size = sum((u * u for u in unit), Decimal(0)).sqrt()
        unit = [u / size for u in unit]
        p, rows = [Decimal(v) for v in state.row], []
        keep, strength = (
            1 - Decimal(rule.lr) * Decimal(rule.wd),
            2 * Decimal(loss.variance) * Decimal(rule.lr),
        )
        for t in range(steps):
            total = sum((x * x for x in p), Decimal(0))
            along = sum((x * u for x, u in zip(p, unit, strict=True)), Decimal(0))
            if t % every == 0:
                rows.append(_decimal_row(p, unit, along, flat, back))
            pull = strength / total.sqrt()
            shrink = pull * along / total
            p = [x * (keep - g * shrink) + g * u * pull for x, g, u in zip(p, gain, unit, strict=True)]
    seen = np.array(rows)
    times = state.step + np.arange(0, steps, every)
    kernel = state.kernel * (1 - rule.lr * rule.wd) ** times.astype(float)
    end = replace(state, row=np.array([float(x) for x in p]), step=state.step + steps)
    return RegressionRun(times, seen[:, :-1], seen[:, -1], kernel, None, end)


def follow(loss: Any, rule: DecayGD, steps: int, w: np.ndarray, *, every: int = 1) -> np.ndarray:
    """Run gradient descent with weight decay and return the weights before each k-th step.

    Args:
        loss: Any scale-invariant loss; ``Cone`` runs compiled.
        rule: The rule.
        steps: How many steps.
        w: The start, shape (dim,).
        every: Keep each k-th state.

    Returns:
        Shape (ceil(steps / every), dim).
    """
    w, states = np.array(w, dtype=float), np.empty((-(-steps // every), len(w)))
    if isinstance(loss, Cone):
        from sitheory._kernels.surfaces import cone_steps

        cone_steps(w, *loss.weights, loss.quartic, rule.lr, rule.wd, steps, states, every)
        return states
    for t in range(steps):
        if t % every == 0:
            states[t // every] = w
        w = (1 - rule.lr * rule.wd) * w - rule.lr * loss.grad(w)
    return states


def follow_rmsprop(
    loss: Valley, rule: ScalarRMSprop, steps: int, w: np.ndarray, moment: float, *, every: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Run scalar RMSprop on the valley.

    Args:
        loss: The valley.
        rule: The rule, with its order of updates.
        steps: How many steps.
        w: The start, shape (dim,).
        moment: The first moving average of |grad|^2.
        every: Keep each k-th state.

    Returns:
        The weights (R, dim) and the moments (R,) before the recorded steps.
    """
    from sitheory._kernels.surfaces import valley_steps

    states = np.empty((-(-steps // every), loss.dim + 1))
    start, held, alpha = np.array(w, dtype=float), np.array([moment]), np.array(loss.alpha)
    valley_steps(start, held, alpha, loss.soft, rule.lr, rule.beta, rule.after, steps, states, every)
    return states[:, :-1], states[:, -1]


def begin(loss: Any, rule: DecayGD, zeta: np.ndarray, spread: float, rng: np.random.Generator) -> np.ndarray:
    """Return weights by the theorem's initialization scheme [sharpness thm. 4.7].

    Args:
        loss: A loss with ``sharpness_at``.
        rule: Fixes the norm at which the effective learning rate is 2 / lambda_1.
        zeta: A unit minimiser, shape (dim,).
        spread: sigma_0, the size of the Gaussian perturbation of the direction.
        rng: Where it comes from.

    Returns:
        The weights, shape (dim,).
    """
    theta = zeta + spread * rng.standard_normal(len(zeta)) / np.sqrt(len(zeta))
    norm_sq = law.pgd_norm_sq(rule.lr, rule.wd, 2 / loss.sharpness_at(zeta))
    return theta / np.linalg.norm(theta) * np.sqrt(norm_sq)


def displacement(loss: Any, w: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return phi (R, dim), h (R,) and |x| (R,) of weights (R, dim): theta = phi + x, h along v_1."""
    theta = w / np.linalg.norm(w, axis=-1, keepdims=True)
    phi = loss.project(theta)
    x = theta - phi
    return phi, np.sum(x * loss.top_direction(phi), axis=-1), np.linalg.norm(x, axis=-1)


@dataclass(frozen=True)
class Trace:
    """A run seen from the minimisers, each of shape (R,) but ``phi`` and ``grad`` (R, k).

    ``phi`` is the minimiser and ``grad`` grad_Gamma log lambda_1 there, in any coordinates of the minimisers'
    surroundings; ``h`` the displacement along the top eigenvector and ``off`` its whole length; ``dist`` and
    ``dist_base`` how far theta and phi are from the flow that began at the first record's phi.
    """

    steps: np.ndarray
    phi: np.ndarray
    grad: np.ndarray
    h: np.ndarray
    off: np.ndarray
    elr: np.ndarray
    sharpness: np.ndarray
    dist: np.ndarray
    dist_base: np.ndarray

    @property
    def grad_sq(self) -> np.ndarray:
        """||grad_Gamma log lambda_1||^2, shape (R,)."""
        return np.sum(self.grad**2, axis=1)

    def energy(self, intrinsic_lr: float) -> np.ndarray:
        """Return the averaged system's energy, shape (R,)."""
        return energies(self.elr, self.sharpness, self.h, intrinsic_lr, self.grad_sq)


def trace(loss: Any, rule: DecayGD, steps: int, w: np.ndarray, zeta: np.ndarray, *, every: int = 1) -> Trace:
    """Run from w and compare with the minimisers and with the flow from zeta.

    Args:
        loss: ``BatchNormRegression``, which runs in deviations, or another loss with known minimisers.
        rule: The rule.
        steps: How many steps.
        w: The start, shape (dim,).
        zeta: The unit minimiser that the flow starts from, shape (dim,).
        every: Look at each k-th step.

    Returns:
        The trace.
    """
    times = np.arange(0, steps, every)
    if isinstance(loss, BatchNormRegression):
        return _trace_regression(loss, rule, steps, w, zeta, times, every)
    w = follow(loss, rule, steps, w, every=every)
    phi, h, off = displacement(loss, w)
    norm_sq = np.sum(w**2, axis=1)
    flown = flow(loss, zeta, times * rule.lr * rule.wd)
    return Trace(
        times,
        phi,
        loss.log_sharp_grad(phi),
        h,
        off,
        scale.elr_with_decay(rule.lr, rule.wd, norm_sq),
        loss.sharpness_at(phi),
        np.linalg.norm(w / np.sqrt(norm_sq)[:, None] - flown, axis=1),
        np.linalg.norm(phi - flown, axis=1),
    )


def _trace_regression(loss, rule, steps, w, zeta, times, every):
    """In the plane of the flattest minimiser and the kernel's direction; what lies across only decays."""
    run = run_regression(loss, rule, steps, state_of(loss, w, "deviation"), every=every)
    seen = observe(loss, rule, run)
    angle, tan = seen["dist_flattest"], seen["tan_flattest"]
    _, share, kernel = loss.coordinates(zeta)
    size = np.linalg.norm(kernel)
    later = np.arctan(law.regression_flow_tan(size / share, np.exp(-times * rule.lr * rule.wd)))
    # Where the kernel parts of w and zeta differ in direction, by this cosine.
    cosine = run.end.side @ kernel / size
    norm = seen["norm"]
    across = (run.kernel / norm) ** 2 + np.sin(later) ** 2 - 2 * cosine * np.sin(later) * run.kernel / norm
    ahead = (run.share / norm - np.cos(later)) ** 2
    beside = np.sum(run.deviations**2, axis=1) / norm**2
    base = 2 - 2 * (np.cos(angle) * np.cos(later) + cosine * np.sin(angle) * np.sin(later))
    phi = np.column_stack([np.cos(angle), np.sin(angle)])
    slope = law.regression_log_sharp_grad(tan)[:, None] * np.column_stack([-np.sin(angle), np.cos(angle)])
    off = np.sqrt(2 - 2 * np.sqrt(np.maximum(1 - beside, 0)))
    return Trace(
        times,
        phi,
        slope,
        seen["h"],
        off,
        seen["elr"],
        seen["sharpness"],
        np.sqrt(np.maximum(beside + ahead + across, 0)),
        np.sqrt(np.maximum(base, 0)),
    )


def _decimal_basis(loss):
    """Rows of modes^T frame and the Gram roots: a = modes^T frame (p / sqrt g)."""
    turn = loss.flat.modes.T @ loss.gram.frame
    roots = [Decimal(v).sqrt() for v in loss.gram.values]
    return [[Decimal(v) for v in row] for row in turn], roots


def _decimal_row(p, unit, along, turn, roots):
    """Deviations by differences from the minimiser along targets, which decimals of enough digits resolve."""
    off = [(x - along * u) / r for x, u, r in zip(p, unit, roots, strict=True)]
    base = [along * u / r for u, r in zip(unit, roots, strict=True)]
    share = sum((x * x for x in base), Decimal(0)).sqrt()
    row = [float(sum(t * o for t, o in zip(line, off, strict=True))) for line in turn]
    side = sum(o * x for o, x in zip(off, base, strict=True)) / share
    return [*row, float(share + side)]


def _deviations(loss, rows):
    """(a, b) of states p; what the predictions miss of the targets first, so that nothing cancels."""
    g, q, frame = loss.gram
    along = rows @ q
    row = (rows - along[:, None] * q) / np.sqrt(g)
    share = along / loss.flat.reach + row @ (frame.T @ loss.flat.flattest)
    return row @ (frame.T @ loss.flat.modes), share


def _gram(loss, rule, steps, row, every, dtype, skip=0):
    from sitheory._kernels import regression as kernel

    g, q, _ = loss.gram
    p, gain, unit, push = (kernel.padded(v, dtype) for v in (row, g, q, g * q))
    states = np.empty((-(-(steps - skip) // every), len(g)), dtype)
    scalars = dtype(1 - rule.lr * rule.wd), dtype(2 * loss.variance * rule.lr)
    kernel.gram_steps(p, gain, unit, push, *scalars, steps, states, every, skip)
    return p[: len(g)].copy(), states.astype(float)


def _deviation(loss, rule, steps, row, every, dtype):
    from sitheory._kernels import regression as kernel

    mu, _, _, pull, reach = loss.flat
    a, b = row[:-1].copy(), row[-1:].copy()
    states = np.empty((-(-steps // every), len(row)))
    scalars = reach, 1 - rule.lr * rule.wd, 2 * loss.variance * rule.lr
    kernel.deviation_steps(a, b, mu, pull, *scalars, steps, states, every)
    return np.append(a, b), states


def _naive(loss, rule, steps, row, every, dtype):
    states, w = np.empty((-(-steps // every), len(row))), row
    for t in range(steps):
        if t % every == 0:
            states[t // every] = w
        w = (1 - rule.lr * rule.wd) * w - rule.lr * loss.grad(w)
    return w, states


def _test_losses(loss, run, z):
    """The test loss is a quadratic form in the predictor's coordinates, so no record needs d numbers."""
    frame = np.column_stack([loss.flat.modes, loss.flat.flattest, run.end.side])
    features = (loss.x_test - loss.x.mean(axis=0)) @ frame
    coords = np.column_stack([run.deviations, run.share, run.kernel])
    coords = coords * (np.sqrt(loss.variance * len(loss.y)) / z)[:, None]
    wanted = loss.y_test - loss.y.mean()
    square, cross = features.T @ features / len(wanted), features.T @ wanted / len(wanted)
    return np.einsum("ti,ij,tj->t", coords, square, coords) - 2 * coords @ cross + np.mean(wanted**2)
