"""The door of the ledger: what a user may hand in, and that nothing false comes out PROVED."""

import functools
import json
import subprocess
import sys
from fractions import Fraction

import flint
import numpy
import pytest
import z3

from proofs_check import (
    And,
    Claim,
    Form,
    Process,
    Q,
    Statement,
    Status,
    Verdict,
    algebra,
    all_of,
    ball,
    certificate,
    decide,
    enclosure,
    induction,
    kernel,
    less,
    reals,
    root,
    smt,
    trial,
)  # fmt: skip
from proofs_check.engines import coq_checker, coq_defined, coq_files, coq_text, handelman
from proofs_check.statements.answers import CANNOT_TELL, NO, NO_SIDES, YES, Answer
from proofs_check.statements.terms import COQ, coq_name, text
from proofs_check.verdicts import book, memory
from proofs_check.verdicts.memory import Disk
from tests.proofs.soundness import small_budgets

KIND = "conformance"

x, y, z = reals("x y z")
needs_coq = pytest.mark.skipif(coq_files.shutil.which("coqc") is None, reason="no coqc")


def status(*checks):
    return decide(Claim("mine:t", "", Form("", checks))).printed.status


# The language is closed.

f = z3.Function("f", z3.RealSort(), z3.RealSort())
n, flag = z3.Int("n"), z3.Bool("flag")


class Mine(z3.BoolRef):
    """A term that may answer anything."""

    def children(self):
        return []


ALIEN = {
    "an uninterpreted function": lambda: f(x) == f(y),
    "one of two arguments": lambda: z3.Function("g", *[z3.RealSort()] * 3)(x, y) == 0,
    "an integer": lambda: n == 1,
    "an integer among reals": lambda: x + z3.ToReal(n) == 1,
    "a Boolean variable": lambda: z3.Implies(flag, x > 0),
    "a quantifier": lambda: z3.Exists([x], x > 0),
    "exclusive or": lambda: z3.Xor(x > 0, y > 0),
    "a fractional power": lambda: x ** z3.Q(1, 2) > 0,
    "a variable power": lambda: x**y > 0,
    "whole division": lambda: z3.ToInt(x) == 1,
    "an array": lambda: z3.Select(z3.Array("a", z3.RealSort(), z3.RealSort()), x) == 0,
    "three different": lambda: z3.Distinct(x, y, z),
    "Python's True": lambda: True,
    "a list": lambda: [x > 0],
    "a real": lambda: x,
    "text": lambda: "x > 0",
    "another library's relation": lambda: __import__("sympy").Symbol("x") > 0,
    "a case of Booleans": lambda: z3.If(x > 0, y > 0, z > 0),
    "an algebraic number": lambda: x == z3.simplify(z3.Sqrt(z3.RealVal(2))),
    "a string variable": lambda: z3.String("s") == z3.String("t"),
    "bits": lambda: z3.BitVec("b", 8) == 1,
    "a name with signs": lambda: z3.Real("x > 0 => y") > 0,
    "a name like another": lambda: z3.Real("\N{LATIN SMALL LIGATURE FI}") > 0,
    "a word of the language": lambda: z3.Real("and") > 0,
    "a term of another context": lambda: z3.Real("x", z3.Context()) > 0,
    "a float": lambda: x > 0.1,
    "a float that is whole": lambda: x > 1.0,
    "not a number": lambda: x > float("nan"),
    "infinity": lambda: x < float("inf"),
    "a numpy float": lambda: x * numpy.float64(0.1) > 0,
    "a float power": lambda: x**0.5 > 0,
    "a float constant": lambda: z3.RealVal(0.1) == x,
    "a power too large to multiply out": lambda: x ** (10**9) > 1,
    "a sum of truth values": lambda: z3.Sum([x > 0, y > 0]) == 2,
    "whole numbers in a case": lambda: z3.If(x > 0, 1, 2) / 2 == x,
    "a square root of z3's": lambda: z3.Sqrt(x) * z3.Sqrt(x) == x,
    "a bound variable": lambda: z3.Var(0, z3.RealSort()) > 0,
    "a fresh name": lambda: z3.FreshReal("x") > 0,
    "a sign that looks like a letter": lambda: z3.Real("\N{MICRO SIGN}") > 0,
    "a name of nothing": lambda: z3.Real("") > 0,
    "an exponent that hides a divisor": lambda: x ** (1 / Q(0) - 1 / Q(0)) == 1,
    "an exponent that hides a variable": lambda: x ** (y - y) == 1,
    "a relation of a user's own class": lambda: Mine((x > 0).ast, x.ctx),
}


@pytest.mark.parametrize("what", ALIEN)
def test_what_is_not_of_the_language_is_refused_in_one_line(what):
    for make in (lambda: Statement([], ALIEN[what]()), lambda: Statement([ALIEN[what]()], x > 0)):
        with pytest.raises((ValueError, TypeError), match=r"^need [^\n]*$"):
            make()
    with pytest.raises((ValueError, TypeError), match=r"^need "):
        Process([x], [x], [], [], [ALIEN[what]()])


