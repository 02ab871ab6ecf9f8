"""The single trajectory's function, compiled for each small n and for what a run needs."""

import functools

from numba import njit

from . import single
from .unroll import unrolled

WRITTEN_OUT = 8  # groups up to which the loops over them are written out

_add = njit(error_model="numpy", nogil=True)(single.add)


@functools.cache
def advance(n, averaging, linearised):
    """``single.advance`` for n groups, with these switches."""
    switches = {"averaging": averaging, "linearised": linearised}
    if n <= WRITTEN_OUT:
        switches["n"] = n
    name = f"advance_{switches.get('n', 'any')}_{averaging:d}{linearised:d}"
    plain = unrolled(single.advance, name, switches, add=_add)
    return njit(error_model="numpy", nogil=True, cache=True)(plain)
