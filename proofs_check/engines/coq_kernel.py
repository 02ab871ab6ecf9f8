"""Engine ``kernel``: Coq types the ledger's own statement against a proof in ``proofs_check/coq``.

``Definition pinned : <statement> := <term>.`` so that a theorem's name cannot drift from the claim,
then ``Print Assumptions pinned.``: an axiom that is not on the list makes the proof count for nothing.
The development is compiled once for each state of its files, into the user's cache.
"""

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

from proofs_check.memory import cache_folder
from proofs_check.terms import Statement
from sitheory.claims import Check, EngineMissing, Status, Verdict

DEVELOPMENT = Path(__file__).parents[1] / "coq"
AXIOMS = frozenset(
    {
        "ClassicalDedekindReals.sig_forall_dec",
        "ClassicalDedekindReals.sig_not_dec",
        "FunctionalExtensionality.functional_extensionality_dep",
        "Classical_Prop.classic",
    }
)
"""What the reals of Coq's standard library and Coquelicot rest on; nothing else is accepted."""
COMPILE_SECONDS = 300
PINNED_SECONDS = 120
PRELUDE = """\
From Coq Require Import Reals Lra Psatz List.
From Coquelicot Require Import Coquelicot.
{requires}
Open Scope R_scope.
"""


def kernel(
    statement: Statement | str,
    term: str,
    *,
    mutants: Sequence[Statement | str] = (),
    part: str = "",
    refutes: Mapping[str, str] | None = None,
) -> Check:
    """Let Coq's kernel check a proof of the statement.

    Args:
        statement: a statement of ``terms``, or the text of a Coq proposition, which may use all that
            the files in ``proofs_check/coq`` define (``INDEX.md`` there lists the theorems).
        term: the proof: ``Beta.eq13a``, or any term, such as
            ``ltac:(intros; apply Beta.eq13a; lra)``.
        mutants: drifted statements, whose typing against the same term must fail.
        part: the part of the form that this decides.
        refutes: the term proves that the statement is false; here is the witness it uses.

    Returns:
        A check: PROVED (REFUTED), resting on the axioms that Coq reports; OPEN if coqc is missing,
        rejects the proof, or reports an axiom that is not whitelisted.
    """
    proposition = _line(statement)
    drifted = tuple(_line(mutant) for mutant in mutants)
    at_once = cache(lambda: decide_with_mutants(proposition, term, refutes, drifted))
    return Check(
        "kernel",
        proposition,
        lambda: at_once() or decide(proposition, term, refutes),
        tuple(_mutant(mutant, term, refutes, at_once) for mutant in drifted),
        part,
        _depends(proposition, term, refutes),
    )


def _mutant(
    proposition: str, term: str, refutes: Mapping[str, str] | None, at_once: Callable[[], Verdict | None]
) -> Check:
    rejected = Verdict(Status.OPEN, reason="coqc rejects the proof")
    return Check(
        "kernel",
        proposition,
        lambda: rejected if at_once() else decide(proposition, term, refutes),
        depends=_depends(proposition, term, refutes),
    )


def _line(statement: Statement | str) -> str:
    return " ".join((statement if isinstance(statement, str) else statement.coq()).split())


def _depends(proposition: str, term: str, refutes: Mapping[str, str] | None) -> str:
    return f"kernel {development_hash()} {term} {refutes and dict(refutes)} {proposition}"


def _pinned(proposition: str, refutes: Mapping[str, str] | None, name: str, term: str, command: str) -> str:
    """Coq's text that types a term as a proof of a proposition, or of its negation."""
    goal = proposition if refutes is None else f"~ ({proposition})"
    return f"Definition {name}_statement : Prop := {proposition}.\n{command} {name} : {goal} :=\n  {term}.\n"


def decide(proposition: str, term: str, refutes: Mapping[str, str] | None = None) -> Verdict:
    """Coq's verdict on a term as a proof of a proposition, or of its negation."""
    text = _pinned(proposition, refutes, "pinned", term, "Definition")
    run = compile_text(f"{text}Print Assumptions pinned.\n")
    if run.returncode:
        return _rejected(run.stderr)
    return _accepted(run.stdout, term, refutes)


def decide_with_mutants(
    proposition: str, term: str, refutes: Mapping[str, str] | None, mutants: Sequence[str]
) -> Verdict | None:
    """The verdict if coqc accepts the term for the proposition and rejects it for each mutant, in one run.

    Returns:
        None if anything else happens: then each has to be decided by itself.
    """
    texts = [_pinned(m, refutes, f"mutant{i}", term, "Fail Definition") for i, m in enumerate(mutants)]
    text = _pinned(proposition, refutes, "pinned", term, "Definition")
    run = compile_text(f"{text}{''.join(texts)}Print Assumptions pinned.\n")
    return None if run.returncode else _accepted(run.stdout, term, refutes)


