"""Wrong variants made by rule: what a true statement does not depend on shows by what can be changed in it.

Each hypothesis is left out, each relation's strictness turned to where the statement says more, each constant moved up
and down by a quarter. z3 decides the variants within a fixed number of its own steps, so that the answer is the same on
every machine. A variant that is true too *survives*: a hypothesis that is not needed, a bound that is not sharp. It
takes nothing from the verdict, but it is shown with it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import islice
from typing import Any

import z3

from proofs_check.statements.polynomials import Undefined, clear
from proofs_check.statements.terms import (
    Statement,
    as_fraction,
    checked_statement,
    evaluator,
    text,
    variables,
)
from proofs_check.verdicts.claims import Check, Status, Verdict

MOST = 12
STEPS = 300_000
SIGN_MS = 300
VERSION = f"z3 {z3.get_version_string()}"
# By name, for Python's signs would turn a relation round where a constant stands on the right.
_STRICT = {z3.Z3_OP_LE: z3.ArithRef.__lt__, z3.Z3_OP_GE: z3.ArithRef.__gt__}
_LOOSE = {z3.Z3_OP_LT: z3.ArithRef.__le__, z3.Z3_OP_GT: z3.ArithRef.__ge__}
_RELATIONS = {
    **{z3.Z3_OP_LE: z3.ArithRef.__le__, z3.Z3_OP_GE: z3.ArithRef.__ge__},
    **{z3.Z3_OP_LT: z3.ArithRef.__lt__, z3.Z3_OP_GT: z3.ArithRef.__gt__},
    **{z3.Z3_OP_EQ: z3.ArithRef.__eq__, z3.Z3_OP_DISTINCT: z3.ArithRef.__ne__},
}


@dataclass(frozen=True, eq=False)
class Variant:
    """A change of a statement, in words, and the statements that it leads to; it survives if all of them are true."""

    words: str
    statements: tuple[Statement, ...]


def variants(statement: Statement) -> Iterator[Variant]:
    """The variants of a statement: hypotheses left out, then strictness turned, then constants moved."""
    for i, fact in enumerate(statement.given):
        yield Variant(f"without {text(fact)}", (statement.but(without=i),))
    facts = [*enumerate(statement.given), (-1, statement.then)]
    for i, fact in facts:
        for new in turned(fact, says_more=i < 0):
            yield Variant(f"{text(new)} in place of {text(fact)}", (_with(statement, i, new),))
    for i, fact in facts:
        for old, up_and_down in moved(fact):
            words = f"{old} moved up or down in {text(fact)}"
            yield Variant(words, tuple(_with(statement, i, new) for new in up_and_down))


def _with(statement: Statement, i: int, fact: Any) -> Statement:
    if i < 0:
        return statement.but(then=fact)
    return statement.but(given=[fact if j == i else other for j, other in enumerate(statement.given)])


def turned(term: Any, says_more: bool) -> Iterator[Any]:
    """The term with the strictness of one relation turned, so that it says more, or less."""
    kind = term.decl().kind()
    turn = (_STRICT if says_more else _LOOSE).get(kind)
    if turn is not None:
        yield turn(*term.children())
    for i, child in enumerate(_parts(term)):
        flips = kind == z3.Z3_OP_NOT or (kind == z3.Z3_OP_IMPLIES and i == 0)
        for new in turned(child, says_more != flips):
            yield _replaced(term, i, new)


def moved(term: Any) -> Iterator[tuple[Fraction, tuple[Any, Any]]]:
    """Each constant of each relation of a term, with the term where it is a quarter more, and a quarter less."""
    kind = term.decl().kind()
    if kind in _RELATIONS and z3.is_arith(term.arg(0)) and not _has_cases(term):
        for old in dict.fromkeys(_constants(term)):
            step = abs(old) / 4 or Fraction(1, 4)
            yield old, (_written(term, old, old + step), _written(term, old, old - step))
    for i, child in enumerate(_parts(term)):
        for old, (up, down) in moved(child):
            yield old, (_replaced(term, i, up), _replaced(term, i, down))


def _parts(term: Any) -> Sequence[Any]:
    connectives = (z3.Z3_OP_AND, z3.Z3_OP_OR, z3.Z3_OP_NOT, z3.Z3_OP_IMPLIES)
    return term.children() if term.decl().kind() in connectives else ()


def _replaced(term: Any, i: int, new: Any) -> Any:
    parts = [new if j == i else child for j, child in enumerate(term.children())]
    make = {z3.Z3_OP_AND: z3.And, z3.Z3_OP_OR: z3.Or, z3.Z3_OP_NOT: z3.Not, z3.Z3_OP_IMPLIES: z3.Implies}
    return make[term.decl().kind()](*parts)


def _constants(term: Any) -> Iterator[Fraction]:
    """The constants of a relation, but for exponents."""
    kind = term.decl().kind()
    if kind == z3.Z3_OP_ANUM:
        yield as_fraction(term)
    for child in term.children()[: 1 if kind == z3.Z3_OP_POWER else None]:
        yield from _constants(child)


def _has_cases(term: Any) -> bool:
    return term.decl().kind() == z3.Z3_OP_ITE or any(map(_has_cases, term.children()))


def _written(term: Any, old: Fraction, new: Fraction) -> Any:
    """The relation with another constant."""
    names = {name: z3.Real(name) for name in variables(term)}
    constant = lambda value: z3.Q(*(new if value == old else value).as_integer_ratio())  # noqa: E731
    left, right = (evaluator(side, constant)(names) for side in term.children())
    return _RELATIONS[term.decl().kind()](left, right)


def made_by_rule(statement: Statement) -> Check:
    """The check that decides the variants of a statement, all together.

    Args:
        statement: a statement that an engine proved or supports.

    Returns:
        A check whose verdict counts the refuted variants and names those that survive; it is OPEN itself, as nothing
        rests on it.
    """
    checked_statement(statement)
    return Check(
        "variants",
        str(statement),
        lambda: _decided(statement),
        depends=f"variants {VERSION} {MOST} {STEPS} {statement}",
    )


def subject_of(statement: Statement | str) -> frozenset[str]:
    """The names of a statement's variables; none of a text, which nobody parses."""
    return frozenset(() if type(statement) is str else checked_statement(statement).variables)


@lru_cache(maxsize=64)
def _decided(statement: Statement) -> Verdict:
    return counted((v.words, {answer(s) for s in v.statements}) for v in islice(variants(statement), MOST))


def counted(found: Iterable[tuple[str, set[str]]]) -> Verdict:
    """The verdict on variants: their words, each with what was answered to its statements."""
    answers = list(found)
    return Verdict(
        Status.OPEN,
        version=VERSION,
        killed=sum("refuted" in found for _, found in answers),
        survivors=tuple(words for words, found in answers if found == {"true"}),
    )


def answer(statement: Statement) -> str:
    """Whether z3 refutes a variant or finds it true; undefined, vacuous and undecided ones are neither."""
    try:
        cleared = clear(statement, SIGN_MS)
    except Undefined:
        return "undefined"
    if ask(cleared.statement.given) == "unsat":
        return "vacuous"
    real = cleared.statement.of_vectors()
    told = ask([*real.given, z3.Not(real.then)])
    return {"sat": "refuted", "unsat": "true"}.get(told, "undecided")


def ask(facts: Sequence[Any]) -> str:
    """What z3 says of some facts together, within a fixed number of its own steps: sat, unsat or unknown."""
    solver = z3.Solver()
    solver.set("rlimit", STEPS)
    solver.add(*facts)
    return str(solver.check())
