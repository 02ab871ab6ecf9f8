"""Identity: arithmetic at a real root is exact, and answers or says that it cannot."""

from fractions import Fraction

import pytest
import z3
from hypothesis import given, settings, strategies as st

from proofs_check import Or, Q, Statement, Status, algebra, reals, smt
from proofs_check.engines import solvers
from proofs_check.statements import witness
from proofs_check.statements.roots import Number, RealRoot, Undecided
from tests.proofs import random_statements

KIND = "identity"

x, y = reals("x y")
small = st.fractions(max_denominator=6, min_value=-4, max_value=4)


def sqrt2():
    return Number(RealRoot([-2, 0, 1], Fraction(1), Fraction(2)))


@pytest.mark.identity
@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(small, small, small, small)
def test_arithmetic_is_that_of_the_quadratic_field(a, b, c, d):
    """Identity: products, quotients and order of a + b sqrt 2, by the rules of that field."""
    t = sqrt2()
    u, v = a + b * t, d * t + c
    assert u * v == (a * c + 2 * b * d) + (a * d + b * c) * t
    if c or d:
        norm = c * c - 2 * d * d  # not zero, as 2 is no square
        assert u / v == (a * c - 2 * b * d) / norm + (b * c - a * d) / norm * t
    # a + b sqrt 2 > 0, by squares
    positive = (a > 0 and (b >= 0 or a * a > 2 * b * b)) or (b > 0 and (a >= 0 or 2 * b * b > a * a))
    assert (u > 0) is positive
    assert (u <= 0) is not positive


@pytest.mark.conformance
def test_what_is_no_single_root_is_refused():
    """Conformance: no change of sign, two roots, and a sign that no interval tells."""
    for polynomial, low, high in (([-2, 0, 1], 2, 3), ([-2, 0, 1], -2, 2), ([0, 0, 1], -1, 1)):
        with pytest.raises(ValueError, match="one change of sign"):
            RealRoot(polynomial, Fraction(low), Fraction(high))
    product = RealRoot([6, -2, -3, 1], Fraction(5, 4), Fraction(3, 2))  # (t^2 - 2)(t - 3), at sqrt 2
    with pytest.raises(Undecided):
        product.sign((Fraction(-2), Fraction(0), Fraction(1)))
    with pytest.raises(ZeroDivisionError):
        1 / (sqrt2() ** 2 - 2)


@pytest.mark.conformance
@pytest.mark.parametrize(
    ("statement", "wrong"),
    [
        (Statement([x > 1], x * x != 2), Statement([x > 1], x * x == 2)),
        (Statement([x * x * x == 2], x * x < 1), Statement([x * x * x == 2], x * x > 1)),
        (Statement([x * x == 2], 1 / x == x / 2 + 1), Statement([x * x == 2], 1 / x == x / 2)),
    ],
)
def test_an_irrational_witness_is_evaluated_exactly(statement, wrong):
    """Conformance: the witness that is printed breaks the statement, and not one that is true there."""
    verdict = smt(statement).run()
    assert (verdict.status, verdict.rests_on) == (Status.REFUTED, ("exact arithmetic at a real root",))
    point = {name: random_statements.exact(number) for name, number in verdict.witness.items()}
    assert statement.at(point) is False
    assert wrong.at(point) is True


@pytest.mark.conformance
def test_a_model_that_is_not_evaluated_refutes_nothing(monkeypatch):
    """Conformance: two irrational numbers, an irrational that is a lie, and one that cannot be told."""
    assert smt(Statement([x * x == 2, y * y == 3, x > 0, y > 0], x + y < 3)).run().status is Status.OPEN
    monkeypatch.setattr(
        witness, "_root", lambda value: Number(RealRoot([-3, 0, 1], Fraction(1), Fraction(2)))
    )
    assert smt(Statement([x > 1], x * x != 2)).run().status is Status.OPEN
    monkeypatch.setattr(witness, "_root", lambda value: None)
    assert smt(Statement([x > 1], x * x != 2)).run().status is Status.OPEN
    assert solvers.decide(Statement([x > 1], x * x > 1)).status is Status.PROVED


@pytest.mark.conformance
@pytest.mark.parametrize(
    ("statement", "status"),
    [
        (Statement([], abs(x) ** 2 == x**2), Status.PROVED),
        (Statement([x != 0], x / abs(x) == abs(x) / x), Status.PROVED),
        (Statement([], z3.If(x > y, x, y) + z3.If(x > y, y, x) == x + y), Status.PROVED),
        (Statement([], abs(x) == x), Status.REFUTED),
        (Statement([], z3.If(x != 0, 1 / x, 0) * x == 1), Status.REFUTED),
        (Statement([], z3.If(x > 0, 1 / x, 1 / (x - 1)) == 1), Status.REFUTED),
        (Statement([], 1 / abs(x) == 1 / abs(x)), Status.OPEN),
        (Statement([x < x - 1], abs(x) == x), Status.OPEN),
        (Statement([], x < x + 1), Status.OPEN),
        (Statement([], Or(x == Q(1), x != 1)), Status.OPEN),
    ],
)
def test_the_zero_test_goes_by_cases(statement, status):
    """Conformance: identities with absolute values and cases; what is no equation is left open, not crashed on."""
    verdict = algebra(statement).run()
    assert verdict.status is status
    assert "crashed" not in verdict.reason
