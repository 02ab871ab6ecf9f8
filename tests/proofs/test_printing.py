"""Identity: what is printed for the reader and for Coq is the term, over random terms."""

from fractions import Fraction

import pytest
import z3
from hypothesis import given, settings, strategies as st

from proofs_check import Statement, referee
from proofs_check.statements import terms as terms_module
from proofs_check.statements.terms import COQ
from tests.proofs import coq_reader

KIND = "identity"

ZERO = ("number", Fraction(0))
NAMES = ("x", "lambda", "η", "x_1", "v_x", "Rabs", "exists", "E")
OF_KIND = {
    z3.Z3_OP_ADD: "+", z3.Z3_OP_SUB: "-", z3.Z3_OP_MUL: "*", z3.Z3_OP_DIV: "/", z3.Z3_OP_LE: "<=", z3.Z3_OP_LT: "<",
    z3.Z3_OP_GE: ">=", z3.Z3_OP_GT: ">", z3.Z3_OP_DISTINCT: "!=", z3.Z3_OP_AND: "and", z3.Z3_OP_OR: "or",
    z3.Z3_OP_IMPLIES: "=>",
}  # fmt: skip


def numerals():
    return st.fractions(max_denominator=9, min_value=-9, max_value=9).map(
        lambda q: z3.Q(q.numerator, q.denominator)
    )


def terms(conditions):
    def grown(part):
        joined = st.tuples(st.sampled_from("+-*/"), part, part).map(_joined)
        sums = st.lists(part, min_size=3, max_size=4).map(z3.Sum)
        powers = st.tuples(part, st.integers(-3, 4)).map(lambda pair: pair[0] ** pair[1])
        cases = st.tuples(st.deferred(lambda: conditions), part, part).map(lambda three: z3.If(*three))
        closed = part.map(lambda t: z3.If(t >= 0, t, -t))
        return st.one_of(joined, joined, sums, powers, part.map(lambda t: -t), part.map(abs), closed, cases)

    return st.recursive(st.one_of(st.sampled_from(NAMES).map(z3.Real), numerals()), grown, max_leaves=8)


def _joined(three):
    sign, a, b = three
    return {"+": lambda: a + b, "-": lambda: a - b, "*": lambda: a * b, "/": lambda: a / b}[sign]()


def formulas(simple):
    def related(three):
        sign, a, b = three
        return {
            "<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b, "=": a == b, "!=": a != b,
        }[sign]  # fmt: skip

    atoms = st.tuples(st.sampled_from(("<", "<=", ">", ">=", "=", "!=")), simple, simple).map(related)

    def grown(part):
        several = st.lists(part, min_size=1, max_size=3)
        pair = st.tuples(part, part)
        return st.one_of(
            several.map(z3.And),
            several.map(z3.Or),
            part.map(z3.Not),
            pair.map(lambda two: z3.Implies(*two)),
            pair.map(lambda two: two[0] == two[1]),
        )

    return st.recursive(
        st.one_of(atoms, atoms, st.sampled_from((True, False)).map(z3.BoolVal)), grown, max_leaves=5
    )


PLAIN = st.recursive(
    st.one_of(st.sampled_from(NAMES).map(z3.Real), numerals()),
    lambda part: st.one_of(
        st.tuples(st.sampled_from("+-*/"), part, part).map(_joined),
        st.tuples(part, st.integers(-2, 3)).map(lambda pair: pair[0] ** pair[1]),
        part.map(lambda t: -t),
        part.map(abs),
    ),
    max_leaves=6,
)
STATEMENTS = st.tuples(st.lists(formulas(PLAIN), max_size=3), formulas(terms(formulas(PLAIN)))).map(
    lambda two: Statement(*two)
)
SIMPLE = st.tuples(st.lists(formulas(PLAIN), max_size=3), formulas(PLAIN)).map(lambda two: Statement(*two))


