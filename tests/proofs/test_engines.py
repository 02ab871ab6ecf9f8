"""The engines: each proves what is true, refuses what is not, and says when it cannot tell."""

import random
import time
from fractions import Fraction

import pytest
import z3

from proofs_check import (
    And,
    Implies,
    Or,
    Process,
    Q,
    Statement,
    Status,
    algebra,
    ball,
    between,
    certificate,
    enclosure,
    induction,
    kernel,
    less,
    reals,
    root,
    smt,
    trial,
)  # fmt: skip
from proofs_check.engines import coq_files, coq_kernel, handelman, second_solver, solvers
from proofs_check.statements.derivations import Derivation, Step
from proofs_check.statements.polynomials import Ring, Undefined, clear
from proofs_check.statements.terms import COQ, evaluate, text
from sitheory.theory import periodic, regimes

KIND = "conformance"

alpha, gamma, x, y = reals("alpha gamma x y")
SMALL = between(0, alpha, high=Q(1, 2))
CLIMBS = Statement([*SMALL, gamma > 0, gamma < 1], periodic.phi(gamma, alpha) > gamma)
FALLS = CLIMBS.but(then=periodic.phi(gamma, alpha) < gamma)
DIVISIONS = Statement([x > 1, y < 0], x / y - 1 / (x - 1) < regimes.ratio_factor(x, x, y**2))

needs_coq = pytest.mark.skipif(coq_files.shutil.which("coqc") is None, reason="no coqc")


# The term language.


@pytest.mark.parametrize(
    ("term", "read", "coq"),
    [
        (x - (y - 1), "x - (y - 1)", "x - (y - 1)"),
        (x / (y / x) / 2, "x/(y/x)/2", "x / (y / x) / 2"),
        (-((x + 1) ** 2) * -y, "-(x + 1)^2*-y", "- (x + 1) ^ 2 * - y"),
        (abs(x - 1) >= Q(1, 2) * y, "|x - 1| >= 1/2*y", "Rabs (x - 1) >= 1/2 * y"),
        ((x < 1) == Or(y > 0, x != y), "x < 1 <=> y > 0 or x != y", "(x < 1 <-> y > 0 \\/ x <> y)"),
        (Implies(And(x < 1, y < 1), x < y), "x < 1 and y < 1 => x < y", "(x < 1 /\\ y < 1 -> x < y)"),
    ],
)
def test_terms_read_as_written(term, read, coq):
    assert text(term) == read
    assert text(term, COQ, 3) == coq


@needs_coq
def test_coq_reads_a_printed_term_as_it_was_meant():
    point = {"x": Fraction(-2, 3), "y": Fraction(5, 4)}
    for term in (x - (y - 1), x / (y / x) / 2, -((x + 1) ** 2) * -y, (x - 1) * x - x / y / 2 * x):
        value = evaluate(term, point)
        given = [x == Q(-2, 3), y == Q(5, 4)]
        statement = Statement(given, term == z3.Q(value.numerator, value.denominator), (x, y))
        right = kernel(statement, "ltac:(intros x y Hx Hy; subst x y; field)")
        assert right.run().status is Status.PROVED


def test_clearing_divisors_keeps_the_truth_value_at_every_point():
    """Identity: of a statement that holds at some points, fails at some, and says nothing at the others."""
    mixed = DIVISIONS.but(then=x / y - 1 / (x - 1) < -2)
    for statement in (DIVISIONS, mixed):
        cleared, chance, values = clear(statement), random.Random(0), set()
        for _ in range(200):
            point = {name: Fraction(chance.randint(-9, 9), chance.randint(1, 9)) for name in "xy"}
            assert cleared.statement.at(point) is statement.at(point)
            values.add(statement.at(point))
        assert values >= {True, None} and (statement is DIVISIONS or False in values)
    assert cleared.obligations
    assert all(solvers.decide(goal).status is Status.PROVED for goal in cleared.obligations)


