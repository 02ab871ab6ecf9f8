"""Experiments repeated on other networks and data, as the papers' appendices repeat their figures."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import xarray as xr

from simulations import networks
from simulations.networks import Beside, DataName, NetExperiment, NetName

PAPER: Beside = {("cifar100", "ConvNet"): {}, ("cifar10", "ResNet18"): {}, ("cifar100", "ResNet18"): {}}
"""What the papers have beside ConvNet on CIFAR-10."""


def small(convnet: int = 4, **said: Any) -> Beside:
    """Return ConvNet of a width and ResNet-18 of width 4 on digits, each as it is said; a minute of a core each."""
    widths: dict[NetName, int] = {"ConvNet": convnet, "ResNet18": 4}
    return {("digits", net): {"width": (width,), "seeds": 1, **said} for net, width in widths.items()}


@dataclass(frozen=True)
class OtherNetworks(NetExperiment):
    """One experiment on several networks and data; with ``data`` or ``net`` only those of them."""

    kind: ClassVar[type[NetExperiment]]
    others: ClassVar[dict[str, Beside]]
    """By size, network and data: what the experiment gets in place of its own size's."""

    @property
    def wanted(self) -> list[tuple[DataName, NetName]]:
        """The data and networks.

        Raises:
            ValueError: If what was requested is not among them.
        """
        all_of_them = list(self.others[self.size])
        found = [(d, n) for d, n in all_of_them if self.data in (None, d) and self.net in (None, n)]
        if not found:
            known = ", ".join(f"{n} on {d}" for d, n in all_of_them)
            raise ValueError(f"need one of {known}, got {self.net} on {self.data}")
        return found

    def run(self, kept: Path | None = None) -> xr.Dataset:
        """Return the experiment's runs along ``run``, without groups; ``network`` says which each is of."""
        with networks.kept_in(kept) as folder:
            parts = [self._one(*pair).run(folder / "-".join(pair)) for pair in self.wanted]
        kept_dims = [part.drop_dims("group", errors="ignore") for part in parts]
        names = [
            f"{net} on {data}"
            for part, (data, net) in zip(parts, self.wanted, strict=True)
            for _ in range(part.sizes.get("run", 1))
        ]
        joined = networks.joined(kept_dims, "run", np.arange(len(names)))
        return joined.assign_coords(network=("run", np.array(names)))

    def _one(self, data: DataName, net: NetName) -> NetExperiment:
        """Return the experiment on one network and its data."""
        asked = {f.name: getattr(self, f.name) for f in fields(NetExperiment)}
        said = {**self.others[self.size][data, net], **{n: v for n, v in asked.items() if v is not None}}
        return self.kind(**{**said, "data": data, "net": net})
