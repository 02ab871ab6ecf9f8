"""Answers with three values: yes, no, cannot tell. No ``not``, ``and``, ``all`` or ``if`` of Python's flattens them."""

from dataclasses import dataclass
from typing import NoReturn


@dataclass(frozen=True)
class Answer:
    """What a comparison of balls says; combine answers with ``&``, ``|`` and ``~``.

    Attributes:
        value: yes, no, or None where it cannot tell.
        has_sides: whether both sides have a value, as far as the balls show. They are read from the left and no further
            than needed, as terms are: ``x < 0 or sqrt(x) < 2`` asks for no root below 0, the other order does.

    Raises:
        TypeError: If the value is none of the three, or told of sides that have none.
    """

    value: bool | None
    has_sides: bool = True

    def __post_init__(self) -> None:
        if self.value is not None and not self.has_sides:
            raise TypeError(f"need None as an answer on sides without a value, got {self.value!r}")
        if not any(self.value is one for one in (True, False, None)):
            raise TypeError(f"need True, False or None as an answer, got {self.value!r}")

    def __and__(self, other: "Answer") -> "Answer":
        """Yes if both are, no if the first is no, or the second and the first has its sides."""
        return all_of(self, other)

    def __or__(self, other: "Answer") -> "Answer":
        """Yes if the first is, or the second and the first has its sides; no if both are no."""
        return ~all_of(~self, ~other)

    def __invert__(self) -> "Answer":
        """Yes for no, no for yes; who cannot tell cannot tell of the opposite."""
        return self if self.value is None else Answer(not self.value)

    def __bool__(self) -> NoReturn:
        """Refuse: an answer may be neither.

        Raises:
            TypeError: Always.
        """
        raise TypeError("need ~, &, | or all_of of answers, got Python's not, and, or, if or all")


YES, NO, CANNOT_TELL, NO_SIDES = Answer(True), Answer(False), Answer(None), Answer(None, has_sides=False)


def all_of(*answers: Answer) -> Answer:
    """Yes if all are, no if one is no and those before it have their sides, else cannot tell.

    Args:
        *answers: Answers of comparisons.

    Returns:
        The answer.

    Raises:
        TypeError: If one is no answer, a plain Boolean for instance, or if there is none.
    """
    if not answers:
        raise TypeError("need at least one answer of less(..), got none")
    for answer in answers:
        if not isinstance(answer, Answer):
            raise TypeError(f"need answers of less(..), got {answer!r}")
    told = YES
    for answer in answers:
        if answer.value is False or not answer.has_sides:
            return answer
        told = CANNOT_TELL if answer.value is None else told
    return told
