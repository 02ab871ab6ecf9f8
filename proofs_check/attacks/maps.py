"""Attacks on the map phi of gamma = x / x*, with the hop ratio as a square so that it has a root [periodic 13].

With alpha = r^2/(1 + r^2) the ratio alpha/(1 - alpha) is r^2, and sqrt(alpha/(1 - alpha)) is r.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise

from proofs_check.attacks.searching import ONE, Attack, broken
from sitheory.simulation.beta_sequences import orbit
from sitheory.theory import periodic

_RATIO = (Fraction(1, 20), Fraction(19, 20))
_GAMMA = (Fraction(1, 20), Fraction(3))
LENGTH = 5

Violation = Callable[[Fraction, Fraction, Fraction, Fraction], Fraction | None]


def _map_attack(claim: str, reading: str, violation: Violation) -> Attack:
    """Gamma is drawn, or (by ``pick``) is the hop ratio, its root, or 1, where equalities happen."""

    def placed(ratio, gamma, other, pick):
        special = (gamma, gamma, gamma, ratio**2, ratio, ONE)
        return ratio, special[min(int(pick * 6), 5)], other, periodic_alpha(ratio)

    def margin(ratio, gamma, other, pick):
        ratio, gamma, other, alpha = placed(ratio, gamma, other, pick)
        return violation(ratio, gamma, other, alpha)

    def witness(**point):
        _, gamma, other, alpha = placed(**point)
        return {"alpha": alpha, "gamma": gamma, "another": other}

    space = {"ratio": _RATIO, "gamma": _GAMMA, "other": _GAMMA, "pick": (Fraction(0), ONE)}
    return Attack(claim, reading, space, margin, witness)


def periodic_alpha(ratio: Fraction) -> Fraction:
    """Return the alpha whose alpha/(1 - alpha) is the square of the ratio."""
    return ratio**2 / (1 + ratio**2)


def _image(premise: Callable, conclusion: Callable) -> Violation:
    """Where gamma satisfies the premise, gamma and phi(gamma) satisfy the conclusion."""

    def violation(ratio, gamma, other, alpha):
        if not premise(gamma, ratio):
            return None
        return broken(not conclusion(gamma, periodic.phi(gamma, alpha), ratio, alpha))

    return violation


def _slope(falls: bool, limit: Callable[[Fraction], Fraction]) -> Violation:
    """Between two values on one side of the limit phi falls, or rises."""

    def violation(ratio, gamma, other, alpha):
        inside = max(gamma, other) <= limit(ratio) if falls else min(gamma, other) >= limit(ratio)
        if not inside or gamma >= other:
            return None
        change = periodic.phi(other, alpha) - periodic.phi(gamma, alpha)
        return broken(change >= 0 if falls else change <= 0)

    return violation


def _follows(scale: Callable[[Fraction], Fraction]) -> Violation:
    """x_t = gamma_t x* along an orbit of x, ``other`` being x*."""

    def violation(ratio, gamma, other, alpha):
        ratios = gamma
        xs = list(orbit(gamma * other, alpha, [alpha * other**2] * LENGTH))
        for x in xs[1:]:
            ratios = periodic.phi(ratios, scale(alpha))
            if x != ratios * other:
                return ONE
        return -ONE

    return violation


def _rests(level: Callable[[Fraction], Fraction]) -> Violation:
    """The orbit of x rests exactly at the level: with x* = ``other`` and x_0 = gamma x*."""

    def violation(ratio, gamma, other, alpha):
        x = gamma * other
        rests = periodic.beta_next(x, alpha, alpha * other**2) == x
        return broken(rests != (x == level(other)))

    return violation


def _ordered(sides: Callable[[Fraction, Fraction], tuple[Fraction, ...]]) -> Violation:
    def violation(ratio, gamma, other, alpha):
        values = sides(ratio, alpha)
        return max(a - b for a, b in pairwise(values))

    return violation


def _anywhere(gamma: Fraction, ratio: Fraction) -> bool:
    return True


EQ11_FIXED_POINT_RESTS_AT_X_STAR_AND_ONLY_THERE = _map_attack(
    "periodic:eq11-fixed-point", "rests at x* and only there", _rests(lambda star: star)
)
EQ11_FIXED_POINT_RESTS_AT_X_STAR_SQUARED_AND_ONLY_THERE = _map_attack(
    "periodic:eq11-fixed-point", "rests at x*^2 and only there", _rests(lambda star: star**2)
)
EQ12_GAMMA_FOLLOWS_PHI = _map_attack("periodic:eq12", "gamma follows phi", _follows(lambda alpha: alpha))
EQ12_GAMMA_FOLLOWS_PHI_OF_ALPHA_2 = _map_attack(
    "periodic:eq12", "gamma follows phi of alpha/2", _follows(lambda alpha: alpha / 2)
)
EQ13A_AS_PRINTED = _map_attack(
    "periodic:13a", "as printed", _image(lambda g, r: g < 1, lambda g, p, r, a: p > g)
)
EQ13A_WITH_PHI_GAMMA_BELOW_1 = _map_attack(
    "periodic:13a", "with phi(gamma) < 1", _image(lambda g, r: g < 1, lambda g, p, r, a: p < 1)
)
EQ13B_AS_PRINTED = _map_attack(
    "periodic:13b", "as printed", _image(lambda g, r: g > 1, lambda g, p, r, a: 1 < p < g)
)
EQ13B_FROM_GAMMA_ABOVE_HALF = _map_attack(
    "periodic:13b", "from gamma > 1/2", _image(lambda g, r: 2 * g > 1, lambda g, p, r, a: 1 < p < g)
)
EQ13C_AS_PRINTED = _map_attack(
    "periodic:13c", "as printed", _image(_anywhere, lambda g, p, r, a: (p == 1) == (g in (r**2, ONE)))
)
EQ13C_ONLY_AT_GAMMA_IS_1 = _map_attack(
    "periodic:13c", "only at gamma = 1", _image(_anywhere, lambda g, p, r, a: (p == 1) == (g == 1))
)
EQ13D_AS_PRINTED = _map_attack(
    "periodic:13d", "as printed", _image(_anywhere, lambda g, p, r, a: (p < 1) == (r**2 < g < 1))
)
EQ13D_WITH_UPPER_END_ALONE = _map_attack(
    "periodic:13d", "with the upper end alone", _image(_anywhere, lambda g, p, r, a: (p < 1) == (g < 1))
)
EQ13E_AS_PRINTED = _map_attack("periodic:13e", "as printed", _slope(True, lambda r: r))
EQ13E_UP_TO_GAMMA_IS_1 = _map_attack("periodic:13e", "up to gamma = 1", _slope(True, lambda r: ONE))
EQ13F_AS_PRINTED = _map_attack("periodic:13f", "as printed", _slope(False, lambda r: r))
EQ13F_FROM_ALPHA_1_ALPHA_ON = _map_attack(
    "periodic:13f", "from alpha/(1 - alpha) on", _slope(False, lambda r: r**2)
)
EQ13G_AS_PRINTED = _map_attack(
    "periodic:13g",
    "as printed",
    _image(
        _anywhere,
        lambda g, p, r, a: p**2 >= periodic.phi_min_sq(a) and (p**2 == periodic.phi_min_sq(a)) == (g == r),
    ),
)
EQ13G_ATTAINED_AT_ALPHA_1_ALPHA = _map_attack(
    "periodic:13g",
    "attained at alpha/(1 - alpha)",
    _image(_anywhere, lambda g, p, r, a: (p**2 == periodic.phi_min_sq(a)) == (g == r**2)),
)
CHAIN_AS_PRINTED = _map_attack(
    "periodic:chain", "as printed", _ordered(lambda r, a: (r**4, r**2, periodic.phi_min_sq(a), ONE))
)
CHAIN_WITH_TWICE_ROOT = _map_attack(
    "periodic:chain",
    "with twice the root",
    _ordered(lambda r, a: (r**4, 4 * r**2, periodic.phi_min_sq(a), ONE)),
)
