"""Periodic points enclosed by balls: a step's iterates on jets, and Krawczyk's test.

With G = (an iterate) - identity, m a centre, X a box around it and Y about the inverse of G' at m, if m - Y G(m) +
(1 - Y G'(X))(X - m) lies inside X, then X holds exactly one zero of G. G'(X) comes from the theory's step on jets.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction

import flint

from proofs_check import all_of, ball, less
from proofs_check.statements.answers import Answer
from proofs_check.statements.jets import Jet, variables

Box = Sequence[flint.arb]
Step = Callable[[Sequence[Jet]], Sequence[Jet]]


def around(centre: Sequence[str], radius: Fraction) -> tuple[list[flint.arb], list[flint.arb], flint.arb]:
    """The centre and the radius, exact at the precision of the day, and the box."""
    middles, width = [ball(c).mid() for c in centre], ball(radius).mid()
    return middles, [flint.arb(c, width) for c in middles], width


def iterated(step: Step, box: Box, steps: int) -> tuple[list[flint.arb], flint.arb_mat]:
    """Where the box goes in so many steps, and the derivatives there."""
    size = len(box)
    units = variables(flint.arb, (1,) * size, 1)
    v: Sequence[Jet] = [unit + value for unit, value in zip(units, box, strict=True)]
    for _ in range(steps):
        v = step(v)
    slopes = [[x.coefficient(*(int(k == j) for k in range(size))) for j in range(size)] for x in v]
    return [x.coefficient(*(0,) * size) for x in v], flint.arb_mat(slopes)


def returns(step: Step, centre: Sequence[str], radius: Fraction, period: int) -> Answer:
    """Whether exactly one point of the box around a centre comes back to itself after a period: Krawczyk's test."""
    size = len(centre)
    one = flint.arb_mat(size, size, [int(i == j) for i in range(size) for j in range(size)])
    at, box, width = around(centre, radius)
    ends, slopes = iterated(step, at, period)
    inverse = middle((middle(slopes) - one).inv())
    spread = _vector([x - c for x, c in zip(box, at, strict=True)])
    moved = _vector([e - c for e, c in zip(ends, at, strict=True)])
    wide = iterated(step, box, period)[1]
    new = (one - inverse * (wide - one)) * spread - inverse * moved
    return all_of(*(less(abs(row[0]), width) for row in new.tolist()))


def _vector(values: Sequence[flint.arb]) -> flint.arb_mat:
    return flint.arb_mat([[value] for value in values])


def middle(matrix: flint.arb_mat) -> flint.arb_mat:
    """The balls' midpoints."""
    return flint.arb_mat([[x.mid() for x in row] for row in matrix.tolist()])


CLAIMS = ()
