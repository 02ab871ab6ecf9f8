"""How alike minima of other networks are, before and after a destabilisation (periodic Figure 18).

Paper: ConvNet(64) on CIFAR-100 and ResNet-18 of width 64 on CIFAR-10, learning rate 0.03, weight decay 0.001. Small:
ConvNet(4) and ResNet-18 of width 4 on digits, learning rate 1, weight decay 0.005, 80 epochs.

Needs the extra [torch]. Cost: small four minutes of one core; paper 4 runs, days on one GPU.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from simulations import other_networks
from simulations.networks import Beside, NetExperiment, Setting
from simulations.other_networks import OtherNetworks
from simulations.periodic.net_periodic_minima import Minima


@dataclass(frozen=True)
class OtherMinima(OtherNetworks):
    """The checkpoints of Figure 5 for each network."""

    name: ClassVar[str] = "net_periodic_other_minima"
    cost: ClassVar[str] = "four minutes"
    kind: ClassVar[type[NetExperiment]] = Minima
    sizes: ClassVar[dict[str, Setting]] = {
        "small": replace(Minima.sizes["small"], net="ConvNet", width=(4,), epochs=80, rates=(1.0,)),
        "paper": Minima.sizes["paper"],
    }
    others: ClassVar[dict[str, Beside]] = {
        "small": other_networks.small(epochs=80, rates=(1.0,), wd=5e-3),
        "paper": {("cifar100", "ConvNet"): {}, ("cifar10", "ResNet18"): {}},
    }
