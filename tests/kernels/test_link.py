"""Conformance: the loops take their arithmetic from the theory's function objects.

A theory function is replaced by a wrong variant, and each loop that refers to it must then give something else.
"""

import json
import os
import subprocess
import sys
from types import FunctionType

import pytest

from sitheory.theory import gram, kernels

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
COMPILED = [("beta", "kept_beta_next"), ("beta", "beta_between"), ("cone", "cone_step")]


UNREACHED = {
    "regression.secular": {"kernels.reciprocals_of_three"}
}  # it divides by one or two distances at a time


@pytest.fixture(scope="module")
def linked():
    """Loop -> formula -> whether the loop changes with that formula wrong; "" stands for no formula wrong."""
    command = [sys.executable, "-m", "tests.kernels.uncompiled"]
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1"}
    return json.loads(
        subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout
    )


def test_a_wrong_formula_changes_every_loop_that_uses_it(linked):
    for loop, formulas in linked.items():
        assert not formulas.pop(""), f"{loop} differs from itself"
        assert {f for f, changed in formulas.items() if not changed} == UNREACHED.get(loop, set()), loop


def test_every_formula_of_the_fast_algebra_is_used_by_a_loop(linked):
    used = set().union(*linked.values())
    algebra = {
        f"{module.__name__.rsplit('.', 1)[1]}.{name}"
        for module in (gram, kernels)
        for name, value in vars(module).items()
        if isinstance(value, FunctionType)
    }
    # Prepared outside of the loops.
    assert algebra - used == {"gram.gram_strength"}


def compiled(loop, name, folder):
    environment = os.environ | {"NUMBA_CACHE_DIR": str(folder)}
    command = [sys.executable, "-c", PROGRAM, loop, name]
    return subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout


@pytest.mark.slow
@pytest.mark.parametrize(("loop", "name"), COMPILED)
def test_a_wrong_formula_changes_the_loop_that_numba_compiles(loop, name, tmp_path):
    """The same folder of compiled code serves both: its key must tell them apart."""
    assert compiled(loop, "", tmp_path) != compiled(loop, name, tmp_path)
