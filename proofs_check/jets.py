"""Truncated power series: the world in which a formula shows its expansion, coefficient by coefficient.

A formula of ``sitheory.theory`` runs on a ``Jet`` as it does on floats; its coefficients are then terms for
the exact engines. An identity between coefficients is one of formal power series up to the jet's order, so of
the Taylor series of analytic functions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import z3


class Jet:
    """c_0 + c_1 x + ... + c_n x^n, with what is of higher order dropped.

    Args:
        coefficients: c_0 to c_n: numbers or polynomial terms.
    """

    def __init__(self, coefficients: Sequence[Any]) -> None:
        self.coefficients = [c if isinstance(c, z3.ExprRef) else Fraction(c) for c in coefficients]

    def __getitem__(self, order: int) -> Any:
        """The coefficient of an order, as a term."""
        found = self.coefficients[order]
        return found if isinstance(found, z3.ExprRef) else z3.Q(found.numerator, found.denominator)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.coefficients)

    def __len__(self) -> int:
        return len(self.coefficients)

    def _like(self, other: Any) -> Jet:
        return other if isinstance(other, Jet) else Jet([other, *[0] * (len(self) - 1)])

    def __add__(self, other: Any) -> Jet:
        return Jet([_plus(a, b) for a, b in zip(self, self._like(other), strict=True)])

    def __neg__(self) -> Jet:
        return self * -1

    def __sub__(self, other: Any) -> Jet:
        return self + -self._like(other)

    def __rsub__(self, other: Any) -> Jet:
        return -self + other

    def __mul__(self, other: Any) -> Jet:
        a, b = self.coefficients, self._like(other).coefficients
        return Jet([_sum(_times(a[i], b[n - i]) for i in range(n + 1)) for n in range(len(self))])

    def __truediv__(self, other: Any) -> Jet:
        """The quotient, where the divisor's constant is a number other than 0."""
        b = self._like(other).coefficients
        found: list[Any] = []
        for n, own in enumerate(self):
            known = _sum(_times(found[i], b[n - i]) for i in range(n))
            found.append(_times(_plus(own, _times(-1, known)), 1 / b[0]))
        return Jet(found)

    def __rtruediv__(self, other: Any) -> Jet:
        return self._like(other) / self

    def __pow__(self, power: int) -> Jet:
        product = self._like(1)
        for _ in range(power):
            product = product * self
        return product

    __radd__, __rmul__ = __add__, __mul__

    def over(self, power: int) -> Jet:
        """The jet over x^power, its first coefficients being 0.

        Raises:
            ValueError: If one of them is not the number 0.
        """
        if any(not isinstance(c, Fraction) or c for c in self.coefficients[:power]):
            raise ValueError(f"need a jet that x^{power} divides, got {self.coefficients[:power]}")
        return Jet(self.coefficients[power:])

    def cut(self, length: int) -> Jet:
        """The first coefficients."""
        return Jet(self.coefficients[:length])


def variable(order: int) -> Jet:
    """The variable x itself, to an order."""
    return Jet([0, 1, *[0] * (order - 1)])


def constant(value: Any, order: int) -> Jet:
    """A constant, to an order."""
    return Jet([value, *[0] * order])


def log1p(x: Jet) -> Jet:
    """log(1 + x) for a jet whose constant is 0."""
    terms, power = x._like(0), x._like(1)
    for n in range(1, len(x)):
        power = power * x
        terms = terms + power * Fraction(-((-1) ** n), n)
    return terms


def _plus(a: Any, b: Any) -> Any:
    if isinstance(a, z3.ExprRef) or isinstance(b, z3.ExprRef):
        return _tidy(_term(a) + _term(b))
    return Fraction(a) + b


def _times(a: Any, b: Any) -> Any:
    if isinstance(a, z3.ExprRef) or isinstance(b, z3.ExprRef):
        return Fraction(0) if _zero(a) or _zero(b) else _tidy(_term(a) * _term(b))
    return Fraction(a) * b


def _tidy(polynomial: Any) -> Any:
    """A polynomial as a sum of monomials; a number where it is one."""
    short = z3.simplify(polynomial, som=True)
    return short.as_fraction() if z3.is_rational_value(short) else short


def _term(value: Any) -> Any:
    return value if isinstance(value, z3.ExprRef) else z3.Q(value.numerator, value.denominator)


def _zero(value: Any) -> bool:
    return not isinstance(value, z3.ExprRef) and value == 0


def _sum(terms: Any) -> Any:
    total: Any = Fraction(0)
    for term in terms:
        total = _plus(total, term)
    return total
