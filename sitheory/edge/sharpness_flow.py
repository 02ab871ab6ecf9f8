"""The sharpness-reduction flow [sharpness eq. 3] on the minimisers of a loss, to 1e-10 and better."""

from __future__ import annotations

from typing import Any

import numpy as np

from sitheory.losses.curved import Cone
from sitheory.losses.regression import BatchNormRegression
from sitheory.theory import sharpness as law

TOLERANCE = 1e-12
"""Local tolerance of the integrator, which leaves a global error below 1e-10 over the flow's time."""

MOST_STEPS = 1_000_000


def flow(loss: Any, start: np.ndarray, times: np.ndarray, *, closed: bool = True) -> np.ndarray:
    """Return the sharpness-reduction flow from a minimiser at given times [sharpness eq. 3].

    Args:
        loss: A loss with ``project`` and ``log_sharp_grad``: ``BatchNormRegression`` has a closed form,
            ``Cone`` a compiled integrator, any other is integrated by scipy's DOP853.
        start: Shape (dim,); it is projected onto the minimisers.
        times: Shape (time,), not decreasing, from 0 on.
        closed: Use the loss's closed form or compiled integrator; False integrates by DOP853 all the same.

    Returns:
        Unit minimisers, shape (time, dim).

    Raises:
        ValueError: If the times decrease or begin before 0.
        RuntimeError: If the integrator gives up.
    """  # noqa: DOC502  raised by what it calls
    times = np.asarray(times, dtype=float)
    if times.ndim != 1 or np.any(np.diff(times, prepend=0.0) < 0):
        raise ValueError("need times that do not decrease, from 0 on")
    theta = loss.project(start)
    if closed and isinstance(loss, BatchNormRegression):
        return loss.flow(theta, times)
    if closed and isinstance(loss, Cone):
        return _on_cone(loss, theta, times)
    return integrate(loss, theta, times)


def rate(loss: Any, theta: np.ndarray) -> np.ndarray:
    """Return d zeta / d tau at a unit minimiser, shape (dim,) [sharpness eq. 3]."""
    grad = loss.log_sharp_grad(theta)
    return -law.flow_speed(grad @ grad) * grad


def integrate(loss: Any, theta: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Return the flow by DOP853; the right-hand side is taken at the projection, so it cannot drift off.

    Args:
        loss: A loss with ``project`` and ``log_sharp_grad``.
        theta: A unit minimiser, shape (dim,).
        times: Shape (time,).

    Returns:
        Shape (time, dim).

    Raises:
        RuntimeError: If the integrator gives up.
    """
    from scipy.integrate import solve_ivp

    if not len(times) or times[-1] == 0:
        return np.tile(theta, (len(times), 1))
    found = solve_ivp(
        lambda _, y: rate(loss, loss.project(y)),
        (0.0, times[-1]),
        theta,
        method="DOP853",
        t_eval=times,
        rtol=TOLERANCE,
        atol=TOLERANCE,
    )
    if not found.success:
        raise RuntimeError(f"the flow could not be followed: {found.message}")
    return loss.project(found.y.T)


def _on_cone(loss: Cone, theta: np.ndarray, times: np.ndarray) -> np.ndarray:
    from sitheory._kernels.flow import cone_flow

    alpha = np.array(loss.alpha)
    n = len(alpha)
    seen, _ = cone_flow(theta[:n].copy(), alpha, times, TOLERANCE, TOLERANCE, MOST_STEPS)
    if not np.all(np.isfinite(seen)):
        raise RuntimeError(f"the flow could not be followed in {MOST_STEPS} steps")
    whole = np.zeros((len(times), loss.dim))
    whole[:, :n], whole[:, n] = seen, theta[n]
    return whole
