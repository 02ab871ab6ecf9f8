"""Label noise and the peak between the first two regimes, epoch by epoch (regimes Figures 15 and 16).

The more labels are noise, the higher the peak of the effective gradient on the way to convergence; the test error
peaks beside it and comes down again, a double descent, but in equilibrium it stays at the peak. The small size shows
the gradient's peak; its 297 test samples do not tell the error's second descent.

Paper: ConvNet(32) on CIFAR-10, 30 ELRs, 1,000 epochs. Small: a perceptron 64-140-70-10 on digits, 5 ELRs, 120
epochs, one seed. Shares of noise are 0, 0.1, 0.2 and 0.4, each drawn over all classes.

Needs the extra [torch]. Cost: small a minute of one core; paper 120 runs, weeks on one GPU.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import xarray as xr

from simulations import networks
from simulations.networks import CONVNET, DIGITS, PAPER_ELRS, NetExperiment, Setting


@dataclass(frozen=True)
class Noise(NetExperiment):
    """A grid of ELRs for each of several shares of label noise.

    Args:
        shares: The shares of labels that are redrawn.
    """

    name: ClassVar[str] = "net_regimes_noise"
    cost: ClassVar[str] = "a minute"
    table = networks.ends_table
    sizes: ClassVar[dict[str, Setting]] = {
        "small": replace(DIGITS, width=(140, 70), rates=(1e-3, 2e-3, 5e-3, 2e-2, 0.1), epochs=120),
        "paper": replace(CONVNET, rates=PAPER_ELRS),
    }

    shares: tuple[float, ...] = (0.0, 0.1, 0.2, 0.4)

    def run(self, kept: Path | None = None) -> xr.Dataset:
        """Return the runs over (run, elr, seed, step), without groups; ``label_noise`` is a run's share."""
        with networks.kept_in(kept) as folder:
            runs = [self._seeds(share, folder) for share in self.shares]
        noisy = networks.joined(runs, "run", np.arange(len(runs)))
        return noisy.assign_coords(label_noise=("run", np.array(self.shares)))

    def _seeds(self, share: float, folder: Path) -> xr.Dataset:
        setting = replace(self.setting, label_noise=share)
        files = [folder / f"seed{seed}-noise{share:g}.pt" for seed in range(setting.seeds)]
        runs = [networks.sphere_grid(self, setting, at, seed) for seed, at in enumerate(files)]
        return networks.seeds_joined([run.drop_dims("group") for run in runs])
