"""The top eigenvalue of the Hessian of linear regression with batch normalisation, by a secular equation.

Eight records are looked at side by side, each from an eighth of the run; the few of which one look does not
prove the eigenvalue are followed one by one. Arguments are trusted; arrays are contiguous.
"""

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from sitheory._kernels.caching import cached
from sitheory._kernels.formulas import compiled
from sitheory._kernels.regression.gram import WIDTH, Number, Slots
from sitheory._kernels.vector_width import wide
from sitheory.theory import gram, kernels

_I8 = ir.IntType(64)
_FAST = {"reassoc", "contract", "nsz"}
_TOLERANCE = 1e-13  # of the scale: a few hundred roundings, what sums of n terms leave
_INVERSE, _COSINE, _WIDTH_SQ, _TOLERANCES, _SHIFT = range(8 * WIDTH, 13 * WIDTH, WIDTH)
_WORTH = 4  # times the records with which an eighth begins one by one
_MOST = 200  # bisections of a bracket in float64 end long before

_fast_reciprocal = compiled(kernels.reciprocal, frozenset(_FAST))
_distance = compiled(gram.secular_distance, frozenset(_FAST))
_terms = compiled(gram.secular_terms, frozenset(_FAST))
_width_sq = compiled(gram.secular_width_sq, frozenset(_FAST))
_matrix = compiled(gram.secular_matrix)
_determinant = compiled(gram.secular_determinant)
_trace = compiled(gram.secular_trace)
_spread_sq = compiled(gram.secular_spread_sq)
_kappa = compiled(gram.secular_kappa)
_slope = compiled(gram.secular_slope)
_rank_two = compiled(gram.secular_rank_two)
_newton = compiled(gram.secular_newton)
_residual_sq = compiled(gram.secular_residual_sq)
_bound = compiled(gram.secular_bound)
_reciprocal = compiled(kernels.reciprocal)


@cached(fastmath=_FAST)
def _secular(shift, p, gain, unit_y, push, cosine):
    """The secular equation's sums at ``shift``, how many poles lie above, and their sum of 1 / distance^2."""
    yy, yz, zz, dyy, dyz, dzz, above, near_sq = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for i in range(len(p)):
        r = _fast_reciprocal(_distance(cosine, gain[i], shift))
        one_y, other, one_z, slope_y, slope, slope_z, near = _terms(push[i], gain[i], p[i], unit_y[i], r)
        yy += one_y
        yz += other
        zz += one_z
        dyy += slope_y
        dyz += slope
        dzz += slope_z
        above += 1.0 if r > 0.0 else 0.0
        near_sq += near
    return yy, yz, zz, dyy, dyz, dzz, above, near_sq


@cached()
def _look(shift, p, gain, unit_y, push, cosine, inverse):
    """See ``_verdict``."""
    return _verdict(_secular(shift, p, gain, unit_y, push, cosine), cosine, inverse)


@cached()
def _verdict(sums, cosine, inverse):
    """Where the eigenvalues lie seen from a shift: how many above, Newton step, squared residual, poles.

    The matrix is c D + W S W^T with S = [[0, 1], [1, -3c]]. With K = S^-1 + W^T (c D - shift)^-1 W, inertia
    (Haynsworth) counts the eigenvalues above; a null vector x of K makes (c D - shift)^-1 W x an eigenvector,
    and kappa |W S x| / sqrt(kappa') bounds how far the nearest eigenvalue is for the eigenvalue kappa of K.
    The last number overrates 1 / the nearest pole's squared distance, which errs towards another look.
    """
    yy, yz, zz, dyy, dyz, dzz, poles, near_sq = sums
    inverse_sq = inverse * inverse
    k00, k01, k11 = _matrix(yy, yz, zz, cosine, inverse, inverse_sq)
    det, trace = _determinant(k00, k01, k11), _trace(k00, k11)
    negative = 1.0 if det < 0.0 else (2.0 if trace < 0.0 else 0.0)
    spread = np.sqrt(_spread_sq(k00, k01, k11))
    kappa = _kappa(det, trace, spread if trace > 0.0 else -spread)
    second = abs(kappa - k11) > abs(kappa - k00)
    x0, x1 = (kappa - k11, k01) if second else (k01, kappa - k00)
    inverse_slope = _reciprocal(_slope(dyy, dyz, dzz, x0, x1, inverse, inverse_sq))
    by_y, by_z = _rank_two(x0, x1, cosine)
    lean = abs(by_y) + abs(by_z)
    step = _newton(kappa, x0, x1, inverse_slope)
    finite = abs(det) < np.inf
    above = poles + negative - 1.0 if finite else -1.0
    residual_sq = _residual_sq(kappa, lean, inverse_slope) if finite else np.inf
    return above, step, residual_sq, near_sq