# False or meaningless: what each engine may say, whatever it knows of the statement, is not PROVED.
u, root_of_minus = root(Q(-1), "u")
NEVER_PROVED = {
    "cases nested in a divisor": Statement([], 1 / z3.If(x > 0, x, z3.If(x < 0, -x, 0)) > 0),
    "a guard of another variable": Statement([], z3.If(y != 0, 1 / x, 0) * x <= 1),
    "a divisor that is an absolute value": Statement([], x / abs(x) <= 1),
    "nothing over nothing": Statement([], Q(0) / Q(0) == 1),
    "a constant over nothing": Statement([], Q(1, 0) == 0),
    "a quotient like itself": Statement([], x / (y - y) == x / (y - y)),
    "zero to a negative power": Statement([x == 0], x**-1 == 0),
    "zero to the power zero": Statement([x == 0], x**0 == 0),
    "the root of a negative number": Statement([root_of_minus], u < 0),
    "hypotheses that contradict": Statement([x**4 + x**2 + 1 == 0], y == 7),
    "a reciprocal that vanishes": Statement([1 / x == 0], y == 7),
    "a guard after its divisor": Statement([1 / x > 0, x != 0], x > 1),
    "a false hypothesis": Statement([z3.BoolVal(False)], x == 1),
    "a divisor behind a false guard": Statement([x == 0, z3.Implies(x != 0, y / x == 1)], y == 3),
    "a difference of huge numbers": Statement([], (x + 10**400) - 10**400 == x + Q(1, 10**400)),
    "a tiny bound": Statement([x > 0], x > Q(1, 10**300)),
    "an implication in an equivalence": Statement([], z3.Implies(x == 1, x == 0) == (x == 1)),
    "an equivalence of equivalences": Statement([], ((x > 0) == (x > 1)) == (x > 2)),
    "a keyword of Coq's": Statement([z3.Real("forall") > 0], z3.Real("forall") > 1),
    "a function of Coq's": Statement([z3.Real("Rabs") > 0], abs(z3.Real("Rabs") - 5) > z3.Real("Rabs")),
    "a constant of Coq's": Statement([z3.Real("PI") > 0], z3.Real("PI") > 3),
    "a letter of another alphabet": Statement([z3.Real("\N{CYRILLIC SMALL LETTER HA}") > 0], x > 0),
    "a truth value as a factor": Statement([], (x > 0) * y == y),
}


@pytest.mark.parametrize("what", NEVER_PROVED)
def test_no_engine_proves_what_is_false_or_says_nothing(what):
    with small_budgets():
        for engine in (smt, algebra, certificate):
            verdict = engine(NEVER_PROVED[what]).run()
            assert verdict.status in (Status.REFUTED, Status.OPEN)
            assert "crashed" not in verdict.reason


def test_a_list_that_changes_changes_no_statement():
    given = [x > 0]
    statement = Statement(given, x > 1)
    given.append(f(x) > 0)
    assert str(statement) == "x > 0  =>  x > 1"


PYTHON = {
    "and": lambda: (x == 1) and (y > 5),
    "or": lambda: (x == 1) or (x == -1),
    "not": lambda: not (x == y),  # noqa: SIM201  what a user writes
    "a chain": lambda: x == y == z,
    "a chain of inequalities": lambda: 0 < x < 1,
    "all": lambda: all([x == 1, y == 1]),
    "any": lambda: any([x == 1, y == 1]),
    "max": lambda: max(x, y) > 0,
    "in": lambda: x in [y, z],
    "if": lambda: 1 if x == y else 2,
    "bool": lambda: bool(x == x),
    "sorted": lambda: sorted([x, y]),
}


@pytest.mark.parametrize("what", PYTHON)
def test_a_term_has_no_truth_value(what):
    with pytest.raises(TypeError, match=r"^need And"):
        PYTHON[what]()


def test_names_stay_different_in_coq():
    names = [
        "η",
        "λ",
        "v_3b7_",
        "v_η",
        "eta",
        "Rabs",
        "R",
        "fun",
        "x_",
        "x__",
        "é",
        "e\u0301"[:1],
        "α1",
        "α_1",
        "v__",
    ]
    assert len({coq_name(name) for name in names}) == len(set(names))
    eta, lam = reals("η λ")
    assert Statement([eta > 0], lam > 0).coq().count("v_") == 4
    assert status(smt(Statement([eta > 0], lam > 0))) is Status.REFUTED


def test_a_case_is_an_absolute_value_only_around_zero():
    assert text(abs(x)) == "|x|" and text(abs(x), COQ) == "Rabs (x)"
    other = z3.If(x > 5, x, -x)
    assert text(other) == "if(x > 5; x; -x)"
    with pytest.raises(ValueError, match="need a term without cases"):
        text(other, COQ)
    asked = kernel(Statement([], other >= 0), "I", mutants=[Statement([], x > 0)]).run()
    assert asked.status is Status.OPEN and asked.reason.startswith("refused: need a term without cases")
    (mutant,) = kernel(Statement([], x > 0), "I", mutants=[Statement([], other >= 0)]).mutants
    assert mutant.run().reason.startswith("refused: need a term without cases")
    remembered = {}
    assert (
        Claim("m:a", "", Form("", (smt(Statement([], abs(x) >= 0)),))).verify(remembered).printed.status
        is Status.PROVED
    )
    verdict = smt(Statement([], other >= 0)).run(remembered)
    assert (verdict.status, verdict.remembered) == (Status.REFUTED, False)


# Three values.


def root_sq():
    return ball(2).sqrt() ** 2


