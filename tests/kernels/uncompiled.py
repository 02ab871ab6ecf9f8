"""Which theory functions change each loop when they are wrong: run with NUMBA_DISABLE_JIT=1, prints JSON.

Without numba's compiler a loop is plain Python that takes milliseconds. What is built as machine code is compared as
LLVM's text. A wrong variant adds a quarter to every number that the formula gives.
"""

import importlib
import json
import sys
from pathlib import Path

import numpy as np
from llvmlite import ir
from numba import types
from numba.core.registry import cpu_target

from sitheory import _kernels
from sitheory._kernels import formulas
from sitheory._kernels.toy import layout
from tests.theory.wrong_formulas import label, named

FOLDER = Path(_kernels.__file__).parent
F8, I8 = types.float64, types.int64
ROW, TABLE = types.Array(F8, 1, "C"), types.Array(F8, 2, "C")


def modules():
    """The kernels' modules that refer to the theory: name -> the formulas, with those that they call."""
    found = {
        ".".join(path.relative_to(FOLDER).with_suffix("").parts): named(path, calls=True)
        for path in sorted(FOLDER.rglob("*.py"))
    }
    return {name: formulas_of for name, formulas_of in found.items() if formulas_of}


def moved(out):
    """What a formula gave, wrong."""
    if isinstance(out, (list, tuple)):
        return type(out)(moved(part) for part in out)
    return out + 0.25


def wrong(right):
    return lambda *given: moved(right(*given))


def emitted(intrinsic, *kinds):
    """The machine code of an intrinsic before LLVM sees it."""
    context = cpu_target.target_context
    signature, generate = intrinsic._defn(cpu_target.typing_context, *kinds)
    kind = ir.FunctionType(ir.VoidType(), [context.get_value_type(k) for k in kinds])
    function = ir.Function(ir.Module(), kind, "made")
    generate(context, ir.IRBuilder(function.append_basic_block()), signature, function.args)
    return str(function)


def beta(m):
    out = []
    for kind, extra in (("cycle", np.array([0.0, 0.5])), ("constant", None), ("random", 3)):
        x, row = np.ones(3), np.full(3, 0.1)
        m.run(kind, x, row, row, 2 * row, 7, watch=kind == "cycle", extra=extra, threads=1)
        out.append(x)
    return out


def decay(m):
    out = []
    matrix = np.array([[1.0, 0.5], [0.5, 2.0]])
    table = np.array([[0.0, 0.3, 0.2], [0.0, 0.1, 0.4]])
    losses = (
        (m.FOURIER, table, m.fourier_grad, m.fourier_value),
        (m.RAYLEIGH, matrix, m.rayleigh_grad, m.rayleigh_value),
        (m.QUOTIENTS, np.array([2.0]), m.quotients_grad, m.quotients_value),
    )
    for loss, table, grad, value in losses:
        m._grad = lambda loss, table, w, out, grad=grad: grad(table, w, out)
        m._value = lambda loss, table, w, value=value: value(table, w)
        kind = types.UniTuple(I8, len(loss))
        m._walk = m._overload_walk(kind, None, None, None, None, None, None)
        w, bounds, none = np.array([0.6, 0.8]), np.array([0, 2]), np.empty(0, int)
        rows, seen = np.empty((4, 2)), np.empty(4)
        m._sample(loss, table[None], table, none, bounds, w, 0.1, 0.01, 0, 12, 3, rows, seen)
        sums, least, most = np.zeros(6), np.full(3, np.inf), np.full(3, -np.inf)
        m._average(loss, table[None], table, none, bounds, w, 0.1, 0.01, 5, sums, least, most)
        m._sphere(loss, table, bounds, w, 0.1, 0, 4, 1, rows, seen)
        out += [w, rows, seen, sums, least, most]
    return out


def optimisers(m):
    out, g = [], np.array([0.3, -0.2])
    runs = (
        lambda w, v: m.heavy(w, g, v, 0.1, 0.9, 0.01, 0.8, True),
        lambda w, v: m.mean(w, g, v, 0.1, 0.9, 0.8, True),
        lambda w, v: m.adam(w, g, v, np.array([0.4, 0.1]), 0.1, 0.9, 0.01, 0.8, 0.9, 1.1, 1e-3),
        lambda w, v: m.lion(w, g, v, 0.1, 0.9, 0.8, 0.7),
    )
    for run in runs:
        w, v = np.array([1.0, 0.5]), np.array([0.1, 0.2])
        run(w, v)
        out += [w, v]
    return out


def flow(m):
    return m.cone_flow(np.array([0.5, 0.5]), np.array([1.0, 2.0]), np.array([0.0, 0.3]), 1e-6, 1e-8, 50)[0]


