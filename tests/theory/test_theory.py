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

from sitheory.theory import gram, kernels, periodic, regimes, scale, sharpness

KIND = "conformance"

# One legal exact value for every parameter name that the formulas use.
VALUES = {
    "entry": Fraction(1, 4),
    "leave": Fraction(11, 2),
    "buffer": Fraction(2, 9),
    "dot": Fraction(4, 7),
    "tangent_sq": Fraction(3, 8),
    "log_sharp_grad_sq_rate": Fraction(-1, 3),
    "inner": Fraction(1, 7),
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
    "average": Fraction(3, 8),
    "kept": Fraction(2, 9),
    "intrinsic_lr": Fraction(1, 21),
    "lambda_w": Fraction(9, 4),
    "loss": Fraction(5, 6),
    "lambda_max": Fraction(11, 5),
    "smoothness": Fraction(6),
    "pi": Fraction(22, 7),
    "log_sharp_grad_sq": Fraction(3, 10),
    "eigenvalue": Fraction(7, 5),
    "h_sq": Fraction(1, 40),
    "log_sharp_grad": Fraction(4, 9),
    "h_sq_ratio": Fraction(8, 5),
    "log_h_sq_ratio": Fraction(1, 3),
    "cubic": Fraction(-2, 7),
    "quartic": Fraction(3, 4),
    "variance": Fraction(5, 3),
    "z": Fraction(4, 7),
    "unit_y": Fraction(2, 7),
    "norm": Fraction(9, 5),
    "along": Fraction(3, 7),
    "mu": Fraction(4, 3),
    "pull": Fraction(1, 5),
    "reach": Fraction(7, 4),
    "off_sq": Fraction(2, 11),
    "cos_sq": Fraction(3, 5),
    "tan": Fraction(3, 4),
    "sin": Fraction(3, 5),
    "cos": Fraction(4, 5),
    "decay": Fraction(5, 9),
    "norm_sq_before": Fraction(5, 2),
    "step_sq_next": Fraction(2, 9),
    "step_sq": Fraction(3, 8),
    "momentum": Fraction(9, 10),
    "k": Fraction(2, 3),
    "grad_b": Fraction(1, 8),
    "t": Fraction(1, 6),
    "cone": Fraction(1, 7),
    "slope": Fraction(2, 5),
    "wall": Fraction(3, 11),
    "side": Fraction(1, 12),
    "w": Fraction(5, 8),
    "sign": Fraction(-1),
    "bend": Fraction(4, 5),
    "moment": Fraction(7, 6),
    "sine": Fraction(3, 7),
    "cosine": Fraction(2, 3),
    "f1": Fraction(5, 7),
    "turn_tan": Fraction(1, 5),
    "other": Fraction(7, 9),
    "first": Fraction(2, 3),
    "last": Fraction(9, 2),
    "log_floor": Fraction(36),
    "kinetic_mean": Fraction(3, 4),
    "energy": Fraction(8, 7),
    "tan_sq": Fraction(9, 16),
    "value": Fraction(2, 7),
    "after": Fraction(4, 3),
    "excess": Fraction(7, 5),
    "share": Fraction(6, 7),
    "weight": Fraction(2, 7),
}
# The algebra of the compiled loops: any positive numbers that differ.
FAST = """
    s turn whole moved grown root dx dy inverse angle change u v p q keep ck sk c push row twice low high width cube
    second third rest step height gain shrink s0 s1 s2 a1 a2 c2 a0 c1 ratio strength inverse_norm missed inverse_gain
    miss sine_sq weights moved_sq short_sq flat lean tilt shift yy yz zz inverse_sq k00 k01 k11 det trace spread x0 x1
    dyy dyz dzz kappa inverse_slope steepest width_y width_z
"""
VALUES |= {name: Fraction(17 * i % 29 + 1, 5 * i % 13 + 2) for i, name in enumerate(FAST.split())}
SEQUENCES = {
    "s": [Fraction(3, 2), Fraction(5, 7), Fraction(2, 3)],
    "u": [Fraction(1, 2), Fraction(1, 7), Fraction(2, 3)],
    "v": [Fraction(4, 3), Fraction(2, 7), Fraction(1, 3)],
    "terms": [Fraction(1, 2), Fraction(-1, 3), Fraction(1, 5)],
    "factors": [
        (Fraction(1, 2), Fraction(3), Fraction(2, 5), Fraction(1, 3)),
        (Fraction(4),) * 4,
        (Fraction(2),) * 4,
    ],
    "alpha": [Fraction(1), Fraction(2), Fraction(7, 2)],
    "x": [Fraction(1, 2), Fraction(-1, 3), Fraction(1, 5)],
    "y": [Fraction(2, 3), Fraction(1, 7), Fraction(1, 4)],
    "elrs": [Fraction(1, 2), Fraction(3), Fraction(5, 4)],
    "ess_sqs": [Fraction(1, 9), Fraction(2, 3), Fraction(7, 4)],
    "grad_sqs": [Fraction(1, 9), Fraction(2, 3), Fraction(7, 4)],
    "a": [Fraction(1, 9), Fraction(2, 3), Fraction(7, 4)],
    "mu": [Fraction(1, 3), Fraction(5, 3), Fraction(3, 4)],
    "pull": [Fraction(2, 9), Fraction(1, 3), Fraction(1, 4)],
    "beta": [Fraction(2), Fraction(3), Fraction(1, 2)],
    "t": [Fraction(1, 5), Fraction(1, 3), Fraction(2, 7)],
    "weights": [Fraction(1, 7), Fraction(2, 7), Fraction(4, 7)],
    "grown": [Fraction(3, 2), Fraction(7, 4), Fraction(9, 5)],
}
OVER_GROUPS = {
    "toy_loss",
    "threshold",
    "equilibrium_elrs",
    "equilibrium_loss",
    "random_walk_loss",
    "levels_sum",
    "excess",
    "balance_shares_next",
    "regression_off_sq",
    "regression_along",
    "regression_cubic",
    "cone_parts",
    "reciprocals",
    "total",
    "square_norms",
    "square_losses",
    "square_ess",
}
# One rounding is 1.1e-16; the longest formula takes fewer than 30 operations.
ROUNDING = 30 * 2.0**-53

