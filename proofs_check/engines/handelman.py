"""Engine ``certificate``: a polynomial inequality as an exact non-negative combination of products.

The negated conclusion joins the hypotheses; if products of hypotheses, each with a known sign, add up
to zero with non-negative weights of which a strict one is positive, no point satisfies them all. The
weights come from z3's exact simplex; they are multiplied out again with exact polynomials, and
printed as a Coq proof, which coqc has to accept where it is installed.
"""

import json
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property, reduce
from itertools import combinations_with_replacement, product, zip_longest
from math import lcm
from typing import Any

import z3

from proofs_check.engines import certificate_cases, coq_files
from proofs_check.engines.solvers import VACUOUS, satisfiable
from proofs_check.engines.variants import made_by_rule
from proofs_check.statements.polynomials import Ring, Undefined, clear
from proofs_check.statements.terms import COQ, Statement, as_fraction, text, variables
from proofs_check.verdicts.claims import Check, EngineMissing, Status, Verdict

FACTORS = (1, 2, 3, 4)
MAX_PRODUCTS = 700
COQ_LIBRARIES = "From Coq Require Import Reals Lra.\nOpen Scope R_scope.\n"
LP_TIMEOUT_MS = 20_000
VERSION = f"z3 {z3.get_version_string()} simplex"
FORMAT = "cases"
_NEGATED = {
    z3.Z3_OP_LE: z3.Z3_OP_GT, z3.Z3_OP_LT: z3.Z3_OP_GE, z3.Z3_OP_GE: z3.Z3_OP_LT, z3.Z3_OP_GT: z3.Z3_OP_LE,
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Fact:
    """A polynomial that is positive, not negative, or zero."""

    polynomial: Any
    relation: str

    @cached_property
    def key(self) -> str:
        """What it says, as text."""
        return f"{self.polynomial} {self.relation}"


@dataclass(frozen=True, eq=False)
class Product:
    """A product of facts (by their numbers) and of variables' powers, with what is known of it."""

    polynomial: Any
    relation: str
    factors: tuple[int, ...]


def certificate(
    statement: Statement, *, hints: Sequence[Any] = (), mutants: Sequence[Statement] = (), part: str = ""
) -> Check:
    """Decide an inequality (or equations and connectives of some) by an exact certificate.

    Args:
        statement: what is claimed.
        hints: terms whose squares may be used, where products of the hypotheses and of the
            variables' squares do not suffice.
        mutants: wrong variants, which must not be proved.
        part: the part of the form that this decides.

    Returns:
        A check: PROVED, with the combination, or OPEN where none is found.

    Raises:
        ValueError: If a hint has a variable that the statement has not.
    """
    named = {name for hint in hints for name in variables(hint)}
    if unknown := sorted(named - set(statement.variables)):
        raise ValueError(f"need hints in the statement's variables, got {unknown[0]}")
    return Check(
        "certificate",
        str(statement),
        lambda: decide(statement, hints),
        tuple(certificate(mutant, hints=_within(hints, mutant)) for mutant in mutants),
        part,
        f"certificate {VERSION} {FORMAT} {[text(h) for h in hints]} {statement}",
        frozenset(statement.variables),
        made_by_rule(statement),
    )


def _within(hints: Sequence[Any], statement: Statement) -> list[Any]:
    """The hints of which a statement has all variables: an obligation and a mutant may have fewer."""
    return [hint for hint in hints if set(variables(hint)) <= set(statement.variables)]


def decide(statement: Statement, hints: Sequence[Any] = ()) -> Verdict:
    """Find a certificate for each way in which the statement and its obligations could fail."""
    try:
        cleared = clear(statement)
    except Undefined as gap:
        return Verdict(Status.OPEN, version=VERSION, reason=f"undefined: {gap}")
    if not satisfiable(cleared):
        return Verdict(Status.OPEN, version=VERSION, reason=VACUOUS)
    combinations: list[str] = []
    proofs: list[str] = []
    cases = list(certificate_cases.clearing(Ring(statement.variables), cleared))
    fresh = z3.Context()  # so that the choice among certificates does not depend on what was asked before
    for goal in cleared.goals:
        ring = Ring(goal.variables)
        roots = [*_within(hints, goal), *(z3.Real(name) for name in goal.variables)]
        squares = [Fact(_whole(ring.fraction(r)[0]) ** 2, ">=") for r in roots]
        closed: list[set[str]] = []
        for failure in failures(ring, goal):
            known = {fact.key for fact in failure}
            if any(used <= known for used in closed):
                continue
            facts = [*failure, *squares]
            found = combination(ring, facts, fresh)
            if found is None:
                return Verdict(Status.OPEN, version=VERSION, reason=f"no certificate for {goal}")
            check(facts, found)
            used = sorted({i for _, item in found for i in item.factors})
            closed.append({facts[i].key for i in used if i < len(failure)})
            combinations.append(shown(found))
            case = written(ring, facts, [_whole(ring.fraction(r)[0]) for r in roots], found)
            # Of a divisor's sign, the last fact is the opposite, which the others exclude.
            turned = {"turned": used.index(len(failure) - 1)} if len(failure) - 1 in used else {}
            cases.append(case if goal is cleared.statement else {**case, **turned})
            proofs.append(coq_lemma(ring, failure, roots, found, len(proofs)))
    if not proofs:
        return Verdict(Status.OPEN, version=VERSION, reason="vacuous: nothing to certify")
    distinct = {json.dumps(case): case for case in cases}
    verdict = _confirmed(combinations, proofs)
    if verdict.status is not Status.PROVED:
        return verdict
    return replace(verdict, proof=json.dumps({"cases": list(distinct.values())}))


def _confirmed(combinations: Sequence[str], proofs: Sequence[str]) -> Verdict:
    listed = "; ".join(combinations)
    rests_on = ("the certificate, multiplied out exactly",)
    nonce = f"nonce_{secrets.token_hex(8)}"
    canary = f"Fail Definition canary : 0 = 1 := ltac:(lra).\nCheck (fun {nonce} : Set => {nonce}).\n"
    try:
        coq_files.refuses_falsehood()
        (run,) = coq_files.session({"Certified": f"{COQ_LIBRARIES}{chr(10).join(proofs)}\n{canary}"})
        if run.accepted and nonce not in run.output:
            raise EngineMissing("kernel: coqc does not answer")
    except EngineMissing as absence:
        return Verdict(Status.PROVED, "", VERSION, rests_on, listed, reason=str(absence))
    if not run.accepted:
        message = " ".join(run.error.split())[-400:]
        return Verdict(
            Status.OPEN, version=VERSION, reason=f"coqc rejects the printed certificate: {message}"
        )
    return Verdict(
        Status.PROVED, "", f"{VERSION}, {coq_files.version()}", (*rests_on, "Coq's kernel"), listed
    )


def failures(ring: Ring, goal: Statement) -> Iterator[list[Fact]]:
    """Every way in which a division-free statement can fail, as facts that would have to hold."""
    ways = [*(_cases(fact, True) for fact in goal.given), _cases(goal.then, False)]
    facts = [
        [[Fact(_whole(ring.fraction(p)[0]), relation) for p, relation in case] for case in cases]
        for cases in ways
    ]
    for chosen in product(*facts):
        once = {fact.key: fact for case in reversed(chosen) for fact in reversed(case)}
        yield list(reversed(once.values()))  # what denies the conclusion stays the last


def _whole(polynomial: Any) -> Any:
    """The polynomial times the least number that makes its coefficients whole."""
    return polynomial * lcm(*(int(c.q) for c in polynomial.coeffs()))


def _cases(term: Any, wanted: bool) -> list[list[tuple[Any, str]]]:
    """The disjunctive normal form of a formula, or of its negation, as (polynomial, relation to 0)."""
    kind = term.decl().kind()
    if kind in (z3.Z3_OP_TRUE, z3.Z3_OP_FALSE):
        return [[]] if (kind == z3.Z3_OP_TRUE) == wanted else []
    if kind == z3.Z3_OP_NOT:
        return _cases(term.arg(0), not wanted)
    if kind == z3.Z3_OP_IMPLIES:
        return _cases(z3.Or(z3.Not(term.arg(0)), term.arg(1)), wanted)
    if kind == z3.Z3_OP_EQ and z3.is_bool(term.arg(0)):
        p, q = term.children()
        return _cases(z3.Or(z3.And(p, q), z3.And(z3.Not(p), z3.Not(q))), wanted)
    if kind in (z3.Z3_OP_AND, z3.Z3_OP_OR):
        parts = [_cases(child, wanted) for child in term.children()]
        if (kind == z3.Z3_OP_AND) == wanted:
            return [[atom for case in chosen for atom in case] for chosen in product(*parts)]
        return [case for part in parts for case in part]
    return _relation_cases(term.arg(0) - term.arg(1), kind, wanted)


def _relation_cases(p: Any, kind: int, wanted: bool) -> list[list[tuple[Any, str]]]:
    if kind in (z3.Z3_OP_EQ, z3.Z3_OP_DISTINCT):
        equal = (kind == z3.Z3_OP_EQ) == wanted
        return [[(p, "=")]] if equal else [[(p, ">")], [(-p, ">")]]
    kind = kind if wanted else _NEGATED[kind]
    if kind in (z3.Z3_OP_GT, z3.Z3_OP_GE):
        return [[(p, ">" if kind == z3.Z3_OP_GT else ">=")]]
    return [[(-p, ">" if kind == z3.Z3_OP_LT else ">=")]]


def combination(
    ring: Ring, facts: Sequence[Fact], context: z3.Context | None = None
) -> list[tuple[Fraction, Product]] | None:
    """Whole weights that bring products of the facts to zero, growing the products until some do."""
    size = 0
    for factors in FACTORS:
        products = list(_products(ring, facts, factors))
        if len(products) == size:
            break
        size = len(products)
        weights = _weights(products, context)
        if weights is not None:
            scale = lcm(*(w.denominator for w in weights))
            return [(w * scale, p) for w, p in zip(weights, products, strict=True) if w]
        if size >= MAX_PRODUCTS:
            break
    return None


def _products(ring: Ring, facts: Sequence[Fact], most: int) -> Iterator[Product]:
    """Products of at most so many facts; equations also times monomials, which may have any weight."""
    one = ring.constant(Fraction(1))
    yield Product(one, ">", ())
    signed = [i for i, fact in enumerate(facts) if fact.relation != "="]
    count = 1
    for length in range(1, most + 1):
        for chosen in combinations_with_replacement(signed, length):
            polynomial = reduce(lambda a, b: a * b, (facts[i].polynomial for i in chosen))
            strict = all(facts[i].relation == ">" for i in chosen)
            yield Product(polynomial, ">" if strict else ">=", chosen)
            count += 1
            if count >= MAX_PRODUCTS:
                return
    generators = ring.context.gens()
    for i, fact in enumerate(facts):
        if fact.relation == "=":
            for degree in range(most + 1):
                for monomial in combinations_with_replacement(generators, degree):
                    yield Product(reduce(lambda a, b: a * b, monomial, fact.polynomial), "=", (i,))


def _weights(products: Sequence[Product], context: z3.Context | None) -> list[Fraction] | None:
    """Exact weights: the products cancel, and a strictly positive one has weight at least 1."""
    terms = [_terms(item.polynomial) for item in products]
    left = _cancelling(products, terms)
    strict = [i for i in left if products[i].relation == ">"]
    if not strict:
        return None
    columns: dict[tuple[int, ...], list[str]] = {}
    for i in left:
        for powers, coefficient in terms[i].items():
            columns.setdefault(powers, []).append(f"(* {_smtlib(coefficient)} w{i})")
    lines = [f"(declare-const w{i} Real)" for i in left]
    lines += [f"(assert (>= w{i} 0.0))" for i in left if products[i].relation != "="]
    lines += [f"(assert (= (+ 0.0 {' '.join(column)}) 0.0))" for column in columns.values()]
    lines.append(f"(assert (>= (+ 0.0 {' '.join(f'w{i}' for i in strict)}) 1.0))")
    solver = z3.SolverFor("QF_LRA", context)
    solver.set("timeout", LP_TIMEOUT_MS)
    solver.from_string("\n".join(lines))
    if solver.check() != z3.sat:
        return None
    model, weights = solver.model(), [Fraction(0)] * len(products)
    for i in left:
        weights[i] = as_fraction(model.eval(z3.Real(f"w{i}", context), model_completion=True))
    return weights


def _cancelling(products: Sequence[Product], terms: Sequence["Terms"]) -> list[int]:
    """The products that can have a weight: a power product that occurs with one sign alone cannot cancel."""
    left = set(range(len(products)))
    while True:
        signs: dict[tuple[int, ...], list[int]] = {}
        for i in left:
            for powers, c in terms[i].items():
                found = signs.setdefault(powers, [])
                found.append(0 if products[i].relation == "=" else 1 if c > 0 else -1)
        stuck = {powers for powers, found in signs.items() if len(found) == 1 or set(found) in ({1}, {-1})}
        rest = {i for i in left if stuck.isdisjoint(terms[i])}
        if rest == left:
            return sorted(left)
        left = rest


def _smtlib(value: Fraction) -> str:
    size = f"(/ {abs(value.numerator)}.0 {value.denominator}.0)"
    return size if value >= 0 else f"(- {size})"


def check(facts: Sequence[Fact], found: Sequence[tuple[Fraction, Product]]) -> None:
    """Multiply a certificate out again, its products from their factors, coefficient by coefficient, with fractions.

    Raises:
        AssertionError: if it does not cancel or weighs a product wrongly.
    """  # noqa: DOC502  raised by what it calls
    total: dict[Any, Fraction] = {}
    for weight, item in found:
        _need(weight >= 0 or item.relation == "=", "a product with a sign needs a weight >= 0")
        own = [facts[i] for i in item.factors]
        if item.relation == "=":
            _need(
                [fact.relation for fact in own] == ["="],
                "a product with an equation's freedom needs an equation",
            )
            _need(_is_multiple(_terms(item.polynomial), _terms(own[0].polynomial)), "it is no multiple of it")
        else:
            _need(all(fact.relation != "=" for fact in own), "an equation has no sign")
            one: Terms = {(): Fraction(1)}
            multiplied = reduce(_times, (_terms(fact.polynomial) for fact in own), one)
            _need(multiplied == _terms(item.polynomial), "a product is not that of its factors")
            strict = item.relation != ">" or all(fact.relation == ">" for fact in own)
            _need(strict, "a product that may vanish is no strict one")
        for powers, coefficient in _terms(item.polynomial).items():
            total[powers] = total.get(powers, Fraction(0)) + weight * coefficient
    _need(not any(total.values()), "the weighted products do not cancel")
    _need(any(w > 0 and p.relation == ">" for w, p in found), "no strict product has a weight > 0")


def _need(holds: bool, otherwise: str) -> None:
    """A check that ``python -O`` keeps, which drops each ``assert``."""
    if not holds:
        raise AssertionError(otherwise)


Terms = dict[tuple[int, ...], Fraction]
"""A polynomial as plain numbers: powers, with trailing zeros cut, -> coefficient."""


def _terms(polynomial: Any) -> Terms:
    return {
        _cut(powers): Fraction(int(c.p), int(c.q)) for powers, c in polynomial.to_dict().items() if c != 0
    }


def _cut(powers: Sequence[int]) -> tuple[int, ...]:
    whole = [int(power) for power in powers]
    while whole and not whole[-1]:
        whole.pop()
    return tuple(whole)


def _times(first: Terms, second: Terms) -> Terms:
    found: Terms = {}
    for a, x in first.items():
        for b, y in second.items():
            powers = _cut([i + j for i, j in zip_longest(a, b, fillvalue=0)])
            found[powers] = found.get(powers, Fraction(0)) + x * y
    return {powers: c for powers, c in found.items() if c}


def _is_multiple(multiple: Terms, fact: Terms) -> bool:
    """Whether the one is the other times a monomial."""
    if not fact:
        return not multiple
    if not multiple:
        return False
    top, over = max(map(_padded, fact)), max(map(_padded, multiple))
    monomial = _cut([i - j for i, j in zip_longest(_cut(over), _cut(top), fillvalue=0)])
    return min(monomial, default=0) >= 0 and _times(fact, {monomial: Fraction(1)}) == multiple


def _padded(powers: tuple[int, ...]) -> tuple[int, ...]:
    return (*powers, *(0 for _ in range(64 - len(powers))))


def shown(found: Sequence[tuple[Fraction, Product]]) -> str:
    """The combination as text."""
    return " + ".join(f"{weight}*[{item.polynomial}]" for weight, item in found) + " = 0"


def written(
    ring: Ring, facts: Sequence[Fact], squared: Sequence[Any], found: Sequence[tuple[Fraction, Product]]
) -> certificate_cases.Case:
    """The combination as a case: the facts that it uses, and products by weight and factors."""
    used = sorted({i for _, item in found for i in item.factors})
    places = {i: place for place, i in enumerate(used)}
    own = len(facts) - len(squared)
    shown_facts = [
        f"({ring.shown(squared[i - own])})^2 >= 0"
        if i >= own
        else f"{ring.shown(facts[i].polynomial)} {facts[i].relation} 0"
        for i in used
    ]
    products: list[list[Any]] = []
    for weight, item in found:
        products.append([str(weight), [places[i] for i in item.factors]])
        if item.relation == "=":
            products[-1].append(_multiplier(ring, item, facts))
    return {"facts": shown_facts, "sum": products}


def _multiplier(ring: Ring, item: Product, facts: Sequence[Fact]) -> str:
    """By what an equation is multiplied, as text."""
    polynomial = facts[item.factors[0]].polynomial
    return "0" if polynomial.is_zero() else ring.shown(item.polynomial / polynomial)


def coq_lemma(
    ring: Ring,
    failure: Sequence[Fact],
    squared: Sequence[Any],
    found: Sequence[tuple[Fraction, Product]],
    number: int,
) -> str:
    """The certificate as a Coq proof that the facts of a failure contradict each other."""
    roots = [_whole(ring.fraction(r)[0]) for r in squared]
    facts = [*failure, *(Fact(r**2, ">=") for r in roots)]
    used = sorted({i for _, item in found for i in item.factors})
    names = " ".join(COQ.name(name) for name in ring.names)
    hypotheses = " -> ".join(f"{_coq(ring, fact.polynomial)} {fact.relation} 0" for fact in failure)
    introduced = " ".join(f"H{i}" for i in range(len(failure)))
    signs = [_coq_sign(ring, facts, item, i) for i, (_, item) in enumerate(found) if item.factors]
    weighted = " + ".join(f"({w}) * ({_coq(ring, p.polynomial)})" for w, p in found)
    return "\n  ".join(
        [
            f"Lemma failure{number} : forall {names} : R, {hypotheses} -> False.\nProof.",
            f"intros {names} {introduced}.",
            *(_coq_square(ring, roots[i - len(failure)], i) for i in used if i >= len(failure)),
            *(_coq_fact(ring, facts[i], i) for i in used),
            *signs,
            f"assert (sum : {weighted} = 0) by ring.",
            "lra.\nQed.\n",
        ]
    )


def _coq(ring: Ring, polynomial: Any) -> str:
    return ring.shown(polynomial, COQ)


def _coq_square(ring: Ring, base: Any, number: int) -> str:
    """Assert that a square is not negative."""
    square = f"Rsqr ({_coq(ring, base)})"
    return (
        f"assert (H{number} : {_coq(ring, base**2)} >= 0).\n"
        f"  {{ replace ({_coq(ring, base**2)}) with ({square}) by (unfold Rsqr; ring).\n"
        "    apply Rle_ge, Rle_0_sqr. }"
    )


def _coq_fact(ring: Ring, fact: Fact, number: int) -> str:
    """Bring a fact to the form that products of facts are made of."""
    polynomial = _coq(ring, fact.polynomial)
    relation = {">": f"0 < {polynomial}", ">=": f"0 <= {polynomial}", "=": f"{polynomial} = 0"}[fact.relation]
    weakened = "" if fact.relation == "=" else f" assert (W{number} : 0 <= {polynomial}) by lra."
    return f"assert (F{number} : {relation}) by lra.{weakened}"


def _coq_sign(ring: Ring, facts: Sequence[Fact], item: Product, number: int) -> str:
    """Assert the sign of one product, by a term that multiplies its factors' signs."""
    polynomial = _coq(ring, item.polynomial)
    factors = [facts[i].polynomial for i in item.factors]
    if item.relation == "=":
        proof = f"rewrite F{item.factors[0]}; ring"
        factors.append(item.polynomial / factors[0])
    else:
        strict = item.relation == ">"
        rule, known = ("Rmult_lt_0_compat", "F") if strict else ("Rmult_le_pos", "W")
        signs = (f"{known}{i}" for i in item.factors)
        proof = "exact " + reduce(lambda left, right: f"({rule} _ _ {left} {right})", signs)
    multiplied = reduce(lambda a, b: f"({a}) * ({b})", (_coq(ring, factor) for factor in factors))
    relation = {">": "0 <", ">=": "0 <=", "=": "0 ="}[item.relation]
    closing = f"symmetry; {proof}" if item.relation == "=" else proof
    return (
        f"assert (P{number} : {relation} {polynomial}).\n"
        f"  {{ replace ({polynomial}) with ({multiplied}) by ring. {closing}. }}"
    )
