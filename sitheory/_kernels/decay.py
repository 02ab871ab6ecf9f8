"""Gradient descent with weight decay [periodic eq. 1] on a compiled gradient, one trajectory at a time.

A gradient is an njit function and so is its loss; those of the library, which take a row of coefficients, and
a user's own enter by the same door and are inlined into the same loop. A run is stochastic
where the ``table`` of coefficients has more than one row and ``parts`` names a row for each step.

A failed run (its squared norm left [2**-480, 2**480], or is NaN) stops where it failed.
"""

import functools
import math
import warnings

import numpy as np
from numba import njit, types
from numba.core.errors import NumbaIRAssumptionWarning
from numba.extending import overload

from sitheory._kernels import OK, OVERFLOW, VANISHED
from sitheory._kernels.caching import cached
from sitheory._kernels.formulas import compiled
from sitheory.theory import kernels, periodic, regimes

LIMIT = 2.0**480
CHECK = 128  # steps between two looks at the norm where nothing is observed

_STRICT = {"error_model": "numpy", "nogil": True}

_kept = compiled(periodic.resting_cos)
_kept_step = compiled(kernels.kept_step)
_sphere_step = compiled(kernels.sphere_step)
_step_tan_sq = compiled(kernels.step_tan_sq)
_cos_dist = compiled(kernels.cos_dist_of_tan)
_quotient_grad = compiled(regimes.quotient_grad)
_quotient_value = compiled(kernels.quotient_value)
_harmonic_next = compiled(kernels.harmonic_next)
_harmonic_value = compiled(kernels.harmonic_value)
_harmonic_slope = compiled(kernels.harmonic_slope)
_planar_push = compiled(kernels.planar_push)
_planar_grad = compiled(kernels.planar_grad)
_rayleigh_grad = compiled(kernels.rayleigh_grad)

# A false alarm of numba's check of itself where a function with a loop is inlined.
warnings.filterwarnings("ignore", category=NumbaIRAssumptionWarning)


@njit(inline="always", **_STRICT)
def fourier_grad(table, w, out):
    """F = sum_k a_k cos(k phi) + b_k sin(k phi), rows a and b of the table from k = 0; w = rho (cos phi, sin phi)."""
    out[0], out[1] = _planar_grad(_planar_push(_slope(table, w[0], w[1]), w[0], w[1]), w[0], w[1])


@njit(inline="always", **_STRICT)
def _slope(table, x, y):
    """f'(phi), by the recurrence of cos(k phi) and sin(k phi)."""
    rho = math.sqrt(x * x + y * y)
    c, s = x / rho, y / rho
    ck, sk, slope = c, s, _harmonic_slope(1, table[0, 1], table[1, 1], c, s)
    for k in range(2, table.shape[1]):
        ck, sk = _harmonic_next(ck, sk, c, s)
        slope += _harmonic_slope(k, table[0, k], table[1, k], ck, sk)
    return slope


@njit(**_STRICT)
def fourier_value(table, w):
    """F at w."""
    rho = math.sqrt(w[0] * w[0] + w[1] * w[1])
    c, s = w[0] / rho, w[1] / rho
    ck, sk, total = 1.0, 0.0, table[0, 0]
    for k in range(1, table.shape[1]):
        ck, sk = _harmonic_next(ck, sk, c, s)
        total += _harmonic_value(table[0, k], table[1, k], ck, sk)
    return total


@njit(inline="always", **_STRICT)
def rayleigh_grad(matrix, w, out):
    """F = w^T A w / |w|^2 with a symmetric A."""
    norm_sq, form = 0.0, 0.0
    for i in range(w.size):
        row = 0.0
        for j in range(w.size):
            row += matrix[i, j] * w[j]
        out[i] = row
        norm_sq += w[i] * w[i]
        form += row * w[i]
    level, twice = form / norm_sq, 2.0 / norm_sq
    for i in range(w.size):
        out[i] = _rayleigh_grad(out[i], w[i], level, twice)


@njit(**_STRICT)
def rayleigh_value(matrix, w):
    """F at w."""
    norm_sq, form = 0.0, 0.0
    for i in range(w.size):
        row = 0.0
        for j in range(w.size):
            row += matrix[i, j] * w[j]
        norm_sq += w[i] * w[i]
        form += row * w[i]
    return form / norm_sq


