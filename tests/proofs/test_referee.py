"""Conformance and wrong variants: the referee accepts the committed ledger and no tampered one, by itself alone."""

import ast
import json
import random
import subprocess
import sys
from fractions import Fraction
from itertools import combinations_with_replacement
from operator import mul
from pathlib import Path

import pytest

from proofs_check import referee
from proofs_check.engines import handelman
from proofs_check.statements.terms import Q, Statement, evaluate, reals
from proofs_check.statements.vectors import Vectors
from proofs_check.verdicts import book
from proofs_check.verdicts.claims import Status

KIND = "conformance"

FILE = Path(referee.__file__)
x, y = reals("x y")


def rows():
    return [json.loads(line) for line in book.COMMITTED.read_text(encoding="utf-8").splitlines()]


def judged(row):
    return referee.referee([json.dumps(row)])[1]


def first(engine, status="PROVED", rational=True):
    """The first row with such a verdict, and the verdict."""
    for row in rows():
        for entry in row["engines"]:
            irrational = "root" in "".join(entry.get("witness", {}).values())
            if (entry["engine"], entry["status"]) == (engine, status) and not (rational and irrational):
                return row, entry
    raise LookupError(engine)


@pytest.mark.conformance
def test_the_committed_ledger_holds_and_what_is_not_re_checked_is_listed():
    """Conformance: every certificate is multiplied out, every rational witness evaluated, by a fresh interpreter."""
    run = subprocess.run([sys.executable, "-I", str(FILE)], capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr
    entries = [e for row in rows() for e in row["engines"]]
    certificates = sum(e["engine"] == "certificate" for e in entries)
    assert f"{certificates}  certificate multiplied out" in run.stdout
    assert "not re-checked: kernel" in run.stdout
    assert sum(int(line.split()[0]) for line in run.stdout.splitlines()) == len(entries)


@pytest.mark.conformance
def test_it_imports_the_standard_library_alone():
    """Conformance: by its syntax, and nothing of the project."""
    tree = ast.parse(FILE.read_text(encoding="utf-8"))
    named = {a.name for node in ast.walk(tree) if isinstance(node, ast.Import) for a in node.names}
    named |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not any(isinstance(n, ast.ImportFrom) and n.level for n in ast.walk(tree))
    assert {name.split(".")[0] for name in named} <= sys.stdlib_module_names
    assert not {"importlib", "subprocess"} & named


TAMPERINGS = {
    "witness moved": ("smt", "REFUTED", lambda e: e["witness"].update({n: "1000003" for n in e["witness"]})),
    "witness short": ("smt", "REFUTED", lambda e: e["witness"].popitem()),
    "witness gone": ("smt", "REFUTED", lambda e: e.pop("witness")),
    "witness garbage": ("smt", "REFUTED", lambda e: e.update(witness=7)),
    "algebra's witness moved": ("algebra", "REFUTED", lambda e: e["witness"].update({n: "0" for n in e["witness"]})),
    "refuted turned": ("smt", "REFUTED", lambda e: e.update(status="PROVED")),
    "proved turned": ("certificate", "PROVED", lambda e: e.update(status="REFUTED")),
    "smt turned": ("smt", "PROVED", lambda e: e.update(status="REFUTED")),
    "trial proves": ("trial", "SUPPORTED", lambda e: e.update(status="PROVED")),
    "kernel supports": ("kernel", "PROVED", lambda e: e.update(status="SUPPORTED")),
    "status unknown": ("smt", "PROVED", lambda e: e.update(status="MAYBE")),
    "engine unknown": ("smt", "PROVED", lambda e: e.update(engine="oracle")),
    "certificate gone": ("certificate", "PROVED", lambda e: e.pop("proof")),
    "weight changed": ("certificate", "PROVED", lambda e: e["proof"]["cases"][0]["sum"][0].__setitem__(0, "17")),
    "weight negative": ("certificate", "PROVED", lambda e: e["proof"]["cases"][0]["sum"][0].__setitem__(0, "-1")),
    "weight garbage": ("certificate", "PROVED", lambda e: e["proof"]["cases"][0]["sum"][0].__setitem__(0, "one")),
    "factor dropped": ("certificate", "PROVED", lambda e: e["proof"]["cases"][0]["sum"][0][1].clear()),
    "product dropped": ("certificate", "PROVED", lambda e: e["proof"]["cases"][0]["sum"].pop()),
    "case dropped": ("certificate", "PROVED", lambda e: e["proof"]["cases"].pop()),
    "fact changed": ("certificate", "PROVED", lambda e: e["proof"]["cases"][0]["facts"].__setitem__(0, "3 > 0")),
    "fact dropped": ("certificate", "PROVED", lambda e: e["proof"]["cases"][0]["facts"].pop()),
    "formula empty": ("certificate", "PROVED", lambda e: e.update(formula="")),
    "formula garbage": ("smt", "REFUTED", lambda e: e.update(formula=e["formula"] + " )")),
    "conclusion turned": ("smt", "REFUTED", lambda e: e.update(formula=_negated(e["formula"]))),
    "conclusion of a certificate turned": ("certificate", "PROVED", lambda e: e.update(formula=_negated(e["formula"]))),
    "hypothesis dropped": ("certificate", "PROVED", lambda e: e.update(formula=e["formula"].split(", ", 1)[-1])),
    "hypotheses dropped": (
        "certificate", "PROVED", lambda e: e.update(formula=e["formula"].split("  =>  ")[-1])
    ),
}  # fmt: skip


def _negated(formula):
    given, then = formula.split("  =>  ")
    return f"{given}  =>  not ({then})"


@pytest.mark.conformance
@pytest.mark.parametrize("name", TAMPERINGS)
def test_a_tampered_verdict_is_noticed(name):
    """Conformance: one thing changed in a committed row, and it is no longer accepted."""
    engine, status, tamper = TAMPERINGS[name]
    row, entry = first(engine, status)
    assert not judged(row)
    tamper(entry)
    assert judged(row)


@pytest.mark.conformance
def test_each_dropped_hypothesis_of_a_certificate_that_needs_it_is_noticed():
    """Conformance: over all certificates, a statement that a point refutes is never accepted with the old proof."""
    noticed = 0
    for entry in (e for row in rows() for e in row["engines"] if e["engine"] == "certificate"):
        given, then = referee.statement(entry["formula"])
        proof = referee.Certificate(entry["proof"])
        for i in range(len(given)):
            try:
                proof.shows(given[:i] + given[i + 1 :], then)
            except referee.Wrong:
                noticed += 1
        with pytest.raises(referee.Wrong):
            proof.shows(given, ("not", then))
    assert noticed > 50  # most hypotheses are needed


@pytest.mark.conformance
@pytest.mark.parametrize(
    "line",
    ["", "{", "null", "[]", '{"id": "a"}', '{"id": "a", "engines": 1}', "\x00", '{"id": "a", "engines": []}'],
)
def test_a_damaged_line_is_noticed(line):
    """Conformance: a line that is no row, alone or after a good one."""
    good = json.dumps(rows()[0])
    assert referee.referee([line])[1]
    assert referee.referee([good, line])[1]


@pytest.mark.conformance
@pytest.mark.parametrize("form", ["printed", "amended"])
@pytest.mark.parametrize("status", ["PROVED", "REFUTED", "SUPPORTED", "OPEN", "CONFLICT"])
def test_a_printed_status_that_does_not_follow_is_noticed(form, status):
    """Conformance: the status of a form is added up anew."""
    row = next(r for r in rows() if r["amended_status"] == "PROVED" and r["printed_status"] == "REFUTED")
    expected = bool(status != row[f"{form}_status"])
    row[f"{form}_status"] = status
    assert bool(judged(row)) is expected


@pytest.mark.conformance
def test_no_ledger_at_all_is_no_yes(tmp_path):
    """Conformance: an empty file was not re-checked."""
    (tmp_path / "empty").write_text("")
    assert referee.main([str(tmp_path / "empty")]) == 1


@pytest.mark.conformance
@pytest.mark.parametrize(
    ("text", "at", "expected"),
    [
        ("1 - 2 - 3 = x", {"x": -4}, True),
        ("x/2/2 = 1", {"x": 4}, True),
        ("-x^2 = -9", {"x": 3}, True),
        ("2*-x = x - 9", {"x": 3}, True),
        ("x^-1 = 1/3", {"x": 3}, True),
        ("||x| - 1| = 2", {"x": -3}, True),
        ("if(x > 5; x; -x) >= 0", {"x": 3}, False),
        ("x = 0 or 1/x > 0", {"x": 0}, True),
        ("not x > 0 and x > 5", {"x": 7}, False),
        ("x > 1 => x > 2 or x < 2", {"x": 2}, False),
        ("x > 0 <=> x^3 > 0", {"x": -1}, True),
        ("η_1' > 0", {"η_1'": 1}, True),
    ],
)
def test_formulas_are_read_as_they_are_printed(text, at, expected):
    """Conformance: the referee's grammar, at points where a wrong precedence would give another value."""
    given, then = referee.statement(text)
    assert not given
    assert referee.value(then, {n: Fraction(v) for n, v in at.items()}) is expected


@pytest.mark.conformance
@pytest.mark.parametrize(
    "text", ["0 < x < 1", "x +", "x y", "(x > 0", "2 x", "x ** 2", "x ^ y", "a => b  =>  c  =>  d"]
)
def test_what_is_no_formula_is_refused(text):
    """Conformance: no silent reading."""
    with pytest.raises(referee.Wrong):
        referee.statement(text)


@pytest.mark.conformance
@pytest.mark.parametrize(
    ("given", "then", "wrong"),
    [
        ([x > 0, y > 0], x * y > 0, "x > 0  =>  x*y > 0"),
        ([x > 1], 1 / (x - 1) > 0, "x > 0  =>  1/(x - 1) > 0"),
        ([x >= 1], x**2 >= x, "x >= 1  =>  x^2 > x"),
        ([x * x == 2, x > 0], x > 1, "x*x = 2  =>  x > 1"),
        ([x > 0, x < y], x / y < 1, "x > 0  =>  x/y < 1"),
        ([], x * x - x + Q(1, 4) >= 0, "x*x - x + 1/5 >= 0"),
    ],
)
def test_a_certificate_shows_its_own_statement_and_not_a_near_one(given, then, wrong):
    """Conformance: what the engine writes is accepted, and shows nothing that is false."""
    true = Statement(given, then)
    proof = referee.Certificate(json.loads(handelman.decide(true, [x - Q(1, 2)]).proof))
    proof.shows(*referee.statement(str(true)))
    with pytest.raises(referee.Wrong):
        proof.shows(*referee.statement(wrong))


@pytest.mark.twin
@pytest.mark.parametrize(
    ("names", "dimension"), [("x g", None), ("u v w", None), ("u v w", 2), ("a b c d", 1)]
)
def test_vectors_mean_the_facts_that_make_them_real(names, dimension):
    """Twin: the referee's minors and the statement's, at products of vectors, and at products of none."""
    space = Vectors(names, dimension)
    first = next(iter(space))
    given, then = referee.statement(str(Statement(space.real, first @ first >= 1)))
    chance = random.Random(1)
    for _ in range(20):
        vectors = [[chance.randint(-3, 3) for _ in range(dimension or 3)] for _ in names.split()]
        pairs = combinations_with_replacement(range(len(vectors)), 2)
        word = names.split()
        point = {
            str(space.product(word[i], word[j])): Fraction(sum(map(mul, vectors[i], vectors[j])))
            for i, j in pairs
        }
        for moved in (point, {**point, chance.choice(sorted(point)): Fraction(chance.randint(-9, 9))}):
            facts = [evaluate(fact, moved) for fact in space.real]
            assert [referee.value(fact, moved) for fact in given] == facts
            assert all(facts) or moved is not point
    assert referee.value(then, point) is (evaluate(first @ first, point) >= 1)


def test_a_certificate_and_a_witness_of_vectors_are_checked_again():
    """Conformance: the minors are hypotheses of a certificate; a witness that no vectors have is rejected."""
    space = Vectors("x g")
    u, v = space
    proved = handelman.decide(Statement(space.real, 2 * (u @ v) ** 2 <= 2 * (u @ u) * (v @ v)))
    assert proved.status is Status.PROVED
    formula = "vectors(x, g)  =>  2*x_dot_g^2 <= 2*x_dot_x*g_dot_g"
    entry = {
        "engine": "certificate",
        "status": "PROVED",
        "formula": formula,
        "proof": json.loads(proved.proof),
    }
    assert referee.entry(entry) == "certificate multiplied out"
    with pytest.raises(referee.Wrong):
        referee.entry({**entry, "formula": formula.replace("vectors(x, g)", "x_dot_x >= 0, g_dot_g >= 0")})
    witness = {"x_dot_x": "1", "g_dot_g": "1", "x_dot_g": "1"}
    refuted = {
        "engine": "smt",
        "status": "REFUTED",
        "formula": "vectors(x, g)  =>  x_dot_g <= 1/2",
        "witness": witness,
    }
    assert referee.entry(refuted) == "witness evaluated"
    with pytest.raises(referee.Wrong, match="hypothesis fails"):
        referee.entry({**refuted, "witness": {**witness, "x_dot_g": "2"}})
    assert referee.entry({**refuted, "formula": "x_dot_g <= 1/2"}).startswith("not re-checked: that vectors")
