"""Loops over linear regression with batch normalisation, O(n) a step, and its top Hessian eigenvalue.

Two exact forms of the same iteration. ``gram_steps`` works in the eigenbasis of the Gram matrix of the
centred inputs: each coordinate is rounded relative to the whole prediction, as in the real iteration, so
a run that has converged keeps a rounding floor from which it bursts when the effective learning rate has
grown. ``deviation_steps`` works in deviations from the minimisers, each rounded relative to itself, and so
to what the square of the slower ones makes of it: it follows real arithmetic until then, bursts later than
the real iteration in float64, and freezes once the deviations have become exactly zero.
Arguments are trusted; arrays are contiguous and of one dtype, scalars of the same.
"""

import numpy as np

from sitheory._kernels.caching import cached
from sitheory._kernels.formulas import compiled
from sitheory._kernels.regression import gram
from sitheory._kernels.regression.secular import gram_spectrum, top_eigenvalue
from sitheory.theory import gram as formulas

__all__ = ["deviation_steps", "gram_spectrum", "gram_steps", "padded", "top_eigenvalue"]

_FAST = {"reassoc", "contract", "nsz"}
_LINE = 64  # bytes

_step = compiled(formulas.gram_step, frozenset(_FAST))
_products = compiled(formulas.gram_products, frozenset(_FAST))
_target_products = compiled(formulas.gram_target_products, frozenset(_FAST))
_norm_sq_next = compiled(formulas.gram_norm_sq_next, frozenset(_FAST))
_along_next = compiled(formulas.gram_along_next, frozenset(_FAST))
_along = compiled(formulas.deviation_along, frozenset(_FAST))
_off_sq = compiled(formulas.deviation_off_sq, frozenset(_FAST))
_norm_sq = compiled(formulas.deviation_norm_sq, frozenset(_FAST))
_factor = compiled(formulas.deviation_factor, frozenset(_FAST))
_deviation_step = compiled(formulas.deviation_step, frozenset(_FAST))
_share_next = compiled(formulas.deviation_share_next, frozenset(_FAST))


