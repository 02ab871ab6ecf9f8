"""The steps of a block of lanes as explicit vectors as wide as the processor's, built as LLVM code for each n.

The state of few groups stays in registers over a burst of steps, some vectors are interleaved to hide the
latency of the division, and strict arithmetic is what LLVM does by default. No result depends on
the width or on how many vectors are in flight.
"""

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from sitheory._kernels.toy import layout
from sitheory._kernels.vector_width import doubles
from sitheory.theory import kernels

WIDTH = doubles()
REGISTER_GROUPS = 8

IN_FLIGHT = {8: {1: 6, 2: 4, 3: 3, 4: 2}, 4: {1: 6, 2: 6, 3: 6, 4: 4}, 2: {1: 4, 2: 2, 3: 2}}
"""Vectors in flight by their width and n: measured for 8 and 4; for 2 as many as aarch64's registers hold."""

OTHERWISE = {8: 1, 4: 2, 2: 1}
"""Of more groups."""

DIVISIONS_FIRST = WIDTH < 8
"""Whether a step divides for all vectors before it goes on with any: the dependents of a division fill a smaller core's
scheduler, so that the next vector's division does not begin."""
_F8 = ir.DoubleType()
_I8 = ir.IntType(64)
_VECTOR = ir.VectorType(_F8, WIDTH)
_BITS = ir.VectorType(_I8, WIDTH)


def lanes(n):
    """Lanes in a block: those of the vectors in flight."""
    return WIDTH * IN_FLIGHT[WIDTH].get(n, OTHERWISE[WIDTH])


def splat(number):
    """A constant vector."""
    return ir.Constant(_VECTOR, [float(number)] * WIDTH)


def _bits(number):
    return ir.Constant(_BITS, [number] * WIDTH)


class Vector:
    """A vector of doubles under construction, with the arithmetic that ``theory.kernels`` asks for."""

    def __init__(self, builder, value):
        self.builder, self.value = builder, value

    def _make(self, instruction, left, right):
        left, right = (e.value if isinstance(e, Vector) else splat(e) for e in (left, right))
        return Vector(self.builder, instruction(left, right))

    def __add__(self, other):
        return self._make(self.builder.fadd, self, other)

    def __sub__(self, other):
        return self._make(self.builder.fsub, self, other)

    def __mul__(self, other):
        return self._make(self.builder.fmul, self, other)

    def __truediv__(self, other):
        return self._make(self.builder.fdiv, self, other)

    def __radd__(self, other):
        return self._make(self.builder.fadd, other, self)

    def __rsub__(self, other):
        return self._make(self.builder.fsub, other, self)

    def __rtruediv__(self, other):
        return self._make(self.builder.fdiv, other, self)

    def sqrt(self):
        kind = ir.FunctionType(_VECTOR, [_VECTOR])
        root = cgutils.get_or_insert_function(self.builder.module, kind, f"llvm.sqrt.v{WIDTH}f64")
        return Vector(self.builder, self.builder.call(root, [self.value]))

    def fused(self, factor, term):
        """This times factor plus term, rounded once."""
        kind = ir.FunctionType(_VECTOR, [_VECTOR] * 3)
        fma = cgutils.get_or_insert_function(self.builder.module, kind, f"llvm.fma.v{WIDTH}f64")
        return Vector(self.builder, self.builder.call(fma, [self.value, factor.value, term.value]))

    def __neg__(self):
        return Vector(self.builder, self.builder.fneg(self.value))

    def split(self):
        """Fraction in [1, 2), and exponent plus 1023 as integers."""
        builder = self.builder
        bits = builder.bitcast(self.value, _BITS)
        fraction = builder.or_(builder.and_(bits, _bits((1 << 52) - 1)), _bits(1023 << 52))
        return Vector(builder, builder.bitcast(fraction, _VECTOR)), builder.lshr(bits, _bits(52))


def _doubles(builder, counts):
    """Whole numbers from 0 to below 2^52 as doubles, exactly: without 512 bits LLVM converts lane by lane."""
    large = builder.or_(counts, ir.Constant(_BITS, [0x433 << 52] * WIDTH))  # 2^52 and the count
    return Vector(builder, builder.bitcast(large, _VECTOR)) - 2.0**52


