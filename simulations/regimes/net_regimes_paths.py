"""The loss on straight lines between checkpoints, their similarity and their ensembles (regimes Figures 19, 22).

In the second regime the line between checkpoints of one run lies lower than its ends at small ELRs, "hopping along
the walls", and is hilly at large ones. In the first regime solutions of neighbouring ELRs, from one start over the
same batches, lie in different basins; one that goes on at a lower ELR stays in its own.

Paper: ConvNet(32) on CIFAR-10, 1,000 epochs, then up to 100 more. Small: a perceptron 64-100-50-10 on digits with 20 %
label noise, 80 epochs, then up to 20 more, 2 seeds. Needs the extra [torch]. Cost: small half a minute of one core;
paper 7 runs of 1,000 epochs, a day on one GPU.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import numpy as np
import xarray as xr

from simulations import networks
from simulations.networks import CONVNET, DIGITS, NetExperiment, Setting
from sitheory.reports import text
from sitheory.trajectory import schema
from sitheory.trajectory.schema import Variable

SECOND = {"small": (5e-3, 0.02, 0.05), "paper": (1e-3, 5e-3, 1e-2)}
"""ELRs of the second regime, whose runs go on."""
FINETUNED = {"small": (1e-3, 3e-4, 2e-3, 0.02), "paper": (2e-4, 1e-4, 3e-4, 1e-3)}
"""An ELR of the first regime, and those that go on from where it has led: a lower one, a little and far higher."""
GAPS = {"small": (1, 5, 20), "paper": (1, 10, 100)}
"""Epochs between two checkpoints of one run."""


class Pair(NamedTuple):
    """Two checkpoints, each a file and a cell, and what they are to each other."""

    kind: str
    elr: float
    other: float
    gap: int
    ends: tuple[tuple[Path, int], tuple[Path, int]]


DECLARED = {
    "similarity": Variable(("run",), "cosine of the angle between the weights of two checkpoints"),
    "ensemble_error": Variable(("run",), "test error of two checkpoints' mean prediction, in EVAL mode"),
}
"""The variables of this experiment alone."""


@dataclass(frozen=True)
class Paths(NetExperiment):
    """Straight lines between checkpoints of one run, of neighbouring ELRs, and before and after fine-tuning."""

    name: ClassVar[str] = "net_regimes_paths"
    cost: ClassVar[str] = "half a minute"
    sizes: ClassVar[dict[str, Setting]] = {
        "small": replace(DIGITS, rates=(3e-4, 1e-3, 2e-3), epochs=80, seeds=2),
        "paper": replace(CONVNET, rates=(1e-4, 2e-4, 3e-4, 5e-4)),
    }

    def run(self, kept: Path | None = None) -> xr.Dataset:
        """Return loss over (run, seed, position), similarity and ensemble error over (run, seed)."""
        with networks.kept_in(kept) as folder:
            return networks.seeds_joined([self._seed(seed, folder) for seed in range(self.setting.seeds)])

    def table(self, result: xr.Dataset) -> str:
        """Return for each pair the barrier on its line, its similarity and its ensemble's error, over seeds."""
        loss = result["loss"].values
        barrier = np.log(loss.max(axis=2) / np.maximum(loss[..., 0], loss[..., -1]))
        cells = {name: [str(v) for v in result[name].values] for name in ("kind", "elr", "other", "gap")}
        dip = np.log((loss[..., 0] + loss[..., -1]) / 2 / loss[..., loss.shape[2] // 2])
        numbers = {
            "log(highest/higher end)": barrier,
            "log(ends/middle)": dip,
            "similarity": result["similarity"].values,
            "ensemble error": result["ensemble_error"].values,
        }
        return text.columns(cells | {n: [text.with_error(v) for v in rows] for n, rows in numbers.items()})

    def _seed(self, seed: int, folder: Path) -> xr.Dataset:
        from sitheory import bridge

        if (before := FINETUNED[self.size][0]) not in self.setting.rates:
            told = f"need elr={before:g}, which fine-tuning starts from, among rates"
            raise ValueError(f"{told}, got rates={self.setting.rates}")
        setting = replace(self.setting, rates=(*self.setting.rates, *SECOND[self.size]))
        start = folder / f"seed{seed}.pt"
        first = networks.sphere_grid(self, setting, start, seed)
        data = networks.prepared(setting, self.folder, seed)
        net = networks.network(setting, data, seed)
        pairs = list(self._pairs(setting, start, seed, net, data))
        batches = bridge.Batches(setting.batch)
        with bridge.one_thread():
            seen = [bridge.between(net, data, *p.ends, batches=batches, device=self.device) for p in pairs]
        variables = {n: (of.dims, np.stack([getattr(s, n) for s in seen])) for n, of in DECLARED.items()}
        variables["loss"] = (("run", "position"), np.stack([s.loss for s in seen]))
        coords = {
            "kind": ("run", [p.kind for p in pairs]),
            "elr": ("run", [p.elr for p in pairs]),
            "other": ("run", [p.other for p in pairs]),
            "gap": ("run", [p.gap for p in pairs]),
            "position": np.linspace(0, 1, seen[0].loss.size),
        }
        dims = {"position": "share of the line from the first checkpoint to the second"}
        return schema.dataset(variables, coords, dict(first.attrs), declared=DECLARED, dims=dims)

    def _pairs(self, setting: Setting, start: Path, seed: int, net: Any, data: Any) -> Iterator[Pair]:
        """Yield the pairs, training on where a second checkpoint is still missing."""
        rates, own = setting.rates, len(self.setting.rates)
        for i in range(own - 1):
            yield Pair("neighbours", rates[i], rates[i + 1], 0, ((start, i), (start, i + 1)))
        before, *after = FINETUNED[self.size]
        at = start.with_name(f"seed{seed}-finetuned.pt")
        self._on(net, (start, rates.index(before)), after, seed, setting.epochs, data, at, 1)
        for i, elr in enumerate(after):
            yield Pair("fine-tuned", before, elr, setting.epochs, ((start, rates.index(before)), (at, i)))
        for elr in SECOND[self.size]:
            here, passed = (start, rates.index(elr)), 0
            for part, gap in enumerate(GAPS[self.size]):
                at = start.with_name(f"seed{seed}-{elr:g}-after{gap}.pt")
                self._on(net, here, [elr], seed, gap - passed, data, at, 2 + part)
                here, passed = (at, 0), gap
                yield Pair("one run", elr, elr, gap, ((start, rates.index(elr)), here))

    def _on(
        self,
        net: Any,
        here: tuple[Path, int],
        elrs: Any,
        seed: int,
        epochs: int,
        data: Any,
        at: Path,
        part: int,
    ):
        from sitheory import bridge

        networks.trained(
            bridge.load_cell(net, *here),
            [bridge.SphereSGD(elr) for elr in elrs],
            data,
            self.setting,
            at,
            rng=np.random.SeedSequence(seed, spawn_key=(part,)),
            **self.computing,
            epochs=epochs,
            log_every=epochs,
        )
