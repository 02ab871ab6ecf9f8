"""The rules that a claim should keep to be believed, beside what its verdicts say."""

from collections.abc import Iterator, Mapping
from typing import Any

from proofs_check.verdicts.claims import Claim, Form, Status


def advice(claim: Claim, row: Mapping[str, Any]) -> Iterator[str]:
    """Say what a claim lacks.

    Args:
        claim: The claim.
        row: What is known of it, as the ledger holds it.

    Yields:
        A line for each rule that it does not keep: a source, a wrong variant of its checks, a second engine or a note
        for what is proved, a reason for a form without checks, an amended form and a kind for what is refuted.
    """
    checked = any(form.checks for form in claim.forms)
    if not claim.source or not all(form.sentence for form in claim.forms):
        yield "need a source and a sentence"
    if checked and not claim.mutants:
        yield "need a wrong variant of a check (mutants=), that the engine must refuse"
    for name, form in zip(("printed", "amended"), claim.forms, strict=False):
        yield from _of_a_form(name, form, [e for e in row["engines"] if e["form"] == name])
    if row["printed_status"] == Status.REFUTED and claim.amended is None:
        yield "refuted as printed: need amended=, the strongest true statement near it"
    if row["printed_status"] == Status.REFUTED and claim.printed.failure is None:
        yield "refuted as printed: need failure=, in what way it fails"


def _of_a_form(name: str, form: Form, entries: list[Mapping[str, Any]]) -> Iterator[str]:
    if not form.checks and not form.note:
        yield f"the {name} form has no checks: need a note that says why"
    proofs = [e for e in entries if e["status"] == Status.PROVED]
    for part in sorted({e.get("part", "") for e in proofs}):
        own = [e for e in proofs if e.get("part", "") == part]
        engines = {e["engine"] for e in own}
        twice = len(engines) > 1 or any({"z3", "cvc5"} <= set(e["rests_on"]) for e in own)
        if not (twice or engines == {"algebra"} or form.note):
            where = f", {part}" if part else ""
            yield f"the {name} form{where} is proved by one engine alone: need a second, or a note that says why"
