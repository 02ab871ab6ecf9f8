"""Do the layers of networks turn, and do their norms rest, as their optimiser alone says?

A small Transformer (RMSNorm, normalised queries and keys) on the characters of Python's own help, and a ResNet-20 with
batch normalisation on digits with label noise (``--images`` for others); SGD with momentum, AdamW, Lion, Muon,
Hyperball along a constant and a cosine schedule, Adam with L2 along a constant one. Forecast from the rule, the layer's
shape and its norm at the start; where a gradient decides the norm (momentum, Adam with L2), from the gradient's size
measured in the second half.

What can break a forecast is measured: a signal, by how updates correlate beyond the optimiser's own memory, and
gradients whose size drifts. Expected: turns within a tenth for AdamW, Muon and Hyperball; Lion, whose signs feel the
smallest mean of a gradient, turns half as far and rests at up to twice the norm. Needs the extra [torch]. Cost: small
five minutes of one core; large, on Fashion-MNIST and with 20,000 steps, hours on a GPU (``--device cuda``).
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import xarray as xr

import sitheory as si
from simulations.networks import joined, kept_in, seeds_joined
from sitheory.reports import text
from sitheory.reports.optimiser_advice import Forecast, correlation_of, updates_of
from sitheory.simulation.windows import window_ends
from sitheory.trajectory import schema
from sitheory.trajectory.schema import Variable

if TYPE_CHECKING:
    from sitheory.bridge import RuledRun

Net = Literal["transformer", "resnet"]
Optimiser = Literal["momentum", "adamw", "lion", "muon", "hyperball", "adam-l2"]
ScheduleName = Literal["constant", "cosine"]
Images = Literal["digits", "mnist", "fashion-mnist"]
SCHEDULES = {"constant": si.Constant(), "cosine": si.Cosine()}

LATE = 0.5
"""From this part of a constant run on its windows are compared, of a schedule from END on."""

END = 0.9
FINEST = 5e-4
"""A smaller standard error is not printed."""

LAGS = (1, 8)
SERIES, EACH = ("step", "group"), ("group",)
DECLARED = {
    "forecast_norm": Variable(SERIES, "norm by the rule, followed from the start along the schedule"),
    "forecast_turn": Variable(SERIES, "step of the direction by the rule"),
    "memory": Variable(EACH, "discounted sum of the updates' correlations at the end, over their square"),
    "forecast_memory": Variable(EACH, "the same of gradients that are noise"),
    **{f"r{k}": Variable(EACH, f"correlation of updates {k} apart") for k in LAGS},
    **{f"forecast_r{k}": Variable(EACH, "the same of gradients that are noise") for k in LAGS},
    "turn_by_memory": Variable(
        EACH, "measured turn over that of the measured correlations, at the norm that is"
    ),
    "foreseen_norm": Variable(
        EACH, "norm of the last step, foreseen at half of the run from measured updates"
    ),
    "last_norm": Variable(EACH, "norm of the last step"),
    "drift": Variable(EACH, "effective gradient of the last quarter over that of the one before"),
}
"""The variables of this experiment alone, as one run has them."""


@dataclass(frozen=True)
class Scale:
    """What a size of the experiment trains, and for how long."""

    steps: int
    decay: float
    width: int
    layers: int
    length: int
    filters: int
    batch: dict[Net, int]
    iterations: int


SIZES = {
    "small": Scale(300, 1e-2, 32, 2, 32, 4, {"transformer": 8, "resnet": 32}, 0),
    "large": Scale(20_000, 5e-4, 256, 6, 128, 16, {"transformer": 64, "resnet": 128}, 5),
}
"""``decay`` is lr wd of decoupled decay; ``iterations`` are Muon's, 0 for the exact polar factor."""


def rule_of(optimiser: Optimiser, decay: float, iterations: int) -> Any:
    """Return the rule: each layer is to lose ``decay`` of itself per step where the decay is decoupled."""
    lr = decay**0.5 / 10
    if optimiser == "momentum":
        return si.Momentum(0.1, decay, 0.9)  # decay/(1 - momentum) lr of its weights
    return {
        "adamw": si.AdamW(lr, decay / lr, 0.9, 0.95),
        "lion": si.Lion(lr, decay / lr),
        "muon": si.Muon(lr, decay / lr, 0.9, iterations=iterations),
        "hyperball": si.Hyperball(0.3 * decay**0.5, si.Muon(1.0, momentum=0.9, iterations=iterations)),
        "adam-l2": si.AdamL2(lr, decay, 0.9, 0.95),
    }[optimiser]