FLAT = {
    "a flipped doubt": lambda: not less(root_sq(), ball(2) + ball(10) ** -4000),
    "or": lambda: less(root_sq(), ball(2)) or less(ball(3), ball(2)),
    "all": lambda: all([less(root_sq(), ball(2))]),
    "arb's own": lambda: root_sq() <= 2,
    "arb's own, true": lambda: ball(1) < ball(2),
    "a word": lambda: "no",
    "one": lambda: 1,
    "nothing": lambda: None,
    "True": lambda: True,
    "an arb": lambda: ball(1),
    "all of Booleans": lambda: all_of(ball(1) < ball(2)),
    "an answer of one": lambda: Answer(1),
    "an answer of a word": lambda: Answer("no"),
    "an answer of numpy's": lambda: Answer(numpy.True_),
    "a ball of a float": lambda: less(ball("1/10"), ball(0.1)),
    "infinity": lambda: less(ball(0), flint.arb("inf")),
    "a division by a ball around zero": lambda: less(ball(0), 1 / ball(0)),
    "the root of a negative number": lambda: less(ball(-1).sqrt() ** 2, ball(0)),
    "the logarithm of zero": lambda: less(ball(0).log(), ball(0)),
}


@pytest.mark.parametrize("what", FLAT)
def test_only_an_answer_decides(what):
    assert status(enclosure(what, FLAT[what])) in (Status.OPEN, Status.CRASHED)


def test_answers_follow_kleene():
    """Identity: three-valued and, or, not."""
    values = (YES, NO, CANNOT_TELL)
    assert [~a for a in values] == [NO, YES, CANNOT_TELL]
    assert [a & b for a in values for b in values] == [
        YES,
        NO,
        CANNOT_TELL,
        NO,
        NO,
        NO,
        CANNOT_TELL,
        NO,
        CANNOT_TELL,
    ]
    assert [a | b for a in values for b in values] == [
        YES,
        YES,
        YES,
        YES,
        NO,
        CANNOT_TELL,
        YES,
        CANNOT_TELL,
        CANNOT_TELL,
    ]
    assert less(1, Fraction(3, 2)) == YES and less(root_sq(), 2) == CANNOT_TELL
    assert less(flint.arb("nan"), ball(1)) == NO_SIDES == ~NO_SIDES
    assert [NO_SIDES & a for a in values] == [NO_SIDES | a for a in values] == [NO_SIDES] * 3
    assert [a & NO_SIDES for a in values] == [NO_SIDES, NO, NO_SIDES]
    assert [a | NO_SIDES for a in values] == [YES, NO_SIDES, NO_SIDES]
    for wrong in (
        lambda: Answer(True, has_sides=False),
        lambda: bool(YES),
        lambda: not NO,
        lambda: all_of(True),
        lambda: less(True, 2),
        lambda: less(1.5, 2),
    ):
        with pytest.raises(TypeError, match=r"^need "):
            wrong()


# What only looks like a statement, a process or a counterexample.


class Shown(Statement):
    """A statement that is shown as another one."""

    def __str__(self):
        return "x > 1  =>  x > 0"


class Like:
    """Something that has what a statement has, and was never read."""

    given, then, variables, forall = (), f(x) == f(y), ("x", "y"), ()


@pytest.mark.parametrize("engine", [smt, algebra, certificate, trial, lambda s: kernel(s, "I")])
def test_only_a_statement_is_decided(engine):
    for other in (Shown([], x > 0), Like(), Process([x], [x], [], [], [x > 0])):
        with pytest.raises((ValueError, AttributeError)):
            engine(other)


def test_a_run_is_shown_as_it_is_proved():
    for states in ([x, x], []):
        with pytest.raises(ValueError, match="need states with one following value each"):
            Process(states, [x, x - 1][: len(states)], [], [x == 0], [x >= 0])
    followed = Process([x], [x - 1], [x >= 1], [x == 1], [x >= 0])
    assert "with x >= 1 at every time up to t, from x = 1" in str(followed)
    moved = Process([x], [y], [], [x == y], [x == y])
    assert "where y stay the same" in str(moved)
    assert moved.constants == ("y",) and followed.constants == ()
    with pytest.raises(ValueError, match="need by an engine's own"):
        induction(followed, by=lambda statement: Verdict(Status.PROVED))
    with pytest.raises(ValueError, match="need a Process"):
        induction(Statement([], x > 0))


def test_an_attempt_s_witness_is_evaluated():
    assert status(trial(Statement([], x * x >= 0), lambda chance: {"x": 1})) is Status.OPEN
    assert status(trial(Statement([], x * y >= 0), lambda chance: {"x": 1})) is Status.OPEN
    assert status(trial(Statement([], x * x > 0), lambda chance: {"x": Fraction(0)})) is Status.REFUTED
    measured = trial("it holds", lambda chance: {"x": [0.1]}).run()
    assert measured.status is Status.OPEN and "measured" in measured.reason
    for rounded in ("0.333", "(1/2, 3e-07)", ["1", "nan"]):
        assert trial("it holds", lambda chance, told=rounded: {"x": told}).run().status is Status.OPEN
    assert trial("it holds", lambda chance: {"x": "(1/3, 2)"}).run().status is Status.REFUTED
    held = trial("it holds", lambda chance: None, mutants=[("it does not", lambda chance: {"x": 0.1})]).run()
    assert (held.status, held.killed, held.survivors) == (Status.SUPPORTED, 1, ())
    with pytest.raises(ValueError, match="need n > 0 trials"):
        trial("it holds", lambda chance: None, n=0)
    with pytest.raises(ValueError, match="an attempt for a text"):
        trial("it holds")


# The kernel.


AT_ZERO = "ltac:(intros H; specialize (H 0); unfold Rdiv in H; rewrite Rmult_0_l in H; lra)"


