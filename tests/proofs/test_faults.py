"""Conformance: an engine that lies, is silent, talks garbage, crashes or is missing proves nothing."""

from fractions import Fraction

import pytest
import z3

from proofs_check import Statement, Status, algebra, certificate, kernel, reals, smt
from proofs_check.engines import coq_files, handelman, second_solver, solvers
from proofs_check.engines.handelman import Product
from proofs_check.verdicts.memory import Disk

KIND = "conformance"

x, y = reals("x y")
FALSE = Statement([x >= 0], x >= 1)
NO_WITNESS = Statement([x > 0], x * x * x > x)


class Fake:
    """A solver that always says one thing."""

    def __init__(self, answer):
        self.answer = answer

    def ask(self, smtlib, timeout):
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


ANSWERS = ["unsat", "sat", "", "unknown (timeout)", "unsat unsat", "PROVED", "\x00", RuntimeError("died")]


@pytest.mark.conformance
@pytest.mark.parametrize("answer", ANSWERS)
def test_no_answer_of_cvc5_proves_what_z3_refutes(monkeypatch, answer):
    """Conformance: lies, silence, garbage and crashes of the second solver."""
    monkeypatch.setattr(solvers, "shared", lambda: Fake(answer))
    for statement in (FALSE, NO_WITNESS):
        assert smt(statement).run().status is not Status.PROVED


@pytest.mark.conformance
@pytest.mark.parametrize("answer", ["", "sat", "garbage", "UNSAT", "unsat\n", RuntimeError("died")])
def test_no_answer_but_unsat_is_a_proof(monkeypatch, answer):
    """Conformance: with both solvers out of order, nothing is proved, not even what is true."""

    def ask(goal, timeout):
        return Fake(answer).ask("", timeout)

    monkeypatch.setattr(solvers, "ask_z3", ask)
    monkeypatch.setattr(solvers, "ask_cvc5", ask)
    assert smt(Statement([x > 1], x > 0)).run().status is not Status.PROVED


@pytest.mark.conformance
def test_a_lying_z3_is_contradicted(monkeypatch):
    """Conformance: z3 says that a false statement has no counterexample; cvc5 disagrees."""
    if not second_solver.installed():
        pytest.skip("no cvc5")
    monkeypatch.setattr(solvers, "ask_z3", lambda goal, timeout: "unsat")
    assert smt(FALSE).run().status is not Status.PROVED


@pytest.mark.conformance
@pytest.mark.parametrize(
    "weights", [None, [], [Fraction(-1)], "garbage", [(1, Product(1, ">", ()))], RuntimeError("died")]
)
def test_no_answer_of_the_linear_programme_certifies_what_is_false(monkeypatch, weights):
    """Conformance: wrong weights, none, and garbage in place of them."""

    def combination(ring, facts, context):
        if isinstance(weights, Exception):
            raise weights
        return weights

    monkeypatch.setattr(handelman, "combination", combination)
    assert certificate(FALSE).run().status is not Status.PROVED


COQC = {
    "silent": "exit 0",
    "garbage": "echo lorem ipsum; exit 0",
    "says closed": "echo 'Closed under the global context'; exit 0",
    "fails": "exit 1",
    "crashes": "kill -9 $$",
}


@pytest.fixture
def coqc(request, tmp_path, monkeypatch):
    program = tmp_path / "coqc"
    version = 'if [ "$1" = --print-version ]; then echo "8.16.1 4.14"; exit 0; fi'
    program.write_text(f"#!/bin/sh\n{version}\n{COQC[request.param]}\n")
    program.chmod(0o755)
    monkeypatch.setattr(coq_files.shutil, "which", lambda name: str(program))
    (tmp_path / "compiled").mkdir()
    monkeypatch.setattr(coq_files, "compiled", lambda *names: tmp_path / "compiled")
    coq_files.refuses_falsehood.cache_clear()
    return program


@pytest.mark.conformance
@pytest.mark.parametrize("coqc", COQC, indirect=True)
def test_a_coqc_that_is_none_proves_nothing(coqc):
    """Conformance: programs of that name that say yes, nothing, or nonsense."""
    assert kernel(Statement([], x == x + 1), "ltac:(intros; lra)").run().status is not Status.PROVED


@pytest.mark.conformance
def test_a_missing_coqc_proves_nothing(monkeypatch):
    """Conformance: a kernel that is not installed leaves the statement open."""
    monkeypatch.setattr(coq_files.shutil, "which", lambda name: None)
    assert kernel(Statement([], x == x), "ltac:(intros; lra)").run().status is Status.OPEN


@pytest.mark.conformance
@pytest.mark.parametrize("content", [b"", b"{", b"null", b"[]", b"\xff\xfe", b"{}", b'{"status": "PROVED"}'])
def test_a_damaged_memory_is_a_miss(tmp_path, content):
    """Conformance: whatever lies in the file, the statement is decided anew."""
    memory = Disk(tmp_path)
    check = smt(FALSE)
    check.run(memory)
    for file in tmp_path.rglob("*.json"):
        file.write_bytes(content)
    assert check.run(memory).status is Status.REFUTED


@pytest.mark.conformance
def test_a_lying_zero_test_is_contradicted(monkeypatch):
    """Conformance: a polynomial library that calls everything zero; exact points say otherwise."""
    from proofs_check.engines import exact_algebra

    monkeypatch.setattr(
        exact_algebra.Ring, "fraction", lambda self, term, divides=None: (self.constant(Fraction(0)),) * 2
    )
    assert algebra(Statement([], x + 1 == x)).run().status is not Status.PROVED
    assert z3.is_eq(x + 1 == x)


@pytest.mark.conformance
def test_an_interrupted_question_leaves_no_answer_for_the_next():
    """Conformance: what was asked before an interrupt is not taken for the answer to what is asked after it."""

    class Pipe:
        def send(self, question):
            pass

        def poll(self, seconds):
            raise KeyboardInterrupt

        def close(self):
            self.closed = True

    class Process:
        pid = 1

        def is_alive(self):
            return True

        def kill(self):
            pass

        join = kill

    solver = second_solver.Cvc5()
    solver._process, solver._pipe = Process(), Pipe()
    with pytest.raises(KeyboardInterrupt):
        solver.ask("(check-sat)", 1.0)
    assert solver._pipe is None
    assert solver._process is None
