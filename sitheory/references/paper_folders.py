"""Packages that have a folder per paper, whose files are found on disk and loaded one by one.

A file is read before it is imported, so that lists are quick, and a file that does not load hides none of the others.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib import import_module
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
        try:
            yield module, ast.parse(file.read_bytes())
        except (OSError, SyntaxError, ValueError) as error:
            yield module, DoesNotLoadError(module, error)


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


def _rank(file: Path) -> tuple[int, str, float, str]:
    paper, stem = file.parent.name, file.stem
    number = re.search(r"\d+$", stem)
    place = PAPERS.index(paper) if paper in PAPERS else len(PAPERS)
    return place, paper, float(number[0]) if number else float("inf"), stem
