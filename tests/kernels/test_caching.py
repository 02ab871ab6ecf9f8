"""Compiled code is kept where there is a place for it, and runs without one."""

import numba

from sitheory._kernels import caching

KIND = "conformance"


def test_a_machine_with_nowhere_to_keep_code_compiles_it(monkeypatch):
    """Conformance: numba refuses to keep code where neither the installation nor a home can be written."""
    asked = []

    def nowhere(*, cache=False, **options):
        asked.append(cache)
        if cache:
            raise RuntimeError("cannot cache function 'f': no locator available")
        return numba.njit(**options)

    monkeypatch.setattr(caching, "njit", nowhere)
    assert caching.kept(lambda x: x + 1)(1) == 2 and asked == [True, False]
