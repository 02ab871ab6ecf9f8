"""Truncated power series: one class, whatever the ring of its coefficients."""

from fractions import Fraction

import flint
import pytest
import sympy
from flint.utils.flint_exceptions import DomainError
from hypothesis import given, strategies as st

from proofs_check import ball, reals
from proofs_check.statements.jets import Jet, log1p, variables
from proofs_check.statements.polynomials import Ring

KIND = "identity"

ORDER, WEIGHTS = 4, (1, 2)
MONOMIALS = [(i, j) for i in range(ORDER + 1) for j in range(3) if i + 2 * j <= ORDER]
NUMBERS = st.fractions(-3, 3, max_denominator=5)
a, b = reals("a b")
TERMS = Ring(("a", "b"))
GAUSSIAN = sympy.QQ_I.frac_field(sympy.Symbol("m"))
RINGS = {
    "fractions": (Fraction, Fraction(3, 2)),
    "terms": (TERMS.polynomial, a * b - b / 2),
    "fraction field": (GAUSSIAN, GAUSSIAN.gens[0] / (1 + GAUSSIAN.gens[0])),
}
x, y = variables(Fraction, WEIGHTS, ORDER)
SAMPLE = 2 - x + 3 * y + x * y / 2 - x**4, Fraction(1, 3) + x**2 - x**3 + y**2


def jets(first=NUMBERS):
    """Jets of two variables; ``first`` draws the constant term."""
    rest = [NUMBERS] * (len(MONOMIALS) - 1)
    return st.tuples(first, *rest).map(lambda cs: SAMPLE[0].like(dict(zip(MONOMIALS, cs, strict=True))))


def same(left, right):
    """Equal coefficients, known to the same order."""
    return (left - right).terms == {} and left.order == right.order


@given(jets(), jets(), jets())
def test_identity_jets_are_a_ring(f, g, h):
    assert same(f + g, g + f) and same(f * g, g * f)
    assert same((f + g) + h, f + (g + h)) and same((f * g) * h, f * (g * h))
    assert same(f * (g + h), f * g + f * h)
    assert same(f + 0, f) and same(1 * f, f) and same(2 - f, -(f - 2)) and (f - f).terms == {}
    assert same(f**3, f * f * f) and same(f**0, f.constant(1))


def cauchy(f, g):
    """The product by its definition: c_m is the sum of a_k b_(m - k)."""
    sums = {}
    for m in MONOMIALS:
        parts = [(k, (m[0] - k[0], m[1] - k[1])) for k in MONOMIALS if k[0] <= m[0] and k[1] <= m[1]]
        sums[m] = sum(f.coefficient(*k) * g.coefficient(*n) for k, n in parts)
    return sums


def is_product(found, f, g):
    return all(found.coefficient(*m) == c for m, c in cauchy(f, g).items())


@given(jets(), jets())
def test_identity_the_product_is_cauchys(f, g):
    assert is_product(f * g, f, g)


def test_wrong_products_are_told_from_cauchys():
    f, g = SAMPLE
    top = {m: c for m, c in (f * g).terms.items() if f.weight(m) < ORDER}
    termwise = {m: c * g.coefficient(*m) for m, c in f.terms.items()}
    assert is_product(f * g, f, g)
    assert not is_product(f.like(top), f, g) and not is_product(f.like(termwise), f, g)


@given(jets(), jets(NUMBERS.filter(bool)))
def test_identity_reciprocals_and_quotients_return(f, g):
    assert same(1 / (1 / g), g) and same(f / g * g, f) and same(g**-2 * g**2, g.constant(1))
    assert not same((1 / g + x**ORDER) * g, g.constant(1))  # wrong in the last order only


@given(jets(st.just(0)), jets(st.just(0)))
def test_identity_the_logarithm_turns_products_into_sums(f, g):
    assert same(log1p(f + g + f * g), log1p(f) + log1p(g))
    assert not same(log1p(f + g + f * g + x**ORDER), log1p(f) + log1p(g))


@pytest.mark.parametrize("name", RINGS)
def test_closed_form_expansions_over_every_ring(name):
    """Formulas run on jets: the geometric series, a quotient, and maps composed with their inverses."""
    ring, value = RINGS[name]
    (z,) = variables(ring, (1,), 4)
    assert (1 / (1 - z * value)).coefficients() == [ring(value) ** n for n in range(5)]
    assert ((2 + z) / (1 + z)).coefficients() == [ring(n) for n in (2, -1, 1, -1, 1)]
    assert (12 * log1p(z)).coefficients() == [ring(n) for n in (0, 12, -6, 4, -3)]
    shifted, scaled = z + z**2, z * value
    forth, back = scaled / (1 - scaled), lambda w: w / (1 + w)
    assert same(back(forth), scaled) and not same(back(back(forth)), scaled)
    assert same(back(shifted / (1 - shifted)), shifted)


def test_closed_form_balls_hold_the_derivative_of_a_quotient():
    """At every point of a ball: the derivative of 1/(1 + t) for t in [0.9, 1.1]; not that at 2."""
    at = ball(1) + flint.arb(0, 0.1)
    (t,) = variables(flint.arb, (1,), 1)
    value, slope = (1 / (1 + t + at)).coefficients()
    for point in (Fraction(9, 10), Fraction(1), Fraction(11, 10)):
        assert value.contains(ball(1 / (1 + point))) and slope.contains(ball(-1 / (1 + point) ** 2))
    assert not slope.contains(ball(Fraction(-1, 9)))


def test_an_order_is_never_said_to_be_known_that_is_not():
    (short,) = variables(Fraction, (1,), 2)
    (long,) = variables(Fraction, (1,), 4)
    for result in (short + long, long - short, long * short, long / (1 + short), (long**3).over(1) * short):
        assert result.order == 2
    assert ((1 + long) ** 3 - 1).over(1).coefficients() == [3, 3, 1, 0]
    with pytest.raises(ValueError, match="need a product up to order 2"):
        short.coefficient(3)
    with pytest.raises(ValueError, match="need a jet that"):
        (1 + long).over(1)
    with pytest.raises(ValueError, match="need jets of variables with weights"):
        _ = short + x


def test_a_reciprocal_needs_that_of_the_constant_term():
    (z,) = variables(TERMS.polynomial, (1,), 2)
    with pytest.raises(ZeroDivisionError):
        _ = 1 / z
    with pytest.raises(DomainError):
        _ = 1 / (z + a)
    with pytest.raises(ValueError, match="need a jet without a constant"):
        log1p(1 + z)
    with pytest.raises(ValueError, match="need weights"):
        Jet(Fraction, {}, (0,), 2)
    with pytest.raises(ValueError, match="need divisors that are numbers"):
        TERMS.polynomial(1 / a)
