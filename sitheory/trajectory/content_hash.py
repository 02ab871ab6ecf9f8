"""What a thing is made of, as one hash: its values, its class with all that the class holds, and their code.

A name alone would give one result to two classes of a name, or to a class before and after a change. So functions
count by their compiled code, with the globals, defaults and closures that they use; the library's own functions by
the sources that they depend on, those of installed packages by name. What cannot be described is refused.
"""

from __future__ import annotations

import builtins
import copyreg
import dis
import functools
import hashlib
import json
import pickle
import re
import sys
import types
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from sitheory.trajectory import code_hash

PLAIN = (type(None), bool, int, float, complex, str, type(...), type(NotImplemented))
# fmt: off
UNSAID = frozenset(
    (
        "__dict__", "__weakref__", "__slotnames__", "__slots__", "_abc_impl",
        "__doc__", "__module__", "__qualname__", "__firstlineno__",
        "__annotations__", "__annotate__", "__annotate_func__", "__annotations_cache__",
        "__static_attributes__", "__dataclass_fields__", "__dataclass_params__", "__abstractmethods__",
        "__parameters__", "__orig_bases__", "__subclasshook__", "__protocol_attrs__",
        "_is_protocol", "_is_runtime_protocol", "__non_callable_proto_members__",
    )
)
# fmt: on
"""Entries of a class that no value depends on, or that its instances show."""

RUNS_TEXT = {"eval", "exec", "globals", "vars", "compile", "__import__", "importlib", "import_module"}
"""With these a function can read a global whose name stands in a text."""

DESCRIPTORS = (types.MemberDescriptorType, types.GetSetDescriptorType, types.WrapperDescriptorType)


def digest(thing: Any, config: Mapping[str, Any]) -> str:
    """Return the twelve letters that name a result: those of its configuration and of its code.

    Args:
        thing: What computes the result. A class that no module holds, as in a notebook, counts by what it is made of.
        config: All that the values depend on beside the code; anything JSON can hold.

    Returns:
        The letters.
    """
    kind = thing if isinstance(thing, type) else type(thing)
    known = code_hash.modules(_home(kind)) and _is_at(kind, _home(kind), kind.__qualname__)
    code = code_hash.code_hash(thing) + ("" if known else content_hash(kind, "class"))
    return hashlib.sha256(f"{json.dumps(config, sort_keys=True)}\n{code}".encode()).hexdigest()[:12]


def content_hash(thing: Any, what: str) -> str:
    """Return sixteen letters that change with anything that a thing is made of.

    Args:
        thing: An object, a class or a function.
        what: What to call it in the error.

    Returns:
        The hash, the same in every process of one version of Python.

    Raises:
        ValueError: If it holds something that nothing describes, like a lock or an open file.
    """
    try:
        return _Walk().visit(thing, what).hex()[:16]
    except RecursionError:
        raise ValueError(f"need a {what} that a file can be named by, got one nested too deeply") from None


def _hashed(*parts: str | bytes) -> bytes:
    whole = hashlib.sha256()
    for part in parts:
        raw = part if isinstance(part, bytes) else part.encode("utf-8", "surrogatepass")
        whole.update(len(raw).to_bytes(8, "big"))
        whole.update(raw)
    return whole.digest()


