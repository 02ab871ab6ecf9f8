"""The losses that the experiments at the edge of stability share, how they begin, and how tables are set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from sitheory.losses.curved import Cone
from sitheory.losses.regression import BatchNormRegression

NAMES = ("regression", "cone3d", "cone7d", "cone3d stiff")


def loss_and_minimiser(name: str, seed: int) -> tuple[Any, np.ndarray]:
    """Return a loss and a minimiser away from the flattest one.

    Args:
        name: One of ``NAMES``: regression with BN (n = 20, d = 50), cones in 3 and 7 dimensions, and a
            cone with kappa = 0.3, on which the averaged system gains energy.
        seed: Of the data and of the minimiser.

    Returns:
        The loss and a unit minimiser.
    """
    rng = np.random.default_rng(seed)
    if name == "regression":
        loss = BatchNormRegression.random(20, 50, rng, tests=1)
        side = rng.standard_normal(loss.dim)
        side -= loss.gram.frame @ (side @ loss.gram.frame)
        side -= (side @ loss.flat.flattest) * loss.flat.flattest
        return loss, loss.project(loss.flat.flattest + side / np.linalg.norm(side))
    if name == "cone7d":
        loss = Cone((0.0, 1.0, 2.0, 3.0), (1.0, 2.0))
        return loss, loss.project(np.abs([*(0.3 + 0.1 * rng.standard_normal(3)), 1.0, 1.0, 0, 0]))
    loss = Cone.curve(1.5, 0.3 if name == "cone3d stiff" else 0.0)
    return loss, loss.project(np.array([1.0, 0.2 + 0.2 * rng.random(), 1.0]))


def mean_and_error(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean over the last axis and its standard error."""
    return values.mean(axis=-1), values.std(axis=-1, ddof=1) / np.sqrt(values.shape[-1])


def table(result: xr.Dataset, columns: Sequence[str]) -> str:
    """Return the rows of ``run`` with measured +- error beside what is predicted and what is printed.

    Args:
        result: Holds measured, measured_error, predicted and, where the paper prints one, printed (NaN
            elsewhere), over (run, group).
        columns: What each group is.

    Returns:
        Lines, one a row and group.
    """
    lines = [f"{'':<52}{'measured':>12}{'+-':>10}{'derived':>12}{'printed':>12}"]
    for run in result["run"].values:
        for group, what in enumerate(columns):
            cell = result.sel(run=run).isel(group=group)
            numbers = [float(cell[k]) for k in ("measured", "measured_error", "predicted", "printed")]
            if np.isfinite(numbers[0]):
                shown = ["" if not np.isfinite(v) else f"{v:.4g}" for v in numbers]
                lines.append(
                    f"{run + ': ' + what:<52}{shown[0]:>12}{shown[1]:>10}{shown[2]:>12}{shown[3]:>12}"
                )
    return "\n".join(lines)
