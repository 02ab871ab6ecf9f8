"""Conventional training of a Transformer: momentum, weight decay, a constant learning rate (regimes Figure 28).

Paper: one layer of width 32 with one head on AG News, weight decay 1e-3, momentum 0.9; the first two regimes, and NaN
at larger learning rates. Small: the same network reads the images of digits as texts of 16 words, a word for the
place and level of each 2x2 pixels, 30 epochs, one seed: text that every machine has.

Needs the extra [torch]. Cost: small half a minute of one core; paper a day on one GPU.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import xarray as xr

from simulations import networks
from simulations.networks import NetExperiment, Setting

WD, MOMENTUM = 1e-3, 0.9


@dataclass(frozen=True)
class Transformer(NetExperiment):
    """A grid of learning rates of a conventional Transformer."""

    name: ClassVar[str] = "net_regimes_transformer"
    cost: ClassVar[str] = "half a minute"
    table = networks.ends_table
    sizes: ClassVar[dict[str, Setting]] = {
        "small": Setting(
            "digits", "Transformer", (32,), 30, (1e-3, 0.01, 0.03, 0.1, 0.3, 1.0), drop_last=True
        ),
        "paper": Setting(
            "ag-news", "Transformer", (32,), 1000, (1e-3, 2e-3, 5e-3, 1e-2, 2e-2, 5e-2, 0.1, 0.2, 0.5)
        ),
    }

    def run(self, kept: Path | None = None) -> xr.Dataset:
        """Return the runs over (lr, seed, step); effective gradients are of the scale-invariant weights alone."""
        with networks.kept_in(kept) as folder:
            return networks.seeds_joined([self._seed(seed, folder) for seed in range(self.setting.seeds)])

    def _seed(self, seed: int, folder: Path) -> xr.Dataset:
        from sitheory import bridge

        setting = self.setting
        data = networks.prepared(setting, self.folder, seed)
        if setting.data == "digits":
            data = as_texts(setting, seed)
        net = networks.network(setting, data, seed, scale_invariant=False)
        rules = [bridge.SGD(lr, WD, MOMENTUM) for lr in setting.rates]
        at = folder / f"seed{seed}.pt"
        groups = bridge.find_groups(net, data.x[: networks.SAMPLES])  # each weight with its bias, none alone
        return networks.trained(net, rules, data, setting, at, rng=seed, **self.computing, groups=groups)


def as_texts(setting: Setting, seed: int):
    """Return digits as texts of 16 words, one each 2x2 pixels: a word is their place and their mean level of 17."""
    from sitheory.bridge import data

    images = data.digits().with_label_noise(setting.label_noise, rng=seed)
    x, x_test = (_words(i) for i in (images.x, images.x_test))
    return replace(images, x=x, x_test=x_test, tokens=16 * 17 + 1)


def _words(images: np.ndarray) -> np.ndarray:
    """Return the words, row by row; 0 stays padding."""
    blocks = images.reshape(len(images), 4, 2, 4, 2).mean(axis=(2, 4))
    levels = np.round(blocks * (16 / 255)).astype(np.int64).reshape(len(images), 16)
    return 1 + levels + 17 * np.arange(16)
