"""Attacks on one step: when it is a delta-jump, and the bounds of the cosine distance [periodic 4.2, figure 3].

With lr = 1 and delta = 2 root^2 the printed levels are rational; jumps are decided by squares.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from proofs_check.attacks.searching import ONE, Attack, broken
from sitheory.theory import periodic

PRODUCT = (Fraction(1, 1000), Fraction(1, 5))
POSITIVE = (Fraction(1, 10), Fraction(4))
_SMALL = (Fraction(1, 1000), Fraction(1, 2))

Margin = Callable[[Fraction, Fraction, Fraction, Fraction, Fraction], Fraction | None]


def _jump_attack(claim: str, reading: str, margin: Margin) -> Attack:
    """Attack one step with lr = 1, wd = product, delta = 2 root^2, rho^2 and the bounds l <= L."""

    def witness(product, root, norm_sq, low, high):
        return {"lr": ONE, "wd": product, "delta": 2 * root**2, "norm_sq": norm_sq, "l": low, "L": high}

    space = {"product": PRODUCT, "root": _SMALL, "norm_sq": POSITIVE, "low": POSITIVE, "high": POSITIVE}
    return Attack(claim, reading, space, margin, witness)


def _jumps(norm_sq, grad, product, root) -> Fraction:
    """Positive exactly where a step with this effective gradient is a delta-jump [periodic eq. 8]."""
    return periodic.inverse_cos_sq(norm_sq, grad**2, ONE, product) * (1 - 2 * root**2) ** 2 - 1


def _printed_9(grad, product, root) -> Fraction:
    return periodic.jump_norm_4_printed(grad**2, ONE, product, 2 * root**2)


def _printed_4(grad, product, root) -> Fraction:
    return periodic.prop1_norm_4(grad**2, ONE, 2 * root**2)


def _exact(grad, product, root) -> Fraction:
    return periodic.jump_norm_4(grad**2, ONE, product, 2 * root**2)


def _nearly(grad, product, root) -> Fraction:
    return (1 - 3 * root**2) * _printed_9(grad, product, root)


def _necessary(level: Callable) -> Margin:
    """A jump of the gradient ``high``, and yet rho^4 is not below the level."""

    def margin(product, root, norm_sq, low, high):
        if not low <= high or norm_sq**2 < level(high, product, root):
            return None
        return _jumps(norm_sq, high, product, root)

    return margin


def _sufficient(level: Callable, end: str) -> Margin:
    """Below the level of ``end``, and yet a gradient of that size makes no jump."""

    def margin(product, root, norm_sq, low, high):
        grad = high if end == "high" else low
        if not low <= high or not norm_sq**2 < level(grad, product, root):
            return None
        return -_jumps(norm_sq, grad, product, root)

    return margin


def _exactly(level: Callable, end: str) -> Margin:
    def margin(product, root, norm_sq, low, high):
        grad = high if end == "high" else low
        if not low <= high:
            return None
        jumps = _jumps(norm_sq, grad, product, root) > 0
        return broken(jumps != (norm_sq**2 < level(grad, product, root)))

    return margin


def _at_most(bound: Callable[[Fraction, Fraction, Fraction], Fraction]) -> Margin:
    """The cosine distance at the gradient L exceeds a bound."""

    def margin(product, root, norm_sq, low, high):
        limit = bound(norm_sq, high**2, product)
        if not low <= high or limit >= 1:
            return None
        return periodic.inverse_cos_sq(norm_sq, high**2, ONE, product) * (1 - limit) ** 2 - 1

    return margin


def _at_least(bound: Callable[[Fraction, Fraction, Fraction], Fraction]) -> Margin:
    """The cosine distance at the gradient l is below a bound."""

    def margin(product, root, norm_sq, low, high):
        limit = bound(norm_sq, low**2, product)
        if not low <= high:
            return None
        if limit > 1:
            return ONE
        return 1 - periodic.inverse_cos_sq(norm_sq, low**2, ONE, product) * (1 - limit) ** 2

    return margin


def _drawn(factor: Fraction) -> Callable[[Fraction, Fraction, Fraction], Fraction]:
    return lambda norm_sq, grad_sq, product: factor * periodic.delta_bound(norm_sq, grad_sq, ONE)


def _exact_bound(side: int) -> Callable[[Fraction, Fraction, Fraction], Fraction]:
    return lambda norm_sq, grad_sq, product: periodic.cos_dist_bounds(norm_sq, grad_sq, ONE, product)[side]


EQ9_NECESSARY = _jump_attack("periodic:eq9", "necessary", _necessary(_printed_9))
EQ9_NECESSARY_WITHOUT_1_ETA_LAMBDA = _jump_attack(
    "periodic:eq9", "necessary without 1 - eta lambda", _necessary(_printed_4)
)
EQ9_SUFFICIENT = _jump_attack("periodic:eq9", "sufficient", _sufficient(_printed_9, "high"))
EQ9_SUFFICIENT_BUT_FOR_3_DELTA_2 = _jump_attack(
    "periodic:eq9", "sufficient but for 3 delta/2", _sufficient(_nearly, "high")
)
EQ9_EXACT_LEVEL = _jump_attack("periodic:eq9", "the exact level", _exactly(_exact, "high"))
EQ9_PRINTED_LEVEL_EXACTLY = _jump_attack(
    "periodic:eq9", "the printed level, exactly", _exactly(_printed_9, "high")
)
PROP1A_BELOW_LEVEL_JUMP_IS_POSSIBLE = _jump_attack(
    "periodic:prop1a", "below the level a jump is possible", _sufficient(_printed_4, "high")
)
PROP1A_BELOW_LEVEL_OF_9_JUMP_IS_POSSIBLE = _jump_attack(
    "periodic:prop1a", "below the level of (9) a jump is possible", _sufficient(_printed_9, "high")
)
PROP1A_ONLY_BELOW_LEVEL = _jump_attack("periodic:prop1a", "only below the level", _necessary(_printed_4))
PROP1A_EXACT_LEVEL = _jump_attack("periodic:prop1a", "the exact level", _exactly(_exact, "high"))
PROP1A_PRINTED_LEVEL_EXACTLY = _jump_attack(
    "periodic:prop1a", "the printed level, exactly", _exactly(_printed_4, "high")
)
PROP1B_AS_PRINTED = _jump_attack("periodic:prop1b", "as printed", _sufficient(_printed_4, "low"))
PROP1B_WITH_LEVEL_OF_9 = _jump_attack(
    "periodic:prop1b", "with the level of (9)", _sufficient(_printed_9, "low")
)
PROP1B_EXACT_LEVEL = _jump_attack("periodic:prop1b", "the exact level", _exactly(_exact, "low"))
PROP1B_PRINTED_LEVEL_EXACTLY = _jump_attack(
    "periodic:prop1b", "the printed level, exactly", _exactly(_printed_4, "low")
)
DELTA_BOUNDS_LOWER = _jump_attack("periodic:delta-bounds", "lower", _at_least(_drawn(ONE)))
DELTA_BOUNDS_UPPER = _jump_attack("periodic:delta-bounds", "upper", _at_most(_drawn(ONE)))
DELTA_BOUNDS_LOWER_DOUBLED = _jump_attack(
    "periodic:delta-bounds", "lower, doubled", _at_least(_drawn(Fraction(2)))
)
DELTA_BOUNDS_UPPER_HALVED = _jump_attack("periodic:delta-bounds", "upper, halved", _at_most(_drawn(ONE / 2)))
DELTA_BOUNDS_EXACT_LOWER_BOUND = _jump_attack(
    "periodic:delta-bounds", "the exact lower bound", _at_least(_exact_bound(0))
)
DELTA_BOUNDS_EXACT_UPPER_BOUND = _jump_attack(
    "periodic:delta-bounds", "the exact upper bound", _at_most(_exact_bound(1))
)