@dataclass(frozen=True)
class Networks:
    """Two networks under six optimisers, each layer's norm and turn beside its forecast.

    Args:
        images: What the ResNet is trained on; None for digits in the small size and Fashion-MNIST in the large one.
    """

    name: ClassVar[str] = "rotation_networks"
    cost: ClassVar[str] = "five minutes"
    papers: ClassVar[tuple[str, ...]] = ("hyperball", "rotation")

    size: Literal["small", "large"] = "small"
    nets: tuple[Net, ...] = ("transformer", "resnet")
    optimisers: tuple[Optimiser, ...] = ("momentum", "adamw", "lion", "muon", "hyperball", "adam-l2")
    schedules: tuple[ScheduleName, ...] = ("constant", "cosine")
    steps: int | None = None
    seeds: int = 3
    windows: int = 20
    images: Images | None = None
    label_noise: float = 0.2
    folder: str = "data"
    device: str = "cpu"

    def run(self, kept: Path | None = None) -> xr.Dataset:
        """Return the runs over (run, seed, step, group); a run is a network, an optimiser and a schedule."""
        from sitheory import bridge

        cells = [
            (net, optimiser, schedule)
            for net in self.nets
            for optimiser in self.optimisers
            for schedule in self.schedules
            if (optimiser, schedule) != ("adam-l2", "cosine")
        ]
        with kept_in(kept) as folder, bridge.one_thread():
            runs = [
                seeds_joined([self._kept(folder, *cell, seed) for seed in range(self.seeds)])
                for cell in cells
            ]
        whole = joined(runs, "run", [", ".join(cell) for cell in cells])
        names = ("net", "optimiser", "schedule")
        told = {n: ("run", list(column)) for n, column in zip(names, zip(*cells, strict=True), strict=True)}
        return schema.validate(whole.assign_coords(told))

    def _kept(self, folder: Path, net: Net, optimiser: Optimiser, schedule: str, seed: int) -> xr.Dataset:
        """One run, or what a killed process left of it."""
        path = folder / f"{net}-{optimiser}-{schedule}-{seed}.nc"
        if not path.exists():
            schema.save(self._one(net, optimiser, schedule, seed), path)
        return schema.load(path)

    def _one(self, net: Net, optimiser: Optimiser, schedule: str, seed: int) -> xr.Dataset:
        scale = SIZES[self.size]
        rule = rule_of(optimiser, scale.decay, scale.iterations)
        rule = dataclasses.replace(rule, schedule=SCHEDULES[schedule])
        run = self._begun(net, rule, seed)
        run.advance(run.steps // 2)
        ahead = run.ahead()
        run.advance()
        return self._measured(run, ahead, seed)

    def _begun(self, net: Net, rule: Any, seed: int) -> RuledRun:
        from sitheory import bridge

        scale = SIZES[self.size]
        if net == "transformer":
            data = bridge.data.topics(length=scale.length)
            sizes = {"length": scale.length, "width": scale.width, "layers": scale.layers}
            made: Any = bridge.LanguageModel(data.tokens, **sizes, heads=max(2, scale.width // 32), rng=seed)
        else:
            images = self.images or ("digits" if self.size == "small" else "fashion-mnist")
            read = getattr(bridge.data, images.replace("-", "_"))
            found = read() if images == "digits" else read(self.folder)
            data = found.with_label_noise(self.label_noise, rng=seed).normalised()
            made = bridge.ResNet20(scale.filters, in_channels=1, rng=seed)
        steps = self.steps or scale.steps
        options = {"steps": steps, "batch": scale.batch[net], "rng": seed, "device": self.device}
        return bridge.RuledRun(made, rule, data, **options)

    def _measured(self, run: RuledRun, ahead: xr.Dataset, seed: int) -> xr.Dataset:
        log, found, shapes = run.watch.dataset(), run.watch.rotation(), run.shapes()
        series = {n: log[n].values for n in ("norm", "turn", "eff_grad")}
        quarter = run.steps // 4
        force = [
            _rms(series["eff_grad"][part]) for part in (slice(-2 * quarter, -quarter), slice(-quarter, None))
        ]
        out: dict[str, Any] = {
            "norm": self._windows(series["norm"]),
            "turn": self._windows(series["turn"]),
            "memory": found.memory / found.update_sq,
            "turn_by_memory": found.turn / np.where(found.predicted_turn > 0, found.predicted_turn, np.nan),
            "foreseen_norm": ahead["norm"].values[-1],
            "last_norm": series["norm"][-1],
            "drift": force[1] / force[0],
            **{f"r{k}": found.correlations[:, k - 1] for k in LAGS},
        }
        grads = _rms(series["eff_grad"][run.steps // 2 :])
        columns = [
            self._forecast(run, shape, float(grads[i]), float(series["norm"][0, i]))
            for i, shape in enumerate(shapes.values())
        ]
        out |= {n: np.stack([c[n] for c in columns], axis=-1) for n in columns[0]}
        variables = {n: (("step", "group") if np.ndim(v) == 2 else ("group",), v) for n, v in out.items()}
        loss = self._windows(run.losses[:, None], mean=True)[:, 0]
        coords = {"step": window_ends(run.steps, self.windows), "group": list(shapes)}
        attrs = schema.provenance(dataclasses.asdict(self), seed)
        return schema.dataset({**variables, "loss": (("step",), loss)}, coords, attrs, declared=DECLARED)

    def _forecast(self, run: RuledRun, shape: tuple[int, int], grad: float, norm: float) -> dict[str, Any]:
        """What the rule says of a layer."""
        rule = run.rule
        ahead = Forecast(rule, shape, grad, run.steps)
        _, norms, degrees = np.array(list(ahead.along(norm))).T
        of = rule.of if isinstance(rule, si.Hyperball) else rule
        decay = rule.lr * getattr(rule, "wd", 0.0)
        alpha = 1 - decay / (1 - rule.momentum) if isinstance(rule, si.Momentum) else ahead.alpha
        if isinstance(of, si.AdamL2):
            of = si.AdamW(of.lr, 0.0, of.b1, of.b2)
        return {
            "forecast_norm": self._windows(norms[:, None])[:, 0],
            "forecast_turn": self._windows(2 * np.sin(np.radians(degrees) / 2)[:, None])[:, 0],
            "forecast_memory": np.mean(updates_of(of, shape, alpha).memories),
            **{f"forecast_r{k}": np.mean(correlation_of(of, shape, k)) for k in LAGS},
        }

    def _windows(self, values: np.ndarray, mean: bool = False) -> np.ndarray:
        """Root mean squares, or means, over the windows, time first."""
        parts = np.array_split(values, self.windows)
        return np.stack([part.mean(axis=0) if mean else _rms(part) for part in parts])

    @staticmethod
    def table(result: xr.Dataset) -> str:
        """Return a row per run: measured over forecast, medians over layers, mean and error over seeds."""
        cells: dict[str, list[str]] = {}
        for run in range(result.sizes["run"]):
            of = result.isel(run=run)
            off = over_forecast(of)
            row = {n: str(of[n].item()) for n in ("net", "optimiser", "schedule")}
            row |= {f"{n} / forecast": _seen(off[n]) for n in ("turn", "norm")}
            row["worst turn"] = _worst(off["turn"])
            if (
                of["schedule"].item() == "constant"
            ):  # a memory discounted at a last rate of nothing says nothing
                row["memory / noise's"] = _seen(of["memory"] / of["forecast_memory"])
            for k in LAGS:
                row[f"R{k} (noise's)"] = f"{_seen(of[f'r{k}'])} ({float(of[f'forecast_r{k}'].median()):.2f})"
            row["turn / by its R"] = _seen(of["turn_by_memory"])
            row["gradient's drift"] = _seen(of["drift"])
            if of["schedule"].item() == "cosine":
                row["end / foreseen"] = _seen(of["last_norm"] / of["foreseen_norm"])
            for n in (*row, "memory / noise's", "end / foreseen"):
                cells.setdefault(n, ["-"] * run)
            for n, column in cells.items():
                column.append(row.get(n, "-"))
        head = "Medians over layers, mean and standard error over seeds; a schedule's are those of its last tenth:\n"
        return head + text.columns(cells, left=("net", "optimiser", "schedule"))


@dataclass(frozen=True)
class Short(Networks):
    """The Transformer alone, one seed, fewer steps: what the figures draw; its flags make it the whole."""

    name: ClassVar[str] = "rotation_networks_short"
    cost: ClassVar[str] = "half a minute"

    nets: tuple[Net, ...] = ("transformer",)
    steps: int | None = 200
    seeds: int = 1


def over_forecast(of: xr.Dataset) -> xr.Dataset:
    """Return a run's norm and turn over their forecast in its late windows, over (seed, group)."""
    begin = LATE if of["schedule"].item() == "constant" else END
    late = of.isel(step=of["step"].values > begin * of["step"].values[-1])
    ratios = {n: (late[n] / late[f"forecast_{n}"]).mean("step") for n in ("norm", "turn")}
    return xr.Dataset(ratios)


def _seen(values: xr.DataArray) -> str:
    """The median over the layers of this network, its mean and standard error over seeds to three digits at most."""
    seeds = values.median("group").values
    error = seeds.std(ddof=1) / len(seeds) ** 0.5 if len(seeds) > 1 else 0.0
    mean = float(seeds.mean())
    return text.plus_minus(mean, error) if error >= FINEST else f"{mean:.3f}"


def _worst(ratio: xr.DataArray) -> str:
    """The ratio furthest from 1, of the seeds' mean, with its layer."""
    seen = ratio.mean("seed").dropna("group")
    at = int(np.abs(np.log(seen.values)).argmax())
    return f"{float(seen[at]):.2f} {str(seen['group'].values[at]).removesuffix('.weight')}"


def _rms(values: np.ndarray) -> np.ndarray:
    return np.sqrt(np.mean(values**2, axis=0))
