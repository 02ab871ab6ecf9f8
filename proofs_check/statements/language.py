"""What the language of statements takes, and nothing else: real arithmetic, comparisons and connectives.

Every statement is read through ``checked`` when it is made, before any engine sees it: what is not on the list is an
error of one line, and is never read as something else. Python's ``and``, ``or``, ``not``, chained comparisons and
``all`` ask a term for its truth value; a term of this language has none, so they raise.
"""

import re
import unicodedata
from collections.abc import Callable
from numbers import Rational
from typing import Any, NoReturn

import z3

TAKES = (
    "need real variables, rational constants, + - * / abs, whole powers, < <= > >= == !=, And, Or, Not, Implies and If "
    "of reals"
)
NEAREST = {
    "function": "everywhere(..) takes exp, log, erf and trigonometric functions over a box; a variable stands for f(x) "
    "with the inequalities that are used of it; all arguments are for the kernel",
    "root": "root(term, name) gives a square root; another root is a variable with its power given",
    "power": "a power of time is a state variable of a Process; root(term, name) gives a square root; a symbolic "
    "exponent is for the kernel",
    "integer": "a real variable with what is used of the integer (k >= 1); a Process counts steps; a statement that "
    "needs whole numbers is for the kernel, over nat",
    "quantifier": "variables are for all reals already; what exists is named by a term, or by a variable with given "
    "facts; alternating quantifiers, limits among them, are for the kernel",
    "cases": "If(x > y, x, y) for a maximum, abs(x) for |x|",
    "float": "Q(p, q); root(term, name) for a power 1/2; a variable between two exact numbers for pi or e",
    "vector": "inner products x @ y of Vectors(..), in every dimension; in a Process each that changes is a state",
}
"""What to write in place of something that is not on the list, by its kind."""
_REAL, _BOOL = z3.Z3_REAL_SORT, z3.Z3_BOOL_SORT
_MANY = 1_000_000
GREATEST_POWER = 100
"""Powers are multiplied out by some engines, and evaluated by all."""

# operator -> (least and greatest number of arguments, sort of the arguments, sort of the result)
_OPERATORS: dict[int, tuple[int, int, int, int]] = {
    z3.Z3_OP_ADD: (1, _MANY, _REAL, _REAL),
    z3.Z3_OP_SUB: (2, _MANY, _REAL, _REAL),
    z3.Z3_OP_MUL: (1, _MANY, _REAL, _REAL),
    z3.Z3_OP_DIV: (2, 2, _REAL, _REAL),
    z3.Z3_OP_UMINUS: (1, 1, _REAL, _REAL),
    z3.Z3_OP_POWER: (2, 2, _REAL, _REAL),
    z3.Z3_OP_LE: (2, 2, _REAL, _BOOL),
    z3.Z3_OP_LT: (2, 2, _REAL, _BOOL),
    z3.Z3_OP_GE: (2, 2, _REAL, _BOOL),
    z3.Z3_OP_GT: (2, 2, _REAL, _BOOL),
    z3.Z3_OP_DISTINCT: (2, 2, _REAL, _BOOL),
    z3.Z3_OP_AND: (1, _MANY, _BOOL, _BOOL),
    z3.Z3_OP_OR: (1, _MANY, _BOOL, _BOOL),
    z3.Z3_OP_NOT: (1, 1, _BOOL, _BOOL),
    z3.Z3_OP_IMPLIES: (2, 2, _BOOL, _BOOL),
    z3.Z3_OP_TRUE: (0, 0, _BOOL, _BOOL),
    z3.Z3_OP_FALSE: (0, 0, _BOOL, _BOOL),
}
_OF_INTEGERS = frozenset({z3.Z3_OP_TO_REAL, z3.Z3_OP_TO_INT, z3.Z3_OP_IS_INT})
_WORDS = frozenset({"and", "or", "not", "if", "True", "False"})


def no_truth_value(term: Any) -> NoReturn:
    """Refuse to take a term for a Python Boolean.

    Raises:
        TypeError: Always.
    """
    raise TypeError(
        "need And(..), Or(..), Not(..) of terms, got Python's and, or, not, if, all, max, min or a chained comparison "
        f"on {' '.join(str(term).split())}; nearest: {NEAREST['cases']}"
    )


# z3 itself answers for ``==`` by comparing the two sides as texts, so that ``x == 1 and y > 5`` would lose a side.
z3.BoolRef.__bool__ = no_truth_value


def _refuses(name: str, kind: str) -> Callable[..., NoReturn]:
    def refused(term: Any, *_: Any) -> NoReturn:
        raise TypeError(f"{TAKES}, got {name} of {_shown(term)}; nearest: {NEAREST[kind]}")

    return refused


# numpy calls a method of this name, math and Python's own functions a conversion: each then says what it met.
for _name in ("exp", "log", "log2", "log10", "log1p", "sin", "cos", "tan", "arctan", "sinh", "cosh", "tanh"):
    setattr(z3.ArithRef, _name, _refuses(_name, "function"))
for _name, _kind in (("sqrt", "root"), ("cbrt", "root"), ("floor", "integer"), ("ceil", "integer")):
    setattr(z3.ArithRef, _name, _refuses(_name, _kind))
z3.ArithRef.__float__ = _refuses("a float, as math's and scipy's functions take,", "function")
z3.ArithRef.__floor__ = z3.ArithRef.__ceil__ = z3.ArithRef.__mod__ = _refuses("a whole part", "integer")
z3.ArithRef.__matmul__ = _refuses("@", "vector")

