"""Which functions of the theory a file names, and wrong variants to put in their place."""

import ast
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from sitheory import theory

Formula = tuple[ModuleType, str]
"""A function of the theory by its module, or by the package that lifts it, and its name there."""


def named(path: Path, calls: bool = False) -> list[Formula]:
    """The theory's functions that a file names, in order; with those that they call in their own module."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    homes = {
        alias.asname or alias.name: value
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module in ("sitheory", "sitheory.theory")
        for alias in node.names
        if isinstance(value := theory if alias.name == "theory" else vars(theory).get(alias.name), ModuleType)
    }
    waiting = [
        (homes[node.value.id], node.attr)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in homes
    ]
    found = set()
    while waiting:
        home, name = waiting.pop()
        if isinstance(right := getattr(home, name), FunctionType):
            found.add((home, name))
            waiting += [(home, n) for n in right.__code__.co_names if calls and n in vars(home)]
    return sorted(found, key=lambda formula: (formula[0].__name__, formula[1]))


def label(formula: Formula) -> str:
    """For example ``regimes.level``."""
    home, name = formula
    return f"{home.__name__.rsplit('.', 1)[1]}.{name}"


def quarter_more(right: Callable) -> Callable:
    """A wrong variant: a quarter added to every number that the formula gives."""
    return lambda *given, **named: _each(lambda out: out + _quarter(out), right(*given, **named))


def quarter_less(right: Callable) -> Callable:
    """A quarter taken off: a bound from above notices no other error."""
    return lambda *given, **named: _each(lambda out: out - _quarter(out), right(*given, **named))


def hundredfold(right: Callable) -> Callable:
    """A hundred times the number: a quarter is little beside large ones, and the larger of two hides the other."""
    return lambda *given, **named: _each(lambda out: 100 * out, right(*given, **named))


def halved(right: Callable) -> Callable:
    """Half of the number."""
    return lambda *given, **named: _each(lambda out: out * 2 * _quarter(out), right(*given, **named))


VARIANTS = (quarter_more, quarter_less, hundredfold, halved)


def _each(change: Callable[[Any], Any], out: Any) -> Any:
    return type(out)(_each(change, part) for part in out) if isinstance(out, (list, tuple)) else change(out)


def _quarter(out: Any) -> Any:
    """In the number's own arithmetic."""
    return Fraction(1, 4) if isinstance(out, (int, Fraction)) else 0.25


@contextmanager
def replaced(formula: Formula, variant: Callable[[Callable], Callable] = quarter_more) -> Iterator[None]:
    """Give a formula's function object a variant's code for a while, whatever name it goes by."""
    function = getattr(*formula)
    code, defaults, own = function.__code__, function.__defaults__, function.__globals__
    right = FunctionType(code, own, function.__name__, defaults)
    own["_variant"] = variant(right)
    function.__code__, function.__defaults__ = _CALLS_VARIANT, None
    try:
        yield
    finally:
        function.__code__, function.__defaults__ = code, defaults
        del own["_variant"]


_CALLS_VARIANT = eval("lambda *given, **named: _variant(*given, **named)", {}).__code__
"""In the formula's module, where nothing else is called so."""
