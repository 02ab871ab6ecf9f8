"""Periods of other networks with all practical modifications together (periodic Figure 19).

Paper: ConvNet(64) on CIFAR-100, ResNet-18 of width 64 on CIFAR-10 and on CIFAR-100, all weights trained, momentum 0.9,
augmented data, weight decay 0.001, 1,000 epochs. Small: ConvNet(4) and ResNet-18 of width 4 on digits shifted by up to
a pixel, weight decay 0.005, 3 learning rates, 80 epochs, one seed; networks as
small as these do not fit the shifted images and have no periods, as the small perceptron has none.

Needs the extra [torch]. Cost: small four minutes of one core; paper 9 runs, weeks on one GPU.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from simulations import other_networks
from simulations.networks import Beside, NetExperiment, Setting
from simulations.other_networks import OtherNetworks
from simulations.periodic.net_periodic_practice import VARIANTS, Practice, Variant

LRS = (0.003, 0.03, 0.3)


class AllModified(Practice):
    """Practical modifications, all of them together and none alone."""

    variants: ClassVar[tuple[Variant, ...]] = tuple(v for v in VARIANTS if v.name == "all modifications")


@dataclass(frozen=True)
class OtherPractice(OtherNetworks):
    """All practical modifications of Figure 6 for each network."""

    name: ClassVar[str] = "net_periodic_other_practice"
    cost: ClassVar[str] = "four minutes"
    kind: ClassVar[type[NetExperiment]] = AllModified
    sizes: ClassVar[dict[str, Setting]] = {
        "small": replace(AllModified.sizes["small"], net="ConvNet", width=(4,), epochs=80, rates=LRS),
        "paper": AllModified.sizes["paper"],
    }
    others: ClassVar[dict[str, Beside]] = {
        "small": other_networks.small(epochs=80, rates=LRS, wd=5e-3),
        "paper": other_networks.PAPER,
    }
