"""Time averages, Lyapunov exponents and periods of trajectories."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import xarray as xr
from sitheory.measure.statistics import estimate


def find_period(series: np.ndarray, longest: int = 64, tolerance: float = 1e-9) -> int | None:
    """Return the smallest p with |z(t+p) - z(t)| <= tolerance * max|z| at the end of a series.

    The comparison runs over the last 4 * longest values, so that every candidate is seen at least
    three times over.

    Args:
        series: Shape (..., time), every step recorded; leading axes are coordinates that must all repeat.
        longest: The longest period looked for.
        tolerance: How well it must repeat, relative to the largest value of its coordinate.

    Returns:
        The period, 1 for a run that stands still, None if there is none up to ``longest``.

    Raises:
        ValueError: If fewer than 4 * longest values are given.
    """
    series = np.atleast_2d(np.asarray(series, dtype=float))
    if series.shape[-1] < 4 * longest:
        raise ValueError(f"need at least 4 * longest = {4 * longest} steps, got {series.shape[-1]}")
    tail = series[..., -4 * longest :]
    allowed = tolerance * np.abs(tail).max(axis=-1, keepdims=True)
    for p in range(1, longest + 1):
        if np.all(np.abs(tail[..., p:] - tail[..., :-p]) <= allowed):
            return p
    return None


def time_average(traj: xr.Dataset, name: str, burn_in: float = 0.5) -> xr.Dataset:
    """Return the time average of a variable and its standard error.

    Args:
        traj: A Dataset with the variable over ``step``.
        name: The variable.
        burn_in: The fraction of the run that is dropped at its start.

    Returns:
        A Dataset with ``mean`` and ``error`` over the variable's other dims.
    """
    import xarray as xr

    def both(series: np.ndarray) -> np.ndarray:
        return np.apply_along_axis(lambda s: np.array(estimate(s, burn_in)), -1, series)

    pair = xr.apply_ufunc(both, traj[name], input_core_dims=[["step"]], output_core_dims=[["of"]])
    return xr.Dataset({"mean": pair.isel(of=0), "error": pair.isel(of=1)})


def lyapunov(traj: xr.Dataset, burn_in: float = 0.5) -> xr.Dataset:
    """Return the largest Lyapunov exponent a step, with its error, of a run made with ``tangent=True``.

    Raises:
        ValueError: If the run carried no tangent vector.
    """
    if "log_stretch" not in traj:
        raise ValueError("need a run made with tangent=True, got one without log_stretch")
    return time_average(traj, "log_stretch", burn_in)


def period(traj: xr.Dataset, longest: int = 64, tolerance: float = 1e-9) -> int | None:
    """Return the period of the loss and the groups' ELRs of one run sampled at every step.

    Raises:
        ValueError: If the run was not sampled at every step, or is shorter than 4 * longest.
    """
    steps = traj["step"].values
    if traj.attrs.get("reduction") != "sample" or (len(steps) > 1 and steps[1] - steps[0] != 1):
        raise ValueError("need a run sampled with every=1, got a thinned or averaged one")
    return find_period(np.vstack([traj["loss"].values, traj["elr_group"].values.T]), longest, tolerance)
