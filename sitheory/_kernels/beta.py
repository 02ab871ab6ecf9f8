"""Ensembles of beta-sequences x' = (1 - alpha) x + beta_t / x [periodic eq. 10], and nothing else.

Every lane has its own start, alpha and bounds. A watched step is one multiplication, one division and one
addition, so that numpy gives the same bits; where nobody looks and beta_t is constant or random, three steps
share a division, which changes the last bits. Random beta_t are drawn inside, by SplitMix64 with a stream a lane
and the step as the counter, so that no result depends on threads or blocks.
"""

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numba import njit

LANES = 512  # in a block: its rows stay in the first cache
_STRICT = {"error_model": "numpy", "nogil": True, "cache": True}
GAMMA = np.uint64(0x9E3779B97F4A7C15)
REACH = 2.0**40  # of x and beta, within which steps are merged
SAFE = 48  # steps between two looks at that; x may halve in each of them


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
def mixed(state):
    """The output of SplitMix64 (Steele et al. 2014) at a state."""
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))


@njit(inline="always", **_STRICT)
def pair(stream, half):
    """The numbers in [0, 1) of steps 2 half and 2 half + 1: a word holds two of 32 bits."""
    word = mixed(stream + GAMMA * np.uint64(half + 1))
    low, high = np.int64(word & np.uint64(0xFFFFFFFF)), np.int64(word >> np.uint64(32))
    return np.float64(low) * 2.0**-32, np.float64(high) * 2.0**-32


@njit(**_STRICT)
def streams(seed, lane0, count):
    """The streams of lanes lane0, lane0 + 1, ...: every lane has its own, whatever the others are."""
    out = np.empty(count, np.uint64)
    for i in range(count):
        out[i] = mixed(mixed(np.uint64(seed)) + GAMMA * np.uint64(lane0 + i + 1))
    return out


@njit(**_STRICT)
def _random(x, keep, low, high, least, most, begin, end, watch, stream):
    """beta_t uniform between low and high."""
    for t in range(begin, end):
        for lane in range(x.size):
            even, odd = pair(stream[lane], t // 2)
            beta = low[lane] + (odd if t % 2 else even) * (high[lane] - low[lane])
            x[lane] = keep[lane] * x[lane] + beta / x[lane]
        if watch:
            _watch(x, least, most)


@njit(inline="always", **_STRICT)
def _triple(x, k, first, second, third):
    p = k * (x * x) + first
    p, q = k * (p * p) + second * (x * x), p * x
    return (k * (p * p) + third * (q * q)) / (p * q)


@njit(**_STRICT)
def _constant_merged(x, keep, high, triples):
    """Three steps a division: x = p / q with p' = keep p^2 + beta q^2, q' = p q; all terms are positive."""
    for _ in range(triples):
        for lane in range(x.size):
            x[lane] = _triple(x[lane], keep[lane], high[lane], high[lane], high[lane])


@njit(**_STRICT)
def _random_merged(x, keep, low, high, begin, sixes, stream):
    """The same with random betas, six steps at a time from an even one on."""
    for six in range(sixes):
        half = begin // 2 + 3 * six
        for lane in range(x.size):
            k, least, width = keep[lane], low[lane], high[lane] - low[lane]
            u0, u1 = pair(stream[lane], half)
            u2, u3 = pair(stream[lane], half + 1)
            u4, u5 = pair(stream[lane], half + 2)
            middle = _triple(x[lane], k, least + u0 * width, least + u1 * width, least + u2 * width)
            x[lane] = _triple(middle, k, least + u3 * width, least + u4 * width, least + u5 * width)


@njit(**_STRICT)
def _fits(x, keep, high):
    """Whether eighth powers stay within float64 for the next SAFE steps."""
    for lane in range(x.size):  # noqa: SIM110  (numba has no generators)
        if not (1 / REACH < x[lane] < REACH and high[lane] < REACH and keep[lane] >= 0.5):
            return False
    return True


@njit(**_STRICT)
def _unwatched(x, keep, low, high, least, most, begin, end, stream):
    """Steps whose values nobody looks at: merged while they can be, one by one at the edges of float64."""
    t = begin
    if stream.size and t % 2:
        _random(x, keep, low, high, least, most, t, t + 1, False, stream)
        t += 1
    while t < end:
        steps = min(SAFE, end - t)
        merged = steps // 6 * 6 if _fits(x, keep, high) else 0
        if stream.size:
            _random_merged(x, keep, low, high, t, merged // 6, stream)
            _random(x, keep, low, high, least, most, t + merged, t + steps, False, stream)
        else:
            _constant_merged(x, keep, high, merged // 3)
            _constant(x, keep, low, high, least, most, t + merged, t + steps, False)
        t += steps


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
        stream = streams(extra, first, rows[0].size) if kind == "random" else np.empty(0, np.uint64)
        if kind in ("constant", "random") and not watch:
            _unwatched(*rows, start, start + steps, stream)
        elif kind == "constant":
            _constant(*rows, *span)
        elif kind == "cycle":
            _cycle(*rows, *span, extra)
        elif kind == "against":
            _against(*rows, *span, extra[lanes])
        else:
            _random(*rows, *span, stream)

    blocks = range(0, x.size, LANES)
    with ThreadPoolExecutor(threads or os.cpu_count()) as pool:
        list(pool.map(block, blocks))
    return least, most
