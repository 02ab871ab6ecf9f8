"""What C reaches on the same work: by hand for three groups, and left to the compiler for any number."""

import ctypes
import functools
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np

_HAND_LANES, _ARRAY_LANES = 24, 64


@functools.cache
def _library(contract):
    """The compiled file, or None without a compiler."""
    if shutil.which("gcc") is None:
        return None
    folder = Path(tempfile.mkdtemp(prefix="sitheory-benchmarks-"))
    try:
        target = folder / "ceiling.so"
        flags = ["-O3", "-march=native", "-mprefer-vector-width=512", "-shared", "-fPIC"]
        flags.append("-ffp-contract=fast" if contract else "-ffp-contract=off")
        source = Path(__file__).with_name("ceiling.c")
        subprocess.run(["gcc", *flags, str(source), "-o", str(target)], check=True)
        return ctypes.CDLL(str(target))
    finally:
        shutil.rmtree(folder)


def _pack(x2, y2, elr, lanes, spare):
    """Rows u, v, 2 elr and spare ones, in aligned blocks of lanes."""
    rows = np.concatenate([x2, y2, [2 * elr], np.ones((spare, elr.size))])
    blocks = rows.reshape(len(rows), -1, lanes).swapaxes(0, 1)
    room = np.empty(blocks.size + 8)
    first = (-room.ctypes.data // 8) % 8
    room[first : first + blocks.size] = blocks.ravel()
    return room[first : first + blocks.size], blocks.shape[0]


def by_hand(x2, y2, alpha, elr, steps, *, merged, contract):
    """A callable that takes the steps of three groups with intrinsics, or None where it cannot."""
    library = _library(contract)
    name = "by_hand_merged" if merged else "by_hand_divides"
    if library is None or not hasattr(library, name):
        return None
    state, blocks = _pack(x2, y2, elr, _HAND_LANES, 0)
    coefficients = np.array(alpha)
    return lambda: getattr(library, name)(
        ctypes.c_void_p(state.ctypes.data),
        ctypes.c_void_p(coefficients.ctypes.data),
        ctypes.c_int64(blocks),
        ctypes.c_int64(steps),
    )


def arrays(x2, y2, alpha, elr, steps):
    """A callable that takes the steps of any number of groups with loops over lanes, or None."""
    library = _library(False)
    if library is None:
        return None
    n = len(alpha)
    state, blocks = _pack(x2, y2, elr, _ARRAY_LANES, n)
    coefficients = np.array(alpha)
    return lambda: library.structure_of_arrays(
        ctypes.c_void_p(state.ctypes.data),
        ctypes.c_void_p(coefficients.ctypes.data),
        ctypes.c_int64(n),
        ctypes.c_int64(blocks),
        ctypes.c_int64(steps),
    )