_real_value = z3.z3.RealVal


def exact_value(value: Any, ctx: Any = None) -> Any:
    """A rational constant of an exact number: z3 reads a float as the decimal that Python prints for it.

    Raises:
        ValueError: If it is none, a float for instance.
    """
    if isinstance(value, bool) or not isinstance(value, Rational | str):
        nearest = f"; nearest: {NEAREST['float']}" if isinstance(value, float) else ""
        raise ValueError(
            f"need an exact number, such as Q(1, 10), got {value!r} of type {type(value).__name__}{nearest}"
        )
    return _real_value(value, ctx)


z3.z3.RealVal = z3.RealVal = exact_value


def checked_name(name: str) -> str:
    """Return a variable's name if it is one: an identifier, in Unicode's normal form, and no word of the language.

    Raises:
        ValueError: If it is not.
    """
    if not (name.isidentifier() and unicodedata.normalize("NFKC", name) == name) or name in _WORDS:
        raise ValueError(f"need a name that is an identifier and no word of the language, got {name!r}")
    return name


def checked(term: Any, sort: int = _BOOL) -> Any:
    """Return a term if all of it belongs to the language.

    Args:
        term: What is to be a real or a Boolean term.
        sort: Which of the two, ``z3.Z3_BOOL_SORT`` by default.

    Returns:
        The term.

    Raises:
        ValueError: If any part of it does not belong: which.
    """
    seen: set[int] = set()
    todo = [(term, sort)]
    while todo:
        part, wanted = todo.pop()
        if (
            not z3.is_expr(part) or type(part).__module__ != z3.z3.__name__
        ):  # a class of a user's may answer anything
            shown = "one" if z3.is_expr(part) else repr(part)
            raise ValueError(f"{TAKES}, got {shown} of Python's type {type(part).__name__}{_nearest(part)}")
        if (
            part.ctx != z3.main_ctx()
        ):  # terms are told apart by their numbers, which another context gives again
            raise ValueError(f"need terms of z3's main context, got {_shown(part)} of another one")
        if part.sort_kind() != wanted:
            raise ValueError(f"{TAKES}, got {_shown(part)} of sort {part.sort()}{_nearest(part)}")
        if part.get_id() in seen:
            continue
        seen.add(part.get_id())
        todo += _arguments(part)
    return term


def checked_variable(term: Any) -> Any:
    """Return a term if it is a real variable.

    Raises:
        ValueError: If it is not.
    """
    if not (z3.is_expr(term) and z3.is_const(term) and term.decl().kind() == z3.Z3_OP_UNINTERPRETED):
        raise ValueError(f"need real variables, got {term!r}{_nearest(term)}")
    return checked(term, _REAL)


def _arguments(part: Any) -> list[tuple[Any, int]]:
    """The arguments of an operation with the sorts that they must have.

    Raises:
        ValueError: If the operation is not on the list, or has another number of arguments.
    """
    if z3.is_quantifier(part) or not z3.is_app(part):
        raise ValueError(f"{TAKES}, got {_shown(part)}{_nearest(part)}")
    kind, count = part.decl().kind(), part.num_args()
    if kind == z3.Z3_OP_ANUM and count == 0:
        return []
    if kind == z3.Z3_OP_UNINTERPRETED and count == 0 and part.sort_kind() == _REAL:
        checked_name(part.decl().name())
        return []
    if kind == z3.Z3_OP_ITE:
        return list(zip(part.children(), (_BOOL, _REAL, _REAL), strict=True))
    if kind == z3.Z3_OP_EQ:
        inside = part.arg(0).sort_kind()
        if inside in (_REAL, _BOOL):
            return [(child, inside) for child in part.children()]
    if kind == z3.Z3_OP_POWER and not _whole_power(part):
        raise ValueError(
            f"need a whole constant exponent of at most {GREATEST_POWER}, got {_shown(part)}{_nearest(part)}"
        )
    least, most, inside, result = _OPERATORS.get(kind, (1, 0, _REAL, _REAL))
    if not (least <= count <= most and part.sort_kind() == result):
        raise ValueError(f"{TAKES}, got {part.decl().name()} in {_shown(part)}{_nearest(part)}")
    return [(child, inside) for child in part.children()]


def _whole_power(part: Any) -> bool:
    power = part.arg(1)  # a number as it stands: one that is worked out may hide a divisor
    whole = bool(z3.is_rational_value(power)) and power.denominator_as_long() == 1
    return whole and abs(power.numerator_as_long()) <= GREATEST_POWER


def _nearest(part: Any) -> str:
    """The nearest thing that the language has, after what was met; nothing where it is of no known kind."""
    if not z3.is_expr(part):
        return f"; nearest: {NEAREST['vector']}" if hasattr(type(part), "__matmul__") else ""
    whole = part.sort_kind() == z3.Z3_INT_SORT or (z3.is_app(part) and part.decl().kind() in _OF_INTEGERS)
    applied = z3.is_app(part) and part.decl().kind() == z3.Z3_OP_UNINTERPRETED
    powered = z3.is_app(part) and part.decl().kind() == z3.Z3_OP_POWER
    kinds = {"quantifier": z3.is_quantifier(part), "integer": whole, "power": powered, "function": applied}
    return next((f"; nearest: {NEAREST[kind]}" for kind, met in kinds.items() if met), "")


def _shown(part: Any) -> str:
    return re.sub(r"\s+", " ", str(part))
