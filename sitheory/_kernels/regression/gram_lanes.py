"""Many runs of linear regression with batch normalisation side by side, a lane each, O(n) a step and lane.

The iteration is that of ``regression.gram_steps``, with its rounding floor, and hides what binds a single one: while
one part of a block waits for its root and its division, the other moves. Arithmetic is strict, its fused
multiplications and additions are emitted one by one, and each sum runs over the samples in their order, so that no
bit depends on which lanes stand beside another, on how a run is cut, or on whether it is observed.
Arguments are trusted.
"""

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from sitheory._kernels.caching import cached
from sitheory._kernels.toy.ensemble import aligned
from sitheory._kernels.toy.vectors import WIDTH, Rows, Vector, broadcast, data_of, splat
from sitheory.theory import gram, kernels

VECTORS = 16 // WIDTH  # in a part: as many as the registers hold the sums of
PARTS_CACHED = 2
MOST_CACHED = 80  # samples up to which so many parts fit the nearest cache; else one
BURST = 256  # steps for which |w|^2 follows its own law, and between two additions of sums to totals

SUMS, EXTREMES = (
    5,
    3,
)  # loss, |w|^2, 1/|w|^2, squared effective gradient, cosine distance; all but loss and 1/|w|^2
KEEP, STRENGTH, SHORT_SQ, WEIGHTS_SQ, FIRST_SUM = 0, 1, 2, 3, 4  # SHORT_SQ: 1 / keep^2
LEAST = FIRST_SUM + SUMS
MOST = LEAST + EXTREMES
TOTAL = MOST + EXTREMES
STATE = TOTAL + SUMS
SMALL = 2.0**-25  # sine^2 below which 1 - cosine is half of it to the last bit that the loss can show

_F8, _I8 = ir.DoubleType(), ir.IntType(64)


class _Fusing(Vector):
    """A vector whose products are fused with what is added to them, or what they are taken from."""

    def __mul__(self, other):
        return _Product(self, other)

    def __sub__(self, other):
        return (
            (-other.left).fused(other.right, self) if isinstance(other, _Product) else super().__sub__(other)
        )


class _Product:
    """A product under construction, rounded only where nothing is added to it."""

    def __init__(self, left, right):
        self.left, self.right = (_rounded(factor) for factor in (left, right))

    def __add__(self, term):
        return self.left.fused(self.right, _rounded(term))

    def __sub__(self, term):
        return self.left.fused(self.right, -_rounded(term))

    def __mul__(self, other):
        return _Product(self, other)

    def rounded(self):
        return Vector.__mul__(self.left, self.right)


def _rounded(number):
    return number.rounded() if isinstance(number, _Product) else number


def _fusing(formula, *numbers):
    """A formula of the theory on vectors, its multiplications and additions fused."""
    return formula(*(_Fusing(number.builder, number.value) for number in numbers))


