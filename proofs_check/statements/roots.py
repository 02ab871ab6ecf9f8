"""Numbers that are rational functions of one real root of a rational polynomial, compared exactly or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import zip_longest
from typing import Any

Polynomial = tuple[Fraction, ...]
"""Coefficients, the constant one first; the last is not zero."""
BISECTIONS = 400


class Undecided(ArithmeticError):
    """A sign that the interval of a root does not tell, however small."""


class RealRoot:
    """The one root of a polynomial between two rational numbers.

    Args:
        polynomial: coefficients, the constant one first.
        low: a number below the root.
        high: a number above it.

    Raises:
        ValueError: if the polynomial does not change its sign in between, or its derivative may.
    """

    def __init__(self, polynomial: Sequence[Fraction | int], low: Fraction, high: Fraction) -> None:
        self.polynomial = _cut([Fraction(c) for c in polynomial])
        self.low, self.high = low, high
        slope = _cut([n * c for n, c in enumerate(self.polynomial)][1:])
        least, most = self._enclosed(slope)
        if _at(self.polynomial, low) * _at(self.polynomial, high) >= 0 or least <= 0 <= most:
            raise ValueError(f"need one change of sign of {self.polynomial} between {low} and {high}")
        monomials = (_monomial(c, n) for n, c in enumerate(self.polynomial) if c)
        written = " + ".join(monomials).replace("+ -", "- ")
        self._text = f"root of {written} between {low} and {high}"

    def __str__(self) -> str:
        return self._text

    def sign(self, polynomial: Polynomial) -> int:
        """The sign of a polynomial at the root.

        Raises:
            Undecided: if it does not vanish as a multiple of the root's polynomial, and no interval tells its sign.
        """
        rest = _remainder(polynomial, self.polynomial)
        if not rest:
            return 0
        for _ in range(BISECTIONS):
            least, most = self._enclosed(rest)
            if least > 0 or most < 0:
                return 1 if least > 0 else -1
            self._halve()
        raise Undecided(f"need a sign that an interval tells, got {rest} at the {self}")

    def _halve(self) -> None:
        middle = (self.low + self.high) / 2
        below = _at(self.polynomial, self.low) * _at(self.polynomial, middle) > 0
        self.low, self.high = (middle, self.high) if below else (self.low, middle)

    def _enclosed(self, polynomial: Polynomial) -> tuple[Fraction, Fraction]:
        """Bounds of a polynomial over the interval, by Horner's rule with intervals."""
        least = most = Fraction(0)
        for c in reversed(polynomial):
            ends = [a * b for a in (least, most) for b in (self.low, self.high)]
            least, most = min(ends) + c, max(ends) + c
        return least, most


class Number:
    """A quotient of polynomials at a real root; it meets fractions in ``+ - * /`` and comparisons."""

    def __init__(
        self,
        root: RealRoot,
        top: Polynomial = (Fraction(0), Fraction(1)),
        bottom: Polynomial = (Fraction(1),),
    ):
        self.root, self.top, self.bottom = root, top, bottom

    def __str__(self) -> str:
        return str(self.root)

    def _pair(self, other: Any) -> tuple[Polynomial, Polynomial]:
        return (
            (other.top, other.bottom)
            if isinstance(other, Number)
            else (_cut([Fraction(other)]), (Fraction(1),))
        )

    def _like(self, top: Polynomial, bottom: Polynomial) -> Number:
        return Number(self.root, *(_remainder(p, self.root.polynomial) for p in (top, bottom)))

    def __add__(self, other: Any) -> Number:
        top, bottom = self._pair(other)
        return self._like(
            _sum(_product(self.top, bottom), _product(top, self.bottom)), _product(self.bottom, bottom)
        )

    def __mul__(self, other: Any) -> Number:
        top, bottom = self._pair(other)
        return self._like(_product(self.top, top), _product(self.bottom, bottom))

    def __neg__(self) -> Number:
        return self * -1

    def __sub__(self, other: Any) -> Number:
        return self + other * -1

    def __rsub__(self, other: Any) -> Number:
        return -self + other

    def inverse(self) -> Number:
        """One divided by the number.

        Raises:
            ZeroDivisionError: if it is zero.
        """
        if not self.root.sign(self.top):
            raise ZeroDivisionError("need a number other than 0")
        return self._like(self.bottom, self.top)

    def __truediv__(self, other: Any) -> Number:
        return self * (other.inverse() if isinstance(other, Number) else 1 / Fraction(other))

    def __rtruediv__(self, other: Any) -> Number:
        return self.inverse() * other

    def __pow__(self, power: int) -> Number:
        found = Number(self.root, (Fraction(1),))
        for _ in range(abs(power)):
            found = found * self
        return found if power >= 0 else found.inverse()

    __radd__, __rmul__ = __add__, __mul__

    def _against(self, other: Any) -> int:
        difference = self - other
        return self.root.sign(difference.top) * self.root.sign(difference.bottom)

    def __lt__(self, other: Any) -> bool:
        return self._against(other) < 0

    def __le__(self, other: Any) -> bool:
        return self._against(other) <= 0

    def __gt__(self, other: Any) -> bool:
        return self._against(other) > 0

    def __ge__(self, other: Any) -> bool:
        return self._against(other) >= 0

    def __eq__(self, other: object) -> bool:
        return self._against(other) == 0

    def __hash__(self) -> int:
        raise TypeError("need a number with a normal form, got a quotient at a root")


def _cut(coefficients: Sequence[Fraction]) -> Polynomial:
    kept = list(coefficients)
    while kept and not kept[-1]:
        kept.pop()
    return tuple(kept)


def _at(polynomial: Polynomial, x: Fraction) -> Fraction:
    value = Fraction(0)
    for c in reversed(polynomial):
        value = value * x + c
    return value


def _sum(p: Polynomial, q: Polynomial) -> Polynomial:
    return _cut([a + b for a, b in zip_longest(p, q, fillvalue=Fraction(0))])


def _product(p: Polynomial, q: Polynomial) -> Polynomial:
    found = [Fraction(0)] * (len(p) + len(q))
    for i, a in enumerate(p):
        for j, b in enumerate(q):
            found[i + j] += a * b
    return _cut(found)


def _remainder(p: Polynomial, q: Polynomial) -> Polynomial:
    """What is left of p after division by q."""
    rest = list(p)
    while len(rest) >= len(q):
        scale, shift = rest[-1] / q[-1], len(rest) - len(q)
        for i, c in enumerate(q):
            rest[shift + i] -= scale * c
        rest = list(_cut(rest))
    return tuple(rest)


def _monomial(coefficient: Fraction, power: int) -> str:
    variable = "" if not power else "t" if power == 1 else f"t^{power}"
    number = "" if variable and coefficient == 1 else str(coefficient)
    return "*".join(part for part in (number, variable) if part)
