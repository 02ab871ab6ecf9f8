"""Weight decay: beta-ensembles, the planar loss, and a user's own gradient."""

import ctypes

import numpy as np
from numba import njit

from benchmarks.c_code import by_lanes, fastest, library, pointer
from benchmarks.pairs import Skipped, ratio
from sitheory._kernels import beta
from sitheory.losses.compiled import Compiled, SphereQuadratics
from sitheory.losses.planar import PLANAR
from sitheory.rules import DecayGD
from sitheory.simulation import decay

LANES = 1 << 16
STEPS = 300
LONG = 200_000
DIM = 10

IN_FLIGHT = (2, 4, 8)
"""Vectors that are tried; the fastest is the ceiling."""


def rows(repeats):
    """All lines, one after the other."""
    for part in (constant, random, planar, users):
        yield from part(repeats)


def _ensemble():
    draw = np.random.default_rng(0)
    return (
        draw.uniform(1, 3, LANES),
        draw.uniform(0.05, 0.45, LANES),
        np.full(LANES, 1.0),
        np.full(LANES, 10.0),
    )


def constant(repeats):
    x, alpha, low, high = _ensemble()
    keep, scratch, mine = 1 - alpha, np.empty(LANES), x.copy()

    def ours():
        beta.run("constant", mine, alpha, low, high, STEPS, threads=1)

    def in_place():
        for _ in range(STEPS):
            np.divide(high, x, out=scratch)
            np.multiply(keep, x, out=x)
            np.add(x, scratch, out=x)

    name = "beta constant: speed over a C loop vectorised by hand"
    if library("decay.c", WIDE=4) is None:
        yield Skipped(name, "needs gcc")
    else:
        by_hand = fastest([_by_hand(vectors, x.copy(), keep, high) for vectors in IN_FLIGHT])
        yield ratio(name, ours, by_hand, repeats, 0.9, 1.0)
    yield ratio("beta constant: speed over numpy with out=", ours, in_place, repeats, 2.3, 4)


def _by_hand(vectors, state, keep, high):
    """A callable that takes the steps in C, with so many vectors in flight."""
    sizes = ctypes.c_int64(LANES), ctypes.c_int64(STEPS)
    call = library("decay.c", WIDE=vectors).beta_constant
    return lambda: call(pointer(state), pointer(keep), pointer(high), *sizes)


def random(repeats):
    x, alpha, low, high = _ensemble()
    keep, width, share, mine = 1 - alpha, high - low, np.empty(LANES), x.copy()
    draw = np.random.default_rng(1)

    def ours():
        beta.run("random", mine, alpha, low, high, STEPS, extra=1, threads=1)

    def in_place():
        for _ in range(STEPS):
            draw.random(out=share)
            np.multiply(share, width, out=share)
            np.add(share, low, out=share)
            np.divide(share, x, out=share)
            np.multiply(keep, x, out=x)
            np.add(x, share, out=x)

    must = by_lanes({8: 6, 4: 4.5})
    yield ratio("beta random, drawn inside: speed over numpy with out=", ours, in_place, repeats, must, 10)


def planar(repeats):
    for label in ("cosine", "bend 1"):
        loss, rule = PLANAR[label].turned(0.3), DecayGD(0.1, 0.1)
        start, name = np.array([0.3, 0.5]), f"planar loss ({label}): speed over C"

        def ours(loss=loss, rule=rule, start=start):
            decay.samples(loss, rule, LONG, start, every=LONG)

        code = library("decay.c", WIDE=4)
        if code is None:
            yield Skipped(name, "needs gcc")
            continue
        rows_of = np.ascontiguousarray(loss.table[0])

        def by_hand(loss=loss, rule=rule, start=start, rows_of=rows_of, code=code):
            sizes = ctypes.c_int64(len(loss.cos)), ctypes.c_double(rule.lr), ctypes.c_double(rule.wd)
            table = pointer(rows_of[0]), pointer(rows_of[1])
            code.planar(pointer(start.copy()), *table, *sizes, ctypes.c_int64(LONG))

        yield ratio(name, ours, by_hand, repeats, 0.85, 1.0)


def users(repeats):
    """The same quadratic as a built-in loss and as a user's njit functions."""
    matrix = SphereQuadratics.random(DIM, 1).table[0]

    @njit(error_model="numpy")
    def gradient(w, out):
        norm_sq, form = 0.0, 0.0
        for i in range(w.size):
            row = 0.0
            for j in range(w.size):
                row += matrix[i, j] * w[j]
            out[i] = row
            norm_sq += w[i] * w[i]
            form += row * w[i]
        for i in range(w.size):
            out[i] = 2.0 / norm_sq * (out[i] - form / norm_sq * w[i])

    @njit(error_model="numpy")
    def value(w):
        return w @ (matrix @ w) / (w @ w)

    start, rule = np.linspace(-1, 1, DIM), DecayGD(0.1, 0.01)
    theirs, built_in = Compiled(DIM, gradient, value), SphereQuadratics([matrix.tolist()])
    yield ratio(
        "a user's gradient over the built-in one, D = 10: cost",
        lambda: decay.samples(theirs, rule, LONG, start, every=LONG),
        lambda: decay.samples(built_in, rule, LONG, start, every=LONG),
        repeats, 1.05, 1.0, at_most=True,
    )  # fmt: skip
