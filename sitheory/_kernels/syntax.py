"""The syntax trees of the library's files."""

import ast
from pathlib import Path
from threading import Lock

_one_at_a_time = Lock()


def parsed(path: Path | str) -> ast.Module:
    """Return a file's syntax tree, from any thread.

    Until Python 3.11.8 two threads that build trees at once count one another's depth, and one of them ends in
    ``SystemError: AST constructor recursion depth mismatch``.
    """
    source = Path(path).read_text(encoding="utf-8")
    with _one_at_a_time:
        return ast.parse(source)
