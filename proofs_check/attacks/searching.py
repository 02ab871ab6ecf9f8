"""The search itself: draw a point, climb towards a violation, simplify what was found; all in exact fractions."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

ONE = Fraction(1)
Witness = dict[str, Fraction | tuple[Fraction, ...]]
Space = Mapping[str, tuple[Fraction, Fraction]]

CLIMBS = 20
"""Moves tried from a point that keeps the statement."""

DRAWS = 2000
"""Points drawn at most until one satisfies the premises."""


@dataclass(frozen=True)
class Attack:
    """A statement, as a margin that is positive exactly where the statement's premises hold and it fails.

    Args:
        claim: The statement's id.
        reading: Which reading of it is attacked.
        space: Name -> lowest and highest value of each parameter.
        margin: Exact margin, or None where a premise fails.
        witness: Parameters -> everything that the statement names.
    """

    claim: str
    reading: str
    space: Space
    margin: Callable[..., Fraction | None]
    witness: Callable[..., Witness]


def search(attack: Attack, tries: int = 2000, seed: int = 0) -> Witness | None:
    """Return a simple exact witness against the statement, or None.

    Args:
        attack: What to attack.
        tries: How many points that satisfy the premises to climb from.
        seed: Seed of the search.

    Returns:
        The witness's numbers with its ``margin``, or None.
    """
    draw = random.Random(seed)
    found = (attempt(attack, draw) for _ in range(tries))
    return next((witness for witness in found if witness is not None), None)


def attempt(attack: Attack, draw: random.Random) -> Witness | None:
    """Draw a point that satisfies the premises, climb from it, and return a simple witness or None.

    Args:
        attack: What to attack.
        draw: Where the points come from.

    Raises:
        RuntimeError: If no point that is drawn satisfies the premises.
    """
    for _ in range(DRAWS):
        point = {name: _between(draw, *ends) for name, ends in attack.space.items()}
        margin = attack.margin(**point)
        if margin is not None:
            return _attempt_from(attack, point, margin, draw)
    raise RuntimeError(f"none of {DRAWS} points satisfied the premises of {attack.claim}, {attack.reading}")


def _attempt_from(attack: Attack, point: dict[str, Fraction], margin: Fraction, draw: random.Random):
    point, margin = _climb(attack, point, margin, draw)
    if margin <= 0:
        return None
    point = _simplify(attack, point)
    found = attack.margin(**point)
    assert found is not None and found > 0
    return {**attack.witness(**point), "margin": found}


def _between(draw: random.Random, low: Fraction, high: Fraction) -> Fraction:
    denominator = draw.choice((2, 3, 4, 5, 8, 10, 12, 20, 50))
    return min(high, max(low, low + (high - low) * Fraction(draw.randint(0, denominator), denominator)))


def _climb(attack: Attack, point: dict[str, Fraction], margin: Fraction, draw: random.Random):
    for _ in range(CLIMBS):
        if margin > 0:
            break
        name = draw.choice(list(point))
        moved = {**point, name: _between(draw, *attack.space[name])}
        better = attack.margin(**moved)
        if better is not None and better > margin:
            point, margin = moved, better
    return point, margin


def _simplify(attack: Attack, point: dict[str, Fraction]) -> dict[str, Fraction]:
    """Each number in turn by the simplest fraction that still breaks the statement."""
    for name, value in list(point.items()):
        for denominator in range(1, value.denominator):
            moved = {**point, name: value.limit_denominator(denominator)}
            low, high = attack.space[name]
            margin = attack.margin(**moved) if low <= moved[name] <= high else None
            if margin is not None and margin > 0:
                point = moved
                break
    return point


def broken(violated: bool) -> Fraction:
    """Return a margin for statements that have no size: 1 where they fail, else -1."""
    return ONE if violated else -ONE
