"""The one schema of results: plain xarray Datasets, checked, saved whole or not at all, with provenance."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Hashable, Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sitheory.trajectory import checksums
from sitheory.trajectory.atomic_files import written_whole

if TYPE_CHECKING:
    import xarray as xr

DIMS = ("run", "elr", "lr", "wd", "seed", "step", "group")
"""The common dimensions, in the order that every array keeps; an experiment may declare further ones."""

NAME = "result"
"""The attribute that says which result a file of a sweep or an experiment is: the name that it was made under."""

OVERHEAD = 1 << 15
"""Bytes of a NetCDF file beside its arrays, about."""

VARIABLES = {
    "loss": "loss",
    "log_loss": "natural logarithm of the loss",
    "norm": "norm rho_i of a group, on the unit sphere for a rule that stays there",
    "eff_grad": "effective gradient norm of a group",
    "elr_group": "effective learning rate of a group",
    "log_elr_group": "natural logarithm of a group's effective learning rate",
    "ess": "effective step size of a group",
    "ess_sq": "squared effective step size of a group",
    "log1p_ess_sq": "log(1 + squared effective step size) of a group",
    "total_ess": "total effective step size",
    "total_ess_sq": "squared total effective step size",
    "log1p_total_ess_sq": "log(1 + squared total effective step size)",
    "cos_dist": "cosine distance 1 - cos between adjacent iterates",
    "total_norm": "norm rho of all weights",
    "total_norm_min": "least norm rho of all weights in the window",
    "total_norm_max": "greatest norm rho of all weights in the window",
    "total_elr": "effective learning rate lr / rho^2",
    "total_elr_exact": "effective learning rate that reproduces a step with weight decay on the unit sphere",
    "total_eff_grad": "effective gradient norm of all weights",
    "total_eff_grad_min": "least effective gradient norm in the window",
    "total_eff_grad_max": "greatest effective gradient norm in the window",
    "cos_dist_min": "least cosine distance between adjacent iterates in the window",
    "cos_dist_max": "greatest cosine distance between adjacent iterates in the window",
    "jumps": "number of delta-jumps",
    "delta_min": "lower bound on the cosine distance by the least gradient nearby",
    "delta_max": "upper bound on the cosine distance by the greatest gradient nearby",
    "log_stretch": "mean log growth of a tangent vector a step",
    "lyapunov": "largest Lyapunov exponent a step",
    "lyapunov_error": "standard error of the largest Lyapunov exponent",
    "lyapunov_flag": "0, or why that error is none, named in the attribute flag_meanings",
    "sharpness": "spherical sharpness",
    "test_loss": "loss on samples that were not trained on",
    "elr": "effective learning rate of the projected gradient descent",
    "lambda_w": "largest Hessian eigenvalue at the weights themselves",
    "h": "displacement from the minimisers along the top eigenvector",
    "align": "share of the displacement that lies along the top eigenvector",
    "energy": "energy of the averaged system of h and the effective learning rate",
    "tan_flattest": "tangent of the angle between the minimiser and the flattest one",
    "dist_flattest": "angle between the minimiser and the flattest one",
    "dist_min_norm": "relative distance of the predictor from the minimum-norm interpolant",
    "measured": "a measured number",
    "measured_error": "its standard error",
    "predicted": "what theory derives for it",
    "printed": "what the paper prints for it",
    "train_error": "share of training samples told wrong, in a pass in TRAIN mode",
    "test_error": "share of test samples told wrong, in EVAL mode",
    "batch_eff_grad": "mean over batches of the effective gradient norm of all weights",
    "batch_grad": "mean over batches of the norm of all trained weights' gradient",
    "second_moment": "mean over batches of the squared effective gradient norm of all weights",
    "fisher_trace": "trace of the Fisher matrix on the unit sphere",
    "online_loss": "mean over the window's steps of the batch's loss",
    "online_error": "mean over the window's steps of the share of a batch's samples told wrong",
    "online_eff_grad": "mean over the window's steps of a group's effective gradient norm on the batch",
    "inner_residual": "largest error in the window of <w', w> / rho^2 after a step with momentum, against its law",
    "inner_residual_floor": "largest error in the window that rounding and radial gradients explain",
    "inner_residual_ratio": "largest error in the window over what is explained",
    "norm_residual": "largest error in the window of log rho_i^2 after a step, against its law",
    "norm_residual_floor": "largest error in the window that rounding and radial gradients explain",
    "norm_residual_ratio": "largest error in the window over what is explained",
    "radial_cos": "|cos| of a group's weights and the gradient of a batch, of the group where it is least explained",
    "radial_cos_floor": "|cos| that eps and rounding explain there, predicted by passes over copies",
    "radial_cos_ratio": "that |cos| over what is explained",
    "step_cos": "cosine of a group's weights and what a step takes from them, decay apart",
    "step_size": "length of what a step takes from a group's weights, decay apart, over their norm",
    "cos_dist_residual": "largest relative error in the window of a step's cosine distance, against its law",
    "cos_dist_residual_floor": "largest relative error in the window that rounding and radial gradients explain",
    "cos_dist_residual_ratio": "largest relative error in the window over what is explained",
    "turn": "length of the step of a group's direction W/|W|",
    "update_norm": "length of what a step takes from a group's weights, decoupled decay apart, over lr",
    "update_cos": "cosine of a group's weights and what a step takes from them, decoupled decay apart",
    "rate": "learning rate of the step",
    "failed_step": "first step whose loss or norm was not finite, -1 for none",
    "status": "0, or a failure named in the attribute status_meanings",
    "message": "what a cell raised, empty where it did not",
}
"""The common variables, with what they are; all are dimensionless. An experiment may declare further ones."""


class Variable(NamedTuple):
    """A variable that one experiment declares, because the common ones lack it.

    Attributes:
        dims: Its dimensions; in a grid those within a cell.
        meaning: What it is, in a few words; every file carries them.
    """

    dims: tuple[str, ...]
    meaning: str


def provenance(config: Mapping[str, Any], entropy: Any) -> dict[str, str]:
    """Return the attributes that every result carries.

    Args:
        config: What was requested; anything JSON can hold.
        entropy: The seed entropy that the starts came from.

    Returns:
        config and entropy as JSON, versions of the packages that computed, and the git commit or "".
    """
    return {
        "config": json.dumps(config, sort_keys=True),
        "entropy": json.dumps(entropy),
        "versions": json.dumps({name: _version(name) for name in ("sitheory", "numpy", "numba", "xarray")}),
        "git": _git_hash(),
    }


def dataset(
    variables: Mapping[str, tuple[tuple[str, ...], Any]],
    coords: Mapping[str, Any],
    attrs: Mapping[str, Any],
    *,
    declared: Mapping[str, Variable] | None = None,
    dims: Mapping[str, str] | None = None,
) -> xr.Dataset:
    """Return a validated Dataset.

    Args:
        variables: Name -> (dims, values).
        coords: Dimension -> values.
        attrs: Attributes of the whole, see ``provenance``.
        declared: The variables beside the common ones.
        dims: The dimensions beside the common ones, with what each is; they need coordinates.

    Returns:
        The Dataset; each variable, and each dimension beside the common ones, says what it is in ``long_name``.

    Raises:
        ValueError: If a variable or dimension is neither common nor declared, or not as it is declared.
    """
    import xarray as xr

    declared, dims = declared or {}, dims or {}
    ds = xr.Dataset(dict(variables), coords=dict(coords), attrs=dict(attrs))
    for name in map(str, ds.data_vars):
        ds[name].attrs["long_name"] = meaning(name, declared)
        if name in declared and ds[name].dims != declared[name].dims:
            raise ValueError(f"need {name} over {declared[name].dims} as declared, got {ds[name].dims}")
    for dim, what in dims.items():
        if dim not in ds.coords:
            raise ValueError(f"need coordinates of the declared dimension {dim}, got none")
        ds[dim].attrs["long_name"] = what
    return validate(ds)


def meaning(name: str, declared: Mapping[str, Variable]) -> str:
    """Return what a variable is, from the common ones or the declared ones.

    Raises:
        ValueError: If it is in neither or in both.
    """
    if name in declared and name in VARIABLES:
        raise ValueError(f"need a name that no common variable has, got {name!r}: {VARIABLES[name]}")
    if name not in declared and name not in VARIABLES:
        raise ValueError(
            f"need a declaration, Variable(dims, meaning), of an uncommon variable, got {name!r}"
        )
    return declared[name].meaning if name in declared else VARIABLES[name]


def validate(ds: xr.Dataset) -> xr.Dataset:
    """Return ds if it keeps the schema: what is not common in it says what it is.

    Raises:
        ValueError: If a variable or a dimension is neither common nor declared, common dims are out of order, or
            config is missing.
    """
    for name, var in ds.data_vars.items():
        if name not in VARIABLES and not var.attrs.get("long_name"):
            raise ValueError(f"need a common variable, or one declared with its meaning, got {name!r}")
        own = [d for d in var.dims if d not in DIMS]
        if any(d not in ds.coords or not ds[d].attrs.get("long_name") for d in own):
            raise ValueError(
                f"need dims from {', '.join(DIMS)}, or declared ones, got {name} with {var.dims}"
            )
        if [d for d in var.dims if d in DIMS] != [d for d in DIMS if d in var.dims]:
            raise ValueError(f"need dims in the order {', '.join(DIMS)}, got {name} with {var.dims}")
    if "config" not in ds.attrs:
        raise ValueError("need the attribute config, got none")
    return ds


def in_order(dims: Iterable[Hashable]) -> list[Hashable]:
    """Return dimensions in the schema's order, declared ones last."""
    given = list(dims)
    return [d for d in DIMS if d in given] + [d for d in given if d not in DIMS]


