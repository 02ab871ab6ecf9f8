"""Open the notebook over the simulators in a browser: ``python -m sitheory.explore``.

It opens on three runs on a sphere; behind tabs there are sliders over the toy function, weight decay and the edge of
stability, and a small network that trains at a press of a button (extra ``[torch]``).
Words after the command go to marimo: ``python -m sitheory.explore --port 8080 --headless``.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from sitheory.reports.command_line import OneLine, whole

EPILOG = "Other words go to marimo, like --headless."
NOTEBOOK = Path(__file__).with_name("notebook.py")


def main(words: Sequence[str] | None = None) -> int:
    """Become the notebook's server until it is stopped; 2 where marimo is not installed."""
    parser = OneLine("sitheory.explore", description=(__doc__ or "").split("\n", 1)[0], epilog=EPILOG)
    parser.add_argument("--port", type=whole, help="where the server listens")
    asked, others = parser.parse_known_args(words)
    if asked.port is not None and not 0 < asked.port < 1 << 16:
        parser.error(f"need 0 < port < 65536, got --port {asked.port}")
    given = [*(() if asked.port is None else ("--port", str(asked.port))), *others]
    if not (find_spec("marimo") and find_spec("matplotlib")):
        print("sitheory.explore: need marimo, pip install 'sitheory[explore]', got none", file=sys.stderr)
        return 2
    command = [sys.executable, "-m", "marimo", "run", str(NOTEBOOK), *given]
    if os.name != "posix":  # there this process would end, and the shell go on beside the server
        return subprocess.run(command, check=False).returncode
    # In place of this process, so that whatever stops it stops the server.
    os.execv(sys.executable, command)
