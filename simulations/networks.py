"""What the experiments on networks share: their sizes, their data and networks, and training that a killed run resumes.

An experiment on networks keeps its unfinished work in a folder beside its result, which goes when the result is
there: whole runs as checkpoints of ``bridge.train``. One thread does all arithmetic on a CPU, so that results do not
depend on the machine's number of cores.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import xarray as xr

from sitheory.reports import text
from sitheory.trajectory import schema

if TYPE_CHECKING:
    from sitheory.bridge.data import Data

Size = Literal["small", "paper"]
DataName = Literal["digits", "mnist", "fashion-mnist", "cifar10", "cifar100", "ag-news", "news"]
NetName = Literal["MLP", "ConvNet", "ResNet18", "VGG11", "Transformer"]

PAPER_ELRS = tuple(
    sorted(
        {float(f"{m}e-{k}") for m in (1, 2, 5) for k in range(8)}
        | {
            3e-4,
            7e-4,
            1.5e-3,
            7e-3,
            1.5e-2,
            3e-2,
        }  # borders of ConvNet on CIFAR-10; the paper says only: finer
    )
)
"""The grid of regimes section 4."""


@dataclass(frozen=True)
class Setting:
    """What is trained on what, for how long.

    Args:
        data: The data set.
        net: The network.
        width: Its width factor; of a perceptron the widths of its hidden layers.
        epochs: How many.
        rates: The (effective) learning rates.
        seeds: How many runs of each; a seed draws the start, the batches' order and the label noise.
        label_noise: Each training label's probability to be redrawn.
        batch: Samples in a batch.
        drop_last: Whether the samples that fill no whole batch sit out an epoch.
        head_norm: The fixed last layer's norm; None for the networks' own, 10.
    """

    data: DataName
    net: NetName
    width: tuple[int, ...]
    epochs: int
    rates: tuple[float, ...]
    seeds: int = 1
    label_noise: float = 0.0
    batch: int = 128
    drop_last: bool = False
    head_norm: float | None = None

    @property
    def rate(self) -> float:
        """The only learning rate.

        Raises:
            ValueError: If there are several.
        """
        if len(self.rates) != 1:
            raise ValueError(f"need one learning rate in this experiment, got rates={self.rates}")
        return self.rates[0]

    def stretches(self, count: int) -> list[int]:
        """Return the epochs of each of ``count`` stretches of a run, as equal as can be.

        Raises:
            ValueError: If there are fewer epochs than stretches.
        """
        if self.epochs < count:
            raise ValueError(
                f"need epochs >= {count} in this experiment, one a stretch, got epochs={self.epochs}"
            )
        return [len(part) for part in np.array_split(np.arange(self.epochs), count)]


DIGITS = Setting("digits", "MLP", (100, 50), 150, (), label_noise=0.2, drop_last=True)
CONVNET = Setting("cifar10", "ConvNet", (32,), 1000, ())


SAMPLES = 64
"""Samples by which scale-invariant groups are found."""

Beside = dict[tuple[DataName, NetName], dict[str, Any]]
"""What a paper says of data and networks other than a size's own; what is requested comes before it."""

REGIMES: Beside = {("cifar100", "ConvNet"): {"width": (64,)}}
"""Regimes appendix C."""

PERIODIC: Beside = {
    ("cifar100", "ConvNet"): {"width": (64,), "head_norm": 20.0},
    ("cifar10", "ResNet18"): {"width": (64,)},
    ("cifar100", "ResNet18"): {"width": (64,)},
}
"""Periodic appendices B and E.2."""


@dataclass(frozen=True)
class NetExperiment:
    """The configuration of an experiment on networks: a size, and what is to differ from it.

    Args:
        size: "small": digits on a CPU; "paper": the paper's own network, data and length.
        folder: Where data sets lie that come as files.
        device: Where to compute: "cpu" or "cuda".
        precision: Of the steps' passes: "own", float32 throughout; "tf32" or "bf16" with narrow matrix products.
        compiled: Whether torch compiles the steps' passes (networks with convolutions).
        recorded: Whether a step is recorded once and replayed, as a CUDA graph; None does so on a GPU.
        head_norm: The fixed last layer's norm.
    """

    sizes: ClassVar[dict[str, Setting]]
    beside: ClassVar[Beside] = REGIMES

    size: Size = "small"
    data: DataName | None = None
    net: NetName | None = None
    width: tuple[int, ...] | None = None
    epochs: int | None = None
    rates: tuple[float, ...] | None = None
    seeds: int | None = None
    label_noise: float | None = None
    folder: str = "data"
    device: str = "cpu"
    precision: Literal["own", "tf32", "bf16"] = "own"
    compiled: bool = False
    recorded: bool | None = None
    head_norm: float | None = None

    @property
    def computing(self) -> dict[str, Any]:
        """Where and how ``bridge.train`` is to compute."""
        names = ("device", "precision", "compiled", "recorded")
        return {n: getattr(self, n) for n in names}

    @property
    def setting(self) -> Setting:
        """What the size says, or the paper of other data and networks, with what was requested in place of it."""
        names = {f.name for f in fields(Setting)} & {f.name for f in fields(NetExperiment)}
        asked = {n: getattr(self, n) for n in names if getattr(self, n) is not None}
        size = self.sizes[self.size]
        data, net = self.data or size.data, self.net or size.net
        other = {} if (data, net) == (size.data, size.net) else self.beside.get((data, net), {})
        return replace(size, **{**other, **asked})


