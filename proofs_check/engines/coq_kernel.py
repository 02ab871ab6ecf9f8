"""Engine ``kernel``: Coq types the ledger's own statement against a proof in ``proofs_check/coq``.

``Definition pinned : <statement> := <term>.`` so that a theorem's name cannot drift from the claim,
then ``Print Assumptions pinned.``: an axiom that is not on the list makes the proof count for nothing.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache

from proofs_check.engines import coq_files
from proofs_check.statements.terms import Statement
from proofs_check.verdicts.claims import Check, Status, Verdict

AXIOMS = frozenset(
    {
        "ClassicalDedekindReals.sig_forall_dec",
        "ClassicalDedekindReals.sig_not_dec",
        "FunctionalExtensionality.functional_extensionality_dep",
        "Classical_Prop.classic",
    }
)
"""What the reals of Coq's standard library and Coquelicot rest on; nothing else is accepted."""


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
    files = coq_files.state(coq_files.files_for(term))
    return f"kernel {files} {term} {refutes and dict(refutes)} {proposition}"


def _pinned(proposition: str, refutes: Mapping[str, str] | None, name: str, term: str, command: str) -> str:
    """Coq's text that types a term as a proof of a proposition, or of its negation."""
    goal = proposition if refutes is None else f"~ ({proposition})"
    return f"Definition {name}_statement : Prop := {proposition}.\n{command} {name} : {goal} :=\n  {term}.\n"


def decide(proposition: str, term: str, refutes: Mapping[str, str] | None = None) -> Verdict:
    """Coq's verdict on a term as a proof of a proposition, or of its negation."""
    text = _pinned(proposition, refutes, "pinned", term, "Definition")
    run = coq_files.check(f"{_prelude(term)}{text}Print Assumptions pinned.\n")
    if run.returncode:
        return _rejected(run.stderr, term)
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
    run = coq_files.check(f"{_prelude(term)}{text}{''.join(texts)}Print Assumptions pinned.\n")
    return None if run.returncode else _accepted(run.stdout, term, refutes)


def _accepted(output: str, term: str, refutes: Mapping[str, str] | None) -> Verdict:
    axioms = assumptions(output)
    if axioms - AXIOMS:
        strange = ", ".join(sorted(axioms - AXIOMS))
        return Verdict(
            Status.OPEN, version=release(term), reason=f"rests on axioms that are not accepted: {strange}"
        )
    status = Status.PROVED if refutes is None else Status.REFUTED
    return Verdict(
        status, version=release(term), rests_on=_trusted(axioms), certificate=term, witness=refutes
    )


def _rejected(error: str, term: str) -> Verdict:
    """OPEN where Coq rejects the proof; a statement that is not even one is an error of its author.

    Raises:
        ValueError: if the statement or the term cannot be read.
    """
    message = " ".join(error.split())
    line = re.search(r"line (\d+), characters [\d-]+: Error", message)
    ill_formed = line is None or int(line[1]) == _prelude(term).count("\n") + 1
    if ill_formed or "Syntax error" in error or "was not found" in error:
        raise ValueError(f"need a statement and a proof that Coq can read, got: {message}")
    return Verdict(Status.OPEN, version=release(term), reason=f"coqc rejects the proof: {message[-400:]}")


def release(term: str) -> str:
    """Coq's version and the state of the files that a term uses."""
    return f"{coq_files.version()}, development {coq_files.state(coq_files.files_for(term))[:12]}"


def _prelude(term: str) -> str:
    return coq_files.prelude(coq_files.files_for(term))


def _trusted(axioms: frozenset[str] | set[str]) -> tuple[str, ...]:
    return ("Coq's kernel", *(f"axiom {name}" for name in sorted(axioms)))


def assumptions(output: str) -> set[str]:
    """The axioms in the output of Print Assumptions."""
    _, found, listed = output.rpartition("Axioms:")
    return set(re.findall(r"^([\w.']+)\s*:", listed, re.MULTILINE)) if found else set()
