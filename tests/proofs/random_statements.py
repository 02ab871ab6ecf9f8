"""Random statements as plain tuples, the points where they are most likely to break, and their z3 terms.

The tuples are the referee's: ``proofs_check.referee.value`` evaluates them with fractions, so that neither z3 nor
the translator has a part in what counts as a counterexample.
"""

import operator
import random
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import combinations_with_replacement, islice
from typing import Any

import z3

from proofs_check import Process, Statement, Vectors
from proofs_check.referee import Reader, ratio, value
from proofs_check.statements.roots import Number, RealRoot

Term = tuple
Point = dict[str, Fraction]

NAMES = ("x", "y", "z", "lambda_1", "w", "v0")
SMALL = tuple(Fraction(*pair) for pair in ((0, 1), (1, 1), (-1, 1), (2, 1), (1, 2), (-1, 2), (3, 1), (1, 3)))
EXTREME = (Fraction(10**6), Fraction(1, 10**6), Fraction(10**20), Fraction(-(10**9)), Fraction(1, 10**12))
RELATIONS = ("<", "<=", ">", ">=", "=", "!=")
TURNED = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "=": "!=", "!=": "="}
POINTS = 60
POOL = (*SMALL, Fraction(-2), Fraction(-3), Fraction(2, 3), Fraction(5), Fraction(999_999, 10**6), *EXTREME)


def number(n: Any, d: int = 1) -> Term:
    """A constant."""
    return ("number", Fraction(n, d))


