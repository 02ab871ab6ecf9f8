"""Truncated power series: the world in which a formula shows its expansion, coefficient by coefficient.

Whoever has ``+ - * /`` and whole powers runs on jets: so a formula of ``sitheory.theory`` gives its own Taylor
coefficients, in whatever ring they are exact: fractions, polynomials (``polynomials.Ring``), sympy's fraction
fields, balls. An identity between coefficients is one of formal power series up to the jet's order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

Monomial = tuple[int, ...]


def variables(ring: Callable[[Any], Any], weights: Sequence[int], order: int) -> list[Jet]:
    """The variables themselves, as jets."""
    count = len(weights)
    units = (tuple(int(k == j) for k in range(count)) for j in range(count))
    return [Jet(ring, {unit: ring(1)}, weights, order) for unit in units]


class Jet:
    """A power series known up to a total weight; its terms map exponents to coefficients of a ring.

    What meets a jet in ``+ - * /`` is a jet of the same variables, or stands for a constant. The result is known
    as far as both are.

    Args:
        ring: makes a coefficient of a whole number, and of all else that stands for one.
        terms: exponents of the variables, and the coefficient of each product.
        weights: what each variable counts towards the order.
        order: the highest weight that is known.

    Raises:
        ValueError: If a weight is less than 1.
    """

    def __init__(
        self, ring: Callable[[Any], Any], terms: Mapping[Monomial, Any], weights: Sequence[int], order: int
    ) -> None:
        if min(weights) < 1:
            raise ValueError(f"need weights of 1 at least, got {tuple(weights)}")
        self.ring, self.weights, self.order = ring, tuple(weights), order
        self.terms = {m: c for m, c in terms.items() if c and self.weight(m) <= order}

    def weight(self, monomial: Monomial) -> int:
        """The order of a product of the variables."""
        return sum(w * e for w, e in zip(self.weights, monomial, strict=True))

    def like(self, terms: Mapping[Monomial, Any]) -> Jet:
        """A jet of the same variables and order."""
        return Jet(self.ring, terms, self.weights, self.order)

    def constant(self, value: Any) -> Jet:
        """A constant jet of the same variables and order."""
        return self.like({(0,) * len(self.weights): self.ring(value)})

    def coefficient(self, *monomial: int) -> Any:
        """The coefficient of a product of the variables, 0 where there is none.

        Raises:
            ValueError: If the product lies beyond the order.
        """
        if self.weight(monomial) > self.order:
            raise ValueError(f"need a product up to order {self.order}, got exponents {monomial}")
        return self.terms.get(monomial, self.ring(0))

    def coefficients(self) -> list[Any]:
        """All coefficients of a series in one variable, c_0 first."""
        (weight,) = self.weights
        return [self.coefficient(n) for n in range(self.order // weight + 1)]

    def over(self, power: int) -> Jet:
        """A series in one variable over that variable's power.

        Raises:
            ValueError: If the power does not divide it.
        """
        (weight,) = self.weights
        if any(n < power for (n,) in self.terms):
            raise ValueError(f"need a jet that x^{power} divides, got {self.terms}")
        terms: dict[Monomial, Any] = {(n - power,): c for (n,), c in self.terms.items()}
        return Jet(self.ring, terms, self.weights, self.order - weight * power)

    def _pair(self, other: Any) -> tuple[Jet, Jet]:
        """Both as jets of the order up to which both are known."""
        right = other if isinstance(other, Jet) else self.constant(other)
        if right.weights != self.weights:
            raise ValueError(f"need jets of variables with weights {self.weights}, got {right.weights}")
        return self._cut(right.order), right._cut(self.order)

    def _cut(self, order: int) -> Jet:
        return self if order >= self.order else Jet(self.ring, self.terms, self.weights, order)

    def __add__(self, other: Any) -> Jet:
        left, right = self._pair(other)
        terms = dict(left.terms)
        for m, c in right.terms.items():
            terms[m] = terms[m] + c if m in terms else c
        return left.like(terms)

    def __neg__(self) -> Jet:
        return self.like({m: -c for m, c in self.terms.items()})

    def __sub__(self, other: Any) -> Jet:
        left, right = self._pair(other)
        return left + -right

    def __rsub__(self, other: Any) -> Jet:
        return -self + other

    def __mul__(self, other: Any) -> Jet:
        left, right = self._pair(other)
        terms: dict[Monomial, Any] = {}
        for m, c in left.terms.items():
            for k, d in right.terms.items():
                if left.weight(m) + left.weight(k) <= left.order:
                    product = tuple(i + j for i, j in zip(m, k, strict=True))
                    terms[product] = terms[product] + c * d if product in terms else c * d
        return left.like(terms)

    def __truediv__(self, other: Any) -> Jet:
        """The quotient, where the divisor's constant term has a reciprocal in the ring."""
        left, right = self._pair(other)
        one = 1 / right.coefficient(*(0,) * len(self.weights))
        rest = right.like({m: c * one for m, c in right.terms.items() if any(m)})
        power = inverse = right.constant(one)
        while power.terms:  # each power of ``rest`` starts at a higher weight
            power = power * -rest
            inverse = inverse + power
        return left * inverse

    def __rtruediv__(self, other: Any) -> Jet:
        return self.constant(other) / self

    def __pow__(self, power: int) -> Jet:
        product = self.constant(1)
        for _ in range(abs(power)):
            product = product * self
        return product if power >= 0 else 1 / product

    __radd__, __rmul__ = __add__, __mul__


def log1p(x: Jet) -> Jet:
    """log(1 + x) for a jet without a constant term, in a ring that holds the reciprocals of whole numbers.

    Raises:
        ValueError: If there is a constant term.
    """
    if x.coefficient(*(0,) * len(x.weights)):
        raise ValueError(f"need a jet without a constant term, got {x.terms}")
    total, power = x.constant(0), x.constant(1)
    for n in range(1, x.order + 1):
        power = power * -x
        total = total - power / n
    return total
