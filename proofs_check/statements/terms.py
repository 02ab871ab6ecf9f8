"""Statements over the reals, written once and read by every engine.

A statement is made of z3 terms, because the formulas of ``sitheory.theory`` run on z3 reals. z3 is
not asked to believe them: the same term is printed for a reader and for Coq, evaluated with exact
fractions, and turned into polynomials (``polynomials``). Division is the real one: a term whose
divisor vanishes has no value here, whatever a solver's total division would give it.
"""

import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property, reduce
from typing import Any

import z3

from proofs_check.statements.language import checked, checked_name, checked_variable
from proofs_check.statements.vectors import folded, gram_facts, of_vectors

Point = Mapping[str, Fraction]


def reals(names: str) -> list[Any]:
    """Real variables for the names, separated by spaces; a name is a Greek letter's or an identifier."""
    return [z3.Real(checked_name(name)) for name in names.split()]


def Q(numerator: int, denominator: int = 1) -> Any:
    """An exact rational constant."""
    return z3.Q(numerator, denominator)


def root(square: Any, name: str) -> tuple[Any, Any]:
    """The square root of a term: a variable t, and the fact t >= 0 and t^2 = square for ``given``.

    Raises:
        ValueError: If the name is one of the term's own; a statement refuses two roots of one name.
    """
    t = z3.Real(checked_name(name))
    meaning = z3.And(t >= 0, t * t == square)
    if z3.is_expr(square) and name in variables(square):
        raise ValueError(f"need a new name for the root of {text(square)}, got {name!r}")
    _ROOTS[meaning.get_id()] = meaning, name
    return t, meaning


_ROOTS: dict[int, tuple[Any, str]] = {}
"""The facts that ``root`` made, by z3's number of each, which holds as long as the fact is kept here; with its name."""


def _is_root(fact: Any) -> bool:
    return z3.is_expr(fact) and fact.get_id() in _ROOTS and z3.eq(fact, _ROOTS[fact.get_id()][0])


def between(low: Any, *inside: Any, high: Any) -> list[Any]:
    """The facts low < x and x < high for each x."""
    return [fact for x in inside for fact in (low < x, x < high)]


@dataclass(frozen=True, eq=False)
class Statement:
    """For all real values of its variables: if all that is given holds, so does the conclusion.

    Args:
        given: hypotheses; a divisor in one must be non-zero by those before it.
        then: the conclusion.
        forall: the variables in the order in which Coq's theorem takes them; by default in the order
            of their first appearance.
    """

    given: Sequence[Any]
    then: Any
    forall: Sequence[Any] = ()

    def __post_init__(self) -> None:
        for name, found in (("given", self.given), ("forall", self.forall)):
            if not isinstance(found, list | tuple):
                raise ValueError(f"need a list of terms as {name}, got {found!r}")
            object.__setattr__(self, name, tuple(found))  # what was checked is what is decided
        for fact in (*self.given, self.then):
            checked(fact)
        for variable in self.forall:
            checked_variable(variable)
        roots = {one.get_id(): _ROOTS[one.get_id()] for one in self.given if _is_root(one)}
        names = [name for _, name in roots.values()]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise ValueError(f"need one name for each root, got {twice!r} for two")
        gram_facts(self.variables)  # refuses products of two names

    @cached_property
    def variables(self) -> tuple[str, ...]:
        """The names of the variables, in the order of ``forall`` and then of first appearance."""
        names: dict[str, None] = {str(v): None for v in self.forall}
        for term in (*self.given, self.then):
            names.update(dict.fromkeys(variables(term)))
        return tuple(names)

    def but(
        self, *, given: Sequence[Any] | None = None, then: Any = None, without: int | None = None
    ) -> "Statement":
        """The statement with other hypotheses or another conclusion, or without one hypothesis."""
        kept = list(self.given if given is None else given)
        if without is not None:
            del kept[without]
        return Statement(kept, self.then if then is None else then, self.forall)

    @cached_property
    def _evaluators(self) -> tuple[list[Callable], Callable]:
        return [evaluator(fact) for fact in self.given], evaluator(self.then)

    def at(self, point: Point) -> bool | None:
        """Whether it is true at the point.

        None where a hypothesis fails or a divisor vanishes; and where the conclusion fails at inner products for which
        no real vectors are found.
        """
        given, then = self._evaluators
        try:
            if not all(fact(point) for fact in given):
                return None
            return bool(then(point)) or (False if of_vectors(point) else None)
        except ZeroDivisionError:
            return None

    def of_vectors(self) -> "Statement":
        """The statement with the facts that make its inner products those of real vectors."""
        facts = gram_facts(self.variables)
        return self.but(given=[*self.given, *facts]) if facts else self

    def __str__(self) -> str:
        return self._text

    @cached_property
    def _text(self) -> str:
        conclusion = text(self.then)
        return f"{facts_text(self.given)}  =>  {conclusion}" if self.given else conclusion

    def coq(self) -> str:
        """The statement as a Coq proposition over R."""
        binder = f"forall {' '.join(coq_name(v) for v in self.variables)} : R, " if self.variables else ""
        return binder + " -> ".join(text(part, COQ, 3) for part in (*self.given, self.then))