class _Walk:
    """One walk over all that a thing leads to; each part is visited once, circles are closed by their depth."""

    def __init__(self) -> None:
        self.found: dict[int, bytes] = {}
        self.open: dict[int, int] = {}
        self.alive: list[Any] = []  # An address means something only as long as its object lives.

    def visit(self, thing: Any, path: str) -> bytes:
        """Return the hash of one part; ``path`` says in an error where it was found."""
        if type(thing) in PLAIN:
            return _hashed(type(thing).__name__, repr(thing))
        if id(thing) in self.found:
            return self.found[id(thing)]
        if id(thing) in self.open:
            return _hashed("circle", str(len(self.open) - self.open[id(thing)]))
        self.alive.append(thing)
        self.open[id(thing)] = len(self.open)
        parts = list(self._parts(thing, path))
        del self.open[id(thing)]
        self.found[id(thing)] = _hashed(*parts)
        return self.found[id(thing)]

    def _each(self, things: Iterable[Any], path: str) -> Iterator[bytes]:
        return (self.visit(one, f"{path}[{number}]") for number, one in enumerate(things))

    def _items(self, things: Mapping[Any, Any], path: str) -> Iterator[bytes]:
        for key, value in things.items():
            named = isinstance(key, str)
            yield self.visit(key, path)
            yield self.visit(value, f"{path}.{key}" if named else f"{path}[{key!r:.40}]")

    def _parts(self, thing: Any, path: str) -> Iterator[str | bytes]:
        kind = type(thing)
        yield kind.__name__
        if kind in (bytes, bytearray):
            yield bytes(thing)
        elif kind in (list, tuple):
            yield from self._each(thing, path)
        elif kind in (set, frozenset):
            yield from sorted(self._each(thing, path))
        elif kind in (dict, types.MappingProxyType):
            yield from self._items(thing, path)
        elif isinstance(thing, np.ndarray | np.generic) and thing.dtype.hasobject:
            yield str(np.shape(thing))
            yield from self._each(np.ravel(thing).tolist(), path)
        elif kind is np.ndarray or isinstance(thing, np.generic):
            yield from (str(thing.dtype.descr), str(thing.shape), np.ascontiguousarray(thing).tobytes())
        elif isinstance(thing, type):
            yield from self._class(thing, path)
        elif isinstance(thing, types.FunctionType):
            yield from self._function(thing, path)
        elif isinstance(thing, types.CodeType):
            yield from self._code(thing, path)
        elif isinstance(thing, types.ModuleType):
            yield from _named(thing.__name__)
        elif isinstance(thing, types.MethodType | staticmethod | classmethod):
            yield self.visit(thing.__func__, path)
            yield self.visit(getattr(thing, "__self__", None), path)
        elif isinstance(thing, property):
            yield from self._each((thing.fget, thing.fset, thing.fdel), path)
        elif isinstance(thing, functools.cached_property):  # Until Python 3.12 it holds a lock.
            yield self.visit(thing.func, path)
        elif hasattr(thing, "py_func"):  # numba's
            yield from self._each((thing.py_func, getattr(thing, "targetoptions", None)), path)
        elif hasattr(thing, "__wrapped__") and code_hash.installed(_home(kind)):
            yield self.visit(thing.__wrapped__, path)
        elif isinstance(thing, types.BuiltinFunctionType) and isinstance(
            thing.__self__, types.ModuleType | None
        ):
            yield from (*_named(thing.__module__ or ""), thing.__qualname__)
        else:
            yield from self._object(thing, path)

    def _object(self, thing: Any, path: str) -> Iterator[str | bytes]:
        """An instance: its class, its attributes and slots, and what its base from a package holds beside them."""
        kind = type(thing)
        yield self.visit(kind, path)
        if not code_hash.installed(_home(kind)):
            yield from self._items(_attributes(thing), path)
            if all(
                base is object or not code_hash.installed(_home(base)) or not _holds(base)
                for base in kind.__mro__
            ):
                return
        try:
            if hasattr(thing, "detach") and hasattr(thing, "dtype"):  # A tensor is pickled with its address.
                yield from (str(thing.dtype), self.visit(_values(thing), path))
                return
            registered = copyreg.dispatch_table.get(kind)
            reduced = registered(thing) if registered else thing.__reduce_ex__(4)
        except Exception as failed:  # anything: each class has its own way to refuse
            raise _refused(path, kind) from failed
        if isinstance(reduced, str):
            home = pickle.whichmodule(thing, reduced)  # type: ignore[attr-defined]
            if not _is_at(thing, home, reduced):
                raise _refused(path, kind)
            yield from (*_named(home), reduced)
            return
        make, given, *rest = reduced
        state, items, pairs = [*rest, None, None, None][:3]
        if type(state) is dict and not state:  # made when somebody first looked
            state = None
        yield from self._each((make, given, state, list(items or ()), list(pairs or ())), path)

    def _class(self, kind: type, path: str) -> Iterator[str | bytes]:
        yield from (*_named(_home(kind)), kind.__qualname__)
        if code_hash.installed(_home(kind)):
            if "<locals>" in kind.__qualname__ and not _is_at(kind, _home(kind), kind.__qualname__):
                yield from self._each(kind.__bases__, path)
            return
        yield from self._each((type(kind), *kind.__bases__), path)
        for name, value in sorted(vars(kind).items()):
            if name not in UNSAID and not isinstance(value, DESCRIPTORS):
                yield from (name, self.visit(value, f"{path}.{name}"))

    def _function(self, function: types.FunctionType, path: str) -> Iterator[str | bytes]:
        home = function.__globals__.get("__name__") or ""
        yield from (*_named(home), function.__qualname__)
        cells = [cell for cell in function.__closure__ or () if _filled(cell)]
        held = (function.__defaults__, function.__kwdefaults__, [cell.cell_contents for cell in cells])
        yield from self._each(held, path)
        yield self.visit(vars(function), path)
        if not code_hash.installed(home) and home.partition(".")[0] != code_hash.LIBRARY:
            yield self.visit(function.__code__, path)
            loaded, names = _reads(function.__code__)
            for name in sorted(loaded):
                if name in function.__globals__:
                    yield from self._global(name, function.__globals__[name], names, path)
                elif name in sys.modules and not hasattr(builtins, name):  # imported where it is used
                    yield from self._global(name, sys.modules[name], names, path)

    def _global(self, name: str, value: Any, names: set[str], path: str) -> Iterator[str | bytes]:
        """A global, and what is read of it where it is a module; a module within it is gone into once."""
        yield from (name, self.visit(value, f"{path}.{name}"))
        if isinstance(value, types.ModuleType) and not code_hash.installed(value.__name__):
            own = value.__name__.partition(".")[0] != code_hash.LIBRARY
            reached = names & set(vars(value) if own else getattr(value, "__all__", ()))
            for used in sorted(reached):
                yield from self._global(used, getattr(value, used), names - reached, f"{path}.{name}")

    def _code(self, code: types.CodeType, path: str) -> Iterator[str | bytes]:
        """What a code object does, without the places where it was written."""
        yield from (code.co_code, str(code.co_flags), str((code.co_argcount, code.co_kwonlyargcount)))
        yield from (str(code.co_names), str(code.co_varnames), str((code.co_freevars, code.co_cellvars)))
        yield getattr(code, "co_exceptiontable", b"")
        yield from self._each(code.co_consts, path)


