"""The theory's function objects, compiled: a loop calls the formula that is proved, not a copy of it."""

import functools
from types import FunctionType

from numba import njit


@functools.cache
def compiled(formula, fast=frozenset()):
    """A formula of ``sitheory.theory`` under numba, with the formulas that it calls compiled first.

    Args:
        formula: The function.
        fast: What LLVM may do to it, as numba's ``fastmath``: an inlined formula keeps its own flags. Such a formula
            is inlined before LLVM sees it, since what may be reordered is so in the light of all that stands around.
    """
    own = {
        name: compiled(value, fast)
        for name, value in formula.__globals__.items()
        if isinstance(value, FunctionType) and name in formula.__code__.co_names
    }
    copy = FunctionType(formula.__code__, {**formula.__globals__, **own}, formula.__name__)
    inline = "always" if fast else "never"
    return njit(error_model="numpy", nogil=True, fastmath=set(fast), inline=inline)(copy)
