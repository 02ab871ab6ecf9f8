"""The three regimes on real data: digits with 20 % label noise, a perceptron on the sphere, nine ELRs in one model.

Expected: convergence up to ELR 1e-3, the border between 2e-3 and 5e-3, chaotic equilibrium at 2e-2 and 6e-2,
divergence from 1e-1 on, over all seeds; in equilibrium the neurons' ESS spread by 1 to 4 % while their ELRs differ
several times, in convergence by 17 to 35 %. Every exact law holds up to what radial gradients (eps of batch
normalisation, float32) explain. Needs the extra [torch]. Cost: a minute.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr

from simulations.networks import seeds_joined
from sitheory.reports import text


@dataclass(frozen=True)
class DigitsSphere:
    """Nine ELRs of a scale-invariant perceptron on the sphere, digits with label noise."""

    name: ClassVar[str] = "digits_sphere"
    cost: ClassVar[str] = "a minute"

    elrs: tuple[float, ...] = (1e-4, 5e-4, 1e-3, 2e-3, 5e-3, 2e-2, 6e-2, 1e-1, 1.0)
    hidden: tuple[int, ...] = (100, 50)
    label_noise: float = 0.2
    batch: int = 128
    epochs: int = 200
    seeds: int = 3

    def run(self) -> xr.Dataset:
        """Return the runs over (elr, seed, step, group), a group being a neuron."""
        return seeds_joined([self._run(seed) for seed in range(self.seeds)])

    def _run(self, seed: int) -> xr.Dataset:
        from sitheory import bridge

        data = bridge.data.digits().with_label_noise(self.label_noise, rng=seed).normalised()
        net = bridge.MLP(64, self.hidden, rng=seed)
        rules = [bridge.SphereSGD(elr) for elr in self.elrs]
        batches = bridge.Batches(self.batch, drop_last=True)
        with bridge.one_thread():
            return bridge.train(net, rules, data, epochs=self.epochs, batches=batches, rng=seed)

    def table(self, result: xr.Dataset) -> str:
        """Return the regimes, how many runs keep each law, and theory against network for one run a regime."""
        from sitheory.bridge.watching import laws

        decided = {cell: laws.regime_decision(run).regime for cell, run in _cells(result)}
        parts = [f"{self._regimes(result, decided)}\n\nLaws over all {len(decided)} runs:\n{_kept(result)}"]
        shown: set[str] = set()
        for (elr, seed), regime in decided.items():
            if seed == 0 and regime not in shown:
                shown.add(regime)
                lines = laws.table(laws.confront(result.sel(elr=elr, seed=seed)))
                parts.append(f"ELR {elr:g}, seed 0: {regime}\n{lines}")
        return "\n\n".join(parts)

    def _regimes(self, result: xr.Dataset, decided: dict[tuple[float, int], str]) -> str:
        from sitheory.bridge.watching import laws

        seeds = range(result.sizes["seed"])
        runs = {elr: [result.sel(elr=elr, seed=s) for s in seeds] for elr in result["elr"].values}
        last = {
            name: result[name].isel(step=-1).values
            for name in ("loss", "train_error", "test_error", "cos_dist")
        }
        cells = {
            "ELR": [f"{elr:g}" for elr in runs],
            "regime": [_counted([decided[elr, s] for s in seeds]) for elr in runs],
            "1 - cos": [text.with_error(v) for v in last["cos_dist"]],
            "train loss": [text.with_error(v) for v in last["loss"]],
            "train error %": [text.with_error(100 * v) for v in last["train_error"]],
            "test error %": [text.with_error(100 * v) for v in last["test_error"]],
            "ESS std/mean": [
                text.with_error(np.array([laws.ess_spread(r) for r in rs])) for rs in runs.values()
            ],
            "ELR max/min": [
                text.with_error(np.array([laws.elr_spread(r) for r in rs])) for rs in runs.values()
            ],
        }
        return "Regimes, errors over seeds; ESS and ELR by neuron:\n" + text.columns(cells)


def _cells(result: xr.Dataset) -> Iterator[tuple[tuple[float, int], xr.Dataset]]:
    for elr in result["elr"].values:
        for seed in result["seed"].values:
            yield (float(elr), int(seed)), result.sel(elr=elr, seed=seed)


def _kept(result: xr.Dataset) -> str:
    from sitheory.bridge.watching import laws

    counts: dict[str, Counter[bool | None]] = {}
    for _, run in _cells(result):
        for line in laws.confront(run):
            counts.setdefault(line.law, Counter())[line.holds] += 1
    told = {law: c for law, c in counts.items() if c[True] or c[False]}
    return text.columns(
        {
            "law": list(told),
            "holds": [str(c[True]) for c in told.values()],
            "broken": [str(c[False]) for c in told.values()],
        }
    )


def _counted(regimes: list[str]) -> str:
    counts = Counter(map(str, regimes))
    return next(iter(counts)) if len(counts) == 1 else ", ".join(f"{n} {name}" for name, n in counts.items())
