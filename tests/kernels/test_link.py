"""Conformance: the compiled loops take their arithmetic from the theory's function objects.

A theory function is replaced by a wrong variant before the kernels are built, in a process of its own: each loop that
uses it must give something else.
"""

import os
import subprocess
import sys

import pytest

# A wrong variant adds a quarter to the formula's first number.
PROGRAM = """
import sys
import numpy as np
from sitheory import theory
from sitheory.theory import kernels, periodic, regimes, sharpness

module, name, loop = sys.argv[1:]
if name:
    home = getattr(theory, module)
    right = getattr(home, name)

    def wrong(*given):
        out = right(*given)
        return (out[0] + 0.25, *out[1:]) if isinstance(out, tuple) else out + 0.25

    if loop in ("single", "vectors"):
        setattr(home, name, wrong)
    else:  # numba needs a function without a closure, of the same parameters
        import inspect
        names = ", ".join(inspect.signature(right).parameters)
        shift = "out + 0.25"
        space = {"right": right}
        exec(f"def {name}({names}):\\n    out = right({names})\\n    return {shift}", space)
        setattr(home, name, space[name])

from sitheory import _kernels

if loop == "single":
    out = _kernels.run_single([0.3], [0.4], [1.0], 0.2, 9, every=1, windows=1, tangent=([0.1], [0.2]), engine="python")
    print([out[key] for key in sorted(out)])
elif loop == "beta":
    from sitheory._kernels import beta
    x, row = np.ones(3), np.full(3, 0.1)
    beta.run("cycle", x, row, row, 2 * row, 5, extra=np.array([0.0, 0.5]), threads=1)
    print(x.tolist())
elif loop == "cone":
    from sitheory._kernels import surfaces
    w, one = np.array([0.5, 0.6, 0.1]), np.array([1.0, 0.0, 0.0])
    surfaces.cone_steps(w, one, np.array([1.0, -1.0, 0.0]), one[::-1].copy(), 0.5, 0.1, 0.01, 5, np.zeros((1, 3)), 5)
    print(w.tolist())
elif loop == "vectors":
    from llvmlite import ir
    from sitheory._kernels.toy import vectors
    kind = ir.FunctionType(ir.VoidType(), [ir.DoubleType().as_pointer()])
    function = ir.Function(ir.Module(), kind, "steps")
    builder = ir.IRBuilder(function.append_basic_block())
    rows = vectors.Rows(builder, function.args[0], ir.Constant(ir.IntType(64), 8))
    alpha = [vectors.splat(a) for a in (1, 2, 4)]
    alpha = [vectors.Vector(builder, a) for a in alpha]
    vectors._emit_step(rows, None, 0, rows, alpha, 0, rows)
    print(function)
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


def ran(loop, name="", module="kernels", folder=None):
    environment = os.environ | ({"NUMBA_CACHE_DIR": str(folder)} if folder else {})
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, module, name, loop],
        capture_output=True, text=True, check=True, env=environment,
    )  # fmt: skip
    return done.stdout


@pytest.fixture(scope="module")
def right():
    return {loop: ran(loop) for loop in USED}


@pytest.mark.parametrize(("loop", "name"), [(loop, name) for loop, names in USED.items() for name in names])
def test_a_wrong_formula_changes_the_loop_that_is_written_from_it(right, loop, name):
    assert ran(loop, name) != right[loop]


@pytest.mark.slow
@pytest.mark.parametrize(("loop", "name"), COMPILED)
def test_a_wrong_formula_changes_the_loop_that_numba_compiles(loop, name, tmp_path):
    """The same folder of compiled code serves both: the key must tell them apart."""
    assert ran(loop, folder=tmp_path) != ran(loop, name, folder=tmp_path)
