"""The equilibrium of eq. 9: how runs approach it below K = sqrt(3) and leave it above, whatever the alpha.

Expected: for two groups 1/H grows by 4 (3 - K^2)/(K^4 - 5 K^2 + 8) a step [beyond:normal-form]; the largest
Lyapunov exponent is 0 up to K = sqrt(3) except for three equal groups [beyond:stability, beyond:splay]; at ELR
0.2 with alpha = (1, 2, 4) the ELRs approach eq. 9 like t^(-1/2). Cost: ten seconds.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import numpy as np
import xarray as xr

import sitheory as si
from sitheory import theory
from sitheory.measure.statistics import Flag
from sitheory.reports.text import columns
from sitheory.theory import regimes
from sitheory.trajectory import schema

ALPHAS = {"1:1": (1, 1), "1:9": (1, 9), "1:2:4": (1, 2, 4), "1:1:1": (1, 1, 1), "1:2:3:4:5": (1, 2, 3, 4, 5)}
PAIRS = ("1:1", "1:9")
ROOT_THREE = 3**0.5


@dataclass(frozen=True)
class Equilibrium:
    """Lyapunov exponents over K for several alpha, the gain of two groups, and the creep at ELR 0.2."""

    name: ClassVar[str] = "beyond_sphere_equilibrium"
    cost: ClassVar[str] = "ten seconds"
    papers: ClassVar[tuple[str, ...]] = ("regimes",)

    lowest: float = 1.05
    highest: float = 2.2
    points: int = 47
    settle: int = 20_000
    seeds: int = 2
    size: float = 0.05
    wait: int = 3000
    span: int = 8000
    steps: int = 1_000_000
    bins: int = 24
    seed: int = 0

    def run(self) -> xr.Dataset:
        """Return exponents over (run, elr, seed), gains over (run, elr), the creep over step; alpha adds up to one."""
        excesses = np.linspace(self.lowest, self.highest, self.points)
        found = [self._exponents(np.array(a) / sum(a), excesses) for a in ALPHAS.values()]
        gains = [
            self._gain(ALPHAS[name], excesses) if name in PAIRS else excesses * np.nan for name in ALPHAS
        ]
        steps, creep = self._creep()
        return schema.dataset(
            {
                "lyapunov": (("run", "elr", "seed"), np.array([f["lyapunov"].values for f in found])),
                "lyapunov_error": (("run", "elr", "seed"), np.array([f["lyapunov_error"].values for f in found])),
                "lyapunov_flag": (("run", "elr", "seed"), np.array([f["lyapunov_flag"].values for f in found])),
                "measured": (("run", "elr"), np.array(gains)),
                "predicted": (("elr",), -regimes.energy_gain(excesses)),
                "elr_group": (("step", "group"), creep),
            },
            {
                "run": list(ALPHAS), "elr": excesses, "seed": np.arange(self.seeds), "step": steps,
                "group": np.arange(3),
            },
            schema.provenance(dataclasses.asdict(self), self.seed) | {"flag_meanings": Flag.meanings()},
        )  # fmt: skip

    def _exponents(self, alpha: np.ndarray, excesses: np.ndarray) -> xr.Dataset:
        loss = si.Quotients(tuple(alpha))
        return si.bifurcation(loss, excesses, settle=self.settle, keep=1, seeds=self.seeds, rng=self.seed)

    def _gain(self, alpha: tuple[float, ...], excesses: np.ndarray) -> np.ndarray:
        """Growth of 1/H a step at each K, from runs that begin near eq. 9; NaN where they leave it."""
        weights = [a / sum(alpha) for a in alpha]
        rng = np.random.default_rng(self.seed)
        cos, share = (self.size * rng.standard_normal(len(alpha)) for _ in range(2))
        share -= np.dot(weights, share)
        state = [1 + c + 0 * excesses for c in cos], [1 + a + 0 * excesses for a in share]
        means = []
        for steps in (self.wait, self.span):
            for _ in range(steps - MEAN):
                state = balance_step(excesses, weights, state)
            total = 0 * excesses
            for _ in range(MEAN):
                total = total + energy(excesses, weights, state)
                state = balance_step(excesses, weights, state)
            means.append(total / MEAN)
        gain = (1 / means[1] - 1 / means[0]) / self.span
        return np.where(means[1] < self.size**2, gain, np.nan)

    def _creep(self) -> tuple[np.ndarray, np.ndarray]:
        """At ELR 0.2, alpha = (1, 2, 4): the largest |elr_i / eq. 9 - 1| in each of some spans of time."""
        loss = si.Quotients((1, 2, 4))
        run = si.simulate(loss, si.SphereGD(0.2), self.steps, every=1, rng=self.seed)
        off = np.abs(run["elr_group"].values / theory.equilibrium_elrs(loss.alpha, 0.2) - 1)
        cuts = np.unique(np.geomspace(10, self.steps, self.bins + 1).astype(int))
        spans = pairwise(cuts)
        return np.sqrt(cuts[1:] * cuts[:-1]).astype(int), np.array([off[a:b].max(axis=0) for a, b in spans])

    @staticmethod
    def table(result: xr.Dataset) -> str:
        """Return gains and exponents at some K, and the exponent of the creep."""
        at = [
            float(result["elr"].sel(elr=k, method="nearest"))
            for k in (1.1, 1.3, 1.5, 1.65, 1.7, 1.75, 1.8, 2.0)
        ]
        chosen = result.sel(elr=at)
        cells = {"K": [f"{k:.4g}" for k in at], "-g(K)": [f"{v:.4g}" for v in chosen["predicted"].values]}
        for pair in PAIRS:
            cells[f"1/H, {pair}"] = [f"{v:.4g}" for v in chosen["measured"].sel(run=pair).values]
        for run in result["run"].values:
            largest = chosen["lyapunov"].sel(run=run).max("seed").values
            cells[f"lyap {run}"] = [f"{v:.4f}" for v in largest]
        inverse, step = result["elr_group"].values[-9::4] ** -2, result["step"].values[-9::4, None]
        slopes = np.diff(inverse, axis=0) / np.diff(step, axis=0)
        early, late = ("  ".join(f"{v:.4g}" for v in row) for row in slopes)
        first, middle, last = step[:, 0]
        creep = (
            f"ELR 0.2: 1/(elr_i / eq. 9 - 1)^2 grows by {early} a step from {first} to {middle}, "
            f"by {late} from {middle} to {last}"
        )
        return f"{columns(cells)}\n{creep}"


MEAN = 200


def balance_step(excess, weights, state):
    """Return every group's direction and share after one step, at many K at once."""
    pairs = list(zip(*state, strict=True))
    grown = [regimes.balance_grown(excess, c, a) for c, a in pairs]
    return [regimes.balance_cos_next(excess, c, a) for c, a in pairs], regimes.balance_shares_next(
        weights, grown
    )


def energy(excess, weights, state):
    """Return H = sum_i w_i ((c_i - 1)^2/(K^2 - 1) + (a_i - 1)^2)/4."""
    groups = zip(weights, *state, strict=True)
    return sum(w * ((c - 1) ** 2 / (excess**2 - 1) + (a - 1) ** 2) for w, c, a in groups) / 4
