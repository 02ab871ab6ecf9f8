"""What it means to know something: claims, the checks that decide them, and the verdicts these return.

Nothing here decides anything: the engines live in ``proofs_check``. This module says how verdicts
add up, so that a status is always computed and never typed.
"""

import time
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from proofs_check.verdicts.clauses import Clause, Failure

STRENGTH = ("kernel", "certificate", "smt", "induction", "algebra", "enclosure", "trial")
"""The engines, strongest first: the strongest one that proved a statement is named beside it."""


class Status(StrEnum):
    """What is known about a statement."""

    PROVED = "PROVED"
    """Exactly true, over everything that the statement quantifies."""
    REFUTED = "REFUTED"
    """False, with an exact witness."""
    SUPPORTED = "SUPPORTED"
    """No counterexample in a stated number of trials."""
    APPROXIMATE = "APPROXIMATE"
    """Says about how much, not exactly: an exact restatement is decided, or the distance measured."""
    OPEN = "OPEN"
    """Not decided: the reason is given."""
    CRASHED = "CRASHED"
    """An engine crashed on the statement itself, whatever others say of it."""
    CONFLICT = "CONFLICT"
    """Two engines disagree: one of them, or the formalisation, is wrong."""


class EngineMissing(RuntimeError):
    """An engine's program is not installed here, so that it decides nothing."""


class Refused(ValueError):
    """What was handed in is nothing that the engine can be asked for: the verdict is OPEN and says why."""


@dataclass(frozen=True)
class Verdict:
    """One engine's answer to one check.

    Attributes:
        status: what the engine found.
        engine: its name, and ``version`` that of the programs behind it.
        rests_on: what has to be right for the verdict to be right (solvers, axioms, obligations).
        certificate: what it leaves behind for others to re-check.
        proof: the certificate as JSON that ``proofs_check/referee.py`` re-checks, empty if there is none.
        witness: the counterexample, variable by variable, as exact text, or the measured one of a trial that stays
            OPEN; None if there is none.
        reason: why it stayed OPEN, how the engine crashed, or what else a reader must know.
        seconds: the time it took.
        formula: the statement that was decided, as shown to the reader.
        part: the part of the form that it decides, empty where there is only one.
        killed: how many mutants the same check refuted or failed to prove.
        survivors: the mutants that it let pass; with one of them the check counts for nothing.
        hollow: the mutants that count for nothing, with the reason: undefined, vacuous, refused, or about something
            else, with no variable of the statement's.
        variants_refuted: how many variants made by rule z3 refuted.
        variants_true: the variants made by rule that are true too: what the statement does not depend on.
        missing: whether the engine is not installed here.
        remembered: whether it was read from the memory of an earlier run.
    """

    status: Status
    engine: str = ""
    version: str = ""
    rests_on: tuple[str, ...] = ()
    certificate: str = ""
    proof: str = ""
    witness: Mapping[str, str] | None = None
    reason: str = ""
    seconds: float = 0.0
    formula: str = ""
    part: str = ""
    killed: int = 0
    survivors: tuple[str, ...] = ()
    hollow: tuple[str, ...] = ()
    variants_refuted: int = 0
    variants_true: tuple[str, ...] = ()
    missing: bool = False
    remembered: bool = False

    @property
    def no_variant(self) -> bool:
        """Whether it stands and has met no wrong variant of its author's that counts."""
        stands = self.status in (Status.PROVED, Status.SUPPORTED)
        return stands and not self.killed and not self.survivors


Memory = MutableMapping[str, Verdict]
"""Verdicts remembered by the key of the check that gave them."""