@needs_coq
@pytest.mark.parametrize(
    ("statement", "term", "refutes"),
    [
        (Statement([], 0 * (1 / x) == 0), "ltac:(intros; ring)", None),
        (Statement([x == 0], 1 / x == 1 / (2 * x)), "ltac:(intros; subst; rewrite Rmult_0_r; reflexivity)", None),
        (Statement([], x / x == 1), AT_ZERO, {"x": "0"}),
        (Statement([x > 1, x < 0], x == 5), "ltac:(intros; lra)", None),
        (Statement([], x * x > 0), "ltac:(intros H; specialize (H 0); lra)", {"x": "7"}),
        (Statement([], x * x > 0), "ltac:(intros H; specialize (H 0); lra)", {}),
    ],
)  # fmt: skip
def test_the_kernel_reads_a_statement_as_the_other_engines_do(statement, term, refutes):
    assert status(kernel(statement, term, refutes=refutes)) is Status.OPEN


@needs_coq
def test_the_kernel_still_proves_and_refutes():
    assert status(kernel(Statement([x > 1], x > 0), "ltac:(intros; lra)")) is Status.PROVED
    assert (
        status(kernel(Statement([x != 0], x / x == 1), "ltac:(intros; field; assumption)")) is Status.PROVED
    )
    wrong = kernel(Statement([], x * x > 0), "ltac:(intros H; specialize (H 0); lra)", refutes={"x": "0"})
    assert status(wrong) is Status.REFUTED


HEAD = "From Coq Require Import Reals Lra ClassicalDedekindReals.\nOpen Scope R_scope.\n"
FALSE = Statement([], x > 0)
CHEATS = {
    "an unguarded loop": "Unset Guard Checking. Fixpoint f (x:R) (n:nat) {struct n} : x > 0 := f x n. "
    "Definition bad (x:R) := f x 0%nat.",
    "an unguarded loop by attribute": "#[bypass_check(guard)] Fixpoint f (x:R) (n:nat) {struct n} : x > 0 := f x n. "
    "Definition bad (x:R) := f x 0%nat.",
    "an axiom": "Axiom bad : forall x, x > 0.",
    "a parameter": "Parameter bad : forall x, x > 0.",
    "an admitted lemma": "Lemma bad : forall x, x > 0. Admitted.",
    "an axiom under a trusted name": "Module Classical_Prop. Axiom classic : forall x, x > 0. End Classical_Prop. "
    "Definition bad := Classical_Prop.classic.",
    "another under a trusted name": "Module ClassicalDedekindReals. Axiom sig_forall_dec : forall x, x > 0. "
    "End ClassicalDedekindReals. Definition bad := ClassicalDedekindReals.sig_forall_dec.",
    "a notation for a relation": 'Notation "x > y" := True : R_scope. Definition bad : forall x, x > 0 := fun _ => I.',
    "a notation of another level": 'Notation "x > y" := (x = x) (at level 70, no associativity) : R_scope. '
    "Definition bad : forall x : R, x > 0 := fun x => eq_refl.",
    "a shadowed relation": "Definition Rgt (x y : R) := True. Definition bad : forall x : R, Rgt x 0 := fun _ => I.",
    "a shadowed type": "Definition R := unit. Axiom bad : forall x, x > 0.",
    "a hidden axiom": "Axiom b : 1 = 2. Lemma bad : forall x, x > 0. Proof. intros; pose proof b; lra. Qed.",
    "a hidden section": "Section S. Variable b : 1 = 2. Lemma l : forall x, x > 0. Proof. intros; lra. Qed. End S. "
    "Axiom c : 1 = 2. Definition bad := l c.",
    "a module type": "Module Type T. Axiom b : forall x, x > 0. End T. Declare Module M : T. Definition bad := M.b.",
    "a cast by machine": "Lemma bad : forall x, x > 0. Proof. intros. vm_cast_no_check I. Qed.",
    "unset positivity": "Unset Positivity Checking. Inductive t := C (f : t -> False). "
    "Definition no (x : t) : False := match x with C f => f x end. Definition bad : forall x, x > 0 := "
    "fun x => match no (C no) with end.",
    "a loose universe": "Unset Universe Checking. Axiom b : False. "
    "Definition bad : forall x, x > 0 := fun x => match b with end.",
    "a tactic of the library's": "Ltac Psatz.nra ::= idtac. Definition bad := I.",
    "a coercion": "Coercion c (n : nat) : Prop := True. Definition bad := 0%nat.",
}


@pytest.fixture
def cheat(tmp_path, monkeypatch):
    """A development of one file of the user's own, beside the theory's."""
    caches = (coq_files.sources, coq_files.required, coq_files.files_for, coq_files.compiled)

    def forget():
        for cached in caches:
            cached.cache_clear()

    def write(source):
        (tmp_path / "Theory.v").write_text(HEAD)
        (tmp_path / "Cheat.v").write_text(HEAD + source + "\n")
        monkeypatch.setattr(coq_files, "DEVELOPMENT", tmp_path)
        forget()

    yield write
    monkeypatch.undo()
    forget()


QUICK_CHEATS = ("an unguarded loop", "an axiom under a trusted name", "a notation for a relation")


@needs_coq
@pytest.mark.parametrize(
    "what", [w if w in QUICK_CHEATS else pytest.param(w, marks=pytest.mark.slow) for w in CHEATS]
)
def test_a_cheating_file_proves_nothing(cheat, what):
    cheat(CHEATS[what])
    assert status(kernel(FALSE, "Cheat.bad")) is Status.OPEN
    assert status(kernel("forall x : R, x > 0", "Cheat.bad")) is Status.OPEN


@needs_coq
@pytest.mark.parametrize("name", ["Rbasic_fun", "Reals", "Logic"])
def test_no_file_of_a_paper_is_called_like_one_of_coq_s(name):
    with pytest.raises(ValueError, match="need a name for a Coq file that no file of Coq's libraries has"):
        coq_files.add({name: "Definition one := 1."})


