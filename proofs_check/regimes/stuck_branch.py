"""Five groups that take each other's places, at every total ELR from a fifth to three quarters of the threshold.

The places (``below_threshold``) for a growth q are zeros of H = (the step of each place) - (the next place), ten
numbers. Over an interval of q around q0 a box moves along: Z + s (q - q0), s the slope of the zero, and a radius for
each number. Krawczyk's test for all q of the interval at once says that the box of each q holds exactly one zero.
Where two intervals meet, a narrow box around the zero lies in both, so the zeros are one continuous curve over q, and
the total ELR along it takes every value between its values at the two ends.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import flint

from proofs_check import all_of, ball, less
from proofs_check.regimes.below_threshold import GROUPS, step
from proofs_check.regimes.enclosed_orbits import middle
from proofs_check.statements.answers import Answer
from proofs_check.statements.jets import variables
from sitheory.theory import regimes

ENDS = Fraction(21, 5), Fraction(31, 2)
"""The growth q at the two ends."""
FIRST = "0.7886970047447126831886", "0.8360761770889230088357"
"""r and the ELR of the first group at the lower end."""
SAID = (
    "n = 5, all alpha_i = 1: for every value of elr sum(alpha) from {} to {} there is a start with all x_i, y_i other "
    "than 0 from which the groups take each other's places at every step, and F > 11/10 for ever"
)
SHARE, NARROW = Fraction(1, 400), Fraction(1, 10**9)
"""A box's radius and a narrow one's, as shares of each number."""
WIDEST, LEAST = Fraction(1, 64), Fraction(1, 2**13)
"""Half the length of an interval of q."""
PATIENCE = 12
"""Intervals that succeed before a longer one is tried."""
SIZE = 2 * GROUPS
ONE = [int(i == j) for i in range(SIZE) for j in range(SIZE)]


@dataclass(frozen=True)
class Near:
    """The places near the zero at one growth, with what Krawczyk's test needs.

    Attributes:
        q: the growth.
        at: r and the ELR of each group in turn, exact numbers.
        missed: H there.
        inverse: about the inverse of H's derivative there, exact numbers.
        slope: how the zero moves with q, about, exact numbers.
    """

    q: Fraction
    at: Sequence[flint.arb]
    missed: flint.arb_mat
    inverse: flint.arb_mat
    slope: flint.arb_mat


def residual(at: Sequence[flint.arb], q: flint.arb) -> tuple[flint.arb_mat, flint.arb_mat, flint.arb_mat]:
    """H, its derivatives by the places, and those by q."""
    units = variables(flint.arb, (1, 1, 1), 1)
    slopes = [[flint.arb(0)] * SIZE for _ in range(SIZE)]
    missed, by_growth = [], []
    for i in range(GROUPS):
        r, elr, growth = (
            unit + value for unit, value in zip(units, (at[2 * i], at[2 * i + 1], q), strict=True)
        )
        for j, after in enumerate(step((r, elr), growth)):
            row, following = 2 * i + j, 2 * ((i + 1) % GROUPS) + j
            slopes[row][2 * i : 2 * i + 2] = after.coefficient(1, 0, 0), after.coefficient(0, 1, 0)
            slopes[row][following] = slopes[row][following] - 1
            missed.append([after.coefficient(0, 0, 0) - at[following]])
            by_growth.append([after.coefficient(0, 0, 1)])
    return flint.arb_mat(missed), flint.arb_mat(slopes), flint.arb_mat(by_growth)


def polished(q: Fraction, at: Sequence[flint.arb]) -> Near:
    """Newton's method from places near the zero at a growth."""
    for _ in range(3):
        missed, slopes, by_growth = residual(at, ball(q))
        inverse = middle(middle(slopes).inv())
        near = Near(q, at, missed, inverse, middle(-(inverse * by_growth)))
        at = [(a - m[0]).mid() for a, m in zip(at, (inverse * missed).tolist(), strict=True)]
    return near