class _Part:
    """Some vectors of a block under construction: their rows in memory, and their sums in registers."""

    def __init__(self, builder, rows, basis, samples, vectors):
        self.builder, self.rows, self.basis, self.samples, self.vectors = (
            builder,
            rows,
            basis,
            samples,
            vectors,
        )
        self.slots = {}

    def get(self, name, vector):
        return Vector(self.builder, self.builder.load(self.slots[name, vector]))

    def set(self, name, vector, value):
        if (name, vector) not in self.slots:
            self.slots[name, vector] = cgutils.alloca_once(self.builder, value.type)
        self.builder.store(value, self.slots[name, vector])

    def add(self, name, vector, product):
        self.set(name, vector, (product + self.get(name, vector)).value)

    def clear(self, *names):
        for name in names:
            for vector in self.vectors:
                self.set(name, vector, splat(0))

    def coordinate(self, i):
        """Gain, push, target and 1 / gain of a sample, each a vector, and its row."""
        first = self.builder.mul(i, ir.Constant(_I8, 4))
        places = [self.builder.add(first, ir.Constant(_I8, k)) for k in range(4)]
        loaded = [self.builder.load(self.builder.gep(self.basis, [place])) for place in places]
        return self.builder.add(i, ir.Constant(_I8, STATE)), [broadcast(self.builder, x) for x in loaded]

    def begin(self):
        """The first state's sums, which each step finds for the next; |w|^2 is that of the kernel's part so far."""
        self.clear("norm_sq", "along", "weights_sq")
        with cgutils.for_range(self.builder, self.samples) as loop:
            row, (gain, push, target, inverse_gain) = self.coordinate(loop.index)
            for v in self.vectors:
                p = self.rows.get(row, v)
                self._sum(v, p, gain, target, push)
                self.add("weights_sq", v, _fusing(gram.gram_weight_sq, p, inverse_gain))
        for v in self.vectors:
            self.rows.set(WEIGHTS_SQ, v, self.rows.get(WEIGHTS_SQ, v) + self.get("weights_sq", v))

    def _sum(self, vector, *sample):
        norm_sq, _, _, along, _, _ = _fusing(gram.gram_products, *sample)
        self.add("norm_sq", vector, norm_sq)
        self.add("along", vector, along)

    def step(self, observed):
        """One step of p: by keep - gain shrink, and towards the targets by push pull [sharpness eq. 4].

        Where it is observed, |w|^2 goes on by its own law [periodic eq. 3].
        """
        scalars = {v: self._scalars(v) for v in self.vectors}
        self.clear("norm_sq", "along", *(("missed", "slope") if observed else ()))
        with cgutils.for_range(self.builder, self.samples) as loop:
            row, (gain, push, target, _) = self.coordinate(loop.index)
            for v in self.vectors:
                keep, pull, shrink, ratio, _, _ = scalars[v]
                p = self.rows.get(row, v)
                if observed:
                    missed = _fusing(gram.gram_missed, p, ratio, target)
                    self.add("missed", v, _fusing(gram.gram_missed_sq, missed))
                    self.add("slope", v, _fusing(gram.gram_slope, missed, gain))
                moved = _fusing(gram.gram_step, p, gain, push, keep, pull, shrink)
                self.rows.set(row, v, moved)
                self._sum(v, moved, gain, target, push)
        if observed:
            for v in self.vectors:
                self._observe(v, *scalars[v])

    def _scalars(self, vector):
        along, keep = self.get("along", vector), self.rows.get(KEEP, vector)
        inverse = kernels.reciprocal(self.get("norm_sq", vector))
        root, ratio = inverse.sqrt(), gram.gram_ratio(along, inverse)
        pull = gram.gram_pull(self.rows.get(STRENGTH, vector), root)
        return keep, pull, gram.gram_shrink(pull, ratio), ratio, inverse, gram.gram_cosine(along, root)

    def _observe(self, vector, keep, pull, shrink, ratio, inverse, cosine):
        """Add what the step shows; loss and gradient in units of the variance, which all lanes share."""
        weights, slope = self.rows.get(WEIGHTS_SQ, vector), self.get("slope", vector)
        moved_sq = gram.gram_moved_sq(pull, slope)
        self.rows.set(WEIGHTS_SQ, vector, _fusing(gram.gram_weights_next, weights, moved_sq, keep))
        flat = kernels.reciprocal(weights)
        turned = gram.gram_tan_sq(self.rows.get(SHORT_SQ, vector), moved_sq, flat)
        sine_sq = self.get("missed", vector)
        loss = _fusing(gram.gram_loss, self._miss(sine_sq, cosine), sine_sq)
        seen = [loss, weights, flat, gram.gram_eff_grad_sq(slope, inverse, weights)]
        seen.append(kernels.cos_dist_of_tan(turned, (1.0 + turned).sqrt()))
        for row, value in enumerate(seen, FIRST_SUM):
            self.rows.set(row, vector, self.rows.get(row, vector) + value)
        for k, value in enumerate((seen[1], seen[3], seen[4])):
            self._keep("<", LEAST + k, vector, value)
            self._keep(">", MOST + k, vector, value)

    def _miss(self, sine_sq, cosine):
        """1 - cosine, without cancellation."""
        small = self.builder.and_(
            self.builder.fcmp_ordered("<", sine_sq.value, splat(SMALL)),
            self.builder.fcmp_ordered(">", cosine.value, splat(0)),
        )
        return Vector(self.builder, self.builder.select(small, (sine_sq * 0.5).value, (1.0 - cosine).value))

    def _keep(self, sign, row, vector, value):
        old = self.rows.get(row, vector)
        beyond = self.builder.fcmp_ordered(sign, value.value, old.value)
        self.rows.set(row, vector, Vector(self.builder, self.builder.select(beyond, value.value, old.value)))


