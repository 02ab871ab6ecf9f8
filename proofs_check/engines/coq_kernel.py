"""Engine ``kernel``: Coq types the ledger's own statement against a proof in ``proofs_check/coq``.

The proof's files may only define and prove (``coq_text``). Three texts follow, each compiled by itself, so that no file
of a proof can change what was stated or what is reported:

1. *Stated*: ``Definition stated : Prop := <statement>.`` A statement made of terms sees the standard library alone.
   One in Coq's words also sees the development's definitions, but the library's names and signs are loaded after them.
2. *Proved*: the proof's files are loaded, and the term is typed as a proof of the statement as it reads there. A
   canary, ``0 = 1`` by the same term, and each wrong variant have to fail.
3. *Audited*: nothing is imported, so that no notation of the proof's is in force; what was proved is typed as what was
   stated, and Coq prints what it rests on, between two nonces that have to come back. Every line is parsed, and an
   axiom counts by its type.
"""

import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from proofs_check.engines import coq_checker, coq_defined, coq_files, coq_text
from proofs_check.engines.solvers import VACUOUS, satisfiable
from proofs_check.engines.variants import made_by_rule, subject_of
from proofs_check.statements.polynomials import Undefined, clear
from proofs_check.statements.terms import Statement
from proofs_check.verdicts.claims import Check, Refused, Status, Verdict

AXIOMS: Mapping[str, str] = {
    "ClassicalDedekindReals.sig_forall_dec": "forall (P : forall _ : nat, Prop) (_ : forall n : nat, sumbool (P n) "
    "(not (P n))), sumor (@sig nat (fun n : nat => not (P n))) (forall n : nat, P n)",
    "ClassicalDedekindReals.sig_not_dec": "forall P : Prop, sumbool (not (not P)) (not P)",
    "FunctionalExtensionality.functional_extensionality_dep": "forall (A : Type) (B : forall _ : A, Type) "
    "(f g : forall x : A, B x) (_ : forall x : A, @eq (B x) (f x) (g x)), @eq (forall x : A, B x) f g",
    "Classical_Prop.classic": "forall P : Prop, or P (not P)",
}
"""What the reals of Coq's standard library and Coquelicot rest on, with its type as Coq prints it without notations."""

NAMED = "Coq's proof that the statement is false; the witness is named by its author"
TOTAL = "values that Coq gives where none is, not shown to be none here: "
"""Before the divisors, roots and logarithms of a statement in Coq's words that the walk does not show to be defined."""


@dataclass(frozen=True)
class Goal:
    """What Coq is asked: a statement, of terms or in Coq's words, proved or refuted by a term."""

    statement: Statement | str
    term: str
    refutes: Mapping[str, str] | None
    total: bool = False

    @property
    def proposition(self) -> str:
        """The statement as Coq reads it, on one line."""
        words = self.statement if isinstance(self.statement, str) else self.statement.coq()
        return " ".join(words.split())

    @property
    def unread(self) -> str:
        """Why it has no text for Coq, empty if it has one: the kernel does not know cases other than ``|x|``."""
        try:
            return "" if self.proposition else "need a statement"
        except ValueError as why:
            return str(why)

    @property
    def words(self) -> str:
        """What the term has to prove: the proposition, or its negation."""
        return self.proposition if self.refutes is None else f"~ ({self.proposition})"

    @property
    def files(self) -> tuple[str, ...]:
        """The files that the proof and a statement in Coq's words name, and what they need."""
        words = self.statement if isinstance(self.statement, str) else ""
        return coq_files.files_for(self.term, words)


