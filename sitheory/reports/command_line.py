"""The frame of all commands: errors of one line, exit codes, whole numbers, files written whole or not at all."""

from __future__ import annotations

import argparse
import contextlib
import difflib
import io
import os
import re
import signal
import sys
import tempfile
from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING

from sitheory import __version__
from sitheory.reports.stopping import CODES, Terminated, stoppable
from sitheory.trajectory.atomic_files import written_whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure


NEAR = 4
"""At most so many names are suggested in place of an unknown one."""


NEGATIVE = re.compile(r"(?:-(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|-inf(inity)?|-nan)$", re.IGNORECASE)
"""A word that is a number and no option."""


class OneLine(argparse.ArgumentParser):
    """A parser as all commands have it: no abbreviations, --version, and errors of one line with exit code 2."""

    def __init__(self, prog: str, **options):
        about = re.sub(r"``(.*?)``|\*(.*?)\*", lambda m: m[1] or m[2], options.pop("description", None) or "")
        super().__init__(prog=prog, **{"allow_abbrev": False, "description": about, **options})
        self._negative_number_matcher = NEGATIVE  # Python's own knows no exponents before 3.14
        self.add_argument("--version", action="version", version=f"{prog} {__version__}")

    def parse_args(self, args=None, namespace=None):
        """Read the words; an option that does not exist is refused before one that is missing: it may be misspelt."""
        for word in sys.argv[1:] if args is None else args:
            if word == "--":
                break
            name = word.partition("=")[0]
            if name.startswith("--") and " " not in name and name not in self._option_string_actions:
                self.error(
                    unknown_name("an option", name, [o for o in self._option_string_actions if o[:2] == "--"])
                )
        return super().parse_args(args, namespace)

    def error(self, message: str):
        """Print the message on one line and leave with 2."""
        self.exit(2, f"{self.prog}: {one_line(message)}\n")


def one_line(message: object) -> str:
    """Return a message on one line, with the name of what was raised where it says nothing itself."""
    said = " ".join(str(message).split())
    return said if said or not isinstance(message, BaseException) else type(message).__name__


def whole(text: str) -> int:
    """Return a whole number, also one written like 1e4.

    Raises:
        ArgumentTypeError: If it is none.
    """
    try:
        return int(text)
    except ValueError:
        pass
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not value.is_integer():
        raise argparse.ArgumentTypeError(f"need a whole number, got {text!r}")
    return int(value)


def unknown_name(what: str, got: str | None, known: Collection[str]) -> str:
    """Return a line for a name that is unknown or missing, with the known names nearest to it.

    Args:
        what: What the name stands for, with its article.
        got: The name, None where there is none.
        known: The names to choose from.

    Returns:
        One line without the program's name.
    """
    if got is None:
        return f"need the name of {what}, got none"
    alike = got.lower()
    near = [name for name in known if alike in name.lower() or name.lower() in alike] if got else []
    near = near or difflib.get_close_matches(alike, known, n=NEAR, cutoff=0.5)
    like = f" like {', '.join(near[:NEAR])}" if near else ""
    return f"need the name of {what}{like}, got {got!r}"


def run_command(prog: str, main: Callable[[], int]) -> int:
    """Run a command so that it ends in one line, whatever stops it: a signal, a full disk, numbers out of range.

    Args:
        prog: The command's name.
        main: What it does; returns the exit code.

    Returns:
        The exit code: 130 and 143 when stopped by SIGINT and SIGTERM, 0 when the reader of a pipe has left, 2 when a
        value breaks a law, 1 when the machine has no room.
    """
    try:
        with stoppable(prog):
            return _run(prog, main)
    except KeyboardInterrupt:  # a second one, while the first was answered
        return 130


def _run(prog: str, main: Callable[[], int]) -> int:
    try:
        code = main()
        sys.stdout.flush()
    except KeyboardInterrupt as why:
        print(f"{prog}: stopped", file=sys.stderr, flush=True)
        return stopped_code(why)
    except BrokenPipeError:
        _drop_output()  # Python would complain once more when it flushes at exit.
        return 0
    except OSError as failed:
        print(f"{prog}: need room for the output, got {one_line(failed)}", file=sys.stderr)
        _drop_output()
        return 1
    except MemoryError as failed:
        print(f"{prog}: need enough memory, got {one_line(failed)}", file=sys.stderr)
        return 1
    except ArithmeticError as failed:
        said = (
            failed.args[-1] if failed.args else failed
        )  # the system's errors have a number before their words
        print(f"{prog}: need numbers that doubles can hold, got {one_line(said)}", file=sys.stderr)
        return 2
    except ValueError as bad:
        print(f"{prog}: {one_line(bad)}", file=sys.stderr)
        return 2
    return code


def stopped_code(why: KeyboardInterrupt) -> int:
    """Return the exit code of a command that a signal stopped."""
    return CODES[signal.SIGTERM if isinstance(why, Terminated) else signal.SIGINT]


def _drop_output() -> None:
    with contextlib.suppress(OSError):  # output that is no file
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def file_name(text: str) -> Path:
    """Return the path that an option names.

    Raises:
        ArgumentTypeError: If it is empty.
    """
    if not text.strip() or "\0" in text:
        raise argparse.ArgumentTypeError(f"need the name of a file, got {text!r}")
    return Path(text)


def check_plot(path: Path) -> None:
    """Raise ValueError if a plot cannot be written to this file."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
    except ImportError:
        raise ValueError(
            "need matplotlib for --plot (the extra [figures]), got an environment without it"
        ) from None
    if path.suffix[1:].lower() not in FigureCanvasAgg.get_supported_filetypes():
        raise ValueError(f"need a plot file that ends in .png, .pdf or .svg, got {str(path)!r}")
    check_writable(path, "plot file")


def check_writable(path: Path, what: str) -> None:
    """Check that a file can be written here, by writing one: permissions alone do not tell.

    Args:
        path: The file that is to be written later; it is not touched.
        what: What to call it.

    Raises:
        ValueError: If it cannot.
    """
    need = f"need a writable {what}, got {str(path)!r}"
    if path.is_dir():
        raise ValueError(f"{need}: {str(path)!r} is a folder")
    if path.exists() and not os.access(path, os.W_OK):
        raise ValueError(f"{need}: {str(path)!r} may not be changed")
    try:
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as failed:
        raise ValueError(f"{need}: {failed.strerror or failed}") from None


def save_whole(figure: Figure, path: Path) -> None:
    """Write a figure whole or not at all; the path's ending names the format."""
    kept = io.BytesIO()  # the library's own writers meet a full disk with whatever error they are in
    figure.savefig(kept, format=path.suffix[1:].lower())
    with written_whole(path) as temporary:
        temporary.write_bytes(kept.getbuffer())
