"""A second attractor below K = sqrt 3, proved by balls: a cycle of period 4 of two groups at K = 29/20.

Two groups of weights 1/3 and 2/3 have three free numbers, c_1, c_2 and a_1. Krawczyk's test (``enclosed_orbits``) on
the theory's step.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import partial

import flint

from proofs_check import all_of, ball, less
from proofs_check.regimes import enclosed_orbits
from proofs_check.regimes.enclosed_orbits import Box
from proofs_check.statements.answers import Answer
from proofs_check.statements.jets import Jet
from sitheory.theory import regimes

PERIOD = 4
CENTRE = ("1.36308053811796", "0.96611122742394", "1.43626383275825")
RADIUS = Fraction(1, 10**10)


def step(excess: flint.arb, v: Sequence[Jet]) -> list[Jet]:
    """One step of c_1, c_2, a_1; a_2 follows from the weights' mean, which is one."""
    weights = ball("1/3"), ball("2/3")
    shares = v[2], (1 - weights[0] * v[2]) / weights[1]
    grown = [regimes.balance_grown(excess, c, a) for c, a in zip(v[:2], shares, strict=True)]
    after = [regimes.balance_cos_next(excess, c, a) for c, a in zip(v[:2], shares, strict=True)]
    return [*after, regimes.balance_shares_next(weights, grown)[0]]


def iterated(excess: flint.arb, box: Box, steps: int) -> tuple[list[flint.arb], flint.arb_mat]:
    """Where the box goes in so many steps, and the derivatives there."""
    return enclosed_orbits.iterated(partial(step, excess), box, steps)


def around() -> tuple[list[flint.arb], list[flint.arb], flint.arb]:
    """The centre, the box and the radius."""
    return enclosed_orbits.around(CENTRE, RADIUS)


def returns(excess: Fraction) -> Answer:
    """Krawczyk's test around CENTRE."""
    return enclosed_orbits.returns(partial(step, ball(excess)), CENTRE, RADIUS, PERIOD)


def apart(excess: Fraction, steps: int) -> Answer:
    """No point of the box comes back into it after fewer steps: the cycle has no smaller period."""
    centre, box, width = around()
    ends, _ = iterated(ball(excess), box, steps)
    return less(2 * width, abs(ends[0] - centre[0]))


def attracts(excess: Fraction) -> Answer:
    """All multipliers of the cycle are less than 1 in size: Jury's conditions on their cubic."""
    m = iterated(ball(excess), around()[1], PERIOD)[1].tolist()
    p = -(m[0][0] + m[1][1] + m[2][2])
    minors = [m[i][i] * m[j][j] - m[i][j] * m[j][i] for i, j in ((0, 1), (0, 2), (1, 2))]
    q = minors[0] + minors[1] + minors[2]
    r = -flint.arb_mat(m).det()
    return all_of(less(abs(r), ball(1)), less(abs(p + r), 1 + q), less(abs(q - p * r), 1 - r * r))


def cycle(excess: str, period: int = PERIOD) -> Callable[[], Answer]:
    """Whether there is an attracting cycle of this period in the box."""
    number = Fraction(excess)
    shorter = range(1, period)

    def holds() -> Answer:
        back = returns(number) if period == PERIOD else ~apart(number, period)
        return all_of(back, attracts(number), *(apart(number, s) for s in shorter))

    return holds


def mean_elr(excess: str, most: str) -> Callable[[], Answer]:
    """Whether the first group's ELR over its value in eq. 9, 1/a_1, has a mean of at most this on the cycle."""

    def holds() -> Answer:
        box = around()[1]
        starts = [iterated(ball(excess), box, s)[0] if s else box for s in range(PERIOD)]
        return less(sum((1 / start[2] for start in starts), ball(0)) / PERIOD, ball(most))

    return holds


def no_cycle(excess: str, attracting: bool = True) -> Callable[[], Answer]:
    """Whether the box holds no (attracting) cycle of period 4: no once one is enclosed."""
    found = cycle(excess) if attracting else lambda: returns(Fraction(excess))
    return lambda: ~found()


CLAIMS = ()
