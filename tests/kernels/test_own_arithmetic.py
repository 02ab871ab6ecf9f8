"""Conformance: no kernel states a formula of its own.

A formula is an expression of two or more arithmetic operations, not all of them on whole numbers. Allowed are indices,
sums of products of two names (inner products, which every loop accumulates), and what ``OWN`` lists with its reason.
"""

import ast
from pathlib import Path

import pytest

from sitheory import _kernels

KIND = "conformance"

FOLDER = Path(_kernels.__file__).parent
ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow)
WHOLE_NAMES = """
    at at0 b begin bits bounds count cuts end every first half heads i index j k lane lane0 lanes last left length level
    logs n period place r record records room row samples six size skip start state steps stop stride sums t vector
    vectors w width windows
""".split()  # noqa: SIM905, a list would fill thirty lines
WHOLE_CALLS = [
    "len",
    "bool",
    "layout.state_rows",
    "layout.sums",
    "layout.logs",
    "scratch_row",
    "state_rows",
    "sums",
    "logs",
]
WHOLE_ATTRIBUTES = [
    "size",
    "shape",
    "n",
    "lanes",
    "t",
    "piece",
    "begin",
    "end",
    "first",
    "start",
    "stop",
    "windows",
    "level",
]

# module -> function -> why its expressions are no formula of the theory.
OWN = {
    "beta": {"_scaled": "bounds of beta in units of the random numbers"},
    "flow": {"cone_flow": "Dormand and Prince's table and step control; its order is a test"},
    "regression.gram_lanes": {"_run_blocks": "a step's factor to the power of the steps"},
    "regression.secular": {
        "_proven": "when to stop looking",
        "_top": "where to look next",
        "_extrapolated": "where to look first",
    },
    "regression.steps": {"_ready": "shrink, in the order of a burst's end"},
    "surfaces": {"valley_steps": "the squared gradient's sum, and the parabola in place of a soft wall"},
    "toy.ensemble": {"averages": "means of logarithms from products"},
    "toy.single": {"advance": "the tangent's length, rescaled"},
    "toy.trajectory": {
        "_projected": "the tangent, made orthogonal",
        "_Trip": "means of logarithms from products",
    },
}


def whole(node):
    """Whether an expression is made of whole numbers."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, int)
    if isinstance(node, ast.Name):
        return node.id in WHOLE_NAMES or node.id.isupper()
    if isinstance(node, ast.Attribute):
        return node.attr in WHOLE_ATTRIBUTES or node.attr.isupper()
    if isinstance(node, ast.Call):
        return ast.unparse(node.func) in WHOLE_CALLS or (
            ast.unparse(node.func) in ("min", "max") and all(map(whole, node.args))
        )
    if isinstance(node, ast.Subscript):
        return whole(node.value)
    if isinstance(node, ast.BinOp):
        return whole(node.left) and whole(node.right)
    if isinstance(node, (ast.Compare, ast.List, ast.Tuple)):  # a flag; a list that is repeated
        return True
    if isinstance(node, ast.IfExp):
        return whole(node.body) and whole(node.orelse)
    return isinstance(node, ast.UnaryOp) and whole(node.operand)


def operations(node):
    """How many arithmetic operations an expression has, indices left out."""
    if isinstance(node, ast.Subscript) or whole(node):
        return 0
    own = isinstance(node, ast.BinOp) and isinstance(node.op, ARITHMETIC)
    return own + sum(map(operations, ast.iter_child_nodes(node)))


def inner(node):
    """Whether an expression is a sum of products of two operands at most."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
        return inner(node.left) and inner(node.right)
    return operations(node) <= 1


def stated(node):
    """The formulas in a piece of source."""
    if isinstance(node, (ast.Subscript, ast.JoinedStr)):
        return
    if isinstance(node, ast.BinOp) and isinstance(node.op, ARITHMETIC):
        if operations(node) > 1 and not inner(node):
            yield ast.unparse(node)
        return
    for child in ast.iter_child_nodes(node):
        yield from stated(child)


def found(source):
    """Top-level function or class -> its formulas."""
    pairs = (
        (node.name, list(stated(node)))
        for node in ast.parse(source).body
        if isinstance(node, (ast.FunctionDef, ast.ClassDef))
    )
    return {name: formulas for name, formulas in pairs if formulas}


MODULES = {
    ".".join(path.relative_to(FOLDER).with_suffix("").parts): path
    for path in sorted(FOLDER.rglob("*.py"))
    if path.name != "__init__.py"
}


@pytest.mark.parametrize("module", MODULES)
def test_a_kernel_states_no_formula_of_its_own(module):
    own = found(MODULES[module].read_text(encoding="utf-8"))
    assert set(own) == set(OWN.get(module, {})), own


@pytest.mark.parametrize(
    "line",
    [
        "x[i] = keep * x[i] - lr * grad / norm_sq",
        "total += 2.0 * alpha * x[i]",
        "return alpha * (x * x / s)",
        "u[lane] = u[lane] * ((1 - p) * (1 - p))",
    ],
)
def test_a_formula_in_a_loop_is_seen(line):
    assert found(f"def loop(x, u, i, lane):\n    {line}")


@pytest.mark.parametrize(
    "line",
    [
        "rows[2 * n + 3 * sums, lane] = 0.0",
        "stop = t - t % FLUSH + FLUSH",
        "norm_sq += w[i] * w[i]",
        "whole = x * x + y * y",
        "x[i] = step(x[i], keep, lr)",
    ],
)
def test_an_index_and_an_inner_product_are_none(line):
    assert not found(f"def loop(x, w, i, t):\n    {line}")