@needs_coq
def test_a_statement_in_coq_s_words_means_the_library_s_logic(cheat):
    cheat("Definition False := True. Definition bad : False := I.")
    assert status(kernel("False", "Cheat.bad")) is Status.OPEN


@needs_coq
@pytest.mark.parametrize(
    "source",
    ["Definition Rabs (x:R) := 1. Lemma bad : forall x, Rabs x >= 1. Proof. intros; unfold Rabs; lra. Qed.",
     'Notation "| x |" := 1. Definition Rabs (x : R) := 1. Lemma bad : forall x, Rabs x >= 1. '
     "Proof. intros; unfold Rabs; lra. Qed."],
)  # fmt: skip
def test_a_shadowed_name_is_not_the_library_s(cheat, source):
    cheat(source)
    assert status(kernel(Statement([], abs(x) >= 1), "Cheat.bad")) is Status.OPEN
    assert status(kernel("forall x : R, Rabs x >= 1", "Cheat.bad")) is Status.OPEN


COMMANDS = (
    "Cheat.bad.\nModule N. Definition pinned := I. End N. Import N",
    "I. Definition proved := I",
    "(I) (* a comment *)",
    'ltac:(idtac "Closed under the global context"; exact I)',
    "I.",
    "ltac:(exact I).\nPrint Assumptions I",
)


@pytest.mark.parametrize("term", COMMANDS)
def test_a_term_carries_no_commands(term):
    verdict = kernel(FALSE, term).run()
    assert verdict.status is Status.OPEN and not verdict.rests_on


SENTENCES = (
    "Unset Guard Checking.", "Global Unset Positivity Checking.", "Unset Universe Checking.",
    "#[bypass_check(guard)] Fixpoint f (n : nat) : False := f n.", "Axiom b : 1 = 2.", "Parameter b : False.",
    "Conjecture b : False.", "Hypothesis b : False.", "Variable b : False.", "Declare Module M.",
    "Module Classical_Prop. Axiom classic : 1 = 2. End Classical_Prop.", "Notation a := b.",
    'Notation "x <= y" := True : R_scope.', 'Infix "<=" := f : R_scope.', "Coercion f : nat >-> R.",
    "Canonical Structure s := t.", "Set Universe Polymorphism.", "Global Hint Resolve f : core.",
    "Ltac lra := idtac.", "Ltac Psatz.nra ::= idtac.",
    "Ltac other ::= idtac.", 'Declare ML Module "cheat".', 'Load "other".', "Drop.", 'Redirect "f" Print f.',
    "Arguments f {x}.", "Admitted.", "Program Definition f : False := _.", "Admit Obligations.",
    "From Coq Require Import Reals. From Elsewhere Require Import Reals.", "Require Import Cheat.",
    "Lemma f : False. Proof. exact_no_check I. Qed.", "Lemma f : False. Proof. native_cast_no_check I. Qed.",
    "Lemma f : False. Proof. Admitted.", "Lemma f : False. Proof. admit. Defined.", "Existing Instance f.",
    'Definition a := 1. (* " *) " *) Axiom b : False. (* *)', "Add LoadPath here.", "Primitive int := f.",
)  # fmt: skip


@pytest.mark.parametrize("text", SENTENCES)
def test_a_file_may_only_define_and_prove(text):
    with pytest.raises(coq_text.Refused):
        coq_text.check_file("Cheat", text)


def test_the_committed_files_only_define_and_prove():
    for name, source in coq_files.sources().items():
        coq_text.check_file(name, source)


@pytest.mark.parametrize(
    "term",
    [
        "Beta.bad.\nModule N",
        "a. b",
        "a...",
        "a (* . *)",
        'a "b"',
        "ltac:(intros. lra)",
        "a)",
        "(a",
        "",
        "a.\u00a0b",
    ],
)
def test_a_term_ends_no_sentence(term):
    with pytest.raises(coq_text.Refused):
        coq_text.check_term(term)
    coq_text.check_term("ltac:(intros; apply Beta.eq13a; lra)")


FAKES = {
    "silent": "exit 0",
    "garbage": "printf 'Axioms:\\n\\377\\376 nothing\\n'; exit 0",
    "closed": 'echo "Closed under the global context"; for f in "$@"; do case $f in *.v) : > "${f}o";; esac; done',
    "crash": "kill -SEGV $$",
    "no version": "exit 0",
}


@pytest.mark.parametrize("what", FAKES)
def test_a_coqc_that_is_none_proves_nothing(tmp_path, monkeypatch, what):
    fake = tmp_path / "coqc"
    version = "" if what == "no version" else '[ "$1" = --print-version ] && echo "8.16.1 4.14.0" && exit 0\n'
    fake.write_text(f"#!/bin/sh\n{version}{FAKES[what]}\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    caches = (coq_files.version, coq_files.compiled, coq_files.refuses_falsehood)
    for cached in caches:
        cached.cache_clear()
    try:
        verdict = kernel(
            Statement([], Q(1) == Q(2)), "Beta.eq13a", mutants=[Statement([], Q(1) == Q(3))]
        ).run()
        assert verdict.status is Status.OPEN and not verdict.rests_on
        alone = certificate(Statement([x >= 1], x > 0)).run()
        assert "Coq's kernel" not in alone.rests_on
    finally:
        for cached in caches:
            cached.cache_clear()


def test_a_forged_certificate_is_multiplied_out(monkeypatch):
    monkeypatch.setattr(coq_files.shutil, "which", lambda program: None)

    def forged(ring, facts):
        one = ring.constant(Fraction(1))
        return [
            (Fraction(1), handelman.Product(one, ">", ())),
            (Fraction(1), handelman.Product(-one, ">=", (0,))),
        ]

    monkeypatch.setattr(handelman, "combination", forged)
    assert status(certificate(Statement([x >= 0], x >= 1))) is Status.CRASHED


# Memory.


def test_a_process_is_remembered_by_every_field():
    true = Process([x], [x + y], [y >= 0], [x >= 0], [x >= 0])
    false = Process([x], [x + y], [], [x >= 0], [x >= 0])
    remembered = {}
    assert induction(true).run(remembered).status is Status.PROVED
    assert induction(false).run(remembered).status is Status.OPEN


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff\xfe\x00", b"[]", b"null", b'{"status": "PROVED"}', b'{"status": "MAYBE"}']
)
def test_a_damaged_memory_is_a_miss(tmp_path, content):
    disk = Disk(tmp_path)
    check = smt(Statement([x > 1], x > 0))
    assert check.run(disk).status is Status.PROVED and check.run(disk).remembered
    for file in tmp_path.iterdir():
        file.write_bytes(content)
    again = check.run(disk)
    assert again.status is Status.PROVED and not again.remembered


