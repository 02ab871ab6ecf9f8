"""Conformance: the loops take their arithmetic from the theory's function objects.

A theory function is replaced by a wrong variant, and each loop that uses it must then be built otherwise.
"""

import os
import subprocess
import sys

import pytest
from llvmlite import ir

from sitheory import _kernels
from sitheory.theory import kernels

KIND = "conformance"

# A wrong variant adds a quarter to what is right; numba needs it without a closure, with the same parameters.
PROGRAM = """
import inspect, sys
import numpy as np
from sitheory.theory import kernels

loop, name = sys.argv[1:]
if name:
    right = getattr(kernels, name)
    names = ", ".join(inspect.signature(right).parameters)
    space = {"right": right}
    exec(f"def {name}({names}):\\n    return right({names}) + 0.25", space)
    setattr(kernels, name, space[name])
if loop == "beta":
    from sitheory._kernels import beta
    x, row = np.ones(3), np.full(3, 0.1)
    beta.run("cycle", x, row, row, 2 * row, 5, extra=np.array([0.0, 0.5]), threads=1)
    print(x.tolist())
if loop == "cone":
    from sitheory._kernels import surfaces
    w, one = np.array([0.5, 0.6, 0.1]), np.array([1.0, 0.0, 0.0])
    surfaces.cone_steps(w, one, np.array([1.0, -1.0, 0.0]), one[::-1].copy(), 0.5, 0.1, 0.01, 5, np.zeros((1, 3)), 5)
    print(w.tolist())
"""
USED = {
    "single": (
        "group_norm_sq", "group_turn", "group_rate", "group_step", "group_loss", "group_elr", "group_ess_sq",
        "cos_dist_of_step", "tangent_turn", "tangent_step", "reciprocal", "step_norm_sq",
    ),
    "vectors": (
        "reciprocals_of_three", "square_norm_sq", "square_slope", "square_rates", "square_step", "square_loss",
        "square_elr", "square_ess_sq", "step_norm_sq",
    ),
}  # fmt: skip
COMPILED = [("beta", "kept_beta_next"), ("beta", "beta_between"), ("cone", "cone_step")]


def single():
    """What the plain loop gives, its source written anew."""
    from sitheory._kernels.toy import trajectory

    trajectory._plain.cache_clear()
    out = _kernels.run_single(
        [0.3], [0.4], [1.0], 0.2, 9, every=1, windows=1, tangent=([0.1], [0.2]), engine="python"
    )
    return [out[key] for key in sorted(out)]


def vectors():
    """The machine code of one observed and recorded step of three groups, before LLVM sees it."""
    from sitheory._kernels.toy import vectors

    kind = ir.FunctionType(ir.VoidType(), [ir.DoubleType().as_pointer()])
    function = ir.Function(ir.Module(), kind, "steps")
    builder = ir.IRBuilder(function.append_basic_block())
    rows = vectors.Rows(builder, function.args[0], ir.Constant(ir.IntType(64), 8))
    alpha = [vectors.Vector(builder, vectors.splat(a)) for a in (1, 2, 4)]
    vectors._emit_step(rows, None, 0, rows, alpha, 0, rows)
    return str(function)


LOOPS = {"single": single, "vectors": vectors}


@pytest.mark.parametrize(("loop", "name"), [(loop, name) for loop, names in USED.items() for name in names])
def test_a_wrong_formula_changes_the_loop_that_is_written_from_it(loop, name):
    right, expected = getattr(kernels, name), LOOPS[loop]()

    def wrong(*given):
        out = right(*given)
        return (out[0] + 0.25, *out[1:]) if isinstance(out, tuple) else out + 0.25

    try:
        setattr(kernels, name, wrong)
        assert LOOPS[loop]() != expected
    finally:
        setattr(kernels, name, right)
        assert LOOPS[loop]() == expected


def compiled(loop, name, folder):
    environment = os.environ | {"NUMBA_CACHE_DIR": str(folder)}
    command = [sys.executable, "-c", PROGRAM, loop, name]
    return subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout


@pytest.mark.slow
@pytest.mark.parametrize(("loop", "name"), COMPILED)
def test_a_wrong_formula_changes_the_loop_that_numba_compiles(loop, name, tmp_path):
    """The same folder of compiled code serves both: its key must tell them apart."""
    assert compiled(loop, "", tmp_path) != compiled(loop, name, tmp_path)
