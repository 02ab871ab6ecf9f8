"""What a statement is turned into on its way to the engines: each step by a case where a slip would be believed."""

from fractions import Fraction
from itertools import product

import flint
import pytest
import sympy
import z3

from proofs_check import (
    And,
    Or,
    Process,
    Statement,
    Status,
    Vectors,
    algebra,
    all_of,
    between,
    certificate,
    reals,
    smt,
)
from proofs_check.engines.slopes import Sloped
from proofs_check.statements import terms
from proofs_check.statements.answers import CANNOT_TELL, NO, YES
from proofs_check.statements.derivations import Derivation, Step
from proofs_check.statements.jets import Jet, variables
from proofs_check.statements.polynomials import Ring, cases, clear, equation
from proofs_check.statements.terms import evaluate
from proofs_check.statements.vectors import of_vectors
from proofs_check.statements.witness import grid, pinned, rationals

x, y = reals("x y")


def test_between_is_what_lies_between():
    """Closed form: the facts at points below, at, within and above the bounds, for one term and for two."""
    for value, other in product((-1, 0, Fraction(1, 2), 1, 2), repeat=2):
        point = {"x": Fraction(value), "y": Fraction(other)}
        facts = between(0, x, y, high=1)
        assert all(evaluate(fact, point) for fact in facts) == (0 < value < 1 and 0 < other < 1)


@pytest.mark.parametrize("engine", [smt, certificate])
def test_what_holds_between_is_not_what_holds_nowhere(engine):
    """Identity: 0 < x < 1 has points, so what is false there is not proved."""
    assert engine(Statement(between(0, x, high=1), x * x < x)).run().status is Status.PROVED
    assert engine(Statement(between(0, x, high=1), x * x > x)).run().status is not Status.PROVED


def test_a_polynomial_has_the_values_of_its_term():
    """Twin: a term with numbers below, and the ring's polynomial written as a term again, at some points."""
    ring, term = Ring(("x", "y")), (2 * x - y * y) / 3 - x * y / -7 + Fraction(5, 2)
    back = ring.term(ring.polynomial(term))
    for first, second in product((-2, 0, Fraction(1, 3), 5), repeat=2):
        point = {"x": Fraction(first), "y": Fraction(second)}
        assert evaluate(back, point) == evaluate(term, point)


def test_an_inequality_among_equations_is_no_identity():
    """Conformance: x = x and x < x is false; the difference of the two sides is 0 in both parts."""
    with pytest.raises(ValueError, match="need equations of numbers"):
        equation(Statement([], And(x == x, x < x)))
    with pytest.raises(ValueError, match="need equations of numbers"):
        equation(Statement([], And(x == y, (x > 0) == (y > 0))))
    assert equation(Statement([], And(x == x, y == x)))[1][1].eq(x)
    assert algebra(Statement([], And(x == x, x < x))).run().status is not Status.PROVED


def test_all_of_takes_answers_alone():
    """Conformance: a Boolean beside an answer is none, in any place."""
    assert all_of(YES, NO, CANNOT_TELL) == NO and all_of(YES, YES) == YES
    for answers in ((YES, True), (True, YES), (NO, None), ()):
        with pytest.raises(TypeError, match="need"):
            all_of(*answers)


def test_a_jet_keeps_nothing_beyond_its_order():
    """Conformance: a term of higher weight that is handed in, or left over by a jet that is known further."""
    assert Jet(Fraction, {(3,): Fraction(1), (1,): Fraction(2)}, (1,), 2).terms == {(1,): 2}
    (short,), (long,) = variables(Fraction, (1,), 1), variables(Fraction, (1,), 4)
    assert (short + long**3).terms == {(1,): 1}
    heavy, light = variables(Fraction, (2, 1), 2)
    assert set((heavy * heavy + heavy + light**2).terms) == {(1, 0), (0, 2)}


def test_a_jet_is_read_with_as_many_exponents_as_it_has_variables():
    """Conformance: a coefficient of x alone, read from a series in x and y, is no 0; a variable has a weight."""
    first, _ = variables(Fraction, (1, 1), 2)
    for exponents in ((1,), (1, 0, 0)):
        with pytest.raises(ValueError, match="zip"):
            first.coefficient(*exponents)
    with pytest.raises(ValueError, match="need weights of 1 at least"):
        Jet(Fraction, {}, (1, 0), 2)


def test_the_grid_gives_each_point_once_in_order_of_height():
    """Closed form: the pairs of 0, 1, -1 come first, then those with a coordinate of height 2, and no pair twice."""
    points = grid(("x", "y"))
    first = [tuple(next(points).values()) for _ in range(49)]
    assert set(first[:9]) == set(product((-1, 0, 1), repeat=2)) and len(set(first)) == 49
    assert set(first) == set(product(rationals(2), repeat=2))
    assert next(grid(("x",), positive=("x",))) == {"x": 1} and list(grid(())) == [{}]


def test_a_variable_that_a_model_leaves_open_has_a_value():
    """Conformance: z3 need not give a value to a variable that it has done without."""
    statement = Statement([x > 0], Or(x > 1, y * y < 0))
    solver = z3.Solver()
    solver.add(x > 0, x <= 1)
    assert solver.check() == z3.sat and len(solver.model()) == 1
    point = pinned(statement, clear(statement), solver.model())
    assert set(point) == {"x", "y"} and statement.at(point) is False


