"""What an optimiser will do to norm and direction of a layer: ``python -m sitheory.advise --optimizer adamw ...``.

The laws are those of ``theory.rotation``: gradients that are noise, of one size per entry and uncorrelated from step
to step, decide size and memory of the updates, and these the turn, the norm and the time that it takes. Nothing is run.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any

import numpy as np

from sitheory.rules import AdamL2, AdamW, Hyperball, Lion, Momentum, Muon, Nesterov
from sitheory.theory import rotation

Pair = tuple[float, float]

CHUNKS = 4_000
"""Parts of a run over which the learning rate counts as constant where its end is predicted."""

TERMS = 4_000
"""Correlations of signs that are summed before the rest counts as linear."""

APART = 1e-6
"""The least difference between a memory's beta and alpha that the closed form of their common decay can divide by."""

HALVINGS = 40
"""Of the interval of cosines of Hyperball: they are then known to 1e-12."""

ANGLES = 20_000
"""Points of the quadrature of singular values: an error below 1e-7."""

NOISE = (
    "gradients are noise, uncorrelated from step to step and of one size in all entries; a signal lets the weights "
    "remember longer: norms rest higher and turns are smaller"
)


@dataclass(frozen=True)
class Updates:
    """Size and memory of an optimiser's updates under noise.

    Args:
        size_sq: E|u|^2 of the layer.
        memories: Least and greatest S/E|u|^2 at the rule's alpha.
    """

    size_sq: float
    memories: Pair


