"""Which theory functions change the claims' statements when they are wrong: prints JSON, file -> formula -> how.

Every formula of a file is first marked at once, by an unknown added to what it gives: a statement that holds the mark
is built from it. A formula without a mark is then made wrong by itself, the file loaded anew; last, the checks whose
code reaches it are run, for a trial or an enclosure calls it when it decides.
"""

import contextlib
import dataclasses
import functools
import importlib
import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.util import module_from_spec
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import z3

from proofs_check.verdicts import book
from proofs_check.verdicts.claims import Claim, Verdict
from tests.theory.wrong_formulas import VARIANTS, Formula, label, named, replaced

ROOT = Path(book.__file__).parents[1]


def files() -> list[Path]:
    """The claim files and what they share, as far as they name the theory."""
    return [path for path in sorted(ROOT.rglob("*.py")) if named(path)]


def module_of(path: Path) -> ModuleType:
    return importlib.import_module(".".join(path.relative_to(ROOT.parent).with_suffix("").parts))


def anew(module: ModuleType) -> str:
    """What a file holds after it is executed once more, apart from its functions, as text."""
    assert module.__spec__ is not None and module.__spec__.loader is not None
    fresh = module_from_spec(module.__spec__)
    module.__spec__.loader.exec_module(fresh)
    return "\n".join(f"{k} = {shown(v)}" for k, v in vars(fresh).items() if not k.startswith("__"))


def shown(value: Any) -> str:
    if z3.is_expr(value):
        return value.sexpr()
    if isinstance(value, Mapping):
        return "".join(shown(item) for item in value.items())
    if isinstance(value, (list, tuple, set, frozenset)):
        return f"({' '.join(map(shown, value))})"
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return shown([getattr(value, field.name) for field in dataclasses.fields(value)])
    if isinstance(value, (FunctionType, ModuleType, type)):
        return ""
    return re.sub(r" at 0x[0-9a-f]+", "", repr(value))


def mark(formula: Formula) -> str:
    """The name of the unknown."""
    return f"{label(formula).replace('.', '_')}_marked"


def marked(unknown: str, right: Any, *given: Any) -> Any:
    """What a formula gives, with the unknown added where it is given symbols."""

    def with_mark(out: Any) -> Any:
        if isinstance(out, (list, tuple)):
            return type(out)(map(with_mark, out))
        return out + z3.Real(unknown) if z3.is_arith(out) else out

    return with_mark(right(*given))


def with_all_marked(module: ModuleType, formulas: list[Formula]) -> str:
    try:
        with contextlib.ExitStack() as stack:
            for home, name in formulas:
                right = getattr(home, name)
                stack.callback(setattr, home, name, right)
                setattr(home, name, functools.partial(marked, mark((home, name)), right))
            return anew(module)
    except (
        Exception
    ):  # a file may refuse what is wrong when it is loaded: then each formula is tried by itself
        return ""


def differs(module: ModuleType, formula: Formula, before: str) -> bool:
    try:
        with replaced(formula):
            return anew(module) != before
    except Exception:  # it fails, which is seen
        return True


def decisions(claims: Sequence[Claim]) -> list[tuple[Callable[[], Any], "Reached"]]:
    """The functions without arguments that decide the claims' checks and their mutants or give their derivations."""
    checks = [check for claim in claims for form in claim.forms for check in form.checks]
    functions = [
        *(part.decide for check in checks for part in (check, *check.mutants)),
        *(claim.derivation for claim in claims if claim.derivation),
    ]
    return [(function, found) for function in functions if (found := reached(function)).names]


@functools.cache
def decisions_of_all() -> list[tuple[Callable[[], Any], "Reached"]]:
    """Those of the whole ledger."""
    return decisions(list(book.load().values()))


@dataclasses.dataclass
class Reached:
    """What a call may come to: names in functions of ``proofs_check``, each with its module, and what they remember."""

    names: set[tuple[str, str]]
    memories: list[Any]


def reached(start: Any) -> Reached:
    """Follow globals, closures, arguments kept and fields."""
    waiting, seen, found = [start], set(), Reached(set(), [])
    while waiting:
        value = waiting.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, functools.partial):
            waiting += [value.func, *value.args]
        elif isinstance(value, functools._lru_cache_wrapper):
            found.memories.append(value)
            waiting.append(value.__wrapped__)
        elif isinstance(value, (list, tuple)):
            waiting += value
        elif dataclasses.is_dataclass(value) and not isinstance(value, type):
            waiting += [getattr(value, field.name) for field in dataclasses.fields(value)]
            waiting.append(type(value))
        elif isinstance(value, type) and value.__module__.startswith("proofs_check"):
            waiting += [getattr(part, "fget", part) for part in vars(value).values()]
        elif isinstance(value, FunctionType) and value.__module__.startswith(
            ("proofs_check", "sitheory.theory")
        ):
            names = names_in(value.__code__)
            found.names |= {(value.__module__, name) for name in {*names, value.__name__}}
            waiting += [value.__globals__[name] for name in names if name in value.__globals__]
            waiting += [cell.cell_contents for cell in value.__closure__ or ()]
    return found


@functools.cache
def names_in(code: CodeType) -> frozenset[str]:
    """The names of a function's code and of those in it."""
    inner = [names_in(part) for part in code.co_consts if isinstance(part, CodeType)]
    return frozenset(code.co_names).union(*inner)


def decided(function: Callable[[], Any], memories: Sequence[Any]) -> str:
    """What it decides, or how it fails, as text; nothing is remembered."""
    for memory in memories:
        memory.cache_clear()
    try:
        given = function()
        if isinstance(given, Verdict):
            return shown([given.status, given.rests_on, given.witness, given.reason])
        return shown([[derivation.gaps(), derivation.lines()] for derivation in given])
    except Exception as failure:
        return f"{type(failure).__name__}: {failure}"


def deciders(module: ModuleType) -> Iterator[tuple[Callable[[], Any], Reached]]:
    """Those of the file's own claims, then, if they do not do, those of all: others take its attacks and trials."""
    yield from decisions(getattr(module, "CLAIMS", ()))
    yield from decisions_of_all()


def decides_otherwise(module: ModuleType, formula: Formula) -> bool:
    """Whether something is decided otherwise with one of the wrong variants."""
    home, name = formula
    places = {(module.__name__, name), (getattr(home, name).__module__, name)}
    for function, found in deciders(module):
        if places & found.names:
            right = decided(function, found.memories)
            for variant in VARIANTS:
                with replaced(formula, variant):
                    if decided(function, found.memories) != right:
                        return True
    return False


def table(paths: list[Path]) -> dict[str, dict[str, str]]:
    """File -> formula -> whether it is "marked", "changed" or "decided" otherwise, or empty."""
    out = {}
    for path in paths:
        module, formulas = module_of(path), named(path)
        before, all_marked = anew(module), with_all_marked(module, formulas)
        row = out[path.relative_to(ROOT).as_posix()] = {}
        for formula in formulas:
            if mark(formula) in all_marked:
                row[label(formula)] = "marked"
            elif differs(module, formula, before):
                row[label(formula)] = "changed"
            else:
                row[label(formula)] = "decided" if decides_otherwise(module, formula) else ""
    return out


if __name__ == "__main__":
    chosen = [ROOT / name for name in sys.argv[1:]] or files()
    json.dump(table(chosen), sys.stdout)
