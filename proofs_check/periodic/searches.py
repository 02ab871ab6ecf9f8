"""The exact searches of ``proofs_check.attacks`` as checks of the claims that they speak to.

Each trial draws a point that satisfies the premises and climbs from it towards a violation; what it finds is an
exact witness. The wrong readings beside it are its mutants: the same search has to break them.
"""

from collections.abc import Iterable, Mapping
from random import Random

from proofs_check import Check, trial
from proofs_check.attacks import Attack, attempt as attempt_at
from proofs_check.engines.falsify import Attempt

CLAIMS = ()
TRIES = 60
"""Points that satisfy the premises, each climbed from: a search takes well under a second."""


def searched(attack: Attack, *, wrong: Iterable[Attack], part: str = "", n: int = TRIES) -> Check:
    """Search for an exact witness against a reading of a claim.

    Args:
        attack: The attack on the reading.
        wrong: Attacks on wrong readings, which the same search must break.
        part: The part of the form that this speaks to.
        n: How many points to climb from.

    Returns:
        A check: REFUTED with an exact witness, else SUPPORTED with n and the seed.
    """
    mutants = [_search(other) for other in wrong]
    text, attempt = _search(attack)
    return trial(text, attempt, mutants=mutants, n=n, part=part)


def _search(attack: Attack) -> tuple[str, Attempt]:
    def attempt(chance: Random) -> Mapping[str, object] | None:
        found = attempt_at(attack, chance)
        return found and {name: _exactly(value) for name, value in found.items() if name != "margin"}

    space = ", ".join(
        f"{name} in [{low}, {high}]" for name, (low, high) in attack.space.items() if low < high
    )
    return f"{attack.claim}, {attack.reading}: an exact search for a counterexample over {space}", attempt


def _exactly(value: object) -> str:
    return f"({', '.join(map(str, value))})" if isinstance(value, tuple) else str(value)