@dataclass(frozen=True)
class Forecast:
    """Predictions for one layer; pairs are bounds where theory has no more.

    Args:
        rule: The optimiser with its schedule.
        shape: Rows (outputs) and columns (inputs) of the layer.
        eff_grad: Norm of the gradient times that of the weights; coupled decay needs it.
        steps: Length of the run, for the schedule.

    Raises:
        ValueError: If the shape or the steps are not positive, or weight decay is 0 where the rule has any.

    Example:
        >>> ahead = Forecast(AdamW(3e-4, 0.1, 0.9, 0.95), (1024, 1024), steps=100_000)
        >>> [round(x, 5) for x in ahead.turn], round(ahead.time_constant)
        ([0.10133, 0.10133], 16666)
    """

    rule: Momentum | AdamW | AdamL2 | Lion | Muon | Hyperball
    shape: tuple[int, int] = (1, 1)
    eff_grad: float | None = None
    steps: int | None = None

    def __post_init__(self):
        if min(self.shape) < 1:
            raise ValueError(f"need rows and columns >= 1, got {self.shape}")
        if self.steps is not None and self.steps < 1:
            raise ValueError(f"need steps >= 1, got steps={self.steps}")
        if not getattr(self.rule, "wd", 1.0):
            raise ValueError("need wd > 0: without decay the norm grows for ever and nothing rests, got wd=0")
        if self.eff_grad is not None and not (self.eff_grad > 0 and math.isfinite(self.eff_grad)):
            raise ValueError(f"need a gradient > 0, got {self.eff_grad!r}")

    @property
    def alpha(self) -> float:
        """What decoupled decay leaves of the weights per step."""
        return rotation.keep(self.rule.lr, getattr(self.rule, "wd", 0.0))

    @property
    def entries(self) -> int:
        """How many weights the layer has."""
        return self.shape[0] * self.shape[1]

    @property
    def coupled(self) -> bool:
        """Whether the decay passes through the momentum or Adam's division."""
        return isinstance(self.rule, AdamL2) or (isinstance(self.rule, Momentum) and not self.rule.decoupled)

    @cached_property
    def updates(self) -> Updates:
        """Size and memory of the updates of a rule with decoupled decay, gradients of RMS 1 for an average."""
        return updates_of(self.rule, self.shape, self.alpha)

    @cached_property
    def ball_cos(self) -> Pair:
        """Greatest and least cosine of the weights and Hyperball's direction at rest: past steps lie across it.

        On a ball the weights are the sum of past steps that fall by alpha = 1/|W/R - lr u/|u||, as under decay.
        """
        rule: Any = self.rule

        def excess(cos: float, bound: int) -> float:
            alpha = 1 / math.sqrt(rotation.hyperball_norm_sq(rule.lr, cos))
            memory = updates_of(rule.of, self.shape, alpha).memories[bound]
            return cos - rotation.inner_at_rest(memory, rule.lr * alpha)

        found = []
        for bound in (0, 1):
            low, high = -1.0, 0.0
            for _ in range(HALVINGS):
                middle = (low + high) / 2
                low, high = (low, middle) if excess(middle, bound) > 0 else (middle, high)
            found.append(high)
        return found[0], found[1]

    @property
    def chord_sq(self) -> Pair:
        """Squared step of the direction at rest."""
        rule = self.rule
        if isinstance(rule, Hyperball):
            short, long = self.ball_cos
            return _ball_chord_sq(rule.lr, long), _ball_chord_sq(rule.lr, short)
        if isinstance(rule, AdamL2):
            norm_sq = self.rest_norm[0] ** 2
            turned = rotation.adam_l2_step_sq(self.entries, norm_sq, rule.lr, rule.b1)
            return turned, turned
        if self.coupled:
            turned = rotation.heavy_chord_sq(rule.lr, rule.wd, rule.momentum)  # type: ignore[union-attr]
            return turned, turned
        least, most = self.updates.memories
        return (
            rotation.rest_chord_sq(1.0, most, self.alpha),
            rotation.rest_chord_sq(1.0, least, self.alpha),
        )

    @property
    def turn(self) -> Pair:
        """Turn per step at rest, in degrees."""
        low, high = self.chord_sq
        return _degrees(low), _degrees(high)

    @property
    def rest_norm(self) -> Pair:
        """Norm of the layer at rest; NaN where it takes a gradient that was not given, or the rule keeps it."""
        rule, grad = self.rule, self.eff_grad
        if isinstance(rule, Hyperball):
            return math.nan, math.nan
        if isinstance(rule, AdamL2):
            rms = math.nan if grad is None else grad * math.sqrt(self.entries)
            norm = rotation.adam_l2_norm_cubed(rms, rule.lr, rule.wd) ** (1 / 3)
            return norm, norm
        if self.coupled:
            push = math.nan if grad is None else grad**2
            norm = rotation.heavy_norm_sq(push, rule.lr, rule.wd, rule.momentum) ** 0.25  # type: ignore[union-attr]
            return norm, norm
        norms = [self._rest_sq(memory, rule.lr) for memory in self.updates.memories]
        if isinstance(rule, Momentum):  # the gradient is divided by the norm
            return norms[0] ** 0.25, norms[1] ** 0.25
        return norms[0] ** 0.5, norms[1] ** 0.5

    def _rest_sq(self, memory: float, lr: float) -> float:
        """E|W|^2 at rest, for Momentum of gradients over the norm |W|^4."""
        size = self.updates.size_sq
        if isinstance(self.rule, Momentum):
            grad_sq = math.nan if self.eff_grad is None else self.eff_grad**2
            size = grad_sq * rotation.average_sq(self.rule.momentum)
        return rotation.rest_norm_sq(size, memory * size, lr, rotation.keep(lr, self.rule.wd))  # type: ignore[union-attr]

    @property
    def time_constant(self) -> float:
        """Steps in which the start's part of |W|^2 falls by e; of |W|^4 where updates are in proportion to 1/|W|."""
        if isinstance(self.rule, Hyperball):
            return 0.0
        if isinstance(self.rule, AdamL2):
            return self._adam_l2_time(self.rest_norm[0])
        if self.coupled:
            return rotation.heavy_relaxation_time(self.rule.lr, self.rule.wd, self.rule.momentum)  # type: ignore[union-attr]
        constant = rotation.relaxation_time(self.alpha, math.log)
        return constant / 2 if isinstance(self.rule, Momentum) else constant

    def _adam_l2_time(self, norm: float) -> float:
        rms = math.nan if self.eff_grad is None else self.eff_grad / math.sqrt(self.entries)
        return rotation.adam_l2_relaxation_time(rms, norm, self.rule.lr, self.rule.wd)  # type: ignore[union-attr]

    @property
    def followed(self) -> bool:
        """Whether a run under the schedule can be followed: its length is known, and the gradient if it decides."""
        by_itself = isinstance(self.rule, (AdamW, Lion, Muon, Hyperball))
        return self.steps is not None and (by_itself or self.eff_grad is not None)

    @cached_property
    def poles(self) -> tuple[Pair, ...]:
        """The memory as a sum of R_1 beta^(k-1): pairs of R_1/E|u|^2 and beta.

        It is exact for averages and, to first order in 1 - b2, for AdamW. For signs and polar factors the linear part
        has the average's beta, and what is left is given beta^3 and the size that makes S right (for Muon, the middle
        of its bounds).
        """
        rule: Any = self.rule
        if isinstance(rule, AdamW):
            constant, falling = rotation.adam_parts(rule.b1, rule.b2)
            size, fast = constant + falling, rule.b1 * rule.b2
            return (constant * rule.b1 / size, rule.b1), (falling * fast / size, fast)
        if isinstance(rule, Lion):
            share, first, beta = 2 / math.pi, _blended(rule.b1, rule.b2), rule.b2
        else:
            share, first, beta = polar_share(self.shape), _first(rule), rule.momentum
        linear = share * first
        left = sum(self.updates.memories) / 2 - rotation.pole_memory(linear, beta, self.alpha)
        return (linear, beta), (left * (1 - self.alpha * beta**3), beta**3)

    def along(self, start_norm: float | None = None) -> Iterator[tuple[float, float, float]]:
        """Yield (part of the run, norm, turn in degrees per step) at the ends of equal parts of the run.

        Within a part the learning rate is constant; norm and products with the updates are carried on exactly for the
        memory that ``poles`` says. Where the gradient decides, the norm relaxes as at small lr wd; on a ball it stays.

        Args:
            start_norm: The norm at the start, of weights that no update has made; None begins at rest.
        """
        rule: Any = self.rule
        if isinstance(rule, Hyperball):
            yield from self._along_ball(start_norm)
            return
        if isinstance(rule, (Momentum, AdamL2)):
            yield from self._along_gradient(start_norm)
            return
        steps, size, poles = self.steps or 1, self.updates.size_sq, self.poles
        peak = self.alpha
        now = self._rest_sq(sum(self.updates.memories) / 2, rule.lr) if start_norm is None else start_norm**2
        inners = [0.0 if start_norm is not None else self._inner(pole, rule.lr, peak) for pole in poles]
        parts = min(CHUNKS, steps)
        for part in range(parts):
            lr = rule.lr * rule.schedule.share((part + 0.5) / parts)
            alpha, count = rotation.keep(lr, rule.wd), steps / parts
            rests = [self._inner(pole, lr, alpha) for pole in poles]
            kept = alpha ** (2 * count)
            rest = self._rest_sq(-sum(rests) / (lr * size), lr)
            now = rest + kept * (now - rest)
            for i, (_, beta) in enumerate(poles):
                near = beta if abs(beta - alpha) > APART else alpha - APART
                held, gap = (alpha * near) ** count, inners[i] - rests[i]
                now += rotation.average_norm_sq_after(0.0, 0.0, gap, kept, held, lr, alpha, near)
                inners[i] = rests[i] + held * gap
            yield (part + 1) / parts, math.sqrt(now), self._turn(now, sum(inners), lr, alpha)

    def _along_ball(self, start_norm: float | None) -> Iterator[tuple[float, float, float]]:
        """Along the schedule on a ball; the cosine falls with the rate, for the memory stays."""
        rule: Any = self.rule
        peak, parts = sum(self.ball_cos) / 2, min(CHUNKS, self.steps or 1)
        for part in range(parts):
            share = rule.schedule.share((part + 0.5) / parts)
            chord = _ball_chord_sq(rule.lr * share, peak * share)
            yield (part + 1) / parts, math.nan if start_norm is None else start_norm, _degrees(chord)

    def _along_gradient(self, start_norm: float | None) -> Iterator[tuple[float, float, float]]:
        """Along the schedule where updates follow the size of a gradient that falls as 1/|W|."""
        rule: Any = self.rule
        steps, now = self.steps or 1, self.rest_norm[0] if start_norm is None else start_norm
        parts, power = min(CHUNKS, steps), 3 if isinstance(rule, AdamL2) else 4
        for part in range(parts):
            lr = rule.lr * rule.schedule.share((part + 0.5) / parts)
            at = replace(self, rule=replace(rule, lr=lr))
            rest = at.rest_norm[0]
            time = at._adam_l2_time(now) if power == 3 else at.time_constant
            now = rotation.relaxed(now**power, rest**power, math.exp(-steps / parts / time)) ** (1 / power)
            if power == 3:
                chord = rotation.adam_l2_step_sq(self.entries, now**2, lr, rule.b1)
            else:
                chord = rotation.chord_sq_off_rest(at.chord_sq[0], rest**4, now**4)
            yield (part + 1) / parts, now, _degrees(chord)

    def _inner(self, pole: Pair, lr: float, alpha: float) -> float:
        """The part of E<W, u> at rest that a pole makes."""
        first, beta = pole
        return rotation.inner_at_rest(rotation.pole_memory(first * self.updates.size_sq, beta, alpha), lr)

    def _turn(self, norm_sq: float, inner: float, lr: float, alpha: float) -> float:
        """Degrees that a step turns from a norm and a product."""
        size, lost = self.updates.size_sq, 1 - alpha
        apart = lr**2 * size + 2 * lr * lost * inner + lost**2 * norm_sq
        moved = rotation.norm_sq_next(norm_sq, inner, size, lr, alpha)
        chord = rotation.chord_sq(apart, math.sqrt(norm_sq), math.sqrt(moved))
        return _degrees(chord)

    def turn_at(self, norm: float) -> float:
        """Return degrees per step at another norm than that of rest, the weights' memory of past steps as at rest.

        Args:
            norm: The norm; without a gradient that decides it, momentum's turn is not known there, which is nan.
        """
        rule: Any = self.rule
        if isinstance(rule, Hyperball):
            return sum(self.turn) / 2
        if isinstance(rule, AdamL2):
            return _degrees(rotation.adam_l2_step_sq(self.entries, norm**2, rule.lr, rule.b1))
        if isinstance(rule, Momentum):
            return _degrees(rotation.chord_sq_off_rest(self.chord_sq[0], self.rest_norm[0] ** 4, norm**4))
        inner = sum(self._inner(pole, rule.lr, self.alpha) for pole in self.poles)
        return self._turn(norm**2, inner, rule.lr, self.alpha)

    def with_turn(self, degrees: float) -> Forecast:
        """Return the forecast whose weight decay gives a turn per step at rest (the bounds' middle).

        Args:
            degrees: The turn that is wanted.

        Raises:
            ValueError: If no decay below 1/lr gives it, or the rule has none.
        """
        rule = self.rule
        if isinstance(rule, (Hyperball, AdamL2)):
            raise ValueError(f"need a rule whose turn is set by wd alone, got {type(rule).__name__}")

        def at(wd: float) -> Forecast:
            return replace(self, rule=replace(rule, wd=wd))

        low, high = 0.0, (1 - 1e-9) / rule.lr
        if not 0 < degrees < sum(at(high).turn) / 2:
            raise ValueError(f"need a turn that some wd < 1/lr gives, got {degrees!r} degrees")
        for _ in range(80):
            middle = (low + high) / 2
            low, high = (middle, high) if sum(at(middle).turn) / 2 < degrees else (low, middle)
        return at(high)

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What the numbers suppose, a sentence each."""
        rule, said = self.rule, [NOISE]
        if isinstance(rule, (AdamW, AdamL2)):
            said.append("eps is small beside the gradients; the division by v is to first order in 1 - b2")
        if isinstance(rule, Muon):
            said.append("the average of gradients is a Gaussian matrix of full rank, its polar factor exact")
        if isinstance(rule, Hyperball):
            said.append(
                f"the direction is that of {type(rule.of).__name__}, whose memory makes the turn less than lr"
            )
        if self.coupled:
            said.append("the gradient's norm times that of the weights stays as given")
        if isinstance(rule, AdamL2):
            said.append("lr wd |W| is small beside the gradients' RMS on the unit sphere")
        return tuple(said)


def updates_of(rule: Any, shape: tuple[int, int], alpha: float) -> Updates:
    """Return size and memory of a rule's updates of a layer, gradients of RMS 1 for an average.

    Args:
        rule: A rule with decoupled decay, or the one whose direction Hyperball takes.
        shape: Rows and columns.
        alpha: What is left of the weights per step.
    """
    entries = shape[0] * shape[1]
    if isinstance(rule, AdamW):
        size = rotation.adam_covariance(rule.b1, rule.b2, 1, 1)
        held = rotation.adam_memory(rule.b1, rule.b2, alpha) / size
        return Updates(entries * size, (held, held))
    if isinstance(rule, Lion):
        first = _blended(rule.b1, rule.b2)
        held = rotation.sign_memory(first, rule.b2, alpha, TERMS, math.asin, math.pi)
        return Updates(float(entries), (held, held))
    if isinstance(rule, Muon):
        bounds = rotation.odd_memory_bounds(polar_share(shape), _first(rule), rule.momentum, alpha)
        return Updates(min(shape) * rule.scaling.factor(*shape) ** 2, bounds)
    held = rotation.pole_memory(_first(rule), rule.momentum, alpha)
    if isinstance(rule, Nesterov):
        return Updates(
            entries * rotation.blend_sq(rotation.nesterov_share(rule.momentum), rule.momentum), (held, held)
        )
    return Updates(entries * rotation.average_sq(rule.momentum), (held, held))


def correlation_of(rule: Any, shape: tuple[int, int], lag: int) -> Pair:
    """Return the least and the greatest correlation of updates ``lag`` steps apart, of gradients that are noise.

    Args:
        rule: The rule.
        shape: Rows and columns of the layer.
        lag: Steps, 1 or more.
    """
    if isinstance(rule, (AdamW, AdamL2)):
        power1, power2 = rule.b1**lag, rule.b2**lag
        own = rotation.adam_covariance(rule.b1, rule.b2, power1, power2)
        held = own / rotation.adam_covariance(rule.b1, rule.b2, 1, 1)
    elif isinstance(rule, Lion):
        correlation = _blended(rule.b1, rule.b2) * rule.b2 ** (lag - 1)
        held = rotation.sign_covariance(correlation, math.asin, math.pi)
    else:
        held = _first(rule) * rule.momentum ** (lag - 1)
        if isinstance(rule, Muon):
            return rotation.odd_correlation_bounds(polar_share(shape), held)
    return held, held


def _first(rule: Any) -> float:
    """The correlation of two directions in a row that read an average; later ones fall by its beta."""
    beta = rule.momentum
    if isinstance(rule, Nesterov) or (isinstance(rule, Muon) and rule.nesterov):
        return _blended(rotation.nesterov_share(beta), beta)
    return beta


def _blended(share: float, beta: float) -> float:
    return rotation.blend_first(share, beta) / rotation.blend_sq(share, beta)


def _ball_chord_sq(lr: float, cos: float) -> float:
    root = math.sqrt(rotation.hyperball_norm_sq(lr, cos))
    return 2 - 2 * rotation.hyperball_cos(lr, cos, root)


def _degrees(chord_sq: float) -> float:
    return 2 * math.degrees(math.asin(min(math.sqrt(chord_sq) / 2, 1.0)))


@cache
def polar_share(shape: tuple[int, int]) -> float:
    """Return c_1 of the polar factor of large Gaussian matrices of a shape.

    Args:
        shape: Rows and columns.

    Returns:
        From (8/(3 pi))^2 for square matrices to 1 for long ones [hyperball:geometric].
    """
    ratio = min(shape) / max(shape)
    angles = (np.arange(ANGLES) + 0.5) * math.pi / ANGLES
    density = rotation.large_polar_density(np.cos(angles), ratio, math.sqrt(ratio), math.pi, np.sqrt)
    return float(np.mean(density) * math.pi) ** 2
