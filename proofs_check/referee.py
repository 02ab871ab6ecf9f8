"""A second reader of the committed ledger: ``python proofs_check/referee.py [ledger.jsonl]``.

It shares no code with what wrote the ledger: it parses the printed formulas by itself, evaluates witnesses and
multiplies certificates out with ``fractions`` alone. What it cannot decide again it lists, with the reason.

Formulas: ``h1, h2  =>  c`` (two spaces around that arrow); then, loosest first, ``<=>``, ``=>``, ``or``, ``and``,
``not``, one relation ``< <= > >= = !=``, ``+ -``, ``* /``, unary ``-``, ``^`` with a whole exponent; ``|x|`` and
``if(c; a; b)``. A formula is defined at a point if no divisor met from left to right vanishes.

A certificate is a list of cases. The facts of a case contradict each other: products of them, with weights that are
not negative (any weight for a fact ``p = 0``), add up to the zero polynomial, and a strict one counts. Each way in
which the formula could be false, or a divisor could vanish, has to be one of the cases.
"""

import json
import operator
import re
import sys
from collections import Counter
from fractions import Fraction
from itertools import product
from pathlib import Path

TOKEN = re.compile(r"\s*(<=>|=>|<=|>=|!=|[-+*/^()<>=|;,]|\d+|[^\W\d][\w'′]*)")
OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "=": "!=", "!=": "="}
RELATE = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq, "!=": operator.ne,
}  # fmt: skip
ENGINES = {"kernel", "certificate", "smt", "induction", "algebra", "enclosure", "trial"}
ELSEWHERE = {
    "kernel": "decided by Coq's kernel", "smt": "decided by solvers", "induction": "start and step by solvers",
    "algebra": "a polynomial identity, or an ideal", "enclosure": "balls", "trial": "trials and searches",
}  # fmt: skip


class Wrong(Exception):
    """What the ledger says does not hold, or cannot be read."""


# Reading.


class Reader:
    """Reads a formula into nested tuples, each with its operation first."""

    def __init__(self, text):
        self.tokens, at = [], 0
        while text[at:].strip():
            match = TOKEN.match(text, at)
            if not match:
                raise Wrong(f"cannot read {text[at : at + 20]!r}")
            self.tokens.append(match[1])
            at = match.end()
        self.tokens.append("end")

    def took(self, *wanted):
        """Take the next token if it is one of these."""
        if self.tokens[0] in wanted:
            return self.tokens.pop(0)
        return None

    def need(self, wanted):
        """Take this token."""
        if not self.took(wanted):
            raise Wrong(f"need {wanted!r}, got {self.tokens[0]!r}")

    def whole(self):
        """Read the text to its end."""
        found = self.formula()
        self.need("end")
        return found

    def formula(self, level=0):
        """Connectives: a chain of one kind; ``=>`` and ``<=>`` join two."""
        if level == 4:
            return ("not", self.formula(4)) if self.took("not") else self.relation()
        found = self.formula(level + 1)
        while sign := self.took(("<=>", "=>", "or", "and")[level]):
            found = (sign, found, self.formula(level + 1))
        return found

    def relation(self):
        """Read one relation, or a number alone."""
        left = self.sum()
        sign = self.took(*OPPOSITE)
        return (sign, left, self.sum()) if sign else left

    def sum(self):
        """Read terms joined by + and -, from the left."""
        found = self.term()
        while sign := self.took("+", "-"):
            found = (sign, found, self.term())
        return found

    def term(self):
        """Read factors joined by * and /, from the left."""
        found = self.signed()
        while sign := self.took("*", "/"):
            found = (sign, found, self.signed())
        return found

    def signed(self):
        """Read a power, or a minus and what follows."""
        if self.took("-"):
            return ("-", ("number", Fraction(0)), self.signed())
        base = self.atom()
        if not self.took("^"):
            return base
        minus = self.took("-")
        return ("^", base, int(self.digits()) * (-1 if minus else 1))

    def digits(self):
        """Read a whole number."""
        if not self.tokens[0].isdecimal():
            raise Wrong(f"need a whole number, got {self.tokens[0]!r}")
        return self.tokens.pop(0)

    def atom(self):
        """Read a number, a name, or what stands in brackets."""
        if self.took("("):
            found = self.formula()
            self.need(")")
            return found
        if self.took("|"):
            inside = self.sum()
            self.need("|")
            zero = ("number", Fraction(0))
            return ("if", (">", inside, zero), inside, ("-", zero, inside))
        if self.tokens[0] == "if" and self.tokens[1] == "(":
            return self.case()
        if self.tokens[0][0].isdecimal():
            return ("number", Fraction(int(self.digits())))
        if not (self.tokens[0][0].isalpha() or self.tokens[0][0] == "_") or self.tokens[0] in (
            "end",
            "or",
            "and",
        ):
            raise Wrong(f"need a number or a name, got {self.tokens[0]!r}")
        name = self.tokens.pop(0)
        return (name,) if name in ("True", "False") else ("name", name)

    def case(self):
        """Read ``if(c; a; b)``."""
        self.need("if")
        self.need("(")
        parts = [self.formula()]
        for _ in range(2):
            self.need(";")
            parts.append(self.formula())
        self.need(")")
        return ("if", *parts)