def prepared(setting: Setting, folder: str, seed: int = 0) -> Data:
    """Return the setting's data, normalised, with its label noise.

    Raises:
        FileNotFoundError: If a file is missing: which, and where to get it.
    """  # noqa: DOC502  raised by what it calls
    from sitheory.bridge import data

    if setting.data in ("ag-news", "news"):
        return data.ag_news(folder) if setting.data == "ag-news" else data.news(folder)
    read = getattr(data, setting.data.replace("-", "_"))
    images = read() if setting.data == "digits" else read(folder)
    if setting.label_noise:
        images = images.with_label_noise(setting.label_noise, rng=seed)
    return images.normalised()


def network(setting: Setting, data: Data, seed: int, **options: Any) -> Any:
    """Return the setting's network for these data, initialised by the seed."""
    from sitheory import bridge

    head = {} if setting.head_norm is None else {"head_norm": setting.head_norm}
    made = {"classes": data.classes, "rng": seed, **head, **options}
    if setting.net == "MLP":
        return bridge.MLP(int(np.prod(data.x.shape[1:])), setting.width, **made)
    (width,) = setting.width
    if setting.net == "Transformer":
        return bridge.Transformer(data.tokens, length=data.x.shape[1], width=width, **made)
    return getattr(bridge, setting.net)(width, in_channels=data.x.shape[1], **made)


def trained(
    net: Any,
    rules: Sequence[Any],
    data: Data,
    setting: Setting,
    at: Path,
    *,
    rng: int | np.random.SeedSequence = 0,
    **options: Any,
) -> xr.Dataset:
    """Train a grid of rules as the setting says, resuming from the file ``at`` if a killed run left it there."""
    from sitheory import bridge

    batches = bridge.Batches(setting.batch, setting.drop_last)
    joint = groups_in_common(net, data) if setting.net == "ResNet18" else {}
    with bridge.one_thread():
        return bridge.train(
            net,
            rules,
            data,
            **{"epochs": setting.epochs, "batches": batches, **options, **joint},
            rng=rng,
            checkpoint=at,
        )


def groups_in_common(net: Any, data: Data) -> dict[str, Any]:
    """Return the groups of a scale-invariant ResNet-18, whose convolutions onto one stream are so together alone."""
    from sitheory import bridge

    if net.head.weight.requires_grad:  # conventional: its weights are one by one invariant, or not
        return {}
    return {"groups": bridge.find_groups(net, data.x[:SAMPLES])}


def augmentation(setting: Setting) -> Any:
    """Return the paper's random crops and flips; for the small images of digits shifts by 1, and no flips."""
    from sitheory import bridge

    return bridge.Shifted(1, flip=False) if setting.data == "digits" else bridge.Shifted(4, flip=True)


def sphere_grid(
    experiment: NetExperiment, setting: Setting, at: Path, seed: int, **options: Any
) -> xr.Dataset:
    """Train the setting's grid of ELRs on the sphere, all from one start over the same batches.

    Args:
        experiment: Where data lie and what computes.
        setting: What is trained on what.
        at: The file to resume from.
        seed: Of the start, the batches' order and the label noise.
        options: Of ``bridge.train``.

    Returns:
        The runs over (elr, step, group).
    """
    from sitheory import bridge

    data = prepared(setting, experiment.folder, seed)
    rules = [bridge.SphereSGD(elr) for elr in setting.rates]
    net = network(setting, data, seed)
    return trained(net, rules, data, setting, at, rng=seed, **experiment.computing, **options)


def seeds_joined(runs: Sequence[xr.Dataset]) -> xr.Dataset:
    """Return one run a seed as one Dataset."""
    return joined(runs, "seed", np.arange(len(runs)))


def joined(runs: Sequence[xr.Dataset], dim: str, values: Any) -> xr.Dataset:
    """Return Datasets as one along a new dimension, in the schema's order."""
    along = {
        "dim": dim,
        "data_vars": "all",
        "combine_attrs": "override",
        "join": "outer",
        "coords": "different",
        "compat": "equals",
    }
    whole = xr.concat(runs, **along).assign_coords({dim: values})
    return schema.validate(whole.transpose(*schema.in_order(whole.dims)))


def ends_table(experiment: NetExperiment, result: xr.Dataset) -> str:
    """Return where each run of the experiment ends: its regime, loss, effective gradient and errors, over seeds."""
    from sitheory.bridge.watching import laws

    dims = [d for d in result["loss"].dims if d not in ("seed", "step")]
    names = {"loss": "train loss", "batch_eff_grad": "eff. gradient", "test_error": "test error"}
    names |= {"fisher_trace": "Fisher trace", "sharpness": "sharpness", "cos_dist": "1 - cos"}
    seeds = result["seed"].values
    runs = [
        result.isel(dict(zip(dims, at, strict=True))) for at in np.ndindex(*(result.sizes[d] for d in dims))
    ]
    varied = [n for n, c in result.coords.items() if c.dims and set(c.dims) <= set(dims)]
    told = {str(n): [_shown(run[n].item()) for run in runs] for n in varied}
    if "cos_dist" in result and "elr_first" not in result.coords:  # a start elsewhere than at random
        decided = [Counter(str(laws.regime_decision(r.sel(seed=s)).regime) for s in seeds) for r in runs]
        told["regime"] = [", ".join(f"{name} {n}/{len(seeds)}" for name, n in c.items()) for c in decided]
    for name, label in names.items():
        if name in result:
            told[label] = [text.with_error(r[name].isel(step=-1).values) for r in runs]
    return text.columns(told)


def _shown(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


@contextmanager
def kept_in(folder: Path | None) -> Iterator[Path]:
    """Give the folder for unfinished work; without one a temporary folder, so that nothing can be resumed."""
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            yield folder
        finally:
            if not any(folder.iterdir()):  # nothing was begun: data or an extra are missing
                folder.rmdir()
        return
    with tempfile.TemporaryDirectory() as temporary:
        yield Path(temporary)
