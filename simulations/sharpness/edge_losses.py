"""The losses that the experiments at the edge of stability share, how they begin, and how tables are set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from sitheory.losses.curved import Cone
from sitheory.losses.regression import BatchNormRegression
from sitheory.reports import text

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
    cells: dict[str, list[str]] = {"": [], "measured": [], "derived": [], "printed": []}
    for run in result["run"].values:
        for group, what in enumerate(columns):
            cell = result.sel(run=run).isel(group=group)
            if np.isfinite(float(cell["measured"])):
                cells[""].append(f"{run}: {what}")
                cells["measured"].append(
                    text.plus_minus(float(cell["measured"]), float(cell["measured_error"]))
                )
                for head, name in (("derived", "predicted"), ("printed", "printed")):
                    value = float(cell[name])
                    cells[head].append(text.number(value, 0) if np.isfinite(value) else "")
    return text.columns(cells, left=("",))
