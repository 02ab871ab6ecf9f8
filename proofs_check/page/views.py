"""What the page says of each claim: its checks as the source has them, each with the verdict on that formula.

A verdict counts only for the formula that it was given for: where the source has changed since, the
check is shown undecided. Statuses are added up from these verdicts again, never copied.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from proofs_check.engines import coq_files
from proofs_check.page.prose import without_zeros
from proofs_check.verdicts.claims import Check, Claim, Finding, Form, Ledger, Status, Verdict
from proofs_check.verdicts.clauses import Clause

TITLES = {
    "si": "What scale invariance alone gives",
    "periodic": "On the Periodic Behavior of Neural Network Training with Batch Normalization "
    "and Weight Decay",
    "regimes": "Training Scale-Invariant Neural Networks on the Sphere Can Happen in Three Regimes",
    "sharpness": "Understanding the Generalization Benefit of Normalization Layers: Sharpness Reduction",
    "thesis": "Training Dynamics and Loss Landscape of Neural Networks with Scale-Invariant Parameters",
    "hyperball": "Fantastic Pretraining Optimizers and Where to Find Them II: Hyperball Optimization",
    "rotation": "Rotational Equilibrium: How Weight Decay Balances Learning Across Neural Networks",
    "beyond": "Beyond the papers",
    "kernel": "The algebra of the compiled loops is that of the printed equations",
}
"""What each paper's ids stand for; any other prefix stands for itself."""

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Answer:
    """A check and what the ledger's row holds about exactly its formula; None if nothing."""

    check: Check
    entry: Row | None = None

    @property
    def status(self) -> Status:
        """The verdict's status, OPEN where there is none."""
        return Status(self.entry["status"]) if self.entry else Status.OPEN

    @property
    def verdict(self) -> Verdict:
        """As much of the verdict as statuses are added up from."""
        survivors = tuple(self.entry.get("survivors", ())) if self.entry else ()
        return Verdict(self.status, self.check.engine, part=self.check.part, survivors=survivors)


@dataclass(frozen=True)
class Shown:
    """One form of a claim with its answers."""

    name: str
    form: Form
    answers: tuple[Answer, ...]
    finding: Finding

    @property
    def status(self) -> Status:
        """What the answers add up to."""
        return self.finding.status

    @property
    def engine(self) -> str:
        """The strongest engine that gave the status."""
        return self.finding.engine

    @property
    def clauses(self) -> list[tuple[Clause, Status]]:
        """The sentence's clauses, each with what its parts add up to."""
        return list(self.form.by_clause([answer.verdict for answer in self.answers]))

    @property
    def witness(self) -> Mapping[str, str] | None:
        """The first counterexample."""
        entries = (a.entry for a in self.answers if a.entry and a.status is Status.REFUTED)
        return next((e["witness"] for e in entries if e.get("witness")), None)


@dataclass(frozen=True)
class View:
    """One claim as the page shows it."""

    claim: Claim
    forms: tuple[Shown, ...]
    needed_by: tuple[str, ...]
    fully_proved: bool
    decided_now: bool

    @property
    def printed(self) -> Shown:
        """The form as the paper prints it."""
        return self.forms[0]

    @property
    def standing(self) -> Shown:
        """The form that others build on."""
        return self.forms[-1]

    @property
    def amended(self) -> Shown | None:
        """The amended form, if there is one."""
        return self.forms[1] if len(self.forms) > 1 else None

    @property
    def paper(self) -> str:
        """The prefix of the id."""
        return self.claim.id.partition(":")[0]

    @property
    def answers(self) -> tuple[Answer, ...]:
        """The answers of all forms."""
        return tuple(answer for form in self.forms for answer in form.answers)


def views(ledger: Ledger, rows: Mapping[str, Row], now: frozenset[str] = frozenset()) -> list[View]:
    """Join the claims' source with the rows of their verdicts.

    Args:
        ledger: the claims.
        rows: the ledger's rows by id; a claim without one is undecided.
        now: the ids whose rows were decided in this run.

    Returns:
        A view for each claim, in the ledger's order.
    """
    forms = {claim.id: _forms(claim, rows.get(claim.id)) for claim in ledger.values()}
    standing = Ledger(
        list(ledger.values()), {claim_id: shown[-1].status for claim_id, shown in forms.items()}
    )
    users: dict[str, list[str]] = {claim_id: [] for claim_id in ledger}
    for claim in ledger.values():
        for needed in dict.fromkeys(claim.needs):
            users[needed].append(claim.id)
    return [
        View(claim, forms[i], tuple(users[i]), standing.fully_proved(i), i in now)
        for i, claim in ledger.items()
    ]


def _forms(claim: Claim, row: Row | None) -> tuple[Shown, ...]:
    entries = list(row["engines"]) if row else []
    named = list(zip(("printed", "amended"), claim.forms, strict=False))
    answers = [_answers(name, form, entries) for name, form in named]
    printed, *amended = (
        form.found([a.verdict for a in own if a.entry]) for (_, form), own in zip(named, answers, strict=True)
    )
    outcome = claim.outcome(printed, amended[0] if amended else None)
    findings = [f for f in (outcome.printed, outcome.amended) if f]
    return tuple(
        Shown(name, form, own, found)
        for (name, form), own, found in zip(named, answers, findings, strict=True)
    )


def _answers(name: str, form: Form, entries: list[Row]) -> tuple[Answer, ...]:
    """Give each check its entry; two checks with one formula get theirs in order."""
    left = [entry for entry in entries if entry["form"] == name]
    answers = []
    for check in form.checks:
        wanted = (check.part, check.engine, check.formula)
        found = next(
            (e for e in left if (e.get("part", ""), e["engine"], e.get("formula", "")) == wanted), None
        )
        if found is not None:
            left.remove(found)
        answers.append(Answer(check, found))
    return tuple(answers)


def theorems(term: str) -> Iterator[tuple[str, str]]:
    """The theorems of the development that a Coq term names, with their text and proof."""
    named = dict.fromkeys(re.findall(r"\b([A-Z]\w*)\.([A-Za-z_][\w']*)", term))
    for module, name in named:
        if text := _developed(module).get(name):
            yield f"{module}.{name}", text


@cache
def _developed(module: str) -> dict[str, str]:
    """The statements and proofs of one file of the development, by name."""
    pattern = r"^(?:Theorem|Lemma|Corollary|Fact|Remark)\s+([\w']+).*?\b(?:Qed|Defined)\."
    found = re.finditer(pattern, coq_files.sources().get(module, ""), re.MULTILINE | re.DOTALL)
    return {match[1]: match[0] for match in found}


def lines(formula: str) -> str:
    """A formula with hypotheses and conclusion on lines of their own, and sums without the 0 that they begin from."""
    formula = without_zeros(formula)
    hypotheses, arrow, conclusion = formula.partition("  =>  ")
    if not arrow:
        return "\n".join(_split(formula, " -> ", keep=" ->"))
    return "\n".join([*_split(hypotheses, ", ", keep=","), f"=>  {conclusion.replace('  [', chr(10) + '[')}"])


def _split(text: str, separator: str, keep: str) -> list[str]:
    """Cut at the separators that stand in no bracket, each piece but the last keeping its end."""
    pieces, start, depth = [], 0, 0
    for place, letter in enumerate(text):
        depth += (letter in "([{") - (letter in ")]}")
        if depth == 0 and text.startswith(separator, place):
            pieces.append(text[start:place] + keep)
            start = place + len(separator)
    return [*pieces, text[start:]]
