"""Norm and turn of each group under any optimiser, measured from the weights, beside the law of decoupled decay.

The law needs two things of an optimiser, the size R_0 of its updates u = ((1 - lr wd) w - w')/lr and how they
correlate, R_k = <u_t, u_{t-k}> [hyperball:recursion]; both are measured. Its assumption is that they are stationary.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from sitheory.bridge.symmetry.partition import Partition
from sitheory.reports.text import columns
from sitheory.theory import rotation
from sitheory.trajectory import schema

if TYPE_CHECKING:
    import xarray as xr

LAGS = 8
"""Correlations R_1 .. R_8 are measured; what comes after them is taken to fall on as these do."""

RECENT = 32
"""Means forget: a measurement has the weight 1/32 once there are so many."""

LATE = 4
"""Until then they weigh the n-th measurement by n^3, so that a start is forgotten; correlations weigh all alike."""

KEPT = 1e-3
"""A norm that changes by less than this share of the squared turn in a step is kept by the optimiser."""

AS_PREDICTED = 0.1
"""A turn is called as predicted up to a tenth: what a few bursts of correlations can tell."""

BEYOND_CHANCE = 4.0
"""Standard deviations of correlations of noise beyond which the last lags count as memory."""


class Updates:
    """Running means of what an optimiser's steps do to each group: sizes, inner products, turns, correlations.

    It holds one update of all watched weights in float32 to correlate the next eight with.

    Args:
        groups: The groups.
        apart: Steps between the beginnings of two bursts of nine steps.
    """

    def __init__(self, groups: Partition, apart: int):
        self._groups, self._apart = groups, apart
        self._first: Tensor | None = None
        self._size_sq = self._last_sq = torch.zeros(0)
        self._began = -apart
        self.means: dict[str, Tensor] = {}
        self.counts: dict[str, Tensor] = {}
        self.lr = self.wd = torch.zeros(0)

    def due(self, step: int) -> bool:
        """Return whether a step belongs to a burst."""
        return self._lag(step) is not None

    def _lag(self, step: int) -> int | None:
        lag = step - self._began
        return lag if self._first is not None and 1 <= lag <= LAGS else None

    def join(self, step: int, w: Tensor, after: Tensor, lr: Tensor, wd: Tensor, looked: bool) -> None:
        """Take in a step.

        Args:
            step: Its number.
            w: The weights before it, shape (1, size).
            after: The weights after it.
            lr: Each group's learning rate, shape (groups,); nan or 0 where there is none.
            wd: Each group's decoupled weight decay.
            looked: Whether the step is looked at, so that it counts in the means.
        """
        moves = lr > 0
        rate = torch.where(moves, lr, 1.0)
        alpha = rotation.keep(rate, torch.nan_to_num(wd))
        u = (self._groups.spread(alpha[None]) * w - after) / self._groups.spread(rate[None])
        lag = self._lag(step)
        size_sq = self._sum(u * u)
        if lag is not None and self._first is not None:
            cos = self._sum(u * self._first) / (size_sq * self._size_sq).sqrt()
            self._add(f"r{lag}", cos, moves, 1)
        if not looked:
            return
        norm_sq, next_sq = self._sum(w * w), self._sum(after * after)
        chord_sq = rotation.chord_sq(self._sum((after - w) ** 2), norm_sq.sqrt(), next_sq.sqrt())
        now = {
            "norm_sq": norm_sq,
            "update_sq": size_sq / norm_sq,
            "inner": self._sum(w * u) / norm_sq,
            "chord_sq": chord_sq,
            "step_sq": lr**2 * size_sq / norm_sq,
            "grown": (next_sq / norm_sq - 1).abs(),
        }
        for name, value in now.items():
            self._add(name, value, moves, LATE)
        self.lr, self.wd, self._last_sq = lr, torch.nan_to_num(wd), next_sq
        if lag is None and step - self._began >= self._apart:
            self._first, self._size_sq, self._began = u.float(), size_sq, step

    def rotation(self, degree: int, time: np.ndarray, coupled: bool) -> Rotation:
        """Return what was measured, for updates of this degree in the weights."""
        sizes = self._sum(torch.ones(1, self._groups.size, dtype=torch.float64, device=self.lr.device))
        mean = self.means
        nothing = torch.full((len(sizes),), torch.nan, dtype=torch.float64, device=self.lr.device)
        correlations = torch.stack([mean.get(f"r{k}", nothing) for k in range(1, LAGS + 1)], dim=1)
        bursts = self.counts.get(f"r{LAGS}", torch.zeros_like(sizes))
        known = self.counts["norm_sq"] > 0
        size_sq, inner, chord_sq, step_sq, grown = (
            torch.where(known, mean[n], torch.nan)
            for n in ("update_sq", "inner", "chord_sq", "step_sq", "grown")
        )
        cos = inner / size_sq.sqrt()
        lr, wd = self.lr, self.wd
        arrays = (
            sizes,
            lr,
            wd,
            mean["norm_sq"].sqrt(),
            self._last_sq.sqrt(),
            (size_sq * mean["norm_sq"] / sizes).sqrt(),
            cos,
            (step_sq / size_sq).sqrt(),
            grown < KEPT * chord_sq,
        )
        sizes_, lr_, wd_, norm, last, rms, cos_, mean_lr, kept = (a.cpu().numpy() for a in arrays)
        turn = _angle(chord_sq.cpu().numpy())
        held, products = correlations.cpu().numpy(), bursts.cpu().numpy()
        labels = tuple(self._groups.labels)
        measured = (norm, last, rms, cos_, turn, held, products)
        return Rotation(labels, sizes_, lr_, mean_lr, wd_, *measured, kept, degree, time, coupled)

    def _sum(self, values: Tensor) -> Tensor:
        return self._groups.sums(values.double())[0]

    def _add(self, name: str, value: Tensor, moves: Tensor, late: int) -> None:
        """Take a value into a mean whose weights rise with a power of time, and fall off beyond ``RECENT``."""
        if name not in self.means:
            self.means[name] = torch.zeros_like(value)
            self.counts[name] = torch.zeros_like(moves, dtype=torch.long)
        take = moves & torch.isfinite(value)
        self.counts[name] = self.counts[name] + take
        share = (late / (self.counts[name].double() + late - 1).clamp(min=1)).clamp(min=1 / RECENT)
        moved = self.means[name] + share * (value - self.means[name])
        self.means[name] = torch.where(take, moved, self.means[name])


@dataclass(frozen=True)
class Rotation:
    """What each group's weights do and what the law of decoupled decay says of them; arrays over the groups.

    ``degree`` is that of the updates in the weights: 0 where their size is set by the optimiser, -1 for gradients of a
    scale-invariant loss as SGD takes them. nan stands for what is not known.

    Args:
        labels: The groups' names.
        sizes: How many weights each has.
        lr: Learning rates of the last step.
        mean_lr: Root mean squares of those of the measured turns, each weighed with its squared update.
        wd: Decoupled weight decays.
        norm: Root mean square of the norms of the weights.
        last_norm: Their norms after the last step that was looked at.
        update_rms: Root mean square of the entries of u, at that norm.
        cos: Measured <w, u>/(|w| |u|).
        turn: Measured angle of a step, radians.
        correlations: R_1/R_0 .. R_8/R_0, shape (groups, 8), nan where not measured.
        bursts: How many products each of them is the mean of.
        kept: Whether the optimiser keeps the norm, as Hyperball does.
        degree: The degree.
        time: Measured time constant of the squared norm in steps, nan where it does not relax.
        coupled: Whether the decay passes through the optimiser's division, so that there is no law of rest.
    """

    labels: tuple[str, ...]
    sizes: np.ndarray
    lr: np.ndarray
    mean_lr: np.ndarray
    wd: np.ndarray
    norm: np.ndarray
    last_norm: np.ndarray
    update_rms: np.ndarray
    cos: np.ndarray
    turn: np.ndarray
    correlations: np.ndarray
    bursts: np.ndarray
    kept: np.ndarray
    degree: int
    time: np.ndarray
    coupled: bool = False

    @property
    def alpha(self) -> np.ndarray:
        """What decay leaves of the weights per step."""
        return rotation.keep(self.lr, self.wd)

    @property
    def update_sq(self) -> np.ndarray:
        """R_0 = |u|^2."""
        return self.update_rms**2 * self.sizes

    @property
    def tail(self) -> np.ndarray:
        """How correlations fall per lag after R_8, 1 at most: as from R_1..R_4 to R_5..R_8, 0 if they are chance."""
        early, late = (
            np.nan_to_num(self.correlations[:, part]).mean(axis=1) for part in (slice(4), slice(4, 8))
        )
        chance = BEYOND_CHANCE / np.sqrt(4 * self.sizes * np.maximum(self.bursts, 1))
        with np.errstate(invalid="ignore", divide="ignore"):
            fall = np.minimum(late / np.maximum(early, chance), 1.0)
            return np.where(late > chance, np.maximum(fall, 0.0) ** 0.25, 0.0)

    @property
    def memory(self) -> np.ndarray:
        """S = sum over k >= 1 of alpha^(k-1) R_k."""
        known, beta = np.nan_to_num(self.correlations), self.tail
        rest = rotation.pole_memory(known[:, 7] * beta, beta, self.alpha)
        return self.update_sq * rotation.memory([*known.T, rest], self.alpha)

    @property
    def rest_norm(self) -> np.ndarray:
        """The norm at rest, inf without decay [hyperball:weight-norm]."""
        if self.coupled:
            return np.full_like(self.norm, np.nan)
        with np.errstate(divide="ignore", invalid="ignore"):
            here_sq = rotation.rest_norm_sq(self.update_sq, self.memory, self.lr, self.alpha)
            rest_sq = np.sqrt(here_sq) * self.norm if self.degree else here_sq
            return np.where(self.kept, self.norm, np.where(self.wd > 0, np.sqrt(rest_sq), np.inf))

    @property
    def rest_turn(self) -> np.ndarray:
        """The turn at rest, radians, 0 without decay [hyperball:step-size]."""
        if self.coupled:
            return np.full_like(self.norm, np.nan)
        decayed = _angle(rotation.rest_chord_sq(self.update_sq, self.memory, self.alpha))
        return np.where(self.kept, self.predicted_turn, decayed)

    @property
    def rest_cos(self) -> np.ndarray:
        """cos(w, u) at rest [hyperball:cosine]."""
        cos_sq = rotation.rest_update_cos_sq(self.update_sq, self.memory, self.alpha)
        return -np.sign(self.memory) * np.sqrt(np.maximum(cos_sq, 0))

    @property
    def predicted_turn(self) -> np.ndarray:
        """The turn of a step at the norm and learning rate that it was measured at, radians [hyperball:step-size]."""
        inner = self._inner(self.memory, self.mean_lr, self.update_sq, self.mean_lr)
        return self._turn(self.norm**2, self.mean_lr, inner, self.update_sq)

    @property
    def predicted_time(self) -> np.ndarray:
        """The time constant of the squared norm, in steps; that of its square where gradients fall with the norm."""
        with np.errstate(divide="ignore"):
            steps = np.where(self.wd > 0, rotation.relaxation_time(self.alpha, np.log), np.inf)
        return steps / 2 if self.degree else steps

    def _inner(self, memory: np.ndarray, past: Any, size_sq: np.ndarray, lr: np.ndarray) -> np.ndarray:
        """<w, u> by the memory of updates that were taken at a past rate; what keeps the norm where it is kept."""
        return np.where(self.kept, lr * size_sq / 2, rotation.inner_at_rest(memory, past))

    def _turn(
        self, norm_sq: np.ndarray, lr: np.ndarray, inner: np.ndarray, size_sq: np.ndarray
    ) -> np.ndarray:
        alpha = rotation.keep(lr, self.wd)
        next_sq = rotation.norm_sq_next(norm_sq, inner, size_sq, lr, alpha)
        moved_sq = rotation.norm_sq_next(norm_sq, inner, size_sq, lr, alpha - 1)
        return _angle(rotation.chord_sq(moved_sq, np.sqrt(norm_sq), np.sqrt(next_sq)))

    def ahead(self, factors: Sequence[float]) -> xr.Dataset:
        """Return norm and turn of each group under a schedule, if the updates stay what they are.

        Args:
            factors: The learning rates of the coming steps, as multiples of the last one.

        Returns:
            A Dataset over ``step`` (steps from now) and ``group``: ``norm`` before a step and ``turn`` in it.

        Raises:
            ValueError: If a factor is not a number >= 0.
        """
        given = np.asarray(factors, dtype=float)
        if given.ndim != 1 or not len(given) or not (np.isfinite(given) & (given >= 0)).all():
            raise ValueError("need factors >= 0 of the learning rate, one for each step ahead")
        size_sq, norm_sq = self.update_sq, self.last_norm**2
        known, beta = np.nan_to_num(self.correlations).T, self.tail
        # <w, u> remembers the learning rates that the correlated updates were taken with.
        past = [self.lr] * (LAGS + 1)
        rest = self.lr * rotation.pole_memory(known[-1] * beta, beta, self.alpha)
        norms, turns = [], []
        for factor in given:
            lr = factor * self.lr
            shrunk = size_sq * (self.norm**2 / norm_sq if self.degree else 1.0)
            held = rotation.memory(
                [*(r * k for r, k in zip(past[:LAGS], known, strict=True)), rest], self.alpha
            )
            inner = self._inner(held * shrunk, 1.0, shrunk, lr)
            norms.append(np.sqrt(norm_sq))
            turns.append(2 * np.sin(self._turn(norm_sq, lr, inner, shrunk) / 2))
            norm_sq = rotation.norm_sq_next(norm_sq, inner, shrunk, lr, rotation.keep(lr, self.wd))
            rest = self.alpha * beta * rest + past[LAGS - 1] * known[-1] * beta
            past = [lr, *past[:-1]]
        series = {"norm": (("step", "group"), np.array(norms)), "turn": (("step", "group"), np.array(turns))}
        attrs = {**schema.provenance({"assumes": "stationary updates"}, None), "reduction": "sample"}
        coords = {"step": np.arange(len(given)), "group": list(self.labels)}
        return schema.dataset(series, coords, attrs)

    def said(self) -> list[str]:
        """Return of each group whether it turns as the law says, or what is off."""
        with np.errstate(invalid="ignore", divide="ignore"):
            ratio = self.turn / self.predicted_turn
        words = []
        for i, off in enumerate(ratio):
            if not (self.lr[i] > 0) or not self.bursts[i] or not math.isfinite(off):
                words.append("not told yet")
            elif abs(off - 1) <= AS_PREDICTED:
                words.append("as predicted")
            else:
                words.append(f"{off:.2g} times that: not stationary, or of longer memory")
        return words

    def __str__(self) -> str:
        """One table: a line for each group, measurements beside predictions."""
        degrees = [np.degrees(a) for a in (self.turn, self.predicted_turn, self.rest_turn)]
        cells = {
            "group": list(self.labels),
            "norm": _short(self.norm),
            "at rest": _short(self.rest_norm),
            "turn per step": [f"{a}°" for a in _short(degrees[0])],
            "by theory": [f"{a}°" for a in _short(degrees[1])],
            "": self.said(),
            "in equilibrium": [f"{a}°" for a in _short(degrees[2])],
            "cos(w, u)": _short(self.cos),
            "its equilibrium": _short(self.rest_cos),
            "rms u": _short(self.update_rms),
            "R1/R0": _short(self.correlations[:, 0]),
            "R8/R0": _short(self.correlations[:, 7]),
            "time constant": _short(self.predicted_time),
            "measured": _short(self.time),
        }
        lines = [columns(cells, left=cells)]
        if self.coupled:
            lines.append("weight decay passes through the optimiser's division: no law of rest")
        return "\n".join(lines)


def measured_time(steps: np.ndarray, norm_sq: np.ndarray) -> np.ndarray:
    """Return the time constant of an exponential relaxation from means over three thirds of a series.

    Args:
        steps: Evenly spaced steps, shape (n,).
        norm_sq: Squared norms, shape (n, groups).

    Returns:
        Steps per factor e, shape (groups,); nan where the thirds do not approach a limit from one side.
    """
    third = len(steps) // 3
    if third < 2:
        return np.full(norm_sq.shape[1], np.nan)
    a, b, c = (
        norm_sq[len(steps) - k * third : len(steps) - (k - 1) * third or None].mean(0) for k in (3, 2, 1)
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = (b - a) / (c - b)
        return np.where(ratio > 1, (steps[-1] - steps[-1 - third]) / np.log(ratio), np.nan)


def _angle(chord_sq: np.ndarray) -> np.ndarray:
    return 2 * np.arcsin(np.minimum(np.sqrt(np.maximum(chord_sq, 0)) / 2, 1))


def _short(values: np.ndarray) -> list[str]:
    return ["-" if math.isnan(v) else f"{v:.3g}" for v in values]
