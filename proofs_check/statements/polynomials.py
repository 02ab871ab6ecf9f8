"""Statements without division: every relation brought to a polynomial with a sign.

Clearing a divisor is sound only where its sign is known. So each divisor met on the way, left to
right, has to be non-zero by all that holds before it; what had to be shown is kept as an
``obligation``, a statement of its own that the engine which clears has to prove as well.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache, reduce
from typing import Any

import flint
import z3

from proofs_check.statements.terms import (
    READER,
    Notation,
    Statement,
    as_fraction,
    conjuncts,
    coq_name,
    exponent,
    text,
)

SIGN_TIMEOUT_MS = 5_000
_RELATIONS = {
    z3.Z3_OP_LE: "<=", z3.Z3_OP_LT: "<", z3.Z3_OP_GE: ">=", z3.Z3_OP_GT: ">",
    z3.Z3_OP_EQ: "=", z3.Z3_OP_DISTINCT: "!=",
}  # fmt: skip
_FLIPPED = {"<=": ">=", "<": ">", ">=": "<=", ">": "<", "=": "=", "!=": "!="}
_AGAINST_ZERO: dict[str, Callable[[Any], Any]] = {
    "<=": lambda p: p <= 0, "<": lambda p: p < 0, ">=": lambda p: p >= 0, ">": lambda p: p > 0,
    "=": lambda p: p == 0, "!=": lambda p: p != 0,
}  # fmt: skip


class Undefined(ValueError):
    """A divisor that may vanish: the statement does not say what it means there."""


@dataclass(frozen=True, eq=False)
class Cleared:
    """A statement without division, the statements that had to hold for clearing it, and what was cleared how."""

    statement: Statement
    obligations: tuple[Statement, ...]
    divisors: "tuple[Quotient, ...]"
    relations: "tuple[Relation, ...]"

    @property
    def goals(self) -> tuple[Statement, ...]:
        """All that has to be proved."""
        return (*self.obligations, self.statement)


@dataclass(frozen=True, eq=False)
class Quotient:
    """A reduced rational function, and the factors of what may not vanish of it: its numerator as a divisor.

    Attributes:
        numerator: a polynomial.
        denominator: a polynomial.
        factors: irreducible polynomials with their powers and signs, 0 where only non-vanishing is known.
    """

    numerator: Any
    denominator: Any
    factors: tuple[tuple[Any, int, int], ...]


@dataclass(frozen=True, eq=False)
class Relation:
    """A relation of a quotient to zero, by its denominator's factors, and the polynomial that took its place."""

    quotient: Quotient
    relation: str
    polynomial: Any


