"""Which figures there are: every file in the papers' folders that names the results it needs.

A figure is a module with NEEDS, CLAIMS and COST, the last a literal, and with ``draw`` and ``numbers``; its name
is that of its folder and its file.
"""

from __future__ import annotations

import ast
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from sitheory.references import paper_folders

HERE = Path(__file__).parent


class Listed(NamedTuple):
    """What the list says of a figure: its module's dotted name, its cost and the first line of its caption."""

    module: str
    cost: str
    title: str


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
            listed["_".join(module.split(".")[-2:])] = Listed(module, constants.get("COST", ""), title)
    return listed, broken


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
                yield name, value.value if isinstance(value, ast.Constant) else ""
