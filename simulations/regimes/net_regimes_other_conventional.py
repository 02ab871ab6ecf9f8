"""Conventional training of other networks on other data (regimes Figure 26).

Paper: ConvNet and ResNet-18 on CIFAR-10 and CIFAR-100, momentum 0.9, constant learning rates and, for ResNet-18 on
CIFAR-100, a cosine schedule. Small: ConvNet(4) and ResNet-18 of width 4 with all weights trained, on digits with 20 %
label noise, momentum 0.9, weight decay 5e-4, not augmented, 30 epochs of each schedule, 5 learning rates, one seed.

Needs the extra [torch]. Cost: small five minutes of one core; paper 80 runs, months on one GPU.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from simulations import networks, other_networks
from simulations.networks import Beside, NetExperiment, Setting
from simulations.other_networks import OtherNetworks
from simulations.regimes.net_regimes_conventional import Conventional

LRS = (0.005, 0.05, 0.5, 2.0, 30.0)


@dataclass(frozen=True)
class OtherConventional(OtherNetworks):
    """The grids of learning rates of Figure 7 middle and right for each network."""

    name: ClassVar[str] = "net_regimes_other_conventional"
    cost: ClassVar[str] = "five minutes"
    table = networks.ends_table
    kind: ClassVar[type[NetExperiment]] = Conventional
    sizes: ClassVar[dict[str, Setting]] = {
        "small": replace(Conventional.sizes["small"], net="ConvNet", width=(4,), epochs=30, rates=LRS),
        "paper": Conventional.sizes["paper"],
    }
    others: ClassVar[dict[str, Beside]] = {
        "small": other_networks.small(epochs=30, rates=LRS),
        "paper": {**other_networks.PAPER, ("cifar10", "ConvNet"): {"width": (32,)}},
    }
