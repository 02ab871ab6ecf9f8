"""Counterexamples that a reader can check by hand: small exact rationals, tried smallest first."""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import islice, product
from math import gcd
from typing import Any

import z3

from proofs_check.polynomials import Cleared
from proofs_check.terms import Statement, as_fraction

GRID_POINTS = 2_000
PIN_HEIGHT = 8
PIN_DENOMINATORS = 200
PIN_TIMEOUT_MS = 2_000

Point = dict[str, Fraction]


def rationals(height: int, positive: bool = False) -> list[Fraction]:
    """All rationals whose numerator and denominator are at most ``height``, smallest height first."""
    found = [Fraction(0)]
    for h in range(1, height + 1):
        level = [Fraction(a, b) for a, b in _of_height(h)]
        found += [signed for f in sorted(level) for signed in (f, -f)]
    return [f for f in found if f > 0] if positive else found


def _of_height(h: int) -> Iterator[tuple[int, int]]:
    for other in range(1, h + 1):
        if gcd(h, other) == 1:
            yield h, other
            if other != h:
                yield other, h


def search(statement: Statement, positive: Sequence[str] = (), points: int = GRID_POINTS) -> Point | None:
    """Look for a counterexample among the rationals of least height.

    Args:
        statement: what is to be broken.
        positive: variables that the hypotheses make positive.
        points: how many points to try.

    Returns:
        The first counterexample found, or None.
    """
    candidates = islice(grid(statement.variables, positive), points)
    return next((point for point in candidates if statement.at(point) is False), None)


def grid(names: Sequence[str], positive: Sequence[str] = ()) -> Iterator[Point]:
    """Points of rational coordinates, by the greatest height of a coordinate, without end."""
    height = 1
    old: set[Fraction] = set()
    while names or height == 1:
        new = [rationals(height, name in positive) for name in names]
        for values in product(*new):
            if not old.issuperset(values) or not names:
                yield dict(zip(names, values, strict=True))
        old = set(rationals(height))
        height += 1


def positives(cleared: Cleared) -> tuple[str, ...]:
    """The variables that the hypotheses make positive (a hint for searches; nothing rests on it)."""
    solver = _solver(cleared.statement.given)
    return tuple(n for n in cleared.statement.variables if solver.check(z3.Real(n) <= 0) == z3.unsat)


def pinned(statement: Statement, cleared: Cleared, model: Any) -> Point | None:
    """Turn a solver's model into a small rational counterexample, one variable after the other.

    Args:
        statement: the statement as written, which decides whether a point counts.
        cleared: the same without division.
        model: a z3 model of the hypotheses and the negated conclusion.

    Returns:
        A counterexample, or None where pinning led to no rational point.
    """
    solver = _solver([*cleared.statement.given, z3.Not(cleared.statement.then)])
    point: Point = {}
    for name in statement.variables:
        variable = z3.Real(name)
        value = next(
            (v for v in _near(model, variable) if solver.check(variable == z3.Q(*_pair(v))) == z3.sat), None
        )
        if value is None:
            return None
        solver.add(variable == z3.Q(*_pair(value)))
        solver.check()
        model, point[name] = solver.model(), value
    return point if statement.at(point) is False else None


def _near(model: Any, variable: Any) -> Iterator[Fraction]:
    """Candidates for a variable: small rationals, then simple ones ever nearer to the model's value."""
    yield from rationals(PIN_HEIGHT)
    value = model.eval(variable, model_completion=True)
    exact = as_fraction(value) if z3.is_rational_value(value) else as_fraction(value.approx(30))
    nearer = (exact.limit_denominator(d) for d in range(1, PIN_DENOMINATORS))
    yield from dict.fromkeys(nearer)
    yield exact


def _pair(value: Fraction) -> tuple[int, int]:
    return value.numerator, value.denominator


def _solver(facts: Sequence[Any]) -> Any:
    solver = z3.Solver()
    solver.set("timeout", PIN_TIMEOUT_MS)
    solver.add(*facts)
    return solver


def shown(point: Mapping[str, Fraction]) -> dict[str, str]:
    """The point as text."""
    return {name: str(value) for name, value in point.items()}
