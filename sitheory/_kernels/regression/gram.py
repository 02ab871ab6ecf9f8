"""The steps of linear regression with few samples as explicit vectors that never leave the registers.

The same formulas as ``regression.gram_steps`` over arrays, built as LLVM code for each number of vectors.
"""

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from sitheory._kernels.caching import cached
from sitheory.theory import gram

WIDTH = 8
MOST_VECTORS = 8
_FAST = ("reassoc", "contract", "nsz")
_F8, _I8, _I4 = ir.DoubleType(), ir.IntType(64), ir.IntType(32)
SUMS = ("s0", "s1", "s2", "a0", "a1", "a2")
_VECTOR, _MASK = ir.VectorType(_F8, WIDTH), ir.VectorType(_I4, WIDTH)


class Number:
    """A double or eight of them under construction, in arithmetic that may be contracted and reordered."""

    def __init__(self, builder, value):
        self.builder, self.value = builder, value

    @classmethod
    def load(cls, builder, data):
        """The first eight doubles of some memory."""
        return cls(builder, builder.load(builder.bitcast(data, _VECTOR.as_pointer()), align=8))

    @classmethod
    def constant(cls, builder, number):
        """A vector of one known number."""
        return cls(builder, ir.Constant(_VECTOR, [number] * WIDTH))

    def store(self, data):
        """Write eight doubles to some memory."""
        self.builder.store(self.value, self.builder.bitcast(data, _VECTOR.as_pointer()), align=8)

    def shuffled(self, other):
        """The numbers of both by turns, as two vectors."""
        turns = [k // 2 + WIDTH * (k % 2) for k in range(2 * WIDTH)]
        return [
            Number(
                self.builder, self.builder.shuffle_vector(self.value, other.value, ir.Constant(_MASK, part))
            )
            for part in (turns[:WIDTH], turns[WIDTH:])
        ]

    def where_greater(self, other, yes, no):
        """The one where this is greater, the other where not."""
        greater = self.builder.fcmp_ordered(">", self.value, other.value)
        return Number(self.builder, self.builder.select(greater, yes.value, no.value))

    def __add__(self, other):
        return Number(self.builder, self.builder.fadd(self.value, other.value, flags=_FAST))

    def __sub__(self, other):
        return Number(self.builder, self.builder.fsub(self.value, other.value, flags=_FAST))

    def __mul__(self, other):
        return Number(self.builder, self.builder.fmul(self.value, other.value, flags=_FAST))

    def __truediv__(self, other):
        return Number(self.builder, self.builder.fdiv(self.value, other.value, flags=_FAST))

    def __rtruediv__(self, number):
        return Number(self.builder, ir.Constant(_VECTOR, [float(number)] * WIDTH)) / self

    def _call(self, name, kind, *arguments):
        function = cgutils.get_or_insert_function(self.builder.module, kind, name)
        return Number(self.builder, self.builder.call(function, arguments, fastmath=_FAST))

    def sqrt(self):
        return self._call("llvm.sqrt.f64", ir.FunctionType(_F8, [_F8]), self.value)

    def total(self):
        """The sum of a vector's eight numbers."""
        kind = ir.FunctionType(_F8, [_F8, _VECTOR])
        return self._call(f"llvm.vector.reduce.fadd.v{WIDTH}f64", kind, ir.Constant(_F8, 0.0), self.value)

    def spread(self):
        """A vector of one number."""
        empty, zero = ir.Constant(_VECTOR, ir.Undefined), ir.Constant(_I4, 0)
        mask = ir.Constant(_MASK, [0] * WIDTH)
        single = self.builder.insert_element(empty, self.value, zero)
        return Number(self.builder, self.builder.shuffle_vector(single, empty, mask))


class Slots:
    """Named variables, which LLVM keeps in registers."""

    def __init__(self, builder, values):
        self.builder = builder
        self.slots = {name: cgutils.alloca_once_value(builder, value.value) for name, value in values.items()}

    def get(self, name):
        return Number(self.builder, self.builder.load(self.slots[name]))

    def set(self, name, number):
        self.builder.store(number.value, self.slots[name])


def _added(terms):
    """A sum by halves, so that little of it waits."""
    while len(terms) > 1:
        terms = [a + b for a, b in zip(terms[::2], terms[1::2], strict=False)] + terms[len(terms) & ~1 :]
    return terms[0].total()


def _sums(p, gain, unit_y, push):
    """The sums over a state from which the next state's norm follows."""
    shares = zip(*map(gram.gram_products, p, gain, unit_y, push), strict=True)
    return {name: _added(list(share)) for name, share in zip(SUMS, shares, strict=True)}


def _emit_step(slots, constants, gain, unit_y, push):
    """Find the following scalars from this state's sums while the state moves by those found before."""
    keep, strength, c1, c2 = constants
    s0, s1, s2, a0, a1, a2 = (slots.get(name) for name in SUMS)
    pull, ratio = slots.get("pull"), slots.get("ratio")
    shrink = gram.gram_shrink(pull, ratio)
    total = gram.gram_norm_sq_late(s0, s1, s2, a1, a2, c2, keep, pull, ratio)
    along = gram.gram_along_late(a0, a1, c1, keep, pull, ratio)
    slots.set("ratio", along / total)
    slots.set("pull", strength / total.sqrt())
    hold, wide_pull, wide_shrink = keep.spread(), pull.spread(), shrink.spread()
    moved = []
    for j, (g, z) in enumerate(zip(gain, push, strict=True)):
        moved.append(gram.gram_step(slots.get(j), g, z, hold, wide_pull, wide_shrink))
        slots.set(j, moved[j])
    for name, value in _sums(moved, gain, unit_y, push).items():
        slots.set(name, value)


def _pointers(context, builder, kind, array, count):
    """Where a padded array's vectors lie."""
    data = cgutils.create_struct_proxy(kind)(context, builder, array).data
    data = builder.bitcast(data, _VECTOR.as_pointer())
    return [builder.gep(data, [ir.Constant(_I8, j)]) for j in range(count)]


def _record(context, builder, kind, array, row, numbers):
    """Write a state's first numbers to a row of the records."""
    states = cgutils.create_struct_proxy(kind)(context, builder, array)
    _, kept = cgutils.unpack_tuple(builder, states.shape)
    target = builder.bitcast(builder.gep(states.data, [builder.mul(row, kept)]), _VECTOR.as_pointer())
    places = ir.VectorType(_I8, WIDTH)
    empty, zeros = ir.Constant(places, ir.Undefined), ir.Constant(_MASK, [0] * WIDTH)
    ends = builder.shuffle_vector(builder.insert_element(empty, kept, ir.Constant(_I4, 0)), empty, zeros)
    mask = ir.VectorType(ir.IntType(1), WIDTH)
    kind = ir.FunctionType(ir.VoidType(), [_VECTOR, _VECTOR.as_pointer(), _I4, mask])
    store = cgutils.get_or_insert_function(builder.module, kind, f"llvm.masked.store.v{WIDTH}f64.p0")
    for j, number in enumerate(numbers):
        columns = ir.Constant(places, list(range(j * WIDTH, (j + 1) * WIDTH)))
        within = builder.icmp_signed("<", columns, ends)
        place = builder.gep(target, [ir.Constant(_I8, j)])
        builder.call(store, [number.value, place, ir.Constant(_I4, 8), within])


@intrinsic
def _steps(typing, vectors, p, gain, unit_y, push, keep, strength, steps, states, every, skip):
    count = len(vectors)

    def generate(context, builder, signature, arguments):
        kinds = signature.args
        places = _pointers(context, builder, kinds[1], arguments[1], count)
        p, gain, unit_y, push = (
            [
                Number(builder, builder.load(place, align=8))
                for place in _pointers(context, builder, kinds[k], arguments[k], count)
            ]
            for k in (1, 2, 3, 4)
        )
        keep, strength = (Number(builder, arguments[k]) for k in (5, 6))
        steps, every, skip = arguments[7], arguments[9], arguments[10]
        shares = zip(*map(gram.gram_target_products, unit_y, push), strict=True)
        c1, c2 = (_added(list(share)) for share in shares)
        begun = _sums(p, gain, unit_y, push)
        scalars = {"pull": strength / begun["s0"].sqrt(), "ratio": begun["a0"] / begun["s0"]}
        slots = Slots(builder, {**dict(enumerate(p)), **begun, **scalars})
        with cgutils.for_range(builder, skip):
            _emit_step(slots, (keep, strength, c1, c2), gain, unit_y, push)
        steps = builder.sub(steps, skip)
        with cgutils.for_range_slice(builder, ir.Constant(_I8, 0), steps, every) as (done, row):
            state = [slots.get(j) for j in range(count)]
            _record(context, builder, kinds[8], arguments[8], row, state)
            left = builder.sub(steps, done)
            few = builder.icmp_signed("<", left, every)
            with cgutils.for_range(builder, builder.select(few, left, every)):
                _emit_step(slots, (keep, strength, c1, c2), gain, unit_y, push)
        for j, place in enumerate(places):
            builder.store(slots.get(j).value, place, align=8)
        return context.get_dummy_value()

    kinds = (vectors, p, gain, unit_y, push, keep, strength, steps, states, every, skip)
    return types.none(*kinds), generate


@cached()
def vector_steps(vectors, p, gain, unit_y, push, keep, strength, steps, states, every, skip):
    """Step p in place and keep each ``every``-th state; see ``regression.gram_steps``.

    Args:
        vectors: Tuple whose length is how many vectors of eight a state fills.
        p: The state; all arrays are float64 and ``padded``.
        gain: The Gram eigenvalues.
        unit_y: The targets, of norm one.
        push: gain * unit_y.
        keep: 1 - lr * wd.
        strength: 2 * variance of y * lr.
        steps: How many.
        states: Receives the records.
        every: Keep each k-th state.
        skip: Steps before the first that is kept.
    """
    _steps(vectors, p, gain, unit_y, push, keep, strength, steps, states, every, skip)