def _accepted(output: str, term: str, refutes: Mapping[str, str] | None) -> Verdict:
    axioms = assumptions(output)
    if axioms - AXIOMS:
        strange = ", ".join(sorted(axioms - AXIOMS))
        return Verdict(
            Status.OPEN, version=release(), reason=f"rests on axioms that are not accepted: {strange}"
        )
    status = Status.PROVED if refutes is None else Status.REFUTED
    return Verdict(status, version=release(), rests_on=_trusted(axioms), certificate=term, witness=refutes)


def _rejected(error: str) -> Verdict:
    """OPEN where Coq rejects the proof; a statement that is not even one is an error of its author.

    Raises:
        ValueError: if the statement or the term cannot be read.
    """
    message = " ".join(error.split())
    line = re.search(r"line (\d+), characters [\d-]+: Error", message)
    ill_formed = line is None or int(line[1]) == prelude().count("\n") + 1
    if ill_formed or "Syntax error" in error or "was not found" in error:
        raise ValueError(f"need a statement and a proof that Coq can read, got: {message}")
    return Verdict(Status.OPEN, version=release(), reason=f"coqc rejects the proof: {message[-400:]}")


def _trusted(axioms: frozenset[str] | set[str]) -> tuple[str, ...]:
    return ("Coq's kernel", *(f"axiom {name}" for name in sorted(axioms)))


def assumptions(output: str) -> set[str]:
    """The axioms in the output of Print Assumptions."""
    _, found, listed = output.rpartition("Axioms:")
    return set(re.findall(r"^([\w.']+)\s*:", listed, re.MULTILINE)) if found else set()


def compile_text(source: str, prefix: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run coqc on a text after the development's prelude, in a folder of its own.

    Raises:
        EngineMissing: if there is no coqc.
        subprocess.TimeoutExpired: if it takes too long.
    """
    coqc = program()
    text = (prelude() if prefix is None else prefix) + source
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "pinned.v"
        file.write_text(text, encoding="utf-8")
        library = ["-Q", str(compiled()), "Sitheory"] if prefix is None else []
        command = [coqc, "-q", "-w", "none", *library, str(file)]
        return subprocess.run(command, capture_output=True, text=True, timeout=PINNED_SECONDS, cwd=folder)


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


def release() -> str:
    """Coq's version and the development's hash."""
    return f"{version()}, development {development_hash()[:12]}"


@cache
def development_hash() -> str:
    """A hash of all the development's files."""
    digest = hashlib.sha256()
    for file in sorted(DEVELOPMENT.glob("*.v")):
        digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()


@cache
def prelude() -> str:
    """What a pinned statement starts with: the libraries and every file of the development."""
    names = sorted(file.stem for file in compiled().glob("*.vo"))
    requires = f"From Sitheory Require Import {' '.join(names)}." if names else ""
    return PRELUDE.format(requires=requires)


@cache
def compiled() -> Path:
    """The folder with the compiled development, made at the first call.

    Files that do not compile are left out, with coqc's complaint beside them.

    Returns:
        A folder in the user's cache that is named by the hash of the development and Coq's version.
    """
    folder = cache_folder() / "coq" / f"{development_hash()[:16]}-{version().replace(' ', '-')}"
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
            work = Path(scratch) / "development"
            work.mkdir()
            for file in DEVELOPMENT.glob("*.v"):
                shutil.copy(file, work)
            _compile(work)
            try:
                work.rename(folder)
            except OSError:  # another process was faster; its result is the same
                assert folder.exists()
    return folder


def _compile(work: Path) -> None:
    """Compile the files in the order of their needs, taking from the cache what has not changed."""
    store = cache_folder() / "coq" / "compiled"
    store.mkdir(exist_ok=True)
    names = sorted(file.name for file in work.glob("*.v"))
    command = ["coqdep", "-Q", ".", "Sitheory", "-sort", *names]
    order = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=work, check=True)
    keys: dict[str, str] = {}
    for name in order.stdout.split():
        file = work / name
        text = file.read_text(encoding="utf-8")
        needs = re.findall(r"\w+", " ".join(re.findall(r"From Sitheory Require \w+ ([\w\s]+)\.", text)))
        key = hashlib.sha256("\n".join([version(), text, *(keys[n] for n in needs)]).encode()).hexdigest()
        keys[file.stem] = key
        if not (store / key).exists():
            _compile_file(file, store / key)
        if (store / key).exists():
            shutil.copy(store / key, file.with_suffix(".vo"))


def _compile_file(file: Path, target: Path) -> None:
    command = [program(), "-q", "-w", "none", "-Q", ".", "Sitheory", file.name]
    run = subprocess.run(command, capture_output=True, text=True, timeout=COMPILE_SECONDS, cwd=file.parent)
    if run.returncode:
        file.with_suffix(".error").write_text(run.stderr, encoding="utf-8")
    else:
        draft = target.with_suffix(f".{os.getpid()}")
        shutil.copy(file.with_suffix(".vo"), draft)
        draft.rename(target)