@cached(fastmath=_FAST)
def _moments(p, gain, unit_y):
    """|p|^2, <p, unit_y> and <p, gain p>."""
    total, along, width = 0.0, 0.0, 0.0
    for i in range(len(p)):
        total += p[i] * p[i]
        along += p[i] * unit_y[i]
        width += _width_sq(p[i], gain[i])
    return total, along, width


@cached()
def _widths(gain, unit_y, push):
    """What does not depend on the state: the largest Gram eigenvalue and the root of <y, gain y>."""
    return gain.max(), np.sqrt((push * unit_y).sum())


@cached()
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


@cached()
def _scales(total, along, width, steepest, width_y):
    """From ``_moments``: 1 / |p|, the cosine, how wide the rank-two part is, and a bound of all eigenvalues."""
    inverse = 1.0 / np.sqrt(total)
    cosine = along * inverse
    width_z = np.sqrt(width) * inverse
    scale = _bound(abs(cosine), steepest, width_y, width_z)
    widest = width_y if width_y > width_z else width_z
    return inverse, cosine, widest * widest, scale


@cached()
def _proven(step, residual_sq, near_sq, width_sq, tolerance):
    """Whether an eigenvalue lies so near that the Newton step's quadratic error is below rounding."""
    step_sq = step * step
    close = residual_sq * width_sq * near_sq <= 0.0625
    return close & (step_sq * step_sq * near_sq <= 0.01 * tolerance * tolerance)


@cached()
def _top(p, gain, unit_y, push, steepest, width_y, guess, margin):
    moments = _moments(p, gain, unit_y)
    inverse, cosine, width_sq, scale = _scales(*moments, steepest, width_y)
    tolerance = _TOLERANCE * scale
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
            if _proven(step, residual_sq, near_sq, width_sq, tolerance):
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