def statement(text):
    """The hypotheses and the conclusion."""
    *before, then = text.split("  =>  ")
    if len(before) > 1:
        raise Wrong("two arrows")
    given, depth, start = [], 0, 0
    for at, sign in enumerate(before[0] + "," if before else ""):
        depth += (sign == "(") - (sign == ")")
        if sign == "," and not depth:
            given.append(Reader(before[0][start:at]).whole())
            start = at + 1
    return given, Reader(then).whole()


# Evaluating.


def value(t, at):
    """The value of a term or a formula at a point; ZeroDivisionError where it has none."""
    kind = t[0]
    if kind in ("number", "name"):
        return t[1] if kind == "number" else at[t[1]]
    if kind in ("True", "False"):
        return kind == "True"
    if kind == "^":
        return value(t[1], at) ** t[2]
    left = value(t[1], at)
    if kind == "if":
        return value(t[2 if left is True else 3], at)
    if kind in ("not", "and", "or", "=>", "<=>"):
        if not isinstance(left, bool):
            raise Wrong("a number where a truth value is needed")
        if kind == "not" or (left if kind == "or" else not left and kind in ("and", "=>")):
            return not left if kind in ("not", "=>") else left
        right = value(t[2], at)
        return left is right if kind == "<=>" else right
    right = value(t[2], at)
    if isinstance(left, bool) or isinstance(right, bool):
        raise Wrong("a truth value where a number is needed")
    if kind in RELATE:
        return RELATE[kind](left, right)
    return {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv}[kind](left, right)


def refuted(given, then, at):
    """None if the point refutes the statement, else why it does not."""
    try:
        if not all(value(fact, at) is True for fact in given):
            return "a hypothesis fails at the witness"
        return None if value(then, at) is False else "the conclusion holds at the witness"
    except ZeroDivisionError:
        return "a divisor vanishes at the witness"
    except KeyError as name:
        return f"the witness does not name {name}"


# Polynomials: {((name, power), ...): coefficient}.


def times(p, q):
    """The product of two polynomials."""
    found = {}
    for m, a in p.items():
        for n, b in q.items():
            powers = Counter(dict(m))
            powers.update(dict(n))
            key = tuple(sorted(powers.items()))
            found[key] = found.get(key, 0) + a * b
    return {m: c for m, c in found.items() if c}


def plus(p, q, weight=1):
    """The sum of a polynomial and a multiple of another."""
    found = dict(p)
    for m, c in q.items():
        found[m] = found.get(m, 0) + weight * c
    return {m: c for m, c in found.items() if c}


def constant(c):
    """A constant polynomial."""
    return {(): Fraction(c)} if c else {}


def power(p, n):
    """A power of a polynomial."""
    found = constant(1)
    for _ in range(n):
        found = times(found, p)
    return found


