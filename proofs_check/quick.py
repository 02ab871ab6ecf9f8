"""A self-check of an installed package, under a minute: ``python -m proofs_check --quick``.

It decides again, remembering nothing, for each paper and each engine in it the check that took that engine
least when the ledger was written, with its wrong variants, and compares with the committed verdict. The Coq
kernel is left out: it first compiles the development.
"""

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tqdm import tqdm

from proofs_check.page.views import Answer, views
from proofs_check.verdicts.claims import STRENGTH, Ledger, Status, Verdict

LEFT_OUT = "kernel"


@dataclass(frozen=True)
class Sample:
    """A chosen check, with the committed verdict on its formula."""

    claim_id: str
    answer: Answer

    @property
    def seconds(self) -> float:
        """The time it took when the ledger was written."""
        return float((self.answer.entry or {}).get("seconds", 0.0))

    def says(self, verdict: Verdict) -> str:
        """Say what is wrong with a fresh verdict, nothing if it is as committed."""
        if verdict.survivors:
            return f"lets a wrong variant pass: {verdict.survivors[0]}"
        if verdict.missing or verdict.status is self.answer.status:
            return ""
        return f"was {self.answer.status}, is {verdict.status} {verdict.reason}".rstrip()


def chosen(ledger: Ledger, rows: Mapping[str, Mapping[str, Any]]) -> list[Sample]:
    """Choose the cheapest check of each paper and engine, in the ledger's order."""
    least: dict[tuple[str, str], Sample] = {}
    for view in views(ledger, rows):
        for answer in view.answers:
            place, sample = (view.paper, answer.check.engine), Sample(view.claim.id, answer)
            decided = answer.entry is not None and answer.status is not Status.OPEN
            if place[1] != LEFT_OUT and decided:
                least[place] = min(least.get(place, sample), sample, key=lambda s: s.seconds)
    return list(least.values())


def check(ledger: Ledger, rows: Mapping[str, Mapping[str, Any]]) -> int:
    """Decide the chosen checks, print what they say; 1 if one differs from the committed ledger."""
    samples = chosen(ledger, rows)
    verdicts = [s.answer.check.run() for s in tqdm(samples, disable=None, unit="check", leave=False)]
    wrong = [(s, told) for s, v in zip(samples, verdicts, strict=True) if (told := s.says(v))]
    width = max((len(s.claim_id) for s in samples), default=0)
    for sample, verdict in zip(samples, verdicts, strict=True):
        status = "not installed" if verdict.missing else str(verdict.status)
        killed = (
            f"{verdict.killed} wrong variant{'s' * (verdict.killed > 1)} rejected"
            if verdict.killed
            else "no wrong variant tried"
            if verdict.no_variant
            else ""
        )
        line = f"{sample.claim_id:{width}}  {sample.answer.check.engine:11}  {status:13}  {verdict.seconds:5.2f} s"
        print(f"{line}  {killed}".rstrip())
    print("\n".join(_summary(ledger, samples)))
    for sample, told in wrong:
        print(f"surprise: {sample.claim_id}: {sample.answer.check.engine} {told}", file=sys.stderr)
    if not samples:
        print("surprise: the ledger holds no verdict to compare with", file=sys.stderr)
    return int(bool(wrong) or not samples)


def _summary(ledger: Ledger, samples: Sequence[Sample]) -> list[str]:
    """Say what was chosen, and what was left out."""
    engines = [c.engine for claim in ledger.values() for form in claim.forms for c in form.checks]
    left = Counter(engines) - Counter(s.answer.check.engine for s in samples)
    told = ", ".join(f"{left[name]} {name}" for name in STRENGTH if left[name])
    return [
        f"{len(samples)} checks: of each paper and engine the one that took least. Left out: {told}.",
        "`python -m proofs_check` decides all of them; the kernel's where coqc is installed.",
    ]