class Ring:
    """Rational functions over the rationals in the given variables, as reduced pairs of polynomials."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names) or ("_",)
        # flint takes ASCII names alone
        self.context = flint.fmpq_mpoly_ctx.get([coq_name(name) for name in self.names], "degrevlex")
        self._generators = dict(zip(self.names, self.context.gens(), strict=True))

    def fraction(
        self, term: Any, divides: Callable[[tuple[Any, Any]], None] = lambda divisor: None
    ) -> tuple[Any, Any]:
        """Numerator and denominator of a real term; ``divides`` is called with those of each divisor."""
        kind = term.decl().kind()
        if kind == z3.Z3_OP_ANUM:
            return self.constant(as_fraction(term)), self.constant(Fraction(1))
        if kind == z3.Z3_OP_UNINTERPRETED:
            return self._generators[term.decl().name()], self.constant(Fraction(1))
        if kind == z3.Z3_OP_POWER:
            base, power = self.fraction(term.arg(0), divides), exponent(term)
            base = self._inverse(base, divides) if power < 0 else base
            return base[0] ** abs(power), base[1] ** abs(power)
        parts = [self.fraction(part, divides) for part in term.children()]
        if kind == z3.Z3_OP_UMINUS:
            return -parts[0][0], parts[0][1]
        if kind == z3.Z3_OP_ADD:
            return reduce(self._add, parts)
        if kind == z3.Z3_OP_SUB:
            return reduce(lambda p, q: self._add(p, (-q[0], q[1])), parts)
        if kind == z3.Z3_OP_MUL:
            return reduce(self._multiply, parts)
        if kind == z3.Z3_OP_DIV:
            return reduce(lambda p, q: self._multiply(p, self._inverse(q, divides)), parts)
        raise ValueError(f"need real arithmetic, got {term.decl()} in {text(term)}")

    def constant(self, value: Fraction) -> Any:
        """A constant polynomial."""
        return self.context.constant(flint.fmpq(value.numerator, value.denominator))

    def polynomial(self, value: Any) -> Any:
        """A number, or a term without divisors but numbers, as a polynomial.

        Raises:
            ValueError: if the term has another divisor.
        """
        if isinstance(value, flint.fmpq_mpoly):
            return value
        if not isinstance(value, z3.ExprRef):
            return self.constant(Fraction(value))
        numerator, denominator = self.fraction(value)
        if not denominator.is_constant():
            raise ValueError(f"need divisors that are numbers, got {text(value)}")
        return numerator / denominator

    def _add(self, p: tuple[Any, Any], q: tuple[Any, Any]) -> tuple[Any, Any]:
        return self._reduced(p[0] * q[1] + q[0] * p[1], p[1] * q[1])

    def _multiply(self, p: tuple[Any, Any], q: tuple[Any, Any]) -> tuple[Any, Any]:
        return self._reduced(p[0] * q[0], p[1] * q[1])

    def _inverse(self, p: tuple[Any, Any], divides: Callable[[tuple[Any, Any]], None]) -> tuple[Any, Any]:
        divides(p)
        if p[0].is_zero():
            raise Undefined("need a non-zero divisor, got 0")
        return p[1], p[0]

    def _reduced(self, numerator: Any, denominator: Any) -> tuple[Any, Any]:
        common = numerator.gcd(denominator)
        if common.is_constant():
            return numerator, denominator
        return numerator / common, denominator / common

    def shown(self, polynomial: Any, notation: Notation = READER) -> str:
        """The polynomial as text that reads as a term."""
        times, power = notation.symbols[z3.Z3_OP_MUL], notation.symbols[z3.Z3_OP_POWER]
        names = [notation.name(name) for name in self.names]
        monomials = []
        for powers, coefficient in polynomial.to_dict().items():
            factors = [n if p == 1 else f"{n}{power}{p}" for n, p in zip(names, powers, strict=True) if p]
            if coefficient != 1 or not factors:
                factors.insert(0, str(coefficient))
            monomials.append(times.join(factors))
        return " + ".join(monomials).replace("+ -", "- ") or "0"

    def term(self, polynomial: Any) -> Any:
        """The polynomial as a z3 term."""
        symbols = [z3.Real(name) for name in self.names]
        monomials = []
        for powers, coefficient in polynomial.to_dict().items():
            factors = [s for s, p in zip(symbols, powers, strict=True) for _ in range(p)]
            if coefficient != 1 or not factors:
                factors.insert(0, z3.Q(int(coefficient.p), int(coefficient.q)))
            monomials.append(reduce(lambda a, b: a * b, factors))
        return reduce(lambda a, b: a + b, monomials) if monomials else z3.RealVal(0)


def clear(statement: Statement, sign_ms: int = SIGN_TIMEOUT_MS) -> Cleared:
    """Bring a statement to polynomials.

    Args:
        statement: a statement with divisions.
        sign_ms: milliseconds for each question on a divisor's sign.

    Returns:
        The statement without them, and the obligations: the sign, or at least the non-vanishing,
        of each divisor under all that holds where it stands.

    Raises:
        Undefined: if some divisor is not shown to be non-zero there.
    """  # noqa: DOC502  raised by what it calls
    return _clear(statement, sign_ms)


@lru_cache(maxsize=64)
def _clear(statement: Statement, sign_ms: int) -> Cleared:
    """Clear a statement once for all the engines that decide it one after the other."""
    clearing = _Clearing(Ring(statement.variables), sign_ms)
    given: list[Any] = []
    for fact in statement.given:
        given.append(clearing.formula(fact, tuple(given)))
    then = clearing.formula(statement.then, tuple(given))
    obligations, divisors = tuple(clearing.obligations.values()), tuple(clearing.divisors)
    cleared = Statement(given, then, statement.forall)
    return Cleared(cleared, obligations, divisors, tuple(clearing.relations))


class _Clearing:
    def __init__(self, ring: Ring, sign_ms: int) -> None:
        self.ring, self.sign_ms = ring, sign_ms
        self.obligations: dict[str, Statement] = {}
        self.divisors: list[Quotient] = []
        self.relations: list[Relation] = []
        self._signs: dict[tuple[str, str], int] = {}

    def formula(self, term: Any, known: tuple[Any, ...]) -> Any:
        kind = term.decl().kind()
        if kind in (z3.Z3_OP_TRUE, z3.Z3_OP_FALSE):
            return term
        if kind in _RELATIONS and not z3.is_bool(term.arg(0)):
            return self._relation(term, kind, known)
        if kind == z3.Z3_OP_NOT:
            return z3.Not(self.formula(term.arg(0), known))
        if kind == z3.Z3_OP_AND:
            return z3.And(self._chain(term.children(), known, lambda done: done))
        if kind == z3.Z3_OP_OR:
            return z3.Or(self._chain(term.children(), known, z3.Not))
        if kind == z3.Z3_OP_IMPLIES:
            return z3.Implies(*self._chain(term.children(), known, lambda done: done))
        if kind == z3.Z3_OP_EQ:
            return self.formula(term.arg(0), known) == self.formula(term.arg(1), known)
        if kind == z3.Z3_OP_ITE:
            return self._cases(term.children(), known)
        raise ValueError(f"need real arithmetic and connectives, got {term.decl()} in {text(term)}")

    def _chain(self, parts: Sequence[Any], known: tuple[Any, ...], learn: Callable[[Any], Any]) -> list[Any]:
        """Clear parts in turn, each where what the ones before it tell is known."""
        done: list[Any] = []
        for part in parts:
            done.append(self.formula(part, (*known, *map(learn, done))))
        return done

    def _cases(self, case: Any, known: tuple[Any, ...]) -> Any:
        condition, yes, no = case
        return self.formula(z3.Or(z3.And(condition, yes), z3.And(z3.Not(condition), no)), known)

    def _relation(self, term: Any, kind: int, known: tuple[Any, ...]) -> Any:
        case = _first_case(term)
        if case is not None:
            condition, yes, no = case.children()
            chosen = [z3.substitute(term, (case, value)) for value in (yes, no)]
            return self._cases([condition, *chosen], known)
        fraction = self.ring.fraction(
            term.arg(0) - term.arg(1), lambda divisor: self._divides(divisor, known)
        )
        quotient = Quotient(*fraction, self._factors(fraction[1], known))
        relation = was = _RELATIONS[kind]
        polynomial = quotient.numerator
        if relation not in ("=", "!="):
            polynomial, flips = _signed(quotient)
            relation = _FLIPPED[relation] if flips else relation
        self.relations.append(Relation(quotient, was, polynomial))
        return _AGAINST_ZERO[relation](self.ring.term(polynomial))

    def _divides(self, divisor: tuple[Any, Any], known: tuple[Any, ...]) -> None:
        self.divisors.append(Quotient(*divisor, self._factors(divisor[0], known)))

    def _factors(self, polynomial: Any, known: tuple[Any, ...]) -> tuple[tuple[Any, int, int], ...]:
        return tuple((factor, power, self._sign(factor, known)) for factor, power in polynomial.factor()[1])

    def _sign(self, factor: Any, known: tuple[Any, ...]) -> int:
        """1 or -1 for a known sign, 0 where only non-vanishing is known."""
        key = (str(factor), " ".join(fact.sexpr() for fact in known))
        if key not in self._signs:
            self._signs[key] = self._find_sign(self.ring.term(factor), known)
        return self._signs[key]

    def _find_sign(self, factor: Any, known: tuple[Any, ...]) -> int:
        for relation, sign in ((">", 1), ("<", -1), ("!=", 0)):
            fact = _AGAINST_ZERO[relation](factor)
            if _follows(known, fact, self.sign_ms):
                statement = Statement(known, fact)
                self.obligations.setdefault(str(statement), statement)
                return sign
        facts = ", ".join(text(fact) for fact in known) or "nothing"
        raise Undefined(f"need divisors that cannot vanish, got {text(factor)} (given: {facts})")


def _signed(quotient: Quotient) -> tuple[Any, bool]:
    """A polynomial with the sign of a quotient, or the opposite one where the second is true."""
    numerator, flips = quotient.numerator, quotient.denominator.factor()[0] < 0
    for factor, power, sign in quotient.factors:
        if power % 2:
            flips ^= sign < 0
            numerator = numerator * factor if sign == 0 else numerator
    return numerator, flips


def cases(given: Sequence[Any], term: Any) -> Iterator[tuple[list[Any], Any]]:
    """Each way in which the case distinctions of numbers can come out: the facts then, and the term."""
    parts = [*given, term]
    case = next((found for part in parts if (found := _first_case(part)) is not None), None)
    if case is None:
        yield parts[:-1], term
        return
    condition, yes, no = case.children()
    known = {part.get_id() for part in parts}
    for fact, opposite, value in ((condition, z3.Not(condition), yes), (z3.Not(condition), condition, no)):
        if opposite.get_id() in known:
            continue
        replaced = [z3.substitute(part, (case, value)) for part in parts]
        yield from cases([fact, *replaced[:-1]], replaced[-1])


def _first_case(term: Any) -> Any:
    """An innermost if-then-else of numbers inside a relation."""
    for child in term.children():
        found = _first_case(child)
        if found is not None:
            return found
    return term if term.decl().kind() == z3.Z3_OP_ITE and not z3.is_bool(term) else None


def _follows(known: Sequence[Any], fact: Any, timeout_ms: int) -> bool:
    """A quick answer that only chooses what to prove: the engine proves the obligation again."""
    solver = z3.Solver()
    solver.set("timeout", timeout_ms)
    solver.add(*known, z3.Not(fact))
    return solver.check() == z3.unsat


def equation(statement: Statement) -> list[tuple[Any, Any]]:
    """The two sides of each equation that the conclusion consists of.

    Raises:
        ValueError: if the conclusion holds anything but equations.
    """
    parts = list(conjuncts(statement.then))
    if not all(z3.is_eq(part) and not z3.is_bool(part.arg(0)) for part in parts):
        raise ValueError(f"need equations of numbers, got {text(statement.then)}")
    return [(part.arg(0), part.arg(1)) for part in parts]