def kernel(
    statement: Statement | str,
    term: str,
    *,
    mutants: Sequence[Statement | str] = (),
    part: str = "",
    refutes: Mapping[str, str] | None = None,
    total: bool = False,
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
        total: the statement in Coq's words is meant with Coq's values where none is (``x / 0 = 0``, ``sqrt (-1) = 0``,
            ``ln 0 = 0``); the verdict names the places. Otherwise each place must be shown to have a value: by a
            hypothesis, or by a lemma of the files whose name ends in ``_has_value``.

    Returns:
        A check: PROVED (REFUTED), resting on the axioms that Coq reports; OPEN if coqc is missing,
        rejects the proof, or reports anything that is not whitelisted, and where a divisor may vanish, the hypotheses
        contradict each other, or the witness does not make a statement of terms false.
    """
    goal, subject = Goal(statement, term, refutes, total), subject_of(statement)
    drifted = [Goal(mutant, term, refutes, total) for mutant in mutants]
    if goal.unread:
        return _unread(goal, part)
    at_once = cache(lambda: decide(goal, [mutant for mutant in drifted if not mutant.unread]))
    return Check(
        "kernel",
        goal.proposition,
        lambda: at_once() or decide(goal, ()) or _rejected(goal),
        tuple(_unread(m) if m.unread else _mutant(m, at_once) for m in drifted),
        part,
        _depends(goal),
        subject,
        made_by_rule(statement) if isinstance(statement, Statement) else None,
    )


def _unread(goal: Goal, part: str = "") -> Check:
    """The check of a statement that has no text for Coq: OPEN, and why."""

    def refuse() -> Verdict:
        raise Refused(goal.unread)

    return Check("kernel", str(goal.statement), refuse, part=part, subject=subject_of(goal.statement))


def _mutant(goal: Goal, at_once: Callable[[], Verdict | None]) -> Check:
    def asked() -> Verdict:
        if at_once():
            return Verdict(Status.OPEN, reason=_gap(goal) or "coqc rejects the proof")
        return decide(goal, ()) or _rejected(goal)

    subject = subject_of(goal.statement)
    return Check("kernel", goal.proposition, asked, depends=_depends(goal), subject=subject)


def _depends(goal: Goal) -> str:
    made_with = f"{coq_files.known_version()} {coq_files.state(goal.files)}"
    kind, witness = type(goal.statement).__name__, goal.refutes and dict(goal.refutes)
    return f"kernel {made_with} {goal.term} {witness} {goal.total} {kind} {goal.proposition}"


def decide(goal: Goal, mutants: Sequence[Goal]) -> Verdict | None:
    """Coq's verdict on a goal if its term proves it and fails for each mutant and for the canary.

    Args:
        goal: What is asked.
        mutants: Drifted goals.

    Returns:
        The verdict; None if coqc rejects the proof, or takes it for a mutant, or cannot read a mutant.

    Raises:
        ValueError: If the statement or the term is none that Coq can be asked for.
        EngineMissing: If coqc is missing, or accepts a false statement.
    """  # noqa: DOC502  raised by what it calls
    coq_text.check_term(goal.proposition, tactics=False)
    coq_text.check_term(goal.term)
    for name in goal.files:
        coq_text.check_file(name, coq_files.sources()[name])
    try:
        for mutant in mutants:
            coq_text.check_term(mutant.proposition, tactics=False)
    except Refused:  # it is asked for by itself
        return None
    coq_files.refuses_falsehood()
    gap = _gap(goal)
    if gap:
        return Verdict(Status.OPEN, version=release(goal), reason=gap)
    begin, end = (f"nonce_{secrets.token_hex(8)}" for _ in range(2))
    search = _search(goal)
    stated = _stated(goal) + (search.text if search else "")
    texts = {"Stated": stated, "Proved": _proved(goal, mutants), "Audited": _audited(begin, end)}
    runs = coq_files.session(texts, goal.files)
    if not runs[0].accepted:
        raise ValueError(f"need a statement that Coq can read, got: {_said(runs[0].error)}")
    if len(runs) < len(texts) or not runs[-1].accepted:
        return None
    if search and search.hollow(runs[0].output):
        return Verdict(Status.OPEN, version=release(goal), reason=f"{VACUOUS}: Coq derives a contradiction")
    if search and (gap := search.gap(runs[0].output, goal.total)):
        return Verdict(Status.OPEN, version=release(goal), reason=f"undefined: {gap}")
    unshown = search.unshown(runs[0].output) if search else []
    unshown += _recursions(goal) if goal.total else []
    return _accepted(assumptions(runs[2].output, begin, end), goal, unshown)


def _search(goal: Goal) -> coq_defined.Search | None:
    """For a statement in Coq's words the search for what is undefined in it; one of terms has had ours."""
    if not isinstance(goal.statement, str):
        return None
    texts = {file: coq_files.sources()[file] for file in goal.files}
    named = {
        of: [f"{file}.{name}" for file, text in texts.items() for name in of(text)]
        for of in (coq_text.defined, coq_text.of_values)
    }
    return coq_defined.Search(
        goal.files,
        named[coq_text.defined],
        () if goal.total else _recursions(goal),
        named[coq_text.of_values],
        [name for text in texts.values() for name in coq_text.recursive(text)],
        goal.refutes is None,
    )


def _recursions(goal: Goal) -> list[str]:
    """The recursive definitions that a statement uses and that divide inside."""
    return coq_text.dividing(goal.proposition, tuple(coq_files.sources()[name] for name in goal.files))


def _gap(goal: Goal) -> str:
    """Why a goal decides nothing, whatever Coq says: its division is total, and from a contradiction all follows."""
    if isinstance(goal.statement, str):
        return ""
    try:
        cleared = clear(goal.statement)
    except Undefined as gap:
        return f"undefined: {gap}"
    if not satisfiable(cleared):
        return VACUOUS
    if goal.refutes is not None:
        point = {name: Fraction(value) for name, value in goal.refutes.items()}
        if set(goal.statement.variables) - set(point) or goal.statement.at(point) is not False:
            return f"the statement is not false at {dict(goal.refutes)}"
    return ""


def _stated(goal: Goal) -> str:
    if isinstance(goal.statement, str):
        start = coq_files.vocabulary(goal.files)
    else:
        start = "From Coq Require Import Reals.\n" + coq_files.SCOPE
    return f"{start}Definition stated : Prop := {goal.words}.\n"


def _proved(goal: Goal, mutants: Sequence[Goal]) -> str:
    lines = [coq_files.prelude(goal.files)]
    lines.append(f"Definition proved : {goal.words} :=\n  {goal.term}.\n")
    lines.append(f"Fail Definition canary : 0 = 1 :=\n  {goal.term}.\n")
    for i, mutant in enumerate(mutants):
        lines.append(f"Definition mutant{i}_stated : Prop := {mutant.words}.\n")
        lines.append(f"Fail Definition mutant{i} : {mutant.words} :=\n  {goal.term}.\n")
    return "".join(lines)


def _audited(begin: str, end: str) -> str:
    return (
        "From {here} Require Stated Proved.\n"
        "Set Printing All.\nSet Printing Width 1000000.\nSet Printing Depth 1000000.\n"
        "Definition audited : {here}.Stated.stated := {here}.Proved.proved.\n"
        f"Check (fun {begin} : Set => {begin}).\nPrint Assumptions audited.\nCheck (fun {end} : Set => {end}).\n"
    )


def assumptions(output: str, begin: str, end: str) -> dict[str, str] | str:
    """What a proof rests on: the axioms with their types, or the first line that is not understood.

    Args:
        output: What Coq printed.
        begin: The nonce printed before it.
        end: The nonce printed after it.

    Returns:
        Name -> type; or the text of what else stands there.
    """
    frame = r"fun {0} : Set => {0}\s+: forall _ : Set, Set\n"
    inside = re.fullmatch(rf"{frame.format(begin)}(.*?)\n?{frame.format(end)}", output, re.DOTALL)
    if inside is None:
        return f"the nonces did not come back in {output[:200]!r}"
    lines = inside[1].strip("\n").split("\n")
    if lines == ["Closed under the global context"]:
        return {}
    if lines[0] != "Axioms:":
        return lines[0]
    found = {}
    for line in lines[1:]:
        axiom = re.fullmatch(r"([\w.']+) : (\S.*)", line)
        if axiom is None:
            return line
        found[axiom[1]] = axiom[2]
    return found


def _accepted(rests: dict[str, str] | str, goal: Goal, unshown: Sequence[str]) -> Verdict:
    if isinstance(rests, str):
        return Verdict(
            Status.OPEN, version=release(goal), reason=f"Coq reports what is not understood: {rests[:200]}"
        )
    strange = sorted(name for name, kind in rests.items() if AXIOMS.get(name) != kind)
    if strange:
        listed = ", ".join(f"{name} : {rests[name][:80]}" for name in strange)
        return Verdict(
            Status.OPEN, version=release(goal), reason=f"rests on axioms that are not accepted: {listed}"
        )
    status = Status.PROVED if goal.refutes is None else Status.REFUTED
    total = [TOTAL + "; ".join(unshown)] if unshown else []
    if goal.refutes is not None and isinstance(goal.statement, str):
        total.append(NAMED)
    return Verdict(
        status,
        version=release(goal),
        rests_on=("Coq's kernel", *(f"axiom {name}" for name in sorted(rests)), *total),
        certificate=goal.term,
        witness=goal.refutes,
    )


def _rejected(goal: Goal) -> Verdict:
    """OPEN where Coq rejects the proof; a statement or a term that is not even one is an error of its author.

    Raises:
        Refused: if the statement or the term cannot be read.
    """
    runs = coq_files.session({"Stated": _stated(goal), "Proved": _proved(goal, ())}, goal.files)
    error = runs[-1].error
    if not runs[0].accepted or "Syntax error" in error or "was not found" in error:
        lists = "python -m proofs_check.coq.lemmas WORD prints what there is"
        hint = f" ({lists})" if "was not found" in error else ""
        raise Refused(f"need a statement and a proof that Coq can read, got: {_said(error)}{hint}")
    return Verdict(Status.OPEN, version=release(goal), reason=f"coqc rejects the proof: {_said(error)}")


def _said(error: str) -> str:
    return " ".join(error.split())[-400:]


def release(goal: Goal) -> str:
    """Coq's version, the state of the files that a proof uses, and whether these were checked twice."""
    twice = "each file checked again by coqchk" if coq_checker.installed() else "no coqchk here"
    return f"{coq_files.version()}, development {coq_files.state(goal.files)[:12]}, {twice}"
