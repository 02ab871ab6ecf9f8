"""How closely descent at the edge of stability follows the sharpness-reduction flow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from sitheory.edge.observations import energies, observe
from sitheory.edge.regression import run_regression, state_of
from sitheory.edge.sharpness_flow import flow
from sitheory.losses.curved import Cone
from sitheory.losses.regression import BatchNormRegression
from sitheory.rules import DecayGD
from sitheory.theory import periodic, scale, sharpness as law


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
    return advance(loss, rule, steps, np.array(w, dtype=float), every)


def advance(loss: Any, rule: DecayGD, steps: int, w: np.ndarray, every: int) -> np.ndarray:
    """Take steps in place, so that a run may be cut anywhere.

    Args:
        loss: See ``follow``.
        rule: The rule.
        steps: How many steps.
        w: The weights, shape (dim,), changed in place.
        every: Keep each k-th state.

    Returns:
        The weights before the recorded steps, shape (ceil(steps / every), dim).
    """
    states = np.empty((-(-steps // every), len(w)))
    if isinstance(loss, Cone):
        from sitheory._kernels.surfaces import cone_steps

        cone_steps(w, *loss.weights, loss.quartic, rule.lr, rule.wd, steps, states, every)
        return states
    for t in range(steps):
        if t % every == 0:
            states[t // every] = w
        w[:] = periodic.decay_step(w, loss.grad(w), rule.lr, rule.wd)
    return states


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
