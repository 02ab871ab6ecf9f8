"""Packages that have a folder per paper, whose files are found on disk and loaded one by one.

A file is read before it is imported, so that lists are quick, and a file that does not load hides none of the others.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from importlib import import_module, invalidate_caches
from importlib.util import find_spec
from keyword import iskeyword
from pathlib import Path
from types import ModuleType

from sitheory.references.citations import PAPERS


class DoesNotLoadError(Exception):
    """A file that cannot be read or imported; the message names it on one line."""

    def __init__(self, module: str, error: Exception):
        said = (str(error).splitlines() or [""])[0]
        super().__init__(f"{module} does not load: {type(error).__name__}: {said}")


def modules(house: Path) -> Iterator[tuple[str, ast.Module | DoesNotLoadError]]:
    """Yield each module in the folders of a package, without importing it.

    Args:
        house: The package's folder.

    Yields:
        The dotted name, and the syntax tree or what is wrong with the file. The papers' folders come first, in the
        order of ``PAPERS``, then the others by name; in a folder those whose name ends in a number first, by it.
    """
    for file in sorted((file for file in house.glob("*/*.py") if file.stem != "__init__"), key=_rank):
        module = f"{house.name}.{file.parent.name}.{file.stem}"
        yield module, _read(module, file)


def is_own(word: str) -> bool:
    """Whether a word of a command is a folder or file of Python's that is there."""
    path = Path(word)
    return bool(word) and (path.is_dir() or (path.suffix == ".py" and path.is_file()))


def importable(place: Path) -> str:
    """Make a folder or a file of somebody's own importable, as a package or module of its name.

    Args:
        place: The folder or file, resolved.

    Returns:
        What Python calls it.

    Raises:
        ValueError: If that cannot be a name of Python's, or is already something else's.
    """
    name = place.stem if place.is_file() else place.name
    if not name.isidentifier() or iskeyword(name):
        raise ValueError(f"need a folder whose name is one of Python's, letters, digits and _, got {name!r}")
    if home(name) is None:
        sys.path.append(str(place.parent))
        invalidate_caches()
    if home(name) != place:
        raise ValueError(f"need a folder whose name is no installed package's, got {name!r}")
    return name


def home(name: str) -> Path | None:
    """Return where the folder or the file of a package or module is, None if there is none."""
    try:
        spec = find_spec(name)
    except (ImportError, ValueError):
        return None
    if spec is None or spec.origin in ("built-in", "frozen"):
        return None
    if spec.submodule_search_locations:
        return Path(next(iter(spec.submodule_search_locations))).resolve()
    return Path(spec.origin).resolve() if spec.origin else None


def own_modules(place: Path) -> Iterator[tuple[str, ast.Module | DoesNotLoadError]]:
    """Yield each module of a folder of somebody's own, or the one file, without importing it.

    Args:
        place: The folder or file, resolved.

    Yields:
        The dotted name, and the syntax tree or what is wrong with the file.

    Raises:
        ValueError: If the folder cannot be made importable.
    """  # noqa: DOC502  raised by what it calls
    name = importable(place)
    for file in [place] if place.is_file() else sorted(place.glob("*.py")):
        module = name if place.is_file() else f"{name}.{file.stem}"
        if file.stem != "__init__":
            yield module, _read(module, file)


def load(module: str, *parts: str) -> ModuleType:
    """Import a module that has all these parts.

    Raises:
        DoesNotLoadError: If the import fails, or a part is missing.
    """
    try:
        loaded = import_module(module)
        for part in parts:
            getattr(loaded, part)
    except Exception as error:  # whatever is wrong in one file concerns that file alone
        raise DoesNotLoadError(module, error) from error
    return loaded


def _read(module: str, file: Path) -> ast.Module | DoesNotLoadError:
    try:
        return ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError) as error:
        return DoesNotLoadError(module, error)


def _rank(file: Path) -> tuple[int, str, float, str]:
    paper, stem = file.parent.name, file.stem
    number = re.search(r"\d+$", stem)
    place = PAPERS.index(paper) if paper in PAPERS else len(PAPERS)
    return place, paper, float(number[0]) if number else float("inf"), stem
