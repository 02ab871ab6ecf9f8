"""A page that runs in a browser without Python: three runs on a sphere, weight decay, the edge of stability, AdamW.

``python -m sitheory.toy --elr 0.1 0.2 0.5 --page FILE`` writes it. Its arithmetic is that of ``sitheory.theory``: each
function is called on numbers that only know how they are written, and what comes out is printed as JavaScript, whose
additions, multiplications, divisions and roots are those of IEEE 754 as Python's are.
"""

from __future__ import annotations

import ast
import inspect
import json
from base64 import b64encode
from collections.abc import Callable, Collection, Sequence
from hashlib import sha256
from importlib.resources import files
from typing import Any

from sitheory._kernels.toy.unroll import Written
from sitheory.theory import kernels, periodic, regimes, rotation, sharpness

GROUPS = 3
FORMULAS: tuple[Callable[..., Any], ...] = (
    kernels.group_norm_sq,
    kernels.group_turn,
    kernels.group_rate,
    kernels.group_step,
    kernels.group_loss,
    kernels.group_elr,
    kernels.harmonic_value,
    kernels.harmonic_slope,
    kernels.planar_push,
    kernels.planar_grad,
    kernels.kept_step,
    kernels.valley_height,
    kernels.valley_grad,
    kernels.valley_step,
    kernels.valley_step_across,
    periodic.resting_cos,
    sharpness.rmsprop_moment,
    rotation.keep,
    rotation.norm_sq_next,
    rotation.dot_next,
    rotation.average_sq,
    rotation.average_inner_next,
    rotation.average_rest_norm_sq,
    rotation.average_rest_chord_sq,
)
OF_GROUPS = regimes.threshold, regimes.equilibrium_elrs, regimes.equilibrium_loss
"""What the page computes with: of numbers, and of all groups' ``alpha``."""


def javascript(formula: Callable[..., Any], lists: Collection[str] = ()) -> str:
    """Return a formula of the theory as a function of JavaScript, the same operations in the same order.

    Args:
        formula: Plain arithmetic: sums, differences, products and quotients of its arguments and of whole numbers, and
            squares of its arguments, which become products as in compiled code.
        lists: The parameters that hold a number per group.

    Returns:
        The function's text; several results become an array.

    Raises:
        TypeError: If the formula does anything else.
    """  # noqa: DOC502  raised by what it calls
    names = list(inspect.signature(formula).parameters)
    value = formula(*(_argument(name, name in lists) for name in names))
    several = isinstance(value, tuple | list)
    texts = [ast.unparse(ast.fix_missing_locations(part.node)) for part in (value if several else (value,))]
    told = f"[{', '.join(texts)}]" if several else texts[0]
    return f"function {formula.__name__}({', '.join(names)}) {{ return {told}; }}"


class _Argument(Written):
    """An argument of a formula. Its square is a product, rounded alike everywhere; JavaScript's power is not."""

    def __pow__(self, exponent: int) -> Written:
        return self * self if exponent == 2 else NotImplemented


def _argument(name: str, is_list: bool) -> Any:
    """A number that knows its name, or a list of them."""
    whole = ast.Name(name, ast.Load())
    if not is_list:
        return _Argument(whole)
    return [Written(ast.Subscript(whole, ast.Constant(i), ast.Load())) for i in range(GROUPS)]


def page(elrs: Sequence[float], alpha: Sequence[float]) -> str:
    """Return the page as one HTML text that needs nothing else, under a policy that lets it fetch nothing.

    Args:
        elrs: Three total effective learning rates to start from; fewer are filled up.
        alpha: The coefficients of three groups to start from.

    Returns:
        The text.

    Raises:
        ValueError: If there are not 1 to 3 ELRs, or not three coefficients.
    """
    if not 1 <= len(elrs) <= 3:
        raise ValueError(f"need 1 to 3 ELRs for the page, got {len(elrs)}")
    if len(alpha) != 3:
        raise ValueError(f"need three coefficients for the page, got {len(alpha)}")
    start = {"elr": [*elrs, *(0.1, 0.2, 0.5)[len(elrs) :]], "alpha": list(alpha)}
    style, code = (files(__package__).joinpath(f"page.{kind}").read_text("utf-8") for kind in ("css", "js"))
    of_groups = (javascript(formula, ("alpha",)) for formula in OF_GROUPS)
    formulas = "\n".join([*map(javascript, FORMULAS), *of_groups])
    script = f'"use strict";\n{formulas}\nconst START = {json.dumps(start)};\n{code}'
    policy = f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; base-uri 'none'"
    body = files(__package__).joinpath("page.html").read_text("utf-8")
    return body.replace("{policy}", policy).replace("{style}", style).replace("{script}", script)


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"
