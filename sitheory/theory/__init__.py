"""Every formula of the papers, once, as plain arithmetic: no module here imports anything but its siblings.

The same function object runs on floats, arrays, exact fractions, sympy symbols, z3 terms and arb
balls. The one-paper formulas that a user of the toy needs are lifted to this level; the rest is
reached as ``theory.regimes``, ``theory.periodic``, ``theory.sharpness``, ``theory.rotation``, ``theory.optimisers`` and
``theory.scale``; the algebra of the compiled loops is ``theory.kernels`` and ``theory.gram``.
"""

from sitheory.theory import gram, kernels, optimisers, periodic, regimes, rotation, scale, sharpness
from sitheory.theory.regimes import (
    equilibrium_elrs,
    equilibrium_loss,
    level,
    random_walk_loss,
    threshold,
    toy_loss,
)

__all__ = [
    "equilibrium_elrs",
    "equilibrium_loss",
    "gram",
    "kernels",
    "level",
    "optimisers",
    "periodic",
    "random_walk_loss",
    "regimes",
    "rotation",
    "scale",
    "sharpness",
    "threshold",
    "toy_loss",
]
