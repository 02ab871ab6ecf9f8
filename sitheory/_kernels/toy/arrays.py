"""The same steps as loops over arrays, lanes innermost: for machines where the vectors cannot be built."""

import math

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

from sitheory._kernels.formulas import compiled
from sitheory._kernels.toy import layout
from sitheory.theory import kernels

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


_norm_sq = compiled(kernels.square_norm_sq)
_reciprocal = compiled(kernels.reciprocal)
_reciprocals_of_two = compiled(kernels.reciprocals_of_two)
_reciprocals_of_three = compiled(kernels.reciprocals_of_three)
_rates = compiled(kernels.square_rates)
_loss = compiled(kernels.square_loss)
_elr = compiled(kernels.square_elr)
_ess_sq = compiled(kernels.square_ess_sq)
_step_norm_sq = compiled(kernels.step_norm_sq)
_cos_dist = compiled(kernels.cos_dist_of_step)
_step = compiled(kernels.square_step)


@njit(**_STRICT)
def _norms(n, u, v, r, whole):
    """Fill r with 1/s, by one division for three groups, and whole with S."""
    lanes = whole.size
    whole[:] = 0.0
    for i in range(0, n - n % 3, 3):
        for lane in range(lanes):
            s0 = _norm_sq(u[i, lane], v[i, lane])
            s1 = _norm_sq(u[i + 1, lane], v[i + 1, lane])
            s2 = _norm_sq(u[i + 2, lane], v[i + 2, lane])
            r[i, lane], r[i + 1, lane], r[i + 2, lane] = _reciprocals_of_three(s0, s1, s2)
            whole[lane] = ((whole[lane] + s0) + s1) + s2
    if n % 3 == 1:
        for lane in range(lanes):
            s0 = _norm_sq(u[n - 1, lane], v[n - 1, lane])
            r[n - 1, lane] = _reciprocal(s0)
            whole[lane] += s0
    if n % 3 == 2:
        for lane in range(lanes):
            s0 = _norm_sq(u[n - 2, lane], v[n - 2, lane])
            s1 = _norm_sq(u[n - 1, lane], v[n - 1, lane])
            r[n - 2, lane], r[n - 1, lane] = _reciprocals_of_two(s0, s1)
            whole[lane] = (whole[lane] + s0) + s1


@njit(**_STRICT)
def _observe(alpha, u, v, r, k, loss, moved):
    """Fill loss with F and moved with the squared length of the step."""
    loss[:] = 0.0
    moved[:] = 0.0
    for i in range(alpha.size):
        for lane in range(loss.size):
            slope, _, p, q = _rates(alpha[i], u[i, lane], v[i, lane], r[i, lane], k[lane])
            loss[lane] += _loss(slope, u[i, lane])
            moved[lane] += _step_norm_sq(_norm_sq(u[i, lane], v[i, lane]), _ess_sq(p, q))


@njit(**_STRICT)
def _add_sums(alpha, u, v, r, k, whole, loss, moved, full, parts):
    n = alpha.size
    parts[0] += loss
    for i in range(n):
        for lane in range(loss.size):
            _, h, _, _ = _rates(alpha[i], u[i, lane], v[i, lane], r[i, lane], k[lane])
            parts[1 + i, lane] += h
    if full:
        for lane in range(loss.size):
            grown = whole[lane] + moved[lane]
            parts[n + 1, lane] += moved[lane] / whole[lane]
            parts[n + 2, lane] += _cos_dist(moved[lane], grown, math.sqrt(whole[lane] * grown))
        for i in range(n):
            for lane in range(loss.size):
                _, _, p, q = _rates(alpha[i], u[i, lane], v[i, lane], r[i, lane], k[lane])
                parts[n + 3 + i, lane] += _ess_sq(p, q)


@njit(**_STRICT)
def _add_logs(alpha, u, v, r, k, loss, fractions, exponents):
    for lane in range(loss.size):
        fractions[0, lane] *= fraction(loss[lane])
        exponents[0, lane] += exponent(loss[lane])
    for i in range(fractions.shape[0] - 1):
        for lane in range(loss.size):
            _, h, _, _ = _rates(alpha[i], u[i, lane], v[i, lane], r[i, lane], k[lane])
            fractions[i + 1, lane] *= fraction(h)
            exponents[i + 1, lane] += exponent(h)


@njit(**_STRICT)
def _record(u, v, r, alpha, k, whole, loss, moved, record, at, stride):
    n = alpha.size
    for lane in range(loss.size):
        record[at + lane] = loss[lane]
        record[at + stride + lane] = moved[lane] / whole[lane]
        for i in range(n):
            _, _, p, q = _rates(alpha[i], u[i, lane], v[i, lane], r[i, lane], k[lane])
            record[at + (2 + i) * stride + lane] = _elr(k[lane], r[i, lane])
            record[at + (2 + n + i) * stride + lane] = _ess_sq(p, q)


@njit(**_STRICT)
def _move(alpha, u, v, r, k):
    for i in range(alpha.size):
        for lane in range(k.size):
            _, _, p, q = _rates(alpha[i], u[i, lane], v[i, lane], r[i, lane], k[lane])
            u[i, lane], v[i, lane] = _step(u[i, lane], v[i, lane], p, q)


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
            fractions, exponents = rows[first : first + logs], rows[first + logs : first + 2 * logs]
            _add_logs(alpha, u, v, r, k, loss, fractions, exponents)
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
