"""Trial: no engine proves what exact evaluation refutes, and no two engines disagree, on random statements."""

import os
from collections import Counter

import pytest

from proofs_check import Statement, Status, reals
from proofs_check.verdicts.claims import Verdict
from tests.proofs import random_statements, soundness

KIND = "conformance"

QUICK, LONG, MOST = 40, 500, 10_000


@pytest.mark.trial
def test_random_statements_are_decided_soundly():
    """Trial: a few statements of each kind; the command decides as many as are wanted."""
    _, wrong, counts = soundness.block((0, QUICK))
    assert not wrong
    assert counts["smt PROVED"] and counts["smt REFUTED"] and counts["hunted down"]


@pytest.mark.slow
@pytest.mark.trial
def test_many_random_statements_are_decided_soundly(tmp_path):
    """Trial: more of them, and a second run goes on where the first stopped."""
    state = str(tmp_path / "state")
    assert soundness.main(["--count", str(LONG), "--seed", "1000000", "--state", state]) == 0
    assert soundness.main(["--count", str(LONG), "--seed", "1000000", "--state", state]) == 0


def dies_at_seven(seeds):
    if 7 in range(*seeds):
        os._exit(1)
    return seeds[0], [], Counter(seen=seeds[1] - seeds[0])


def test_a_solver_that_ends_its_process_costs_one_statement():
    """Conformance: the others of its block and the blocks behind it are decided, and it is counted."""
    found = list(soundness.apart([(6, 8), (8, 10)], 1, dies_at_seven))
    assert sorted(seeds for seeds, *_ in found) == [(6, 8), (8, 10)] and not any(
        wrong for _, wrong, _ in found
    )
    total = sum((counts for *_, counts in found), Counter())
    assert total == {"seen": 3, "a solver ended its process": 1}


@pytest.mark.nightly
@pytest.mark.trial
def test_ten_thousand_random_statements_are_decided_soundly():
    """Trial: as many as half an hour of one core decides; other ones than in the slow test."""
    assert soundness.main(["--count", str(MOST), "--seed", "20000000", "--processes", "2"]) == 0


@pytest.mark.trial
def test_the_hunt_finds_what_a_lying_engine_proves(monkeypatch):
    """Trial: engines that prove everything are found out on the same statements."""
    lie = {"smt": Verdict(Status.PROVED), "certificate": Verdict(Status.PROVED)}
    monkeypatch.setattr(soundness, "verdicts", lambda statement: lie)
    _, wrong, _ = soundness.block((0, QUICK))
    assert sum("proves what is false" in line for line in wrong) >= QUICK // 8


@pytest.mark.trial
def test_a_witness_that_breaks_nothing_is_found_out(monkeypatch):
    """Trial: engines that refute everything anywhere."""
    lie = {"smt": Verdict(Status.REFUTED, witness={"x": "1/7"}), "certificate": Verdict(Status.OPEN)}
    monkeypatch.setattr(soundness, "verdicts", lambda statement: lie)
    _, wrong, _ = soundness.block((0, QUICK))
    assert any("where it is not false" in line for line in wrong)


@pytest.mark.identity
def test_tuples_and_terms_have_one_value():
    """Identity: the generator's own evaluation and the language's, at the points of the hunt."""
    compared = 0
    for seed in range(60):
        given, then = random_statements.Chance(seed).statement()
        statement = random_statements.stated(given, then)
        for point in list(random_statements.points(given, then, seed))[:10]:
            assert statement.at(point) == random_statements.truth(given, then, point), (seed, point)
            compared += statement.at(point) is not None
    assert compared > 50


@pytest.mark.conformance
def test_the_hunt_looks_where_statements_are_tight():
    """Conformance: a statement that fails only at its boundary, or a millionth beyond."""
    x = ("name", "x")
    for then in ((">", ("^", x, 2), ("number", 0)), ("<", x, ("number", 10**5))):
        assert random_statements.counterexample([], then, 0) is not None
    (real,) = reals("x")
    assert Statement([], real**2 > 0).at({"x": 0}) is False
