"""Which figures there are: every file in the papers' folders that names the results it needs.

A figure is a module with NEEDS, CLAIMS and COST, the last a literal, and with ``draw`` and ``numbers``; its name
is that of its folder and its file. ``ALSO`` holds names that it has in other papers, ``thesis_fig5``.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from sitheory.references import paper_folders

HERE = Path(__file__).parent


class Listed(NamedTuple):
    """What the list says of a figure: its module's dotted name, its cost, its caption's first line, other names."""

    module: str
    cost: str
    title: str
    also: tuple[str, ...] = ()


def figures(own: Path | None = None) -> tuple[dict[str, Listed], list[str]]:
    """Return every figure by its name, and a line for each file that cannot be read.

    Args:
        own: A folder or file of somebody's own, whose figures are looked for in place of the papers'.

    Raises:
        ValueError: If the folder cannot be made importable.
    """  # noqa: DOC502  raised by what it calls
    listed, broken = {}, []
    for module, tree in paper_folders.own_modules(own) if own else paper_folders.modules(HERE):
        if isinstance(tree, paper_folders.DoesNotLoadError):
            broken.append(str(tree))
            continue
        constants = dict(_constants(tree))
        if "NEEDS" in constants:
            title = (ast.get_docstring(tree) or "").split("\n", 1)[0]
            also = constants.get("ALSO", ())
            listed["_".join(module.split(".")[-2:])] = Listed(module, constants.get("COST", ""), title, also)
    return listed, broken


def named(figures: Mapping[str, Listed]) -> dict[str, Listed]:
    """Return figures by all their names, those of other papers, too."""
    return {**figures, **{name: figure for figure in figures.values() for name in figure.also}}


def load(figure: Listed) -> ModuleType:
    """Return a figure's module.

    Raises:
        DoesNotLoadError: If its file fails when it is imported, or lacks a part of a figure.
    """  # noqa: DOC502  raised by what it calls
    return paper_folders.load(figure.module, "NEEDS", "CLAIMS", "COST", "draw", "numbers")


def _constants(tree: ast.Module):
    """The names that a module assigns, with their values where those are strings."""
    for node in tree.body:
        match node:
            case (
                ast.Assign(targets=[ast.Name(name)], value=value)
                | ast.AnnAssign(target=ast.Name(name), value=value)
            ):
                yield name, _literal(value)


def _literal(value: ast.expr | None) -> Any:
    try:
        return ast.literal_eval(value) if value is not None else ""
    except ValueError:
        return ""
