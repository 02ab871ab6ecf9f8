"""The ledger: how verdicts add up, what a surprise is, and the committed file against the claims."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

import proofs_check
from proofs_check import (
    Claim,
    Form,
    Q,
    Statement,
    Status,
    Verdict,
    algebra,
    between,
    decide,
    reals,
    smt,
    verify,
)
from proofs_check.__main__ import main
from proofs_check.verdicts import book
from proofs_check.verdicts.claims import Check, EngineMissing, Ledger, conclude
from proofs_check.verdicts.memory import Disk
from sitheory.theory import periodic, regimes

KIND = "conformance"

ledger = book.load()
committed = book.committed_rows()
formalised = [claim for claim in ledger.values() if any(form.checks for form in claim.forms)]
TRUSTED = re.compile(
    r"z3|cvc5|z3 alone|cvc5 alone|z3 or cvc5|exact arithmetic at a real root|exact fractions|python-flint's polynomials"
    r"|z3: no divisor vanishes|the certificate, multiplied out exactly|induction over t|runs as long as s > 0|arb"
    r"|Coq's kernel|axiom (ClassicalDedekindReals\.sig_(forall|not)_dec|Classical_Prop\.classic"
    r"|FunctionalExtensionality\.functional_extensionality_dep)"
    r"|sympy's fractions|division as Coq has it, where x/0 is some number"
    r"|values that Coq gives where none is, not shown to be none here: .+"
    r"|Coq's proof that the statement is false; the witness is named by its author"
    r"|\d+ trials, seed \d+|\d+ exact points of \d+ tried, seed \d+|the attempt's own check"
)


def check(engine, status, **more):
    """A check whose verdict is given: only to test how verdicts add up."""
    return Check(engine, f"{engine} says {status}", lambda: Verdict(status, **more))


# A claim of one's own, as the README shows it.


def test_a_user_adds_a_claim_of_her_own():
    alpha, elr = reals("alpha elr")
    below = Statement(given=[alpha > 0, elr > 0], then=regimes.level(alpha, elr) < alpha / 2)
    mine = Claim(
        id="mine:level",
        source="regimes remark 2",
        printed=Form(
            "the level stays below its limit alpha/2",
            (smt(below, mutants=[below.but(then=regimes.level(alpha, elr) < alpha / 4)]),),
        ),
    )
    outcome = decide(mine)
    assert outcome.printed.status is Status.PROVED
    assert outcome.printed.verdicts[0].rests_on == ("z3", "cvc5")


def test_the_ledger_is_a_mapping_whose_claims_verify():
    claim = proofs_check.ledger["si:norm-never-shrinks"]
    assert claim.verify(Disk()).printed.status is (Status.PROVED if shutil.which("coqc") else Status.OPEN)
    assert "si:no-such-claim" not in proofs_check.ledger


# How verdicts add up.


@pytest.mark.parametrize(
    ("verdicts", "status"),
    [
        ([], Status.OPEN),
        ([("", "PROVED"), ("", "OPEN")], Status.PROVED),
        ([("", "PROVED"), ("", "SUPPORTED")], Status.PROVED),
        ([("", "PROVED"), ("", "REFUTED")], Status.CONFLICT),
        ([("", "SUPPORTED"), ("", "REFUTED")], Status.REFUTED),
        ([("a", "PROVED"), ("b", "OPEN")], Status.OPEN),
        ([("a", "PROVED"), ("b", "SUPPORTED")], Status.SUPPORTED),
        ([("a", "PROVED"), ("b", "REFUTED")], Status.REFUTED),
        ([("a", "PROVED"), ("b", "PROVED")], Status.PROVED),
    ],
)
def test_status_of_a_form_is_computed(verdicts, status):
    assert conclude([Verdict(Status(s), part=part) for part, s in verdicts]) is status


def test_crashing_and_missing_engines_leave_it_open():
    def crash():
        raise RuntimeError("segfault, nearly")

    def missing():
        raise EngineMissing("kernel: not re-run here")

    verdicts = [Check("smt", "", crash).run(), Check("kernel", "", missing).run()]
    assert [(v.status, v.reason, v.missing) for v in verdicts] == [
        (Status.CRASHED, "crashed: RuntimeError: segfault, nearly", False),
        (Status.OPEN, "kernel: not re-run here", True),
    ]


def die_or_decide(task):
    """Stands in for a solver: kills its process, as a segmentation fault does, or answers."""
    if task.claim_id == "mine:deadly":
        os._exit(139)
    return Verdict(Status.PROVED)


@pytest.mark.slow
def test_a_process_that_dies_leaves_its_check_open_and_no_other():
    todo = [verify.Task(f"mine:{name}", 0, 0) for name in ("a", "deadly", "b")]
    answers = dict(verify.survive(todo, die_or_decide))
    assert [task.claim_id for task, v in answers.items() if v.status is Status.CRASHED] == ["mine:deadly"]
    assert answers[todo[1]].reason.startswith("crashed: its process died")
    assert set(answers) == set(todo)


def test_a_check_that_lets_a_mutant_pass_counts_for_nothing():
    x, y = reals("x y")
    true = Statement([], (x + y) ** 2 == x**2 + 2 * x * y + y**2)
    broken = Claim("mine:broken", "", Form("", (algebra(true, mutants=[true.but(then=x + y == y + x)]),)))
    finding = decide(broken).printed
    assert finding.status is Status.OPEN
    assert finding.survivors == ("x + y = y + x",)
    row = book.row(broken, decide(broken), False)
    assert any("lets a mutant pass" in s for s in book.surprises(row, row))


def test_a_mutant_that_crashes_the_engine_is_not_refuted():
    def crash():
        raise ValueError("no such theorem")

    verdict = replace(check("kernel", Status.PROVED), mutants=(Check("kernel", "drifted", crash),)).run()
    assert verdict.survivors == ("drifted (crashed: ValueError: no such theorem)",)


def test_conflict_and_changed_status_are_surprises():
    claim = Claim("mine:c", "", Form("", (check("smt", Status.PROVED), check("trial", Status.REFUTED))))
    row = book.row(claim, decide(claim), False)
    assert row["printed_status"] == "CONFLICT"
    assert list(book.surprises(row, row)) == ["mine:c: CONFLICT in the printed form"]
    calm = row | {"printed_status": "PROVED"}
    assert list(book.surprises(calm, calm | {"printed_status": "OPEN"})) == [
        "mine:c: the printed form was OPEN, is PROVED"
    ]
    assert list(book.surprises(calm, None)) == ["mine:c: not in the committed ledger"]


def test_a_missing_engine_is_told_apart_from_news():
    def missing():
        raise EngineMissing("kernel: not re-run here")

    there = Claim(
        "mine:k", "", Form("", (check("kernel", Status.PROVED, version="Coq 8.16.1, development 0f"),))
    )
    away = Claim("mine:k", "", Form("", (replace(there.printed.checks[0], decide=missing),)))
    then, now = (book.row(claim, decide(claim), False) for claim in (there, away))
    then["engines"][0]["date"] = "2026-11-22"
    book.recall(now, then)
    assert now["printed_status"] == "OPEN"
    expected = "kernel: not re-run here (last: PROVED, Coq 8.16.1, development 0f, 2026-11-22)"
    assert now["engines"][0]["reason"] == expected
    assert not list(book.surprises(now, then))
    assert list(book.surprises(now, then | {"printed_status": "REFUTED"}))


# What leans on what.


def test_fully_proved_follows_the_needs():
    claims = [
        Claim("a", "", Form("")),
        Claim("b", "", Form(""), needs=("a",)),
        Claim("c", "", Form(""), needs=("b",)),
    ]
    proved = dict.fromkeys("abc", Status.PROVED)
    assert Ledger(claims, proved).fully_proved("c")
    assert not Ledger(claims, proved | {"a": Status.SUPPORTED}).fully_proved("c")
    assert Ledger(claims, proved | {"c": Status.OPEN}).fully_proved("b")


def test_circles_and_gaps_in_the_needs_are_errors():
    with pytest.raises(ValueError, match="a -> b -> a"):
        Ledger([Claim("a", "", Form(""), needs=("b",)), Claim("b", "", Form(""), needs=("a",))])
    with pytest.raises(ValueError, match="got 'z'"):
        Ledger([Claim("a", "", Form(""), needs=("z",))])
    with pytest.raises(ValueError, match="one claim an id"):
        Ledger([Claim("a", "", Form("")), Claim("a", "", Form(""))])


# The doors.


def test_a_bad_id_is_one_line_and_exit_2(capsys):
    assert main(["periodic:13z"]) == 2
    err = capsys.readouterr().err
    assert (
        err.startswith("proofs_check: need an id, a paper or a pattern of the ledger")
        and err.count("\n") == 1
    )


def test_what_cannot_be_written_is_said_before_anything_is_decided(tmp_path, monkeypatch, capsys):
    """Conformance: one line and exit 2, for an installation, a folder or a page that the user may only read."""
    monkeypatch.setattr(book, "COMMITTED", tmp_path / "none" / "ledger.jsonl")
    monkeypatch.setattr(
        "proofs_check.__main__.decided", lambda *_: pytest.fail("decides what it cannot write")
    )
    for words, what in (
        (["--update"], "ledger for --update"),
        (["regimes:eq8", "--html", str(tmp_path)], "file for --html"),
    ):
        assert main(words) == 2
        said = capsys.readouterr()
        assert (
            re.fullmatch(rf"proofs_check: need a writable {what}, got '[^']+': .+\n", said.err)
            and not said.out
        )


def test_json_has_the_agreed_keys(capsys):
    main(["si:norm-never-shrinks", "--json", "--engine", "smt"])
    row = json.loads(capsys.readouterr().out)
    assert " ".join(row) == (
        "id source printed printed_status witness amended amended_status engines needs fully_proved seconds "
        "hedge failure clauses"
    )
    assert {e["engine"] for e in row["engines"]} == {"smt"}


@pytest.mark.parametrize("claim", [c for c in formalised if c.derivation], ids=lambda c: c.id)
def test_derivations_have_no_gaps(claim):
    chains = claim.derivation()
    assert chains
    assert [gap for chain in chains for gap in chain.gaps()] == []


def test_derive_shows_each_step(capsys):
    assert main(["si:norm-never-shrinks", "--derive"]) == 0
    assert "scale invariance: the gradient is orthogonal to x" in capsys.readouterr().out


def test_a_claim_without_a_derivation_says_so(capsys):
    assert main(["regimes:eq25", "--derive"]) == 0
    assert "regimes:eq25: no derivation" in capsys.readouterr().out


def test_what_comes_from_memory_says_so(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    told = []
    for _ in range(2):
        main(["regimes:eq25", "--engine", "smt"])
        told.append(capsys.readouterr().out)
    assert "from memory" not in told[0]
    assert "from memory" in told[1]


def test_without_the_solvers_one_line_names_the_extra(tmp_path):
    (tmp_path / "z3.py").write_text("raise ModuleNotFoundError(name='z3')")
    run = subprocess.run(
        [sys.executable, "-m", "proofs_check"],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])},
        cwd=Path(proofs_check.__file__).parent.parent,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 1
    assert run.stderr.count("\n") == 1
    assert "pip install 'sitheory[proofs]', got no module 'z3'" in run.stderr


def test_a_folder_that_is_no_package_is_told(tmp_path, monkeypatch):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "claim.py").touch()
    monkeypatch.setattr(book, "HERE", tmp_path)
    assert book.formalised()[1] == ["proofs_check/mine does not load: it needs an __init__.py"]


def test_memory_gives_back_what_it_was_given(tmp_path):
    memory = Disk(tmp_path)
    given = Verdict(Status.REFUTED, "smt", "1", ("z3",), witness={"x": "1/2"}, survivors=("m",))
    memory["statement"] = given
    assert memory["statement"] == given
    assert "another" not in memory
    calls = []
    counted = Check("smt", "f", lambda: calls.append(1) or Verdict(Status.PROVED), depends="f")
    counted.run(memory)
    counted.run(memory)
    assert calls == [1]


# The committed ledger against the claims.


def test_every_claim_file_loads():
    assert book.formalised()[1] == []


def test_ledger_holds_every_listed_id():
    listed = book.claim_ids()
    assert len(listed) == len(set(listed)) == 160
    assert list(ledger)[: len(listed)] == listed


@pytest.mark.parametrize("claim", formalised, ids=lambda claim: claim.id)
def test_each_claim_has_mutants_and_a_source(claim):
    assert claim.mutants
    assert claim.source
    assert all(form.sentence for form in claim.forms)


@pytest.mark.parametrize("claim", formalised, ids=lambda claim: claim.id)
def test_each_proved_inequality_has_a_second_engine_or_a_note(claim):
    for name, form in zip(("printed", "amended"), claim.forms, strict=False):
        proofs = [e for e in committed[claim.id]["engines"] if e["form"] == name and e["status"] == "PROVED"]
        for part in {e.get("part", "") for e in proofs}:
            own = [e for e in proofs if e.get("part", "") == part]
            twice = len({e["engine"] for e in own}) > 1 or any(
                {"z3", "cvc5"} <= set(e["rests_on"]) for e in own
            )
            identity = {e["engine"] for e in own} == {"algebra"}
            assert twice or identity or form.note, (name, part)


@pytest.mark.parametrize("claim", formalised, ids=lambda claim: claim.id)
def test_a_form_that_decides_nothing_says_why(claim):
    assert all(form.checks or form.note for form in claim.forms)
    row = committed[claim.id]
    assert (claim.amended is None) <= (row["printed_status"] != "REFUTED"), (
        "a refuted claim needs an amended form"
    )


@pytest.mark.parametrize("row", committed.values(), ids=lambda row: row["id"])
def test_trust_base_is_pinned(row):
    for entry in row["engines"]:
        assert all(TRUSTED.fullmatch(item) for item in entry.get("rests_on", ())), entry["rests_on"]
        assert (entry["status"] in ("PROVED", "REFUTED", "SUPPORTED")) <= bool(entry.get("rests_on"))
        assert (entry["status"] == "OPEN") <= bool(entry.get("reason"))
        assert not entry.get("missing"), "commit a ledger from a machine with every engine"
        assert not entry.get("survivors")


def apart(claim, row):
    """The statements of a claim's checks, and those that a row has verdicts of, where they differ."""
    now = [
        (name, check.part or "", check.engine, check.formula or "")
        for name, form in zip(("printed", "amended"), claim.forms, strict=False)
        for check in form.checks
    ]
    then = [(e["form"], e.get("part", ""), e["engine"], e.get("formula", "")) for e in row["engines"]]
    return set(now) ^ set(then)


