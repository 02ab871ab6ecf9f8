"""The rows of a run of networks, put together as a Dataset under the schema of ``sitheory.trajectory``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from sitheory._kernels.status import Status
from sitheory.bridge.training.optimisers import Rule
from sitheory.trajectory import schema

if TYPE_CHECKING:
    import xarray as xr

SURVEYS = 60
"""About this many epochs are measured by passes of their own, evenly in their logarithm."""


def marks(epochs: int, every: int | None) -> list[int]:
    """Return the epochs after which a row is written, 0 and the last among them.

    Args:
        epochs: How many there are.
        every: Each k-th; None spaces about 60 evenly in the logarithm.

    Returns:
        Epochs in order.

    Raises:
        ValueError: If every is below 1.
    """
    if every is None:
        spaced = np.geomspace(1, epochs, SURVEYS).round().astype(int)
        return [0, *np.unique(spaced).tolist()]
    if every < 1:
        raise ValueError(f"need log_every >= 1, got log_every={every!r}")
    return sorted({*range(0, epochs, every), epochs})


def packed(rows: Sequence[Mapping[str, np.ndarray]]) -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
    """Return the rows as two tensors a name: which rows have it, and its values there.

    A checkpoint is written at each row, and thousands of small tensors take longer to write than a step to take.
    """
    names = dict.fromkeys(n for row in rows for n in row)
    at = {n: [i for i, row in enumerate(rows) if n in row] for n in names}
    stacks = {n: np.stack([np.asarray(rows[i][n]) for i in where]) for n, where in at.items()}
    return {n: (torch.tensor(at[n]), torch.from_numpy(stack)) for n, stack in stacks.items()}


def unpacked(held: Mapping[str, tuple[torch.Tensor, torch.Tensor]]) -> list[dict[str, np.ndarray]]:
    """Return the rows that ``packed`` took."""
    rows: list[dict[str, np.ndarray]] = [{} for _ in range(1 + max(int(at[-1]) for at, _ in held.values()))]
    for name, (at, stack) in held.items():
        for i, value in zip(at.tolist(), stack.cpu().numpy(), strict=True):
            rows[i][name] = value
    return rows


def dataset(
    rows: Sequence[Mapping[str, np.ndarray]],
    rules: Sequence[Rule],
    config: Mapping[str, Any],
    labels: Sequence[str],
    *,
    single: bool,
) -> xr.Dataset:
    """Return a run's rows as a Dataset.

    Args:
        rows: A row's variables, shapes (cells,) or (cells, groups); a variable that a row lacks is NaN there.
        rules: The rule of each cell.
        config: What was requested.
        labels: The groups' names.
        single: Whether the run was of one rule, so that the grid has no dimension.

    Returns:
        The validated Dataset.
    """
    axis, coords = grid(rules)
    variables: dict[str, tuple[tuple[str, ...], Any]] = {}
    names = dict.fromkeys(n for row in rows for n in row if n not in ("epoch", "step", "failed"))
    for name in names:
        like = next(row[name] for row in rows if name in row)
        series = np.stack([row.get(name, np.full_like(like, np.nan)) for row in rows], axis=1)
        variables[name] = ((axis, "step", "group") if like.ndim == 2 else (axis, "step"), series)
    failed = rows[-1]["failed"]
    variables["failed_step"] = ((axis,), failed)
    variables["status"] = ((axis,), np.where(failed >= 0, Status.NOT_FINITE, Status.OK))
    coords = {**coords, "step": np.array([row["step"] for row in rows]), "group": list(labels)}
    coords["epoch"] = ("step", np.array([row["epoch"] for row in rows]))
    attrs = schema.provenance(dict(config), config["seed"])
    extra = {
        "reduction": "window",
        "status_meanings": Status.meanings(),
        "torch": str(torch.__version__),
    }
    if single:
        variables = {n: (dims[1:], values[0]) for n, (dims, values) in variables.items()}
        coords = {n: c for n, c in coords.items() if n in ("step", "group", "epoch")}
    return schema.dataset(variables, coords, {**attrs, **extra})


def grid(rules: Sequence[Rule]) -> tuple[str, dict[str, Any]]:
    """Return the dimension that a grid of rules varies along, and its coordinates; "run" if along several."""
    values = {n: np.array([float(getattr(r, n)) for r in rules]) for n in rules[0].knobs}
    varied = [n for n, v in values.items() if len(set(v.tolist())) > 1] or [rules[0].knobs[0]]
    if len(varied) == 1 and varied[0] in schema.DIMS and len(set(values[varied[0]].tolist())) == len(rules):
        return varied[0], {varied[0]: values[varied[0]]}
    assert all(f.name in values for f in fields(rules[0]) if f.name in varied)
    return "run", {n: ("run", values[n]) for n in varied}
