"""The toy's vector steps as machine code for any processor: built for its width and emitted by LLVM, never run."""

import importlib.util
import re
from pathlib import Path
from unittest.mock import patch

from llvmlite import binding, ir

from sitheory._kernels import toy, vector_width
from sitheory._kernels.toy import layout

TARGETS = {
    "x86-64-v4": ("x86_64-unknown-linux-gnu", "x86-64-v4"),
    "x86-64-v3": ("x86_64-unknown-linux-gnu", "x86-64-v3"),
    "aarch64": ("aarch64-unknown-linux-gnu", "generic"),
}

SPILL = {
    "x86": re.compile(r"\bvmov[au]p[ds]\b.*\(%r(sp|bp)\)"),
    "aarch64": re.compile(r"\b(str|ldr|stp|ldp)\s+q.*\[(sp|x29)"),
}
UNALIGNED = re.compile(r"\bvmovup[ds]\b.*\(%r(sp|bp)\)")
FUSED = re.compile(r"\b(vf[n]?m(add|sub)\w*|fml[as]|fn?madd|fn?msub)\b")
SCALAR = re.compile(r"\b(v?(add|sub|mul|div|sqrt)sd|f(add|sub|mul|div|sqrt)\s+d\d)")
DIVISION = re.compile(r"\b(v?divpd|fdiv\s+v)")


def prepare():
    binding.initialize_all_targets()
    binding.initialize_all_asmprinters()


def machine(target):
    triple, processor = TARGETS[target]
    return binding.Target.from_triple(triple).create_target_machine(cpu=processor, opt=3)


def vectors_for(target):
    """The module of vectors as it is on a processor, beside the one that is at work here."""
    path = Path(toy.__file__).with_name("vectors.py")
    spec = importlib.util.spec_from_file_location(f"vectors_{target}", path)
    module = importlib.util.module_from_spec(spec)
    width = vector_width.doubles_of(*TARGETS[target], "")
    with patch.object(vector_width, "doubles", lambda: width):
        spec.loader.exec_module(module)
    return module


def burst(target, n, level=layout.NOTHING, aligned=True, flags=()):
    """The assembly of a burst of steps of n groups.

    Args:
        target: A processor.
        n: Groups.
        level: Set of averages.
        aligned: Whether the stack is.
        flags: Liberties that LLVM may take with each operation; none are taken in earnest.
    """
    vectors, double, whole = vectors_for(target), ir.DoubleType(), ir.IntType(64)
    module = ir.Module()
    module.triple = TARGETS[target][0]
    function = ir.Function(
        module, ir.FunctionType(ir.VoidType(), [double.as_pointer(), *[double] * n, whole]), "burst"
    )
    if aligned:
        set.add(function.attributes, f"alignstack({vector_width.STACK})")
    builder = ir.IRBuilder(function.append_basic_block())
    data, *alphas, steps = function.args
    count = vectors.lanes(n) // vectors.WIDTH
    memory = vectors.Rows(builder, data, ir.Constant(whole, count * vectors.WIDTH))
    splats = [vectors.broadcast(builder, alpha) for alpha in alphas]
    rows = layout.state_rows(n) + 3 * layout.sums(n, level) + layout.logs(n, level)
    rows = range(rows, rows + layout.logs(n, level))
    exponents = vectors._Exponents(None, builder, memory, rows, count)
    state = vectors._Registers(None, builder, memory, vectors._moving_rows(n, level), count)
    vectors._emit_loop(state, exponents, count, memory, splats, level, steps)
    exponents.write(steps)
    state.write()
    builder.ret_void()
    text = str(module)
    for flag in flags:
        text = re.sub(r"= (fadd|fsub|fmul|fdiv) ", rf"= \1 {flag} ", text)
    parsed, emitter = binding.parse_assembly(text), machine(target)
    parsed.data_layout = str(emitter.target_data)
    options = binding.create_pipeline_tuning_options(speed_level=3)
    passes = binding.create_pass_builder(emitter, options)
    passes.getModulePassManager().run(parsed, passes)
    return emitter.emit_assembly(parsed), count
