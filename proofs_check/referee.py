"""A second reader of the committed ledger: ``python proofs_check/referee.py [ledger.jsonl]``.

It shares no code with what wrote the ledger: it parses the printed formulas by itself, evaluates witnesses and
multiplies certificates out with ``fractions`` alone. What it cannot decide again it lists, with the reason.

Formulas: ``h1, h2  =>  c`` (two spaces around that arrow); then, loosest first, ``<=>``, ``=>``, ``or``, ``and``,
``not``, one relation, ``+ -``, ``* /``, unary ``-``, ``^`` with a whole exponent; ``|x|`` and ``if(c; a; b)``. They are
evaluated from the left and no further than needed; where a divisor that is met vanishes, a formula has no value.
``vectors(x, g)`` says that no principal minor of the matrix of ``x_dot_x``, ``x_dot_g``, ``g_dot_g`` is negative, with
``; dimension 2`` (of ``x_dot2_x``, ..) that those of more rows vanish.

A certificate is a list of cases. The facts of a case contradict each other: products of them, with weights that are
not negative (any weight, and any multiplier, for a product with a fact ``p = 0``), add up to zero as rational
functions, and a strict one counts. So a case closes each branch of the evaluation in which its facts hold; and where
all hold but the one that is ``turned``, the opposite of that one holds. Every branch in which the statement is false,
or a divisor vanishes, has to be closed.
"""

import json
import operator
import re
import sys
from collections import Counter
from fractions import Fraction
from functools import reduce
from itertools import combinations
from pathlib import Path

TOKEN = re.compile(r"\s*(<=>|=>|<=|>=|!=|[-+*/^()<>=|;,]|\d+|[^\W\d][\w'′]*)")
OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "=": "!=", "!=": "="}
VECTORS = re.compile(r"\bvectors\(([\w, ]+)(?:; dimension (\d+))?\)")
LEVELS = (("<=>",), ("=>",), ("or",), ("and",), (), tuple(OPPOSITE), ("+", "-"), ("*", "/"))
NEGATION, RELATION, SUM, ATOM = 4, 5, 6, 8
APPLY = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq, "!=": operator.ne,
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
}  # fmt: skip
ELSEWHERE = {
    "certificate": "", "kernel": "decided by Coq's kernel", "smt": "decided by solvers",
    "induction": "start and step by solvers",
    "algebra": "a polynomial identity, or an ideal", "enclosure": "balls", "trial": "trials and searches",
}  # fmt: skip
ZERO, TRUE, FALSE, ONE = ("number", Fraction(0)), ("True",), ("False",), {(): Fraction(1)}


class Wrong(Exception):
    """What the ledger says does not hold, or cannot be read."""


class Reader:
    """Reads a formula into nested tuples, each with its operation first."""

    def __init__(self, text):
        self.tokens = [*TOKEN.findall(text), ""]
        if "".join(self.tokens) != "".join(text.split()):
            raise Wrong(f"cannot read {text!r}")

    def took(self, *wanted):
        """Take the next token if it is one of these."""
        return self.tokens.pop(0) if self.tokens[0] in wanted else None

    def inside(self, end="", level=0):
        """Read what stands before a token, the end of the text if it is empty."""
        found = self.chain(level) if level != ATOM else None
        if self.tokens.pop(0) != end:
            raise Wrong(f"need {end!r} after {found}")
        return found

    def chain(self, level=0):
        """Read what operations of one level join, from the left; a relation joins two."""
        if level == ATOM:
            return self.signed()
        if level == NEGATION and self.took("not"):
            return ("not", self.chain(level))
        found = self.chain(level + 1)
        while sign := self.took(*LEVELS[level]):
            found = (sign, found, self.chain(level + 1))
            if level == RELATION:
                break
        return found

    def signed(self):
        """Read a power, or a minus and what follows."""
        if self.took("-"):
            return ("-", ZERO, self.signed())
        base = self.atom()
        if not self.took("^"):
            return base
        sign = -1 if self.took("-") else 1
        exponent = self.atom()
        if exponent[0] != "number":
            raise Wrong(f"need a whole exponent, got {exponent}")
        return ("^", base, sign * int(exponent[1]))

    def atom(self):
        """Read a number, a name, a case distinction, or what stands in brackets."""
        first = self.tokens.pop(0)
        if first == "(":
            return self.inside(")")
        if first == "|":
            inside = self.inside("|", SUM)
            return ("if", (">", inside, ZERO), inside, ("-", ZERO, inside))
        if first == "if":
            self.inside("(", ATOM)
            return ("if", *(self.inside(mark) for mark in ";;)"))
        if first.isdecimal():
            return ("number", Fraction(first))
        if not (first[:1].isalpha() or first[:1] == "_") or first in ("or", "and", "not"):
            raise Wrong(f"need a number or a name, got {first!r}")
        return (first,) if first in ("True", "False") else ("name", first)


