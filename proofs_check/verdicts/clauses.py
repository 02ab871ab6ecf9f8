"""How a sentence relates to what engines saw of it: its clauses, its hedges, and the way in which it fails."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """In what way a printed sentence fails, the smallest correction first."""

    MISPRINT = "misprint"
    EDGE_CASE = "edge case"
    HYPOTHESIS = "missing hypothesis"
    CONSTANT = "constant"
    ORDER = "order of magnitude"
    SUBSTANCE = "substance"


@dataclass(frozen=True)
class Clause:
    """A part of a sentence that can be true or false by itself.

    Attributes:
        text: what it says, in the sentence's own words.
        parts: the parts of the form that decide it, all needed; without any it is not decided.
        why: for a clause that is not decided, or decided on a fragment, what is missing.
    """

    text: str
    parts: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True)
class Failure:
    """How a printed sentence fails.

    Attributes:
        kind: what has to be corrected.
        why: the reason, in a line.
        clash: the two sides at the witness, in the paper's letters, with the numbers that differ.
        repeats: the id of the claim whose failure this is, where a paper restates it.
    """

    kind: Kind
    why: str
    clash: str = ""
    repeats: str = ""