def save(ds: xr.Dataset, path: str | os.PathLike) -> Path:
    """Write ds as NetCDF, whole or not at all: a temporary file in the same folder, then a rename.

    Args:
        ds: A Dataset under the schema.
        path: Where to; its folder is made if it is missing.

    Returns:
        The path.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    numbers = [n for n, v in ds.data_vars.items() if v.ndim and v.size and v.dtype.kind in "fiu"]
    with written_whole(path, room=ds.nbytes + OVERHEAD) as temporary:
        checked = {name: {"fletcher32": True} for name in numbers}
        validate(ds).to_netcdf(temporary, engine="h5netcdf", encoding=checked)
        checksums.seal(temporary)
    return path


def load(path: str | os.PathLike, *, lazy: bool = False) -> xr.Dataset:
    """Read a Dataset that ``save`` or a sweep wrote, and check its schema and, unless it is lazy, its checksum.

    Args:
        path: The file.
        lazy: Read values only when they are used, of a grid that is larger than memory; the file stays open.

    Returns:
        The Dataset, in memory unless it is lazy.

    Raises:
        ValueError: If the file is no result, or damaged.
    """
    import xarray as xr

    path = Path(path)
    with path.open("rb"):  # What the system says of a missing file is said first.
        pass
    if not lazy and not checksums.sealed(path):
        raise ValueError(f"need an undamaged result with its checksum, got {str(path)!r}")
    try:
        ds = xr.open_dataset(path, engine="h5netcdf")
        ds.attrs.pop(checksums.CHECKSUM, None)
        validate(ds)
        if lazy:
            return ds
        with ds:
            return ds.load()
    except Exception as bad:  # there is no end to what a damaged file makes its readers raise
        said = next(iter(str(bad).splitlines()), type(bad).__name__)
        raise ValueError(f"need a readable result, got {str(path)!r}: {said}") from None


def intact(path: Path, *, named: bool = False) -> bool:
    """Whether a result opens and holds, to the bit, what it held when it was written.

    Args:
        path: The file.
        named: Whether it also has to be the result that its file's name says, see the attribute ``NAME``.

    Returns:
        Whether it is.
    """
    if not checksums.sealed(path):
        return False
    try:
        with load(path, lazy=True) as ds:
            json.loads(ds.attrs["config"])
            return not named or ds.attrs.get(NAME) == path.stem
    except (OSError, ValueError):
        return False


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"


def _git_hash() -> str:
    root = Path(__file__).parents[2]
    if not (root / ".git").exists():  # installed: a repository around it would be somebody else's
        return ""
    try:
        asked = subprocess.run(
            ["git", "rev-parse", "HEAD"],
            cwd=root,
            capture_output=True,
            text=True,
            timeout=5,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return asked.stdout.strip()
