"""Engine ``enclosure``: comparisons of balls, which hold for every number inside.

A check is a function that computes with ``flint.arb`` (or exact fractions) and returns an ``Answer`` of ``less``: yes,
no, or cannot tell where the balls still overlap. It is run again at twice the precision until it tells. Anything else
that it returns decides nothing, a plain Boolean too: a comparison of arb's own gives False also where it cannot tell.
"""

import functools
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import flint
import z3

from proofs_check.engines.slopes import Sloped, ball, exact_fraction
from proofs_check.statements.answers import NO_SIDES, Answer
from proofs_check.verdicts.claims import Check, Refused, Status, Verdict
from proofs_check.verdicts.memory import source_of

Decision = Callable[[], Answer]
"""Decides a statement with balls at the current precision."""

PRECISIONS = (64, 128, 256, 512, 1024, 2048, 4096)
EXACT = "need exact numbers and balls of them, such as ball(Q(1, 10)) or flint.arb.pi()"
VERSION = f"arb of python-flint {flint.__version__}"


def less(left: Any, right: Any) -> Answer:
    """Whether left < right, for every number inside the balls; exact numbers are compared exactly.

    Balls over a piece of a box (``everywhere``) are compared by their difference.

    A ball that is not finite (an overflow, a division by a ball around 0) is no number: it tells nothing, nor does what
    is combined with it from the right.

    Raises:
        TypeError: If a side is neither a ball nor exact.
    """
    left, right = (exact_fraction(side) if z3.is_expr(side) else side for side in (left, right))
    if isinstance(left, Sloped) or isinstance(right, Sloped):
        return less(0, (right - left).enclosed)
    for side in (left, right):
        if not isinstance(side, flint.arb | Fraction | int) or isinstance(side, bool):
            raise TypeError(f"need balls or exact numbers, got {side!r}")
    if not isinstance(left, flint.arb) and not isinstance(right, flint.arb):
        return Answer(Fraction(left) < Fraction(right))
    a, b = (side if isinstance(side, flint.arb) else ball(side) for side in (left, right))
    if not (a.is_finite() and b.is_finite()):
        return NO_SIDES
    return Answer(True if a < b else False if a >= b else None)


def at_most(left: Any, right: Any) -> Answer:
    """Whether left <= right, for every number inside the balls; where two balls touch it cannot tell.

    Raises:
        TypeError: If a side is neither a ball nor exact.
    """  # noqa: DOC502  raised by what it calls
    return ~less(right, left)


def rounded(function: Callable) -> str:
    """A float that a decision holds or names (``0.1``, ``np.pi``), which stands for no exact number; empty if none.

    Its code is looked through, with what it holds, the globals that it names, and the functions of its module.
    """
    return next(_floats(function, set()), "")


def _floats(thing: Any, seen: set[int]) -> Iterator[str]:
    if isinstance(thing, float):
        yield repr(thing)
    elif isinstance(thing, functools.partial):
        for part in (thing.func, *thing.args, *thing.keywords.values()):
            yield from _floats(part, seen)
    elif isinstance(thing, types.FunctionType) and id(thing) not in seen:
        seen.add(id(thing))
        cells = [cell.cell_contents for cell in thing.__closure__ or ()]
        for held in (*(thing.__defaults__ or ()), *(thing.__kwdefaults__ or {}).values(), *cells):
            yield from _floats(held, seen)
        codes = [thing.__code__]
        for code in codes:
            codes += [c for c in code.co_consts if isinstance(c, types.CodeType)]
            yield from (repr(c) for c in code.co_consts if isinstance(c, float))
            for name in code.co_names:
                named = thing.__globals__.get(name)
                if isinstance(named, types.ModuleType):
                    inside = (
                        f"{name}.{of}" for of in code.co_names if isinstance(vars(named).get(of), float)
                    )
                    yield from inside
                elif isinstance(named, float) or getattr(named, "__module__", "") == thing.__module__:
                    yield from _floats(named, seen)


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
        holds: returns an answer of ``less``, or some put together by ``&``, ``|``, ``~`` and ``all_of``.
        mutants: pairs of a wrong sentence and its function, which must not answer yes.
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


def answered(holds: Callable[..., Any], **balls: Any) -> Answer:
    """What a statement's function answers.

    Raises:
        Refused: If it answers with anything else, or does with balls what cannot be done with them.
    """
    try:
        answer = holds(**balls)
    except (TypeError, AttributeError, ZeroDivisionError) as wrong:
        raise Refused(
            str(wrong) if type(wrong) is TypeError else f"{type(wrong).__name__}: {wrong}"
        ) from wrong
    if not isinstance(answer, Answer):
        raise Refused(f"need an answer of less(..), got {answer!r} of type {type(answer).__name__}")
    return answer


def decide(holds: Decision) -> Verdict:
    """Ask at growing precision."""
    if inexact := rounded(holds):
        return Verdict(Status.OPEN, version=VERSION, reason=f"{EXACT}, got {inexact}")
    before = flint.ctx.prec
    try:
        for precision in PRECISIONS:
            flint.ctx.prec = precision
            answer = answered(holds)
            if answer.value is not None:
                status = Status.PROVED if answer.value is True else Status.REFUTED
                return Verdict(status, version=VERSION, rests_on=("arb",), certificate=f"at {precision} bits")
    finally:
        flint.ctx.prec = before
    return Verdict(Status.OPEN, version=VERSION, reason=f"the balls overlap at {PRECISIONS[-1]} bits")
