"""Verdicts remembered from run to run, in the user's cache, by all that they depend on."""

import contextlib
import dataclasses
import functools
import hashlib
import json
import marshal
import os
import secrets
import sys
import types
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from dataclasses import asdict
from enum import Enum
from fractions import Fraction
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path, PurePath
from typing import Any

from proofs_check.verdicts.claims import Status, Verdict
from sitheory.trajectory.cache_folder import cache_folder
from sitheory.trajectory.code_hash import hash_of_modules

HERE = Path(__file__).parents[1]
LIBRARIES = ("z3-solver", "cvc5", "python-flint", "sympy", "numpy")


@cache
def code_hash() -> str:
    """A hash of what turns a statement into a verdict: the terms, the jets, the engines, the libraries' versions."""
    digest = hashlib.sha256(" ".join(map(_version, LIBRARIES)).encode())
    for file in (*sorted((HERE / "statements").glob("*.py")), *sorted((HERE / "engines").glob("*.py"))):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _version(library: str) -> str:
    try:
        return f"{library} {version(library)}"
    except PackageNotFoundError:
        return library


def source_of(function: Callable) -> str:
    """All that a function's answer may depend on: its code, what it holds, and the modules that it can reach.

    Args:
        function: Any function, also one that stands in no file.

    Returns:
        A text that changes with its code, its defaults and closure, the values of the globals that it names, those of
        the functions among them, and the sources of its module and of all that this imports of its own package and the
        library; a random one where it holds anything whose value cannot be known, so that nothing is remembered.
        Files that it reads when it is called are not seen.
    """
    try:
        return " ".join(_described(function, set()))
    except _UntoldError as unknown:
        return f"{unknown} {secrets.token_hex(16)}"


class _UntoldError(ValueError):
    """A value of a kind whose text may be the same for two values."""


def _described(thing: Any, seen: set[int]) -> Iterator[str]:
    if isinstance(thing, types.FunctionType | types.MethodType) or dataclasses.is_dataclass(thing):
        if id(thing) in seen:
            return
        seen.add(id(thing))
    if isinstance(thing, functools.partial):
        for part in (thing.func, *thing.args, *thing.keywords.items()):
            yield from _described(part, seen)
    elif isinstance(thing, types.MethodType):
        yield from _described(thing.__func__, seen)
        yield from _described(thing.__self__, seen)
    elif isinstance(thing, types.FunctionType):
        yield _sources(thing.__module__)
        yield hashlib.sha256(marshal.dumps(_bare(thing.__code__))).hexdigest()
        cells = (cell.cell_contents for cell in thing.__closure__ or ())
        held = (*(thing.__defaults__ or ()), *(thing.__kwdefaults__ or {}).values(), *cells)
        for one in (*held, *_globals(thing)):
            yield from _described(one, seen)
    elif isinstance(thing, type | types.ModuleType):
        yield f"{thing.__name__} {_sources(getattr(thing, '__module__', thing.__name__))}"
    elif dataclasses.is_dataclass(thing):
        yield type(thing).__qualname__
        for one in dataclasses.fields(thing):
            yield from _described(getattr(thing, one.name), seen)
    elif isinstance(thing, Mapping):
        yield from _described(tuple(thing.items()), seen)
    elif isinstance(thing, tuple | list | set | frozenset):
        yield f"{type(thing).__name__} of {len(thing)}"
        for one in sorted(thing, key=repr) if isinstance(thing, set | frozenset) else thing:
            yield from _described(one, seen)
    elif (told := _value(thing)) is not None:
        yield told
    elif hasattr(thing, "__dict__") and _sources(type(thing).__module__):
        yield f"{type(thing).__qualname__} {_sources(type(thing).__module__)}"
        yield from _described(vars(thing), seen)
    else:
        raise _UntoldError(f"{type(thing).__module__}.{type(thing).__qualname__}")


