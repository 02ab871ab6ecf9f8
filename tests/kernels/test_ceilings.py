"""The C that the kernels are compared with does their work: at each width, with any number of vectors in flight."""

import shutil

import numpy as np
import pytest

from benchmarks import c_code, ceiling, decay
from sitheory._kernels import run_ensemble

KIND = "twin"

LANES = 96
"""A multiple of all blocks that are tried."""
STEPS = 400


def runs_here():
    """The widths whose code this processor can run."""
    from llvmlite import binding

    features = binding.get_host_cpu_features()
    return [2, *([4] if features.get("avx2") else []), *([8] if features.get("avx512f") else [])]


@pytest.fixture(params=[8, 4, 2])
def width(request, monkeypatch):
    if shutil.which("gcc") is None:
        pytest.skip("no gcc")
    if request.param not in runs_here():
        pytest.skip(f"no vectors of {request.param} doubles")
    monkeypatch.setattr(c_code, "lanes", lambda: request.param)
    c_code.library.cache_clear()
    yield request.param
    c_code.library.cache_clear()


def test_lanes_by_hand_have_the_kernels_bits(width):
    """Twin: squared cosines do not see the powers of two that either takes out; chaos would show any other bit."""
    x, y = np.random.default_rng(0).standard_normal((2, 3, LANES))
    case = x**2, y**2, (1.0, 2.0, 4.0), np.full(LANES, 3.0 / 7)
    ours = run_ensemble(*case, STEPS, threads=1, path="arrays")
    expected = ours["x2"] / (ours["x2"] + ours["y2"])
    for vectors in ceiling.VECTORS[width][-2:]:
        mine = ceiling.ByHand(
            case, STEPS, merged=True, contract=False, vectors=vectors, first=vectors % 4 != 0
        )
        mine()
        u, v = mine.squares()
        assert np.array_equal(u / (u + v), expected)
    # A wrong variant: another algebra, whose last bits are others.
    other = ceiling.ByHand(case, STEPS, merged=False, contract=False, vectors=2, first=False)
    other()
    u, v = other.squares()
    assert not np.array_equal(u / (u + v), expected)


def test_beta_by_hand_has_numpys_bits(width):
    x, alpha, _, high = (row[: decay.LANES] for row in decay._ensemble())
    keep, mine, theirs = 1 - alpha, x.copy(), x.copy()
    decay._by_hand(4, mine, keep, high)()
    for _ in range(decay.STEPS):
        theirs = keep * theirs + high / theirs
    assert np.array_equal(mine, theirs)


def test_the_fastest_call_is_taken(monkeypatch):
    """Closed form: a clock that each call moves on by its own time."""
    now = [0.0]

    def taking(seconds):
        def call():
            now[0] += seconds

        return call

    monkeypatch.setattr(c_code.time, "process_time", lambda: now[0])
    calls = [taking(3.0), taking(1.0), taking(2.0)]
    assert c_code.fastest(calls) is calls[1]
