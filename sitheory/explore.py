"""Open the notebook over the simulators in a browser: ``python -m sitheory.explore``.

Sliders for ELR, coefficients, learning rate and weight decay; regime, ELRs, Lyapunov exponent and jumps follow.
Words after the command go to marimo: ``python -m sitheory.explore --port 8080 --headless``.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from sitheory.reports.command_line import run_command

NOTEBOOK = Path(__file__).parent / "reports" / "notebook.py"


def main(words: Sequence[str] | None = None) -> int:
    """Become the notebook's server until it is stopped; 2 where marimo is not installed."""
    given = list(sys.argv[1:] if words is None else words)
    if {"-h", "--help"} & set(given):
        print(__doc__)
        return 0
    if not (find_spec("marimo") and find_spec("matplotlib")):
        print("sitheory.explore: need marimo, pip install 'sitheory[explore]', got none", file=sys.stderr)
        return 2
    # In place of this process, so that whatever stops it stops the server.
    os.execv(sys.executable, [sys.executable, "-m", "marimo", "run", str(NOTEBOOK), *given])


if __name__ == "__main__":
    sys.exit(run_command("sitheory.explore", main))
