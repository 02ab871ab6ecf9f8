"""Derivations as a reader follows them: sympy expressions, each checked equal to the one before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Step:
    """The next expression, and why it equals the one before.

    Attributes:
        expression: a sympy expression.
        why: the reason, in words.
        using: what is substituted in the expression before, such as <g, x> -> 0.
    """

    expression: Any
    why: str
    using: Mapping[Any, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Derivation:
    """A chain of equal expressions, and what follows from it.

    Attributes:
        start: the sympy expression that the chain starts from.
        steps: the ones that follow.
        therefore: what the last one shows, in words.
        name: what is derived, in words.
    """

    start: Any
    steps: Sequence[Step]
    therefore: str = ""
    name: str = ""

    def gaps(self) -> list[Step]:
        """The steps whose expression does not equal the one before."""
        before = [self.start, *(step.expression for step in self.steps)]
        pairs = zip(before, self.steps, strict=False)
        return [step for expression, step in pairs if not equal(expression, step)]

    def lines(self) -> list[str]:
        """The chain as text, a line for each expression."""
        gaps = self.gaps()
        lines = [f"{self.name or 'derivation'}:", f"    {self.start}"]
        for step in self.steps:
            mark = "NOT EQUAL" if any(step is gap for gap in gaps) else "="
            lines.append(f"  {mark} {step.expression}    [{step.why}]")
        return [*lines, f"  so {self.therefore}"] if self.therefore else lines


def equal(before: Any, step: Step) -> bool:
    """Whether a step's expression is the one before, after what it substitutes.

    Rational functions are decided by a zero test; sums, roots and logarithms count as equal only if
    sympy brings the difference to zero.
    """
    import sympy

    replaced = sympy.sympify(before).subs(step.using) if step.using else sympy.sympify(before)
    difference = sympy.together(replaced.doit() - sympy.sympify(step.expression).doit())
    if sympy.expand(sympy.fraction(difference)[0]) == 0:
        return True
    return bool(sympy.simplify(difference) == 0)
