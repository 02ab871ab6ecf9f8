"""What the language of statements takes, and nothing else: real arithmetic, comparisons and connectives.

Every statement is read through ``checked`` when it is made, before any engine sees it: what is not on the list is an
error of one line, and is never read as something else. Python's ``and``, ``or``, ``not``, chained comparisons and
``all`` ask a term for its truth value; a term of this language has none, so they raise.
"""

import re
import unicodedata
from numbers import Rational
from typing import Any, NoReturn

import z3

TAKES = (
    "need real variables, rational constants, + - * / abs, whole powers, < <= > >= == !=, And, Or, Not, Implies and If "
    "of reals"
)
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
_WORDS = frozenset({"and", "or", "not", "if", "True", "False"})


def no_truth_value(term: Any) -> NoReturn:
    """Refuse to take a term for a Python Boolean.

    Raises:
        TypeError: Always.
    """
    raise TypeError(
        "need And(..), Or(..), Not(..) of terms, got Python's and, or, not, if, all or a chained comparison on "
        f"{' '.join(str(term).split())}"
    )


# z3 itself answers for ``==`` by comparing the two sides as texts, so that ``x == 1 and y > 5`` would lose a side.
z3.BoolRef.__bool__ = no_truth_value

_real_value = z3.z3.RealVal


def exact_value(value: Any, ctx: Any = None) -> Any:
    """A rational constant of an exact number: z3 reads a float as the decimal that Python prints for it.

    Raises:
        ValueError: If it is none, a float for instance.
    """
    if isinstance(value, bool) or not isinstance(value, Rational | str):
        raise ValueError(
            f"need an exact number, such as Q(1, 10), got {value!r} of type {type(value).__name__}"
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
            raise ValueError(f"{TAKES}, got {shown} of Python's type {type(part).__name__}")
        if (
            part.ctx != z3.main_ctx()
        ):  # terms are told apart by their numbers, which another context gives again
            raise ValueError(f"need terms of z3's main context, got {_shown(part)} of another one")
        if part.sort_kind() != wanted:
            raise ValueError(f"{TAKES}, got {_shown(part)} of sort {part.sort()}")
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
        raise ValueError(f"need real variables, got {term!r}")
    return checked(term, _REAL)


def _arguments(part: Any) -> list[tuple[Any, int]]:
    """The arguments of an operation with the sorts that they must have.

    Raises:
        ValueError: If the operation is not on the list, or has another number of arguments.
    """
    if z3.is_quantifier(part) or not z3.is_app(part):
        raise ValueError(f"{TAKES}, got {_shown(part)}")
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
        raise ValueError(f"need a whole constant exponent of at most {GREATEST_POWER}, got {_shown(part)}")
    least, most, inside, result = _OPERATORS.get(kind, (1, 0, _REAL, _REAL))
    if not (least <= count <= most and part.sort_kind() == result):
        raise ValueError(f"{TAKES}, got {part.decl().name()} in {_shown(part)}")
    return [(child, inside) for child in part.children()]


def _whole_power(part: Any) -> bool:
    power = part.arg(1)  # a number as it stands: one that is worked out may hide a divisor
    whole = bool(z3.is_rational_value(power)) and power.denominator_as_long() == 1
    return whole and abs(power.numerator_as_long()) <= GREATEST_POWER


def _shown(part: Any) -> str:
    return re.sub(r"\s+", " ", str(part))
