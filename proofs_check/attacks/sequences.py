"""Attacks on beta-undetermined sequences x' = (1 - alpha) x + beta_t / x [periodic A.4.1 and A.4.2]."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import pairwise

from proofs_check.attacks.searching import ONE, Attack, broken
from sitheory.simulation.beta_sequences import orbit
from sitheory.theory import periodic

LENGTH = 6
"""Steps of the sequences that an attack looks at."""

_ALPHA = (Fraction(1, 50), Fraction(49, 100))
_ROOT = (Fraction(1, 50), Fraction(4))


def choices(bits: Fraction, length: int, low: Fraction, high: Fraction) -> tuple[Fraction, ...]:
    """Return betas that are ``low`` or ``high`` by the binary digits of a fraction in [0, 1].

    A step is linear in its beta, so that an optimiser need look no further than the ends.
    """
    number = min(int(bits * 2**length), 2**length - 1)
    return tuple(high if number >> i & 1 else low for i in range(length))


@dataclass(frozen=True)
class Drawn:
    """A sequence: a = alpha low^2 and b = alpha high^2, so that ``low`` and ``high`` are x_a and x_b."""

    alpha: Fraction
    low: Fraction
    high: Fraction
    betas: tuple[Fraction, ...]
    xs: list[Fraction]

    @property
    def a(self) -> Fraction:
        """The least beta."""
        return self.alpha * self.low**2

    @property
    def b(self) -> Fraction:
        """The greatest beta."""
        return self.alpha * self.high**2

    @property
    def hop(self) -> Fraction:
        """Below this a step with beta = b hops over x_b: sqrt(alpha b)/(1 - alpha)."""
        return periodic.hop_ratio(self.alpha) * self.high

    @property
    def settles(self) -> bool:
        """Whether the condition of Proposition 5 holds."""
        return self.hop <= self.low

    @cached_property
    def by_b(self) -> list[Fraction]:
        """The determined sequence x_{b,t}."""
        return list(orbit(self.xs[0], self.alpha, [self.b] * LENGTH))

    @cached_property
    def by_a(self) -> list[Fraction]:
        """The determined sequence x_{a,t}."""
        return list(orbit(self.xs[0], self.alpha, [self.a] * LENGTH))


Violation = Callable[[Drawn], Fraction | None]


def sequence_attack(claim: str, reading: str, violation: Violation, *, determined: bool = False) -> Attack:
    """Return an attack whose adversary chooses every beta_t in {a, b}, or has beta_t = b throughout.

    Args:
        claim: The claim's id.
        reading: Which reading.
        violation: The margin of a drawn sequence, None where a premise fails.
        determined: Whether beta_t = b for all t.
    """

    def drawn(alpha, low_root, high_root, start, bits):
        betas = choices(bits, LENGTH, alpha * low_root**2, alpha * high_root**2)
        return Drawn(alpha, low_root, high_root, betas, list(orbit(start, alpha, betas)))

    def margin(alpha, low_root, high_root, start, bits):
        return violation(drawn(alpha, low_root, high_root, start, bits)) if low_root <= high_root else None

    def witness(**point):
        s = drawn(**point)
        return {"alpha": s.alpha, "a": s.a, "b": s.b, "betas": s.betas, "x_0": s.xs[0]}

    bits = (ONE, ONE) if determined else (Fraction(0), ONE)
    space = {"alpha": _ALPHA, "low_root": _ROOT, "high_root": _ROOT, "start": _ROOT, "bits": bits}
    return Attack(claim, reading, space, margin, witness)


def _rates(s: Drawn) -> tuple[Fraction, Fraction]:
    return periodic.beta_rates(s.alpha)


def _lemma1_lower(rate: int) -> Violation:
    def violation(s: Drawn):
        if not s.xs[0] > s.high:
            return None
        gaps = [x - s.high for x in s.xs]
        return max(_rates(s)[rate] ** t * gaps[0] - gap for t, gap in enumerate(gaps))

    return violation


def _above_b(rate: Callable[[Drawn], Fraction], power: int, condition: Callable[[Drawn, int], bool]):
    """From above x_b: x_t^power - x_b^power is at most rate^t times its first value, at each t that counts."""

    def violation(s: Drawn):
        if not s.xs[0] > s.high:
            return None
        gaps = [x**power - s.high**power for x in s.xs]
        counted = (gap - rate(s) ** t * gaps[0] for t, gap in enumerate(gaps) if condition(s, t))
        return max(counted, default=None)

    return violation


def _fast(s: Drawn) -> Fraction:
    return _rates(s)[1]


def _slow(s: Drawn) -> Fraction:
    return _rates(s)[0]


def _fast_sq(s: Drawn) -> Fraction:
    return periodic.beta_rates_of_squares(s.alpha)[1]


def _always(s: Drawn, t: int) -> bool:
    return True


def _so_far(s: Drawn, t: int) -> bool:
    return all(x >= s.hop for x in s.xs[: t + 1])


def _before(s: Drawn, t: int) -> bool:
    return all(x >= s.hop for x in s.xs[:t])


def _now(s: Drawn, t: int) -> bool:
    return s.xs[t] >= s.hop


def _settles(s: Drawn, t: int) -> bool:
    return s.settles


def _squares_lower(s: Drawn):
    if not s.xs[0] > s.high:
        return None
    gaps = [x**2 - s.high**2 for x in s.xs]
    return max(_slow(s) ** t * gaps[0] - gap for t, gap in enumerate(gaps))


def _lemma2_1(determined: str) -> Violation:
    def violation(s: Drawn):
        return max(y - x for y, x in zip(getattr(s, determined), s.xs, strict=True))

    return violation


def _below_by_b(premise: Callable[[Drawn, int], bool]) -> Violation:
    """x_t <= x_{b,t} up to the first t after one whose premise fails."""

    def violation(s: Drawn):
        worst = None
        for t, (x, y) in enumerate(zip(s.xs, s.by_b, strict=True)):
            if t > 0 and not premise(s, t - 1):
                break
            worst = x - y if worst is None else max(worst, x - y)
        return worst

    return violation


def _product(level: Callable[[Fraction, Fraction], Fraction]) -> Callable[[Drawn, int], bool]:
    return lambda s, t: t == 0 or s.xs[t] * s.by_b[t] >= level(s.alpha, s.b)


def _squarely_above(s: Drawn, t: int) -> bool:
    return s.xs[t] ** 2 > periodic.order_product(s.alpha, s.b)


def _remark2(needs_condition: bool, needs_start: bool) -> Violation:
    def violation(s: Drawn):
        if (needs_condition and not s.settles) or (needs_start and not s.xs[0] > s.high):
            return None
        if needs_start and (min(s.by_b) <= s.high or min(s.xs) <= s.low):
            return ONE
        return max(x - y for x, y in zip(s.xs, s.by_b, strict=True))

    return violation


def _cor2_1(rate: Callable[[Drawn], Fraction], every_start: bool) -> Violation:
    def violation(s: Drawn):
        if not (every_start or s.xs[0] > s.low):
            return None
        return max(rate(s) ** t * (s.xs[0] - s.low) - (x - s.low) for t, x in enumerate(s.xs))

    return violation


def _every_start(factor: Callable[[Drawn], Fraction]) -> Violation:
    """x_t - x_b <= (1 - alpha)^t |x_0 - x_b| times a factor."""

    def violation(s: Drawn):
        if not s.settles:
            return None
        size = abs(s.xs[0] - s.high) * factor(s)
        return max(x - s.high - _fast(s) ** t * size for t, x in enumerate(s.xs))

    return violation


def _interval(needs_condition: bool) -> Violation:
    """Once inside [x_a, x_b] a sequence stays there."""

    def violation(s: Drawn):
        if not s.low <= s.xs[0] <= s.high or (needs_condition and not s.settles):
            return None
        return max(max(s.low - x, x - s.high) for x in s.xs)

    return violation


def _exact_interval(s: Drawn):
    """Once inside the exact absorbing interval a sequence stays there (see ``absorbing_interval``)."""
    top = s.high if s.settles else periodic.beta_next(s.low, s.alpha, s.b)
    if not s.low <= s.xs[0] <= top:
        return None
    return max(max(s.low - x, x - top) for x in s.xs)


def _never_reached(s: Drawn):
    return broken(min(s.xs) <= s.high) if s.xs[0] > s.high else None


def _hop(level: Callable[[Drawn], Fraction], converse: bool) -> Violation:
    """From below a hop over x* happens only below the level; ``converse``: and there always."""

    def violation(s: Drawn):
        x, after = s.xs[:2]
        if not x < s.high:
            return None
        hops, low = after > s.high, x < level(s)
        return broken(hops != low if converse else hops and not low)

    return violation


def _hop_from_above(s: Drawn):
    return broken(s.xs[1] <= s.high) if s.xs[0] > s.high else None


def _monotone(first: int, level: Callable[[Drawn], Fraction]) -> Violation:
    """From the level on, and from step ``first`` on, a sequence keeps its side of x* and comes ever closer."""

    def violation(s: Drawn):
        if not s.xs[first] >= level(s) or s.xs[first] == s.high:
            return None
        gaps = [x - s.high for x in s.xs[first:]]
        return max(max(abs(v) - _fast(s) * abs(u), -u * v) for u, v in pairwise(gaps))

    return violation


LEMMA1_LOWER_BOUND = sequence_attack("periodic:lemma1", "lower bound", _lemma1_lower(0), determined=True)
LEMMA1_UPPER_BOUND = sequence_attack(
    "periodic:lemma1", "upper bound", _above_b(_fast, 1, _always), determined=True
)
LEMMA1_LOWER_BOUND_WITH_RATE_1_ALPHA = sequence_attack(
    "periodic:lemma1", "lower bound with the rate 1 - alpha", _lemma1_lower(1), determined=True
)
LEMMA1_UPPER_BOUND_WITH_RATE_1_2_ALPHA = sequence_attack(
    "periodic:lemma1", "upper bound with the rate 1 - 2 alpha", _above_b(_slow, 1, _always), determined=True
)
LEMMA1_SQUARES_LOWER_BOUND = sequence_attack(
    "periodic:lemma1", "squares: lower bound", _squares_lower, determined=True
)
LEMMA1_SQUARES_UPPER_BOUND = sequence_attack(
    "periodic:lemma1", "squares: upper bound", _above_b(_fast_sq, 2, _always), determined=True
)
LEMMA1_SQUARES_UPPER_BOUND_WITH_RATE_1_2_ALPHA = sequence_attack(
    "periodic:lemma1",
    "squares: upper bound with the rate 1 - 2 alpha",
    _above_b(_slow, 2, _always),
    determined=True,
)
LEMMA2_1_AS_PRINTED = sequence_attack("periodic:lemma2.1", "as printed", _lemma2_1("by_a"))
LEMMA2_1_WITH_X_B_T_FOR_X_T = sequence_attack(
    "periodic:lemma2.1", "with x_{b,t} for x_{a,t}", _lemma2_1("by_b")
)
LEMMA2_2_AS_PRINTED = sequence_attack("periodic:lemma2.2", "as printed", _below_by_b(_squarely_above))
LEMMA2_2_WITHOUT_ITS_PREMISE = sequence_attack(
    "periodic:lemma2.2", "without its premise", _below_by_b(_always)
)
LEMMA2_2_BY_PRODUCT = sequence_attack(
    "periodic:lemma2.2", "by the product", _below_by_b(_product(periodic.order_product))
)
LEMMA2_2_BY_PRODUCT_WITH_B_FOR_B_1_ALPHA = sequence_attack(
    "periodic:lemma2.2", "by the product, with b for b/(1 - alpha)", _below_by_b(_product(lambda alpha, b: b))
)
REMARK2_AS_PRINTED = sequence_attack("periodic:remark2", "as printed", _remark2(True, True))
REMARK2_WITHOUT_ITS_CONDITION = sequence_attack(
    "periodic:remark2", "without its condition", _remark2(False, True)
)
REMARK2_FROM_EVERY_START = sequence_attack("periodic:remark2", "from every start", _remark2(True, False))
REMARK2_FROM_EVERY_START_WITHOUT_CONDITION = sequence_attack(
    "periodic:remark2", "from every start, without the condition", _remark2(False, False)
)
COR2_1_AS_PRINTED = sequence_attack("periodic:cor2.1", "as printed", _cor2_1(_slow, False))
COR2_1_WITH_RATE_1_ALPHA = sequence_attack(
    "periodic:cor2.1", "with the rate 1 - alpha", _cor2_1(_fast, False)
)
COR2_1_FROM_EVERY_START = sequence_attack("periodic:cor2.1", "from every start", _cor2_1(_slow, True))
COR2_1_FROM_EVERY_START_WITH_RATE_1_ALPHA = sequence_attack(
    "periodic:cor2.1", "from every start, with the rate 1 - alpha", _cor2_1(_fast, True)
)
COR2_2_WHILE_IS_AS_LONG_AS = sequence_attack(
    "periodic:cor2.2", "while = as long as", _above_b(_fast, 1, _so_far)
)
COR2_2_WHILE_IS_WHENEVER = sequence_attack("periodic:cor2.2", "while = whenever", _above_b(_fast, 1, _now))
COR2_2_SQUARES_AS_LONG_AS_IT_WAS_SO_BEFORE = sequence_attack(
    "periodic:cor2.2", "squares, as long as it was so before", _above_b(_fast_sq, 2, _before)
)
COR2_2_SQUARES_WHENEVER = sequence_attack("periodic:cor2.2", "squares, whenever", _above_b(_fast_sq, 2, _now))
PROP5_LINEARLY = sequence_attack("periodic:prop5", "linearly", _above_b(_fast, 1, _settles))
PROP5_LINEARLY_WITH_RATE_1_2_ALPHA = sequence_attack(
    "periodic:prop5", "linearly, with the rate 1 - 2 alpha", _above_b(_slow, 1, _settles)
)
PROP5_LINEARLY_FROM_EVERY_START = sequence_attack(
    "periodic:prop5", "linearly from every start", _every_start(lambda s: max(ONE, s.high / s.xs[0]))
)
PROP5_LINEARLY_FROM_EVERY_START_WITHOUT_FACTOR = sequence_attack(
    "periodic:prop5", "linearly from every start, without the factor", _every_start(lambda s: ONE)
)
PROP5_INTERVAL_IS_KEPT = sequence_attack("periodic:prop5", "the interval is kept", _interval(True))
PROP5_INTERVAL_IS_KEPT_WITHOUT_CONDITION = sequence_attack(
    "periodic:prop5", "the interval is kept without the condition", _interval(False)
)
FOOTNOTE4_BETA_T_IS_B_NEVER_COMES_DOWN_TO_X_B = sequence_attack(
    "periodic:footnote4", "beta_t = b never comes down to x_b", _never_reached, determined=True
)
FOOTNOTE4_NO_BETA_T_COMES_DOWN_TO_X_B = sequence_attack(
    "periodic:footnote4", "no beta_t comes down to x_b", _never_reached
)
A7_UPPER_EXACT_INTERVAL_IS_KEPT = sequence_attack(
    "periodic:A7-upper", "the exact interval is kept", _exact_interval
)
A7_UPPER_INTERVAL_WITHOUT_HOP_IS_KEPT = sequence_attack(
    "periodic:A7-upper", "the interval without the hop is kept", _interval(False)
)
HOP_ONLY_BELOW_LEVEL = sequence_attack(
    "periodic:hop", "only below the level", _hop(lambda s: s.hop, False), determined=True
)
HOP_ONLY_BELOW_ALPHA_X_STAR = sequence_attack(
    "periodic:hop", "only below alpha x*", _hop(lambda s: s.alpha * s.high, False), determined=True
)
HOP_NOT_FROM_ABOVE = sequence_attack("periodic:hop", "not from above", _hop_from_above, determined=True)
HOP_NOT_FROM_ABOVE_WITH_OTHER_BETAS = sequence_attack(
    "periodic:hop", "not from above, with other betas", _hop_from_above
)
HOP_OTHERWISE_MONOTONE = sequence_attack(
    "periodic:hop", "otherwise monotone", _monotone(0, lambda s: s.hop), determined=True
)
HOP_MONOTONE_ABOVE_ALPHA_X_STAR = sequence_attack(
    "periodic:hop", "monotone above alpha x*", _monotone(0, lambda s: s.alpha * s.high), determined=True
)
HOP_EXACTLY_BELOW_LEVEL = sequence_attack(
    "periodic:hop", "exactly below the level", _hop(lambda s: s.hop, True), determined=True
)
HOP_EXACTLY_BELOW_X_STAR = sequence_attack(
    "periodic:hop", "exactly below x*", _hop(lambda s: s.high, True), determined=True
)
HOP_MONOTONE_FROM_SECOND_VALUE_ON = sequence_attack(
    "periodic:hop", "monotone from the second value on", _monotone(1, lambda s: Fraction(0)), determined=True
)
HOP_MONOTONE_FROM_FIRST_VALUE_ON = sequence_attack(
    "periodic:hop", "monotone from the first value on", _monotone(0, lambda s: Fraction(0)), determined=True
)