def facts_text(given: Sequence[Any]) -> str:
    """Some facts as text, with the vectors named in place of all that makes their products real."""
    names = dict.fromkeys(name for fact in given for name in variables(fact))
    return ", ".join(fact if isinstance(fact, str) else text(fact) for fact in folded(given, names))


def checked_statement(statement: Any) -> Statement:
    """Return a statement if it is one: nothing that only looks like it was read through the language.

    Raises:
        ValueError: If it is not, an instance of a user's own subclass for instance.
    """
    if type(statement) is not Statement:
        raise ValueError(f"need a Statement, got one of Python's type {type(statement).__name__}")
    return statement


def variables(term: Any) -> tuple[str, ...]:
    """The names of the variables of a term, in the order of first appearance."""
    found: dict[str, None] = {}
    todo, seen = [term], set[int]()  # a part that is shared is walked once
    while todo:
        part = todo.pop()
        if part.get_id() in seen:
            continue
        seen.add(part.get_id())
        if part.decl().kind() == z3.Z3_OP_UNINTERPRETED:
            found[part.decl().name()] = None
        todo += reversed(part.children())
    return tuple(found)


def divides(term: Any) -> bool:
    """Whether a term has a divisor, so that it may be without a value."""
    todo, seen = [term], set[int]()
    while todo:
        part = todo.pop()
        kind = part.decl().kind()
        if kind == z3.Z3_OP_DIV or (kind == z3.Z3_OP_POWER and exponent(part) < 0):
            return True
        todo += [child for child in part.children() if child.get_id() not in seen]
        seen.update(child.get_id() for child in part.children())
    return False


def as_fraction(numeral: Any) -> Fraction:
    """The exact value of a z3 numeral."""
    return Fraction(numeral.numerator_as_long(), numeral.denominator_as_long())


def exponent(term: Any) -> int:
    """The exponent of a power, which has to be a whole constant."""
    value = term.arg(1)
    if not z3.is_rational_value(value) or as_fraction(value).denominator != 1:
        raise ValueError(f"need a whole constant exponent, got {term}")
    return int(as_fraction(value))


# Relations and connectives have one meaning in every engine; arithmetic has one each.
_RELATIONS: dict[int, Callable[[Any, Any], bool]] = {
    z3.Z3_OP_LE: operator.le,
    z3.Z3_OP_LT: operator.lt,
    z3.Z3_OP_GE: operator.ge,
    z3.Z3_OP_GT: operator.gt,
    z3.Z3_OP_EQ: operator.eq,
    z3.Z3_OP_DISTINCT: operator.ne,
}
_ARITHMETIC: dict[int, Callable[[Any, Any], Any]] = {
    z3.Z3_OP_ADD: operator.add,
    z3.Z3_OP_SUB: operator.sub,
    z3.Z3_OP_MUL: operator.mul,
    z3.Z3_OP_DIV: operator.truediv,
}


def evaluate(term: Any, point: Mapping[str, Any], number: Callable[[Fraction], Any] = Fraction) -> Any:
    """The value of a term at a point, in the arithmetic of the point's numbers (exact fractions).

    Args:
        term: a real or Boolean term.
        point: a value for each variable.
        number: makes a number of that arithmetic from a fraction.

    Returns:
        A number, or a Boolean for a Boolean term.
    """
    return evaluator(term, number)(point)