class _Exponents:
    """Integer sums of the exponents of a burst, which are written back as doubles."""

    def __init__(self, context, builder, memory, rows, count):
        self.builder, self.memory = builder, memory
        self.slots = {}
        for row in rows:
            for vector in range(count):
                slot = cgutils.alloca_once(builder, _BITS)
                builder.store(_bits(0), slot)
                self.slots[row, vector] = slot

    def add(self, row, vector, biased):
        slot = self.slots[row, vector]
        self.builder.store(self.builder.add(self.builder.load(slot), biased), slot)

    def write(self, steps):
        """Add what came together, less the bias of each step."""
        builder = self.builder
        bias = broadcast(builder, builder.sitofp(builder.mul(steps, ir.Constant(_I8, 1023)), _F8))
        for (row, vector), slot in self.slots.items():
            biased = _doubles(builder, builder.load(slot))
            self.memory.set(row, vector, self.memory.get(row, vector) + (biased - bias))


class Rows:
    """Rows of doubles in memory, ``stride`` doubles apart, of which vectors are read and written."""

    def __init__(self, builder, data, stride):
        self.builder, self.data, self.stride = builder, data, stride

    def _pointer(self, row, vector):
        row = row if isinstance(row, ir.Value) else ir.Constant(_I8, row)
        row_offset = self.builder.mul(self.stride, row)
        offset = self.builder.add(row_offset, ir.Constant(_I8, vector * WIDTH))
        return self.builder.bitcast(self.builder.gep(self.data, [offset]), _VECTOR.as_pointer())

    def get(self, row, vector):
        return Vector(self.builder, self.builder.load(self._pointer(row, vector), align=8 * WIDTH))

    def set(self, row, vector, value):
        self.builder.store(value.value, self._pointer(row, vector), align=8 * WIDTH)

    def stream(self, row, vector, value):
        """Write past the caches, which the records would only flood."""
        store = self.builder.store(value.value, self._pointer(row, vector), align=8 * WIDTH)
        one = ir.Constant(ir.IntType(32), 1)
        store.set_metadata("nontemporal", self.builder.module.add_metadata([one]))


class _Registers:
    """Chosen rows held in stack slots, which LLVM turns into registers, until they are written back."""

    def __init__(self, context, builder, memory, rows, count):
        self.builder, self.memory = builder, memory
        self.slots = {}
        for row in rows:
            for vector in range(count):
                slot = cgutils.alloca_once(builder, _VECTOR)
                builder.store(memory.get(row, vector).value, slot)
                self.slots[row, vector] = slot

    def get(self, row, vector):
        return Vector(self.builder, self.builder.load(self.slots[row, vector]))

    def set(self, row, vector, value):
        self.builder.store(value.value, self.slots[row, vector])

    def write(self):
        for (row, vector), slot in self.slots.items():
            self.memory.set(row, vector, Vector(self.builder, self.builder.load(slot)))


def _observe(level, u, s, whole, factors):
    """The step's contributions: those to sum and those whose logarithms to sum, in the rows' order."""
    loss, h = kernels.square_losses(u, factors), [f[1] for f in factors]
    sums, logs = [loss, *h], [loss, *h]
    if level == layout.FULL:
        ess, moved = kernels.square_ess(s, factors)
        grown = whole + moved
        sums += [moved / whole, kernels.cos_dist_of_step(moved, grown, (whole * grown).sqrt()), *ess]
    return sums[: layout.sums(len(u), level)], logs[: layout.logs(len(u), level)]


def _record(u, s, whole, k, r, factors):
    """A record's rows."""
    ess, moved = kernels.square_ess(s, factors)
    return [kernels.square_losses(u, factors), moved / whole, *[kernels.square_elr(k, ri) for ri in r], *ess]


def _divided(state, vector, memory, n):
    """The first half of a step of one vector of lanes: its state, norms and reciprocals."""
    u = [state.get(i, vector) for i in range(n)]
    v = [state.get(n + i, vector) for i in range(n)]
    s, whole = kernels.square_norms(u, v)
    return u, v, s, whole, memory.get(2 * n, vector) * whole, kernels.reciprocals(s)


