"""Engine ``smt``: z3 decides real polynomial statements, cvc5 is asked for a second opinion.

Both get the same polynomials (``polynomials.clear``). Hypotheses that nothing satisfies prove
nothing. A model becomes a small rational counterexample that is checked with fractions alone.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import z3

from proofs_check.engines.second_solver import installed, shared
from proofs_check.engines.variants import made_by_rule
from proofs_check.statements.polynomials import Cleared, Undefined, clear
from proofs_check.statements.terms import Statement, text
from proofs_check.statements.vectors import PRODUCT
from proofs_check.statements.witness import pinned, positives, search, shown, sides
from proofs_check.verdicts.claims import Check, Status, Verdict

TIMEOUT = 20.0
VERSION = f"z3 {z3.get_version_string()}, cvc5 {installed() or 'not installed'}"
VACUITY_POINTS = 5_000
VACUOUS = "vacuous: no point is known to satisfy the hypotheses"


def smt(
    statement: Statement, *, mutants: Sequence[Statement] = (), part: str = "", timeout: float = TIMEOUT
) -> Check:
    """Decide a statement with two SMT solvers.

    Args:
        statement: what is claimed.
        mutants: wrong variants, which must not be proved.
        part: the part of the form that this decides.
        timeout: seconds for each question to each solver.

    Returns:
        A check: PROVED by both solvers, or by one, which ``rests_on`` then calls alone; REFUTED
        with an exact witness; OPEN where a divisor may vanish, the hypotheses contradict each
        other, or time runs out.
    """
    return Check(
        "smt",
        str(statement),
        lambda: decide(statement, timeout),
        tuple(smt(mutant, timeout=timeout) for mutant in mutants),
        part,
        f"smt {VERSION} {timeout} {statement}",
        frozenset(statement.variables),
        made_by_rule(statement),
    )


def decide(statement: Statement, timeout: float = TIMEOUT) -> Verdict:
    """The two solvers' verdict on a statement."""
    try:
        cleared = clear(statement)
    except Undefined as gap:
        return Verdict(Status.OPEN, version=VERSION, reason=f"undefined: {gap}")
    if not satisfiable(cleared, timeout):
        return Verdict(Status.OPEN, version=VERSION, reason=VACUOUS)
    first = [ask_z3(goal, timeout) for goal in cleared.goals]
    if "sat" in first:
        return _refuted(real := statement.of_vectors(), clear(real), timeout)
    second = [ask_cvc5(goal, timeout) for goal in cleared.goals]
    return _together(first, second)


def _together(first: list[str], second: list[str]) -> Verdict:
    """The verdict of two solvers, none of which may contradict the other."""
    answers = {"z3": first, "cvc5": second}
    certain = [name for name, found in answers.items() if set(found) == {"unsat"}]
    doubts = "; ".join(
        f"{n}: {'; '.join(sorted(set(a) - {'unsat'}))}" for n, a in answers.items() if n not in certain
    )
    if "sat" in second:
        status = Status.CONFLICT if certain else Status.OPEN
        return Verdict(status, version=VERSION, reason=f"z3 and cvc5 disagree ({doubts})")
    if all("unsat" in pair for pair in zip(first, second, strict=True)):
        rests_on = (
            tuple(certain) if len(certain) == 2 else (f"{certain[0]} alone",) if certain else ("z3 or cvc5",)
        )
        return Verdict(Status.PROVED, version=VERSION, rests_on=rests_on, reason=doubts)
    return Verdict(Status.OPEN, version=VERSION, reason=doubts)


def satisfiable(cleared: Cleared, timeout: float = TIMEOUT) -> bool:
    """Whether some point satisfies the hypotheses."""
    solver = _z3(cleared.statement.given, timeout)
    answer = solver.check()
    if answer == z3.unknown:
        never = cleared.statement.but(then=z3.BoolVal(False))
        return search(never, positives(cleared), VACUITY_POINTS) is not None
    return bool(answer == z3.sat)


def ask_z3(goal: Statement, timeout: float) -> str:
    """Unsat if z3 proves the division-free statement, sat if it finds a counterexample, or why not."""
    solver = _z3([*goal.given, z3.Not(goal.then)], timeout)
    answer = solver.check()
    return f"unknown ({solver.reason_unknown()})" if answer == z3.unknown else str(answer)


def ask_cvc5(goal: Statement, timeout: float) -> str:
    """The same of cvc5, through SMT-LIB text."""
    return shared().ask(smtlib(goal), timeout)


def smtlib(goal: Statement) -> str:
    """The negated division-free statement as SMT-LIB text: unsat means proved."""
    solver = z3.Solver()
    solver.add(*goal.given, z3.Not(goal.then))
    return "(set-logic QF_NRA)\n" + solver.to_smt2()


def _z3(facts: Sequence[Any], timeout: float) -> Any:
    solver = z3.Solver()
    solver.set("timeout", int(timeout * 1000))
    solver.add(*facts)
    return solver


def _unrefuted(statement: Statement, answer: str) -> str:
    """Why a counterexample of one goal is none of the statement."""
    if any(map(PRODUCT.fullmatch, statement.variables)):
        follows = "it follows from them" if answer == "unsat" else "whether it follows from them is not known"
        return f"no real vectors are known that break it; with space.real among what is given {follows}"
    return "an obligation of clearing a divisor fails"


def _refuted(statement: Statement, cleared: Cleared, timeout: float) -> Verdict:
    """A counterexample as small as a search finds it, else z3's own pinned to rationals."""
    solver = _z3([*cleared.statement.given, z3.Not(cleared.statement.then)], timeout)
    if (answer := solver.check()) != z3.sat:
        return Verdict(Status.OPEN, version=VERSION, reason=_unrefuted(statement, str(answer)))
    model = solver.model()
    point = search(statement, positives(cleared)) or pinned(statement, cleared, model)
    if point is not None:
        rational = all(isinstance(value, Fraction) for value in point.values())
        irrational = f"the counterexample is irrational; it breaks {text(statement.then)}"
        return Verdict(
            Status.REFUTED,
            version=VERSION,
            rests_on=("exact fractions" if rational else "exact arithmetic at a real root",),
            witness=shown(point),
            reason=sides(statement, point) if rational else irrational,
        )
    if ask_cvc5(cleared.statement, timeout) == "unsat":
        return Verdict(Status.CONFLICT, version=VERSION, reason="z3 has a counterexample, cvc5 has a proof")
    return Verdict(Status.OPEN, version=VERSION, reason=f"z3's counterexample is not exact: {model}")
