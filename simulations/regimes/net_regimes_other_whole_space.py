"""Training in the whole space with weight decay, other networks and data (regimes Figure 25).

Paper: ConvNet(64) on CIFAR-100 with weight decay 1e-4, ResNet-18 on CIFAR-10 and on CIFAR-100 with 5e-4, 1,000 epochs.
Small: ConvNet(8) and ResNet-18 of width 4 on digits with 10 % label noise, weight decay 1e-3, 6 learning rates, 40
epochs, one seed.

Needs the extra [torch]. Cost: small four minutes of one core; paper 45 runs, months on one GPU.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from simulations import networks, other_networks
from simulations.networks import Beside, NetExperiment, Setting
from simulations.other_networks import OtherNetworks
from simulations.regimes.net_regimes_whole_space import WholeSpace

LRS = (0.01, 0.1, 1.0, 10.0, 100.0, 700.0)


@dataclass(frozen=True)
class OtherWholeSpace(OtherNetworks):
    """The grid of learning rates of Figure 7 left for each network."""

    name: ClassVar[str] = "net_regimes_other_whole_space"
    cost: ClassVar[str] = "four minutes"
    table = networks.ends_table
    kind: ClassVar[type[NetExperiment]] = WholeSpace
    sizes: ClassVar[dict[str, Setting]] = {
        "small": replace(
            WholeSpace.sizes["small"], net="ConvNet", width=(8,), label_noise=0.1, epochs=40, rates=LRS
        ),
        "paper": WholeSpace.sizes["paper"],
    }
    others: ClassVar[dict[str, Beside]] = {
        "small": other_networks.small(8, label_noise=0.1, epochs=40, rates=LRS),
        "paper": {p: {"wd": 5e-4} if p[1] == "ResNet18" else {} for p in other_networks.PAPER},
    }