def _values(tensor: Any) -> np.ndarray:
    """The values of a tensor; numpy lacks bfloat16, whose numbers are double ones too."""
    here = tensor.detach().cpu()
    return (here.double() if str(here.dtype) == "torch.bfloat16" else here).numpy()


def _home(kind: type) -> str:
    """The name of a class's module; a metaclass may show a descriptor in its place."""
    return kind.__module__ if isinstance(kind.__module__, str) else ""


def _named(module: str) -> tuple[str, ...]:
    """A module by its name; the library's and a user's also by the sources that they depend on."""
    return (module,) if code_hash.installed(module) else (module, code_hash.hash_of_modules(module))


def _attributes(thing: Any) -> dict[str, Any]:
    """An instance's own attributes and slots, without values that were computed of the others and kept."""
    kind = type(thing)
    slots = [n for base in kind.__mro__ for n in _slots(base) if hasattr(thing, n)]
    held = {**getattr(thing, "__dict__", {}), **{n: getattr(thing, n) for n in slots}}
    kept = (
        n for n, v in ((n, getattr(kind, n, None)) for n in held) if isinstance(v, functools.cached_property)
    )
    for name in list(kept):
        del held[name]
    return held


def _slots(kind: type) -> Iterator[str]:
    """The names of a class's slots as its instances have them."""
    for name, value in vars(kind).items():
        if isinstance(value, types.MemberDescriptorType) and name not in ("__dict__", "__weakref__"):
            private = value.__name__.startswith("__") and not value.__name__.endswith("__")
            yield (
                f"_{kind.__name__.lstrip('_')}{value.__name__}"
                if private and name == value.__name__
                else name
            )


def _holds(base: type) -> bool:
    """Whether instances of a class hold more than attributes and slots."""
    return base.__basicsize__ > object.__basicsize__ + 2 * np.dtype(np.intp).itemsize or bool(
        base.__itemsize__
    )


def _filled(cell: types.CellType) -> bool:
    try:
        return cell.cell_contents is not None or True
    except ValueError:
        return False


def _reads(code: types.CodeType) -> tuple[set[str], set[str]]:
    """The globals and modules that a code object and those within it load, and all names that they may look up.

    A name may stand in a text, for ``getattr`` or ``vars``; where a text itself may be run, each word is a global.
    """
    loaded: set[str] = set()
    words: set[str] = set()
    for one in dis.get_instructions(code):
        if one.opname.endswith(("_GLOBAL", "_GLOBALS", "_NAME")):
            loaded.add(str(one.argval))
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            inner, named = _reads(constant)
            loaded, words = loaded | inner, words | named
        elif isinstance(constant, str):
            words.update(re.findall(r"\w+", constant))
    if loaded & RUNS_TEXT:
        loaded |= words
    return loaded, words.union(code.co_names)


def _is_at(thing: Any, module: str, name: str) -> bool:
    """Whether a module holds this very thing under this name."""
    found: Any = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    return found is thing


def _refused(path: str, kind: type) -> ValueError:
    what = path.partition(".")[0].partition("[")[0]
    return ValueError(f"need a {what} that a file can be named by, got {path}, a {kind.__qualname__}")