def test_combinations_of_vectors_add_up_whatever_their_coefficients_are():
    """Twin: numbers that are special (0, 1, -1), others and terms, in each place, against coordinates."""
    u, v = space = Vectors("u v")
    at_u, at_v = (Fraction(2), Fraction(-1, 3)), (Fraction(1, 2), Fraction(5))
    dots = {"u_dot_u": (at_u, at_u), "u_dot_v": (at_u, at_v), "v_dot_v": (at_v, at_v)}
    point = {name: sum(p * q for p, q in zip(*pair, strict=True)) for name, pair in dots.items()}
    point |= {"x": Fraction(3, 7), "y": Fraction(-2)}
    assert [str(space.product(*pair)) for pair in ("uu", "uv", "vv")] == list(dots)
    for a, b in product((0, 1, -1, Fraction(5, 2), x, x - y), repeat=2):
        p, q = (evaluate(c, point) if z3.is_expr(c) else c for c in (a, b))
        written = ((a * u + b * u - v) @ (u - b * v + 0), (u * a) @ v - (b * v) @ u, (b * u) @ (-a * u))
        first, second = ([(p + q) * i - j for i, j in zip(at_u, at_v, strict=True)], point["u_dot_v"])
        other = [i - q * j for i, j in zip(at_u, at_v, strict=True)]
        meant = (
            sum(i * j for i, j in zip(first, other, strict=True)),
            (p - q) * second,
            -p * q * point["u_dot_u"],
        )
        assert tuple(evaluate(term, point) for term in written) == meant


def test_a_product_that_a_point_leaves_open_is_found_along_another_vector():
    """Closed form: x, t and y of length 2 and all alike have x.y = x.t y.t / t.t = 4; with x.t = 5 there are none."""
    point = {f"{n}_dot_{n}": Fraction(4) for n in "xty"} | {"x_dot_t": Fraction(4), "t_dot_y": Fraction(4)}
    assert of_vectors(point)
    assert not of_vectors(point | {"x_dot_t": Fraction(5)})
    assert not of_vectors(point | {"x_dot_y": Fraction(-4)})


def test_cases_keep_all_facts_and_add_what_chose_them():
    """Closed form: no case, one, and one inside another; the conclusion is never among the facts."""
    ((kept, term),) = cases([], x - y)
    assert kept == [] and term.eq(x - y)
    facts = [x > 0, y > 0, x > y]
    ((kept, term),) = cases(facts, x == y)
    assert [*map(str, kept), str(term)] == [*map(str, facts), "x == y"]
    inner = z3.If(x > 0, x, -x)
    one = [(sorted(map(str, kept)), str(term)) for kept, term in cases([y > 1], inner == y)]
    assert one == [(["x > 0", "y > 1"], "x == y"), (["Not(x > 0)", "y > 1"], "-x == y")]
    two = [str(term) for _, term in cases([], z3.If(y > 0, inner, 2 * inner) == 1)]
    assert two == ["x == 1", "2*x == 1", "-x == 1", "2*-x == 1"]


def test_a_gap_is_marked_where_it_is():
    """Conformance: of a chain of three the one that is wrong, and the one behind it that goes back."""
    letter = sympy.Symbol("a")
    steps = [Step(letter + letter, "twice"), Step(3 * letter, "wrong"), Step(3 * letter + 0, "again")]
    chain = Derivation(2 * letter, steps, "so")
    assert [line[:11].strip() for line in chain.lines()[2:5]] == ["= 2*a", "NOT EQUAL", "= 3*a"]
    assert chain.gaps() == [steps[1]]
    assert "NOT EQUAL" not in " ".join(Derivation(2 * letter, steps[:1]).lines())


def test_of_two_enclosures_the_narrower_counts_if_both_are_finite():
    """Closed form: by the slope 3 +- 0.3, by the values 3 +- 1 or 3 +- 0.1; what divides by 0 has no value at all."""
    middle, slopes, away = flint.arb(3), {"x": flint.arb(3)}, {"x": flint.arb(0, 0.1)}
    for value, radius in ((flint.arb(3, 1), 0.3), (flint.arb(3, 0.1), 0.1)):
        assert abs(float(Sloped(value, middle, slopes, away).enclosed.rad()) - radius) < 1e-6
    nothing = flint.arb(1) / flint.arb(0, 1)
    assert not Sloped(nothing, middle, slopes, away).enclosed.is_finite()
    assert Sloped(flint.arb(3, 1), middle, {"x": nothing}, away).enclosed.is_finite()


def test_a_letter_of_the_step_alone_has_one_value_at_all_times_unless_it_is_an_input():
    """Closed form: two steps of x' = y x, with the same y or with one for each step."""
    for inputs, letters in (([], {"x", "y"}), ([y], {"x", "y_0", "y_1"})):
        _, now = Process([x], [y * x], [], [x == 1], [x == 1], inputs=inputs).run(2)
        assert set(terms.variables(now[0])) == letters
