"""What the engines check before they say PROVED or REFUTED: each check by a forgery that differs in one thing."""

import json
import re
import subprocess
import sys
from fractions import Fraction

import pytest

from proofs_check import Or, Statement, Status, ball, less, reals, referee, trial
from proofs_check.engines import balls, coq_files, coq_kernel, coq_text, handelman
from proofs_check.engines.handelman import Fact, Product
from proofs_check.statements.polynomials import Ring
from proofs_check.verdicts.claims import Refused

KIND = "conformance"

x, y = reals("x y")


# Certificates.

RING = Ring(("x", "y"))
ONE, X, Y = (RING.polynomial(p) for p in (1, x, y))
FORGED = {
    "a multiple of no fact": ("no multiple", [Fact(X * Y, "=")], [(-1, Product(-ONE, "=", (0,)))]),
    "a quotient by a variable": ("no multiple", [Fact(X * Y, "=")], [(1, Product(X * X, "=", (0,)))]),
    "a multiple by a sum": ("no multiple", [Fact(X, "=")], [(1, Product(X * Y + X, "=", (0,)))]),
    "an inequality as an equation": ("needs an equation", [Fact(X, ">=")], [(-1, Product(X, "=", (0,)))]),
    "an equation as a sign": ("has no sign", [Fact(X, "=")], [(1, Product(X, ">=", (0,)))]),
    "a product of other factors": ("not that of", [Fact(X, ">=")], [(1, Product(-ONE, ">=", (0,)))]),
    "a negative weight": ("weight >= 0", [Fact(X, ">=")], [(-1, Product(X, ">=", (0,)))]),
    "a sum that is left": ("do not cancel", [Fact(X, ">=")], [(1, Product(X, ">=", (0,)))]),
}


@pytest.mark.parametrize("what", FORGED)
def test_a_certificate_is_refused_for_each_thing_that_is_wrong_with_it(what):
    """Conformance: a weighted product that is none of the facts'."""
    said, facts, found = FORGED[what]
    with pytest.raises(AssertionError, match=said):
        handelman.check(facts, [(Fraction(1), Product(ONE, ">", ())), *((Fraction(w), p) for w, p in found)])


def test_a_certificate_needs_a_strict_product_of_strict_facts():
    """Conformance: x >= 0 and -x >= 0 cancel and contradict nothing; nor does x >= 0 taken for x > 0."""
    facts = [Fact(X, ">="), Fact(-X, ">=")]
    weak = [(Fraction(1), Product(p, ">=", (i,))) for i, p in enumerate((X, -X))]
    with pytest.raises(AssertionError, match="no strict product"):
        handelman.check(facts, weak)
    with pytest.raises(AssertionError, match="may vanish"):
        handelman.check(facts, [(Fraction(1), Product(X, ">", (0,))), weak[1]])


def test_a_certificate_is_multiplied_out_in_an_optimised_python_too():
    """Conformance: under -O, which drops each assert, 1 > 0 alone is still no contradiction."""
    forged = (
        "from fractions import Fraction\n"
        "from proofs_check.engines.handelman import Product, check\n"
        "from proofs_check.statements.polynomials import Ring\n"
        "check([], [(Fraction(1), Product(Ring(()).constant(Fraction(1)), '>', ()))])\n"
    )
    run = subprocess.run([sys.executable, "-O", "-c", forged], capture_output=True, text=True, timeout=120)
    assert run.returncode == 1 and "AssertionError: the weighted products do not cancel" in run.stderr


def test_an_equation_has_either_sign_in_a_search():
    """Closed form: x = 1 against x > 2 is 1 + (x - 2) - (x - 1) = 0, with no product of two facts."""
    found = handelman.combination(RING, [Fact(X - ONE, "="), Fact(X - 2 * ONE, ">")])
    assert sorted((weight, item.factors) for weight, item in found) == [(-1, (0,)), (1, ()), (1, (1,))]


