"""Which code a result depends on: the modules that its experiment imports, and theirs, and a hash of them.

Imports are read from the syntax tree, wherever they stand, so that a module that is only imported at the first
call counts too. Comments, docstrings and formatting do not count.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import json
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from sitheory._kernels.syntax import parsed

LIBRARY = "sitheory"


def digest(thing: Any, config: Mapping[str, Any]) -> str:
    """Return the twelve letters that name a result: those of its configuration and of its code."""
    described = json.dumps(config, sort_keys=True)
    return hashlib.sha256(f"{described}\n{code_hash(thing)}".encode()).hexdigest()[:12]


def code_hash(thing: Any) -> str:
    """Return the hash of the code that a thing's class, and the classes of its fields, depend on."""
    return _hash(tuple(sorted(_homes(thing))))


def modules(*names: str) -> dict[str, Path]:
    """Return the modules that these import, and those theirs, and so on, with their files.

    Only the library and the packages of the named modules are followed.

    Args:
        *names: Dotted names.

    Returns:
        Dotted name -> file, with the named modules themselves.
    """
    rooms = {LIBRARY, *(name.split(".")[0] for name in names)}
    found: dict[str, Path] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        path = None if name in found or not name else _file(name)
        if path is not None:
            found[name] = path
            waiting.append(name.rpartition(".")[0])  # an import runs every package above the module
            waiting += [n for n in _imported(name, path) if n.split(".")[0] in rooms]
    found.pop(LIBRARY, None)  # the front door only forwards names, which are followed
    return found


def hash_of_modules(*names: str) -> str:
    """Return the hash of modules and of all that they import of the library and of their own packages.

    Args:
        *names: Dotted names.

    Returns:
        The hash; comments and docstrings do not count.
    """
    return _hash(tuple(sorted(names)))


@cache
def _hash(names: tuple[str, ...]) -> str:
    whole = hashlib.sha256()
    for name, path in sorted(modules(*names).items()):
        whole.update(f"{name}\n{_read(path)[0]}\n".encode())
    return whole.hexdigest()


def _homes(thing: Any) -> Iterator[str]:
    """The modules of the classes of a thing and of what it holds, those of installed packages left out."""
    held = vars(thing).values() if hasattr(thing, "__dict__") and not isinstance(thing, type) else ()
    for one in (thing, *held):
        name = (one if isinstance(one, type) else type(one)).__module__
        file = getattr(sys.modules.get(name), "__file__", None) or ""
        if (
            one is thing
            or name.split(".")[0] == LIBRARY
            or (file and "site-packages" not in file and name.split(".")[0] not in sys.stdlib_module_names)
        ):
            yield _true_name(name)


def _true_name(module: str) -> str:
    """A module that runs as a program has its own name still."""
    spec = getattr(sys.modules.get(module), "__spec__", None)
    return spec.name if spec is not None else module


@cache
def _parsed(path: Path, _changed: int) -> tuple[str, tuple[ast.AST, ...]]:
    """A file's syntax tree without docstrings, in words, and all the nodes of the file's tree."""
    tree = parsed(path)
    nodes = tuple(ast.walk(tree))
    for node in nodes:
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and node.body:
            first = node.body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                node.body = node.body[1:]
    return ast.dump(tree), nodes


def _read(path: Path) -> tuple[str, tuple[ast.AST, ...]]:
    return _parsed(path, path.stat().st_mtime_ns)


@cache
def _file(name: str) -> Path | None:
    """The file of a module, without importing it; None for a name that is none."""
    if name == "__main__" or name in sys.modules:
        file = getattr(sys.modules.get(name), "__file__", None)
        return Path(file) if file else None
    try:
        spec = importlib.util.find_spec(name)
    except (ModuleNotFoundError, ValueError):
        return None
    return Path(spec.origin) if spec and spec.origin and spec.origin.endswith(".py") else None


@cache
def _imported(name: str, path: Path) -> tuple[str, ...]:
    """The dotted names that a module imports; some may be functions and the like, and no modules."""
    _, nodes = _read(path)
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    names: set[str] = set()
    doors: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
            doors |= {alias.asname or alias.name for alias in node.names if alias.name == LIBRARY}
        elif isinstance(node, ast.ImportFrom):
            base = importlib.util.resolve_name("." * node.level + (node.module or ""), package or None)
            names |= {base, *(f"{base}.{alias.name}" for alias in node.names)}
    names |= set(_through_the_front_door(nodes, doors)) if doors else set()
    names |= {home for n in names for home in _forwarded(n)}
    return tuple(sorted(names | {n.rpartition(".")[0] for n in names} - {""}))


def _through_the_front_door(nodes: tuple[ast.AST, ...], doors: set[str]) -> Iterator[str]:
    """Names like ``sitheory.simulate``, which the library loads when they are first asked for."""
    through = [
        n
        for n in nodes
        if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name) and n.value.id in doors
    ]
    yield from (f"{LIBRARY}.{node.attr}" for node in through)
    plain = [n for n in nodes if isinstance(n, ast.Name) and n.id in doors]
    if len(plain) > len(through):  # handed on as a whole: anything of it may be used
        yield from set(_face(LIBRARY).values())


def _forwarded(name: str) -> Iterator[str]:
    """The modules that a name of a lazy package stands for: that of one of its names, or all of a whole package."""
    package, _, last = name.rpartition(".")
    if last in _face(package):
        yield _face(package)[last]
    if name != LIBRARY:
        yield from _face(name).values()


@cache
def _face(package: str) -> dict[str, str]:
    """The names that a package loads lazily, with the modules that they come from, as its stub says."""
    file = _file(package) if package.split(".")[0] == LIBRARY else None
    stub = file.with_suffix(".pyi") if file and file.name == "__init__.py" else None
    if stub is None or not stub.exists():
        return {}
    imports = [node for node in ast.parse(stub.read_bytes()).body if isinstance(node, ast.ImportFrom)]
    return {
        alias.name: f"{package}.{node.module}" if node.module else f"{package}.{alias.name}"
        for node in imports
        for alias in node.names
    }
