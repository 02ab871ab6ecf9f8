"""Which code a result depends on: the modules that its experiment imports, and theirs, and a hash of them.

Imports are read from the syntax tree, wherever they stand, so that a module that is only imported at the first
call counts too. Comments, docstrings and formatting do not count.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import site
import sys
import sysconfig
from collections.abc import Iterator
from functools import cache
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from typing import Any

from sitheory._kernels.syntax import parsed

LIBRARY = "sitheory"
OURS = (LIBRARY, "proofs_check", "simulations", "paper_figs")


def code_hash(thing: Any) -> str:
    """Return the hash of the code that a thing's class, and the classes of its fields, depend on."""
    return _hash(tuple(sorted(_homes(thing))))


def modules(*names: str) -> dict[str, Path]:
    """Return the modules that these import, and those theirs, and so on, with their files.

    The library and a user's own modules are followed, installed packages are not.

    Args:
        *names: Dotted names.

    Returns:
        Dotted name -> file, with the named modules themselves.
    """
    found: dict[str, Path] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        path = None if name in found or not name else _file(name)
        if path is not None:
            found[name] = path
            waiting.append(name.rpartition(".")[0])  # an import runs every package above the module
            waiting += [n for n in _imported(name, path) if not installed(n)]
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
        if one is thing or not installed(name):
            yield _true_name(name)


@cache
def installed(module: str) -> bool:
    """Whether a module is part of Python or of an installed package, which its name describes."""
    top = module.partition(".")[0]
    if top in OURS:  # also where they are installed: a new version of them is new code
        return False
    if top in sys.stdlib_module_names or top in sys.builtin_module_names:
        return True
    file = _file(top) or getattr(sys.modules.get(module), "__file__", None)
    if file is None:
        return False
    elsewhere = {"site-packages", "dist-packages"} & set(
        Path(file).parts
    )  # another environment's, on the path
    return bool(elsewhere) or any(map(Path(file).is_relative_to, _package_folders()))


@cache
def _package_folders() -> tuple[Path, ...]:
    paths = sysconfig.get_paths()
    found = {paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    return tuple(map(Path, {*found, *site.getsitepackages(), site.getusersitepackages()}))


def _true_name(module: str) -> str:
    """A module that runs as a program has its own name still."""
    spec = getattr(sys.modules.get(module), "__spec__", None)
    return spec.name if spec is not None else module


@cache
def _parsed(path: Path, _changed: int) -> tuple[str, tuple[ast.AST, ...]]:
    """A file's syntax tree without docstrings, in words, and all the nodes of the file's tree."""
    try:
        tree = parsed(path)
    except (SyntaxError, ValueError):  # a compiled module
        return hashlib.sha256(path.read_bytes()).hexdigest(), ()
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
    """The file of a module, without importing it; None for a name that is none, or one typed in a session."""
    if name == "__main__" or name in sys.modules:
        file = getattr(sys.modules.get(name), "__file__", None)
        return Path(file) if file and Path(file).is_file() else None
    try:
        spec = _spec(name)
    except (ImportError, ValueError):
        return None
    return Path(spec.origin) if spec and spec.origin and spec.has_location else None


def _spec(name: str) -> ModuleSpec | None:
    """Where a module lies; ``importlib.util.find_spec`` would run every package above it to find out."""
    package = name.rpartition(".")[0]
    if not package or package in sys.modules:
        return importlib.util.find_spec(name)
    above = _spec(package)
    if above is None or above.submodule_search_locations is None:
        return None
    try:
        return PathFinder.find_spec(name, above.submodule_search_locations)
    except KeyError:  # a folder without __init__.py, of which Python wants the packages above imported first
        spec = ModuleSpec(name, loader=None, is_package=True)
        spec.submodule_search_locations = [
            f"{place}/{name.rpartition('.')[2]}" for place in above.submodule_search_locations
        ]
        return spec


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
    """Names like ``sitheory.simulate``, which the library loads when they are first used."""
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
