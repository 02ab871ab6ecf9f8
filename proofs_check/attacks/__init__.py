"""Attacks on *periodic*'s statements: exact rational counterexamples, or None where a search finds none.

An attack draws parameters of small denominators, lets an optimiser choose the betas or the parameters so as to
break the statement by as much as it can, and simplifies what it finds. Everything is exact: square roots are
avoided by drawing the roots (a = alpha A^2, delta = 2 s^2, lr^2 = 2 lr wd kappa^2) or by comparing squares, and
a witness holds every number that the statement names. Beside the papers' readings stand the exact ones that the
ledger proves and wrong variants of both, which the same search has to break.
"""

from proofs_check.attacks import jumps, maps, norms, runs, sequences
from proofs_check.attacks.searching import Attack, attempt, search

ATTACKS = tuple(
    value
    for module in (sequences, maps, jumps, norms, runs)
    for value in vars(module).values()
    if isinstance(value, Attack)
)
"""Every attack; ``search`` answers each with a witness or None."""

__all__ = ["ATTACKS", "Attack", "attempt", "search"]