def evaluator(term: Any, number: Callable[[Fraction], Any] = Fraction) -> Callable[[Mapping[str, Any]], Any]:
    """Turn a term into a function of a point; it raises ZeroDivisionError where a divisor vanishes.

    Raises:
        ValueError: for an operation outside real arithmetic and connectives.
    """  # noqa: DOC502  raised by what it calls
    kind = term.decl().kind()
    if kind == z3.Z3_OP_ANUM:
        constant = number(as_fraction(term))
        return lambda point: constant
    if kind == z3.Z3_OP_UNINTERPRETED:
        name = term.decl().name()
        return lambda point: point[name]
    if kind == z3.Z3_OP_POWER:
        base, power = evaluator(term.arg(0), number), exponent(term)
        return lambda point: base(point) ** power
    return _operation(term, kind, [evaluator(part, number) for part in term.children()])


def _operation(term: Any, kind: int, parts: list[Callable[[Mapping[str, Any]], Any]]) -> Callable:
    """An operation on the values of its parts; connectives go left to right and no further than needed."""
    operation = _ARITHMETIC.get(kind) or _RELATIONS.get(kind)
    if operation is not None:
        return lambda point: reduce(operation, (part(point) for part in parts))
    connectives: dict[int, Callable[[Mapping[str, Any]], Any]] = {
        z3.Z3_OP_UMINUS: lambda point: -parts[0](point),
        z3.Z3_OP_AND: lambda point: all(part(point) for part in parts),
        z3.Z3_OP_OR: lambda point: any(part(point) for part in parts),
        z3.Z3_OP_NOT: lambda point: not parts[0](point),
        z3.Z3_OP_IMPLIES: lambda point: not parts[0](point) or parts[1](point),
        z3.Z3_OP_ITE: lambda point: parts[1 if parts[0](point) else 2](point),
        z3.Z3_OP_TRUE: lambda point: True,
        z3.Z3_OP_FALSE: lambda point: False,
    }
    if kind not in connectives:
        raise ValueError(f"need real arithmetic and connectives, got {term.decl()} in {term}")
    return connectives[kind]


@dataclass(frozen=True)
class Notation:
    """How to write a term: the symbol of each operation, and names.

    What was written is known by the term's id, for claims and their mutants share most of their terms; the term is
    kept with it, lest another one get its id.
    """

    symbols: Mapping[int, str]
    name: Callable[[str], str]
    known: dict[int, tuple[str, int, Any]] = field(default_factory=dict, repr=False, compare=False)


# Binding strength, loosest first. Coq has <-> bind more strongly than ->, a reader expects the opposite: neither stands
# in the other without brackets.
_BINDING = {
    z3.Z3_OP_IFF: 2, z3.Z3_OP_IMPLIES: 2, z3.Z3_OP_OR: 3, z3.Z3_OP_AND: 4, z3.Z3_OP_NOT: 5,
    z3.Z3_OP_LE: 6, z3.Z3_OP_LT: 6, z3.Z3_OP_GE: 6, z3.Z3_OP_GT: 6, z3.Z3_OP_EQ: 6, z3.Z3_OP_DISTINCT: 6,
    z3.Z3_OP_ADD: 7, z3.Z3_OP_SUB: 7, z3.Z3_OP_MUL: 8, z3.Z3_OP_DIV: 8,
    z3.Z3_OP_UMINUS: 9, z3.Z3_OP_POWER: 10,
}  # fmt: skip
_ATOM = 11


# Words of Coq's, and what the printed statements themselves use.
_TAKEN = frozenset(
    {
        "R",
        "Rabs",
        "True",
        "False",
        "Prop",
        "Set",
        "Type",
        "SProp",
        "as",
        "at",
        "cofix",
        "else",
        "end",
        "exists",
    }
    | {
        "exists2",
        "fix",
        "for",
        "forall",
        "fun",
        "if",
        "IF",
        "in",
        "let",
        "match",
        "mod",
        "return",
        "then",
        "using",
    }
    | {"where", "with", "by", "Definition", "Theorem", "Lemma"}
)


def coq_name(name: str) -> str:
    """A variable's name as Coq accepts it; different names stay different."""
    plain = re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name) and not name.startswith("v_") and name not in _TAKEN
    return (
        name if plain else "v_" + "".join(c if c.isascii() and c.isalnum() else f"_{ord(c):x}_" for c in name)
    )