@intrinsic
def _turned(typing, states, t, length, p):
    """Write the states t, t + length, ... to the columns of p (r, 8), but for a rest of fewer than 8 rows."""

    def generate(context, builder, signature, arguments):
        source, target = (
            cgutils.create_struct_proxy(signature.args[k])(context, builder, arguments[k]) for k in (0, 3)
        )
        _, t, length, _ = arguments
        r = cgutils.unpack_tuple(builder, source.shape)[1]
        eight = ir.Constant(_I8, WIDTH)
        lanes = [
            builder.gep(
                source.data, [builder.mul(r, builder.add(t, builder.mul(length, ir.Constant(_I8, k))))]
            )
            for k in range(WIDTH)
        ]
        with cgutils.for_range(builder, builder.sdiv(r, eight)) as loop:
            first = builder.mul(loop.index, eight)
            rows = [Number.load(builder, builder.gep(lane, [first])) for lane in lanes]
            for _ in range(3):  # shuffling as one does cards turns 8 by 8 numbers over
                pairs = zip(rows[: WIDTH // 2], rows[WIDTH // 2 :], strict=True)
                rows = [half for pair in pairs for half in pair[0].shuffled(pair[1])]
            for k, row in enumerate(rows):
                place = builder.add(first, ir.Constant(_I8, k))
                row.store(builder.gep(target.data, [builder.mul(place, eight)]))
        return context.get_dummy_value()

    return types.none(states, t, length, p), generate


def _lane_sums(context, builder, kinds, arrays, names, terms, group=1):
    """Sum terms of each row over the rows of p, eight states side by side, and write one row a sum.

    ``terms`` makes the terms of a few rows at a time: ``group`` of them while there are as many.
    """
    p, *scalars, sums = (
        cgutils.create_struct_proxy(kind)(context, builder, array).data
        for kind, array in zip(kinds, arrays, strict=True)
    )
    slots = Slots(builder, dict.fromkeys(names, Number.constant(builder, 0.0)))
    count, _ = cgutils.unpack_tuple(
        builder, cgutils.create_struct_proxy(kinds[0])(context, builder, arrays[0]).shape
    )

    def add(first, width):
        places = [builder.add(first, ir.Constant(_I8, k)) for k in range(width)]
        rows = [
            (
                Number.load(builder, builder.gep(p, [builder.mul(place, ir.Constant(_I8, WIDTH))])),
                *(Number(builder, builder.load(builder.gep(row, [place]))).spread() for row in scalars),
            )
            for place in places
        ]
        for row in terms(rows):
            for name, term in zip(names, row, strict=True):
                slots.set(name, slots.get(name) + term)

    many = builder.sdiv(count, ir.Constant(_I8, group))
    with cgutils.for_range(builder, many) as loop:
        add(builder.mul(loop.index, ir.Constant(_I8, group)), group)
    done = builder.mul(many, ir.Constant(_I8, group))
    with cgutils.for_range_slice(builder, done, count, ir.Constant(_I8, 1)) as (place, _):
        add(place, 1)
    for j, name in enumerate(names):
        slots.get(name).store(builder.gep(sums, [ir.Constant(_I8, j * WIDTH)]))
    return context.get_dummy_value()


@intrinsic
def _lane_moments(typing, p, gain, unit_y, sums):
    """``_moments`` of eight states, p (r, 8), into the first rows of a table of eights."""

    def terms(rows):
        return [(p * p, p * unit_y, gram.secular_width_sq(p, gain)) for p, gain, unit_y in rows]

    def generate(context, builder, signature, arguments):
        names = "total", "along", "width"
        return _lane_sums(context, builder, signature.args, arguments, names, terms)

    return types.none(p, gain, unit_y, sums), generate


@intrinsic
def _lane_secular(typing, p, gain, unit_y, push, shift, cosine, sums):
    """``_secular`` of eight states, p (r, 8), each at its own shift, into the first rows of a table of eights."""

    def generate(context, builder, signature, arguments):
        *kinds, sums_kind = signature.args
        *arrays, sums = arguments
        shift, cosine = (
            Number.load(builder, cgutils.create_struct_proxy(kind)(context, builder, array).data)
            for kind, array in zip(kinds[4:], arrays[4:], strict=True)
        )
        one, zero = (Number.constant(builder, number) for number in (1.0, 0.0))

        def terms(rows):
            distances = [gram.secular_distance(cosine, gain, shift) for _, gain, _, _ in rows]
            for (p, gain, unit_y, push), r in zip(rows, kernels.reciprocals(distances), strict=True):
                *sums, near_sq = gram.secular_terms(push, gain, p, unit_y, r)
                yield *sums, r.where_greater(zero, one, zero), near_sq

        names = "yy", "yz", "zz", "dyy", "dyz", "dzz", "above", "near_sq"
        kinds, arrays = [*kinds[:4], sums_kind], [*arrays[:4], sums]
        return _lane_sums(context, builder, kinds, arrays, names, terms, group=2)

    return types.none(p, gain, unit_y, push, shift, cosine, sums), generate


@cached()
def _extrapolated(before, earlier, first):
    """What three records, a period apart each, suggest for the next, and a margin."""
    guess = 3.0 * (before - earlier) + first
    return guess, 2.0 * abs(guess - 2.0 * before + earlier)


@cached()
def _guess(out, t, begin, period, length):
    """The same where a run or an eighth of it began at ``begin``; at first the eighth before tells more."""
    if t - begin >= 3 * period:
        return _extrapolated(out[t - period], out[t - 2 * period], out[t - 3 * period])
    if t - begin >= period:
        return out[t - period], 0.0
    return (out[t - length] if t >= length > 0 else np.nan), 0.0


@cached()
def _one_by_one(states, gain, unit_y, push, widths, period, begin, first, last, length, out):
    """Records first .. last - 1, one after the other. Returns how many looks they took."""
    looks = 0
    for t in range(first, last):
        guess, margin = _guess(out, t, begin, period, length)
        out[t], looked = _top(states[t], gain, unit_y, push, widths[0], widths[1], guess, margin)
        looks += looked
    return looks


@cached()
def _prepare(table, before, earlier, first, steepest, width_y):
    """From eight states' moments and what was found before: all that their verdicts need besides the sums."""
    wide()
    for lane in range(WIDTH):
        guess, margin = _extrapolated(before[lane], earlier[lane], first[lane])
        total, along, width = table[lane], table[WIDTH + lane], table[2 * WIDTH + lane]
        inverse, cosine, width_sq, scale = _scales(total, along, width, steepest, width_y)
        tolerance = _TOLERANCE * scale
        table[_INVERSE + lane] = inverse
        table[_COSINE + lane] = cosine
        table[_WIDTH_SQ + lane] = width_sq
        table[_TOLERANCES + lane] = tolerance
        table[_SHIFT + lane] = guess + margin + tolerance


@cached()
def _judge(table):
    """Turn eight states' sums into eigenvalues in the first row, NaN where the look does not prove one."""
    wide()
    for lane in range(WIDTH):
        seen = (
            table[lane], table[WIDTH + lane], table[2 * WIDTH + lane], table[3 * WIDTH + lane],
            table[4 * WIDTH + lane], table[5 * WIDTH + lane], table[6 * WIDTH + lane], table[7 * WIDTH + lane],
        )  # fmt: skip
        above, step, residual_sq, near_sq = _verdict(seen, table[_COSINE + lane], table[_INVERSE + lane])
        proven = _proven(step, residual_sq, near_sq, table[_WIDTH_SQ + lane], table[_TOLERANCES + lane])
        table[lane] = table[_SHIFT + lane] + step if proven & (above == 0.0) else np.nan


@cached()
def _side_by_side(states, gain, unit_y, push, widths, period, first, length, out):
    """Records first .. length - 1 of each eighth, those before are known. Returns how many looks they took."""
    wide()
    looks, r, size = 0, states.shape[1], states.shape[1] - states.shape[1] % WIDTH
    p, table, found = np.empty((r, WIDTH)), np.empty(13 * WIDTH), np.empty(length * WIDTH)
    for t in range(first):
        for lane in range(WIDTH):
            found[t * WIDTH + lane] = out[lane * length + t]
    for t in range(first, length):
        _turned(states, t, length, p)
        for i in range(size, r):
            for lane in range(WIDTH):
                p[i, lane] = states[lane * length + t, i]
        at, back = t * WIDTH, period * WIDTH
        history = found[at - back :], found[at - 2 * back :], found[at - 3 * back :]
        _lane_moments(p, gain, unit_y, table)
        _prepare(table, history[0], history[1], history[2], widths[0], widths[1])
        _lane_secular(p, gain, unit_y, push, table[_SHIFT:], table[_COSINE:], table)
        _judge(table)
        looks += WIDTH
        for lane in range(WIDTH):
            found[at + lane] = table[lane]
            if np.isnan(found[at + lane]):
                row, shift = states[lane * length + t], table[_SHIFT + lane] - table[_TOLERANCES + lane]
                found[at + lane], looked = _top(row, gain, unit_y, push, widths[0], widths[1], shift, 0.0)
                looks += looked
    for lane in range(WIDTH):
        for t in range(first, length):
            out[lane * length + t] = found[t * WIDTH + lane]
    return looks


@cached()
def gram_spectrum(states, gain, unit_y, push, period):
    """``top_eigenvalue`` of each recorded state, each begun where the records before it suggest.

    Args:
        states: The records, shape (R, r).
        gain: The Gram eigenvalues, shape (r,).
        unit_y: The targets there, of norm one.
        push: gain * unit_y.
        period: After how many records the run nearly repeats: 2 if every step is kept.

    Returns:
        The eigenvalues, shape (R,), in the units of ``top_eigenvalue``, and how many looks they took.
    """
    wide()
    out, looks = np.empty(len(states)), 0
    widths = _widths(gain, unit_y, push)
    length, heads = len(states) // (WIDTH * period) * period, 3 * period
    if length < _WORTH * heads:
        length, heads = 0, 0
    for lane in range(WIDTH):
        begin = lane * length
        looks += _one_by_one(
            states, gain, unit_y, push, widths, period, begin, begin, begin + heads, length, out
        )
    looks += _side_by_side(states, gain, unit_y, push, widths, period, heads, length, out)
    begin = max(WIDTH * length - heads, 0)
    looks += _one_by_one(
        states, gain, unit_y, push, widths, period, begin, WIDTH * length, len(states), length, out
    )
    return out, looks
