"""Time averages, Lyapunov exponents and periods of trajectories."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    import xarray as xr
from sitheory.measure.statistics import ROUNDING, Estimate, Flag, estimate

UNIT_ROUNDOFF = 2.0**-52
"""What rounding may do to the logarithm of one step's growth."""


Repeats = int | None | Literal["undecided"]

NEAR = 1e-3
"""A run that comes back this closely, but not within the tolerance, may yet be on its way to a period."""


def find_period(series: np.ndarray, longest: int = 64, tolerance: float = 1e-9) -> Repeats:
    """Return the smallest p with |z(t+p) - z(t)| <= tolerance * max|z| at the end of a series.

    The comparison runs over the last 4 * longest values, so that every candidate is seen at least
    three times over. It is decided by doubling: the differences must have come down to rounding, or have halved from
    the first half of these values to the second, else a longer run may decide otherwise.

    Args:
        series: Shape (..., time), every step recorded; leading axes are coordinates that must all repeat.
        longest: The longest period looked for.
        tolerance: How well it must repeat, relative to the largest value of its coordinate.

    Returns:
        The period, 1 for a run that stands still, None if there is none up to ``longest``, "undecided" if the run
        comes back so closely that a longer one may tell otherwise.

    Raises:
        ValueError: If fewer than 4 * longest values are given.
    """
    series = np.atleast_2d(np.asarray(series, dtype=float))
    if series.shape[-1] < 4 * longest:
        raise ValueError(f"need at least 4 * longest = {4 * longest} steps, got {series.shape[-1]}")
    tail = series[..., -4 * longest :]
    largest = np.abs(tail).max(axis=-1, keepdims=True)
    if not np.all(np.isfinite(largest)):
        return None
    tail = tail / np.where(largest > 0, largest, 1.0)
    near = False
    for p in range(1, longest + 1):
        apart = np.abs(tail[..., p:] - tail[..., :-p])
        middle = apart.shape[-1] // 2
        early, late = float(apart[..., :middle].max()), float(apart[..., middle:].max())
        if max(early, late) <= tolerance and (late <= ROUNDING or late <= early / 2):
            return p
        near = near or max(early, late) <= max(NEAR, tolerance)
    return "undecided" if near else None


def time_average(traj: xr.Dataset, name: str, burn_in: float = 0.5) -> xr.Dataset:
    """Return the time average of a variable and its standard error.

    Args:
        traj: A Dataset with the variable over ``step``.
        name: The variable.
        burn_in: The fraction of the run that is dropped at its start.

    Returns:
        A Dataset with ``mean``, ``error`` and ``flag`` over the variable's other dims; the attribute ``flag_meanings``
        says for each code of the flag why the error bar is none, see ``measure.statistics.estimate``.
    """
    import xarray as xr

    rounding = UNIT_ROUNDOFF if name.startswith("log") else 0.0

    def all_three(series: np.ndarray) -> np.ndarray:
        return np.apply_along_axis(lambda s: _numbers(estimate(s, burn_in, rounding)), -1, series)

    found = xr.apply_ufunc(all_three, traj[name], input_core_dims=[["step"]], output_core_dims=[["of"]])
    flag = found.isel(of=2).astype(np.int8).assign_attrs(flag_meanings=Flag.meanings())
    return xr.Dataset({"mean": found.isel(of=0), "error": found.isel(of=1), "flag": flag})


def _numbers(found: Estimate) -> np.ndarray:
    return np.array([found.mean, found.error, found.flag.code])


def exponent(log_stretch: np.ndarray, burn_in: float = 0.5) -> Estimate:
    """Return the largest Lyapunov exponent per step from the mean log growth of a tangent vector.

    Args:
        log_stretch: Means over windows, shape (window,); -inf where nothing was left of the vector.
        burn_in: The fraction of the run that is dropped at its start.

    Returns:
        The exponent; minus infinity, without an error, on a superstable orbit.
    """
    kept = log_stretch[int(burn_in * len(log_stretch)) :]
    if len(kept) and kept[-1] == -np.inf:
        return Estimate(-np.inf, float("nan"))
    return estimate(log_stretch, burn_in, UNIT_ROUNDOFF)


def lyapunov(traj: xr.Dataset, burn_in: float = 0.5) -> xr.Dataset:
    """Return the largest Lyapunov exponent per step, with its error and flag, of a run made with ``tangent=True``.

    It is minus infinity, without an error, on a superstable orbit.

    Raises:
        ValueError: If the run carried no tangent vector.
    """
    if "log_stretch" not in traj:
        raise ValueError("need a run made with tangent=True, got one without log_stretch")
    import xarray as xr

    average = time_average(traj, "log_stretch", burn_in)
    gone = traj["log_stretch"].isel(step=-1) == -np.inf
    return xr.Dataset(
        {
            "mean": average["mean"].where(~gone, -np.inf),
            "error": average["error"].where(~gone),
            "flag": average["flag"].where(~gone, Flag.STANDS.code).assign_attrs(average["flag"].attrs),
        }
    )


def period(traj: xr.Dataset, longest: int = 64, tolerance: float = 1e-9) -> Repeats:
    """Return the period of the loss and the groups' ELRs of one run sampled at every step (see ``find_period``).

    Raises:
        ValueError: If the run was not sampled at every step, or is shorter than 4 * longest.
    """
    steps = traj["step"].values
    if traj.attrs.get("reduction") != "sample" or (len(steps) > 1 and steps[1] - steps[0] != 1):
        raise ValueError("need a run sampled with every=1, got a thinned or averaged one")
    return find_period(np.vstack([traj["loss"].values, traj["elr_group"].values.T]), longest, tolerance)