def _moved(state, exponents, vector, divided, alpha, level, record):
    """The rest of a step of one vector of lanes: add to the parts, write record and state."""
    n = len(alpha)
    u, v, s, whole, k, r = divided
    factors = [kernels.square_rates(*group, k) for group in zip(alpha, u, v, r, strict=True)]
    if level >= 0:
        _emit_parts(state, exponents, vector, n, level, *_observe(level, u, s, whole, factors))
    if record is not None:
        for row, value in enumerate(_record(u, s, whole, k, r, factors)):
            record.stream(row, vector, value)
    for i, (_, _, p, q) in enumerate(factors):
        u_next, v_next = kernels.square_step(u[i], v[i], p, q)
        state.set(i, vector, u_next)
        state.set(n + i, vector, v_next)


def _emit_step(state, exponents, count, memory, alpha, level, record):
    """One step of all vectors of a block."""
    for vectors in [range(count)] if DIVISIONS_FIRST else [[vector] for vector in range(count)]:
        divided = [_divided(state, vector, memory, len(alpha)) for vector in vectors]
        for vector, found in zip(vectors, divided, strict=True):
            _moved(state, exponents, vector, found, alpha, level, record)


def _emit_loop(state, exponents, count, memory, alpha, level, steps):
    """Steps of which none is recorded."""
    with cgutils.for_range(memory.builder, steps):
        _emit_step(state, exponents, count, memory, alpha, level, None)


def _emit_parts(state, exponents, vector, n, level, sums, logs):
    first = layout.state_rows(n)
    for row, value in enumerate(sums, first):
        state.set(row, vector, state.get(row, vector) + value)
    first += 3 * len(sums)
    for row, value in enumerate(logs, first):
        fraction, exponent = value.split()
        state.set(row, vector, state.get(row, vector) * fraction)
        exponents.add(row + len(logs), vector, exponent)


def _moving_rows(n, level):
    """The rows that a step changes."""
    first = layout.state_rows(n)
    logs = first + 3 * layout.sums(n, level)
    return [
        *range(2 * n),
        *range(first, first + layout.sums(n, level)),
        *range(logs, logs + layout.logs(n, level)),
    ]


def _any(builder, mask):
    """Whether any lane of a mask is set."""
    byte = ir.IntType(WIDTH)
    return builder.icmp_unsigned("!=", builder.bitcast(mask, byte), ir.Constant(byte, 0))


def _least(builder, values):
    """The lanes' minima; anything may come out where there is a NaN."""
    least = values[0].value
    for other in values[1:]:
        least = builder.select(builder.fcmp_ordered("<", least, other.value), least, other.value)
    return Vector(builder, least)


def _settle(builder, rows, vector, n):
    """Rescale one vector of lanes by powers of two, lift what nearly died, and end the lanes that failed."""
    state = [rows.get(row, vector) for row in range(2 * n)]
    s, whole = kernels.square_norms(state[:n], state[n:])
    exponent = builder.lshr(builder.bitcast(whole.value, _BITS), _bits(52))
    scale_bits = builder.shl(builder.sub(_bits(2046), exponent), _bits(52))
    scale = Vector(builder, builder.bitcast(scale_bits, _VECTOR))
    taken = _doubles(builder, exponent) - 1023.0
    rows.set(2 * n + 1, vector, rows.get(2 * n + 1, vector) + taken)
    for row, value in enumerate(state):
        rows.set(row, vector, value * scale)
    floor = splat(layout.FLOOR)
    low = builder.fcmp_ordered("<", (_least(builder, state) * scale).value, floor)
    with builder.if_then(_any(builder, low), likely=False):
        for row in range(2 * n):
            value = rows.get(row, vector)
            dying = builder.and_(
                builder.fcmp_ordered("<", value.value, floor),
                builder.fcmp_ordered(">", value.value, splat(0)),
            )
            rows.set(row, vector, Vector(builder, builder.select(dying, floor, value.value)))
    vanished = builder.fcmp_ordered("<", (_least(builder, s) * scale).value, splat(layout.VANISHING))
    overflown = builder.fcmp_unordered(">=", whole.value, splat(layout.LIMIT))
    status = rows.get(2 * n + 2, vector)
    healthy = builder.fcmp_ordered("==", status.value, splat(0))
    failed = builder.and_(builder.or_(vanished, overflown), healthy)
    with builder.if_then(_any(builder, failed), likely=False):
        kind = builder.select(overflown, splat(2), splat(1))
        rows.set(2 * n + 2, vector, Vector(builder, builder.select(failed, kind, status.value)))
        for row in range(2 * n):
            value = builder.select(failed, splat("nan"), rows.get(row, vector).value)
            rows.set(row, vector, Vector(builder, value))