def meant(t):
    """The term as the referee's tuples: read off z3, not off a text."""
    kind, parts = t.decl().kind(), t.children()
    if kind == z3.Z3_OP_ANUM:
        value = Fraction(t.numerator_as_long(), t.denominator_as_long())
        top = ("number", Fraction(abs(value.numerator)))
        top = ("-", ZERO, top) if value < 0 else top
        return top if value.denominator == 1 else ("/", top, ("number", Fraction(value.denominator)))
    if kind == z3.Z3_OP_UNINTERPRETED:
        return ("name", t.decl().name())
    if kind in (z3.Z3_OP_TRUE, z3.Z3_OP_FALSE):
        return ("True",) if kind == z3.Z3_OP_TRUE else ("False",)
    if kind == z3.Z3_OP_POWER:
        power = z3.simplify(parts[1])
        return ("^", meant(parts[0]), power.numerator_as_long())
    inside = [meant(part) for part in parts]
    if kind == z3.Z3_OP_UMINUS:
        return ("-", ZERO, *inside)
    if kind in (z3.Z3_OP_ITE, z3.Z3_OP_NOT):
        return ("if" if kind == z3.Z3_OP_ITE else "not", *inside)
    sign = ("<=>" if z3.is_bool(parts[0]) else "=") if kind == z3.Z3_OP_EQ else OF_KIND[kind]
    found = inside[0]
    for part in inside[1:]:
        found = (sign, found, part)
    return found


@pytest.mark.identity
@settings(max_examples=80, deadline=None, derandomize=True, database=None)
@given(STATEMENTS)
def test_what_is_printed_reads_back_as_the_same_term(statement):
    """Identity: the referee's reader and the printer, over random terms."""
    assert referee.statement(str(statement)) == ([meant(t) for t in statement.given], meant(statement.then))


@pytest.mark.identity
@settings(max_examples=80, deadline=None, derandomize=True, database=None)
@given(SIMPLE, st.lists(st.fractions(max_denominator=4, min_value=-3, max_value=3), min_size=8, max_size=8))
def test_coq_s_text_has_the_statement_s_value(statement, values):
    """Identity: the text that Coq gets, evaluated by Coq's precedences, and the term, at random rational points."""
    point = dict(zip(statement.variables, values, strict=False))
    try:
        said = coq_reader.truth(statement.coq(), values[: len(point)])
    except ZeroDivisionError:
        return
    expected = statement.at(point)
    assert said is (True if expected is None else expected)


@pytest.mark.conformance
def test_the_reader_of_coq_s_text_knows_its_precedences():
    """Conformance: where a reader's and Coq's differ, and where a wrong one would give another value."""
    assert coq_reader.truth("0 = 1 -> 0 = 0 <-> 0 = 1", []) is True
    assert coq_reader.truth("(0 = 1 -> 0 = 0) <-> 0 = 1", []) is False
    assert coq_reader.truth("forall x : R, - x ^ 2 * 2 = - 18 /\\ x - - 1 = 4", [Fraction(3)])
    assert coq_reader.truth("forall x : R, ~ x > 0 \\/ x / 2 / 2 = 1", [Fraction(4)])


@pytest.mark.conformance
def test_a_looser_equivalence_would_be_read_as_something_else(monkeypatch):
    """Conformance: an equivalence printed as if it bound less than an implication is another proposition in Coq."""
    x = z3.Real("x")
    formula = z3.Implies(x == 1, x == 0) == (x == 1)
    right = terms_module.text(formula, terms_module.Notation(COQ.symbols, COQ.name))
    monkeypatch.setitem(terms_module._BINDING, z3.Z3_OP_IFF, 1)
    wrong = terms_module.text(formula, terms_module.Notation(COQ.symbols, COQ.name))
    at = {"x": Fraction(0)}
    assert coq_reader.Reader(right, at).statement() is False
    assert coq_reader.Reader(wrong, at).statement() is True
