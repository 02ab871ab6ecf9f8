"""Learning rates at one weight decay for other networks and data (periodic Figure 15).

Paper: ConvNet(64) on CIFAR-100 with a last layer of norm 20, ResNet-18 of width 64 on CIFAR-10 and on CIFAR-100, weight
decay 0.001, 1,000 epochs. Small: ConvNet(4) and ResNet-18 of width 4 on digits, weight decay 0.005, 3 learning rates,
80 epochs, one seed.

Needs the extra [torch]. Cost: small three minutes of one core; paper 24 runs, weeks on one GPU.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from simulations import other_networks
from simulations.networks import Beside, NetExperiment, Setting
from simulations.other_networks import OtherNetworks
from simulations.periodic.net_periodic_grid import DECAY, RATES, Grid

WD = 5e-3
LRS = (0.03, 1.0, 30.0)


@dataclass(frozen=True)
class OtherGrid(OtherNetworks):
    """The learning rates of Figure 2 for each network."""

    name: ClassVar[str] = "net_periodic_other_grid"
    cost: ClassVar[str] = "three minutes"
    kind: ClassVar[type[NetExperiment]] = Grid
    sizes: ClassVar[dict[str, Setting]] = {
        "small": replace(Grid.sizes["small"], net="ConvNet", width=(4,), epochs=80, rates=LRS),
        "paper": Grid.sizes["paper"],
    }
    others: ClassVar[dict[str, Beside]] = {
        "small": other_networks.small(epochs=80, rates=LRS, wds=(WD,)),
        "paper": {p: {"rates": RATES["paper"], "wds": (DECAY,)} for p in other_networks.PAPER},
    }
