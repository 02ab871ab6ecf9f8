"""Every formula runs in every world, and says the same in each of them.

Kind: twin (one function object against itself in exact fractions).
"""

import inspect
import math
from fractions import Fraction
from types import FunctionType

import flint
import numba
import numpy as np
import pytest
import sympy
import z3

from sitheory.theory import periodic, regimes, scale

# One legal exact value for every parameter name that the formulas use.
VALUES = {
    "alpha": Fraction(2, 5),
    "elr": Fraction(3),
    "lr": Fraction(1, 3),
    "wd": Fraction(1, 7),
    "x": Fraction(3, 5),
    "y": Fraction(-2, 3),
    "r": Fraction(-5, 4),
    "r_sq": Fraction(25, 16),
    "beta": Fraction(7, 9),
    "gamma": Fraction(6, 5),
    "delta": Fraction(1, 11),
    "norm_sq": Fraction(8, 3),
    "grad_sq": Fraction(5, 7),
    "eff_grad_sq": Fraction(5, 3),
    "ess_sq": Fraction(4, 9),
    "inverse_cos": Fraction(13, 11),
    "group_ess_sq": Fraction(4, 9),
    "total_ess_sq": Fraction(9, 4),
    "grad": Fraction(-1, 6),
    "grad_x": Fraction(1, 6),
    "grad_y": Fraction(5, 6),
    "start": Fraction(9, 2),
    "limit": Fraction(1, 2),
    "level": Fraction(3, 2),
    "rate": Fraction(1, 8),
    "a": Fraction(1, 6),
    "b": Fraction(5, 8),
    "f2": Fraction(3, 4),
    "f3": Fraction(-2, 7),
    "f4": Fraction(5, 9),
}
SEQUENCES = {
    "alpha": [Fraction(1), Fraction(2), Fraction(7, 2)],
    "x": [Fraction(1, 2), Fraction(-1, 3), Fraction(1, 5)],
    "y": [Fraction(2, 3), Fraction(1, 7), Fraction(1, 4)],
    "elrs": [Fraction(1, 2), Fraction(3), Fraction(5, 4)],
    "ess_sqs": [Fraction(1, 9), Fraction(2, 3), Fraction(7, 4)],
    "grad_sqs": [Fraction(1, 9), Fraction(2, 3), Fraction(7, 4)],
}
OVER_GROUPS = {
    "toy_loss",
    "threshold",
    "equilibrium_elrs",
    "equilibrium_loss",
    "random_walk_loss",
    "levels_sum",
}
# The balls and floats of the logarithm are inexact worlds; the exact ones have no logarithm.
WITH_LOGARITHM = {"time_to_level"}
# One rounding is 1.1e-16; the longest formula takes fewer than 30 operations.
ROUNDING = 30 * 2.0**-53

FORMULAS = [
    pytest.param(f, id=f"{module.__name__.rsplit('.', 1)[1]}.{name}")
    for module in (scale, regimes, periodic)
    for name, f in vars(module).items()
    if isinstance(f, FunctionType)
]
EXACT = [p for p in FORMULAS if p.values[0].__name__ not in WITH_LOGARITHM]


def arguments(formula, enter=lambda v: v):
    groups = formula.__name__ in OVER_GROUPS
    made = []
    for name in inspect.signature(formula).parameters:
        if name in SEQUENCES and (groups or name not in VALUES):
            made.append([enter(v) for v in SEQUENCES[name]])
        elif name in VALUES:
            made.append(enter(VALUES[name]))
        else:
            pytest.fail(f"{formula.__name__} has a parameter {name!r} that this test has no value for")
    return made


def flat(result):
    return list(result) if isinstance(result, (list, tuple)) else [result]


def to_z3(v):
    return z3.Q(v.numerator, v.denominator)


def from_z3(term):
    value = z3.simplify(term)
    assert z3.is_rational_value(value), value
    return Fraction(value.numerator_as_long(), value.denominator_as_long())


def to_arb(v):
    return flint.arb(v.numerator) / v.denominator


def exact(formula):
    return [Fraction(v) for v in flat(formula(*arguments(formula)))]


@pytest.mark.parametrize("formula", EXACT)
def test_float(formula):
    for got, want in zip(flat(formula(*arguments(formula, float))), exact(formula), strict=True):
        assert got == pytest.approx(float(want), rel=ROUNDING * 10)


@pytest.mark.parametrize("formula", EXACT)
def test_ndarray(formula):
    shape = (2, 3)
    for got, want in zip(
        flat(formula(*arguments(formula, lambda v: np.full(shape, float(v))))), exact(formula), strict=True
    ):
        np.testing.assert_allclose(got, np.full(shape, float(want)), rtol=ROUNDING * 10)


@pytest.mark.parametrize("formula", EXACT)
def test_sympy(formula):
    for got, want in zip(
        flat(formula(*arguments(formula, lambda v: sympy.Rational(v.numerator, v.denominator)))),
        exact(formula),
        strict=True,
    ):
        assert got == sympy.Rational(want.numerator, want.denominator)


@pytest.mark.parametrize("formula", EXACT)
def test_z3(formula):
    assert [from_z3(v) for v in flat(formula(*arguments(formula, to_z3)))] == exact(formula)


@pytest.mark.parametrize("formula", EXACT)
def test_arb(formula):
    for got, want in zip(flat(formula(*arguments(formula, to_arb))), exact(formula), strict=True):
        assert (got * want.denominator - want.numerator).contains(0)
        assert float(got.rad()) < 1e-12 * (1 + abs(float(want)))


@pytest.mark.parametrize("world", [float, to_arb], ids=["float", "arb"])
def test_logarithm_in_the_worlds_that_have_one(world):
    log = math.log if world is float else (lambda ball: ball.log())
    values = [world(VALUES[name]) for name in ("start", "limit", "level", "rate")]
    steps = float(periodic.time_to_level(*values, log))
    reached = 0.5 + (1 - 1 / 8) ** steps * (4.5 - 0.5)
    assert reached == pytest.approx(1.5, rel=1e-12)


def compiled(formula):
    """The formula under numba, with the formulas that it calls compiled first."""
    own = {
        name: compiled(value)
        for name, value in formula.__globals__.items()
        if isinstance(value, FunctionType) and name in formula.__code__.co_names
    }
    copy = FunctionType(formula.__code__, {**formula.__globals__, **own}, formula.__name__)
    return numba.njit(copy)


SCALAR = [
    p
    for p in EXACT
    if p.values[0].__name__ not in OVER_GROUPS
    and not set(inspect.signature(p.values[0]).parameters) & {"elrs", "ess_sqs", "grad_sqs"}
]


@pytest.mark.parametrize("formula", SCALAR)
def test_numba(formula):
    for got, want in zip(flat(compiled(formula)(*arguments(formula, float))), exact(formula), strict=True):
        assert got == pytest.approx(float(want), rel=ROUNDING * 10)