def divided(p, q):
    """The quotient of two polynomials if it is one, else None."""
    names = sorted({n for m in (*p, *q) for n, _ in m})
    order = lambda m: [dict(m).get(n, 0) for n in names]  # noqa: E731
    lead, found = max(q, key=order), {}
    while p:
        top = max(p, key=order)
        rest = Counter(dict(top))
        rest.subtract(dict(lead))
        if any(n < 0 for n in rest.values()):
            return None
        monomial = {tuple(sorted((n, k) for n, k in rest.items() if k)): p[top] / q[lead]}
        found = plus(found, monomial)
        p = plus(p, times(monomial, q), -1)
    return found


# Certificates.


class Certificate:
    """The cases of a certificate, each multiplied out, and what they show of a statement."""

    def __init__(self, proof):
        self.cases = [self._case(case) for case in proof["cases"]]
        self.signs = []
        for text in proof["signs"]:
            sign, left, right = Reader(text).whole()
            self.signs.append((plus(*(self._polynomial(t) for t in (left, right)), -1), sign))
        self._follow, self._matched = {}, {}

    def _polynomial(self, t):
        top, bottom = self.ratio(t, None)
        if bottom.keys() != {()}:
            raise Wrong("need a polynomial")
        return {m: c / bottom[()] for m, c in top.items()}

    def _case(self, case):
        """Multiply a case out; the facts that have to come from the statement, as (polynomial, relation)."""
        facts = []
        for text in case["facts"]:
            sign, left, right = Reader(text).whole()
            if sign not in (">", ">=", "=") or right != ("number", 0):
                raise Wrong(f"need a fact > 0, >= 0 or = 0, got {text}")
            square = left[0] == "^" and left[2] == 2 and sign == ">="
            facts.append((self._polynomial(left), sign, square))
        total, strict, used = {}, False, set()
        for weight, factors, *by in case["sum"]:
            weight, signs = Fraction(weight), {facts[i][1] for i in factors}
            if "=" not in signs and (by or weight < 0):
                raise Wrong("a weight is negative, or a product has a factor of unknown sign")
            strict |= weight > 0 and signs <= {">"}
            item = self._polynomial(Reader(by[0]).whole()) if by else constant(1)
            for i in factors:
                item = times(item, facts[i][0])
                used.add(i)
            total = plus(total, item, weight)
        if total or not strict:
            raise Wrong(
                "a certificate does not add up to zero" if total else "a certificate has no strict product"
            )
        return [facts[i][:2] for i in sorted(used) if not facts[i][2]]

    def ratio(self, t, known):
        """Numerator and denominator of a term; each divisor must be known not to vanish."""
        if t[0] == "number":
            return constant(t[1]), constant(1)
        if t[0] == "name":
            return {((t[1], 1),): Fraction(1)}, constant(1)
        if t[0] not in "+-*/^":
            raise Wrong(f"need arithmetic, got {t[0]}")
        p, q = self.ratio(t[1], known)
        if t[0] == "^":
            if t[2] < 0:
                self._divisor(p, known)
                p, q = q, p
            return power(p, abs(t[2])), power(q, abs(t[2]))
        r, s = self.ratio(t[2], known)
        if t[0] == "*":
            return times(p, r), times(q, s)
        if t[0] == "/":
            self._divisor(r, known)
            return times(p, s), times(q, r)
        weight = 1 if t[0] == "+" else -1
        return (plus(p, r, weight), q) if q == s else (plus(times(p, s), times(r, q), weight), times(q, s))

    def _divisor(self, p, known):
        if not p or self._sign(p, known) is None:
            raise Wrong("a divisor is not shown to be non-zero")

    def _sign(self, p, known):
        """1 or -1 if the polynomial is a product of factors of known signs, 0 if it is known not to vanish."""
        found, steps = 1, () if known is None else self.signs
        for factor, sign in steps:
            if len(p) == 1 and () in p:
                break
            count = 0
            while (rest := divided(p, factor)) is not None:
                p, count = rest, count + 1
            if count and not self.follows(known, factor, sign):
                p = times(p, power(factor, count))
            elif count % 2:
                found *= {">": 1, "<": -1, "!=": 0}[sign]
        if p.keys() != {()}:
            return None
        return found if p[()] > 0 else -found

    def follows(self, known, p, sign):
        """Whether a case of the certificate excludes each way in which all known holds and the relation does not."""
        key = (id(known), id(p), sign)
        if key not in self._follow:
            self._follow[key] = False, known, p  # nothing may rest on itself
            excluded = self.excluded([*known, ("not", ("atom", sign, p, constant(1), ()))])
            self._follow[key] = excluded, known, p
        return self._follow[key][0]

    def excluded(self, facts):
        """Whether some case contradicts each way in which the cleared formulas can all hold."""
        ways = product(*(self.ways(fact, True) for fact in facts))
        return all(
            any(self._fits(case, [atom for part in way for atom in part]) for case in self.cases)
            for way in ways
        )

    def _fits(self, case, atoms):
        return all(any(self._match(atom, p, sign) for atom in atoms) for p, sign in case)

    def _match(self, atom, p, sign):
        """Whether a fact is what an atom says: its polynomial, but for factors of known signs."""
        relation, top, bottom, known = atom
        key = (relation, id(top), id(bottom), id(known), id(p), sign)
        if key not in self._matched:  # what the ids stand for is kept with the answer
            self._matched[key] = self._same(relation, times(top, bottom), known, p, sign), atom, p
        return self._matched[key][0]

    def _same(self, relation, whole, known, p, sign):
        if not whole or not p:
            return not whole and not p and relation in (sign, sign.replace(">", "<"))
        rest = divided(whole, p)
        kept = None if rest is None else self._sign(rest, known)
        if kept is None or (kept == 0 and relation != "="):
            return False
        return relation == (sign if kept >= 0 else sign.replace(">", "<"))

    def cleared(self, t, known):
        """A formula whose relations are atoms (relation, numerator, denominator, what is known there)."""
        kind = t[0]
        if kind in ("True", "False"):
            return t
        if kind == "not":
            return ("not", self.cleared(t[1], known))
        if kind == "<=>":
            return (kind, self.cleared(t[1], known), self.cleared(t[2], known))
        if kind in ("and", "or", "=>"):
            left = self.cleared(t[1], known)
            return (kind, left, self.cleared(t[2], [*known, ("not", left) if kind == "or" else left]))
        if kind == "if":
            cond, yes, no = t[1:]
            return self.cleared(("or", ("and", cond, yes), ("and", ("not", cond), no)), known)
        if kind not in OPPOSITE:
            raise Wrong(f"need a formula, got {kind}")
        if case := first_case(t):
            return self.cleared(("if", case[1], put(t, case, case[2]), put(t, case, case[3])), known)
        return ("atom", kind, *self.ratio(("-", t[1], t[2]), known), known)

    def ways(self, t, wanted):
        """The ways in which a cleared formula can hold, or fail: lists of atoms."""
        kind = t[0]
        if kind in ("True", "False"):
            return [[]] if (kind == "True") == wanted else []
        if kind == "atom":
            relation = t[1] if wanted else OPPOSITE[t[1]]
            return [[(r, *t[2:])] for r in ("<>" if relation == "!=" else (relation,))]
        if kind == "not":
            return self.ways(t[1], not wanted)
        left, right = t[1:]
        if kind == "<=>":
            return self.ways(("or", ("and", left, right), ("and", ("not", left), ("not", right))), wanted)
        if kind == "=>":
            kind, left = "or", ("not", left)
        a, b = self.ways(left, wanted), self.ways(right, wanted)
        return [x + y for x in a for y in b] if (kind == "and") == wanted else a + b

    def shows(self, given, then):
        """Raise Wrong unless the cases show the statement."""
        known = []
        for fact in given:
            known.append(self.cleared(fact, tuple(known)))
        goal = self.cleared(then, tuple(known))
        if not self.excluded([*known, ("not", goal)]):
            raise Wrong("the certificate leaves out a way in which the statement could fail")