def test_division_by_what_may_vanish_is_undefined():
    unsound = Statement([], (x / y) * y == x)
    naive = z3.Solver()
    naive.add(y == 0, x != 0, (x / y) * y == x)
    assert naive.check() == z3.unsat  # z3 alone would call it false at y = 0, where it says nothing
    with pytest.raises(Undefined, match="cannot vanish, got y"):
        clear(unsound)
    for engine in (smt, algebra, certificate):
        verdict = engine(unsound).run()
        assert verdict.status is Status.OPEN
        assert "undefined" in verdict.reason


def test_z3_s_total_division_proves_nothing():
    always = Statement([x == 0], 1 / x == 1 / x)  # true of z3's total function, meaningless here
    assert smt(always).run().status is Status.OPEN
    assert Statement([x * x >= 0], Or(x == 0, x / x == 1)).at({"x": Fraction(0)}) is True
    assert smt(Statement([], Or(x == 0, x / x == 1))).run().status is Status.PROVED


def test_roots_are_non_negative():
    t, is_root = root(x, "t")
    assert smt(Statement([x > 1, is_root], t > 1)).run().status is Status.PROVED
    assert algebra(Statement([is_root], t**4 == x**2)).run().status is Status.PROVED


# Proofs, by each engine, and what they rest on.


@pytest.mark.parametrize("engine", [smt, certificate])
def test_inequality_is_proved_and_its_opposite_is_not(engine):
    verdict = engine(CLIMBS, mutants=[FALLS, CLIMBS.but(without=3)]).run()
    assert (verdict.status, verdict.killed, verdict.survivors) == (Status.PROVED, 2, ())


def test_smt_rests_on_both_solvers_or_says_alone(monkeypatch):
    assert solvers.decide(CLIMBS).rests_on == ("z3", "cvc5")
    monkeypatch.setattr(solvers, "ask_cvc5", lambda goal, timeout: "unknown (not installed)")
    verdict = solvers.decide(CLIMBS)
    assert (verdict.status, verdict.rests_on) == (Status.PROVED, ("z3 alone",))
    assert verdict.reason == "cvc5: unknown (not installed)"


def test_a_second_solver_that_runs_over_is_ended_and_the_next_question_answered():
    # cvc5's own limit does not reach the inner loop that this question ends in.
    x = reals("x_1 x_2 x_3 e_1 e_2 e_3")
    tied = sum(1 / e for e in x[3:]) == 1
    largest = sum((v - 1 / e + abs(v - 1 / e)) / 2 for v, e in zip(x[:3], x[3:], strict=True))
    hard = Statement([*(v > 0 for v in x), tied, sum(x[:3]) > 1], largest >= sum(x[:3]) - 1)
    solver = second_solver.Cvc5()
    answers = [solver.ask(solvers.smtlib(goal), 0.3) for goal in clear(hard).goals]
    assert "unknown (timeout)" in answers
    easy = solvers.smtlib(clear(CLIMBS).goals[0])
    assert solver.ask(easy, 20.0) == "unsat"
    assert solver.ask(easy, 1.0) == "unsat"
    time.sleep(2 * second_solver.GRACE + 0.2)  # past the alarm of the last question
    assert solver._process.is_alive()
    solver._process.kill()
    solver._process.join()
    assert solver.ask(easy, 20.0) == "unsat"
    assert solver.ask("(this is no question", 20.0).startswith("unknown (")
    solver.close()


def test_solvers_that_disagree_are_a_conflict(monkeypatch):
    monkeypatch.setattr(solvers, "ask_cvc5", lambda goal, timeout: "sat")
    assert solvers.decide(CLIMBS).status is Status.CONFLICT


def test_contradictory_hypotheses_prove_nothing():
    impossible = CLIMBS.but(given=[*CLIMBS.given, alpha > 1])
    for engine, statement in (
        (smt, impossible),
        (certificate, impossible),
        (algebra, impossible.but(then=x == y)),
    ):
        verdict = engine(statement).run()
        assert verdict.status is Status.OPEN
        assert "vacuous" in verdict.reason


def test_running_out_of_time_is_open():
    a, b, c = reals("a b c")
    hard = Statement(
        [a > 0, b > 0, c > 0], a**9 * b + b**9 * c + c**9 * a - a * b * c * (a + b + c) ** 7 / 2187 > -1
    )
    verdict = smt(hard, timeout=0.001).run()
    assert verdict.status is Status.OPEN
    assert "unknown" in verdict.reason


