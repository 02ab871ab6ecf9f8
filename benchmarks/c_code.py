"""C that is compiled for the benchmarks, on vectors as wide as those of the kernels that it is compared with."""

import ctypes
import functools
import os
import platform
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

LOOKS = 3
"""Timings of each candidate, of which the shortest counts."""

ON_X86 = {8: "x86-64-v4", 4: "x86-64-v3", 2: "x86-64"}
"""Where the kernels are built for less than this processor has, the C is too."""


def lanes():
    """Doubles in a vector of the processor that the kernels are compiled for."""
    from sitheory._kernels.vector_width import doubles

    return doubles()


def by_lanes(goals):
    """What must or should be reached at this many lanes; None where nobody has measured."""
    return goals.get(lanes())


def processor():
    """What gcc is to compile for."""
    if os.environ.get("NUMBA_CPU_NAME") and platform.machine() == "x86_64":
        return ON_X86[lanes()]
    return "native"


@functools.cache
def library(source, contract=False, **defines):
    """A source file of this folder, compiled; None without a compiler.

    Args:
        source: Its name.
        contract: Whether products may be fused with sums.
        **defines: Values of the macros that it wants beside LANES.
    """
    if shutil.which("gcc") is None:
        return None
    defines = {"LANES": lanes(), **defines}
    folder = Path(tempfile.mkdtemp(prefix="sitheory-benchmarks-"))
    try:
        target = folder / "compiled.so"
        flags = ["-O3", f"-march={processor()}", "-shared", "-fPIC", "-Wno-psabi"]
        flags.append("-ffp-contract=fast" if contract else "-ffp-contract=off")
        flags += [f"-D{name}={value}" for name, value in defines.items()]
        if platform.machine() == "x86_64":
            flags.append(f"-mprefer-vector-width={64 * lanes()}")
        path = Path(__file__).with_name(source)
        subprocess.run(["gcc", *flags, str(path), "-o", str(target), "-lm"], check=True)
        return ctypes.CDLL(str(target))
    finally:
        shutil.rmtree(folder)


def pointer(array):
    """Where an array's numbers lie."""
    return ctypes.c_void_p(array.ctypes.data)


def fastest(calls):
    """The call that takes the least processor time, of those that do the same work."""

    def least(call):
        call()
        times = []
        for _ in range(LOOKS):
            begin = time.process_time()
            call()
            times.append(time.process_time() - begin)
        return min(times)

    return min(calls, key=least)
