"""Which figures and experiments show a claim, as their files name it; nothing of them is imported."""

import ast
from functools import cache
from typing import NamedTuple

from sitheory.references import paper_folders

HOUSE = "paper_figs"


class Drawn(NamedTuple):
    """A figure that names a claim: its name on the command line, its title, and the experiments that it draws."""

    name: str
    title: str
    experiments: tuple[str, ...]


@cache
def that_show() -> dict[str, list[Drawn]]:
    """Return the figures of each claim, by its id; none where no figures are installed."""
    house = paper_folders.home(HOUSE)
    shown: dict[str, list[Drawn]] = {}
    for module, tree in paper_folders.modules(house) if house else ():
        if isinstance(tree, paper_folders.DoesNotLoadError):
            continue
        named = {key: names for key in ("CLAIMS", "NEEDS") if (names := _names(tree, key)) is not None}
        if len(named) == 2:
            title = (ast.get_docstring(tree) or "").split("\n", 1)[0]
            drawn = Drawn("_".join(module.split(".")[-2:]), title, named["NEEDS"])
            for claim_id in named["CLAIMS"]:
                shown.setdefault(claim_id, []).append(drawn)
    return shown


def _names(tree: ast.Module, constant: str) -> tuple[str, ...] | None:
    """The strings in a module's constant, None where it has none of this name."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and [ast.unparse(t) for t in node.targets] == [constant]:
            return tuple(
                n.value
                for n in ast.walk(node.value)
                if isinstance(n, ast.Constant) and isinstance(n.value, str)
            )
    return None