@pytest.mark.parametrize(
    ("given", "then"),
    [
        ([y != 0], (x * x + y * y) / y**2 >= 1),
        ([y != 0, x >= y * y], x / y**2 >= 1),
        ([x != 0], Or(1 / x > 0, -1 / x > 0)),
        ([x != 0, y != 0], x / (x * y * y) * y**2 == 1),
        ([x * y > 0, y < 0], 1 / (x * y**3) > 0),
        ([x > 1], 1 / ((x - 1) ** 2 * x) > 0),
        ([y != 0], x / y - x / y == 0),
    ],
)
def test_divisors_of_either_sign_and_any_power_are_cleared_as_the_referee_sees_it(given, then, monkeypatch):
    """Twin: the engine clears divisors as polynomials, the referee by the cases that the engine wrote."""
    monkeypatch.setattr(coq_files.shutil, "which", lambda program: None)  # which need not confirm it here
    true = Statement(given, then)
    referee.Certificate(json.loads(handelman.decide(true, [x, x - y]).proof)).shows(
        *referee.statement(str(true))
    )


# Trials and balls.


@pytest.mark.parametrize(
    ("witness", "status"),
    [
        ({"x": Fraction(1, 3), "y": 2}, Status.REFUTED),
        ({"x": Fraction(1, 3), "y": 0.1}, Status.OPEN),
        ({"x": 0.1, "y": Fraction(1, 3)}, Status.OPEN),
        ({"x": [1, [0.1]]}, Status.OPEN),
        ({"x": "near 0.1"}, Status.OPEN),
    ],
)
def test_a_witness_with_one_rounded_number_refutes_nothing(witness, status):
    """Conformance: each number has to be exact, not some of them."""
    assert trial("a sentence", lambda chance: witness, n=1).run().status is status


def _helper():
    return ball(1) * 0.1


def test_a_float_in_a_function_of_the_same_file_is_found():
    """Conformance: also where the decision only calls what holds it; the library's own functions are not searched."""
    assert balls.rounded(lambda: less(0, _helper())) == "0.1"
    assert balls.rounded(lambda: less(0, ball(1))) == ""


# Coq, without coqc.


def test_a_comment_ends_where_it_ends():
    """Closed form: the character behind a comment is read, a dot there ends the sentence."""
    assert list(coq_text.sentences("a(* b. *). c (* (* d *) *).")) == ["a", "c"]
    assert list(coq_text.sentences("a(**)b.")) == ["a b"]
    with pytest.raises(Refused):
        list(coq_text.sentences("a (* b."))


def test_a_witness_gives_each_variable_a_value_and_breaks_the_statement():
    """Conformance: before Coq is asked for a proof of the negation."""
    statement = Statement([], x + y > 0)

    def gap(**witness):
        return coq_kernel._gap(coq_kernel.Goal(statement, "term", witness))

    assert gap(x="-1", y="1") == gap(x="-1", y="1/2", z="7") == ""
    for wrong in ({"x": "-1"}, {}, {"x": "1", "y": "1"}, {"x": "-1", "z": "0"}):
        assert "is not false at" in gap(**wrong)


@pytest.fixture
def answers(monkeypatch):
    """Let coqc's answers to the three texts of a goal be what they are for a proof; whether each text is accepted."""
    monkeypatch.setattr(coq_files, "refuses_falsehood", lambda: None)
    monkeypatch.setattr(coq_files, "version", lambda: "Coq")

    def put(*accepted):
        def session(texts, files):
            frames = [
                f"fun {nonce} : Set => {nonce}\n     : forall _ : Set, Set\n"
                for nonce in dict.fromkeys(re.findall(r"nonce_\w+", texts["Audited"]))
            ]
            said = "Closed under the global context\n".join(frames)
            return [coq_files.Run(one, said, "") for one in accepted]

        monkeypatch.setattr(coq_files, "session", session)
        return coq_kernel.decide(coq_kernel.Goal(Statement([x > 1], x > 0), "I", None), ())

    return put


