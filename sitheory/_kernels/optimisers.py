"""One step of each optimiser over all weights in one pass, in place, and what a step has done to each group.

Arrays are flat, of one length, float64 and contiguous. ``alpha`` is what decay leaves of the weights.
"""

import math

import numpy as np
from numba import njit

from sitheory._kernels.caching import cached
from sitheory._kernels.formulas import compiled
from sitheory.theory import optimisers

_averaged = compiled(optimisers.averaged)
_summed = compiled(optimisers.summed)
_coupled = compiled(optimisers.coupled)
_decayed = compiled(optimisers.decayed)
_ahead = compiled(optimisers.ahead)
_adam_direction = compiled(optimisers.adam_direction)
_newton_schulz_factor = compiled(optimisers.newton_schulz_factor)


@njit(inline="always", error_model="numpy")
def _sign(x):
    return 1.0 if x > 0.0 else (-1.0 if x < 0.0 else x)


@cached()
def heavy(w, g, v, lr, alpha, wd, momentum, look):
    """SGD with momentum and coupled decay; ``look`` takes Nesterov's direction."""
    for i in range(w.size):
        grad = _coupled(g[i], w[i], wd)
        v[i] = _summed(v[i], grad, momentum)
        w[i] = _decayed(w[i], _ahead(v[i], grad, momentum) if look else v[i], lr, alpha)


@cached()
def mean(w, g, m, lr, alpha, momentum, look):
    """The same with an average and decoupled decay."""
    for i in range(w.size):
        m[i] = _averaged(m[i], g[i], momentum)
        w[i] = _decayed(w[i], _averaged(m[i], g[i], momentum) if look else m[i], lr, alpha)


@cached()
def adam(w, g, m, v, lr, alpha, wd, b1, b2, scale, floor):
    """Adam; the decay is decoupled in ``alpha`` or coupled in ``wd``."""
    for i in range(w.size):
        grad = _coupled(g[i], w[i], wd)
        m[i] = _averaged(m[i], grad, b1)
        v[i] = _averaged(v[i], grad * grad, b2)
        w[i] = _decayed(w[i], _adam_direction(m[i], math.sqrt(v[i]), scale, floor), lr, alpha)


@cached()
def lion(w, g, m, lr, alpha, b1, b2):
    """Lion."""
    for i in range(w.size):
        w[i] = _decayed(w[i], _sign(_averaged(m[i], g[i], b1)), lr, alpha)
        m[i] = _averaged(m[i], g[i], b2)


@cached()
def average(m, g, out, momentum, look):
    """Move an average on and write it, or Nesterov's, into out."""
    for i in range(m.size):
        m[i] = _averaged(m[i], g[i], momentum)
        out[i] = _averaged(m[i], g[i], momentum) if look else m[i]


@cached()
def decayed(w, update, lr, alpha):
    """Take a step along an update."""
    for i in range(w.size):
        w[i] = _decayed(w[i], update[i], lr, alpha)


@cached()
def newton_schulz(stack, iterations, a, b, c):
    """Newton and Schulz's steps on each matrix of a stack in place; its products stay in the cache meanwhile."""
    count, rows, columns = stack.shape
    gram, factor, moved = np.empty((rows, rows)), np.empty((rows, rows)), np.empty((rows, columns))
    for k in range(count):
        x = stack[k]
        for _ in range(iterations):
            np.dot(x, x.T, gram)
            np.dot(gram, gram, factor)
            for i in range(rows):
                for j in range(rows):
                    factor[i, j] = _newton_schulz_factor(
                        1.0 if i == j else 0.0, gram[i, j], factor[i, j], a, b, c
                    )
            np.dot(factor, x, moved)
            x[:] = moved


@cached()
def compared(before, after, alpha, bounds, rows):
    """Write |W|^2, |W'|^2, |W' - W|^2, <W, alpha W - W'> and |alpha W - W'|^2 of each group."""
    for k in range(bounds.size - 1):
        norm_sq, next_sq, distance_sq, inner, move_sq = 0.0, 0.0, 0.0, 0.0, 0.0
        for i in range(bounds[k], bounds[k + 1]):
            a, b = before[i], after[i]
            move = alpha * a - b
            norm_sq += a * a
            next_sq += b * b
            distance_sq += (b - a) * (b - a)
            inner += a * move
            move_sq += move * move
        rows[0, k], rows[1, k], rows[2, k] = norm_sq, next_sq, distance_sq
        rows[3, k], rows[4, k] = inner, move_sq