class Chance:
    """A source of random terms and statements, by its seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.names = NAMES[: self.random.choice((1, 1, 2, 2, 2, 3, 3, 4, 6))]

    def constant(self) -> Term:
        return number(self.random.choice(EXTREME if self.random.random() < 0.08 else SMALL))

    def name(self) -> Term:
        return ("name", self.random.choice(self.names))

    def term(self, depth: int) -> Term:
        """A number of arithmetic, cases, and absolute values."""
        chance = self.random.random()
        if depth == 0 or chance < 0.15:
            return self.name() if self.random.random() < 0.7 else self.constant()
        if chance < 0.75:
            return (self.random.choice("+-*"), self.term(depth - 1), self.term(depth - 1))
        if chance < 0.84:
            return ("^", self.term(depth - 1), self.random.choice((2, 2, 3, 0, 1, -1, -2)))
        if chance < 0.93:
            return ("/", self.term(depth - 1), self.term(depth - 1))
        inside = self.term(depth - 1)
        if chance < 0.97:
            return ("if", (">", inside, number(0)), inside, ("-", number(0), inside))
        return ("if", self.relation(depth - 1), inside, self.term(depth - 1))

    def relation(self, depth: int) -> Term:
        return (self.random.choice(RELATIONS), self.term(depth), self.term(max(depth - 1, 0)))

    def formula(self, depth: int) -> Term:
        chance = self.random.random()
        if chance < 0.75:
            return self.relation(depth)
        if chance < 0.8:
            return ("not", self.relation(depth))
        return (self.random.choice(("and", "or", "=>", "<=>")), self.relation(depth), self.relation(depth))

    def statement(self) -> tuple[list[Term], Term]:
        """Any statement: most are false, undefined or vacuous; or a true one, perturbed or not."""
        if self.random.random() < 0.6:
            return self._perturbed(*self._true())
        given = [self.formula(1) for _ in range(self.random.randrange(4))]
        then = self.formula(2)
        if self.random.random() < 0.2:
            given.append(self.random.choice((then, ("not", then), ("and", then, ("not", then)))))
        if self.random.random() < 0.7:  # most divisors get a guard
            given = [
                ("!=", d, number(0)) for d in sorted(set(divisors(("and", *given, then))), key=repr)
            ] + given
        return given, then

    def _true(self) -> tuple[list[Term], Term]:
        a, b, c = (self.term(1) for _ in range(3))
        guard = [("!=", d, number(0)) for t in (a, b, c) for d in divisors(t)]
        zero, one, two = number(0), number(1), number(2)
        square = ("^", ("-", a, b), 2)
        twice = ("*", two, ("*", a, b))
        size = lambda t: ("if", (">", t, zero), t, ("-", zero, t))  # noqa: E731
        root = ("name", "root")
        return self.random.choice(
            [
                (guard, (">=", square, zero)),
                (guard, (">=", ("+", ("*", a, a), ("*", b, b)), twice)),
                (guard, ("=", square, ("+", ("-", ("*", a, a), twice), ("*", b, b)))),
                ([*guard, ("!=", a, b)], (">", square, zero)),
                ([*guard, ("<", a, b), ("<", b, c)], ("<", a, c)),
                ([*guard, ("<=", a, b), (">=", c, zero)], ("<=", ("*", a, c), ("*", b, c))),
                ([*guard, (">", b, zero)], ("<=>", (">", ("/", a, b), c), (">", a, ("*", b, c)))),
                ([*guard, (">", b, zero), ("<", a, b)], ("<", ("/", a, b), one)),
                (guard, ("<=", size(("+", a, b)), ("+", size(a), size(b)))),
                (guard, (">=", size(a), a)),
                ([*guard, (">=", root, zero), ("=", ("*", root, root), a), (">", a, one)], (">", root, one)),
                ([*guard, (">=", root, zero), ("=", ("*", root, root), a), (">=", a, one)], ("<=", root, a)),
                ([*guard, (">", a, zero)], (">=", ("+", a, ("/", one, a)), two)),
                ([*guard, ("!=", a, zero)], ("=", ("*", a, ("/", b, a)), b)),
                ([*guard, ("=", a, b)], ("=", ("^", a, 2), ("*", b, b))),
                ([*guard, ("=", a, number(2)), ("=", b, ("+", a, one))], ("=", b, number(3))),
            ]
        )

    def _perturbed(self, given: list[Term], then: Term) -> tuple[list[Term], Term]:
        chance = self.random.random()
        if chance < 0.4:
            return given, then
        if chance < 0.55 and given:
            return [fact for i, fact in enumerate(given) if i != self.random.randrange(len(given))], then
        if chance < 0.7 and then[0] in TURNED:
            return given, (TURNED[then[0]], *then[1:])
        if chance < 0.85 and then[0] in TURNED:
            shift = self.random.choice((number(1, 10**6), number(-1, 10**6), number(1), number(-1, 10**20)))
            return given, (then[0], ("+", then[1], shift), then[2])
        if chance < 0.93:
            return [*given, self.relation(1)], then
        return given, ("not", then)

    def vectors(self) -> tuple[Vectors, bool, list[Term], Term]:
        """A space, whether its facts are given, hypotheses and a conclusion about inner products of combinations."""
        dimension = self.random.choice((None, None, None, 1, 2))
        space = Vectors(" ".join("uvw"[: self.random.choice((2, 2, 3))]), dimension)
        a, b = (self.combination(space) for _ in range(2))
        aa, ab, bb = (inner(space, one, other) for one, other in ((a, a), (a, b), (b, b)))
        self.names = tuple(sorted(names(("and", aa, ab, bb))))
        zero, one, two = number(0), number(1), number(2)
        true = self.random.choice(
            [
                ([], ("<=", ("*", ab, ab), ("*", aa, bb))),
                ([], ("<=", ("*", two, ab), ("+", aa, bb))),
                ([("<=", aa, one), ("<=", bb, one)], ("<=", ab, one)),
                ([("=", aa, zero)], ("=", ab, zero)),
                ([("<", aa, bb)], ("<", ab, bb)),
                ([], (">=", ("*", aa, bb), zero)),
                ([("=", aa, one), ("=", bb, one)], ("!=", ab, two)),
            ]
        )
        given, then = self._perturbed(*true) if self.random.random() < 0.7 else ([], self.relation(2))
        return space, self.random.random() < 0.6, given, then

    def combination(self, space: Vectors) -> dict[str, Fraction]:
        """The coefficients of a vector of the space."""
        return {name: self.random.choice(SMALL[:5]) for name in space.names.split()}

    def process(self) -> tuple[Term, list[Term], list[Term], list[Term], list[Term], bool | None]:
        """A step of one state, what is given, start, invariant, conclusion; whether the input moves, None if unsaid."""
        x, u = ("name", "x"), ("name", "u")
        bound = self.constant()
        step = self.random.choice(
            [("*", u, x), ("+", x, u), ("*", ("-", number(1), u), x), ("^", x, 2), self.term(2)]
        )
        low = self.random.choice((">", ">="))
        given = [(">=", u, number(0)), ("<=", u, number(1))]
        facts = [(low, x, bound), *([("<=", x, number(2))] if self.random.random() < 0.5 else [])]
        kept = facts if self.random.random() < 0.7 else [self.relation(1)]
        moves = self.random.choice((None, True, False))
        own = (("<=", u, self.constant()),) if not moves and self.random.random() < 0.3 else ()
        claim = self.random.choice((kept[0], self.relation(1)))
        return step, given, [*facts, *own], kept, [claim], moves


def inner(space: Vectors, one: dict[str, Fraction], other: dict[str, Fraction]) -> Term:
    """The inner product of two combinations, in the products of the space's vectors."""
    total = number(0)
    for a, left in one.items():
        for b, right in other.items():
            if left * right:
                total = ("+", total, ("*", ("number", left * right), ("name", str(space.product(a, b)))))
    return total


