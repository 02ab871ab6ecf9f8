"""What is equal on average: the mean of log(1 + ESS_i^2) in every group, at every ELR, settled or chaotic.

Expected: its relative spread over the groups falls like 1/T, while the mean ELRs leave eq. 9 by a factor and the mean
ESS^2 differ; with weight decay and mini-batch noise the geometric mean of the cosine between steps is
1 - lr wd [beyond:equilibration]. Cost: a few seconds.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr

import sitheory as si
from sitheory import theory
from sitheory.losses.compiled import SphereQuadratics
from sitheory.reports.text import columns
from sitheory.trajectory import schema

BURN_IN = 1000


@dataclass(frozen=True)
class Turns:
    """Group means of the toy function over a grid of ELRs, and the cosines of noisy runs with weight decay."""

    name: ClassVar[str] = "beyond_sphere_turns"
    cost: ClassVar[str] = "a few seconds"
    papers: ClassVar[tuple[str, ...]] = ("periodic", "regimes")

    alpha: tuple[float, ...] = (1.0, 2.0, 4.0)
    lowest: float = 1.05
    highest: float = 7.0
    points: int = 60
    steps: int = 100_000
    products: tuple[float, ...] = (1e-3, 1e-2, 1e-1)
    decay_steps: int = 100_000
    batches: int = 8
    seed: int = 0

    def run(self) -> xr.Dataset:
        """Return group means over (elr, group), and over wd the mean -log cos measured and derived (lr = 1)."""
        elr = np.linspace(self.lowest, self.highest, self.points) * theory.threshold(self.alpha)
        loss = si.Quotients(self.alpha)
        grid = si.sweep(loss, si.SphereGD, elr=elr, seeds=1, steps=self.steps, windows=1, rng=self.seed)
        late = grid.isel(seed=0, step=0)
        settled = np.array([theory.equilibrium_elrs(self.alpha, e) for e in elr])
        decays = np.array([self._decay(p) for p in self.products])
        return schema.dataset(
            {
                "elr_group": (("elr", "group"), late["elr_group"].values / settled),
                "ess_sq": (("elr", "group"), late["ess_sq"].values),
                "log1p_ess_sq": (("elr", "group"), late["log1p_ess_sq"].values),
                "measured": (("wd",), decays[:, 0]),
                "measured_error": (("wd",), decays[:, 1]),
                "predicted": (("wd",), -np.log1p(-np.array(self.products))),
            },
            {"elr": elr, "wd": np.array(self.products), "group": np.arange(len(self.alpha))},
            schema.provenance(dataclasses.asdict(self), self.seed),
        )

    def _decay(self, product: float) -> tuple[float, float]:
        """Mean of -log cos under mini-batch noise, and the bound log(M/m)/T on its distance to the law."""
        loss = SphereQuadratics.random(6, self.batches, self.seed)
        run = si.simulate(loss, si.DecayGD(1.0, product), self.decay_steps, every=1, rng=self.seed)
        late = run.isel(step=slice(BURN_IN, None))
        norm = late["total_norm"].values
        bound = np.log(norm.max() / norm.min()) / len(norm)
        return float(-np.log1p(-late["cos_dist"].values).mean()), float(bound)

    @staticmethod
    def table(result: xr.Dataset) -> str:
        """Return, at some ELRs, what differs and what does not between the groups; and the law of weight decay."""
        alpha_sum = 1 / theory.threshold((1.0, 2.0, 4.0))
        rows = result.isel(elr=np.linspace(1, result.sizes["elr"] - 1, 7).astype(int))
        cells = {"K": [f"{e * alpha_sum:.3f}" for e in rows["elr"].values]}
        shown = {
            "mean ELR / eq. 9": "elr_group",
            "mean ESS^2": "ess_sq",
            "mean log(1 + ESS^2)": "log1p_ess_sq",
        }
        for title, name in shown.items():
            cells[title] = ["  ".join(f"{v:.5g}" for v in row) for row in rows[name].values]
        pairs = zip(
            *(result[k].values for k in ("wd", "measured", "predicted", "measured_error")), strict=True
        )
        decay = [
            f"lr wd {w:g}: mean -log cos {m:.8f}, -log(1 - lr wd) {p:.8f}, bound on the difference {b:.1e}"
            for w, m, p, b in pairs
        ]
        return "\n".join([columns(cells), *decay])
