"""Ensembles of beta-sequences x' = (1 - alpha) x + beta_t / x [periodic eq. 10], and nothing else.

Every lane has its own start, alpha and bounds. A watched step is one multiplication, one division and one
addition, so that numpy gives the same bits; where nobody looks and beta_t is constant or random, three steps
share a division, which changes the last bits. Random beta_t are drawn inside, by SplitMix64 with a stream a lane
and the step as the counter, so that no result depends on threads or blocks.
"""

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from sitheory._kernels.caching import cached
from sitheory._kernels.formulas import compiled
from sitheory._kernels.vector_width import doubles, wide
from sitheory.theory import kernels

LANES = 512  # in a block: its rows stay in the first cache
MERGED_BLOCKS = 8  # that a thread follows without coming back to Python
GAMMA = np.uint64(0x9E3779B97F4A7C15)
REACH = 2.0**40  # of x and beta, within which steps are merged
UNIT = 2.0**-32  # of the random numbers
NARROW = doubles() < 8  # without 512 bits no whole numbers of 64 become doubles but one by one
MIDDLE = 2**31  # of a word of 32 bits
SAFE = 48  # steps between two looks at that; x may halve in each of them

_next = compiled(kernels.kept_beta_next)
_between = compiled(kernels.beta_between)
_beta_scaled = compiled(kernels.beta_scaled)
_scaled_beta = compiled(kernels.scaled_beta)
_triple = compiled(kernels.beta_triple)


@cached()
def _constant(x, keep, low, high, least, most, begin, end, watch):
    """beta_t = high."""
    wide()
    for _ in range(begin, end):
        for lane in range(x.size):
            x[lane] = _next(x[lane], keep[lane], high[lane])
        if watch:
            _watch(x, least, most)


@cached(inline="always")
def _watch(x, least, most):
    for lane in range(x.size):
        least[lane] = min(least[lane], x[lane])
        most[lane] = max(most[lane], x[lane])


@cached()
def _cycle(x, keep, low, high, least, most, begin, end, watch, shares):
    """beta_t = low + share_t (high - low), the shares in turn for ever."""
    wide()
    for t in range(begin, end):
        share = shares[t % shares.size]
        for lane in range(x.size):
            beta = _between(low[lane], high[lane], share)
            x[lane] = _next(x[lane], keep[lane], beta)
        if watch:
            _watch(x, least, most)


@cached()
def _against(x, keep, low, high, least, most, begin, end, watch, level):
    """The adversary that lets x sink to a level with beta = low, and then lifts it with beta = high."""
    wide()
    for _ in range(begin, end):
        for lane in range(x.size):
            beta = low[lane] if x[lane] > level[lane] else high[lane]
            x[lane] = _next(x[lane], keep[lane], beta)
        if watch:
            _watch(x, least, most)


@cached(inline="always")
def mixed(state):
    """The output of SplitMix64 (Steele et al. 2014) at a state."""
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))


@cached(inline="always")
def halves(stream, half):
    """The numbers of steps 2 half and 2 half + 1 in units of 2**-32: a word holds two."""
    word = mixed(stream + GAMMA * np.uint64(half + 1))
    low, high = np.int64(word & np.uint64(0xFFFFFFFF)), np.int64(word >> np.uint64(32))
    if NARROW:  # the same numbers by way of 32 bits
        return np.float64(np.int32(low - MIDDLE)) + MIDDLE, np.float64(np.int32(high - MIDDLE)) + MIDDLE
    return np.float64(low), np.float64(high)


@cached(inline="always")
def pair(stream, half):
    """The numbers in [0, 1) of steps 2 half and 2 half + 1."""
    low, high = halves(stream, half)
    return low * UNIT, high * UNIT


@cached()
def streams(seed, lane0, count):
    """The streams of lanes lane0, lane0 + 1, ...: every lane has its own, whatever the others are."""
    out = np.empty(count, np.uint64)
    for i in range(count):
        out[i] = mixed(mixed(np.uint64(seed)) + GAMMA * np.uint64(lane0 + i + 1))
    return out


