"""Wrong variants: the author's that count for nothing, those made by rule, and crashes that are shown as such."""

import pytest

from proofs_check import (
    And,
    Check,
    Claim,
    Form,
    Implies,
    Or,
    Process,
    Q,
    Statement,
    Status,
    algebra,
    decide,
    induction,
    kernel,
    reals,
    smt,
    trial,
    verify,
)
from proofs_check.__main__ import already, details
from proofs_check.engines.induction import changed
from proofs_check.engines.variants import MOST, made_by_rule, variants
from proofs_check.page.claims import claim_rows
from proofs_check.page.views import views
from proofs_check.verdicts import book
from proofs_check.verdicts.claims import Ledger, Verdict

x, y, z = reals("x y z")
GROWS = Statement([x >= 1, y > 0], x * x >= 1)


def words(statement):
    return [variant.words for variant in variants(statement)]


def shown(claim):
    """The command's lines and the page's row of a claim decided now."""
    row = book.row(claim, decide(claim), False)
    view = views(Ledger([claim]), {claim.id: row})[0]
    return "\n".join(details(row, claim)), claim_rows(view), row


def test_variants_say_more_than_the_statement():
    """Conformance: hypotheses left out or loosened, conclusions tightened, below connectives too."""
    assert words(GROWS)[:4] == [
        "without x >= 1",
        "without y > 0",
        "y >= 0 in place of y > 0",
        "x*x > 1 in place of x*x >= 1",
    ]
    nested = Statement([], Implies(Or(x > 1, x <= -1), And(x * x >= 1, x != 0)))
    assert "x >= 1 or x <= -1 => x*x >= 1 and x != 0 in place of" in " ".join(words(nested))
    assert "x > 1 or x < -1" not in " ".join(words(nested))  # it would say less


def test_constants_move_and_exponents_stay():
    """Conformance: a quarter up and a quarter down, zero by a quarter; no power changes."""
    moved = [v for v in variants(Statement([], 4 * x**2 >= 0)) if "moved" in v.words]
    assert [v.words for v in moved] == [
        "4 moved up or down in 4*x^2 >= 0",
        "0 moved up or down in 4*x^2 >= 0",
    ]
    assert [str(s) for s in moved[0].statements] == ["5*x^2 >= 0", "3*x^2 >= 0"]


def test_survivors_are_what_the_statement_does_not_depend_on():
    """Conformance: a hypothesis that is not needed survives; one that is, strictness and constants that are, do not."""
    verdict = decide(Claim("mine:v", "", Form("", (smt(GROWS),)))).printed.verdicts[0]
    assert "without y > 0" in verdict.variants_true and verdict.variants_refuted
    assert not {"without x >= 1", "x*x > 1 in place of x*x >= 1"} & set(verdict.variants_true)
    assert verdict.status is Status.PROVED and verdict.no_variant


def test_an_undefined_or_vacuous_variant_is_neither():
    """Conformance: without x != 0 the quotient says nothing; empty hypotheses prove nothing."""
    made = made_by_rule(Statement([x != 0], x / x == 1)).run()
    assert "without x != 0" not in made.survivors
    tight = made_by_rule(Statement([x >= 1, x <= 1], x * x == 1)).run()
    assert not any("moved" in words for words in tight.survivors)


def test_no_more_variants_than_a_dozen():
    """Conformance: the work on one statement is bounded."""
    many = Statement([v > n for n, v in enumerate(reals(" ".join(f"a{i}" for i in range(20))))], x * x >= 0)
    made = made_by_rule(many).run()
    assert made.killed + len(made.survivors) <= MOST


@pytest.mark.parametrize(
    "engine", [smt, lambda s, **more: trial(s, n=50, **more)], ids=["smt", "trial"]
)  # fmt: skip
def test_a_mutant_about_something_else_counts_for_nothing(engine):
    """Conformance: a mutant with none of the statement's variables kills nothing, and is named."""
    verdict = engine(GROWS, mutants=[Statement([], Q(1) == Q(2)), Statement([z > 0], z > 1)]).run()
    assert (verdict.killed, verdict.survivors) == (0, ())
    assert [told.rpartition(" (")[2] for told in verdict.hollow] == ["about something else)"] * 2
    assert verdict.no_variant