@njit(inline="always", **_STRICT)
def quotients_grad(alpha, w, out):
    """F = sum_i alpha_i x_i^2 / (x_i^2 + y_i^2) [regimes eqs. 7 and 18]."""
    for i in range(alpha.size):
        out[2 * i], out[2 * i + 1] = _quotient_grad(alpha[i], w[2 * i], w[2 * i + 1])


@njit(**_STRICT)
def quotients_value(alpha, w):
    """F at w."""
    total = 0.0
    for i in range(alpha.size):
        total += _quotient_value(alpha[i], w[2 * i], w[2 * i + 1])
    return total


FOURIER, RAYLEIGH, QUOTIENTS = (0,), (0, 0), (0, 0, 0)
"""Built-in losses, distinguished by the length of a tuple so that the compiled loops can be kept on disk."""

_BUILT_IN = {
    1: (fourier_grad, fourier_value),
    2: (rayleigh_grad, rayleigh_value),
    3: (quotients_grad, quotients_value),
}


@functools.cache
def _inlined(function):
    """A user's njit function in a form that is written into the loop: a call would cost counts of references."""
    options = {k: v for k, v in function.targetoptions.items() if k != "nopython"}
    return njit(**{**options, "inline": "always"})(function.py_func)


def _grad(loss, table, w, out):
    """Write the gradient; ``loss`` is a built-in's tuple, or a user's ``(0, grad(w, out), value(w))``."""


def _value(loss, table, w):
    """Return the loss."""


@overload(_grad, jit_options={"error_model": "numpy"}, inline="always")
def _overload_grad(loss, table, w, out):
    if isinstance(loss, types.UniTuple):
        built_in = _BUILT_IN[len(loss)][0]
        return lambda loss, table, w, out: built_in(table, w, out)
    users = _inlined(loss.types[1].dispatcher)
    return lambda loss, table, w, out: users(w, out)


@overload(_value, jit_options={"error_model": "numpy"}, inline="always")
def _overload_value(loss, table, w):
    if isinstance(loss, types.UniTuple):
        built_in = _BUILT_IN[len(loss)][1]
        return lambda loss, table, w: built_in(table, w)
    users = _inlined(loss.types[2].dispatcher)
    return lambda loss, table, w: users(w)


@njit(**_STRICT)
def _status(norm_sq):
    if norm_sq > LIMIT or norm_sq != norm_sq:
        return OVERFLOW
    return VANISHED if norm_sq < 1.0 / LIMIT else OK


@njit(**_STRICT)
def _norm_sq(w):
    total = 0.0
    for i in range(w.size):
        total += w[i] * w[i]
    return total


@njit(**_STRICT)
def _groups(w, g, bounds, row):
    """Write each group's squared norm, then each group's squared gradient norm."""
    count = bounds.size - 1
    for i in range(count):
        norm_sq, grad_sq = 0.0, 0.0
        for j in range(bounds[i], bounds[i + 1]):
            norm_sq += w[j] * w[j]
            grad_sq += g[j] * g[j]
        row[i] = norm_sq
        row[count + i] = grad_sq


MEANS = ("loss", "norm_sq", "total_elr", "total_eff_grad_sq", "cos_dist")
"""What a window averages of the whole, before the groups' ELRs."""

EXTREMES = ("norm_sq", "total_eff_grad_sq", "cos_dist")
"""Of what a window keeps the least and the greatest value."""


@njit(**_STRICT)
def _add(row, loss, lr, keep, sums, least, most):
    """Add an observed step to the running window."""
    count = row.size // 2
    norm_sq, grad_sq = 0.0, 0.0
    for i in range(count):
        norm_sq += row[i]
        grad_sq += row[count + i]
        sums[5 + i] += lr / row[i]
    tan_sq = _step_tan_sq(norm_sq, grad_sq, lr, keep)
    cos_dist = _cos_dist(tan_sq, math.sqrt(1.0 + tan_sq))
    eff_grad_sq = norm_sq * grad_sq
    sums[0] += loss
    sums[1] += norm_sq
    sums[2] += lr / norm_sq
    sums[3] += eff_grad_sq
    sums[4] += cos_dist
    least[0], most[0] = min(least[0], norm_sq), max(most[0], norm_sq)
    least[1], most[1] = min(least[1], eff_grad_sq), max(most[1], eff_grad_sq)
    least[2], most[2] = min(least[2], cos_dist), max(most[2], cos_dist)
    return _status(norm_sq)


