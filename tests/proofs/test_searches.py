"""Exact searches against the claims of *periodic*: what they break, and that they agree with the proofs."""

import random
import re

import pytest

from proofs_check import Status, attacks
from proofs_check.attacks import jumps, sequences
from proofs_check.periodic.searches import searched
from proofs_check.verdicts import book

KIND = "conformance"

LEDGER = book.load()
COMMITTED = book.committed_rows()
CHECKS = [
    (claim, name, check)
    for claim in LEDGER.values()
    if claim.id.startswith("periodic:")
    for name, form in zip(("printed", "amended"), claim.forms, strict=False)
    for check in form.checks
    if check.engine == "trial"
]
SILENT = {"periodic:A6"}
"""Algebra between two conditions: no run shows more of it than the formula."""


def proved_otherwise(claim, form, part):
    """What the other engines say of a part, as committed."""
    rows = COMMITTED[claim.id]["engines"]
    found = {
        e["status"] for e in rows if e["engine"] != "trial" and (e["form"], e.get("part", "")) == (form, part)
    }
    assert len(found) == 1, found
    return found.pop()


def test_every_claim_of_periodic_that_a_run_can_speak_to_is_tried():
    """Conformance: also that no attack is left out of the ledger."""
    tried = {claim.id for claim, _, _ in CHECKS}
    assert tried == {i for i in LEDGER if i.startswith("periodic:")} - SILENT
    formulas = {c.formula for _, _, check in CHECKS for c in (check, *check.mutants)}
    left = [
        a for a in attacks.ATTACKS if not any(f.startswith(f"{a.claim}, {a.reading}: ") for f in formulas)
    ]
    assert left == []


def test_searches_share_the_part_of_a_proof():
    """Conformance: SUPPORTED alone would weaken a proved form; one beside a proof confirms it."""
    for claim, form, check in CHECKS:
        assert proved_otherwise(claim, form, check.part) in (Status.PROVED, Status.REFUTED)


REFUTED = [
    (f"{c.id} {f} {k.part}", k) for c, f, k in CHECKS if proved_otherwise(c, f, k.part) == Status.REFUTED
]


@pytest.mark.parametrize("check", [k for _, k in REFUTED], ids=[i for i, _ in REFUTED])
def test_what_proofs_refute_a_search_breaks_with_exact_numbers(check):
    """Trial: the witness is in exact rationals."""
    verdict = check.run()
    assert verdict.status is Status.REFUTED
    numbers = " ".join(verdict.witness.values()).replace("(", " ").replace(")", " ").replace(",", " ").split()
    assert numbers and all(re.fullmatch(r"-?\d+(/\d+)?", v) for v in numbers)


@pytest.mark.parametrize(
    "check", [m for _, _, k in CHECKS for m in k.mutants], ids=lambda m: m.formula.split(": an exact")[0]
)
def test_wrong_readings_are_broken(check):
    verdict = check.run()
    assert verdict.status is Status.REFUTED or "measured counterexample" in verdict.reason


@pytest.mark.slow
@pytest.mark.parametrize(
    ("claim", "form", "check"), CHECKS, ids=[f"{c.id} {f} {k.part} {k.formula[:60]}" for c, f, k in CHECKS]
)
def test_searches_agree_with_the_proofs(claim, form, check):
    """Trial: SUPPORTED where the other engines prove, REFUTED where they refute; and no mutant survives."""
    verdict = check.run()
    proved = proved_otherwise(claim, form, check.part) == Status.PROVED
    assert verdict.status is (Status.SUPPORTED if proved else Status.REFUTED)
    assert verdict.survivors == () and verdict.killed == len(check.mutants)


def test_a_search_finds_nothing_against_what_is_proved():
    """Trial: a hundred attempts, every number exact, against Lemma 1."""
    verdict = searched(sequences.LEMMA1_UPPER_BOUND, wrong=[], n=100).run()
    assert (verdict.status, verdict.rests_on) == (Status.SUPPORTED, ("100 trials, seed 0",))


def test_searches_are_the_same_each_time():
    found = [attacks.search(jumps.PROP1B_AS_PRINTED, 5, seed=3) for _ in range(2)]
    assert found[0] == found[1] is not None and found[0]["margin"] > 0


def test_premises_that_nothing_satisfies_are_no_support():
    """A search whose premises never hold must not count as a trial that found nothing."""
    never = sequences.sequence_attack("periodic:lemma1", "never", lambda drawn: None)
    with pytest.raises(RuntimeError, match="satisfied the premises of periodic:lemma1, never"):
        attacks.attempt(never, random.Random(0))