def data_of(context, builder, array_type, array):
    """Where an array's numbers lie."""
    return cgutils.create_struct_proxy(array_type)(context, builder, value=array).data


@intrinsic
def vector_burst(typing, alpha, level, block, steps, record, at, stride, before):
    """Take ``steps`` steps of a block, and record one of them.

    Args:
        typing: numba's context.
        alpha: n coefficients as a tuple, so that the type tells n.
        level: Tuple whose length is the set of averages plus one.
        block: The block's rows, flat.
        steps: Steps to take, at least one.
        record: The records, flat; None where none is to be taken.
        at: Index of the record's first double.
        stride: Doubles between two of its rows.
        before: Steps to take before the recorded one.
    """
    n, averages = len(alpha), len(level) - 1
    count = lanes(n) // WIDTH

    def generate(context, builder, signature, arguments):
        alphas, _, block_value, step_count, record_value, at_value, stride_value, before = arguments
        data = data_of(context, builder, signature.args[2], block_value)
        memory = Rows(builder, data, ir.Constant(_I8, count * WIDTH))
        records = None
        if not isinstance(signature.args[4], types.NoneType):
            target = data_of(context, builder, signature.args[4], record_value)
            records = Rows(builder, builder.gep(target, [at_value]), stride_value)
        splats = [broadcast(builder, a) for a in cgutils.unpack_tuple(builder, alphas)]
        first = layout.state_rows(n) + 3 * layout.sums(n, averages) + layout.logs(n, averages)
        rows = range(first, first + layout.logs(n, averages))
        exponents = _Exponents(context, builder, memory, rows, count)
        state = memory
        if n <= REGISTER_GROUPS:
            state = _Registers(context, builder, memory, _moving_rows(n, averages), count)
        if records is not None:
            _emit_loop(state, exponents, count, memory, splats, averages, before)
            _emit_step(state, exponents, count, memory, splats, averages, records)
            step_count = builder.sub(builder.sub(step_count, before), ir.Constant(_I8, 1))
        _emit_loop(state, exponents, count, memory, splats, averages, step_count)
        exponents.write(arguments[3])
        if state is not memory:
            state.write()
        return context.get_dummy_value()

    return types.none(alpha, level, block, steps, record, at, stride, before), generate


def broadcast(builder, scalar):
    """A vector of one number."""
    single = builder.insert_element(
        ir.Constant(_VECTOR, ir.Undefined), scalar, ir.Constant(ir.IntType(32), 0)
    )
    mask = ir.Constant(ir.VectorType(ir.IntType(32), WIDTH), [0] * WIDTH)
    return Vector(builder, builder.shuffle_vector(single, ir.Constant(_VECTOR, ir.Undefined), mask))


@intrinsic
def vector_settle(typing, alpha, block):
    """Rescale a block by powers of two, lift what nearly died, and end the lanes that failed."""
    n = len(alpha)
    count = lanes(n) // WIDTH

    def generate(context, builder, signature, arguments):
        data = data_of(context, builder, signature.args[1], arguments[1])
        rows = Rows(builder, data, ir.Constant(_I8, count * WIDTH))
        for vector in range(count):
            _settle(builder, rows, vector, n)
        return context.get_dummy_value()

    return types.none(alpha, block), generate