def test_where_a_verdict_is_shown_its_variants_are():
    """Conformance: command, JSON and page name the missing variant, those that count for nothing, and survivors."""
    undefined = Statement([], 1 / x > 0)
    claim = Claim(
        "mine:w", "", Form("words", (smt(GROWS, mutants=[undefined]), algebra(Statement([], x == x))))
    )
    text, page, row = shown(claim)
    assert "no wrong variant tried" in text and "true as well: without y &gt; 0" not in text
    for told in ("counts for nothing: 1/x > 0 (undefined", "true as well: without y > 0"):
        assert told in text
    assert "without y &gt; 0" in page and "met none that counts" in page and "no wrong variants" in page
    assert (
        row["engines"][0]["variants_true"] and row["engines"][0]["hollow"] and row["engines"][1]["no_variant"]
    )


def test_a_crash_on_the_statement_is_shown_as_one():
    """Conformance: another engine's proof hides it nowhere: status, page, command, surprises."""

    def crash():
        raise ZeroDivisionError("division by zero")

    claim = Claim("mine:x", "", Form("words", (smt(GROWS), Check("algebra", "boom", crash))))
    text, page, row = shown(claim)
    assert row["printed_status"] == "CRASHED" and row["engines"][1]["status"] == "CRASHED"
    assert "algebra: CRASHED (crashed: ZeroDivisionError" in text and "<b>X</b>CRASHED" in page
    assert any("crashed: ZeroDivisionError" in said for said in book.surprises(row, row))
    hedged = Claim("mine:h", "", Form("words", claim.printed.checks, hedge="about"))
    assert decide(hedged).printed.status is Status.CRASHED


def test_a_refutation_outlives_a_crash():
    """Conformance: an exact witness stays one, whatever else crashed."""
    both = [Verdict(Status.REFUTED, witness={"x": "0"}), Verdict(Status.CRASHED)]
    assert Form("", ()).found(both).status is Status.REFUTED


def test_a_run_says_what_is_going_on():
    """Conformance: by engine, with the ledger's seconds in two processes, what is new, and what Coq does first."""
    claim = Claim("mine:p", "", Form("", (smt(GROWS), algebra(Statement([], x == x)), kernel(GROWS, "t"))))
    todo = verify.tasks(Ledger([claim]), ["mine:p"])
    entry = {"engine": "smt", "formula": str(GROWS), "seconds": 8.0}
    told = verify.plan(Ledger([claim]), todo, {"mine:p": {"engines": [entry]}})
    assert told.startswith(
        "deciding 1 smt, 1 algebra, 1 kernel: 4 s when the ledger was written; 2 not in the ledger"
    )
    assert told.endswith("first come Coq files that were never compiled here")
    assert verify.plan(Ledger([claim]), todo[:1], {}) == "deciding 1 smt; 1 not in the ledger"


def test_the_committed_answer_comes_first():
    """Conformance: who names a claim has the answer at once; a long run begins without a line per claim."""
    rows = {"p:1": {"id": "p:1", "printed_status": "REFUTED", "amended_status": "PROVED"}}
    rows |= {
        f"p:{n}": {"id": f"p:{n}", "printed_status": "OPEN", "amended_status": None} for n in range(2, 9)
    }
    assert not already(["p:1", "mine:new"], rows)  # it may be refused in one line
    assert already(["p:1", "p:2"], rows) == [
        "committed: p:1 is REFUTED as printed, PROVED as amended; deciding it anew",
        "committed: p:2 is OPEN as printed; deciding it anew",
    ]
    assert not already(list(rows), rows)


@pytest.mark.conformance
def test_an_induction_meets_variants_made_by_rule():
    """Conformance: each fact left out, each strictness, each constant; what the run does not depend on is named."""
    x, u = reals("x u")
    run = Process([x], [u * x], [u >= 0, u <= 1], [x > 0, x <= 5], [x >= 0, x <= 5])
    words = [w for w, _ in changed(run)]
    assert {"without u <= 1", "without x > 0", "x < 5 in place of x <= 5", "x >= 0 in place of x > 0"} <= {
        *words
    }
    assert "5 moved up or down in x <= 5" in words
    verdict = induction(run).examine()
    assert verdict.status is Status.PROVED and verdict.variants_refuted >= 4
    assert verdict.variants_true == ("x >= 0 in place of x > 0",)
    concluded = Process([x], [u * x], [u >= 0, u <= 1], [x == 1], [x >= 0, x <= 1], then=x < 2)
    assert any(w.startswith("x <= 2") or "2 moved" in w for w, _ in changed(concluded))