READER = Notation(
    {
        z3.Z3_OP_IFF: " <=> ", z3.Z3_OP_IMPLIES: " => ", z3.Z3_OP_OR: " or ", z3.Z3_OP_AND: " and ",
        z3.Z3_OP_NOT: "not ", z3.Z3_OP_LE: " <= ", z3.Z3_OP_LT: " < ", z3.Z3_OP_GE: " >= ",
        z3.Z3_OP_GT: " > ", z3.Z3_OP_EQ: " = ", z3.Z3_OP_DISTINCT: " != ", z3.Z3_OP_ADD: " + ",
        z3.Z3_OP_SUB: " - ",
        z3.Z3_OP_MUL: "*", z3.Z3_OP_DIV: "/", z3.Z3_OP_UMINUS: "-", z3.Z3_OP_POWER: "^",
    },
    str,
)  # fmt: skip
COQ = Notation(
    {
        **READER.symbols,
        z3.Z3_OP_IFF: " <-> ", z3.Z3_OP_IMPLIES: " -> ", z3.Z3_OP_OR: " \\/ ", z3.Z3_OP_AND: " /\\ ",
        z3.Z3_OP_NOT: "~ ", z3.Z3_OP_DISTINCT: " <> ", z3.Z3_OP_MUL: " * ", z3.Z3_OP_DIV: " / ",
        z3.Z3_OP_UMINUS: "- ", z3.Z3_OP_POWER: " ^ ",
    },
    coq_name,
)  # fmt: skip


def text(term: Any, notation: Notation = READER, outside: int = 0) -> str:
    """Write a term, in brackets where what stands outside binds as strongly or more."""
    known = notation.known.get(term.get_id())
    if known is None:
        known = notation.known[term.get_id()] = (*_written(term, notation), term)
    written, binding, _ = known
    return f"({written})" if binding <= outside else written


def _written(term: Any, notation: Notation) -> tuple[str, int]:
    kind = term.decl().kind()
    if kind == z3.Z3_OP_EQ and z3.is_bool(term.arg(0)):
        kind = z3.Z3_OP_IFF
    if kind == z3.Z3_OP_ANUM:
        value = as_fraction(term)
        binding = _BINDING[z3.Z3_OP_UMINUS] if value < 0 else _ATOM
        return str(value), _BINDING[z3.Z3_OP_DIV] if value.denominator != 1 else binding
    if kind == z3.Z3_OP_UNINTERPRETED:
        return notation.name(term.decl().name()), _ATOM
    if kind == z3.Z3_OP_ITE:
        return _written_case(term, notation)
    if kind in (z3.Z3_OP_TRUE, z3.Z3_OP_FALSE):
        return ("True" if kind == z3.Z3_OP_TRUE else "False"), _ATOM
    if kind not in _BINDING:
        raise ValueError(f"need real arithmetic and connectives, got {term.decl()} in {term}")
    return _written_operation(term, kind, notation), _BINDING[kind]


def _written_operation(term: Any, kind: int, notation: Notation) -> str:
    binding, symbol = _BINDING[kind], notation.symbols[kind]
    if kind == z3.Z3_OP_POWER:
        base, power = text(term.arg(0), notation, binding), exponent(term)
        # Coq's powers are natural.
        return f"(/ {base}{symbol}{-power})" if notation is COQ and power < 0 else f"{base}{symbol}{power}"
    if kind in (z3.Z3_OP_NOT, z3.Z3_OP_UMINUS):
        return symbol + text(term.arg(0), notation, binding)
    # Everything that is not associative both ways gets its brackets; + - * / lean to the left.
    left = binding - 1 if binding in (7, 8) else binding
    first, *rest = term.children()
    return symbol.join([text(first, notation, left), *(text(part, notation, binding) for part in rest)])


def _written_case(term: Any, notation: Notation) -> tuple[str, int]:
    condition, yes, no = term.children()
    if (
        z3.eq(no, -yes)
        and condition.decl().kind() in ((z3.Z3_OP_GT, z3.Z3_OP_GE) if notation is COQ else (z3.Z3_OP_GT,))
        and z3.eq(condition.arg(0), yes)
        and z3.is_rational_value(condition.arg(1))
        and as_fraction(condition.arg(1)) == 0
    ):
        inside = text(yes, notation)
        return (f"Rabs ({inside})", _BINDING[z3.Z3_OP_POWER]) if notation is COQ else (f"|{inside}|", _ATOM)
    if notation is COQ:
        raise ValueError(f"need a term without cases other than |x| for Coq, got {term}")
    parts = (text(part, notation) for part in (condition, yes, no))
    return "if({}; {}; {})".format(*parts), _ATOM


def conjuncts(term: Any) -> Iterable[Any]:
    """The parts of a conjunction, however nested; a term that is none is its own part."""
    if z3.is_and(term):
        return [part for child in term.children() for part in conjuncts(child)]
    return [term]
