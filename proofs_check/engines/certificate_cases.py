"""A certificate as data that ``referee`` re-checks without knowing how it was found: a list of cases.

A case holds facts that contradict each other, as text, and the products of them that add up to zero. The search works
on polynomials, the referee on the statement as printed; so there are cases, too, that lead from a relation of quotients
to the polynomial that took its place, and from the signs of a divisor's factors to its not vanishing.
"""

from collections.abc import Iterator, Sequence
from itertools import product
from math import prod
from typing import Any

from proofs_check.statements.polynomials import Cleared, Quotient, Relation, Ring

Case = dict[str, Any]
"""``facts``, texts of relations to zero; ``sum``, products as weight, numbers of facts and a multiplier; ``turned``,
the number of the fact whose opposite follows from the others."""


def clearing(ring: Ring, cleared: Cleared) -> Iterator[Case]:
    """The cases that lead from a statement to the one without division."""
    for divisor in cleared.divisors:
        yield from _not_vanishing(ring, divisor)
    for relation in cleared.relations:
        if not relation.quotient.denominator.is_constant():
            yield from _multiplied(ring, relation)


def _signs(quotient: Quotient) -> Iterator[tuple[int, ...]]:
    """The signs that the factors can have."""
    return product(*((sign,) if sign else (1, -1) for _, _, sign in quotient.factors))


def _facts(ring: Ring, quotient: Quotient, signs: Sequence[int]) -> list[str]:
    return [f"{ring.shown(s * f)} > 0" for (f, _, _), s in zip(quotient.factors, signs, strict=True)]


def _sign(polynomial: Any, quotient: Quotient, signs: Sequence[int]) -> tuple[Any, int]:
    """The number before the factors of a polynomial, without its sign, and the polynomial's own sign."""
    number = polynomial.factor()[0]
    powers = (s**power for (_, power, _), s in zip(quotient.factors, signs, strict=True))
    return abs(number), prod(powers, start=1 if number > 0 else -1)


def _not_vanishing(ring: Ring, divisor: Quotient) -> Iterator[Case]:
    """A divisor that vanishes contradicts the signs of its factors."""
    zero = f"({ring.shown(divisor.numerator)})/({ring.shown(divisor.denominator)}) = 0"
    for signs in _signs(divisor):
        number, sign = _sign(divisor.numerator, divisor, signs)
        chosen = [i for i, (_, power, _) in enumerate(divisor.factors, 1) for _ in range(power)]
        yield {
            "facts": [zero, *_facts(ring, divisor, signs)],
            "sum": [[str(number), chosen], [str(-sign), [0], ring.shown(divisor.denominator)]],
        }


def _multiplied(ring: Ring, relation: Relation) -> Iterator[Case]:
    """A quotient's relation to zero contradicts the opposite one of the polynomial that took its place."""
    if relation.relation in ("=", "!="):
        yield from _equal(ring, relation)
    strict = {"<": -1, ">": 1, "<=": 1, ">=": -1}.get(relation.relation)
    for signs in _signs(relation.quotient):
        if strict is None:
            yield _related(ring, relation, signs, 1, True)
            yield _related(ring, relation, signs, -1, True)
        else:
            yield _related(ring, relation, signs, strict, True)
            yield _related(ring, relation, signs, -strict, False)


def _equal(ring: Ring, relation: Relation) -> Iterator[Case]:
    quotient = relation.quotient
    top, bottom = ring.shown(quotient.numerator), ring.shown(quotient.denominator)
    for sign in (1, -1):
        facts = [f"({top})/({bottom}) = 0", f"{ring.shown(sign * quotient.numerator)} > 0"]
        yield {"facts": facts, "sum": [["1", [1]], [str(-sign), [0], bottom]], "turned": 1}


def _related(ring: Ring, relation: Relation, signs: Sequence[int], side: int, strict: bool) -> Case:
    """The quotient times ``side`` is positive, or not negative: so is the polynomial, with the sign that it has then.

    The quotient is multiplied by its denominator's factors; by one of unknown sign once more where the polynomial holds
    that factor, so that the power is even.
    """
    quotient, polynomial = relation.quotient, relation.polynomial
    number, sign = _sign(quotient.denominator, quotient, signs)
    held = relation.relation not in ("=", "!=")
    chosen = [0]
    for i, ((_, power, own), s) in enumerate(zip(quotient.factors, signs, strict=True), 1):
        more = held and own == 0 and power % 2
        sign *= s if more else 1
        chosen += [i] * (power + more)
    top, bottom = ring.shown(side * quotient.numerator), ring.shown(quotient.denominator)
    facts = [f"({top})/({bottom}) {'>' if strict else '>='} 0", *_facts(ring, quotient, signs)]
    facts.append(f"{ring.shown(-side * sign * polynomial)} {'>=' if strict else '>'} 0")
    return {"facts": facts, "sum": [[str(number), chosen], ["1", [len(facts) - 1]]], "turned": len(facts) - 1}