def statement(text):
    """The hypotheses and the conclusion."""
    *before, then = text.split("  =>  ")
    if len(before) > 1:
        raise Wrong("two arrows")
    given, reader = [], Reader(VECTORS.sub(minors, ", ".join(before)))
    while before and (not given or reader.took(",")):
        given.append(reader.chain())
    if reader.tokens != [""]:
        raise Wrong(f"cannot read {reader.tokens}")
    return given, Reader(then).inside()


def minors(found):
    """The facts that some vectors are real."""
    names, dimension = found[1].split(", "), found[2] or ""

    def minor(rows, columns):
        if not rows:
            return "1"
        entries = (
            f"{min(rows[0], c, key=names.index)}_dot{dimension}_{max(rows[0], c, key=names.index)}"
            for c in columns
        )
        parts = (f"{e} * ({minor(rows[1:], columns[:j] + columns[j + 1 :])})" for j, e in enumerate(entries))
        return "".join(f" {'-' if j % 2 else '+'} {part}" for j, part in enumerate(parts)).removeprefix(" + ")

    chosen = [some for k in range(1, len(names) + 1) for some in combinations(names, k)]
    relation = lambda rows: "=" if dimension and len(rows) > int(dimension) else ">="  # noqa: E731
    return ", ".join(f"{minor(rows, rows)} {relation(rows)} 0" for rows in chosen)


def plain(t):
    """A connective as the case distinction that it is: what comes first decides whether the rest is met."""
    kind, a, b = (*t, None, None)[:3]
    cases = {
        "not": (FALSE, TRUE),
        "and": (b, FALSE),
        "or": (TRUE, b),
        "=>": (b, TRUE),
        "<=>": (b, ("not", b)),
    }
    return ("if", a, *cases[kind]) if kind in cases else t


def value(t, at):
    """The value of a term or a formula at a point; ZeroDivisionError where it has none."""
    kind, *parts = t = plain(t)
    if kind in ("number", "name"):
        return t[1] if kind == "number" else at[t[1]]
    if kind in ("True", "False"):
        return kind == "True"
    left = value(parts[0], at)
    if isinstance(left, bool) != (kind == "if"):
        raise Wrong("a number where a truth value is needed, or the other way round")
    if kind == "if":
        return value(parts[1 if left else 2], at)
    right = parts[1] if kind == "^" else value(parts[1], at)
    if isinstance(right, bool):
        raise Wrong("a truth value where a number is needed")
    return left**right if kind == "^" else APPLY[kind](left, right)


# Polynomials, {((name, power), ...): coefficient}, and rational functions, pairs of them.


def times(p, q):
    """The product of two polynomials."""
    found = Counter()
    for m, a in p.items():
        for n, b in q.items():
            found[tuple(sorted((Counter(dict(m)) + Counter(dict(n))).items()))] += a * b
    return {m: c for m, c in found.items() if c}


def plus(p, q, weight=1):
    """The sum of a polynomial and a multiple of another."""
    found = {m: p.get(m, 0) + weight * q.get(m, 0) for m in {**p, **q}}
    return {m: c for m, c in found.items() if c}


def total(p, q, r, s, weight=1):
    """The sum p/q + weight r/s."""
    return (plus(p, r, weight), q) if q == s else (plus(times(p, s), times(r, q), weight), times(q, s))


