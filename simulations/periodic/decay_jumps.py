"""When does a delta-jump happen: the exact threshold against the printed ones, over delta and lr * wd.

Expected: the exact level of rho^2 has no error on either side; below the printed level of eq. (9) some steps do
not jump, the more the larger delta is; Proposition 1's level, which drops (1 - lr wd), misses jumps where
lr wd > 3 delta / 4 and raises false alarms where it is less. Cost: a few seconds.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr

import sitheory as si
from sitheory.losses.planar import PLANAR
from sitheory.reports import text
from sitheory.theory import periodic
from sitheory.trajectory import schema
from sitheory.trajectory.schema import Variable

DECLARED = {
    "false_exact": Variable(("run", "seed"), "share of steps below the exact level that are no delta-jump"),
    "missed_exact": Variable(("run", "seed"), "share of delta-jumps that are not below the exact level"),
    "false_printed": Variable(
        ("run", "seed"), "share of steps below the printed level that are no delta-jump"
    ),
    "false_prop1": Variable(
        ("run", "seed"), "share of steps below the level of Proposition 1 that are no delta-jump"
    ),
    "missed_prop1": Variable(
        ("run", "seed"), "share of delta-jumps that are not below the level of Proposition 1"
    ),
    "level_printed": Variable(("run",), "printed delta-jump level of rho^2 over the exact one"),
    "level_prop1": Variable(("run",), "the level of Proposition 1 over the exact delta-jump level of rho^2"),
}
"""The variables of this experiment alone."""


@dataclass(frozen=True)
class Jumps:
    """Every step of a cycling run, asked whether it jumped and whether each threshold said so."""

    name: ClassVar[str] = "decay_jumps"
    cost: ClassVar[str] = "a few seconds"

    loss: str = "bend 1"
    turn: float = 0.3
    lr: float = 0.1
    products: tuple[float, ...] = (0.001, 0.01, 0.1, 0.3)
    deltas: tuple[float, ...] = (0.001, 0.01, 0.05, 0.1, 0.3, 0.6)
    steps: int = 50_000
    seeds: int = 8

    def run(self) -> xr.Dataset:
        """Return shares of wrong answers over (run, seed); a run is a pair of lr * wd and delta."""
        cells = [(p, d) for p in self.products for d in self.deltas]
        counted = [self._count(product) for product in self.products]
        names = counted[0].keys()
        series = {n: (("run", "seed"), np.concatenate([c[n] for c in counted])) for n in names}
        for name, level in (("level_printed", periodic.jump_norm_4_printed), ("level_prop1", _prop1)):
            ratios = [
                (level(1, self.lr, p / self.lr, d) / periodic.jump_norm_4(1, self.lr, p / self.lr, d)) ** 0.5
                for p, d in cells
            ]
            series[name] = (("run",), np.array(ratios))
        coords = {
            "intrinsic_lr": ("run", [p for p, _ in cells]),
            "delta": ("run", [d for _, d in cells]),
            "seed": np.arange(self.seeds),
        }
        attrs = schema.provenance(dataclasses.asdict(self), list(range(self.seeds)))
        return schema.dataset(series, coords, attrs, declared=DECLARED)

    def _count(self, product: float) -> dict[str, np.ndarray]:
        rule = si.DecayGD(self.lr, product / self.lr)
        rows = [self._judge(rule, seed) for seed in range(self.seeds)]
        return {name: np.array([row[name] for row in rows]).T for name in rows[0]}

    def _judge(self, rule: si.DecayGD, seed: int) -> dict[str, list[float]]:
        loss = PLANAR[self.loss].turned(self.turn)
        run = si.simulate(loss, rule, self.steps, every=1, rng=seed)
        norm = run["total_norm"].values
        # Measured from the norms alone: the gradient is orthogonal to w, so cos = (1 - lr wd) rho_t / rho_{t+1}.
        turned = 1 - (1 - rule.lr * rule.wd) * norm[:-1] / norm[1:]
        norm_4, eff_grad_sq = norm[:-1] ** 4, run["total_eff_grad"].values[:-1] ** 2
        out: dict[str, list[float]] = {}
        for delta in self.deltas:
            jumped = turned > delta
            below = {
                "exact": norm_4 < periodic.jump_norm_4(eff_grad_sq, rule.lr, rule.wd, delta),
                "printed": norm_4 < periodic.jump_norm_4_printed(eff_grad_sq, rule.lr, rule.wd, delta),
                "prop1": norm_4 < periodic.prop1_norm_4(eff_grad_sq, rule.lr, delta),
            }
            seen = {"jumps": float(jumped.sum())}
            for name, said in below.items():
                seen[f"false_{name}"] = _share(said & ~jumped, said)
                seen[f"missed_{name}"] = _share(jumped & ~said, jumped)
            del seen["missed_printed"]  # none by eq. (9), which is necessary
            for name, value in seen.items():
                out.setdefault(name, []).append(value)
        return out

    def table(self, result: xr.Dataset) -> str:
        """Return a row for each lr * wd and delta."""
        shares = ("false_exact", "missed_exact", "false_printed", "false_prop1", "missed_prop1")
        cells = {
            "lr*wd": [f"{v:g}" for v in result["intrinsic_lr"].values],
            "delta": [f"{v:g}" for v in result["delta"].values],
            "eq.(9)/exact": [f"{v:.4f}" for v in result["level_printed"].values],
            "(4)/exact": [f"{v:.4f}" for v in result["level_prop1"].values],
            "jumps a run": [text.with_error(row) for row in result["jumps"].values],
        }
        heads = ("exact: false %", "exact: missed %", "(9): false %", "(4): false %", "(4): missed %")
        for name, head in zip(shares, heads, strict=True):
            cells[head] = [text.with_error(100 * row) for row in result[name].values]
        return (
            "Levels of rho^2 (ratios, exact), and how often each one errs with l = L = the step's own gradient:\n"
            "false: below the level but no jump; missed: a jump not below the level. Errors over seeds.\n"
            + text.columns(cells)
        )


def _prop1(eff_grad_sq: float, lr: float, wd: float, delta: float) -> float:
    return periodic.prop1_norm_4(eff_grad_sq, lr, delta)


def _share(part: np.ndarray, whole: np.ndarray) -> float:
    return float(part.sum() / whole.sum()) if whole.any() else float("nan")