def first_case(t):
    """An innermost case distinction of numbers inside a relation."""
    for part in t[1:]:
        if isinstance(part, tuple) and (found := first_case(part)):
            return found
    return t if t[0] == "if" else None


def put(t, old, new):
    """Put a term in place of another."""
    if t == old:
        return new
    return tuple(put(part, old, new) if isinstance(part, tuple) else part for part in t)


# The ledger.


def entry(e):
    """What was re-checked of a verdict, or why it cannot be; Wrong if it does not hold."""
    engine, status = e["engine"], e["status"]
    if engine not in ENGINES or status not in ("PROVED", "REFUTED", "SUPPORTED", "OPEN"):
        raise Wrong(f"unknown engine or status: {engine} {status}")
    if (status == "SUPPORTED") != (engine == "trial" and status not in ("REFUTED", "OPEN")):
        raise Wrong(f"{engine} cannot say {status}")
    if (status == "REFUTED") != ("witness" in e) and engine != "enclosure":
        raise Wrong(f"{status} {'with' if 'witness' in e else 'without'} a witness")
    if status == "OPEN":
        return "open"
    if engine == "certificate":
        if status != "PROVED":
            raise Wrong("a certificate refutes nothing")
        if "proof" not in e:
            raise Wrong("no certificate")
        Certificate(e["proof"]).shows(*statement(e["formula"]))
        return "certificate multiplied out"
    if status == "REFUTED" and engine in ("smt", "algebra"):
        try:
            at = {name: Fraction(number) for name, number in e["witness"].items()}
        except ValueError:
            return "not re-checked: irrational witness"
        if why := refuted(*statement(e["formula"]), at):
            raise Wrong(why)
        return "witness evaluated"
    return f"not re-checked: {engine} ({ELSEWHERE[engine]})"