def begin() -> Near:
    """The places at the lower end, from the first group's."""
    r, elr = (ball(number).mid() for number in FIRST)
    at = [r, elr]
    for _ in range(GROUPS - 1):
        r, elr = (value.mid() for value in step((r, elr), ball(ENDS[0])))
        at += [r, elr]
    return polished(ENDS[0], at)


def radii(near: Near, share: Fraction) -> list[flint.arb]:
    """A share of each number's size."""
    return [(abs(a) * ball(share)).upper() for a in near.at]


def box(near: Near, half: Fraction, share: Fraction) -> list[flint.arb]:
    """All boxes of an interval of q together."""
    along = near.slope * flint.arb(0, ball(half).upper())
    sizes = zip(near.at, along.tolist(), radii(near, share), strict=True)
    return [a + m[0] + flint.arb(0, r) for a, m, r in sizes]


def holds_one(near: Near, half: Fraction, share: Fraction) -> Answer:
    """Whether the box of each q of the interval holds exactly one zero; none of its numbers is 0, and F > 11/10."""
    places, growth = box(near, half, share), ball(near.q) + flint.arb(0, ball(half).upper())
    _, slopes, by_growth = residual(places, growth)
    inside = flint.arb_mat([[flint.arb(0, r)] for r in radii(near, share)])
    moved = near.missed + (by_growth + slopes * near.slope) * flint.arb(0, ball(half).upper())
    new = (flint.arb_mat(SIZE, SIZE, ONE) - near.inverse * slopes) * inside - near.inverse * moved
    fits = [less(abs(row[0]), r) for row, r in zip(new.tolist(), radii(near, share), strict=True)]
    alive = [less(0, abs(place)) for place in places] + [less(0, elr) for elr in places[1::2]]
    value = sum((regimes.ratio_loss(1, r * r) for r in places[::2]), ball(0))
    return all_of(*fits, *alive, less(ball(Fraction(11, 10)), value))


def meets(near: Near, end: Near) -> Answer:
    """Whether the narrow box around the zero at an end of the interval lies in the interval's box of that q."""
    shift = near.slope * ball(end.q - near.q)
    centres = [a + m[0] for a, m in zip(near.at, shift.tolist(), strict=True)]
    narrow = box(end, Fraction(0), NARROW)
    return all_of(*(less(abs(n - c), r) for n, c, r in zip(narrow, centres, radii(near, SHARE), strict=True)))


def excess(near: Near) -> flint.arb:
    """A ball around elr sum(alpha) at the zero."""
    return GROUPS / sum((1 / elr for elr in box(near, Fraction(0), NARROW)[1::2]), ball(0))


def curve(first: Near) -> tuple[Answer, Near]:
    """Whether the zeros from the lower to the upper end are one curve; and the last."""
    end, half, since = first, WIDEST, 0
    checked = holds_one(end, Fraction(0), NARROW)
    while end.q < ENDS[1] and checked.value is True:
        half = min(half, (ENDS[1] - end.q) / 2)
        ahead = end.slope * ball(half)
        near = polished(end.q + half, [(a + m[0]).mid() for a, m in zip(end.at, ahead.tolist(), strict=True)])
        ahead = near.slope * ball(half)
        last = polished(
            near.q + half, [(a + m[0]).mid() for a, m in zip(near.at, ahead.tolist(), strict=True)]
        )
        found = all_of(
            holds_one(near, half, SHARE),
            holds_one(last, Fraction(0), NARROW),
            meets(near, end),
            meets(near, last),
        )
        if found.value is True:
            end, since = last, since + 1
            if since == PATIENCE:
                half, since = min(2 * half, WIDEST), 0
        elif half > LEAST:
            half, since = half / 2, 0
        else:
            checked = found
    return checked, end


def everywhere_between(least: str, most: str) -> Callable[[], Answer]:
    """Whether elr sum(alpha) takes every value between the two along the curve."""

    def holds() -> Answer:
        first = begin()
        if less(ball(most), excess(first)).value is not True:
            return less(ball(most), excess(first))
        connected, last = curve(first)
        return all_of(connected, less(excess(last), ball(least)))

    return holds


CLAIMS = ()