def test_a_disk_that_takes_nothing_costs_the_memory_alone(tmp_path):
    (tmp_path / "file").write_text("")
    assert smt(Statement([x > 1], x > 0)).run(Disk(tmp_path / "file" / "inside")).status is Status.PROVED


def test_a_function_is_known_by_all_that_it_holds():
    def made(bound, base=1):
        return lambda: less(base, bound)

    texts = {
        memory.source_of(g)
        for g in (made(1), made(2), made(1, 2), functools.partial(made(1)), lambda: 1, lambda: 2)
    }
    assert len(texts) == 5  # a partial of nothing is its function
    assert memory.source_of(made(1)) == memory.source_of(made(1))


BOUND, VALUES, CLOSE = 2, numpy.zeros(5000), ball(1)


def test_a_function_is_known_by_the_globals_that_it_names(monkeypatch):
    """Also by what a global's own text leaves out: the middle of an array, the last bits of a ball, deep terms."""

    def holds():
        return less(BOUND, VALUES[0]), CLOSE

    deep = x
    for _ in range(60):
        deep = deep * y + x
    texts = [memory.source_of(holds)]
    changed = VALUES.copy()
    changed[2500] = 1
    monkeypatch.setattr(flint.ctx, "prec", 300)
    for name, new in (("BOUND", 3), ("VALUES", changed), ("CLOSE", ball(1) + ball(2) ** -200)):
        monkeypatch.setitem(globals(), name, new)
        texts.append(memory.source_of(holds))
        assert texts[-1] == memory.source_of(holds)
    terms = [functools.partial(less, deep), functools.partial(less, z3.substitute(deep, (y, z)))]
    assert len({*texts, *map(memory.source_of, terms)}) == 6


def test_what_cannot_be_told_apart_is_not_remembered():
    class Odd:
        __slots__ = ("value",)

    odd = Odd()
    assert memory.source_of(lambda: odd) != memory.source_of(lambda: odd)


def test_a_function_of_no_file_can_be_decided():
    check = "enclosure('1 < 2', lambda: less(1, 2))"
    code = f"from proofs_check import *; print(decide(Claim('m:a', '', Form('', ({check},)))).printed.status)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "PROVED", done.stderr


# The committed ledger.

EDITS = {
    "source": "another page", "printed": "another sentence", "witness": {"x": "1"}, "needs": ["x:y"],
    "fully_proved": False, "printed_status": "REFUTED",
}  # fmt: skip


def row():
    return json.loads(json.dumps(book.committed_rows()["si:step-turn"]))


@pytest.mark.parametrize("field", EDITS)
def test_an_edited_field_of_the_ledger_is_a_surprise(field):
    assert list(book.surprises(row(), row() | {field: EDITS[field]}))
    assert not list(book.surprises(row(), row()))


@pytest.mark.parametrize("field", ["formula", "rests_on", "status", "engine", "certificate"])
def test_an_edited_verdict_of_the_ledger_is_a_surprise(field):
    edited = row()
    if field in book.VOLATILE:
        edited["engines"] = edited["engines"][1:]
    else:
        edited["engines"][0][field] = ["z3"] if field == "rests_on" else "smt 2"
    assert list(book.surprises(row(), edited))


@pytest.mark.parametrize(
    "line", ["garbage", "[]", '{"id": "si:x"}', '{"id": 1, "printed_status": "PROVED", "engines": []}', ""]
)
def test_a_line_that_is_no_row_is_named(tmp_path, line):
    lines = book.COMMITTED.read_text().splitlines()
    file = tmp_path / "ledger.jsonl"
    file.write_text("\n".join([lines[0], line, *lines[2:]]) + "\n")
    said = list(book.damaged(file))
    assert any("line 2 of ledger.jsonl" in s for s in said) and any(
        "not in the committed ledger" in s for s in said
    )
    file.write_text("\n".join([*lines, lines[0]]) + "\n")
    assert [s for s in book.damaged(file) if "2 times" in s]
    assert not list(book.damaged())


# Statements in Coq's words.


def test_a_recursion_that_divides_is_named_wherever_it_stands():
    sources = (
        "Definition f x := 1 / x. Fixpoint g n := match n with O => 1 | S m => f (g m) end. "
        "Definition h x := g x + 1. Fixpoint k n := match n with O => 1 | S m => k m / 2 end.",
    )
    for divides in ("g x = 1", "h x = 1", "forall x, x > 0 -> h x = g x"):
        assert coq_text.dividing(divides, sources) == ["g"]
    for whole in ("f x = 1", "k n = 1", "free x = 1"):
        assert not coq_text.dividing(whole, sources)