@intrinsic
def _burst(typing, parts, observed, block, basis, steps):
    """Take steps of a block.

    Args:
        typing: numba's context.
        parts: Tuple whose length is how many parts a block has.
        observed: Empty tuple to move only, (0,) to add up what the steps show.
        block: The block's rows, flat.
        basis: Gain, push, target and 1 / gain of each sample, flat.
        steps: How many.
    """
    count = len(parts)

    def generate(context, builder, signature, arguments):
        data = [data_of(context, builder, signature.args[k], arguments[k]) for k in (2, 3)]
        size = cgutils.create_struct_proxy(signature.args[3])(context, builder, arguments[3]).nitems
        samples = builder.lshr(size, ir.Constant(_I8, 2))
        rows = Rows(builder, data[0], ir.Constant(_I8, count * VECTORS * WIDTH))
        made = [
            _Part(builder, rows, data[1], samples, range(k * VECTORS, (k + 1) * VECTORS))
            for k in range(count)
        ]
        for part in made:
            part.begin()
        with cgutils.for_range(builder, arguments[4]):
            for part in made:
                part.step(len(observed) > 0)
        return context.get_dummy_value()

    return types.none(parts, observed, block, basis, steps), generate


@cached()
def _run_blocks(parts, observed, blocks, basis, kernel, bounds, windows):
    """Take every block of (blocks, rows, lanes) over all windows and write each window's extremes and sums."""
    lanes = blocks.shape[2]
    for b in range(len(blocks)):
        rows = blocks[b]
        for w in range(len(bounds) - 1):
            for lane in range(lanes):
                for row in range(FIRST_SUM, STATE):
                    rows[row, lane] = (
                        np.inf if LEAST <= row < MOST else -np.inf if MOST <= row < TOTAL else 0.0
                    )
            t = bounds[w]
            while t < bounds[w + 1]:
                stop = min(bounds[w + 1], t - t % BURST + BURST)
                for lane in range(lanes):
                    left = kernel[b, lane] * rows[KEEP, lane] ** float(t)
                    rows[WEIGHTS_SQ, lane] = left * left
                _burst(parts, observed, rows.reshape(rows.size), basis, stop - t)
                for lane in range(lanes):
                    for k in range(SUMS):
                        rows[TOTAL + k, lane] += rows[FIRST_SUM + k, lane]
                        rows[FIRST_SUM + k, lane] = 0.0
                t = stop
            if len(observed) > 0:
                for row in range(LEAST, STATE):
                    for lane in range(lanes):
                        windows[w, row - LEAST, b * lanes + lane] = rows[row, lane]


def lanes(samples):
    """Lanes in a block."""
    return WIDTH * VECTORS * (PARTS_CACHED if samples <= MOST_CACHED else 1)


def run(p, kernel, keep, strength, gain, unit_y, bounds, observed):
    """Follow many runs.

    Args:
        p: Their predictions in the Gram eigenbasis, shape (r, L).
        kernel: Norm of the weights' part in the inputs' kernel, shape (L,).
        keep: 1 - lr * wd of each, shape (L,).
        strength: 2 * variance of y * lr of each, shape (L,).
        gain: The Gram eigenvalues, shape (r,).
        unit_y: The targets there, of norm one, shape (r,).
        bounds: First step of each window, from 0, and the end.
        observed: Whether to return the windows' means and extremes.

    Returns:
        p after the last step, means (W, 5, L) of loss / variance, |w|^2, 1 / |w|^2, squared effective gradient
        / (2 variance)^2 and cosine distance, and the least and the most (W, 3, L) of the second and the last two.
    """
    size, width = p.shape[1], lanes(len(p))
    count = -(-size // width)
    blocks = aligned((count, STATE + len(p), width))
    blocks[:] = 0.0
    order = np.resize(np.arange(size), count * width)
    for row, values in ((KEEP, keep), (STRENGTH, strength), (SHORT_SQ, keep**-2.0), *enumerate(p, STATE)):
        blocks[:, row] = values[order].reshape(count, width)
    basis = np.column_stack([gain, gain * unit_y, unit_y, 1 / gain]).ravel()
    bounds = np.asarray(bounds, dtype=np.int64)
    empty = np.empty if observed else np.zeros  # what is not observed is not divided from what memory held
    windows = empty((len(bounds) - 1, STATE - LEAST, count * width))
    parts = (0,) * (width // (WIDTH * VECTORS))
    _run_blocks(
        parts, (0,) * bool(observed), blocks, basis, kernel[order].reshape(count, width), bounds, windows
    )
    least, most, totals = np.split(windows[..., :size], [EXTREMES, 2 * EXTREMES], axis=1)
    end = np.moveaxis(blocks[:, STATE:], 1, 0).reshape(len(p), -1)[:, :size]
    return end, totals / np.diff(bounds)[:, None, None], least, most
