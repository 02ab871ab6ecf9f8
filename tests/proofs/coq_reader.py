"""The Coq text of a statement of terms, evaluated at a point by Coq's own precedences and with nothing of the printer.

Levels, loosest first, as Coq's standard library reserves them: ``->`` 99 and from the right, ``<->`` 95 alone,
``\\/`` 85 and ``/\\`` 80 from the right, ``~`` 75,
relations 70 alone, ``+ -`` 50 and ``* /`` 40 from the left, unary ``- /`` 35,
``^`` 30, ``Rabs`` 10.
"""

import operator
import re
from fractions import Fraction

TOKEN = re.compile(r"\s*(<->|->|<>|<=|>=|\\/|/\\|[-+*/^()<>=~,:]|\d+|[A-Za-z_]\w*)")
RELATIONS = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq, "<>": operator.ne,
}  # fmt: skip


class Reader:
    """Reads and evaluates at once; a divisor that vanishes raises ZeroDivisionError."""

    def __init__(self, text, point):
        self.tokens, at = [], 0
        while text[at:].strip():
            match = TOKEN.match(text, at)
            if match is None:
                raise SyntaxError(text[at:])
            self.tokens.append(match[1])
            at = match.end()
        self.tokens.append("end")
        self.point = point

    def took(self, *wanted):
        return self.tokens.pop(0) if self.tokens[0] in wanted else None

    def need(self, wanted):
        if not self.took(wanted):
            raise SyntaxError(f"need {wanted}, got {self.tokens}")

    def statement(self):
        """``forall x y : R, ...`` to the end."""
        if self.took("forall"):
            names = []
            while not self.took(":"):
                names.append(self.tokens.pop(0))
            if len(set(names)) != len(names):
                raise SyntaxError(f"a name is bound twice in {names}")
            self.need("R")
            self.need(",")
            self.point = dict(zip(names, self.point, strict=True))
        found = self.arrow()
        self.need("end")
        return found

    def arrow(self):
        left = self.same()
        if self.took("->"):
            right = self.arrow()
            return not left or right
        return left

    def same(self):
        left = self.either()
        return left == self.either() if self.took("<->") else left

    def either(self):
        left = self.both()
        if self.took("\\/"):
            right = self.either()
            return left or right
        return left

    def both(self):
        left = self.negated()
        if self.took("/\\"):
            right = self.both()
            return left and right
        return left

    def negated(self):
        return not self.negated() if self.took("~") else self.related()

    def related(self):
        left = self.added()
        sign = self.took(*RELATIONS)
        return RELATIONS[sign](left, self.added()) if sign else left

    def added(self):
        found = self.multiplied()
        while sign := self.took("+", "-"):
            right = self.multiplied()
            found = found + right if sign == "+" else found - right
        return found

    def multiplied(self):
        found = self.turned()
        while sign := self.took("*", "/"):
            right = self.turned()
            found = found * right if sign == "*" else found / right
        return found

    def turned(self):
        if self.took("-"):
            return -self.turned()
        if self.took("/"):
            return 1 / self.turned()
        base = self.applied()
        if self.took("^"):
            return base ** int(self.tokens.pop(0))
        return base

    def applied(self):
        return abs(self.atom()) if self.took("Rabs") else self.atom()

    def atom(self):
        if self.took("("):
            found = self.arrow()
            self.need(")")
            return found
        token = self.tokens.pop(0)
        if token in ("True", "False"):
            return token == "True"
        return Fraction(int(token)) if token.isdecimal() else self.point[token]


def truth(text, point):
    """Whether the proposition holds at the values of its variables, in the order of its binder."""
    return Reader(text, point).statement()
