"""What a sentence says beyond its formulas: clauses, hedges and kinds of failure."""

import re

import pytest

from proofs_check.verdicts import book
from proofs_check.verdicts.claims import Check, Claim, Form, Status, Verdict
from proofs_check.verdicts.clauses import Clause


def _check(status: Status, part: str = "") -> Check:
    return Check("smt", "x", lambda: Verdict(status), part=part)


@pytest.mark.identity
def test_a_clause_without_a_part_keeps_its_sentence_from_being_proved():
    """Identity: a fragment is a fragment; with a part for each clause the sentence is proved."""
    proved = _check(Status.PROVED, "the step")
    whole = Form("", (proved,), clauses=(Clause("a step", ("the step",)),))
    fragment = Form("", (proved,), clauses=(Clause("a step", ("the step",)), Clause("so all steps")))
    assert whole.decide().status is Status.PROVED
    found = fragment.decide()
    assert found.status is Status.OPEN
    assert [s for _, s in fragment.by_clause(found.verdicts)] == [Status.PROVED, Status.OPEN]


@pytest.mark.identity
def test_a_clause_names_parts_that_exist():
    """Identity: a clause decided by a part that no check has is refused."""
    with pytest.raises(ValueError, match="parts"):
        Form("", (_check(Status.PROVED, "a"),), clauses=(Clause("c", ("b",)),))


@pytest.mark.identity
@pytest.mark.parametrize("read_exactly", [Status.PROVED, Status.REFUTED, Status.SUPPORTED])
def test_a_hedged_sentence_is_approximate(read_exactly):
    """Identity: what says about how much is neither proved nor refuted, unless nothing decides it."""
    exact = Form("", (_check(Status.PROVED),))
    claim = Claim("a:b", "", Form("", (_check(read_exactly),), hedge="approximately"), exact)
    assert claim.verify().printed.status is Status.APPROXIMATE
    assert claim.verify().standing.status is Status.PROVED
    assert Claim("a:b", "", Form("", hedge="often"), exact).verify().printed.status is Status.APPROXIMATE
    assert Claim("a:b", "", Form("", hedge="often")).verify().printed.status is Status.OPEN
    conflict = Form("", (_check(Status.PROVED), _check(Status.REFUTED)), hedge="often")
    assert Claim("a:b", "", conflict).verify().printed.status is Status.CONFLICT


@pytest.mark.identity
def test_each_refuted_sentence_of_a_paper_has_its_kind():
    """Identity: a refutation says in what way the sentence fails; one that repeats another points to it."""
    ledger, rows = book.load(), book.committed_rows()
    refuted = [c for i, c in ledger.items() if rows[i]["printed_status"] == Status.REFUTED]
    assert not [c.id for c in refuted if c.printed.failure is None]
    repeats = {c.id: c.printed.failure.repeats for c in refuted if c.printed.failure.repeats}
    assert all(ledger[other].printed.failure.repeats == "" for other in repeats.values())


@pytest.mark.identity
def test_each_statement_of_our_own_has_a_trial_of_its_sentence():
    """Identity: real runs try it, and a wrong variant of it that they break."""
    own = {i: c for i, c in book.load().items() if i.startswith("beyond:")}
    tried = {i for i, c in own.items() if any(k.engine == "trial" and k.mutants for k in c.printed.checks)}
    assert own.keys() == tried


@pytest.mark.identity
def test_each_part_decides_a_clause():
    """Identity: a form of several parts says which clause of its sentence each of them decides."""
    forms = [(i, form) for i, claim in book.load().items() for form in claim.forms]
    parts = [(i, form, {check.part for check in form.checks}) for i, form in forms]
    assert not [i for i, form, own in parts if len(own) > 1 and not form.clauses]
    assert not [
        i for i, form, own in parts if form.clauses and own - {p for c in form.clauses for p in c.parts}
    ]


@pytest.mark.identity
def test_each_refutation_shows_the_two_numbers_that_clash():
    """Identity: an author sees both sides' numbers in the paper's letters, and no name of the code."""
    ledger, rows = book.load(), book.committed_rows()
    clashes = {
        i: c.printed.failure.clash
        for i, c in ledger.items()
        if rows[i]["printed_status"] == Status.REFUTED and c.printed.failure
    }
    assert not [i for i, told in clashes.items() if len(re.findall(r"(?<![\w^])-?\d[\d/.]*", told)) < 2]
    assert not [i for i, told in clashes.items() if re.search(r"\*|_sq\b|\blr\b|\bwd\b", told)]