def test_counterexamples_are_small_and_exact():
    verdict = smt(CLIMBS.but(without=3)).run()
    assert verdict.status is Status.REFUTED
    point = {name: Fraction(value) for name, value in verdict.witness.items()}
    assert CLIMBS.but(without=3).at(point) is False
    assert max(max(f.numerator, f.denominator) for f in point.values()) <= 3


def test_irrational_counterexamples_are_said_to_be():
    verdict = smt(Statement([x > 1], x * x != 2)).run()
    assert verdict.status is Status.REFUTED
    assert "irrational" in verdict.reason
    assert verdict.rests_on == ("exact arithmetic at a real root",)
    assert verdict.witness == {"x": "root of -2 + t^2 between 7/5 and 3/2"}


def test_identities_are_decided_both_ways():
    square = Statement([x != y], (x**2 - y**2) / (x - y) == x + y)
    assert algebra(square).run().status is Status.PROVED
    wrong = algebra(square.but(then=(x**2 - y**2) / (x - y) == x - y)).run()
    assert wrong.status is Status.REFUTED
    assert square.but(then=x + y == x - y).at({k: Fraction(v) for k, v in wrong.witness.items()}) is False


def test_a_tampered_certificate_is_rejected():
    ring = Ring(("x",))
    facts = [handelman.Fact(ring.fraction(x)[0], ">"), handelman.Fact(ring.fraction(-x)[0], ">=")]
    found = handelman.combination(ring, facts)
    handelman.check(facts, found)
    (weight, first), *rest = found
    with pytest.raises(AssertionError, match="do not cancel"):
        handelman.check(facts, [(weight + 1, first), *rest])
    with pytest.raises(AssertionError, match="needs a weight"):
        handelman.check(facts, [(-weight, first), *((-w, p) for w, p in rest)])


def test_certificates_use_equations_squares_and_cases():
    assert certificate(Statement([], x * x + y * y >= 2 * x * y), hints=[x - y]).run().status is Status.PROVED
    with pytest.raises(ValueError, match="hints in the statement's variables, got y"):
        certificate(Statement([], x * x >= 0), hints=[x - y])
    assert certificate(Statement([x == y + 1, y > 0], x * x > y * y + 1)).run().status is Status.PROVED
    either = Statement([Or(x > 1, x < -1)], x * x > 1)
    assert certificate(either, mutants=[either.but(then=x * x > 2)]).run().killed == 1


def test_induction_needs_start_step_and_conclusion():
    def halving(start, kept, then):
        return Process([x], [x / 2], [], [start], [kept], then)

    assert induction(halving(x == 1, x > 0, x >= 0)).run().status is Status.PROVED
    for broken in (
        halving(x == -1, x > 0, x >= 0),
        halving(x == 1, x > Q(1, 2), x > 0),
        halving(x == 1, x > 0, x > 1),
    ):
        assert induction(broken).run().status is Status.OPEN


def test_balls_decide_when_they_are_small_enough():
    def squares_below(bound):
        return lambda: less(ball("99999999999999999999/100000000000000000000") ** 2, ball(bound))

    verdict = enclosure(
        "(1 - 1e-20)^2 < 1", squares_below(1), mutants=[("... < 0.9", squares_below("9/10"))]
    ).run()
    assert (verdict.status, verdict.killed) == (Status.PROVED, 1)
    assert enclosure("(sqrt 2)^2 < 2", lambda: less(ball(2).sqrt() ** 2, ball(2))).run().status is Status.OPEN


def test_trials_refute_or_support_but_never_prove():
    assert trial(CLIMBS, mutants=[FALLS]).run().status is Status.SUPPORTED
    assert trial(FALLS).run().status is Status.REFUTED
    assert trial(CLIMBS.but(given=[alpha > 1, alpha < 1])).run().status is Status.OPEN
    weak = trial(CLIMBS, mutants=[CLIMBS]).run()
    assert len(weak.survivors) == 1


