"""Power series cut off at an order: run the theory's functions on them, and compare coefficients exactly.

A ``Jet`` is a polynomial without its terms beyond an order, with coefficients in an exact field (sympy's
fractions of polynomials over the Gaussian rationals). Whoever has ``+ - * /`` and whole powers runs on
jets: so a formula of ``sitheory.theory`` gives its own Taylor coefficients, and normal forms are checked.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sympy

from proofs_check.memory import source_of
from sitheory.claims import Check, Status, Verdict

VERSION = f"sympy {sympy.__version__}"
Monomial = tuple[int, ...]


def variables(field: Callable[[int], Any], weights: Sequence[int], order: int) -> list["Jet"]:
    """The variables themselves, as jets."""
    count = len(weights)
    unit = (tuple(int(k == j) for k in range(count)) for j in range(count))
    return [Jet(field, {monomial: field(1)}, weights, order) for monomial in unit]


class Jet:
    """A polynomial up to a total weight; its terms map exponents to coefficients of a field.

    Args:
        field: makes an element of the exact field from a whole number.
        terms: exponents of the variables, and the coefficient of each product.
        weights: what each variable counts towards the order.
        order: the highest weight that is kept.
    """

    def __init__(
        self, field: Callable[[int], Any], terms: Mapping[Monomial, Any], weights: Sequence[int], order: int
    ) -> None:
        self.field, self.weights, self.order = field, tuple(weights), order
        self.terms = {m: c for m, c in terms.items() if c and self.weight(m) <= order}

    def weight(self, monomial: Monomial) -> int:
        """The order of a product of the variables."""
        return sum(w * e for w, e in zip(self.weights, monomial, strict=True))

    def like(self, terms: Mapping[Monomial, Any]) -> "Jet":
        """A jet of the same variables."""
        return Jet(self.field, terms, self.weights, self.order)

    def constant(self, value: Any) -> "Jet":
        """A constant jet of the same variables."""
        number = self.field(value) if isinstance(value, int) else value
        return self.like({(0,) * len(self.weights): number})

    def coefficient(self, *monomial: int) -> Any:
        """The coefficient of a product of the variables, 0 where there is none."""
        return self.terms.get(monomial, self.field(0))

    def _other(self, other: Any) -> "Jet":
        return other if isinstance(other, Jet) else self.constant(other)

    def __add__(self, other: Any) -> "Jet":
        terms = dict(self.terms)
        for m, c in self._other(other).terms.items():
            terms[m] = terms[m] + c if m in terms else c
        return self.like(terms)

    __radd__ = __add__

    def __neg__(self) -> "Jet":
        return self.like({m: -c for m, c in self.terms.items()})

    def __sub__(self, other: Any) -> "Jet":
        return self + -self._other(other)

    def __rsub__(self, other: Any) -> "Jet":
        return self._other(other) + -self

    def __mul__(self, other: Any) -> "Jet":
        terms: dict[Monomial, Any] = {}
        for m, c in self.terms.items():
            for k, d in self._other(other).terms.items():
                if self.weight(m) + self.weight(k) <= self.order:
                    product = tuple(i + j for i, j in zip(m, k, strict=True))
                    terms[product] = terms[product] + c * d if product in terms else c * d
        return self.like(terms)

    __rmul__ = __mul__

    def __pow__(self, exponent: int) -> "Jet":
        product = self
        for _ in range(exponent - 1):
            product = product * self
        return product

    def __truediv__(self, other: Any) -> "Jet":
        divisor = self._other(other)
        first = divisor.coefficient(*(0,) * len(self.weights))
        rest = divisor * (1 / first) - 1
        inverse, power = self.constant(1 / first), self.constant(1 / first)
        for _ in range(self.order):
            power = power * -rest
            inverse = inverse + power
        return self * inverse

    def __rtruediv__(self, other: Any) -> "Jet":
        return self._other(other) / self


def series(
    text: str,
    vanishing: Callable[[], Mapping[str, Any]],
    *,
    mutants: Sequence[tuple[str, Callable[[], Mapping[str, Any]]]] = (),
    part: str = "",
) -> Check:
    """Compare coefficients of power series exactly.

    Args:
        text: the statement, as shown to the reader.
        vanishing: gives named elements of an exact field; the statement says that all of them are zero.
        mutants: wrong variants, each a text and a function: they must be refuted.
        part: the part of the form that this decides.

    Returns:
        A check: PROVED if all vanish, else REFUTED with the first that does not.
    """
    return Check(
        "algebra",
        text,
        lambda: _decided(vanishing),
        tuple(series(*mutant) for mutant in mutants),
        part,
        f"series {VERSION} {text} {source_of(vanishing)}",
    )


def _decided(vanishing: Callable[[], Mapping[str, Any]]) -> Verdict:
    elements = vanishing()
    left = next(((name, value) for name, value in elements.items() if value), None)
    if left is None:
        compared = f"{len(elements)} coefficients compared"
        return Verdict(Status.PROVED, version=VERSION, rests_on=("sympy's fractions",), certificate=compared)
    return Verdict(
        Status.REFUTED,
        version=VERSION,
        rests_on=("sympy's fractions",),
        witness={left[0]: str(left[1])},
    )