def test_each_of_coq_s_three_answers_has_to_be_yes(answers):
    """Conformance: the last text, which ties the proof to the statement, too; an answer that is left out is none."""
    assert answers(True, True, True).status is Status.PROVED
    for accepted in ((True, True, False), (True, True), (True, False)):
        assert answers(*accepted) is None
    with pytest.raises(ValueError, match="need a statement that Coq can read"):
        answers(False)


def test_a_proof_rests_on_accepted_axioms_alone(monkeypatch):
    """Conformance: an unknown axiom, a known name with another type, an answer that is not understood."""
    monkeypatch.setattr(coq_files, "version", lambda: "Coq")
    name, kind = next(iter(coq_kernel.AXIOMS.items()))
    goal = coq_kernel.Goal("1 = 1", "I", None, True)

    def accepted(rests, unshown=()):
        return coq_kernel._accepted(rests, goal, unshown)

    assert accepted({name: kind}).rests_on == ("Coq's kernel", f"axiom {name}")
    for rests in ({name: "False"}, {"mine": kind}, {name: kind, "mine": "False"}, "Axioms"):
        assert accepted(rests).status is Status.OPEN
    both = accepted({}, ["1 / x", "sqrt x"])
    assert both.status is Status.PROVED and both.rests_on[-1] == coq_kernel.TOTAL + "1 / x; sqrt x"


@pytest.mark.parametrize("code", [0, 1])
@pytest.mark.parametrize("leaves", [True, False])
def test_a_text_is_accepted_if_coqc_ends_well_and_leaves_a_file(tmp_path, monkeypatch, code, leaves):
    """Conformance: both are needed, of a text of a proof and of a file of the development; it is made once."""
    fake, asked = tmp_path / "coqc", tmp_path / "asked"
    writes = 'for f in "$@"; do case $f in *.v) : > "${f}o";; esac; done' if leaves else ":"
    fake.write_text(f"#!/bin/sh\necho . >> {asked}\n{writes}\necho complaint >&2\nexit {code}\n")
    fake.chmod(0o755)
    monkeypatch.setattr(coq_files, "program", lambda: str(fake))
    monkeypatch.setattr(coq_files, "_seal", lambda: "fake")
    monkeypatch.setattr(coq_files.coq_checker, "installed", lambda: False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    fine = leaves and code == 0
    (run,) = coq_files.session({"A": "Definition a := 1."})
    assert run.accepted is fine and run.error == "complaint\n"
    file = tmp_path / "Theory.v"
    file.write_text("Definition a := 1.")
    asked.unlink()
    for _ in range(2):
        if fine:
            coq_files._compile(file)
            assert file.with_suffix(".vo").exists()
        else:
            with pytest.raises(ValueError, match=r"got Theory\.v: complaint"):
                coq_files._compile(file)
            file.with_suffix(".vo").unlink(missing_ok=True)
    assert len(asked.read_text().split()) == (1 if fine else 2)


def test_a_statement_in_coq_s_words_is_looked_through_for_files(monkeypatch):
    """Conformance: the words of a text name files of a paper; a statement of terms names none, its proof may."""
    monkeypatch.setattr(coq_files, "files_for", lambda term, words="": (term, words))
    assert coq_kernel.Goal("mine = 1", "I", None).files == ("I", "mine = 1")
    assert coq_kernel.Goal(Statement([], x == x), "I", None).files == ("I", "")


def test_a_proof_that_names_no_file_gets_all_of_them():
    """Conformance: and one that names a file gets that one with what it needs."""
    own = set(coq_files.sources()) - set(coq_files._ADDED)
    assert set(coq_files.files_for("ltac:(intros; lra)")) == own | {"Theory"}
    assert set(coq_files.files_for("Beta.eq13a")) == coq_files.required("Beta") | {"Theory"} < own
