"""Periods with practical modifications, and with other norms of the last layer (periodic Figures 1, 6, 17, 19).

Beside the scale-invariant network itself each variant changes one thing of it: all weights trained, last layer and
affine parameters too (Figure 1, and Figure 6 left); momentum 0.9; augmentation by shifts (and flips, but for digits);
all of these together (Figure 6 right, Figure 19 by --data and --net); a last layer of another norm, fixed as ever
(Figure 17).

Paper: ConvNet(64) on CIFAR-10, weight decay 0.001, 1,000 epochs, batch 128; ``--data cifar100 --net ResNet18`` for the
other panels. Small: a perceptron 64-64-64-10 on digits, 150 epochs, three learning rates in one model.

Expected (small): periods with all weights trained, more with momentum; none with augmentation, for which this network
is too small, as the paper says of such; none with the smallest last layer. Needs the extra [torch]. Cost: small a
minute; paper 21 runs of 1,000 epochs, days on one GPU.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import xarray as xr

from simulations import networks
from simulations.networks import NetExperiment, Setting


@dataclass(frozen=True)
class Variant:
    """What is changed: whether all weights are trained, momentum, augmentation, the fixed last layer's norm if any."""

    name: str
    unfrozen: bool = False
    momentum: float = 0.0
    augmented: bool = False
    head_norm: float | None = None


VARIANTS = (
    Variant("no modification"),
    Variant("all weights trained", unfrozen=True),
    Variant("momentum", momentum=0.9),
    Variant("augmentation", augmented=True),
    Variant("all modifications", unfrozen=True, momentum=0.9, augmented=True),
    Variant("last layer of norm 1", head_norm=1.0),
    Variant("last layer of norm 30", head_norm=30.0),
)


@dataclass(frozen=True)
class Practice(NetExperiment):
    """Each modification at several learning rates.

    Args:
        wd: The weight decay.
        survey_every: Test error and true training loss each k-th epoch.
    """

    name: ClassVar[str] = "net_periodic_practice"
    cost: ClassVar[str] = "a minute"
    variants: ClassVar[tuple[Variant, ...]] = VARIANTS
    beside: ClassVar[networks.Beside] = networks.PERIODIC
    sizes: ClassVar[dict[str, Setting]] = {
        "small": Setting("digits", "MLP", (64, 64), 150, (0.1, 0.5, 2.0), drop_last=True),
        "paper": Setting("cifar10", "ConvNet", (64,), 1000, (3e-3, 0.01, 0.03)),
    }

    wd: float = 1e-3
    survey_every: int = 15

    def run(self, kept: Path | None = None) -> xr.Dataset:
        """Return the runs over (run, lr, seed, step), a run being a variant, a row each epoch."""
        with networks.kept_in(kept) as folder:
            seeds = range(self.setting.seeds)
            return networks.seeds_joined([self._seed(seed, folder) for seed in seeds])

    def _seed(self, seed: int, folder: Path) -> xr.Dataset:
        data = networks.prepared(self.setting, self.folder, seed)
        parts = [
            self._variant(v, data, seed, folder / f"seed{seed}-{i}.pt") for i, v in enumerate(self.variants)
        ]
        names = np.array([variant.name for variant in self.variants])
        whole = xr.concat(parts, dim="run", combine_attrs="override", join="override")
        return whole.assign_coords(variant=("run", names))

    def _variant(self, variant: Variant, data: Any, seed: int, at: Path) -> xr.Dataset:
        from sitheory import bridge

        options: dict[str, Any] = {"scale_invariant": False} if variant.unfrozen else {}
        if variant.head_norm is not None:
            options = {"head_norm": variant.head_norm}
        small = self.setting.data == "digits"
        shifted = bridge.Shifted(1 if small else 4, flip=not small) if variant.augmented else None
        found = networks.trained(
            networks.network(self.setting, data, seed, **options),
            [bridge.SGD(lr, self.wd, variant.momentum) for lr in self.setting.rates],
            data,
            self.setting,
            at,
            rng=seed,
            **self.computing,
            groups="tensor",
            augment=shifted,
            log_every=1,
            survey_every=self.survey_every,
        )
        # Momentum and unfrozen weights have laws of their own; what all variants have is kept.
        return found.drop_dims("group")