def _walk(loss, table, w, g, lr, keep, steps):
    """Take steps of one and the same loss."""


@overload(_walk, jit_options={"error_model": "numpy"})
def _overload_walk(loss, table, w, g, lr, keep, steps):
    def over_arrays(loss, table, w, g, lr, keep, steps):
        for _ in range(steps):
            _grad(loss, table, w, g)
            for i in range(w.size):
                w[i] = _kept_step(w[i], g[i], lr, keep)

    def in_the_plane(loss, table, w, g, lr, keep, steps):
        x, y = w[0], w[1]  # scalars stay in registers; the operations are those of fourier_grad
        for _ in range(steps):
            grad_x, grad_y = _planar_grad(_planar_push(_slope(table, x, y), x, y), x, y)
            x, y = _kept_step(x, grad_x, lr, keep), _kept_step(y, grad_y, lr, keep)
        w[0], w[1] = x, y

    planar = isinstance(loss, types.UniTuple) and len(loss) == len(FOURIER)
    return in_the_plane if planar else over_arrays


@njit(**_STRICT)
def _burst(loss, table, parts, w, g, lr, keep, begin, end):
    """Take the steps begin .. end - 1."""
    if parts.size:
        for t in range(begin, end):
            _grad(loss, table[parts[t]], w, g)
            for i in range(w.size):
                w[i] = _kept_step(w[i], g[i], lr, keep)
    else:
        _walk(loss, table[0], w, g, lr, keep, end - begin)


def _sample(loss, table, mean, parts, bounds, w, lr, wd, first, steps, every, rows, losses):
    """Take steps; before step t with t % every == 0 write a row. Returns (status, steps taken)."""
    keep, g, t, whole = _kept(lr, wd), np.empty_like(w), first, table[0]
    while t < first + steps:
        if t % every == 0:
            index = t // every - (first + every - 1) // every
            _grad(loss, table[parts[t - first]] if parts.size else whole, w, g)
            _groups(w, g, bounds, rows[index])
            losses[index] = _value(loss, mean, w)
            for i in range(w.size):
                w[i] = _kept_step(w[i], g[i], lr, keep)
            t += 1
        stop = min(first + steps, t + (every - t % every) % every, t + CHECK - t % CHECK)
        _burst(loss, table, parts, w, g, lr, keep, t - first, stop - first)
        t = stop
        status = _status(_norm_sq(w)) if t % CHECK == 0 else OK
        if status != OK:
            return status, t - first
    return _status(_norm_sq(w)), steps


def _average(loss, table, mean, parts, bounds, w, lr, wd, steps, sums, least, most):
    """Take steps and add each of them to the running window. Returns (status, steps taken)."""
    keep, g, row = _kept(lr, wd), np.empty_like(w), np.empty(2 * (bounds.size - 1))
    whole = table[0]
    for t in range(steps):
        _grad(loss, table[parts[t]] if parts.size else whole, w, g)
        _groups(w, g, bounds, row)
        status = _add(row, _value(loss, mean, w), lr, keep, sums, least, most)
        if status != OK:
            return status, t
        for i in range(w.size):
            w[i] = _kept_step(w[i], g[i], lr, keep)
    return OK, steps


def _sphere(loss, table, bounds, w, elr, first, steps, every, rows, losses):
    """Take steps on the unit sphere [regimes eq. 2]; before step t with t % every == 0 write a row."""
    g, index = np.empty_like(w), 0
    for t in range(first, first + steps):
        _grad(loss, table, w, g)
        if t % every == 0:
            _groups(w, g, bounds, rows[index])
            losses[index] = _value(loss, table, w)
            index += 1
        for i in range(w.size):
            w[i] = _sphere_step(w[i], g[i], elr)
        norm = math.sqrt(_norm_sq(w))
        for i in range(w.size):
            w[i] /= norm


@functools.cache
def loops(users=False):
    """Return the loops: one that samples steps, one that averages them, one on the unit sphere.

    Args:
        users: Whether the gradient is a user's, whose loops are not kept on disk.
    """
    build = njit(**_STRICT) if users else cached()
    return build(_sample), build(_average), build(_sphere)
