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

from . import gram

_FAST = {"reassoc", "contract", "nsz"}
_TOLERANCE = 1e-13  # of the scale: a few hundred roundings, what sums of n terms leave
_MOST = 200  # bisections of a bracket in float64 end long before
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


def gram_steps(p, gain, unit_y, push, keep, strength, steps, states, every):
    """Step p = U^T Xc w in place [sharpness §5], keeping the state before each ``every``-th step.

    Args:
        p: The predictions in the Gram eigenbasis, ``padded``.
        gain: The Gram eigenvalues, padded.
        unit_y: The targets there, of norm one, padded.
        push: gain * unit_y.
        keep: 1 - lr * wd.
        strength: 2 * variance of y * lr.
        steps: How many steps.
        states: Receives the records, shape (ceil(steps / every), at most len(p)).
        every: Keep each k-th state.
    """
    scalars = keep, strength, steps, states, every
    if p.dtype == np.float64 and len(p) <= gram.MOST_VECTORS * gram.WIDTH:
        gram.vector_steps((0,) * (len(p) // gram.WIDTH), p, gain, unit_y, push, *scalars)
    else:
        _array_steps(p, gain, unit_y, push, *scalars)


@njit(error_model="numpy", nogil=True, cache=True, fastmath=_FAST)
def _array_steps(p, gain, unit_y, push, keep, strength, steps, states, every):
    moments = np.empty(10, p.dtype)
    _ready(p, gain, unit_y, push, strength, moments)
    kept = states.shape[1]
    for row in range(len(states)):
        for i in range(kept):
            states[row, i] = p[i]
        _burst(p, gain, unit_y, push, keep, strength, moments, min(every, steps - row * every))


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


@njit(error_model="numpy", nogil=True, cache=True, fastmath=_FAST)
def _secular(shift, p, gain, unit_y, push, cosine):
    """The secular equation's sums at ``shift``, how many poles lie above, and their sum of 1 / distance^2."""
    yy, yz, zz, dyy, dyz, dzz, above, near_sq = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for i in range(len(p)):
        r = 1.0 / (cosine * gain[i] - shift)
        by_y, by_z = push[i] * r, gain[i] * p[i] * r
        one_y, one_z, other = by_y * unit_y[i], by_z * p[i], by_y * p[i]
        yy += one_y
        yz += other
        zz += one_z
        dyy += one_y * r
        dyz += other * r
        dzz += one_z * r
        above += 1.0 if r > 0.0 else 0.0
        near_sq += r * r
    return yy, yz, zz, dyy, dyz, dzz, above, near_sq


@njit(error_model="numpy", nogil=True, cache=True)
def _look(shift, p, gain, unit_y, push, cosine, inverse):
    """Where the eigenvalues lie seen from ``shift``: how many above, Newton step, squared residual, poles.

    The matrix is c D + W S W^T with S = [[0, 1], [1, -3c]]. With K = S^-1 + W^T (c D - shift)^-1 W, inertia
    (Haynsworth) counts the eigenvalues above; a null vector x of K makes (c D - shift)^-1 W x an eigenvector,
    and kappa |W S x| / sqrt(kappa') bounds how far the nearest eigenvalue is for the eigenvalue kappa of K.
    The last number overrates 1 / the nearest pole's squared distance, which errs towards another look.
    """
    yy, yz, zz, dyy, dyz, dzz, poles, near_sq = _secular(shift, p, gain, unit_y, push, cosine)
    inverse_sq = inverse * inverse
    k00, k01, k11 = 3.0 * cosine + yy, 1.0 + yz * inverse, zz * inverse_sq
    det, trace = k00 * k11 - k01 * k01, k00 + k11
    if not np.isfinite(det):
        return -1, 0.0, np.inf, near_sq
    negative = 1 if det < 0.0 else (2 if trace < 0.0 else 0)
    spread = np.sqrt((k00 - k11) ** 2 + 4.0 * k01 * k01)
    kappa = 2.0 * det / (trace + spread if trace > 0.0 else trace - spread)
    x0, x1 = k01, kappa - k00
    if abs(kappa - k11) > abs(x1):
        x0, x1 = kappa - k11, k01
    inverse_slope = 1.0 / (dyy * x0 * x0 + 2.0 * dyz * inverse * x0 * x1 + dzz * inverse_sq * x1 * x1)
    lean = abs(x1) + abs(x0 - 3.0 * cosine * x1)
    step = -kappa * (x0 * x0 + x1 * x1) * inverse_slope
    return int(poles) + negative - 1, step, kappa * kappa * lean * lean * inverse_slope, near_sq


@njit(error_model="numpy", nogil=True, cache=True, fastmath=_FAST)
def _moments(p, gain, unit_y):
    """|p|^2, <p, unit_y> and <p, gain p>."""
    total, along, width = 0.0, 0.0, 0.0
    for i in range(len(p)):
        total += p[i] * p[i]
        along += p[i] * unit_y[i]
        width += gain[i] * p[i] * p[i]
    return total, along, width


@njit(error_model="numpy", nogil=True, cache=True)
def _widths(gain, unit_y, push):
    """What does not depend on the state: the largest Gram eigenvalue and the root of <y, gain y>."""
    return gain.max(), np.sqrt((push * unit_y).sum())


@njit(error_model="numpy", nogil=True, cache=True)
def top_eigenvalue(p, gain, unit_y, push, guess, margin):
    """The largest eigenvalue of G^(1/2) (|z|^2 Hess_z) G^(1/2) / (2 variance) [sharpness eq. 4].

    Newton steps on the secular equation inside a bracket that inertia keeps; a step that leaves the bracket
    is replaced by a bisection. It ends where no eigenvalue lies above and one lies so near that the Newton
    step's quadratic error is below rounding.

    Args:
        p: The state in the Gram eigenbasis; padding adds eigenvalues 0, and the largest never lies below.
        gain: The Gram eigenvalues.
        unit_y: The targets there, of norm one.
        push: gain * unit_y.
        guess: Where to begin; NaN where nothing is known.
        margin: How far above the guess to begin, so that the first look may already bound the eigenvalue.

    Returns:
        The eigenvalue, and how many looks it took.
    """
    steepest, width_y = _widths(gain, unit_y, push)
    return _top(p, gain, unit_y, push, steepest, width_y, guess, margin)


@njit(error_model="numpy", nogil=True, cache=True)
def _top(p, gain, unit_y, push, steepest, width_y, guess, margin):
    total, along, width_z = _moments(p, gain, unit_y)
    inverse = 1.0 / np.sqrt(total)
    cosine = along * inverse
    width_z = np.sqrt(width_z) * inverse
    width_sq = max(width_y, width_z) ** 2
    scale = abs(cosine) * steepest + 2.0 * width_y * width_z + 3.0 * abs(cosine) * width_z**2
    tolerance = _TOLERANCE * scale
    tiny = 0.01 * tolerance * tolerance
    low, high = -scale, scale
    start = guess + margin + tolerance
    shift = start if low < start < high else max(cosine, 0.0) * steepest * (1.0 + 1e-3) + tolerance
    for look in range(_MOST):
        above, step, residual_sq, near_sq = _look(shift, p, gain, unit_y, push, cosine, inverse)
        if above < 0:  # on a pole to the last bit
            shift += tolerance * 0.37
            continue
        if above == 0:
            high = min(high, shift)
            step_sq = step * step
            if residual_sq * width_sq * near_sq <= 0.0625 and step_sq * step_sq * near_sq <= tiny:
                return shift + step, look + 1
        else:
            low = max(low, shift)
        if high - low <= 2.0 * tolerance:
            return 0.5 * (low + high), look + 1
        target = shift + step
        # Just above the root, so that the next look proves that nothing lies beyond.
        target = target + tolerance + 4.0 * step * step * np.sqrt(near_sq) if np.isfinite(target) else high
        shift = target if low < target < high else 0.5 * (low + high)
    return 0.5 * (low + high), _MOST


@njit(error_model="numpy", nogil=True, cache=True)
def gram_spectrum(states, gain, unit_y, push, period):
    """``top_eigenvalue`` of each recorded state, each begun where the record ``period`` before ended.

    Args:
        states: The records, shape (R, r).
        gain: The Gram eigenvalues.
        unit_y: The targets there, of norm one.
        push: gain * unit_y.
        period: After how many records the run nearly repeats: 2 if every step is kept.

    Returns:
        The eigenvalues, shape (R,), in the units of ``top_eigenvalue``, and how many looks they took.
    """
    out, looks = np.empty(len(states)), 0
    steepest, width_y = _widths(gain, unit_y, push)
    for t in range(len(states)):
        guess, margin = np.nan, 0.0
        if t >= 3 * period:
            before, earlier, first = out[t - period], out[t - 2 * period], out[t - 3 * period]
            guess = 3.0 * (before - earlier) + first
            margin = 2.0 * abs(guess - 2.0 * before + earlier)
        elif t >= period:
            guess = out[t - period]
        out[t], looked = _top(states[t], gain, unit_y, push, steepest, width_y, guess, margin)
        looks += looked
    return out, looks
