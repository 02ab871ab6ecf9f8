"""The three regimes of the 300-100 perceptron on the sphere (regimes Figure 27).

Paper: MNIST, the grid of 30 ELRs, 1,000 epochs. Small: the same network on digits with 20 % label noise, 8 ELRs,
60 epochs, one seed. MNIST comes in a package: ``--size paper`` names it if it is missing.

Needs the extra [torch]. Cost: small ten seconds of one core; paper an hour on one GPU.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import xarray as xr

from simulations import networks
from simulations.networks import DIGITS, PAPER_ELRS, NetExperiment, Setting

WIDE = replace(DIGITS, width=(300, 100))


@dataclass(frozen=True)
class Perceptron(NetExperiment):
    """A grid of ELRs of the paper's perceptron."""

    name: ClassVar[str] = "net_regimes_perceptron"
    cost: ClassVar[str] = "ten seconds"
    table = networks.ends_table
    sizes: ClassVar[dict[str, Setting]] = {
        "small": replace(WIDE, rates=(1e-4, 5e-4, 1e-3, 2e-3, 1e-2, 3e-2, 0.1, 1.0), epochs=60),
        "paper": Setting("mnist", "MLP", (300, 100), 1000, PAPER_ELRS),
    }

    def run(self, kept: Path | None = None) -> xr.Dataset:
        """Return the runs over (elr, seed, step), without groups."""
        with networks.kept_in(kept) as folder:
            runs = [
                networks.sphere_grid(self, self.setting, folder / f"seed{seed}.pt", seed, groups="tensor")
                for seed in range(self.setting.seeds)
            ]
            return networks.seeds_joined(runs)
