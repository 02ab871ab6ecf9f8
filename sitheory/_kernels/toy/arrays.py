"""The same steps as loops over arrays, lanes innermost: for machines where the vectors cannot be built."""

import math

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

from sitheory._kernels.toy import layout

_STRICT = {"error_model": "numpy", "nogil": True}


@intrinsic
def _bits_of(typing, number):
    """The bits of a double."""

    def generate(context, builder, signature, arguments):
        return builder.bitcast(arguments[0], ir.IntType(64))

    return types.int64(types.float64), generate


@intrinsic
def _double_of(typing, bits):
    """The double with these bits."""

    def generate(context, builder, signature, arguments):
        return builder.bitcast(arguments[0], ir.DoubleType())

    return types.float64(types.int64), generate


@njit(**_STRICT)
def fraction(number):
    """Bring a positive double to [1, 2) by a power of two."""
    return _double_of((_bits_of(number) & ((1 << 52) - 1)) | (1023 << 52))


@njit(**_STRICT)
def exponent(number):
    """The power of two that ``fraction`` takes out."""
    return float((_bits_of(number) >> 52) - 1023)


@njit(**_STRICT)
def _norms(n, u, v, r, whole):
    """Fill r with 1/s, by one division for three groups, and whole with S (see ``algebra``)."""
    lanes = whole.size
    whole[:] = 0.0
    for i in range(0, n - n % 3, 3):
        for lane in range(lanes):
            s0 = u[i, lane] + v[i, lane]
            s1 = u[i + 1, lane] + v[i + 1, lane]
            s2 = u[i + 2, lane] + v[i + 2, lane]
            pair = s0 * s1
            inverse = 1.0 / (pair * s2)
            rest = inverse * s2
            r[i, lane] = rest * s1
            r[i + 1, lane] = rest * s0
            r[i + 2, lane] = inverse * pair
            whole[lane] = ((whole[lane] + s0) + s1) + s2
    if n % 3 == 1:
        for lane in range(lanes):
            s0 = u[n - 1, lane] + v[n - 1, lane]
            r[n - 1, lane] = 1.0 / s0
            whole[lane] += s0
    if n % 3 == 2:
        for lane in range(lanes):
            s0 = u[n - 2, lane] + v[n - 2, lane]
            s1 = u[n - 1, lane] + v[n - 1, lane]
            rest = 1.0 / (s0 * s1)
            r[n - 2, lane] = rest * s1
            r[n - 1, lane] = rest * s0
            whole[lane] = (whole[lane] + s0) + s1


@njit(**_STRICT)
def _observe(alpha, u, v, r, k, loss, moved):
    """Fill loss with F and moved with the squared length of the step."""
    loss[:] = 0.0
    moved[:] = 0.0
    for i in range(alpha.size):
        for lane in range(loss.size):
            slope = alpha[i] * r[i, lane]
            d = (k[lane] * slope) * r[i, lane]
            ess = (d * v[i, lane]) * (d * u[i, lane])
            loss[lane] += slope * u[i, lane]
            moved[lane] += (u[i, lane] + v[i, lane]) * ess


@njit(**_STRICT)
def _add_sums(alpha, u, v, r, k, whole, loss, moved, full, parts):
    n = alpha.size
    parts[0] += loss
    for i in range(n):
        for lane in range(loss.size):
            parts[1 + i, lane] += k[lane] * (alpha[i] * r[i, lane])
    if full:
        for lane in range(loss.size):
            grown = whole[lane] + moved[lane]
            parts[n + 1, lane] += moved[lane] / whole[lane]
            parts[n + 2, lane] += moved[lane] / (grown + math.sqrt(whole[lane] * grown))
        for i in range(n):
            for lane in range(loss.size):
                d = (k[lane] * (alpha[i] * r[i, lane])) * r[i, lane]
                parts[n + 3 + i, lane] += (d * v[i, lane]) * (d * u[i, lane])


