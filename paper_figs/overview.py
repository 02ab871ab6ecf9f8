"""``python -m paper_figs --table``: each printed figure of the papers, what draws it here and on which data."""

from __future__ import annotations

import ast
import re
from importlib.util import find_spec
from pathlib import Path

from paper_figs import discovery

PRINTED = {"periodic": 19, "regimes": 28, "sharpness": 5, "thesis": 9}
"""How many figures each paper prints, the appendices' included."""

ABSENT: dict[str, str] = {}
"""Why a printed figure that no file draws is absent, ``"periodic 20"``."""

HEAD = """# The papers' figures

Written by `python -m paper_figs --table > docs/figures.md`. `python -m paper_figs NAME` draws one; on the papers' own
networks and data, where they are at hand, by `--size paper`, or from a result file by `--result FILE`.

| printed | drawn as | what it shows here, and on which data |
|---|---|---|
"""


def page() -> str:
    """Return the table as a page of the documentation."""
    listed, _ = discovery.figures()
    named = discovery.named(listed)
    rows = []
    for paper, count in PRINTED.items():
        for number in range(1, count + 1):
            pattern = re.compile(rf"{paper}_(net_)?fig{number}(_left|_right)?")
            names = [name for name in named if pattern.fullmatch(name)]
            said = "; ".join(_data(named[name]) for name in names) or f"absent: {ABSENT[f'{paper} {number}']}"
            drawn = ", ".join(f"`{name}`" for name in names) or "-"
            rows.append(f"| {paper} {number} | {drawn} | {said} |")
    return HEAD + "\n".join(rows) + "\n"


def _data(figure: discovery.Listed) -> str:
    """The caption's sentence on data, and if there is none what the results are of."""
    spec = find_spec(figure.module)
    tree = ast.parse(Path(str(spec.origin)).read_text(encoding="utf-8")) if spec else ast.Module([], [])
    text = " ".join((ast.get_docstring(tree) or "").split())
    found = re.search(r"Real runs?(?:, a dot a step)?: (.+?)(?:\.(?: |$))", text)
    title = re.sub(r" \(\w+ Figure [^)]*\)", "", figure.title).rstrip(".")
    return f"{title}: {found.group(1)}" if found else f"{title}: theory and simulators"