def walks(words, recursions=()):
    return {w: coq_defined.Search((), (), recursions, (), recursions, True) for w in words}


def walked(searches, before=""):
    texts = (f"Module M{i}. Definition stated : Prop := {w}.\n{s.text}End M{i}.\n"
             for i, (w, s) in enumerate(searches.items()))  # fmt: skip
    (run,) = coq_files.session({"Walked": f"{coq_files.LIBRARIES}{coq_files.SCOPE}{before}{''.join(texts)}"})
    assert run.accepted, run.error
    return run.output


@needs_coq
def test_divisors_in_coq_s_words_are_looked_at_from_the_left():
    """Each place by itself: what is shown, what is a number that may vanish, what is of a function."""
    said = {
        "forall x : R, x <> 0 -> x / x = 1": "",
        "forall x : R, 0 * (1 / x) = 0": "x",
        "forall x : R, x = 0 -> 1 / x = 1 / (2 * x)": "x",
        "forall x : R, 1 / x > 0 -> x <> 0 -> x > 0": "x",
        "forall x : R, x = 0 \\/ x / x = 1": "",
        "forall x y : R, 0 < x < 1 -> 1 / (1 - x) > 0 /\\ 1 / y = 1 / y": "y",
        "forall x : R, exists y, y <> 0 /\\ x / y = x": "",
        "forall x : R, x > sqrt 2 -> / (x * x ^ 3 * exp x) > 0": "",
        "forall lr wd, 0 < lr -> 0 < wd -> lr * wd < 1 / 4 -> ln (1 - lr * wd) / - ln (1 - lr * wd) = -1": "",
        "~ (forall x : R, x / x = 1)": "x",
        "(fun x => / x) 0 = / 0": "0",
        "sqrt (-1) = 0": "sqrt of -1",
        "forall x, x <= 0 -> ln x = 0": "ln of x",
        "Rpower (-1) 2 = 1": "ln of -1",
        "1 / atan 0 = 0": "atan 0",
        "tan (PI / 2) = 0": "cos (PI / 2)",
        "1 / tanh 0 = 0": "tanh 0",
        "forall x, x > 0 -> ln (x / PI) + sqrt (x - 0) > 0 -> ln (x - 0) = ln x": "",
    }
    searches = walks(said)
    output = walked(searches)
    for words, place in said.items():
        for total in (False, True):
            gap = searches[words].gap(output, total)
            assert gap.rpartition(", got ")[2] == place.rpartition(" of ")[2], words
            assert gap.startswith("need divisors that cannot vanish") == bool(place and " of " not in place)
        assert searches[words].unshown(output)[:1] == [place] * bool(place), words
        assert not searches[words].hollow(output)
    never = coq_defined.Search((), (), (), (), (), True).gap(output, False)
    assert never == "the statement cannot be walked for its divisors"


@needs_coq
def test_sequences_and_recursions_have_values_where_that_can_be_shown():
    """A run is defined step by step from its start; what is not shown is a gap unless Coq's own values are meant."""
    before = (
        "Fixpoint grown (a x : R) (t : nat) : R := "
        "match t with O => x | S u => grown a x u + a / grown a x u end.\n"
        "Fixpoint fallen (x : R) (t : nat) : R := match t with O => x | S u => 1 / (fallen x u - 1) end.\n"
    )
    run = "forall t, s (S t) = s t + a / s t"
    said = {
        f"forall a s, 0 < a -> 0 < s 0%nat -> ({run}) -> forall t, 1 / s t > 0": "",
        f"forall a s, 0 < a -> ({run}) -> forall t, 1 / s t > 0": "s t",
        f"forall a s, ({run}) -> 0 < s 0%nat -> 0 < a -> forall t, 1 / s t > 0": "s t",
        "forall s : nat -> R, s 0%nat = 1 -> (forall t, s (S t) = (s t - 1) / s t) -> s 2%nat = 0": "s t",
        "forall s : nat -> R, (forall t, 0 < s t <= 1) -> forall t, 1 <= 1 / s t": "",
        "forall (s : nat -> R) n, (forall t, (t < n)%nat -> s t <> 0) -> "
        "forall t, (t < n)%nat -> s t / s t = 1": "",
        "forall (s : nat -> R) n, (forall t, (t < n)%nat -> s t <> 0) -> s n / s n = 1": "s n",
        "forall a x t, 0 < a -> 0 < x -> grown a x t > 0": "",
        "forall a x t, 0 < a -> grown a x t > x": "grown a x u",
        "forall x t, 0 < x -> fallen x t = fallen x t": "fallen x u - 1",
        "fallen 1 = fallen 1": "fallen 1 u - 1",
        "forall f : nat -> R, 0 * (1 / f O) = 0": "f 0%nat",
        "forall f : nat -> R, sqrt (f O) = 0": "f 0%nat",
        "forall f : R -> R, (forall x, 0 < f x) -> 1 / f 2 > 0": "",
        "Rinv = Rinv": "RinvImpl.Rinv",
        "powerRZ 0 (-1) = 0": "powerRZ",
        "Nat.iter 1 sqrt (-1) = 0": "Nat.iter",
        "real p_infty = 0": "real",
        "(5 / 0 = 0)%nat": "Nat.div",
        "exists d, d = Rdiv /\\ d 1 0 = 0": "Rdiv",
        "List.map Rinv (cons 0 nil) = cons 0 nil": "RinvImpl.Rinv",
        "comp Rinv (fun x => x - x) 1 = 0": "RinvImpl.Rinv",
        "Lim_seq (fun n => INR n) = p_infty": "Lim_seq",
        "(if Rle_dec 0 1 then 0 else 1) = 0": "Rle_dec",
        "forall b : bool, (if b then 2 else 3) > 1": "",
        "forall c : comparison, match c with Eq => 1 | Lt => 1 | Gt => 1 end = 1": "one",
        "forall n : nat, match n with O => 1 | S m => / INR m end > 0": "one",
    }
    searches = walks(said, ("grown", "fallen"))
    output = walked(searches, before)
    for words, place in said.items():
        assert searches[words].gap(output, False).rpartition(", got ")[2] == place, words
        assert not searches[words].gap(output, True), words
    (if_zero,) = walks(["forall b : bool, (if b then / 0 else 3) > 1"]).items()
    assert if_zero[1].gap(walked(dict([if_zero])), True).endswith("got 0")


