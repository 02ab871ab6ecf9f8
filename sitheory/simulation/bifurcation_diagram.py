"""What a loss does after it has settled, over a grid of ELRs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from sitheory._kernels.status import Status
from sitheory.losses.quotients import Quotients
from sitheory.measure import periods, statistics
from sitheory.rules import SphereGD
from sitheory.simulation.sphere import samples, window_means
from sitheory.simulation.starts import Rng, starts
from sitheory.simulation.windows import WINDOWS, check_steps
from sitheory.trajectory.progress import Progress

if TYPE_CHECKING:
    import xarray as xr
from sitheory.simulation.single_run import _attributes, _config, _dataset, _entropy


def bifurcation(
    loss: Quotients,
    elr: Iterable[float],
    *,
    settle: int,
    keep: int,
    seeds: int = 1,
    rng: Rng = 0,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Return what the loss does after it has settled, over a grid of ELRs, and the Lyapunov exponent there.

    Args:
        loss: The toy function.
        elr: The ELRs.
        settle: Steps before anything is kept; the Lyapunov exponent averages over their second half.
        keep: Steps kept one by one after that.
        seeds: How many random starts for each ELR.
        rng: Where the starts come from, see ``starts``.
        progress: Called now and then with the number of steps done.

    Returns:
        A Dataset with loss over (elr, seed, step), lyapunov, lyapunov_error and lyapunov_flag over (elr, seed).

    Raises:
        ValueError: If an argument breaks its law.
    """  # noqa: DOC502  raised by what it calls
    rules, settle, keep = [SphereGD(e) for e in elr], check_steps(settle), check_steps(keep)
    entropy, points = _entropy(rng), starts(loss, seeds, rng)
    tails: list[np.ndarray] = []
    exponents: list[statistics.Estimate] = []
    for rule in rules:
        for w in points:
            run = window_means(loss, rule, settle, w, min(WINDOWS, settle), tangent=True)
            if progress is not None:
                progress(settle * (len(exponents) + 1))
            alive = run["status"] == Status.OK
            tails.append(samples(loss, rule, keep, run["end"])["loss"] if alive else np.full(keep, np.nan))
            exponents.append(periods.exponent(run["log_stretch"]))
    shape = (len(rules), seeds)
    series = {
        "loss": np.reshape(tails, (*shape, keep)),
        "lyapunov": np.reshape([e.mean for e in exponents], shape),
        "lyapunov_error": np.reshape([e.error for e in exponents], shape),
        "lyapunov_flag": np.reshape([e.flag.code for e in exponents], shape).astype(np.int8),
    }
    coords = {"elr": [r.elr for r in rules], "seed": np.arange(seeds), "step": settle + np.arange(keep)}
    config = _config(loss, {"rule": SphereGD.__name__}, settle + keep, settle=settle, seeds=seeds)
    attrs = {**_attributes(config, entropy, None), "flag_meanings": statistics.Flag.meanings()}
    return _dataset(series, coords, attrs)