@dataclass(frozen=True)
class Check:
    """One way to decide one part of a form; the functions named like the engines make them.

    Attributes:
        engine: the name of the engine.
        formula: the exact statement, as shown to the reader.
        decide: runs the engine.
        mutants: wrong variants under the same engine, which it has to refute or fail to prove.
        part: checks of the same part confirm each other; a form needs all its parts.
        depends: text that names all the verdict depends on; verdicts are remembered by it.
        subject: the names of the statement's variables, where the engine knows them.
        variants: decides the statement's variants made by rule.
    """

    engine: str
    formula: str
    decide: Callable[[], Verdict] = field(repr=False, compare=False)
    mutants: "tuple[Check, ...]" = field(default=(), repr=False)
    part: str = ""
    depends: str = field(default="", repr=False)
    subject: frozenset[str] = field(default=frozenset(), repr=False)
    variants: "Check | None" = field(default=None, repr=False)

    def run(self, memory: Memory | None = None) -> Verdict:
        """Decide the statement and its mutants; a failing engine leaves it undecided, with the reason."""
        verdict = self.recall(memory) or self._answer(memory)
        if verdict.missing or verdict.status in (Status.OPEN, Status.CRASHED):
            return replace(verdict, part=self.part)
        answers = [(m, m.recall(memory, still_open=True) or m._answer(memory)) for m in self.mutants]
        hollow = [_named(m, why) for m, answer in answers if (why := self._hollow(m, answer))]
        asked = [(m, answer) for m, answer in answers if not self._hollow(m, answer)]
        survivors = [_named(m, answer.reason) for m, answer in asked if not _killed(answer, verdict)]
        killed = len(asked) - len(survivors)
        return replace(
            verdict, part=self.part, killed=killed, survivors=tuple(survivors), hollow=tuple(hollow)
        )

    def examine(self, memory: Memory | None = None) -> Verdict:
        """Decide the statement, its mutants, and where it is proved or supported its variants made by rule."""
        verdict = self.run(memory)
        if self.variants is None or verdict.status not in (Status.PROVED, Status.SUPPORTED):
            return verdict
        made = self.variants.recall(memory, still_open=True) or self.variants._answer(memory)
        return replace(verdict, variants_refuted=made.killed, variants_true=made.survivors)

    def remembered(self, memory: Memory) -> bool:
        """Whether the memory holds all that ``examine`` needs."""
        own = self.recall(memory)
        varied = own is not None and own.status in (Status.PROVED, Status.SUPPORTED) and self.variants
        others = (*self.mutants, *([varied] if varied else []))
        return own is not None and all(other.recall(memory, still_open=True) for other in others)

    def _hollow(self, mutant: "Check", answer: Verdict) -> str:
        """Why a mutant counts for nothing, empty if it counts."""
        if answer.reason.startswith(("undefined", "vacuous", "refused")):
            return answer.reason
        strange = self.subject and not self.subject & mutant.subject
        return "about something else" if strange else ""

    def recall(self, memory: Memory | None, still_open: bool = False) -> Verdict | None:
        """The remembered verdict; one that was OPEN counts only if requested, as time may have run out."""
        known = memory.get(self.depends) if memory is not None and self.depends else None
        if known is None or (known.status is Status.OPEN and not still_open):
            return None
        return replace(known, remembered=True)

    def _answer(self, memory: Memory | None) -> Verdict:
        start = time.perf_counter()
        remember = True
        try:
            verdict = self.decide()
        except EngineMissing as absence:
            verdict, remember = Verdict(Status.OPEN, reason=str(absence), missing=True), False
        except Refused as refusal:
            verdict, remember = Verdict(Status.OPEN, reason=f"refused: {refusal}"), False
        except Exception as crash:  # an engine that crashes has decided nothing, whatever it raised
            reason = f"crashed: {type(crash).__name__}: {crash}"
            verdict, remember = Verdict(Status.CRASHED, reason=reason), False
        seconds = time.perf_counter() - start
        verdict = replace(verdict, engine=self.engine, formula=self.formula, seconds=seconds)
        if memory is not None and self.depends and remember:
            memory[self.depends] = verdict
        return verdict


def _named(mutant: Check, reason: str) -> str:
    return f"{mutant.formula} ({reason})" if reason else mutant.formula


def _killed(mutant: Verdict, original: Verdict) -> bool:
    if mutant.missing or mutant.status is Status.CRASHED:
        return False
    if original.status is Status.SUPPORTED:
        return mutant.status is Status.REFUTED or mutant.witness is not None  # or measured to fail
    return mutant.status is not Status.PROVED


