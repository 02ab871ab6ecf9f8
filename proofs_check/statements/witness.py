"""Counterexamples that a reader can check by hand: small exact rationals, tried smallest first."""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import islice, product
from math import gcd
from typing import Any

import z3

from proofs_check.statements.polynomials import Cleared
from proofs_check.statements.roots import Number, RealRoot, Undecided
from proofs_check.statements.terms import Statement, as_fraction, conjuncts, evaluate, text

GRID_POINTS = 5_000
PIN_HEIGHT = 8
PIN_DENOMINATORS = 300
PIN_TIMEOUT_MS = 500
ROOT_DIGITS = (1, 2, 4, 8, 16, 32)

Point = dict[str, Fraction]
AlgebraicPoint = dict[str, Any]
"""One variable's value is a ``Number``, a real root; those of the others are rational."""


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


def pinned(statement: Statement, cleared: Cleared, model: Any) -> Point | AlgebraicPoint | None:
    """Turn a solver's model into a counterexample in small rationals, and one real root if need be.

    Args:
        statement: the statement as written, which decides whether a point counts.
        cleared: the same without division.
        model: a z3 model of the hypotheses and the negated conclusion.

    Returns:
        A point at which exact arithmetic makes the statement false, or None if neither rounding nor pinning leads to
        one.
    """
    point = _rounded(statement, model) or _solved(statement, cleared, model)
    if point is None or any(isinstance(value, Number) for value in point.values()):
        return point
    return smaller(statement, point)


def smaller(statement: Statement, point: Point) -> Point:
    """Replace coordinate after coordinate by the least rational that still makes a counterexample."""
    for name in statement.variables:
        tried = ({**point, name: value} for value in rationals(PIN_HEIGHT))
        point = next((other for other in tried if statement.at(other) is False), point)
    return point


def _rounded(statement: Statement, model: Any) -> Point | None:
    """The model rounded to ever larger denominators: enough where counterexamples fill an open set."""
    exact = {name: _value(model, name) for name in statement.variables}
    points = ({n: v.limit_denominator(d) for n, v in exact.items()} for d in range(1, PIN_DENOMINATORS))
    return next((point for point in [*points, exact] if statement.at(point) is False), None)


def _solved(statement: Statement, cleared: Cleared, model: Any) -> AlgebraicPoint | None:
    """Fix one variable after the other and let the solver find the rest: for equations; one may stay irrational."""
    solver = _solver([*cleared.statement.given, z3.Not(cleared.statement.then)])
    point: AlgebraicPoint = {}
    irrational = ""
    for name in statement.variables:
        variable = z3.Real(name)
        candidates = [*rationals(PIN_HEIGHT), _value(model, name)]
        value = next((v for v in candidates if solver.check(variable == z3.Q(*_pair(v))) == z3.sat), None)
        if value is None:
            if irrational:
                return None
            irrational = name
            continue
        solver.add(variable == z3.Q(*_pair(value)))
        point[name] = value
        if solver.check() != z3.sat:  # it was, before time ran out
            return None
        model = solver.model()
    if irrational:
        if solver.check(z3.Real(irrational) > 0) == z3.sat:  # of two roots the same one each time
            model = solver.model()
        value = _root(model.eval(z3.Real(irrational), model_completion=True))
        if value is None:
            return None
        point = {name: point.get(name, value) for name in statement.variables}
    try:
        return point if statement.at(point) is False else None
    except Undecided:
        return None


def _root(value: Any) -> Any:
    """A solver's number, which decides nothing, as a root between two rational numbers."""
    if z3.is_rational_value(value):
        return as_fraction(value)
    if not z3.is_algebraic_value(value):
        return None
    polynomial = [as_fraction(c) for c in value.poly()]
    for digits in ROOT_DIGITS:
        near, width = as_fraction(value.approx(digits + 1)), Fraction(1, 10**digits)
        low = near // width * width
        for start in (low, low - width, low + width):
            try:
                return Number(RealRoot(polynomial, start, start + width))
            except ValueError:
                continue
    return None


def _value(model: Any, name: str) -> Fraction:
    value = model.eval(z3.Real(name), model_completion=True)
    return as_fraction(value) if z3.is_rational_value(value) else as_fraction(value.approx(30))


def _pair(value: Fraction) -> tuple[int, int]:
    return value.numerator, value.denominator


def _solver(facts: Sequence[Any]) -> Any:
    solver = z3.Solver()
    solver.set("timeout", PIN_TIMEOUT_MS)
    solver.add(*facts)
    return solver


def sides(statement: Statement, point: Point) -> str:
    """The first relation of the conclusion that fails at a point, with the numbers on its two sides."""
    for part in conjuncts(statement.then):
        if evaluate(part, point) or part.num_args() != 2 or not z3.is_arith(part.arg(0)):
            continue
        left, right = (evaluate(side, point) for side in part.children())
        return f"{text(part)} fails: the left side is {left}, the right side {right}"
    return ""


def shown(point: Mapping[str, Any]) -> dict[str, str]:
    """The point as text."""
    return {name: str(value) for name, value in point.items()}
