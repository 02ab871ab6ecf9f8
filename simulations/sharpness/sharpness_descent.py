"""The descent lemma, and Theorem 4.2 with its T_0 at the corners of its hypotheses.

Expected: the descent lemma holds at every step tried, above 2/lambda_max too. Theorem 4.2 fails as printed
near the corner where elr_0 is as large as allowed: T_0 is then 0, and the start itself would need a small
gradient. With half an e-fold more, ceil((ln(|w_0|^2 / (rho_2 pi^2 lr)) + 1/2) / (2 lr wd)), no trial fails.
rho_2 is infinite for linear regression with BN and d >= n, so that the theorem is empty there. Cost: seconds.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr

from sitheory.losses.curved import Cone
from sitheory.losses.quotients import Quotients
from sitheory.reports import text
from sitheory.theory import scale, sharpness as law
from sitheory.trajectory import schema

COLUMNS = ("trials", "failures", "failures, T_0 + e-fold/2")
ETAS = (0.5, 0.1, 1e-2, 1e-3, 1e-4, 1e-5)
STARTS = (1.0, 1.0001, 2.0, 100.0)
ROUNDING = 1e-13


@dataclass(frozen=True)
class Descent:
    """Counts of failures of Lemma 4.1 and Theorem 4.2 over random starts."""

    name: ClassVar[str] = "sharpness_descent"
    cost: ClassVar[str] = "half a minute"

    trials: int = 40
    lemma_trials: int = 100
    seed: int = 0

    def run(self) -> xr.Dataset:
        """Return counts, dims (run, group)."""
        rng = np.random.default_rng(self.seed)
        rows = {f"lemma 4.1, elr {f:g}/lambda_1": self._lemma(rng, f) for f in (0.5, 1.9, 2.0, 4.0)}
        for eta in ETAS:
            for start in STARTS:
                rows[f"thm 4.2, eta {eta:g}, |w_0|^2 {start:g} x least"] = self._theorem(rng, eta, start)
        return schema.dataset(
            {"measured": (("run", "group"), np.array(list(rows.values()), dtype=float))},
            {"run": list(rows), "group": np.arange(len(COLUMNS))},
            schema.provenance(dataclasses.asdict(self), self.seed),
        )

    def _lemma(self, rng: np.random.Generator, factor: float) -> list[float]:
        """Random steps on the 3-D cone; a grid underrates lambda_max, which errs towards failure."""
        loss, failed = Cone.curve(1.5, 0.3), 0
        for _ in range(self.lemma_trials):
            theta = rng.standard_normal(3)
            theta /= np.linalg.norm(theta)
            grad = loss.grad(theta)
            elr = factor / _top(loss, theta)
            along = [_top(loss, theta - a * grad) for a in np.linspace(0, elr, 21)]
            after = loss.value(theta - elr * grad)
            bound = law.descent_bound(loss.value(theta), elr, max(along), grad @ grad)
            failed += after > bound + ROUNDING
        return [self.lemma_trials, failed, np.nan]

    def _theorem(self, rng: np.random.Generator, eta: float, start: float) -> list[float]:
        """Trials on x^2/(x^2 + y^2), rho_2 = 2, at |w_0|^2 = start times the least that elr_0 allows."""
        rho, lr = 2.0, 1.0
        wd = eta / lr
        norm_sq = start * rho * math.pi**2 * lr
        bound = law.thm42_grad_sq(lr, wd, rho, math.pi)
        most = 2 * law.thm42_first_elr(lr, wd, rho, math.pi)
        printed = math.ceil(law.thm42_steps_printed(lr, wd, norm_sq, rho, math.pi, math.log))
        amended = math.ceil(law.thm42_steps(lr, wd, norm_sq, rho, math.pi, math.log))
        angle = rng.uniform(0, 2 * math.pi, self.trials)
        w = math.sqrt(norm_sq) * np.column_stack([np.cos(angle), np.sin(angle)])
        met = _first_met(w, lr, wd, bound, most, max(amended, printed))
        return [self.trials, int((met > printed).sum()), int((met > amended).sum())]

    @staticmethod
    def table(result: xr.Dataset) -> str:
        """Return the counts as lines."""
        cells = {"": list(map(str, result["run"].values))}
        for head, column in zip(COLUMNS, result["measured"].values.T, strict=True):
            cells[head] = ["" if np.isnan(count) else f"{count:.0f}" for count in column]
        return text.columns(cells, left=("",))


def _first_met(w: np.ndarray, lr: float, wd: float, bound: float, most: float, steps: int) -> np.ndarray:
    """The first step at which both bounds of the theorem hold, infinite if none up to ``steps`` does."""
    loss, met = Quotients((1.0,)), np.full(len(w), np.inf)
    for t in range(steps + 1):
        norm_sq = np.sum(w**2, axis=1)
        grad = loss.grad(w)
        small = np.sum(grad**2, axis=1) * norm_sq <= bound
        met[np.isinf(met) & small & (scale.elr_with_decay(lr, wd, norm_sq) <= most)] = t
        if np.all(np.isfinite(met)):
            break
        w = (1 - lr * wd) * w - lr * grad
    return met


def _top(loss: Cone, theta: np.ndarray) -> float:
    return float(np.linalg.eigvalsh(np.array([loss.hvp(theta, e) for e in np.eye(3)]))[-1])