@dataclass(frozen=True)
class Finding:
    """What is known about one form: the status that its verdicts add up to, and the verdicts."""

    status: Status
    verdicts: tuple[Verdict, ...] = ()

    @property
    def witness(self) -> Mapping[str, str] | None:
        """The first counterexample in exact rationals, else the first one with a real root."""
        found = [v.witness for v in self.verdicts if v.status is Status.REFUTED and v.witness]
        return next(
            (w for w in found if not any(value.startswith("root") for value in w.values())),
            next(iter(found), None),
        )

    @property
    def engine(self) -> str:
        """The strongest engine that gave the form's status."""
        inexact = self.status is Status.APPROXIMATE
        decided = (v for v in self.verdicts if v.status is (v.status if inexact else self.status))
        names = {v.engine for v in decided if v.status is not Status.OPEN}
        return next((name for name in STRENGTH if name in names), "")

    @property
    def survivors(self) -> tuple[str, ...]:
        """The mutants that some check let pass."""
        return tuple(s for v in self.verdicts for s in v.survivors)


def conclude(verdicts: Sequence[Verdict]) -> Status:
    """Add up the verdicts of a form: parts confirm within, and are all needed."""
    parts: dict[str, set[Status]] = {}
    for verdict in verdicts:
        counted = Status.OPEN if verdict.survivors else verdict.status
        parts.setdefault(verdict.part, set()).add(counted)
    statuses = {_agree(found) for found in parts.values()} or {Status.OPEN}
    weakest_first = (
        Status.CONFLICT,
        Status.REFUTED,
        Status.CRASHED,
        Status.OPEN,
        Status.APPROXIMATE,
        Status.SUPPORTED,
        Status.PROVED,
    )
    return next(status for status in weakest_first if status in statuses)


def _agree(found: set[Status]) -> Status:
    if Status.CONFLICT in found or found >= {Status.PROVED, Status.REFUTED}:
        return Status.CONFLICT
    strongest_first = (
        Status.REFUTED,
        Status.CRASHED,
        Status.PROVED,
        Status.SUPPORTED,
        Status.APPROXIMATE,
        Status.OPEN,
    )
    return next(status for status in strongest_first if status in found)


@dataclass(frozen=True)
class Form:
    """A sentence (TeX in Markdown), the checks that decide it, and what a reader must know.

    ``note`` says why a proved inequality has no second engine, why a sentence says nothing exact,
    or which reading of it was formalised. ``clauses`` are the sentence's own, where more than one or where some
    are not decided; ``hedge`` is what makes it inexact ("approximately"), and ``failure`` how it fails as printed.

    Raises:
        ValueError: if a clause names a part that no check has.
    """

    sentence: str
    checks: tuple[Check, ...] = ()
    note: str = ""
    clauses: tuple[Clause, ...] = ()
    hedge: str = ""
    failure: Failure | None = None

    def __post_init__(self) -> None:
        own = {check.part for check in self.checks}
        strange = sorted({part for clause in self.clauses for part in clause.parts} - own)
        if strange:
            raise ValueError(f"need clauses decided by the form's parts {sorted(own)}, got {strange}")

    def decide(self, memory: Memory | None = None) -> Finding:
        """Run every check and add up the verdicts."""
        return self.found(tuple(check.examine(memory) for check in self.checks))

    def found(self, verdicts: Sequence[Verdict]) -> Finding:
        """What verdicts add up to; a clause that no part decides stays OPEN, and the sentence with it."""
        undecided = [Verdict(Status.OPEN, part=f"not decided: {c.text}") for c in self.clauses if not c.parts]
        return Finding(conclude([*verdicts, *undecided]), tuple(verdicts))

    def by_clause(self, verdicts: Sequence[Verdict]) -> Iterator[tuple[Clause, Status]]:
        """Each clause with what the verdicts of its parts add up to; the whole sentence where none are named."""
        for clause in self.clauses or (
            Clause(self.sentence, tuple(dict.fromkeys(check.part for check in self.checks))),
        ):
            yield clause, conclude([v for v in verdicts if v.part in clause.parts])


