"""Ensembles of beta-sequences x' = (1 - alpha) x + beta_t / x [periodic eq. 10], and nothing else.

Every lane has its own start, alpha and bounds; a step is one multiplication, one division and one
addition in that order, so that numpy gives the same bits. Random beta_t are drawn inside: Philox4x32-10
keyed by the seed, with step and lane as the counter, so that no result depends on threads or blocks.
"""

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numba import njit

LANES = 512  # in a block: its rows stay in the first cache
_STRICT = {"error_model": "numpy", "nogil": True, "cache": True}
_LOW = np.uint64(0xFFFFFFFF)
_SHIFT = np.uint64(32)


@njit(**_STRICT)
def _constant(x, keep, low, high, least, most, begin, end, watch):
    """beta_t = high."""
    for _ in range(begin, end):
        for lane in range(x.size):
            x[lane] = keep[lane] * x[lane] + high[lane] / x[lane]
        if watch:
            _watch(x, least, most)


@njit(inline="always", **_STRICT)
def _watch(x, least, most):
    for lane in range(x.size):
        least[lane] = min(least[lane], x[lane])
        most[lane] = max(most[lane], x[lane])


@njit(**_STRICT)
def _cycle(x, keep, low, high, least, most, begin, end, watch, shares):
    """beta_t = low + share_t (high - low), the shares in turn for ever."""
    for t in range(begin, end):
        share = shares[t % shares.size]
        for lane in range(x.size):
            beta = low[lane] + share * (high[lane] - low[lane])
            x[lane] = keep[lane] * x[lane] + beta / x[lane]
        if watch:
            _watch(x, least, most)


@njit(**_STRICT)
def _against(x, keep, low, high, least, most, begin, end, watch, level):
    """The adversary that lets x sink to a level with beta = low, and then lifts it with beta = high."""
    for _ in range(begin, end):
        for lane in range(x.size):
            beta = low[lane] if x[lane] > level[lane] else high[lane]
            x[lane] = keep[lane] * x[lane] + beta / x[lane]
        if watch:
            _watch(x, least, most)


@njit(inline="always", **_STRICT)
def _round(c0, c1, c2, c3, key0, key1):
    # The masks tell LLVM that the words have 32 bits, for which vectors have a fast multiplication.
    p0 = np.uint64(0xD2511F53) * (c0 & _LOW)
    p1 = np.uint64(0xCD9E8D57) * (c2 & _LOW)
    return (p1 >> _SHIFT) ^ c1 ^ (key0 & _LOW), p1 & _LOW, (p0 >> _SHIFT) ^ c3 ^ (key1 & _LOW), p0 & _LOW


@njit(inline="always", **_STRICT)
def philox(c0, c1, c2, c3, k0, k1):
    """Philox4x32-10 (Salmon et al. 2011) on 64-bit words that hold 32 bits; ten keys in k0 and in k1.

    The rounds are written out: LLVM does not vectorise over lanes around an inner loop.
    """
    c0, c1, c2, c3 = _round(c0, c1, c2, c3, k0[0], k1[0])
    c0, c1, c2, c3 = _round(c0, c1, c2, c3, k0[1], k1[1])
    c0, c1, c2, c3 = _round(c0, c1, c2, c3, k0[2], k1[2])
    c0, c1, c2, c3 = _round(c0, c1, c2, c3, k0[3], k1[3])
    c0, c1, c2, c3 = _round(c0, c1, c2, c3, k0[4], k1[4])
    c0, c1, c2, c3 = _round(c0, c1, c2, c3, k0[5], k1[5])
    c0, c1, c2, c3 = _round(c0, c1, c2, c3, k0[6], k1[6])
    c0, c1, c2, c3 = _round(c0, c1, c2, c3, k0[7], k1[7])
    c0, c1, c2, c3 = _round(c0, c1, c2, c3, k0[8], k1[8])
    return _round(c0, c1, c2, c3, k0[9], k1[9])


def keys(seed):
    """The ten keys of a 64-bit seed, as two tuples of 32-bit words."""
    rounds = np.arange(10, dtype=np.uint64)
    low, high = np.uint64(seed) & _LOW, np.uint64(seed) >> _SHIFT
    return (
        tuple((low + rounds * np.uint64(0x9E3779B9)) & _LOW),
        tuple((high + rounds * np.uint64(0xBB67AE85)) & _LOW),
    )


@njit(inline="always", **_STRICT)
def _unit(high, low):
    """A double in [0, 1) of 53 bits from two words of 32."""
    return np.float64(np.int64(((high >> np.uint64(6)) << np.uint64(27)) | (low >> np.uint64(5)))) * 2.0**-53


@njit(**_STRICT)
def draw(k0, k1, pair, lane0, first, second):
    """Fill two rows with the uniform numbers of steps 2 pair and 2 pair + 1."""
    low, high = np.uint64(pair) & _LOW, np.uint64(pair) >> _SHIFT
    for i in range(first.size):
        lane = np.uint64(lane0) + np.uint64(i)
        a, b, c, d = philox(lane & _LOW, lane >> _SHIFT, low, high, k0, k1)
        first[i] = _unit(a, b)
        second[i] = _unit(c, d)


@njit(**_STRICT)
def _random(x, keep, low, high, least, most, begin, end, watch, seeds, lane0):
    """beta_t uniform between low and high."""
    rows = np.empty((2, x.size))
    for t in range(begin, end):
        if t % 2 == 0 or t == begin:
            draw(seeds[0], seeds[1], t // 2, lane0, rows[0], rows[1])
        share = rows[t % 2]
        for lane in range(x.size):
            beta = low[lane] + share[lane] * (high[lane] - low[lane])
            x[lane] = keep[lane] * x[lane] + beta / x[lane]
        if watch:
            _watch(x, least, most)


def run(kind, x, alpha, low, high, steps, *, start=0, watch=False, extra=None, threads=None):
    """Follow the lanes in place and return their least and greatest values on the way.

    Args:
        kind: "constant", "cycle", "random" or "against".
        x: Starts, shape (L,); overwritten with the ends.
        alpha: Shape (L,).
        low: Least beta, shape (L,).
        high: Greatest beta, shape (L,).
        steps: How many.
        start: Steps done before this call.
        watch: Whether to keep the least and greatest value after each step.
        extra: The cycle's shares; the random numbers' seed, 64 bits; the adversary's levels, shape (L,).
        threads: Number of threads; None takes one a core.
    """
    keep = 1.0 - alpha
    least, most = (np.full(x.size, fill) for fill in (np.inf, -np.inf))

    def block(first):
        lanes = slice(first, min(first + LANES, x.size))
        rows = [row[lanes] for row in (x, keep, low, high, least, most)]
        span = (start, start + steps, watch)
        if kind == "constant":
            _constant(*rows, *span)
        elif kind == "cycle":
            _cycle(*rows, *span, extra)
        elif kind == "against":
            _against(*rows, *span, extra[lanes])
        else:
            _random(*rows, *span, keys(extra), first)

    blocks = range(0, x.size, LANES)
    with ThreadPoolExecutor(threads or os.cpu_count()) as pool:
        list(pool.map(block, blocks))
    return least, most
