"""Grids of runs of an update rule over its fields and random starts."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from sitheory import _kernels
from sitheory.losses.protocol import ScaleInvariantLoss
from sitheory.losses.quotients import Quotients
from sitheory.losses.regression import BatchNormRegression
from sitheory.rules import OPTIMISERS, DecayGD, Hyperball, Rule, SphereGD
from sitheory.simulation import decay, optimisers, sphere, starts
from sitheory.simulation.runners import runner
from sitheory.simulation.single_run import described
from sitheory.simulation.sphere import WINDOW_MEANS
from sitheory.simulation.starts import Rng
from sitheory.simulation.windows import WINDOWS, check_steps, check_windows, window_ends
from sitheory.sweeps import run
from sitheory.sweeps.grid import Grid
from sitheory.trajectory import content_hash, schema
from sitheory.trajectory.progress import Progress

if TYPE_CHECKING:
    import xarray as xr

FIELDS = {SphereGD: ("elr",), **dict.fromkeys((DecayGD, *OPTIMISERS), ("lr", "wd")), Hyperball: ("lr",)}
GROUPED = {
    *("elr_group", "log_elr_group", "ess_sq", "log1p_ess_sq"),
    *("norm", "turn", "update_norm", "update_cos"),
}

BLOCK_WORK = 250_000_000
"""Group-steps in a block of lanes: about half a second."""

BLOCK_VALUES = 4_000_000
"""Means in a block of lanes: 32 MB."""

FEWEST_LANES = 64
"""A block of fewer lanes would leave the kernel's vectors idle."""


@dataclass(frozen=True)
class Seeds:
    """Children number first, first + 1, ... of a seed sequence."""

    entropy: Any
    spawn_key: tuple[int, ...] = ()
    first: int = 0

    @classmethod
    def of(cls, rng: Rng, count: int) -> Seeds:
        """Return the next children of rng; a sequence or a generator is moved on by as many."""
        if isinstance(rng, np.random.Generator):
            rng = rng.bit_generator.seed_seq  # type: ignore[assignment]
        sequence = starts.seed_sequence(rng)  # type: ignore[arg-type]
        seeds = cls(sequence.entropy, tuple(sequence.spawn_key), sequence.n_children_spawned)
        sequence.spawn(count)
        return seeds

    def child(self, i: int) -> np.random.SeedSequence:
        """Return the i-th child."""
        return np.random.SeedSequence(self.entropy, spawn_key=(*self.spawn_key, self.first + i))