@njit(**_STRICT)
def _add_logs(alpha, r, k, loss, fractions, exponents):
    for lane in range(loss.size):
        fractions[0, lane] *= fraction(loss[lane])
        exponents[0, lane] += exponent(loss[lane])
    for i in range(fractions.shape[0] - 1):
        for lane in range(loss.size):
            h = k[lane] * (alpha[i] * r[i, lane])
            fractions[i + 1, lane] *= fraction(h)
            exponents[i + 1, lane] += exponent(h)


@njit(**_STRICT)
def _record(u, v, r, alpha, k, whole, loss, moved, record, at, stride):
    n = alpha.size
    for lane in range(loss.size):
        record[at + lane] = loss[lane]
        record[at + stride + lane] = moved[lane] / whole[lane]
        for i in range(n):
            d = (k[lane] * (alpha[i] * r[i, lane])) * r[i, lane]
            record[at + (2 + i) * stride + lane] = (k[lane] * r[i, lane]) * 0.5
            record[at + (2 + n + i) * stride + lane] = (d * v[i, lane]) * (d * u[i, lane])


@njit(**_STRICT)
def _move(alpha, u, v, r, k):
    for i in range(alpha.size):
        for lane in range(k.size):
            d = (k[lane] * (alpha[i] * r[i, lane])) * r[i, lane]
            a = 1.0 - d * v[i, lane]
            b = 1.0 + d * u[i, lane]
            u[i, lane] = u[i, lane] * (a * a)
            v[i, lane] = v[i, lane] * (b * b)


@njit(**_STRICT)
def array_burst(alpha, level, block, steps, record, at, stride):
    """Take ``steps`` steps of a block, and record the first of them; see ``vector_burst``."""
    n, lanes = alpha.size, layout.ARRAY_LANES
    rows = block.reshape(block.size // lanes, lanes)
    u, v = rows[:n], rows[n : 2 * n]
    scratch = rows[rows.shape[0] - n - 4 :]
    r, whole, k, loss, moved = scratch[:n], scratch[n], scratch[n + 1], scratch[n + 2], scratch[n + 3]
    sums, logs = layout_sums(n, len(level) - 1), layout_logs(n, len(level) - 1)
    parts = rows[2 * n + 3 : 2 * n + 3 + sums]
    first = 2 * n + 3 + 3 * sums
    for step in range(steps):
        _norms(n, u, v, r, whole)
        for lane in range(lanes):
            k[lane] = rows[2 * n, lane] * whole[lane]
        if len(level) > 0 or (record is not None and step == 0):
            _observe(alpha, u, v, r, k, loss, moved)
        if len(level) > 0:
            _add_sums(alpha, u, v, r, k, whole, loss, moved, len(level) == 3, parts)
        if len(level) > 1:
            _add_logs(alpha, r, k, loss, rows[first : first + logs], rows[first + logs : first + 2 * logs])
        if record is not None and step == 0:
            _record(u, v, r, alpha, k, whole, loss, moved, record, at, stride)
        _move(alpha, u, v, r, k)


layout_sums = njit(layout.sums)
layout_logs = njit(layout.logs)


@njit(**_STRICT)
def array_settle(alpha, block):
    """Rescale a block by powers of two, lift what nearly died, and end the lanes that failed."""
    n, lanes = alpha.size, layout.ARRAY_LANES
    rows = block.reshape(block.size // lanes, lanes)
    for lane in range(lanes):
        whole, least = 0.0, np.inf
        for i in range(n):
            s = rows[i, lane] + rows[n + i, lane]
            whole += s
            least = min(least, s)
        taken = _bits_of(whole) >> 52
        scale = _double_of((2046 - taken) << 52)
        rows[2 * n + 1, lane] += float(taken - 1023)
        overflown = not whole < layout.LIMIT
        failed = overflown or least * scale < layout.VANISHING
        if failed and rows[2 * n + 2, lane] == 0.0:
            rows[2 * n + 2, lane] = 2.0 if overflown else 1.0
        for i in range(2 * n):
            value = rows[i, lane] * scale
            if 0.0 < value < layout.FLOOR:
                value = layout.FLOOR
            rows[i, lane] = np.nan if failed else value