def _value(thing: Any) -> str | None:
    """The text of a value of a kind whose text tells two of them apart, None for another kind."""
    kind = type(thing)
    home = kind.__module__.partition(".")[0]
    if kind in (int, bool, float, complex, str, bytes, range, type(None), Fraction) or isinstance(
        thing, Enum | PurePath
    ):
        return repr(thing)
    if home == "z3" and hasattr(thing, "sexpr"):  # its repr leaves out what is deep
        return str(thing.sexpr())
    if (home, kind.__name__) in (("flint", "fmpz"), ("flint", "fmpq"), ("sympy", "FracElement")):
        return repr(thing)
    if home == "flint" and kind.__name__ == "arb" and thing.is_finite():  # its repr has some digits alone
        return f"arb {thing.mid().man_exp()} {thing.rad().man_exp()}"
    if home == "numpy" and kind.__name__ in ("ndarray", "float64", "int64") and not thing.dtype.hasobject:
        return f"{thing.dtype} {thing.shape} {hashlib.sha256(thing.tobytes()).hexdigest()}"
    if callable(thing) and kind.__name__ in ("builtin_function_or_method", "ufunc", "wrapper_descriptor"):
        return f"{getattr(thing, '__module__', '')} {thing.__name__}"
    return None


def _globals(function: types.FunctionType) -> Iterator[Any]:
    """The values of a function's globals; code of a module that is known by its source is left out."""
    code, known = function.__code__, bool(_sources(function.__module__))
    for name in sorted(_names(code) & function.__globals__.keys()):
        value = function.__globals__[name]
        if isinstance(value, types.ModuleType | type) or (known and callable(value)):
            if not known:
                yield value
            continue
        yield name
        yield value


def _names(code: types.CodeType) -> set[str]:
    inner = (_names(c) for c in code.co_consts if isinstance(c, types.CodeType))
    return set(code.co_names).union(*inner)


def _bare(code: types.CodeType) -> types.CodeType:
    """Code without the places that it stands at."""
    held = tuple(_bare(c) if isinstance(c, types.CodeType) else c for c in code.co_consts)
    return code.replace(co_filename="", co_firstlineno=1, co_linetable=b"", co_consts=held)


def _sources(module: str | None) -> str:
    """The hash of a module and of what it imports; of nothing for one that stands in no file."""
    file = getattr(sys.modules.get(module or ""), "__file__", None)
    return hash_of_modules(module) if module and file and module != "__main__" else ""


class Disk(MutableMapping[str, Verdict]):
    """A file for each verdict, under the hash of what it depends on and of the engines' code."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or cache_folder() / "verdicts"

    def _file(self, depends: str) -> Path:
        name = hashlib.sha256(f"{code_hash()}\n{depends}".encode()).hexdigest()
        return self.folder / f"{name}.json"

    def __contains__(self, depends: object) -> bool:
        return self._file(str(depends)).exists()

    def __getitem__(self, depends: str) -> Verdict:
        try:
            return restored(json.loads(self._file(depends).read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):  # absent or damaged: a miss
            raise KeyError(depends) from None

    def __setitem__(self, depends: str, verdict: Verdict) -> None:
        file = self._file(depends)
        draft = file.with_suffix(f".{os.getpid()}")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            draft.write_text(json.dumps(asdict(verdict)), encoding="utf-8")
            draft.replace(file)
        except OSError:  # a full or read-only disk costs the memory, not the run
            with contextlib.suppress(OSError):
                draft.unlink(missing_ok=True)

    def __delitem__(self, depends: str) -> None:
        self._file(depends).unlink()

    def __iter__(self) -> Iterator[str]:
        return (file.stem for file in self.folder.glob("*.json"))

    def __len__(self) -> int:
        return sum(1 for _ in self)


def restored(fields: dict) -> Verdict:
    """A verdict from its fields as JSON keeps them."""
    lists = {name: tuple(fields[name]) for name in ("rests_on", "survivors", "hollow", "variants_true")}
    return Verdict(**fields | lists | {"status": Status(fields["status"])})