@dataclass(frozen=True)
class Runs:
    """What ``sweep`` runs, see there; ``axes`` holds the rule's fields, name and values."""

    name: ClassVar[str] = "sweep"

    loss: Any
    rule: Any
    axes: tuple[tuple[str, tuple[float, ...]], ...]
    seeds: int
    source: Seeds
    steps: int
    windows: int
    tangent: bool
    contents: str = ""

    def grid(self) -> Grid:
        """Return the grid over the rule's fields and seed, windows within a cell."""
        names = optimisers.WINDOW_MEANS if _kind(self.rule) in OPTIMISERS else decay.WINDOW_MEANS
        if self.rule is SphereGD:
            names = tuple(n for n in WINDOW_MEANS.values() if self.tangent or n != "log_stretch")
        machinery = {"windows": self.windows, "seeds": self.seeds, "tangent": self.tangent}
        source = [self.source.entropy, self.source.spawn_key, self.source.first]
        return Grid(
            axes={**{n: np.array(v) for n, v in self.axes}, "seed": np.arange(self.seeds)},
            variables={n: ("step", "group") if n in GROUPED else ("step",) for n in names},
            config={
                "loss": described(self.loss),
                "rule": {**_described(self.rule), **dict(self.axes)},
                "steps": self.steps,
                "source": source,
                **({"contents": self.contents} if self.contents else {}),
                **machinery,
            },
            coords={
                "step": window_ends(self.steps, self.windows),
                "group": np.arange(len(self.loss.groups)),
            },
            entropy=self.source.entropy,
            block=self._block(),
            attrs={"reduction": "window mean"},
        )

    @property
    def _lane_size(self) -> tuple[int, int] | None:
        """Numbers in a lane's state and means in a window; None where no kernel runs lanes side by side."""
        if isinstance(self.loss, Quotients) and self.rule is SphereGD and not self.tangent:
            return len(self.loss.alpha), 4 * len(self.loss.alpha) + 5
        if isinstance(self.loss, BatchNormRegression) and self.rule is DecayGD:
            return len(self.loss.gram.values), len(decay.WINDOW_MEANS)
        return None

    def _block(self) -> int:
        if self._lane_size is None:
            return 1
        (state, means), cells = self._lane_size, self.seeds * int(np.prod([len(v) for _, v in self.axes]))
        most = min(BLOCK_WORK // (state * self.steps), BLOCK_VALUES // (self.windows * means), cells // 16)
        return max(FEWEST_LANES, most)

    def block(self, at: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Return the window means of cells, the cells first."""
        if self._lane_size is not None:
            return self._lanes(at["elr"], at["seed"]) if self.rule is SphereGD else self._decaying(at)
        fields = [name for name, _ in self.axes]
        rows = [
            self._one(_made(self.rule, {n: float(at[n][i]) for n in fields}), int(at["seed"][i]))
            for i in range(len(at["seed"]))
        ]
        return {name: np.stack([row[name] for row in rows]) for name in rows[0]}

    def _lanes(self, elr: np.ndarray, seed: np.ndarray) -> dict[str, np.ndarray]:
        first = int(seed.min())
        points = _starts(self.loss.dim, self.source, first, int(seed.max()) + 1)[seed - first].T
        x2, y2 = points[0::2] ** 2, points[1::2] ** 2
        options = {"windows": self.windows, "full": True, "threads": 1}
        out = _kernels.run_ensemble(x2, y2, self.loss.alpha, elr, self.steps, **options)
        means = {WINDOW_MEANS[k]: np.moveaxis(v, -1, 0) for k, v in out.items() if k in WINDOW_MEANS}
        return {**means, "status": out["status"]}

    def _decaying(self, at: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        rules = [DecayGD(float(lr), float(wd)) for lr, wd in zip(at["lr"], at["wd"], strict=True)]
        first = int(at["seed"].min())
        points = _starts(self.loss.dim, self.source, first, int(at["seed"].max()) + 1)
        which = at["seed"] - first
        means = decay.regression_means(self.loss, rules, self.steps, points, which, self.windows)
        return {**means, "elr_group": np.moveaxis(means["elr_group"], 0, -1)}

    def _one(self, rule: Any, seed: int) -> dict[str, np.ndarray]:
        w = _starts(self.loss.dim, self.source, seed, seed + 1)[0]
        options = (self.loss, rule, self.steps, w, self.windows)
        if not isinstance(rule, SphereGD):
            batches = self.source.child(seed).spawn(1)[0]
            means = runner(self.loss, rule).window_means(*options, rng=batches)
        else:
            means = sphere.window_means(*options, tangent=self.tangent)
        return {name: np.transpose(values) for name, values in means.items() if name != "end"}


def sweep(
    loss: ScaleInvariantLoss,
    rule: type[Rule] | Rule,
    *,
    seeds: int,
    steps: int,
    windows: int = WINDOWS,
    tangent: bool = False,
    rng: Rng = 0,
    executor: Any = None,
    in_flight: int | None = None,
    folder: str | Path | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
    **fields: Iterable[float],
) -> xr.Dataset:
    """Run a grid of a rule's fields and seeds, all cells from the same starts; bit-identical on any executor.

    ``Quotients`` under ``SphereGD`` and linear regression under ``DecayGD`` run many lanes side by side, any other
    pair cell by cell. A cell that fails is data: ``status`` and, where it raised an error, ``message`` say why.

    Args:
        loss: What to minimise; it must pickle for an executor of other processes.
        rule: A rule's class, or a rule with a state whose other fields all cells share (betas, schedule).
        seeds: How many random starts.
        steps: How many steps each.
        windows: Over how many equal windows of the run to average.
        tangent: Carry a tangent vector, for ``measure.lyapunov``; ``Quotients`` under ``SphereGD`` only.
        rng: Where the starts come from, see ``sitheory.simulation.starts``; mini-batches are drawn seed by seed too.
        executor: Anything in the style of ``concurrent.futures``, see ``sitheory.sweeps``; by default threads.
        in_flight: At most how many tasks an executor has at a time, see ``sitheory.sweeps.collect``.
        folder: Where finished cells are kept as they come, so that a sweep that was killed goes on, and the result
            as NetCDF at the end; every worker must see it.
        threads: How many threads without an executor; None takes one a core.
        progress: Called with the number of cells done.
        **fields: The rule's fields, each with its values: ``elr=[...]``, or ``lr=[...]`` and ``wd=[...]``.

    Returns:
        A Dataset over the fields, seed, step (the windows) and group.

    Raises:
        ValueError: If an argument breaks its law.
    """
    runs = _runs(loss, rule, fields, seeds, steps, windows, tangent, rng)
    if folder is not None:
        if rng is None:
            raise ValueError("need a number rng for a folder, whose files it names, got rng=None")
        contents = content_hash.content_hash(loss, "loss")
        if not isinstance(rule, type):  # its schedule may be anybody's
            contents += content_hash.content_hash(rule, "rule")
        runs = replace(runs, contents=contents)
    pool = None
    if executor is None and threads != 1:
        executor = pool = ThreadPoolExecutor(threads or os.cpu_count())
    machinery = {"executor": executor, "in_flight": in_flight, "progress": progress}
    try:
        if folder is None:
            return run.collect(runs, **machinery)
        return schema.load(run.ensure(runs, folder, **machinery))
    finally:
        if pool is not None:
            pool.shutdown(cancel_futures=True)


def _runs(loss, rule, fields, seeds, steps, windows, tangent, rng) -> Runs:
    kind = _kind(rule)
    if kind not in FIELDS or (rule is Hyperball):
        raise ValueError(f"need SphereGD, DecayGD or a rule with a state to sweep, got {rule!r}")
    if set(fields) != set(FIELDS[kind]):
        raise ValueError(f"need values of {', '.join(FIELDS[kind])}, got {', '.join(fields) or 'none'}")
    axes = tuple((name, tuple(float(v) for v in fields[name])) for name in FIELDS[kind])
    if rule is SphereGD:
        axes = (("elr", tuple(rule(elr=e).elr for e in axes[0][1])),)
    if seeds < 1 or not all(len(values) for _, values in axes):
        raise ValueError(
            f"need at least one seed and one value of each field, got seeds={seeds} and {fields}"
        )
    if tangent and not (isinstance(loss, Quotients) and rule is SphereGD):
        raise ValueError(f"need Quotients and SphereGD for tangent=True, got {type(loss).__name__}")
    steps = check_steps(steps)
    check_windows(windows, steps)
    return Runs(loss, rule, axes, seeds, Seeds.of(rng, seeds), steps, windows, tangent)


def _kind(rule: Any) -> Any:
    return rule if isinstance(rule, type) else type(rule)


def _described(rule: Any) -> dict[str, Any]:
    if isinstance(rule, type):
        return {"rule": rule.__name__}
    fields = described(rule)
    return {"rule": fields.pop("name"), **fields}


def _made(rule: Any, fields: Mapping[str, float]) -> Any:
    return rule(**fields) if isinstance(rule, type) else dataclasses.replace(rule, **fields)


@lru_cache(maxsize=8)
def _starts(dim: int, source: Seeds, first: int, last: int) -> np.ndarray:
    """The starts of the seeds first .. last - 1, as ``simulation.starts`` draws them."""
    draws = [np.random.default_rng(source.child(i)).standard_normal(dim) for i in range(first, last)]
    points = np.array(draws)
    return points / np.linalg.norm(points, axis=1, keepdims=True)