@dataclass(frozen=True)
class Outcome:
    """What is known about a claim: its printed form, and its amended form where it has one."""

    printed: Finding
    amended: Finding | None = None

    @property
    def standing(self) -> Finding:
        """The finding of the form that others build on: the amended one where there is one."""
        return self.amended or self.printed


@dataclass(frozen=True)
class Claim:
    """One numbered sentence of a paper.

    Attributes:
        id: ``paper:name``, as in ``claim_ids.txt``.
        source: where it stands.
        printed: the statement exactly as printed.
        amended: where the printed form fails or says nothing exact, the strongest true statement near it.
        needs: the ids of the claims that it depends on, in their standing forms.
        derivation: the way there, step by step (``python -m proofs_check ID --derive``).
    """

    id: str
    source: str
    printed: Form
    amended: Form | None = None
    needs: tuple[str, ...] = ()
    derivation: Callable[[], Sequence[Any]] | None = field(default=None, repr=False)

    @property
    def forms(self) -> tuple[Form, ...]:
        """The printed form, and the amended one where there is one."""
        return (self.printed,) if self.amended is None else (self.printed, self.amended)

    @property
    def mutants(self) -> tuple[Check, ...]:
        """The wrong variants of all its checks."""
        return tuple(m for form in self.forms for check in form.checks for m in check.mutants)

    def verify(self, memory: Memory | None = None) -> Outcome:
        """Decide the printed form and the amended one, now."""
        amended = None if self.amended is None else self.amended.decide(memory)
        return self.outcome(self.printed.decide(memory), amended)

    def outcome(self, printed: Finding, amended: Finding | None) -> Outcome:
        """Both findings; a hedged sentence is APPROXIMATE once it, or what restates it, is decided."""
        known = {printed.status, amended.status if amended else Status.OPEN} - {Status.OPEN, Status.CRASHED}
        if self.printed.hedge and known and printed.status not in (Status.CONFLICT, Status.CRASHED):
            printed = replace(printed, status=Status.APPROXIMATE)
        return Outcome(printed, amended)


class Ledger(Mapping[str, Claim]):
    """Claims by id, the status of each standing form, and what follows from them.

    Args:
        claims: the claims.
        standing: the status of each claim's standing form; a missing one counts as OPEN.

    Raises:
        ValueError: if two claims have one id, or a claim needs itself or one that is not there.
    """

    def __init__(self, claims: Sequence[Claim], standing: Mapping[str, Status] | None = None) -> None:
        self._claims = {claim.id: claim for claim in claims}
        if len(self._claims) < len(claims):
            ids = [claim.id for claim in claims]
            raise ValueError(f"need one claim an id, got {sorted({i for i in ids if ids.count(i) > 1})}")
        self.standing = dict(standing or {})
        for claim in claims:
            self._foundations(claim.id, ())

    def __getitem__(self, claim_id: str) -> Claim:
        return self._claims[claim_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._claims)

    def __len__(self) -> int:
        return len(self._claims)

    def foundations(self, claim_id: str) -> frozenset[str]:
        """The claim and all that it needs, directly or not."""
        return self._foundations(claim_id, ())

    def fully_proved(self, claim_id: str) -> bool:
        """Whether the claim's standing form is PROVED, and all that it needs is fully proved."""
        return all(self.standing.get(i) is Status.PROVED for i in self.foundations(claim_id))

    def _foundations(self, claim_id: str, above: tuple[str, ...]) -> frozenset[str]:
        if claim_id in above:
            raise ValueError(f"need claims that lean on others only, got {' -> '.join((*above, claim_id))}")
        if claim_id not in self._claims:
            raise ValueError(f"need ids that are in the ledger, got {claim_id!r} (from {above[-1]!r})")
        below = (self._foundations(i, (*above, claim_id)) for i in self._claims[claim_id].needs)
        return frozenset({claim_id}).union(*below)