def of_integers(space: Vectors, seed: int) -> Iterator[Point]:
    """The inner products of random vectors of small whole numbers, of the space's dimension or of up to four."""
    chance, each = random.Random(seed), space.names.split()
    for _ in range(4 * POINTS):
        size = chance.choice((1, 2, 3))
        rows = {
            n: [chance.randint(-size, size) for _ in range(space.dimension or chance.choice((1, 3, 4)))]
            for n in each
        }
        share = Fraction(1, chance.choice((1, 1, 2, 3)))
        yield {
            str(space.product(a, b)): share**2 * sum(map(operator.mul, rows[a], rows[b]))
            for a, b in combinations_with_replacement(each, 2)
        }


def divisors(t: Any) -> Iterator[Term]:
    """The divisors in a term or formula."""
    if isinstance(t, tuple):
        if t[0] == "/":
            yield t[2]
        if t[0] == "^" and t[2] < 0:
            yield t[1]
        for part in t[1:]:
            yield from divisors(part)


def names(t: Any) -> set[str]:
    """The variables of a term or formula."""
    if not isinstance(t, tuple):
        return set()
    return {t[1]} if t[0] == "name" else {n for part in t[1:] for n in names(part)}


def numbers(t: Any) -> set[Fraction]:
    """The constants of a term or formula."""
    if not isinstance(t, tuple):
        return set()
    return {t[1]} if t[0] == "number" else {n for part in t[1:] for n in numbers(part)}


_BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq, "!=": operator.ne,
    "and": z3.And, "or": z3.Or, "=>": z3.Implies, "<=>": operator.eq,
}  # fmt: skip


def built(t: Term) -> Any:
    """The z3 term, made as a user makes it."""
    if t[0] == "number":
        return z3.Q(t[1].numerator, t[1].denominator)
    if t[0] == "name":
        return z3.Real(t[1])
    if t[0] == "^":
        return built(t[1]) ** t[2]
    parts = [built(part) for part in t[1:]]
    if t[0] == "not":
        return z3.Not(parts[0])
    return z3.If(*parts) if t[0] == "if" else _BINARY[t[0]](*parts)


def stated(given: list[Term], then: Term) -> Statement:
    """The statement, made as a user makes it."""
    return Statement([built(fact) for fact in given], built(then))


def moved(
    step: Term, given: list[Term], start: list[Term], kept: list[Term], then: list[Term], moves: bool | None
) -> Process:
    """The process, made as a user makes it."""
    facts = [[built(fact) for fact in part] for part in (given, start, kept, then)]
    inputs = None if moves is None else [z3.Real("u")] if moves else []
    return Process([z3.Real("x")], [built(step)], *facts[:3], facts[3][0], inputs)


def points(given: list[Term], then: Term, seed: int) -> Iterator[Point]:
    """Points near every constant, at extremes, and on the equations among the hypotheses."""
    chance, own = random.Random(seed), sorted(names(("and", *given, then)))
    edges = [
        n + d for n in numbers(("and", *given, then)) for d in (0, Fraction(1, 10**7), -Fraction(1, 10**7))
    ]
    pool = [*POOL[:13], *edges]
    for _ in range(POINTS):
        chosen = pool if chance.random() < 0.8 else POOL
        point = {name: chance.choice(chosen) for name in own}
        yield point
        for fact in given:  # an equation that names a variable by itself is solved for it
            for side, other in ((1, 2), (2, 1)):
                if fact[0] == "=" and fact[side][0] == "name":
                    try:
                        point = {**point, fact[side][1]: value(fact[other], point)}
                    except ZeroDivisionError:
                        break
        yield point
        if "root" in point:
            yield from _rooted(given, point)


def _rooted(given: list[Term], point: Point) -> Iterator[Point]:
    """Move one variable so that the root's square is one, if the square is that variable itself."""
    for fact in given:
        if fact[0] == "=" and fact[1] == ("*", ("name", "root"), ("name", "root")) and fact[2][0] == "name":
            yield {**point, fact[2][1]: point["root"] ** 2}


def exact(text: str) -> Any:
    """The number that a witness names: a fraction, or the root of a polynomial in t between two."""
    if not text.startswith("root of "):
        return Fraction(text)
    polynomial, _, ends = text.removeprefix("root of ").partition(" between ")
    top, _ = ratio(Reader(polynomial).inside(), [])
    powers = {dict(m).get("t", 0): c for m, c in top.items()}
    low, high = map(Fraction, ends.split(" and "))
    return Number(RealRoot([powers.get(n, Fraction(0)) for n in range(max(powers) + 1)], low, high))


def truth(given: list[Term], then: Term, point: Point) -> bool | None:
    """Whether a statement is true at a point; None where a hypothesis fails or a divisor vanishes."""
    try:
        return value(then, point) if all(value(fact, point) for fact in given) else None
    except ZeroDivisionError:
        return None


def counterexample(given: list[Term], then: Term, seed: int) -> Point | None:
    """A point where the statement is false, if the hunt finds one."""
    if not names(("and", *given, then)):
        return {} if truth(given, then, {}) is False else None
    found = (p for p in islice(points(given, then, seed), 4 * POINTS) if truth(given, then, p) is False)
    return next(found, None)