def added_up(entries):
    """The status that verdicts add up to."""
    parts = {}
    for e in entries:
        parts.setdefault(e.get("part", ""), set()).add("OPEN" if e.get("survivors") else e["status"])
    order = ("REFUTED", "CRASHED", "PROVED", "SUPPORTED", "OPEN")
    found = {
        "CONFLICT" if part >= {"PROVED", "REFUTED"} else next(s for s in order if s in part)
        for part in parts.values()
    } or {"OPEN"}
    return next(s for s in ("CONFLICT", "REFUTED", "CRASHED", "OPEN", "SUPPORTED", "PROVED") if s in found)


def referee(lines):
    """Re-check the ledger's lines: what was done, counted; and what is wrong."""
    done, wrong = Counter(), []
    for number, line in enumerate(lines, 1):
        name = f"line {number}"
        try:
            row = json.loads(line)
            name = row["id"]
            for e in row["engines"]:
                try:
                    done[entry(e)] += 1
                except Wrong as why:
                    wrong.append(f"{name}: {e['engine']}: {why}: {e['formula']}")
            for form in ("printed", "amended"):
                own = [e for e in row["engines"] if e["form"] == form]
                status = added_up(own) if own or form == "printed" else None
                undecided = any(c["form"] == form and not c["parts"] for c in row.get("clauses", ()))
                if undecided and status in ("PROVED", "SUPPORTED"):
                    status = "OPEN"  # a clause that nothing decides
                if form == "printed" and row.get("hedge") and status not in ("CONFLICT", "CRASHED"):
                    status = "APPROXIMATE"  # the sentence says about how much
                if row[f"{form}_status"] != status:
                    wrong.append(f"{name}: {form}: the verdicts do not add up to {row[f'{form}_status']}")
        except Exception as garbage:  # whatever a damaged line raises, it is no yes
            wrong.append(f"{name}: cannot be read: {type(garbage).__name__}: {garbage}")
    if not done:
        wrong.append("nothing was re-checked")
    return done, wrong


def main(words):
    """Print what was re-checked and what was not; 1 if anything is wrong."""
    path = Path(words[0]) if words else Path(__file__).with_name("ledger.jsonl")
    done, wrong = referee(path.read_text(encoding="utf-8").splitlines())
    for what, count in sorted(done.items()):
        print(f"{count:5}  {what}")
    for line in wrong:
        print(f"wrong: {line}", file=sys.stderr)
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
