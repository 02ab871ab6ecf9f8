"""Engine ``enclosure``: comparisons of balls, which hold for every number inside.

A check is a function that computes with ``flint.arb`` (or exact fractions) and answers True, False,
or None where the balls still overlap; it is run again at twice the precision until it answers.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

import flint

from proofs_check.verdicts.claims import Check, Status, Verdict
from proofs_check.verdicts.memory import source_of

Decision = Callable[[], bool | None]
"""Decides a statement with balls at the current precision: None where it cannot tell."""

PRECISIONS = (64, 128, 256, 512, 1024, 2048, 4096)
VERSION = f"arb of python-flint {flint.__version__}"


def ball(value: Fraction | int | str) -> flint.arb:
    """The ball around an exact rational."""
    exact = Fraction(value)
    return flint.arb(flint.fmpq(exact.numerator, exact.denominator))


def less(left: flint.arb, right: flint.arb) -> bool | None:
    """Whether left < right: None where the balls overlap."""
    return True if left < right else False if left >= right else None


def all_of(*answers: bool | None) -> bool | None:
    """True if all are, False if one is False, else None."""
    return False if False in answers else None if None in answers else True


def enclosure(
    sentence: str,
    holds: Decision,
    *,
    mutants: Sequence[tuple[str, Decision]] = (),
    part: str = "",
    refutes: Mapping[str, str] | None = None,
) -> Check:
    """Decide a statement about given numbers with rigorous balls.

    Args:
        sentence: the statement, exactly.
        holds: answers True, False or None (cannot tell at this precision).
        mutants: pairs of a wrong sentence and its function, which must not answer True.
        part: the part of the form that this decides.
        refutes: the given numbers as a witness, shown where the answer is False.

    Returns:
        A check: PROVED or REFUTED at some precision up to 4096 bits, else OPEN.
    """
    return Check(
        "enclosure",
        sentence,
        lambda: _with_witness(decide(holds), refutes),
        tuple(enclosure(*mutant) for mutant in mutants),
        part,
        f"enclosure {VERSION} {sentence} {source_of(holds)}" + (f" {dict(refutes)}" if refutes else ""),
    )


def _with_witness(verdict: Verdict, refutes: Mapping[str, str] | None) -> Verdict:
    return replace(verdict, witness=refutes) if refutes and verdict.status is Status.REFUTED else verdict


def decide(holds: Decision) -> Verdict:
    """Ask at growing precision."""
    before = flint.ctx.prec
    try:
        for precision in PRECISIONS:
            flint.ctx.prec = precision
            answer = holds()
            if answer is not None:
                status = Status.PROVED if answer else Status.REFUTED
                return Verdict(status, version=VERSION, rests_on=("arb",), certificate=f"at {precision} bits")
    finally:
        flint.ctx.prec = before
    return Verdict(Status.OPEN, version=VERSION, reason=f"the balls overlap at {PRECISIONS[-1]} bits")