def ratio(t, divisors):
    """Numerator and denominator of a term; each divisor that is met is added to the list."""
    kind = t[0]
    if kind == "number":
        return ({(): t[1]} if t[1] else {}), ONE
    if kind == "name":
        return {((t[1], 1),): Fraction(1)}, ONE
    if kind not in "+-*/^":
        raise Wrong(f"need arithmetic, got {kind}")
    p, q = ratio(t[1], divisors)
    if kind == "^":
        if t[2] < 0:
            divisors.append((p, q))
            p, q = q, p
        return tuple(reduce(times, [side] * abs(t[2]), ONE) for side in (p, q))
    r, s = ratio(t[2], divisors)
    if kind == "*":
        return times(p, r), times(q, s)
    if kind == "/":
        divisors.append((r, s))
        return times(p, s), times(q, r)
    return total(p, q, r, s, 1 if kind == "+" else -1)


class Certificate:
    """The cases of a certificate, each multiplied out, and what they show of a statement.

    Branches are sets of facts (i, sign, relation): the i-th rational function times the sign is ``>`` or ``>=`` 0. The
    function number 0 is 1.
    """

    def __init__(self, proof):
        self.functions, self._numbers = [(ONE, ONE)], {}
        self.cases = [self._case(case) for case in proof["cases"]]

    def _case(self, case):
        """Multiply a case out: the facts that a branch needs, and what one of these then follows, if any."""
        facts = [self._fact(Reader(text).inside()) for text in case["facts"]]
        top, bottom, strict = {}, ONE, False
        for weight, factors, *by in case["sum"]:
            weight, signs = Fraction(weight), {facts[i][1] for i in factors}
            if "=" not in signs and (by or weight < 0):
                raise Wrong("a weight is negative, or a product has a factor of unknown sign")
            strict |= weight > 0 and signs <= {">"}
            p, q = ratio(Reader(by[0]).inside() if by else ("number", 1), [])
            if q.keys() != {()}:
                raise Wrong("a multiplier is no polynomial")
            for i in factors:
                p, q = times(p, facts[i][0][0]), times(q, facts[i][0][1])
            top, bottom = total(top, bottom, p, q, weight)
        if top or not strict:
            raise Wrong(f"a certificate {'does not add up to zero' if top else 'has no strict product'}")
        turned, follows = case.get("turned"), []
        if turned is not None:
            (p, q), relation, _ = facts.pop(turned)
            if q.keys() != {()}:
                raise Wrong("what is turned is no polynomial")
            opposite = {">": ("<=",), ">=": ("<",), "=": ("<", ">")}[relation]
            follows = [self.known(p, q, sign) for sign in opposite]
        needs = (self.known(*function, relation) for function, relation, square in facts if not square)
        return frozenset().union(*needs), follows

    def _fact(self, t):
        """A fact as a rational function and its relation to zero, and whether it is a square that needs no reason."""
        sign, left, right = t
        function = ratio(left, [])
        if sign not in (">", ">=", "=") or right != ZERO or not function[1]:
            raise Wrong("need facts > 0, >= 0 or = 0")
        square = left[0] == "^" and left[2] % 2 == 0 and sign == ">=" and function[1].keys() == {()}
        return function, sign, square

    def known(self, top, bottom, relation):
        """What a relation of a rational function to zero says, as a set of facts."""
        number, scale = self._number(top, bottom)
        sign = (scale > 0) - (scale < 0)
        if relation == "=":
            return frozenset((number, s, ">=") for s in (1, -1) if sign)
        if not sign:
            return frozenset([(0, -1, ">")] if relation in "<>" else [])
        sign, relation = (-sign, relation.replace("<", ">")) if "<" in relation else (sign, relation)
        return frozenset((number, sign, weaker) for weaker in {relation, ">="})

    def _number(self, top, bottom):
        """Which rational function it is, up to a number, and that number."""
        key = (frozenset(top.items()), frozenset(bottom.items()))
        if key not in self._numbers:
            self._numbers[key] = 0, Fraction(0)
            for number, (p, q) in enumerate(self.functions):
                left, right = times(top, q), times(p, bottom)
                scales = {left[m] / right[m] for m in left} if left.keys() == right.keys() else ()
                if len(scales) == 1:
                    self._numbers[key] = number, scales.pop()
                    break
            else:
                if top:
                    self.functions.append((top, bottom))
                    self._numbers[key] = len(self.functions) - 1, Fraction(1)
        return self._numbers[key]

    def branches(self, branch):
        """A branch with what the cases add to it, or the branches that it splits into: none if it is closed."""
        if any((i, -sign, ">=") in branch for i, sign, relation in branch if relation == ">"):
            return []
        for needs, follows in self.cases:
            if needs <= branch and not any(facts <= branch for facts in follows):
                return [b for facts in follows for b in self.branches(branch | facts)]
        return [branch]

    def closed(self, todo, branch):
        """Whether no branch stays open in which formulas come out as they are wanted to, one after the other."""
        if not todo:
            return False
        (t, wanted), *rest = todo
        kind, *parts = t = plain(t)
        if kind in ("True", "False"):
            return (kind == "True") != wanted or self.closed(rest, branch)
        if kind in OPPOSITE and (case := first_case(t)):
            kind, parts = "if", (case[1], put(t, case, case[2]), put(t, case, case[3]))
        if kind == "if":
            ways = (parts[0], True), (parts[1], wanted), (parts[0], False), (parts[2], wanted)
            return all(self.closed([*way, *rest], branch) for way in (ways[:2], ways[2:]))
        if kind not in OPPOSITE:
            raise Wrong(f"need a formula, got {kind}")
        return self._related(kind if wanted else OPPOSITE[kind], ("-", *parts), rest, branch)

    def _related(self, relation, difference, rest, branch):
        """The same after a relation to zero, whose divisors may not vanish where it is met."""
        divisors = []
        function = ratio(difference, divisors)
        for divisor in divisors:
            if self.branches(branch | self.known(*divisor, "=")):
                raise Wrong("a divisor is not shown to be non-zero")
        added = [self.known(*function, sign) for sign in ("<>" if relation == "!=" else (relation,))]
        return all(self.closed(rest, b) for facts in added for b in self.branches(branch | facts))

    def shows(self, given, then):
        """Raise Wrong unless the cases show the statement."""
        todo = [*((fact, True) for fact in given), (then, False)]
        if not self.closed(todo, self.known(ONE, ONE, ">")):
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