def test_the_committed_verdicts_are_of_the_statements_as_they_stand():
    """Conformance: each statement is written from the formulas of the theory, so that a changed formula shows here."""
    assert not {claim.id for claim in ledger.values() if apart(claim, committed[claim.id])}


def test_a_verdict_on_another_statement_is_seen():
    claim = ledger["regimes:eq8"]
    row = committed[claim.id]
    changed = row["engines"][0] | {"formula": row["engines"][0]["formula"] + " + 1"}
    assert apart(claim, row | {"engines": [changed, *row["engines"][1:]]})
    assert apart(claim, row | {"engines": row["engines"][1:]})


def test_a_claim_decided_anew_changes_the_rows_that_need_it():
    rows = {i: {"printed_status": "PROVED", "amended_status": None, "fully_proved": True} for i in "abz"}
    rows["a"] = rows["a"] | {"printed_status": "OPEN"}
    needing = Ledger([Claim("a", "", Form("")), Claim("b", "", Form(""), needs=("a",))])
    now = book.leaning(rows, needing)
    assert {i: row["fully_proved"] for i, row in now.items()} == {"a": False, "b": False}


def test_fully_proved_is_never_typed():
    for claim_id, row in committed.items():
        assert row["fully_proved"] == ledger.fully_proved(claim_id)


def test_witnesses_of_statements_are_exact():
    alpha, gamma = reals("alpha gamma")
    wrong = Statement(between(0, alpha, gamma, high=Q(1, 2)), periodic.phi(gamma, alpha) < gamma)
    point = smt(wrong).run().witness
    assert wrong.at({name: Fraction(value) for name, value in point.items()}) is False
    assert wrong.at({"alpha": Fraction(1, 4), "gamma": Fraction(2)}) is None  # a hypothesis fails: no witness


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("coqc") is None, reason="no coqc")
def test_committed_ledger_is_what_the_checks_say(capsys):
    assert main(["--json", "--fresh"]) == 0
    fresh = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [book.lasting(row) for row in fresh] == [book.lasting(committed[i]) for i in ledger]
