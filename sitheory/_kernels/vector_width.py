"""How wide the vectors of the processor are that numba compiles for, and what LLVM has to be told for their sake."""

import functools

from llvmlite import binding, ir
from numba.core import registry, types
from numba.extending import intrinsic

STACK = 64
"""Bytes to which a stack is aligned that vectors are spilled to: LLVM takes the system's 16 for granted, and with a
stack that happens to lie badly each spill then crosses two lines of the cache."""


@functools.cache
def doubles():
    """Doubles in one register of the processor that numba compiles for: 8, 4 or 2."""
    return doubles_of(*registry.cpu_target.target_context.codegen().magic_tuple())


def doubles_of(triple, processor, features):
    """Doubles in one register of a processor, by the code that LLVM makes of eight."""
    module, eight = ir.Module(), ir.VectorType(ir.DoubleType(), 8)
    module.triple = triple
    function = ir.Function(module, ir.FunctionType(eight, [eight, eight]), "added")
    builder = ir.IRBuilder(function.append_basic_block())
    builder.ret(builder.fadd(*function.args))
    machine = binding.Target.from_triple(triple).create_target_machine(cpu=processor, features=features)
    code = machine.emit_assembly(binding.parse_assembly(str(module)))
    return 8 if "zmm" in code else 4 if "ymm" in code else 2


@intrinsic
def wide(typing):
    """Let the loops of the function that calls this be built on the widest vectors; no bit depends on it.

    LLVM avoids 512 bits on some processors for the sake of older ones among them.
    """
    return _attribute('"prefer-vector-width"="512"')


@intrinsic
def on_aligned_stack(typing):
    """Align the stack of the function that calls this; no bit depends on it."""
    return _attribute(f"alignstack({STACK})")


def _attribute(text):
    """An intrinsic that adds an attribute to the function that it is called in."""

    def generate(context, builder, signature, arguments):
        # llvmlite's own method knows no attribute with a value.
        set.add(builder.function.attributes, text)
        return context.get_dummy_value()

    return types.none(), generate
