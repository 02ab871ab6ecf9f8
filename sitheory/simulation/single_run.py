"""Run an update rule on a scale-invariant loss, one trajectory or what many settle on, as Datasets."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from sitheory._kernels.status import Status
from sitheory.losses.protocol import ScaleInvariantLoss
from sitheory.rules import Rule
from sitheory.simulation.runners import runner, start_of
from sitheory.simulation.starts import Rng, seed_sequence, starts
from sitheory.simulation.windows import check_steps, window_ends
from sitheory.trajectory import schema
from sitheory.trajectory.progress import Progress

if TYPE_CHECKING:
    import xarray as xr

RECORDS = 10_000
"""By default a run records at most about this many steps."""


def simulate(
    loss: ScaleInvariantLoss,
    rule: Rule,
    steps: int,
    *,
    every: int | None = None,
    windows: int | None = None,
    tangent: bool = False,
    start: np.ndarray | None = None,
    rng: Rng = None,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Run one trajectory; loss, rule and steps are positional, the machinery is keyword-only.

    With ``every=k`` the result holds the state before each k-th step and the step it then takes: loss, and
    a group's ELR, norm, effective gradient and ESS, the total ESS, and the cosine distance of the step.
    With ``windows=W`` it holds means over W equal windows, so that any number of steps needs no memory.
    With neither, about 10,000 steps are sampled. A run that fails numerically says so in ``status``; what
    follows the failure is NaN.

    Args:
        loss: What to minimise. ``Quotients`` and losses with a compiled gradient run in compiled kernels, so do linear
            regression and ``Cone`` under ``DecayGD`` and ``Valley`` under ``ScalarRMSprop``; any other step by step.
            Rules with a state (``rules.OPTIMISERS``) have compiled steps on any loss, and report norm, turn and update.
        rule: The update rule.
        steps: How many steps.
        every: Sample each k-th step.
        windows: Average over this many windows.
        tangent: Carry a tangent vector, for ``measure.lyapunov``; ``Quotients`` with windows only.
        start: A start of shape (dim,) in place of a random one on the unit sphere; ``SphereGD`` scales it to
            the unit sphere, the others take it as it is.
        rng: Where the random start comes from, see ``starts``, and the mini-batches or noise of a loss that has any.
        progress: Called now and then with the number of steps done.

    Returns:
        A Dataset over step and group under the schema of ``sitheory.trajectory``.

    Raises:
        ValueError: If an argument breaks its law.

    Example:
        >>> from sitheory import Quotients, SphereGD
        >>> traj = simulate(Quotients((1, 2, 4)), SphereGD(elr=0.1), 1000, rng=0)
        >>> bool(traj["loss"][0] > 0.1) and bool(traj["loss"][-1] < 1e-50)
        True
    """
    steps = check_steps(steps)
    if every is not None and windows is not None:
        raise ValueError(f"need every or windows, got every={every} and windows={windows}")
    if tangent and windows is None:
        raise ValueError("need windows for tangent=True, got windows=None")
    if windows is None:
        every = max(1, steps // RECORDS) if every is None else every
        if every < 1:
            raise ValueError(f"need every >= 1, got every={every}")
    entropy = _entropy(rng) if start is None else None
    run = runner(loss, rule)
    w = starts(loss, 1, rng)[0] if start is None else start_of(loss, rule, start)
    if windows is None:
        series = run.samples(loss, rule, steps, w, every=every, rng=rng, progress=progress)
    else:
        series = run.window_means(loss, rule, steps, w, windows, tangent=tangent, rng=rng, progress=progress)
    time = np.arange(0, steps, every) if windows is None else window_ends(steps, windows)
    config = _config(loss, rule, steps, every=every, windows=windows)
    time_first = {name: np.transpose(values) for name, values in series.items()}
    return _dataset(time_first, {"step": time}, _attributes(config, entropy, windows))


def _dataset(series: Mapping[str, Any], coords: Mapping[str, Any], attrs: Mapping[str, Any]) -> xr.Dataset:
    lead = [d for d in ("elr", "seed") if d in coords]
    variables: dict[str, tuple[tuple[str, ...], Any]] = {}
    for name, values in series.items():
        if name == "end":
            continue
        inner = np.ndim(values) - len(lead)
        variables[name] = ((*lead, *("step", "group")[:inner]), values)
    groups = max((np.shape(v)[-1] for d, v in variables.values() if "group" in d), default=0)
    if groups:
        coords = {**coords, "group": np.arange(groups)}
    return schema.dataset(variables, coords, attrs)


def _attributes(config: Mapping[str, Any], entropy: Any, windows: int | None) -> dict[str, Any]:
    return {
        **schema.provenance(config, entropy),
        "reduction": "sample" if windows is None else "window mean",
        "status_meanings": Status.meanings(),
    }


def _config(loss: ScaleInvariantLoss, rule: Any, steps: int, **machinery) -> dict[str, Any]:
    return {"loss": described(loss), "rule": described(rule), "steps": steps, **machinery}


def described(thing: Any) -> dict[str, Any]:
    """Return a loss or a rule as JSON holds it: its name and attributes, arrays by their hash, functions by name."""
    if isinstance(thing, Mapping):
        return dict(thing)
    if dataclasses.is_dataclass(thing):
        names = [field.name for field in dataclasses.fields(thing)]
    else:
        names = list(getattr(thing, "__dict__", {}))
    return {"name": type(thing).__name__, **{name: _kept(getattr(thing, name)) for name in names}}


def _kept(value: Any) -> Any:
    """What a result says of one attribute: a user's functions and whole data sets cannot be kept."""
    if isinstance(value, np.ndarray):
        digest = hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()
        return {"shape": list(value.shape), "sha256": digest}
    if dataclasses.is_dataclass(value):
        return described(value)
    try:
        json.dumps(value)
    except (TypeError, ValueError, RecursionError):
        return getattr(value, "__name__", type(value).__name__)
    return value


def _entropy(rng: Rng) -> Any:
    if isinstance(rng, np.random.Generator):
        return str(rng.bit_generator.seed_seq)
    return seed_sequence(rng).entropy