@needs_coq
def test_contradictory_hypotheses_in_coq_s_words_are_found():
    """However they are written; a statement that is itself a contradiction is not hollow."""
    said = {
        "forall x : R, x > 1 -> x < 0 -> x = 5": True,
        "forall (x : R) (h : x > 1) (k : x < 0), x = 5": True,
        "forall x : R, x > 1 -> x * x < 1 /\\ x > 0 -> exists y, y = x": True,
        "forall x : R, x > 1 -> x < 0 -> False": False,
        "forall x : R, x > 1 -> (x > 0 <-> x > -1)": False,
    }
    searches = walks(said)
    output = walked(searches)
    assert {words: search.hollow(output) for words, search in searches.items()} == said


USE = "let e := constr:(Theory.scale_elr) in"  # the one file that has to be compiled


@needs_coq
@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "term", "reason"),
    [
        ("forall (x : R) (h : x > 1) (k : x < 0), x = 5", f"ltac:({USE} intros; exfalso; lra)", "vacuous"),
        ("forall x : R, 0 * (1 / x) = 0", f"ltac:({USE} intros; ring)", "undefined: need divisors"),
    ],
)
def test_a_text_that_says_nothing_proves_nothing(words, term, reason):
    verdict = kernel(words, term).run()
    assert verdict.status is Status.OPEN and verdict.reason.startswith(reason)
    assert kernel("forall x : R, x > 1 -> x > 0", f"ltac:({USE} intros; lra)").run().status is Status.PROVED


# A second look at what was compiled.


SUMMARY = """
CONTEXT SUMMARY
===============

* Theory: Set is predicative

* Axioms:
    Coq.Logic.Classical_Prop.classic

* Constants/Inductives relying on type-in-type: <none>

* Constants/Inductives relying on unsafe (co)fixpoints: <none>

* Inductives whose positivity is assumed: <none>
"""


@pytest.mark.parametrize(
    ("was", "is_now"),
    [
        ("predicative", "impredicative"),
        ("Coq.Logic.Classical_Prop.classic", "Sitheory.Cheat.bad"),
        ("type-in-type: <none>", "type-in-type: Sitheory.Cheat.bad"),
        ("fixpoints: <none>", "fixpoints:\n    Sitheory.Cheat.bad"),
        ("assumed: <none>", "assumed: Sitheory.Cheat.bad"),
        (SUMMARY, ""),
    ],
)
def test_a_summary_of_the_second_look_is_read_whole(was, is_now):
    assert not coq_checker.objection(SUMMARY)
    assert coq_checker.objection(SUMMARY.replace(was, is_now))


@needs_coq
@pytest.mark.skipif(not coq_checker.installed(), reason="no coqchk")
def test_a_compiled_file_is_looked_at_again(tmp_path):
    for name, source in (("Good", "Definition one : 1 = 1 := eq_refl.\n"), ("Bad", "Axiom bad : 1 = 2.\n")):
        (tmp_path / f"{name}.v").write_text(source)
        subprocess.run(["coqc", "-q", "-Q", ".", "Sitheory", f"{name}.v"], cwd=tmp_path, check=True)
    coq_checker.check("Good", tmp_path)
    with pytest.raises(ValueError, match=r"axioms: Sitheory\.Bad\.bad"):
        coq_checker.check("Bad", tmp_path)
    damaged = bytearray((tmp_path / "Good.vo").read_bytes())
    damaged[len(damaged) // 2] ^= 1
    (tmp_path / "Good.vo").write_bytes(damaged)
    with pytest.raises(ValueError, match=r"^need a compiled file that coqchk accepts"):
        coq_checker.check("Good", tmp_path)


# Wrong variants.


def test_a_variant_that_cannot_be_asked_is_not_refused():
    right = Statement([x > 1], x > 0)
    for hollow in (Statement([], 1 / x > 0), Statement([x > 1, x < 0], x > 5)):
        verdict = smt(right, mutants=[hollow]).run()
        assert (verdict.killed, verdict.survivors) == (0, ())
        assert book.entry("printed", verdict)["no_variant"]
    assert smt(right, mutants=[right.but(without=0)]).run().killed == 1


def test_a_check_without_a_variant_says_so():
    right = Statement([x > 1], x > 0)
    entries = [book.entry("printed", smt(right, mutants=m).run()) for m in ([], [right.but(without=0)])]
    assert [entry.get("no_variant", False) for entry in entries] == [True, False]


def test_trials_and_connectives_are_what_they_were():
    assert status(trial(Statement([And(x > 0, y > 0)], x * y > 0))) is Status.SUPPORTED
    assert status(algebra(Statement([x != y], (x**2 - y**2) / (x - y) == x + y))) is Status.PROVED
