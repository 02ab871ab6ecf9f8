"""The Coq development on disk: what a proof needs of it, and its files compiled once for each state.

A pinned statement loads only the files that its proof names, and what those need; so an edit of one
file asks nothing again of proofs that do not use it, and only they are compiled, two at a time.
"""

import hashlib
import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

from filelock import FileLock

from proofs_check.engines import coq_checker
from proofs_check.verdicts.claims import EngineMissing
from sitheory.trajectory.cache_folder import cache_folder

DEVELOPMENT = Path(__file__).parents[1] / "coq"
COMPILE_SECONDS = 300
PINNED_SECONDS = 120
LIBRARIES = """\
From Coq Require Import Reals Lra Psatz List.
From Coquelicot Require Import Coquelicot.
"""
SCOPE = "Open Scope R_scope.\n"
VERSION = re.compile(r"(\d+\.\d+(\.\d+)?)\b")


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
    """Coq's version.

    Raises:
        EngineMissing: if there is no coqc that says it.
    """
    out = subprocess.run(
        [program(), "--print-version"],
        capture_output=True,
        text=True,
        errors="replace",
        timeout=30,
        check=False,
    )
    found = VERSION.match(out.stdout)
    if out.returncode or found is None:
        raise EngineMissing(f"kernel: coqc does not say its version, got {out.stdout[:80]!r}")
    return f"Coq {found[1]}"


def known_version() -> str:
    """Coq's version for what is remembered; where there is none, what was remembered last is not asked for either."""
    try:
        return version()
    except EngineMissing:
        return "none"


_ADDED: dict[str, str] = {}
_DEFINES = re.compile(r"\b(?:Definition|Fixpoint|Let|Lemma|Theorem|Corollary)\s+([\w']+)")

_MEANS = re.compile(r"\b(?:Definition|Fixpoint|Let)\s+([\w']+)")


@cache
def sources() -> dict[str, str]:
    """The text of each file of the development, by its module's name, and of those added."""
    own = {file.stem: file.read_text(encoding="utf-8") for file in sorted(DEVELOPMENT.glob("*.v"))}
    return own | _ADDED


def add(texts: Mapping[str, str]) -> None:
    """Let proofs use Coq files of a paper that lies elsewhere, beside those of the development.

    Args:
        texts: The text by the module's name; the same files may be added again.

    Raises:
        ValueError: If a file's name is one of the development's or none of Coq's, or a file defines anew what a
            statement of ours may name.
    """
    ours = {file.stem for file in DEVELOPMENT.glob("*.v")}
    for name in texts:
        if name in ours or not re.fullmatch(r"[A-Za-z]\w*", name, re.ASCII):
            raise ValueError(f"need a name for a Coq file that is not one of sitheory's, got {name}.v")
    known_words = {word for name in ours for word in _MEANS.findall(sources()[name])}
    for name, text in texts.items():
        if taken := sorted(known_words & set(_MEANS.findall(text))):
            raise ValueError(
                f"need definitions that change no name of sitheory's, got {taken[0]} in {name}.v"
            )
    _ADDED.update(texts)
    for known in (sources, required, files_for):
        known.cache_clear()


@cache
def required(name: str) -> frozenset[str]:
    """The file and all that it needs, directly or not.

    Raises:
        ValueError: If it needs a file that is not there.
    """
    if name not in sources():
        raise ValueError(f"need a Coq file that is there, got {name}.v")
    imports = re.findall(r"From Sitheory Require \w+ ([\w\s]+)\.", sources()[name])
    below = (required(other) for other in re.findall(r"\w+", " ".join(imports)))
    return frozenset({name}).union(*below)


@cache
def files_for(term: str, statement: str = "") -> tuple[str, ...]:
    """The files that a proof names (``Beta.eq13a``) and what they need; all of ours, if it names none.

    A file of a paper that lies elsewhere is named by each word that it defines, in the statement too.
    """
    words = set(re.findall(r"[\w']+", f"{term} {statement}"))
    added = {name for name, text in _ADDED.items() if name in words or words & set(_DEFINES.findall(text))}
    named = set(re.findall(r"\b(\w+)\.\w", term)) & set(sources()) or set(sources()) - set(_ADDED)
    return tuple(sorted(frozenset({"Theory"}).union(*map(required, named | added))))


def state(files: Iterable[str]) -> str:
    """A hash of the files' texts."""
    texts = (f"{name}\n{sources()[name]}" for name in sorted(files))
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()


def prelude(files: Iterable[str]) -> str:
    """What a proof starts with: the libraries and the files."""
    return f"{LIBRARIES}From Sitheory Require Import {' '.join(files)}.\n{SCOPE}"


def vocabulary(files: Iterable[str]) -> str:
    """What a statement in Coq's words starts with: the files first, so that the libraries' own names and signs win."""
    own = f"From Sitheory Require Import {' '.join(files)}.\n"
    return f"{LIBRARIES}{own}From Coq Require Import Prelude.\n{LIBRARIES}{SCOPE}"


@dataclass(frozen=True)
class Run:
    """What coqc said of one text: whether it compiled it, and its output."""

    accepted: bool
    output: str
    error: str