FORMULAS = [
    pytest.param(f, id=f"{module.__name__.rsplit('.', 1)[1]}.{name}")
    for module in (scale, regimes, periodic, sharpness, kernels, gram)
    for name, f in vars(module).items()
    if isinstance(f, FunctionType)
]
# Formulas that take a logarithm live in floats and balls only: the exact worlds have none.
LOGARITHMIC = [p for p in FORMULAS if "log" in inspect.signature(p.values[0]).parameters]
EXACT = [p for p in FORMULAS if p not in LOGARITHMIC]


def arguments(formula, enter=lambda v: v):
    groups = formula.__name__ in OVER_GROUPS
    made = []
    for name in inspect.signature(formula).parameters:
        if name in SEQUENCES and (groups or name not in VALUES):
            made.append([tuple(map(enter, v)) if isinstance(v, tuple) else enter(v) for v in SEQUENCES[name]])
        elif name in VALUES:
            made.append(enter(VALUES[name]))
        else:
            pytest.fail(f"{formula.__name__} has a parameter {name!r} that this test has no value for")
    return made


def flat(result):
    return [v for part in result for v in flat(part)] if isinstance(result, (list, tuple)) else [result]


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


@pytest.mark.parametrize("formula", LOGARITHMIC)
def test_a_ball_of_a_logarithm_holds_the_float(formula):
    def take(world, log):
        values = {
            name: world(VALUES[name]) for name in inspect.signature(formula).parameters if name != "log"
        }
        return formula(**values, log=log)

    balls, floats = flat(take(to_arb, lambda b: b.log())), flat(take(float, math.log))
    for ball, value in zip(balls, floats, strict=True):
        assert float(ball.rad()) < 1e-12 and float(ball) == pytest.approx(value, rel=1e-12)


def test_time_to_level_is_when_the_level_is_met():
    """Closed form: limit + (1 - rate)^t (start - limit) = level."""
    steps = periodic.time_to_level(4.5, 0.5, 1.5, 1 / 8, math.log)
    assert 0.5 + (1 - 1 / 8) ** steps * (4.5 - 0.5) == pytest.approx(1.5, rel=1e-12)


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
