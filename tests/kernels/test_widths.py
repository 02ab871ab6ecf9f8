"""No bit depends on how wide the processor's vectors are: numba compiles for others, in processes of their own."""

import os
import platform
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from sitheory._kernels import beta, run_ensemble
from sitheory._kernels.toy.ensemble import PAGE, record_shape

KIND = "identity"

BITS = """
import hashlib
import numpy as np
from sitheory._kernels import beta, run_ensemble
from sitheory._kernels.vector_width import doubles
digest = hashlib.sha256()
for n in (1, 2, 3, 4, 5, 9):
    x, y = np.random.default_rng(0).standard_normal((2, n, 70))
    case = x**2, y**2, tuple(2.0 ** (i % 3) for i in range(n)), np.full(70, 3.0 / sum(2.0 ** (i % 3) for i in range(n)))
    for kind in ({}, {"every": 10}, {"windows": 3, "full": True}, {"windows": 2, "log_loss": True, "every": 7}):
        for _, values in sorted(run_ensemble(*case, 1000, threads=1, path="vectors", **kind).items()):
            digest.update(np.ascontiguousarray(values).tobytes())
x = np.linspace(1, 3, 600)
for watch in (False, True):
    beta.run("random", x, np.full(600, 0.3), np.full(600, 1.0), np.full(600, 9.0), 100, extra=1, watch=watch)
    digest.update(x.tobytes())
print(doubles(), digest.hexdigest())
"""


def test_words_become_the_same_numbers_either_way(monkeypatch):
    """Identity: the two halves of a word, converted from 64 and by way of 32 bits."""
    halves, seen = beta.halves.py_func, []
    with np.errstate(over="ignore"):
        for narrow in (False, True):
            monkeypatch.setattr(beta, "NARROW", narrow)
            seen.append([halves(np.uint64(7 * k), k) for k in range(1000)])
    assert seen[0] == seen[1] and all(0 <= v < 2**32 and v == int(v) for pair in seen[1] for v in pair)


@pytest.mark.parametrize("lanes", [8, 16, 24, 48])
def test_a_records_rows_never_lie_whole_pages_apart(lanes):
    """Conformance: for any number of records and blocks; as they are wanted they often would."""
    bad = 0
    for records in (1, 2, 64, 127, 128, 511, 512, 800, 4095, 4096):
        for blocks in (1, 3, 64, 512):
            padded = blocks * lanes
            rows, kept, room = record_shape(8, records, padded, lanes)
            assert rows == 8 and 0 <= kept - records <= 1 and 0 <= room - padded <= lanes
            assert 8 * kept * room % PAGE
            bad += 8 * records * padded % PAGE == 0
    assert bad > 5 and record_shape(8, 0, 64, lanes)[:2] == (0, 0)


def test_records_are_the_same_where_their_rows_are_moved_apart():
    """Twin: 512 records of lanes whose rows would lie whole pages apart, and the first lanes alone."""
    u, v = np.random.default_rng(0).standard_normal((2, 1, 1536)) ** 2
    elr = np.full(1536, 1.5)
    whole = run_ensemble(u, v, (1.0,), elr, 512, every=1, threads=1)
    few = run_ensemble(u[:, :7], v[:, :7], (1.0,), elr[:7], 512, every=1, threads=1)
    for name in ("loss", "ess_sq", "elr", "group_ess_sq"):
        assert whole[name].shape[0] == 512 and whole[name].shape[-1] == 1536
        assert np.array_equal(whole[name][..., :7], few[name])
    assert 8 * 512 * 1536 % PAGE == 0


@pytest.mark.nightly
@pytest.mark.skipif(platform.machine() != "x86_64", reason="names processors of its kind")
def test_lanes_have_the_same_bits_at_each_width():
    """Twin: the toy's ensembles and random beta on vectors of this processor, of AVX2 and of SSE2."""
    found = {}
    for processor in (None, "haswell", "x86-64"):
        chosen = {"NUMBA_CPU_NAME": processor, "NUMBA_CPU_FEATURES": ""} if processor else {}
        root = Path(__file__).parents[2]
        run = subprocess.run(
            [sys.executable, "-c", BITS],
            env={**os.environ, **chosen}, cwd=root, capture_output=True, text=True, check=True,
        )  # fmt: skip
        width, bits = run.stdout.split()
        found[int(width)] = bits
    assert {2, 4} <= set(found) and len(set(found.values())) == 1