def surfaces(m):
    w, one = np.array([0.5, 0.6, 0.1]), np.array([1.0, 0.0, 0.0])
    m.cone_steps(w, one, np.array([1.0, -1.0, 0.0]), one[::-1].copy(), 0.5, 0.1, 0.01, 5, np.zeros((1, 3)), 5)
    valley, states = np.array([0.5, 0.6, 0.2]), np.zeros((5, 4))
    m.valley_steps(valley, np.ones(1), np.array([1.0, 2.0]), 0.7, 0.1, 0.9, True, 5, states, 1)
    return w, states


def arrays(m):
    m.fraction = m.exponent = lambda number: number
    out = []
    for n in (1, 2, 3):
        block = np.ones((layout.block_rows(n, layout.FULL), layout.ARRAY_LANES))
        block[: 2 * n + 1] *= np.linspace(0.2, 0.7, 2 * n + 1)[:, None]
        record = np.zeros(layout.record_rows(n) * layout.ARRAY_LANES)
        level = (0,) * (layout.FULL + 1)
        flat = block.ravel()
        m.array_burst(np.arange(1.0, n + 1), level, flat, 3, record, 0, layout.ARRAY_LANES)
        out += [flat, record]
    return out


def single(m):
    from sitheory._kernels.toy import trajectory

    importlib.reload(trajectory)
    tangent = ([0.1], [0.2])
    out = _kernels.run_single(
        [0.3], [0.4], [1.0], 0.2, 9, every=1, windows=1, tangent=tangent, engine="python"
    )
    return [np.asarray(out[key]) for key in sorted(out)]


def vectors(m):
    alpha = [types.UniTuple(F8, n) for n in (1, 2, 3)]
    level, rest = types.UniTuple(I8, layout.FULL + 1), (I8, ROW, I8, I8, I8)
    return [emitted(m.vector_burst, a, level, ROW, *rest) for a in alpha] + [
        emitted(m.vector_settle, a, ROW) for a in alpha
    ]


def gram(m):
    return emitted(m._steps, types.UniTuple(I8, 2), ROW, ROW, ROW, ROW, F8, F8, I8, TABLE, I8, I8)


def gram_lanes(m):
    return emitted(m._burst, types.UniTuple(I8, 1), types.UniTuple(I8, 1), ROW, ROW, I8)


def secular(m):
    moments = emitted(m._lane_moments, TABLE, ROW, ROW, ROW)
    sums = emitted(m._lane_secular, TABLE, ROW, ROW, ROW, ROW, ROW, ROW)
    gain, unit, p = np.array([2.0, 1.0, 0.4]), np.array([0.6, 0.0, 0.8]), np.array([0.3, -1.0, 0.5])
    look = m._look(0.7, p, gain, unit, gain * unit, 0.3, 0.2)
    scales = m._scales(*m._moments(p, gain, unit), *m._widths(gain, unit, gain * unit))
    return moments, sums, look, scales, m.top_eigenvalue(p, gain, unit, gain * unit, np.nan, 0.0)


def steps(m):
    gain, unit, p = np.array([2.0, 1.0, 0.4]), np.array([0.6, 0.0, 0.8]), np.array([0.3, -1.0, 0.5])
    moments, states = np.empty(10), np.empty((3, 4))
    m._ready(p.copy(), gain, unit, gain * unit, 0.3, moments)
    rows = np.empty((2, 3))
    m._array_steps(p, gain, unit, gain * unit, 0.99, 0.3, 6, rows, 3, 0)
    a, b = p.copy(), np.ones(1)
    m.deviation_steps(a, b, gain, unit, 0.9, 0.99, 0.1, 6, np.empty((2, 4)), 3)
    return p, moments, rows, a, b, states[:0]


LOOPS = {
    "beta": beta,
    "decay": decay,
    "flow": flow,
    "optimisers": optimisers,
    "surfaces": surfaces,
    "toy.arrays": arrays,
    "toy.single": single,
    "toy.vectors": vectors,
    "regression.gram": gram,
    "regression.gram_lanes": gram_lanes,
    "regression.secular": secular,
    "regression.steps": steps,
}


def shown(name):
    """What a loop gives, its module read anew, as text."""
    formulas.compiled.cache_clear()
    module = importlib.reload(importlib.import_module(f"sitheory._kernels.{name}"))
    if hasattr(module, "wide"):
        module.wide = lambda: None  # an intrinsic, which plain Python cannot call
    parts = LOOPS[name](module)
    parts = parts if isinstance(parts, (list, tuple)) else [parts]
    return repr([part.tolist() if isinstance(part, np.ndarray) else part for part in parts])


def table():
    """Loop -> formula -> whether the loop changes or fails with it wrong; "" stands for no formula wrong."""
    out = {}
    for name, found in modules().items():
        before = shown(name)
        out[name] = {"": shown(name) != before}
        for home, function in found:
            right, key = getattr(home, function), label((home, function))
            setattr(home, function, wrong(right))
            try:
                out[name][key] = shown(name) != before
            except (TypeError, ValueError, AttributeError, ZeroDivisionError):
                out[name][key] = True
            finally:
                setattr(home, function, right)
    return out


if __name__ == "__main__":
    np.seterr(all="ignore")
    json.dump(table(), sys.stdout)
