"""Engine ``enclosure`` over boxes: comparisons of balls for all points of a box, by branch and bound.

The box is cut until the function's answer, given balls that cover a piece, is yes on each. Where it is no, the piece's
midpoint is an exact counterexample. Pieces on which the two sides touch are cut without end, so the search stops at a
depth and says where: what touches needs another way, such as dividing by the factor that vanishes there. The balls
carry their slopes, so that sides that nearly touch need few pieces.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import flint

from proofs_check.engines.balls import EXACT, VERSION, answered, rounded
from proofs_check.engines.slopes import Sloped, ball, exact_fraction
from proofs_check.statements.answers import Answer
from proofs_check.verdicts.claims import Check, Status, Verdict
from proofs_check.verdicts.memory import source_of

Box = Mapping[str, tuple[Any, Any]]
"""The least and the greatest value of each variable, exact numbers."""
Holds = Callable[..., Answer]
"""Takes a ball for each variable by its name; answers as for ``enclosure``."""

PRECISIONS = (64, 192)
MOST_PIECES = 20_000
LOOK_AROUND = 1_000
"""Pieces cut in turn, all over the box, before the search goes down into one: a counterexample may lie anywhere."""
DEEPEST = 60
"""Halvings of a side, over all variables together."""


def everywhere(
    sentence: str,
    holds: Holds,
    over: Box,
    *,
    mutants: Sequence[tuple[str, Holds] | tuple[str, Holds, Box]] = (),
    part: str = "",
) -> Check:
    """Decide an inequality with exp, log, erf or trigonometric functions at every point of a box.

    Args:
        sentence: the statement of one point; the box is put before it.
        holds: takes a ball for each variable by its name, and returns an answer of ``less``, or some put together by
            ``&``, ``|``, ``~`` and ``all_of``.
        over: the least and the greatest value of each variable, both included.
        mutants: wrong sentences with their functions, and with their boxes where these are other ones; none may be yes.
        part: the part of the form that this decides.

    Returns:
        A check: PROVED with the number of pieces; REFUTED with an exact point; OPEN where pieces were left, with one.

    Raises:
        ValueError: If a side is not one of two exact numbers, the lesser first.
    """
    sides = {name: _side(name, ends) for name, ends in over.items()}
    if not sides:
        raise ValueError("need a box of at least one variable, got none")
    shown = ", ".join(f"{low} <= {name} <= {high}" for name, (low, high) in sides.items())
    return Check(
        "enclosure",
        f"for all {shown}: {sentence}",
        lambda: decide(holds, sides),
        tuple(everywhere(words, wrong, *(box or (over,))) for words, wrong, *box in mutants),
        part,
        f"enclosure over {VERSION} {sentence} {sides} {source_of(holds)}",
        frozenset(sides),
    )


def _side(name: str, ends: Any) -> tuple[Fraction, Fraction]:
    try:
        low, high = map(exact_fraction, ends)
    except (TypeError, ValueError) as why:
        law = f"need a least and a greatest exact value of {name}, got {ends!r}"
        raise ValueError(
            f"{law}; nearest: all arguments are for the kernel, a part of them is a box"
        ) from why
    if not low < high:
        raise ValueError(f"need the lesser value of {name} first, got {ends!r}")
    return low, high


def decide(holds: Holds, sides: Mapping[str, tuple[Fraction, Fraction]]) -> Verdict:
    """Cut the box until each piece is decided, at growing precision.

    Args:
        holds: takes a ball for each variable.
        sides: the box.

    Returns:
        A verdict.
    """
    if inexact := rounded(holds):
        return Verdict(Status.OPEN, version=VERSION, reason=f"{EXACT}, got {inexact}")
    before, verdict = flint.ctx.prec, Verdict(Status.OPEN, version=VERSION)
    try:
        for precision in PRECISIONS:
            flint.ctx.prec = precision
            verdict = _cut(holds, sides)
            if verdict.status is not Status.OPEN:
                break
    finally:
        flint.ctx.prec = before
    return verdict


def _cut(holds: Holds, sides: Mapping[str, tuple[Fraction, Fraction]]) -> Verdict:
    todo, done = deque([(dict(sides), 0)]), 0
    while todo:
        piece, depth = todo.popleft() if done < LOOK_AROUND else todo.pop()
        done += 1
        middle = {name: (low + high) / 2 for name, (low, high) in piece.items()}
        answer = answered(holds, **_sloped(piece, middle))
        at_middle = None
        if answer.value is not True:
            point = _sloped({name: (value, value) for name, value in middle.items()}, middle)
            at_middle = answered(holds, **point)
        if at_middle is not None and at_middle.value is False:
            witness = {name: str(value) for name, value in middle.items()}
            return Verdict(Status.REFUTED, version=VERSION, rests_on=("arb",), witness=witness)
        if answer.value is True:
            continue
        if depth == DEEPEST or done + len(todo) >= MOST_PIECES:
            near = ", ".join(f"{name} = {float(value):.6g}" for name, value in middle.items())
            reason = (
                f"the balls overlap after {done} pieces near {near}: where the two sides touch, divide by what "
                "vanishes there or leave its neighbourhood to the kernel"
            )
            return Verdict(Status.OPEN, version=VERSION, reason=reason)
        widest = max(piece, key=lambda n: (piece[n][1] - piece[n][0]) / (sides[n][1] - sides[n][0]))
        low, high = piece[widest]
        for half in ((middle[widest], high), (low, middle[widest])):
            todo.append((piece | {widest: half}, depth + 1))
    certificate = f"{done} pieces at {flint.ctx.prec} bits"
    return Verdict(Status.PROVED, version=VERSION, rests_on=("arb",), certificate=certificate)


def _sloped(
    piece: Mapping[str, tuple[Fraction, Fraction]], middle: Mapping[str, Fraction]
) -> dict[str, Sloped]:
    """The variables on a piece, each with slope 1 in itself."""
    wide = {name: ball(low).union(ball(high)) for name, (low, high) in piece.items()}
    away = {name: wide[name] - ball(middle[name]) for name in piece}
    return {name: Sloped(wide[name], ball(middle[name]), {name: flint.arb(1)}, away) for name in piece}
