"""Balls over a piece of a box, with their slopes: the mean value theorem makes them as narrow as the piece squared.

A function's values on a piece with middle m lie in f(m) + f'(piece) (piece - m), and in f(piece) by itself. Where two
sides nearly touch, their difference by the first is far narrower than the two sides by the second.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from numbers import Rational
from typing import Any

import flint
import z3

from proofs_check.statements.language import checked
from proofs_check.statements.terms import evaluate, variables


def ball(value: Any) -> flint.arb:
    """The ball around an exact rational: a fraction, a whole number, ``"1/10"`` or ``Q(1, 10)``.

    Raises:
        TypeError: If it is none, a float for instance.
    """  # noqa: DOC502  raised by what it calls
    exact = exact_fraction(value)
    return flint.arb(flint.fmpq(exact.numerator, exact.denominator))


def exact_fraction(value: Any) -> Fraction:
    """The exact rational that a value is, a constant of statements among them.

    Raises:
        TypeError: If it is none, a float for instance.
    """
    if z3.is_expr(value) and not variables(value):
        return Fraction(evaluate(checked(value, z3.Z3_REAL_SORT), {}))
    if isinstance(value, bool) or not isinstance(value, Rational | str):
        raise TypeError(f"need an exact number, such as Fraction(1, 10) or Q(1, 10), got {value!r}")
    return Fraction(value)


_ONE = flint.arb(1)
_SLOPES: dict[str, Callable[[Any], Any]] = {
    "exp": lambda x: x.exp(),
    "expm1": lambda x: x.exp(),
    "log": lambda x: 1 / x,
    "log1p": lambda x: 1 / (1 + x),
    "sqrt": lambda x: 1 / (2 * x.sqrt()),
    "sin": lambda x: x.cos(),
    "cos": lambda x: -x.sin(),
    "tan": lambda x: 1 + x.tan() ** 2,
    "atan": lambda x: 1 / (1 + x**2),
    "sinh": lambda x: x.cosh(),
    "cosh": lambda x: x.sinh(),
    "tanh": lambda x: 1 - x.tanh() ** 2,
    "erf": lambda x: 2 * (-(x**2)).exp() / flint.arb.pi().sqrt(),
    "erfc": lambda x: -2 * (-(x**2)).exp() / flint.arb.pi().sqrt(),
}
_BY_BALLS_ALONE = frozenset(
    [
        "asin",
        "acos",
        "asinh",
        "acosh",
        "atanh",
        "cot",
        "sec",
        "csc",
        "coth",
        "sech",
        "csch",
        "sinc",
        "rsqrt",
        "sin_pi",
        "cos_pi",
        "tan_pi",
        "gamma",
        "rgamma",
        "lgamma",
        "digamma",
        "erfi",
        "ei",
        "li",
        "si",
        "ci",
        "shi",
        "chi",
        "lambertw",
        "floor",
        "ceil",
        "sgn",
    ]
)
"""Functions whose slope is not used. What else balls have, their middle or an end for instance, is no function of x."""
_NUMPYS = {f"arc{rest}": f"a{rest}" for rest in ("sin", "cos", "tan", "sinh", "cosh", "tanh")}


@dataclass(frozen=True, eq=False)
class Sloped:
    """A function's values on a piece of a box.

    Attributes:
        value: a ball that holds them all.
        middle: a ball that holds the one at the piece's middle.
        slopes: a ball for each variable that holds the partial derivatives on the piece; none where it is constant.
        away: the piece less its middle, a ball for each variable.
    """

    value: flint.arb
    middle: flint.arb
    slopes: Mapping[str, flint.arb]
    away: Mapping[str, flint.arb]

    @property
    def enclosed(self) -> flint.arb:
        """A ball that holds all values, the narrower of the two where both tell."""
        mean = self.middle + sum((slope * self.away[n] for n, slope in self.slopes.items()), flint.arb(0))
        told = self.value.is_finite() and mean.is_finite()
        return mean if told and mean.rad() < self.value.rad() else self.value

    def __add__(self, other: Any) -> "Sloped":
        """Return the sum with another one, a ball or an exact number."""
        b = self._constant(other)
        return self._made(self.value + b.value, self.middle + b.middle, b, _ONE, _ONE)

    def __mul__(self, other: Any) -> "Sloped":
        """Return the product with another one, a ball or an exact number."""
        b = self._constant(other)
        return self._made(self.value * b.value, self.middle * b.middle, b, b.value, self.value)

    def __truediv__(self, other: Any) -> "Sloped":
        """Return the quotient by another one, a ball or an exact number."""
        b = self._constant(other)
        ratio = self.value / b.value
        return self._made(ratio, self.middle / b.middle, b, 1 / b.value, -ratio / b.value)

    def __pow__(self, power: int) -> "Sloped":
        """Return a whole power.

        Raises:
            TypeError: If it is none; ``(y * x.log()).exp()`` is another one.
        """
        if type(power) is not int:
            raise TypeError(f"need a whole power, or (y * x.log()).exp() for another, got {power!r}")
        return self._through(lambda x: x**power, lambda x: power * x ** (power - 1) if power else 0 * x)

    def __neg__(self) -> "Sloped":
        """Return the opposite."""
        return self * -1

    def __abs__(self) -> "Sloped":
        """Return the absolute value; its slope is anything from -1 to 1 where the sign is not known."""
        return self._through(abs, lambda x: _ONE if x > 0 else -_ONE if x < 0 else (-_ONE).union(_ONE))

    def __sub__(self, other: Any) -> "Sloped":
        """Return the difference with another one, a ball or an exact number."""
        return self + (-self._constant(other))

    __radd__, __rmul__ = __add__, __mul__

    def __rsub__(self, other: Any) -> "Sloped":
        """Return a constant less this."""
        return -self + other

    def __rtruediv__(self, other: Any) -> "Sloped":
        """Return a constant divided by this."""
        return self._constant(other) / self

    def __lt__(self, other: Any) -> Any:
        """Refuse, as balls may overlap.

        Raises:
            TypeError: Always.
        """
        raise TypeError(
            "need less(x, y), put together by & | ~, got a comparison of Python's, as max and min make"
        )

    __le__ = __gt__ = __ge__ = __lt__

    def __float__(self) -> float:
        """Refuse, as math's functions would take one number for all.

        Raises:
            TypeError: Always.
        """
        raise TypeError("need x.exp() or np.exp(x), got a function of math's or a float of a ball")

    def __getattr__(self, name: str) -> Callable[[], "Sloped"]:
        """Return a function of one ball: with its slope where that is used, by balls alone where it is not.

        Raises:
            AttributeError: If it is on neither list.
        """
        name = _NUMPYS.get(name, name)
        if name not in _SLOPES and name not in _BY_BALLS_ALONE:
            known = ", ".join(sorted((*_SLOPES, *_BY_BALLS_ALONE)))
            raise AttributeError(f"need one of {known}, got {name!r}")
        slope = _SLOPES.get(name, lambda x: flint.arb.nan())
        return lambda: self._through(lambda x: getattr(x, name)(), slope)

    def _constant(self, other: Any) -> "Sloped":
        if isinstance(other, Sloped):
            return other
        number = other if isinstance(other, flint.arb) else ball(other)
        return Sloped(number, number, {}, self.away)

    def _through(self, function: Callable[[Any], Any], slope: Callable[[Any], Any]) -> "Sloped":
        return self._made(
            function(self.value), function(self.middle), self._constant(0), slope(self.value), _ONE
        )

    def _made(self, value: Any, middle: Any, other: "Sloped", mine: Any, its: Any) -> "Sloped":
        """A function of two with its slopes in the first and in the second."""
        slopes = {name: mine * slope for name, slope in self.slopes.items()}
        for name, slope in other.slopes.items():
            slopes[name] = slopes[name] + its * slope if name in slopes else its * slope
        return Sloped(value, middle, slopes, self.away)
