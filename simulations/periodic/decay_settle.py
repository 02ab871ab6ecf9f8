"""For which losses does GD with weight decay settle, and for which does it oscillate for ever?

Expected: near a minimum of f(phi) small swings of the norm shrink where 4 f''^2 + f'' f'''' - 3 f'''^2 < 0 and grow
where it is positive; the quotient sin^2 phi has 0 and keeps its swing for ever. Waves of a higher frequency than
the quotient's settle, lower ones cycle. Cost: half a minute.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr

import sitheory as si
from sitheory.losses.planar import PLANAR, Fourier
from sitheory.measure import cycles
from sitheory.reports import text
from sitheory.simulation import decay
from sitheory.theory import periodic
from sitheory.trajectory import schema
from sitheory.trajectory.schema import Variable

DECLARED = {
    "settling_index": Variable(
        ("run",), "the settling index of the minimum, over the squared second derivative"
    ),
    "growth": Variable(("run",), "log of the late over the early swing of log rho^2"),
    "swing": Variable(("run",), "log(max/min) of rho^2 in the last quarter"),
    "behaviour": Variable(("run",), "what the norm does in the long run"),
}
"""The variables of this experiment alone."""


@dataclass(frozen=True)
class Settle:
    """Random planar losses, and the named ones: what theory says of small swings, and what happens."""

    name: ClassVar[str] = "decay_settle"
    cost: ClassVar[str] = "half a minute"

    product: float = 1e-3
    random: int = 120
    waves: int = 3
    swing: float = 0.05
    periods: int = 60
    seed: int = 0

    def run(self) -> xr.Dataset:
        """Return index, growth of a small swing, and behaviour from a random start, over runs (losses)."""
        losses = {**PLANAR, **{f"random {i}": self._random(i) for i in range(self.random)}}
        losses.pop("degenerate")  # no second derivative to divide by
        rows = [self._row(loss, i) for i, loss in enumerate(losses.values())]
        index, growth, swing, behaviour = map(np.array, zip(*rows, strict=True))
        series = {
            "settling_index": index,
            "growth": growth,
            "swing": swing,
            "behaviour": behaviour.astype(str),
        }
        attrs = schema.provenance(dataclasses.asdict(self), self.seed)
        coords = {"loss_name": ("run", list(losses))}
        variables = {n: (("run",), v) for n, v in series.items()}
        return schema.dataset(variables, coords, attrs, declared=DECLARED)

    def _random(self, i: int) -> Fourier:
        draw = np.random.default_rng([self.seed, i])
        k = np.arange(1, self.waves + 1)
        size = k ** -draw.uniform(0, 6)
        return Fourier(
            tuple(draw.standard_normal(self.waves) * size), tuple(draw.standard_normal(self.waves) * size)
        )

    def _row(self, loss: Fourier, i: int) -> tuple[float, float, float, str]:
        low = float(loss.minima()[0])
        f2, f3, f4 = (float(loss.derivative(low, k)) for k in (2, 3, 4))
        rule, centred = si.DecayGD(1, self.product), loss.turned(0.3 - low)
        length = int(self.periods * np.pi / np.sqrt(2 * self.product))
        seen = decay.samples(centred, rule, length, self._near_rest(centred))
        late, early = (
            self._swing(seen["total_norm"][part])
            for part in (slice(-length // 10, None), slice(length // 10))
        )
        w = np.random.default_rng([self.seed, i, 1]).standard_normal(2)
        long = decay.samples(centred, rule, 20 * length, w, every=4)
        found = cycles.find_cycle(2 * np.log(long["total_norm"]), 4, -np.log1p(-self.product))
        return (
            periodic.settling_index(f2, f3, f4) / f2**2,
            float(np.log(late / early)),
            found.swing,
            found.behaviour,
        )

    def _near_rest(self, loss: Fourier) -> np.ndarray:
        """A point of the orbit that goes to and fro with a resting norm, and a little more norm."""
        from scipy.optimize import brentq

        half = float(np.arccos(periodic.resting_cos(1, self.product))) / 2
        one = (
            brentq(lambda m: loss.derivative(m + half) + loss.derivative(m - half), 0.3 - half, 0.3 + half)
            + half
        )
        elr = (1 - self.product) * np.tan(2 * half) / loss.derivative(one)
        return np.array([np.cos(one), np.sin(one)]) / elr**0.5 * (1 + self.swing / 2)

    @staticmethod
    def _swing(norm: np.ndarray) -> float:
        # Below 1e-12 the swing is rounding.
        return max(float(np.ptp(2 * np.log(norm))), 1e-12)

    def table(self, result: xr.Dataset) -> str:
        """Return the named losses, and how often the sign of the index is right for the random ones."""
        names = result["loss_name"].values
        named = result.isel(run=np.flatnonzero(~np.char.startswith(names.astype(str), "random")))
        cells = {
            "loss": [str(v) for v in named["loss_name"].values],
            "index/f''^2": [f"{v:.4g}" for v in named["settling_index"].values],
            "small swing x": [f"{np.exp(v):.3g}" for v in named["growth"].values],
            "from a random start": [str(v) for v in named["behaviour"].values],
            "late swing": [f"{v:.3g}" for v in named["swing"].values],
        }
        drawn = result.isel(run=np.flatnonzero(np.char.startswith(names.astype(str), "random")))
        lines = [
            f"lr*wd = {self.product:g}; small swing x: its factor over {self.periods} periods",
            text.columns(cells),
            "",
        ]
        index, growth = drawn["settling_index"].values, drawn["growth"].values
        for sign, word in ((-1, "shrinks"), (1, "grows")):
            of = sign * index > 0
            right = int(np.sum(sign * growth[of] > 0))
            behaviours = ", ".join(
                f"{b} {c}"
                for b, c in zip(
                    *np.unique(drawn["behaviour"].values[of].astype(str), return_counts=True), strict=True
                )
            )
            lines.append(
                f"random losses with index {'<' if sign < 0 else '>'} 0: {of.sum()}; a small swing {word} in {right} "
                f"(share {_share(right, int(of.sum()))}); from a random start: {behaviours}"
            )
        return "\n".join(lines)


def _share(right: int, count: int) -> str:
    """A share with the standard error of the posterior mean (Laplace), which is not 0 at 0 or 1."""
    if not count:
        return "-"
    mean = (right + 1) / (count + 2)
    return text.plus_minus(right / count, (mean * (1 - mean) / (count + 3)) ** 0.5)