def entry(e):
    """What was re-checked of a verdict, or why it cannot be; Wrong if it does not hold."""
    engine, status = e["engine"], e["status"]
    if engine not in ELSEWHERE or status not in ("PROVED", "REFUTED", "SUPPORTED", "OPEN"):
        raise Wrong(f"unknown engine or status: {engine} {status}")
    if (status == "SUPPORTED") != (engine == "trial" and status not in ("REFUTED", "OPEN")):
        raise Wrong(f"{engine} cannot say {status}")
    if status == "OPEN":  # a trial's with a measured counterexample, which is not exact
        return "open"
    if (status == "REFUTED") != ("witness" in e) and engine != "enclosure":
        raise Wrong(f"{status} {'with' if 'witness' in e else 'without'} a witness")
    if engine == "certificate":
        if status != "PROVED" or "proof" not in e:
            raise Wrong("no certificate")
        Certificate(e["proof"]).shows(*statement(e["formula"]))
        return "certificate multiplied out"
    if status == "REFUTED" and engine in ("smt", "algebra"):
        if any(number.startswith("root of ") for number in e["witness"].values()):
            return "not re-checked: irrational witness"
        at, (given, then) = {n: Fraction(v) for n, v in e["witness"].items()}, statement(e["formula"])
        if not all(value(fact, at) is True for fact in given) or value(then, at) is not False:
            raise Wrong("a hypothesis fails at the witness, or the conclusion holds")
        if any(re.search(r"\w_dot\d*_\w", name) for name in at) and not VECTORS.search(e["formula"]):
            return "not re-checked: that vectors have the products of a witness, which was evaluated"
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
