"""Engine ``series``: coefficients of power series compared exactly, as elements of sympy's fraction fields.

Its checks count as ``algebra``: the elements are zero tests of rational functions, over the Gaussian rationals.
Claims get them by running the theory's functions on ``proofs_check.statements.jets``.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sympy

from proofs_check.verdicts.claims import Check, Status, Verdict
from proofs_check.verdicts.memory import source_of

VERSION = f"sympy {sympy.__version__}"


def series(
    text: str,
    vanishing: Callable[[], Mapping[str, Any]],
    *,
    mutants: Sequence[tuple[str, Callable[[], Mapping[str, Any]]]] = (),
    part: str = "",
) -> Check:
    """Compare coefficients of power series exactly.

    Args:
        text: the statement, as shown to the reader.
        vanishing: gives named elements of an exact field; the statement says that all of them are zero.
        mutants: wrong variants, each a text and a function: they must be refuted.
        part: the part of the form that this decides.

    Returns:
        A check: PROVED if all vanish, else REFUTED with the first that does not.
    """
    return Check(
        "algebra",
        text,
        lambda: _decided(vanishing),
        tuple(series(*mutant) for mutant in mutants),
        part,
        f"series {VERSION} {text} {source_of(vanishing)}",
    )


def _decided(vanishing: Callable[[], Mapping[str, Any]]) -> Verdict:
    elements = vanishing()
    left = next(((name, value) for name, value in elements.items() if value), None)
    if left is None:
        compared = f"{len(elements)} coefficients compared"
        return Verdict(Status.PROVED, version=VERSION, rests_on=("sympy's fractions",), certificate=compared)
    return Verdict(
        Status.REFUTED,
        version=VERSION,
        rests_on=("sympy's fractions",),
        witness={left[0]: str(left[1])},
    )
