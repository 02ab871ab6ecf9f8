"""Runs of the toy function from the start that ``below_threshold`` encloses, in a hundred decimal digits.

Written from the sentence: weights, gradients of F by the quotient rule, a step, a projection. The start alone, to as
many digits, comes from the theory's step.
"""

import random
from collections.abc import Sequence

import mpmath

from proofs_check.engines.falsify import Attempt
from proofs_check.regimes.below_threshold import CENTRE, GROUPS, step

CLAIMS = ()
DIGITS = 100
LONGEST = 60
BAND = 1e-9
"""Far above what 60 steps make of rounding at a hundred digits, and far below what they make of another ELR."""
SAID = (
    "elr sum(alpha) = {}, five groups at the enclosed places, in any order, with any signs: F stays within 1e-9 of its "
    "first value for {} steps, and each step gives each group the r^2 and the norm of another"
)
Group = tuple[mpmath.mpf, mpmath.mpf]


def places() -> list[Group]:
    """Return r and the ELR of each group."""

    def run(at: Group) -> list[Group]:
        found = [at]
        for _ in range(GROUPS):
            r, elr = step(found[-1])
            found.append((r, elr))
        return found

    def back(r: mpmath.mpf, elr: mpmath.mpf) -> list[mpmath.mpf]:
        return [end - begin for end, begin in zip(run((r, elr))[-1], (r, elr), strict=True)]

    r, elr = mpmath.findroot(back, [mpmath.mpf(c) for c in CENTRE])
    return run((r, elr))[:GROUPS]


def moved(elr: mpmath.mpf, groups: Sequence[Group]) -> list[Group]:
    """Gradient descent on sum x^2/(x^2 + y^2) from weights (x, y), and the projection to the unit sphere."""
    stepped = []
    for x, y in groups:
        square = (x * x + y * y) ** 2
        stepped.append((x - elr * 2 * x * y * y / square, y + elr * 2 * x * x * y / square))
    length = mpmath.sqrt(sum(x * x + y * y for x, y in stepped))
    return [(x / length, y / length) for x, y in stepped]


def value(groups: Sequence[Group]) -> mpmath.mpf:
    """F with all alpha_i = 1."""
    return sum(x * x / (x * x + y * y) for x, y in groups)


def shapes(groups: Sequence[Group]) -> list[Group]:
    """(r^2, rho^2) of each group, sorted."""
    return sorted((x * x / (y * y), x * x + y * y) for x, y in groups)


def placed(chance: random.Random, at: Sequence[Group]) -> list[Group]:
    """Weights of groups with these r and ELRs, in any order, with any signs."""
    total = sum(1 / elr for _, elr in at)
    groups = []
    for r, elr in chance.sample(at, len(at)):
        y = mpmath.sqrt(1 / (elr * total * (1 + r * r)))
        groups.append((r * y * chance.choice((1, -1)), y * chance.choice((1, -1))))
    return groups


def stays(more: str = "0") -> Attempt:
    """A witness against the sentence; the total ELR is larger by a share ``more``."""

    def attempt(chance: random.Random) -> dict[str, object] | None:
        with mpmath.workdps(DIGITS):
            at = places()
            elr = (1 + mpmath.mpf(more)) / sum(1 / own for _, own in at)
            groups = placed(chance, at)
            first, begin = value(groups), shapes(groups)
            for t in range(1, LONGEST + 1):
                groups = moved(elr, groups)
                pairs = zip(begin, shapes(groups), strict=True)
                off = max(abs(a - b) for old, new in pairs for a, b in zip(old, new, strict=True))
                if abs(value(groups) - first) > BAND or off > BAND or not first > 1.2 or not 5 * elr < 1:
                    return {"t": t, "F": mpmath.nstr(value(groups), 10), "F at first": mpmath.nstr(first, 10)}
        return None

    return attempt
