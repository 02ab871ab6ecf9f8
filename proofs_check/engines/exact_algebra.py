"""Engine ``algebra``: identities decided as zero tests of rational functions over the rationals.

The difference of the two sides is brought to one reduced fraction; it vanishes wherever it is
defined if and only if its numerator is the zero polynomial, or lies in the ideal of the equations
that are given. Forty exact random points are evaluated besides, by other code.
"""

import random
from collections.abc import Iterator, Sequence
from fractions import Fraction
from importlib.metadata import version
from typing import Any

import flint
import z3

from proofs_check.engines.solvers import VACUOUS, satisfiable
from proofs_check.engines.variants import made_by_rule
from proofs_check.statements.polynomials import Ring, Undefined, cases, clear, equation
from proofs_check.statements.terms import Statement, conjuncts, text
from proofs_check.statements.witness import search, shown, sides
from proofs_check.verdicts.claims import Check, Status, Verdict

POINTS = 40
SEED = 20_210_629
VERSION = f"python-flint {flint.__version__}, sympy {version('sympy')}"


def algebra(statement: Statement, *, mutants: Sequence[Statement] = (), part: str = "") -> Check:
    """Decide an identity, or a conjunction of identities.

    Args:
        statement: equations, under hypotheses that make every divisor non-zero; the equations
            among the hypotheses are used, the rest serves the divisors only.
        mutants: wrong variants, which must not be proved.
        part: the part of the form that this decides.

    Returns:
        A check: PROVED, REFUTED with an exact witness, or OPEN where a divisor may vanish or no
        witness is found among small rationals.
    """
    return Check(
        "algebra",
        str(statement),
        lambda: decide(statement),
        tuple(algebra(mutant) for mutant in mutants),
        part,
        f"algebra {VERSION} {statement}",
        frozenset(statement.variables),
        made_by_rule(statement),
    )


def decide(statement: Statement) -> Verdict:
    """The zero test's verdict on an identity, case by case where numbers have cases."""
    try:
        cleared = clear(statement)
    except Undefined as gap:
        return Verdict(Status.OPEN, version=VERSION, reason=f"undefined: {gap}")
    try:
        sides_of = equation(statement)
    except ValueError as other:
        return Verdict(Status.OPEN, version=VERSION, reason=f"cannot tell: {other}")
    if not satisfiable(cleared):
        return Verdict(Status.OPEN, version=VERSION, reason=VACUOUS)
    rests_on = ("python-flint's polynomials", *(["z3: no divisor vanishes"] if cleared.obligations else []))
    ring = Ring(statement.variables)
    left = [r for pair in sides_of for r in _remainders(ring, statement, pair) if r != 0]
    if not left:
        relations = any(_given_equations(statement.given))
        certificate = "numerator in the ideal of the given equations" if relations else _evaluated(statement)
        return Verdict(Status.PROVED, version=VERSION, rests_on=rests_on, certificate=certificate)
    point = search(statement)
    if point is None:
        return Verdict(Status.OPEN, version=VERSION, reason=f"no identity in every case, remainders {left}")
    return Verdict(
        Status.REFUTED,
        version=VERSION,
        rests_on=("exact fractions",),
        witness=shown(point),
        reason=sides(statement, point),
    )


def _remainders(ring: Ring, statement: Statement, pair: tuple[Any, Any]) -> Iterator[Any]:
    """What each case of an equation's difference leaves, modulo the equations that hold there."""
    for facts, difference in cases(statement.given, pair[0] - pair[1]):
        numerator = ring.fraction(difference)[0]
        relations = [ring.fraction(left - right)[0] for left, right in _given_equations(facts)]
        yield numerator if numerator.is_zero() else _reduced(numerator, relations)


def _given_equations(given: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
    for part in (part for fact in given for part in conjuncts(fact)):
        if z3.is_eq(part) and not z3.is_bool(part.arg(0)):
            yield part.arg(0), part.arg(1)


def _reduced(numerator: Any, relations: Sequence[Any]) -> Any:
    """The remainder modulo the ideal of the given equations."""
    if not relations:
        return numerator
    import sympy

    names = sympy.symbols([f"v{i}" for i in range(len(numerator.context().names()))])
    basis = sympy.groebner([_sympy(r, names) for r in relations], *names, order="grevlex", domain="QQ")
    return basis.reduce(_sympy(numerator, names))[1]


def _sympy(polynomial: Any, names: Sequence[Any]) -> Any:
    import sympy

    monomials = (
        sympy.Rational(int(c.p), int(c.q)) * sympy.prod(n**p for n, p in zip(names, powers, strict=True))
        for powers, c in polynomial.to_dict().items()
    )
    return sympy.Add(*monomials)


def _evaluated(statement: Statement) -> str:
    """Evaluate both sides with fractions at random points: other code than the zero test's."""
    chance = random.Random(SEED)
    unconditional = Statement((), statement.then)
    held = 0
    while held < POINTS:
        point = {n: Fraction(chance.randint(-99, 99), chance.randint(1, 99)) for n in statement.variables}
        answer = unconditional.at(point)
        if answer is False:
            raise AssertionError(
                f"the zero test calls {text(statement.then)} an identity, but it fails at {point}"
            )
        held += answer is True
    return f"both sides agree at {held} exact random points (seed {SEED})"