def test_trials_of_texts_make_attempts():
    def attempt(chance):
        n = chance.randint(0, 20)
        return {"n": n} if n * n + n + 11 in (121, 143) else None

    verdict = trial("n^2 + n + 11 is prime for n <= 20", attempt).run()
    assert (verdict.status, verdict.rests_on) == (Status.REFUTED, ("the attempt's own check",))
    assert verdict.witness["n"] in ("10", "11")


# The kernel.

ABOVE = "forall alpha gamma, 0 < alpha < 1 / 2 -> gamma > 1 -> 1 < periodic_phi gamma alpha < gamma"


@needs_coq
def test_kernel_types_the_ledger_s_own_statement():
    drifted = [
        ABOVE.replace("1 / 2", "1"),
        ABOVE.replace("gamma > 1", "gamma > 0"),
        ABOVE.replace("1 <", "1 <="),
    ]
    verdict = kernel(ABOVE, "Beta.eq13b", mutants=drifted[:2]).run()
    assert (verdict.status, verdict.killed) == (Status.PROVED, 2)
    trusted = {"Coq's kernel", *(f"axiom {name}" for name in coq_kernel.AXIOMS)}
    assert set(verdict.rests_on) <= trusted


@needs_coq
def test_kernel_statement_from_terms_is_the_theory_s():
    assert (
        kernel(CLIMBS, "ltac:(intros; apply Beta.eq13a; lra)", mutants=[FALLS]).run().status is Status.PROVED
    )


@needs_coq
def test_a_statement_that_coq_cannot_read_kills_no_mutant():
    verdict = kernel(ABOVE, "Beta.eq13b", mutants=["forall alpha, alpha < nonsense"]).run()
    assert verdict.survivors[0].startswith("forall alpha, alpha < nonsense (crashed: ValueError: ")
    unknown = kernel(ABOVE, "Beta.no_such_theorem").run()
    assert unknown.status is Status.OPEN and unknown.reason.startswith(
        "refused: need a statement and a proof"
    )
    assert "Beta.no_such_theorem was not found" in unknown.reason and "coq.lemmas" in unknown.reason


@needs_coq
def test_an_injected_axiom_is_rejected(monkeypatch):
    wrong = ABOVE.replace("1 <", "2 <")
    for axiom, term in (("forall P : Prop, P", "(cheat _)"), (wrong, "cheat")):
        text = f"{coq_files.prelude(['Theory'])}Axiom cheat : {axiom}.\n"
        monkeypatch.setattr(coq_files, "prelude", lambda files, text=text: text)
        verdict = kernel(wrong, term).run()
        monkeypatch.undo()
        assert verdict.status is Status.OPEN
    assert "axioms that are not accepted" in verdict.reason and "cheat" in verdict.reason


@needs_coq
def test_kernel_refutes_with_a_proof_of_the_negation():
    verdict = kernel("forall x, x > 0", "ltac:(intro H; specialize (H 0); lra)", refutes={"x": "0"}).run()
    assert (verdict.status, verdict.witness) == (Status.REFUTED, {"x": "0"})


def test_without_coqc_nothing_is_proved_by_the_kernel(monkeypatch):
    monkeypatch.setattr(coq_files.shutil, "which", lambda program: None)
    verdict = kernel(ABOVE, "Beta.eq13b", mutants=[ABOVE]).run()
    assert (verdict.status, verdict.missing) == (Status.OPEN, True)
    assert verdict.reason == "kernel: not re-run here"
    alone = certificate(CLIMBS).run()
    assert (alone.status, alone.rests_on) == (Status.PROVED, ("the certificate, multiplied out exactly",))


# Derivations.


def test_a_derivation_with_a_gap_says_where():
    import sympy

    a, b = sympy.symbols("a b")
    right = Derivation(
        (a + b) ** 2, [Step(a**2 + 2 * a * b + b**2, "expand"), Step(a**2 + b**2, "a b = 0", {b * a: 0})]
    )
    assert right.gaps() == []
    wrong = Derivation((a + b) ** 2, [Step(a**2 + b**2, "forget the cross term")])
    assert [step.why for step in wrong.gaps()] == ["forget the cross term"]
    assert "NOT EQUAL" in "\n".join(wrong.lines())
