"""ELR grids on the sphere with a squared error, on all data and on a part of them (thesis Figure 9).

On all data no ELR converges within the steps that there are, on the part some do; the steps are as many.

Paper: ConvNet on CIFAR-10, all 50,000 samples and 5,000; its text gives no more (taken here: width 32, a fixed last
layer of norm 10, 30 ELRs, 1,000 epochs of the whole). Small: a perceptron 64-200-100-10 with a fixed last layer of
norm 3 on digits with 20 % label noise, all 1,500 and 256 of them, 8 ELRs, 150 epochs of the whole, one seed.

Needs the extra [torch]. Cost: small a minute of one core; paper 60 runs of 1,000 epochs, weeks on one GPU.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import xarray as xr

from simulations import networks
from simulations.networks import CONVNET, DIGITS, PAPER_ELRS, NetExperiment, Setting

PART = {"small": 256, "paper": 5000}
"""Samples of the part."""

ELRS = (3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3, 1.0)


@dataclass(frozen=True)
class SquaredError(NetExperiment):
    """A grid of ELRs for all samples, and for a part of them."""

    name: ClassVar[str] = "net_squared_error"
    cost: ClassVar[str] = "a minute"
    sizes: ClassVar[dict[str, Setting]] = {
        "small": replace(DIGITS, width=(200, 100), rates=ELRS, head_norm=3.0),
        "paper": replace(CONVNET, rates=PAPER_ELRS),
    }

    def run(self, kept: Path | None = None) -> xr.Dataset:
        """Return the runs over (run, elr, seed, step), without groups; ``samples`` is how many a run has.

        Rows are at epochs, of which the part has more: where a run has none they are NaN, see ``own_rows``.
        """
        with networks.kept_in(kept) as folder:
            found = [
                [self._cell(part, seed, folder) for seed in range(self.setting.seeds)]
                for part in (None, PART[self.size])
            ]
        counts = [runs[0][0] for runs in found]
        joined = networks.joined(
            [networks.seeds_joined([r for _, r in runs]) for runs in found], "run", [0, 1]
        )
        return joined.assign_coords(samples=("run", counts))

    def _cell(self, part: int | None, seed: int, folder: Path) -> tuple[int, xr.Dataset]:
        """Return how many samples there are, and the runs on them, over as many steps as all samples take."""
        from sitheory import bridge

        setting = self.setting
        whole = networks.prepared(replace(setting, label_noise=0.0), self.folder, seed)
        data = whole.with_label_noise(setting.label_noise, rng=seed) if setting.label_noise else whole
        data = data if part is None else data.subset(part, rng=seed)
        batches = bridge.Batches(setting.batch, setting.drop_last)
        epochs = setting.epochs * batches.steps(len(whole.y)) // batches.steps(len(data.y))
        net, at = networks.network(setting, data, seed), folder / f"seed{seed}-{len(data.y)}.pt"
        rules = [bridge.SphereSGD(elr) for elr in setting.rates]
        made = networks.trained(
            net,
            rules,
            data,
            setting,
            at,
            rng=seed,
            **self.computing,
            epochs=epochs,
            loss=bridge.squared_error,
        )
        return len(data.y), made.drop_dims("group")

    def table(self, result: xr.Dataset) -> str:
        """Return where the runs on all samples end, and those on the part."""
        return "\n\n".join(
            f"{int(result['samples'][i])} samples\n{networks.ends_table(self, own_rows(result, i))}"
            for i in (0, 1)
        )


def own_rows(result: xr.Dataset, run: int) -> xr.Dataset:
    """Return the runs on all samples, 0, or on the part, 1, at their own rows."""
    return result.isel(run=run).dropna("step", how="all", subset=["loss"])
