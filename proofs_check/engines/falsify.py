"""Engine ``trial``: try to break a statement. It can refute, with an exact witness; it never proves.

A statement of ``terms`` is tried at the rationals of least height and at random ones. What is not of
that kind (a trajectory, an adversary that is optimised) comes as a function that makes one attempt.
"""

import random
import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from itertools import islice
from numbers import Rational
from typing import Any

import numpy as np

from proofs_check.engines.variants import made_by_rule, subject_of
from proofs_check.statements.terms import Statement
from proofs_check.statements.vectors import of_vectors
from proofs_check.statements.witness import Point, grid, shown, sides
from proofs_check.verdicts.claims import Check, Status, Verdict
from proofs_check.verdicts.memory import source_of

Attempt = Callable[[random.Random], Mapping[str, object] | None]
"""Tries once to break a statement: the exact witness, or None if it held (or did not apply)."""


def generator(chance: random.Random) -> np.random.Generator:
    """Return numpy's generator of an attempt that draws many runs at once."""
    return np.random.default_rng(chance.getrandbits(64))


TRIALS = 2_000
HEIGHTS = (2, 10, 1_000)


def trial(
    statement: Statement | str,
    attempt: Attempt | None = None,
    *,
    mutants: Sequence[Statement | tuple[str, Attempt]] = (),
    n: int = TRIALS,
    seed: int = 0,
    part: str = "",
) -> Check:
    """Look for a counterexample.

    Args:
        statement: what is claimed; or a text that says it, with an ``attempt``.
        attempt: a function of a random generator that tries once to break the statement, and gives
            a witness in exact numbers or None. One of a statement of terms is evaluated here; one of a text is the
            attempt's own, which has to have checked it.
        mutants: wrong variants (statements, or pairs of a text and an attempt): each must be refuted.
        n: how many trials.
        seed: of the generator.
        part: the part of the form that this decides.

    Returns:
        A check: REFUTED with a witness, else SUPPORTED with n and the seed; OPEN where no trial
        satisfied the hypotheses, or the witness is inexact or breaks nothing.

    Raises:
        ValueError: If there is no trial, or a text comes without an attempt.
    """
    if n < 1 or (attempt is None and isinstance(statement, str)):
        raise ValueError(f"need n > 0 trials, and an attempt for a text, got n={n}, attempt={attempt}")
    return Check(
        "trial",
        str(statement),
        lambda: _tried(statement, attempt, n, seed),
        tuple(_mutant(mutant, n, seed) for mutant in mutants),
        part,
        f"trial {n} {seed} {statement} {source_of(attempt) if attempt else ''}",
        subject_of(statement),
        made_by_rule(statement) if isinstance(statement, Statement) else None,
    )


def _mutant(mutant: Statement | tuple[str, Attempt], n: int, seed: int) -> Check:
    statement, attempt = (mutant, None) if isinstance(mutant, Statement) else mutant
    return trial(statement, attempt, n=n, seed=seed)


def _tried(statement: Statement | str, attempt: Attempt | None, n: int, seed: int) -> Verdict:
    if attempt is None and isinstance(statement, Statement):
        return decide(statement, n, seed)
    assert attempt is not None
    chance = random.Random(seed)
    witness = next((w for _ in range(n) if (w := attempt(chance)) is not None), None)
    if witness is None:
        return Verdict(Status.SUPPORTED, rests_on=(f"{n} trials, seed {seed}",))
    if not all(map(_exact, witness.values())):
        return Verdict(
            Status.OPEN, witness=shown(witness), reason="a measured counterexample, which is not exact"
        )
    if isinstance(statement, Statement):
        return _evaluated(statement, witness)
    return Verdict(Status.REFUTED, rests_on=("the attempt's own check",), witness=shown(witness))


ROUNDED = re.compile(r"\d*\.\d|\d[eE][-+]?\d|\b(?:nan|inf)\b")
"""A number that was printed: nobody can tell how far it is from the one that was meant."""


def _exact(value: object) -> bool:
    """Whether a witness's value is made of exact numbers and of words without rounded ones."""
    if isinstance(value, list | tuple):
        return all(map(_exact, value))
    return isinstance(value, Rational) or (isinstance(value, str) and not ROUNDED.search(value))


def _evaluated(statement: Statement, witness: Mapping[str, Any]) -> Verdict:
    point = {name: Fraction(value) for name, value in witness.items()}
    if set(statement.variables) - set(point) or statement.at(point) is not False:
        return Verdict(
            Status.OPEN, reason=f"the statement is not false at the attempt's witness {shown(point)}"
        )
    reason = sides(statement, point)
    return Verdict(Status.REFUTED, rests_on=("exact fractions",), witness=shown(point), reason=reason)


def decide(statement: Statement, n: int = TRIALS, seed: int = 0) -> Verdict:
    """Try a statement at n small rational points and at n random ones."""
    applied = 0
    for point in points(statement, n, seed):
        answer = statement.at(point)
        if answer is False:
            return Verdict(
                Status.REFUTED,
                rests_on=("exact fractions",),
                witness=shown(point),
                reason=sides(statement, point),
            )
        applied += answer is True and of_vectors(point)
    if not applied:
        return Verdict(Status.OPEN, reason=f"none of {2 * n} points satisfied the hypotheses (seed {seed})")
    return Verdict(Status.SUPPORTED, rests_on=(f"{applied} exact points of {2 * n} tried, seed {seed}",))


def points(statement: Statement, n: int, seed: int) -> list[Point]:
    """The n rational points of least height, then n random ones of three sizes."""
    chance = random.Random(seed)
    names = statement.variables
    return [*islice(grid(names), n), *({v: _random(chance) for v in names} for _ in range(n))]


def _random(chance: random.Random) -> Fraction:
    height = chance.choice(HEIGHTS)
    return Fraction(chance.randint(-height, height), chance.randint(1, height))
