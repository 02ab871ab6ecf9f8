"""Answers with three values: yes, no, cannot tell. No ``not``, ``and``, ``all`` or ``if`` of Python's flattens them."""

from dataclasses import dataclass
from typing import NoReturn


@dataclass(frozen=True)
class Answer:
    """What a comparison of balls says; combine answers with ``&``, ``|`` and ``~``."""

    value: bool | None

    def __post_init__(self) -> None:
        if not any(self.value is one for one in (True, False, None)):
            raise TypeError(f"need True, False or None as an answer, got {self.value!r}")

    def __and__(self, other: "Answer") -> "Answer":
        """Yes if both are, no if one is no."""
        return all_of(self, other)

    def __or__(self, other: "Answer") -> "Answer":
        """Yes if one is, no if both are no."""
        return ~all_of(~self, ~other)

    def __invert__(self) -> "Answer":
        """Yes for no, no for yes; who cannot tell cannot tell of the opposite."""
        return Answer(None if self.value is None else not self.value)

    def __bool__(self) -> NoReturn:
        """Refuse: an answer may be neither.

        Raises:
            TypeError: Always.
        """
        raise TypeError("need ~, &, | or all_of of answers, got Python's not, and, or, if or all")


YES, NO, CANNOT_TELL = Answer(True), Answer(False), Answer(None)


def all_of(*answers: Answer) -> Answer:
    """Yes if all are, no if one is no, else cannot tell.

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
    values = {answer.value for answer in answers}
    return NO if False in values else CANNOT_TELL if None in values else YES
