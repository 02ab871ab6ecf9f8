"""The single trajectory's function, compiled for each small n and for what a run needs."""

import functools

import numpy as np
from numba import njit

from sitheory._kernels.caching import digest, kept
from sitheory._kernels.toy import single
from sitheory._kernels.toy.unroll import unrolled

WRITTEN_OUT = 8  # groups up to which the loops over them are written out

array = np.array


def filled(number, count):
    """An array of equal numbers."""
    return np.full(count, number)


_KEY = digest(filled)  # a formula that changes leaves single.py as it is
_add = njit(error_model="numpy", nogil=True)(single.add)


@functools.cache
def advance(n, cadence, recording, averaging, linearised):
    """``single.advance`` for n groups, with these switches."""
    switches = {
        "cadence": cadence,
        "recording": recording,
        "averaging": averaging,
        "linearised": linearised,
    }
    if n <= WRITTEN_OUT:
        switches["n"] = n
    name = f"advance_{switches.get('n', 'any')}_{cadence}_{recording:d}{averaging:d}{linearised:d}_{_KEY}"
    plain = unrolled(single.advance, name, switches, add=_add)
    return kept(plain)
