"""The Coq development on disk: what a proof needs of it, and its files compiled once for each state.

A pinned statement loads only the files that its proof names, and what those need; so an edit of one
file asks nothing again of proofs that do not use it.
"""

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from proofs_check.verdicts.claims import EngineMissing
from proofs_check.verdicts.memory import cache_folder

DEVELOPMENT = Path(__file__).parents[1] / "coq"
COMPILE_SECONDS = 300
PINNED_SECONDS = 120
PRELUDE = """\
From Coq Require Import Reals Lra Psatz List.
From Coquelicot Require Import Coquelicot.
From Sitheory Require Import {files}.
Open Scope R_scope.
"""


def program() -> str:
    """Where coqc is.

    Raises:
        EngineMissing: if it is not installed.
    """
    coqc = shutil.which("coqc")
    if coqc is None:
        raise EngineMissing("kernel: not re-run here")
    return coqc


@cache
def version() -> str:
    """Coq's version."""
    out = subprocess.run(
        [program(), "--print-version"], capture_output=True, text=True, timeout=30, check=True
    )
    return f"Coq {out.stdout.split()[0]}"


@cache
def sources() -> dict[str, str]:
    """The text of each file of the development, by its module's name."""
    return {file.stem: file.read_text(encoding="utf-8") for file in sorted(DEVELOPMENT.glob("*.v"))}


@cache
def required(name: str) -> frozenset[str]:
    """The file and all that it needs, directly or not."""
    imports = re.findall(r"From Sitheory Require \w+ ([\w\s]+)\.", sources()[name])
    below = (required(other) for other in re.findall(r"\w+", " ".join(imports)))
    return frozenset({name}).union(*below)


@cache
def files_for(text: str) -> tuple[str, ...]:
    """The files that a proof names (``Beta.eq13a``) and what they need; all files, if it names none."""
    named = set(re.findall(r"\b(\w+)\.\w", text)) & set(sources()) or set(sources())
    return tuple(sorted(frozenset({"Theory"}).union(*map(required, named))))


def state(files: Iterable[str]) -> str:
    """A hash of the files' texts."""
    texts = (f"{name}\n{sources()[name]}" for name in sorted(files))
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()


def prelude(files: Iterable[str]) -> str:
    """What a pinned statement starts with: the libraries and the files."""
    return PRELUDE.format(files=" ".join(files))


def check(text: str, library: bool = True) -> subprocess.CompletedProcess[str]:
    """Run coqc on a text, with or without the development, in a folder of its own.

    Raises:
        EngineMissing: if there is no coqc.
        subprocess.TimeoutExpired: if it takes too long.
    """  # noqa: DOC502  raised by what it calls
    coqc = program()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "pinned.v"
        file.write_text(text, encoding="utf-8")
        path = ["-Q", str(compiled()), "Sitheory"] if library else []
        command = [coqc, "-q", "-w", "none", *path, str(file)]
        return subprocess.run(command, capture_output=True, text=True, timeout=PINNED_SECONDS, cwd=folder)


@cache
def compiled() -> Path:
    """The folder with the compiled development, made at the first call.

    Files that do not compile are left out, with coqc's complaint beside them.

    Returns:
        A folder in the user's cache that is named by the development's hash and Coq's version.
    """
    folder = cache_folder() / "coq" / f"{state(sources())[:16]}-{version().replace(' ', '-')}"
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
            work = Path(scratch) / "development"
            work.mkdir()
            for name in sorted(sources(), key=lambda name: len(required(name))):
                (work / f"{name}.v").write_text(sources()[name], encoding="utf-8")
                _compile(work / f"{name}.v")
            try:
                work.rename(folder)
            except OSError:  # another process was faster; its result is the same
                assert folder.exists()
    return folder


def _compile(file: Path) -> None:
    """Compile a file whose needs stand compiled beside it, or take what an earlier run left."""
    store = folder_of_compiled() / f"{state(required(file.stem))}-{version().replace(' ', '-')}"
    if not store.exists():
        command = [program(), "-q", "-w", "none", "-Q", ".", "Sitheory", file.name]
        run = subprocess.run(
            command, capture_output=True, text=True, timeout=COMPILE_SECONDS, cwd=file.parent
        )
        if run.returncode:
            file.with_suffix(".error").write_text(run.stderr, encoding="utf-8")
            return
        draft = store.with_suffix(f".{os.getpid()}")
        shutil.copy(file.with_suffix(".vo"), draft)
        draft.replace(store)
    shutil.copy(store, file.with_suffix(".vo"))


def folder_of_compiled() -> Path:
    """Where compiled files are kept, each under the hash of all it depends on."""
    folder = cache_folder() / "coq" / "compiled"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
