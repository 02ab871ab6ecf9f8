"""Verdicts remembered from run to run, in the user's cache, by all that they depend on."""

import contextlib
import dataclasses
import functools
import hashlib
import json
import marshal
import os
import sys
import types
from collections.abc import Callable, Iterator, MutableMapping
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from proofs_check.verdicts.claims import Status, Verdict
from sitheory.trajectory.cache_folder import cache_folder
from sitheory.trajectory.code_hash import hash_of_modules

HERE = Path(__file__).parents[1]


@cache
def code_hash() -> str:
    """A hash of the code that turns a statement into a verdict: the terms, the jets and the engines."""
    digest = hashlib.sha256()
    for file in (*sorted((HERE / "statements").glob("*.py")), *sorted((HERE / "engines").glob("*.py"))):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def source_of(function: Callable) -> str:
    """All that a function's answer may depend on: its code, what it holds, and the modules that it can reach.

    Args:
        function: Any function, also one that stands in no file.

    Returns:
        A text that changes with its code, its defaults and closure, those of the functions among them, and the sources
        of its module and of all that this imports of its own package and the library.
    """
    return " ".join(_described(function, set()))


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
        for held in (*(thing.__defaults__ or ()), *(thing.__kwdefaults__ or {}).values(), *cells):
            yield from _described(held, seen)
    elif isinstance(thing, type | types.ModuleType):
        yield f"{thing.__name__} {_sources(getattr(thing, '__module__', thing.__name__))}"
    elif dataclasses.is_dataclass(thing):
        yield type(thing).__qualname__
        for one in dataclasses.fields(thing):
            yield from _described(getattr(thing, one.name), seen)
    elif isinstance(thing, dict):
        yield from _described(tuple(thing.items()), seen)
    elif isinstance(thing, tuple | list | set | frozenset):
        yield f"{type(thing).__name__} of {len(thing)}"
        for one in sorted(thing, key=repr) if isinstance(thing, set | frozenset) else thing:
            yield from _described(one, seen)
    else:
        yield repr(thing)


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