def session(texts: Mapping[str, str], files: Iterable[str] = ()) -> list[Run]:
    """Compile texts one after the other, each with those before it, in a folder of their own.

    The folder's logical name is drawn anew for each session, so that no file of a proof can know it. A text counts as
    accepted only where coqc left a compiled file.

    Args:
        texts: Coq's text by the module's name; ``{here}`` in a text stands for the folder's logical name.
        files: The files of the development that they may require.

    Returns:
        What coqc said of each text, up to the first that it did not accept.

    Raises:
        EngineMissing: If there is no coqc.
    """  # noqa: DOC502  raised by what it calls
    coqc, here, runs = program(), f"Pin{secrets.token_hex(8)}", []
    library = ["-Q", str(compiled(tuple(sorted(files)))), "Sitheory"] if files else []
    with tempfile.TemporaryDirectory() as folder:
        for name, text in texts.items():
            file = Path(folder) / f"{name}.v"
            file.write_text(text.replace("{here}", here), encoding="utf-8")
            command = [coqc, "-q", "-w", "none", *library, "-Q", ".", here, file.name]
            try:
                done = subprocess.run(
                    command,
                    capture_output=True,
                    text=True,
                    errors="replace",
                    timeout=PINNED_SECONDS,
                    cwd=folder,
                    check=False,
                )
            except subprocess.TimeoutExpired:
                runs.append(Run(False, "", f"coqc ran over {PINNED_SECONDS} s"))
                break
            accepted = not done.returncode and file.with_suffix(".vo").exists()
            runs.append(Run(accepted, done.stdout, done.stderr))
            if not accepted:
                break
    return runs


@cache
def refuses_falsehood() -> None:
    """Make sure that the coqc at hand is one: it says true things and refuses a false one.

    Raises:
        EngineMissing: If it accepts a false statement, or does not answer.
    """
    nonce = f"nonce_{secrets.token_hex(8)}"
    runs = session(
        {
            "True": f"Definition fine : 1 = 1 := eq_refl.\nCheck (fun {nonce} : Set => {nonce}).\n",
            "False": "Definition canary : 0 = 1 := eq_refl.\n",
        }
    )
    if not (len(runs) == 2 and nonce in runs[0].output and not runs[1].accepted and "Error" in runs[1].error):
        raise EngineMissing("kernel: coqc is no Coq, it does not tell true from false")


@cache
def compiled(files: tuple[str, ...]) -> Path:
    """The folder with the compiled files, made at the first call, two files at a time.

    Args:
        files: Names of files with all that they need.

    Returns:
        A folder in the user's cache that is named by the files' hash, Coq's version and whether coqchk was there.

    Raises:
        ValueError: If a file does not compile: coqc's complaint.
    """  # noqa: DOC502  raised by what it calls
    folder = cache_folder() / "coq" / f"{state(files)[:16]}-{_seal()}"
    if folder.exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    missing = [name for name in files if not _stored(name).exists()]
    if missing:
        told = f"compiling {len(missing)} Coq files, once, a few seconds each: {', '.join(missing)}"
        print(told, file=sys.stderr)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch, ThreadPoolExecutor(2) as pool:
        work = Path(scratch) / "development"
        work.mkdir()
        for name in files:
            (work / f"{name}.v").write_text(sources()[name], encoding="utf-8")
        order = TopologicalSorter({name: required(name) - {name} for name in files})
        order.prepare()
        running: dict[Future[None], str] = {}
        while order.is_active():
            running |= {pool.submit(_compile, work / f"{name}.v"): name for name in order.get_ready()}
            for done in wait(running, return_when=FIRST_COMPLETED).done:
                done.result()
                order.done(running.pop(done))
        try:
            work.rename(folder)
        except OSError:  # another process was faster; its result is the same
            assert folder.exists()
    return folder


def _stored(name: str) -> Path:
    return folder_of_compiled() / f"{state(required(name))}-{_seal()}"


def _seal() -> str:
    """By whom a compiled file was made and checked."""
    return f"{version().replace(' ', '-')}{'-coqchk' if coq_checker.installed() else ''}"


def _compile(file: Path) -> None:
    """Compile a file whose needs stand compiled beside it and have it checked, or take what an earlier run left.

    Raises:
        ValueError: If coqc or coqchk does not accept it.
    """  # noqa: DOC502  raised by what it calls
    store = _stored(file.stem)
    with FileLock(f"{store}.lock"):  # two processes that need one file make it once
        if not store.exists():
            _compile_anew(file, store)
    shutil.copy(store, file.with_suffix(".vo"))


def _compile_anew(file: Path, store: Path) -> None:
    command = [program(), "-q", "-w", "none", "-Q", ".", "Sitheory", file.name]
    run = subprocess.run(
        command,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=COMPILE_SECONDS,
        cwd=file.parent,
        check=False,
    )
    if run.returncode or not file.with_suffix(".vo").exists():
        raise ValueError(
            f"need a Coq file that compiles, got {file.name}: {' '.join(run.stderr.split())[-400:]}"
        )
    if coq_checker.installed():
        coq_checker.check(file.stem, file.parent)
    draft = store.with_suffix(f".{os.getpid()}")
    shutil.copy(file.with_suffix(".vo"), draft)
    draft.replace(store)


def folder_of_compiled() -> Path:
    """Where compiled files are kept, each under the hash of all it depends on."""
    folder = cache_folder() / "coq" / "compiled"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
