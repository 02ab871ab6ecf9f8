"""Which experiments there are: every class in the papers' folders that states its name."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from sitheory.references import paper_folders

HERE = Path(__file__).parent


class Place(NamedTuple):
    """Where an experiment stands: its module's dotted name and its class."""

    module: str
    kind: str


def experiments(own: Path | None = None) -> tuple[dict[str, Place], list[str]]:
    """Return the place of every experiment by its name, and a line for each file that is no use.

    Args:
        own: A folder or file of somebody's own, whose experiments are looked for in place of the papers'.

    Raises:
        ValueError: If the folder cannot be made importable.
    """  # noqa: DOC502  raised by what it calls
    places: dict[str, Place] = {}
    broken = []
    for module, tree in paper_folders.own_modules(own) if own else paper_folders.modules(HERE):
        if isinstance(tree, paper_folders.DoesNotLoadError):
            broken.append(str(tree))
            continue
        for name, kind in _named(tree):
            if name in places:
                broken.append(f"{module} repeats the name {name} of {places[name].module}")
            else:
                places[name] = Place(module, kind)
    return places, broken


def load(place: Place) -> Any:
    """Return an experiment's class.

    Raises:
        DoesNotLoadError: If its file fails when it is imported.
    """  # noqa: DOC502  raised by what it calls
    return getattr(paper_folders.load(place.module, place.kind), place.kind)


def _named(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """The names that classes state as ``name: ClassVar[str] = "..."``, with those classes."""
    for node in tree.body:
        for line in node.body if isinstance(node, ast.ClassDef) else ():
            match line:
                case ast.AnnAssign(target=ast.Name("name"), value=ast.Constant(str() as name)):
                    yield name, node.name
