"""Compiled loops that are kept on disk, under names that change with all of their sources."""

import hashlib
from pathlib import Path

from numba import njit


def cached(*sources):
    """Compile strictly and keep the code; numba itself notices changes of one file only.

    Args:
        *sources: The files of this package that go into the code.

    Returns:
        A decorator.
    """
    digest = hashlib.sha256()
    for name in sources:
        digest.update((Path(__file__).parent / name).read_bytes())

    def compiled(function):
        function.__qualname__ += "_" + digest.hexdigest()[:16]
        return njit(error_model="numpy", nogil=True, cache=True)(function)

    return compiled
