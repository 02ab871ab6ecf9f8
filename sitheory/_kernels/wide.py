"""Ask LLVM for 512-bit vectors, which it avoids on some processors for the sake of older ones among them."""

from numba import types
from numba.extending import intrinsic


@intrinsic
def wide(typing):
    """Let the loops of the function that calls this be built on the widest vectors; no bit depends on it."""

    def generate(context, builder, signature, arguments):
        # llvmlite's own method knows no attribute with a value.
        set.add(builder.function.attributes, '"prefer-vector-width"="512"')
        return context.get_dummy_value()

    return types.none(), generate