def padded(values, dtype=np.float64):
    """Return a copy with zeros up to a multiple of 64 bytes, which whole vectors cover and no sum sees.

    Args:
        values: Shape (r,).
        dtype: float64 or float32.

    Returns:
        A contiguous array that begins on a 64-byte line.
    """
    width = _LINE // np.dtype(dtype).itemsize
    size = -(-len(values) // width) * width
    room = np.zeros(size + width, dtype)
    offset = (-room.ctypes.data % _LINE) // room.itemsize
    room[offset : offset + len(values)] = values
    return room[offset : offset + size]


@cached(fastmath=_FAST)
def _ready(p, gain, unit_y, push, strength, moments):
    """Write what a burst begins with: sums weighted by powers of gain, and the step's scalars."""
    moments[:] = 0
    for i in range(len(p)):
        s0, s1, s2, a0, a1, a2 = _products(p[i], gain[i], unit_y[i], push[i])
        c1, c2 = _target_products(unit_y[i], push[i])
        moments[0] += s0
        moments[1] += s1
        moments[2] += s2
        moments[3] += a0
        moments[4] += a1
        moments[5] += a2
        moments[6] += c1
        moments[7] += c2
    moments[8] = strength / np.sqrt(moments[0])
    moments[9] = moments[8] * moments[3] / moments[0]


@cached(fastmath=_FAST)
def _burst(p, gain, unit_y, push, keep, strength, moments, steps):
    """Step without looking; the next norm comes from this step's sums, so that its root need not wait."""
    s0, s1, s2, a0, a1 = moments[0], moments[1], moments[2], moments[3], moments[4]
    a2, c1, c2, pull, shrink = moments[5], moments[6], moments[7], moments[8], moments[9]
    for _ in range(steps):
        total = _norm_sq_next(s0, s1, s2, a1, a2, c2, keep, pull, shrink)
        along = _along_next(a0, a1, c1, keep, pull, shrink)
        ratio = along / total
        following = strength / np.sqrt(total)
        zero = keep - keep
        s0, s1, s2, a0, a1, a2 = zero, zero, zero, zero, zero, zero
        for i in range(len(p)):
            p[i] = _step(p[i], gain[i], push[i], keep, pull, shrink)
            t0, t1, t2, b0, b1, b2 = _products(p[i], gain[i], unit_y[i], push[i])
            s0 += t0
            s1 += t1
            s2 += t2
            a0 += b0
            a1 += b1
            a2 += b2
        pull, shrink = following, following * ratio
    moments[0], moments[1], moments[2], moments[3], moments[4] = s0, s1, s2, a0, a1
    moments[5], moments[8], moments[9] = a2, pull, shrink


def gram_steps(p, gain, unit_y, push, keep, strength, steps, states, every, skip=0):
    """Step p = U^T Xc w in place [sharpness §5], keeping the state before each ``every``-th step.

    Args:
        p: The predictions in the Gram eigenbasis, ``padded``.
        gain: The Gram eigenvalues, padded.
        unit_y: The targets there, of norm one, padded.
        push: gain * unit_y.
        keep: 1 - lr * wd.
        strength: 2 * variance of y * lr.
        steps: How many steps.
        states: Receives the records, shape (ceil((steps - skip) / every), at most len(p)).
        every: Keep each k-th state.
        skip: Steps before the first that is kept; no bit of the others depends on it.
    """
    scalars = keep, strength, steps, states, every, skip
    if p.dtype == np.float64 and len(p) <= gram.MOST_VECTORS * gram.WIDTH:
        gram.vector_steps((0,) * (len(p) // gram.WIDTH), p, gain, unit_y, push, *scalars)
    else:
        _array_steps(p, gain, unit_y, push, *scalars)


@cached(fastmath=_FAST)
def _array_steps(p, gain, unit_y, push, keep, strength, steps, states, every, skip):
    moments = np.empty(10, p.dtype)
    _ready(p, gain, unit_y, push, strength, moments)
    kept = states.shape[1]
    _burst(p, gain, unit_y, push, keep, strength, moments, skip)
    for row in range(len(states)):
        for i in range(kept):
            states[row, i] = p[i]
        _burst(p, gain, unit_y, push, keep, strength, moments, min(every, steps - skip - row * every))


@cached(fastmath=_FAST)
def deviation_steps(a, b, mu, pull, reach, keep, strength, steps, states, every):
    """Step the deviations a (r - 1,) and the share b (1,) of the minimum-norm interpolant in place.

    Args:
        a: Coordinates along the eigenvectors of the Hessian on Gamma, shape (r - 1,).
        b: Coordinate along the minimum-norm interpolant, shape (1,).
        mu: The eigenvalues, shape (r - 1,).
        pull: How each eigenvector's prediction depends on the targets, shape (r - 1,).
        reach: The same of the minimum-norm interpolant.
        keep: 1 - lr * wd.
        strength: 2 * variance of y * lr.
        steps: How many steps.
        states: Receives (a, b), shape (ceil(steps / every), r).
        every: Keep each k-th state.
    """
    n = len(a)
    share = b[0]
    lean, off = 0.0, 0.0
    for i in range(n):
        lean += pull[i] * a[i]
        off += _off_sq(a[i], mu[i])
    left, row = 0, 0
    for _ in range(steps):
        if left == 0:
            states[row, :n] = a
            states[row, n] = share
            row += 1
            left = every
        left -= 1
        along = _along(lean, reach, share)
        total = _norm_sq(along, off)
        factor = _factor(strength, total, np.sqrt(total))
        bend, tilt = factor * along, factor * off
        share = _share_next(share, reach, keep, tilt)
        lean, off = 0.0, 0.0
        for i in range(n):
            moved = _deviation_step(a[i], mu[i], pull[i], keep, bend, tilt)
            a[i] = moved
            lean += pull[i] * moved
            off += _off_sq(moved, mu[i])
    b[0] = share