@cached()
def _random(x, keep, low, high, least, most, begin, end, watch, stream):
    """beta_t uniform between low and high."""
    wide()
    for t in range(begin, end):
        for lane in range(x.size):
            even, odd = pair(stream[lane], t // 2)
            beta = _between(low[lane], high[lane], odd if t % 2 else even)
            x[lane] = _next(x[lane], keep[lane], beta)
        if watch:
            _watch(x, least, most)


@cached()
def _scaled(keep, low, high, share):
    """What merged steps need of each lane: keep^3, and low and width of beta over keep, keep^3 and keep^5.

    ``share`` is the unit of the random numbers, a power of two.
    """
    out = np.empty((7, keep.size))
    for lane in range(keep.size):
        (
            out[0, lane], out[1, lane], out[2, lane], out[3, lane], out[4, lane], out[5, lane], out[6, lane],
        ) = _beta_scaled(keep[lane], low[lane], (high[lane] - low[lane]) * share)  # fmt: skip
    return out


@cached()
def _constant_merged(x, scaled, triples):
    """``_constant``, three steps at a time; the scaled lows are those of beta."""
    wide()
    cube, first, second, third = scaled[0], scaled[1], scaled[3], scaled[5]
    for _ in range(triples):
        for lane in range(x.size):
            x[lane] = _triple(x[lane], cube[lane], first[lane], second[lane], third[lane])


@cached()
def _random_merged(x, scaled, begin, sixes, stream):
    """``_random``, six steps at a time from an even one on."""
    wide()
    cube = scaled[0]
    low1, width1, low2, width2, low3, width3 = (
        scaled[1], scaled[2], scaled[3], scaled[4], scaled[5], scaled[6],
    )  # fmt: skip
    for six in range(sixes):
        half = begin // 2 + 3 * six
        for lane in range(x.size):
            u0, u1 = halves(stream[lane], half)
            u2, u3 = halves(stream[lane], half + 1)
            u4, u5 = halves(stream[lane], half + 2)
            k, a, da, b, db = cube[lane], low1[lane], width1[lane], low2[lane], width2[lane]
            c, dc = low3[lane], width3[lane]
            middle = _triple(
                x[lane], k, _scaled_beta(a, u0, da), _scaled_beta(b, u1, db), _scaled_beta(c, u2, dc)
            )
            x[lane] = _triple(
                middle, k, _scaled_beta(a, u3, da), _scaled_beta(b, u4, db), _scaled_beta(c, u5, dc)
            )


@cached()
def _fits(x, keep, high):
    """Whether eighth powers stay within float64 for the next SAFE steps."""
    wide()
    fit = 0
    for lane in range(x.size):
        within = (x[lane] > 1 / REACH) & (x[lane] < REACH)
        fit += within & (high[lane] < REACH) & (keep[lane] >= 0.5)
    return fit == x.size


@cached()
def _unwatched(x, keep, low, high, begin, end, random, seed, lane0):
    """Steps whose values nobody looks at, block by block; the first lane is the ensemble's lane0-th."""
    for first in range(0, x.size, LANES):
        block = slice(first, min(first + LANES, x.size))
        stream = streams(seed, lane0 + first, x[block].size if random else 0)
        _unwatched_block(x[block], keep[block], low[block], high[block], begin, end, stream)


@cached()
def _unwatched_block(x, keep, low, high, begin, end, stream):
    """Steps merged while they can be, and one by one at the edges of float64."""
    t = begin
    scaled = _scaled(keep, low if stream.size else high, high, UNIT)
    if stream.size and t % 2:
        _random(x, keep, low, high, x, x, t, t + 1, False, stream)
        t += 1
    while t < end:
        steps = min(SAFE, end - t)
        merged = steps // 6 * 6 if _fits(x, keep, high) else 0
        if stream.size:
            _random_merged(x, scaled, t, merged // 6, stream)
            _random(x, keep, low, high, x, x, t + merged, t + steps, False, stream)
        else:
            _constant_merged(x, scaled, merged // 3)
            _constant(x, keep, low, high, x, x, t + merged, t + steps, False)
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
    keep = kernels.kept_share(alpha)
    least, most = (np.full(x.size, fill) for fill in (np.inf, -np.inf))
    merging = kind in ("constant", "random") and not watch
    width = LANES * MERGED_BLOCKS if merging else LANES

    def follow(first):
        lanes = slice(first, min(first + width, x.size))
        rows = [row[lanes] for row in (x, keep, low, high)]
        span = (least[lanes], most[lanes], start, start + steps, watch)
        if merging:
            seed = np.uint64(extra if kind == "random" else 0)
            _unwatched(*rows, start, start + steps, kind == "random", seed, first)
        elif kind == "constant":
            _constant(*rows, *span)
        elif kind == "cycle":
            _cycle(*rows, *span, extra)
        elif kind == "against":
            _against(*rows, *span, extra[lanes])
        else:
            _random(*rows, *span, streams(extra, first, rows[0].size))

    firsts = range(0, x.size, width)
    with ThreadPoolExecutor(threads or os.cpu_count()) as pool:
        list(pool.map(follow, firsts))
    return least, most
