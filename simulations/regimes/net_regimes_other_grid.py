"""ELR grids on the sphere for other networks and data (regimes Figure 11).

Paper: ConvNet(64) on CIFAR-100, ResNet-18 on CIFAR-10 and on CIFAR-100, 30 ELRs, 1,000 epochs. Small: ConvNet(8) and
ResNet-18 of width 4 on digits with 10 % label noise, 6 ELRs, 40 epochs, one seed.

Needs the extra [torch]. Cost: small four minutes of one core; paper 90 runs, months on one GPU.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from simulations import networks, other_networks
from simulations.networks import Beside, NetExperiment, Setting
from simulations.other_networks import OtherNetworks
from simulations.regimes.net_regimes_grid import Grid

ELRS = (1e-4, 1e-3, 5e-3, 0.02, 0.1, 1.0)


@dataclass(frozen=True)
class OtherGrid(OtherNetworks):
    """The grid of ELRs of Figure 1 for each network."""

    name: ClassVar[str] = "net_regimes_other_grid"
    cost: ClassVar[str] = "four minutes"
    table = networks.ends_table
    kind: ClassVar[type[NetExperiment]] = Grid
    sizes: ClassVar[dict[str, Setting]] = {
        "small": replace(
            Grid.sizes["small"], net="ConvNet", width=(8,), label_noise=0.1, epochs=40, rates=ELRS
        ),
        "paper": Grid.sizes["paper"],
    }
    others: ClassVar[dict[str, Beside]] = {
        "small": other_networks.small(8, label_noise=0.1, epochs=40, rates=ELRS),
        "paper": other_networks.PAPER,
    }
