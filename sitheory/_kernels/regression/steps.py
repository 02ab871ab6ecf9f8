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
from numba import njit

from sitheory._kernels.regression import gram
from sitheory._kernels.regression.secular import gram_spectrum, top_eigenvalue

__all__ = ["deviation_steps", "gram_spectrum", "gram_steps", "padded", "top_eigenvalue"]

_FAST = {"reassoc", "contract", "nsz"}
_LINE = 64  # bytes


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


@njit(error_model="numpy", nogil=True, cache=True, fastmath=_FAST)
def _ready(p, gain, unit_y, push, strength, moments):
    """Write what a burst begins with: sums weighted by powers of gain, and the step's scalars."""
    moments[:] = 0
    for i in range(len(p)):
        scaled = gain[i] * p[i]
        moments[0] += p[i] * p[i]
        moments[1] += scaled * p[i]
        moments[2] += scaled * scaled
        moments[3] += p[i] * unit_y[i]
        moments[4] += scaled * unit_y[i]
        moments[5] += scaled * push[i]
        moments[6] += push[i] * unit_y[i]
        moments[7] += push[i] * push[i]
    moments[8] = strength / np.sqrt(moments[0])
    moments[9] = moments[8] * moments[3] / moments[0]


@njit(error_model="numpy", nogil=True, cache=True, fastmath=_FAST)
def _burst(p, gain, unit_y, push, keep, strength, moments, steps):
    """Step without looking; the next norm comes from this step's sums, so that its root need not wait."""
    s0, s1, s2, a0, a1 = moments[0], moments[1], moments[2], moments[3], moments[4]
    a2, c1, c2, pull, shrink = moments[5], moments[6], moments[7], moments[8], moments[9]
    for _ in range(steps):
        lean = keep * a1 - shrink * a2
        bend = shrink * s2 - keep * s1 - keep * s1
        total = keep * keep * s0 + shrink * bend + pull * (pull * c2 + lean + lean)
        along = keep * a0 - shrink * a1 + pull * c1
        ratio = along / total
        following = strength / np.sqrt(total)
        zero = keep - keep
        s0, s1, s2, a0, a1, a2 = zero, zero, zero, zero, zero, zero
        for i in range(len(p)):
            moved = p[i] * (keep - gain[i] * shrink) + push[i] * pull
            p[i] = moved
            scaled = gain[i] * moved
            s0 += moved * moved
            s1 += scaled * moved
            s2 += scaled * scaled
            a0 += moved * unit_y[i]
            a1 += scaled * unit_y[i]
            a2 += scaled * push[i]
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


@njit(error_model="numpy", nogil=True, cache=True, fastmath=_FAST)
def _array_steps(p, gain, unit_y, push, keep, strength, steps, states, every, skip):
    moments = np.empty(10, p.dtype)
    _ready(p, gain, unit_y, push, strength, moments)
    kept = states.shape[1]
    _burst(p, gain, unit_y, push, keep, strength, moments, skip)
    for row in range(len(states)):
        for i in range(kept):
            states[row, i] = p[i]
        _burst(p, gain, unit_y, push, keep, strength, moments, min(every, steps - skip - row * every))


@njit(error_model="numpy", nogil=True, cache=True, fastmath=_FAST)
def deviation_steps(a, b, mu, pull, reach, keep, strength, steps, states, every):
    """Step the deviations a (r - 1,) and the share b (1,) of the minimum-norm interpolant in place.

    Args:
        a: Coordinates along the eigenvectors of the Hessian on Gamma, shape (r - 1,).
        b: Coordinate along the minimum-norm interpolant, shape (1,).
        mu: The eigenvalues, shape (r - 1,).
        pull: How each eigenvector's prediction leans on the targets, shape (r - 1,).
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
        off += mu[i] * a[i] * a[i]
    left, row = 0, 0
    for _ in range(steps):
        if left == 0:
            states[row, :n] = a
            states[row, n] = share
            row += 1
            left = every
        left -= 1
        along = lean + reach * share
        total = along * along + off
        factor = strength / (total * np.sqrt(total))
        bend, tilt = factor * along, factor * off
        share = keep * share + reach * tilt
        lean, off = 0.0, 0.0
        for i in range(n):
            moved = a[i] * (keep - mu[i] * bend) + pull[i] * tilt
            a[i] = moved
            lean += pull[i] * moved
            off += mu[i] * moved * moved
    b[0] = share
