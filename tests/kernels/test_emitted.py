"""The machine code of the toy's steps for other processors: vectors whole, nothing fused, spills aligned."""

import re

import pytest

from sitheory._kernels.toy import layout
from tests.kernels import emitted
from tests.kernels.emitted import DIVISION, FUSED, SCALAR, SPILL, TARGETS, UNALIGNED, burst

KIND = "conformance"

WIDTHS = {"x86-64-v4": 8, "x86-64-v3": 4, "aarch64": 2}

SPILLS = {
    "x86-64-v4": {1: 0, 2: 0, 3: 0, 4: 0, 8: 4},
    "x86-64-v3": {1: 10, 2: 120, 3: 202, 4: 163, 8: 170},
    "aarch64": {1: 0, 2: 0, 3: 0, 4: 0, 8: 16},
}
"""Vectors that a burst moves to and from the stack, as LLVM 22 does it; on v3 more in flight was measured to be faster
than fewer spills."""

SLACK = 1.25
"""Another LLVM may hand out registers a little otherwise."""

CONVERSION = re.compile(r"\b(v?cvtsi2sd|scvtf\s+d)")


@pytest.fixture(scope="module", autouse=True)
def targets():
    emitted.prepare()


def count(pattern, code):
    return sum(bool(pattern.search(line)) for line in code.splitlines())


def spill(target):
    return SPILL["aarch64" if target == "aarch64" else "x86"]


@pytest.mark.parametrize("target", TARGETS)
def test_vectors_are_as_wide_as_the_processors(target):
    assert WIDTHS[target] == emitted.vectors_for(target).WIDTH
    register = {8: "zmm", 4: "ymm", 2: r"v\d+\.2d"}[WIDTHS[target]]
    assert re.search(register, burst(target, 3)[0])


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("n", [1, 2, 3, 4, 8])
def test_steps_stay_vectors_strict_and_on_an_aligned_stack(target, n):
    """Conformance: a division for three groups and each vector in flight, and no more spills than were counted."""
    code, vectors = burst(target, n)
    assert not SCALAR.findall(code) and not FUSED.findall(code) and not UNALIGNED.findall(code)
    assert count(DIVISION, code) == vectors * -(-n // 3)
    assert count(spill(target), code) <= SLACK * SPILLS[target][n]


@pytest.mark.parametrize("target", TARGETS)
def test_averages_stay_vectors_too(target):
    """Conformance: exponents are converted as vectors; the number of steps, a scalar, alone is not."""
    code, _ = burst(target, 3, layout.FULL)
    assert not SCALAR.findall(code) and not FUSED.findall(code) and not UNALIGNED.findall(code)
    assert count(CONVERSION, code) <= 1


def test_each_thing_that_is_looked_for_is_seen_where_it_is():
    """Trial: a stack as the system leaves it, and arithmetic that LLVM may contract."""
    assert count(UNALIGNED, burst("x86-64-v3", 3, aligned=False)[0]) > 100
    for target in TARGETS:
        assert FUSED.search(burst(target, 3, flags=("contract",))[0])
    assert SCALAR.search("\tvmulsd\t%xmm1, %xmm2, %xmm3") and SCALAR.search("\tfdiv\td0, d1, d2")
    assert not SCALAR.search("\tvmulpd\t%ymm1, %ymm2, %ymm3") and CONVERSION.search("\tvcvtsi2sd\t%rax")
