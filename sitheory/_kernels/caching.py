"""Compiled loops that are kept on disk, under names that change with all that goes into them."""

import hashlib
import sys
from pathlib import Path
from types import CodeType, FunctionType, ModuleType

from numba import njit

_KERNELS, _THEORY = "sitheory._kernels", "sitheory.theory"


def cached(**options):
    """Compile strictly and keep the code; numba itself notices changes of one file only.

    The key covers the sources of all kernels that the function's module refers to, and theirs, and the code of the
    theory's functions as they are in memory.

    Args:
        **options: More of numba's options.

    Returns:
        A decorator.
    """

    def compiled(function):
        function.__qualname__ += "_" + digest(function)
        return kept(function, **options)

    return compiled


def kept(function, **options):
    """Compile strictly, and keep the code where there is a place for it."""
    strict = {"error_model": "numpy", "nogil": True, **options}
    try:
        return njit(cache=True, **strict)(function)
    except RuntimeError:  # A read-only installation, and no home that can be written.
        return njit(**strict)(function)


def digest(function):
    """Sixteen letters that change with the code that a function depends on."""
    whole = hashlib.sha256()
    for module in _modules(sys.modules[function.__module__]):
        if module.__name__.startswith(_THEORY):
            whole.update(repr(_formulas(module)).encode())
        else:
            whole.update(Path(module.__file__).read_bytes())
    return whole.hexdigest()[:16]


def _modules(first):
    """The kernels' and the theory's modules that the names of a module lead to, itself among them, by name."""
    found, waiting = {}, [first]
    while waiting:
        module = waiting.pop()
        found[module.__name__] = module
        for value in list(vars(module).values()):
            value = getattr(value, "py_func", value)
            home = (
                value
                if isinstance(value, ModuleType)
                else sys.modules.get(getattr(value, "__module__", None))
            )
            name = getattr(home, "__name__", "")
            if name.startswith((_KERNELS, _THEORY)) and name not in found:
                waiting.append(home)
    return [module for _, module in sorted(found.items())]


def _formulas(module):
    """What the functions of a module of the theory do, by name."""
    return sorted(
        (name, *_code(value.__code__))
        for name, value in vars(module).items()
        if isinstance(value, FunctionType)
    )


def _code(code):
    """A code object without the places where it was written."""
    constants = [_code(c) if isinstance(c, CodeType) else repr(c) for c in code.co_consts]
    return code.co_code, constants, code.co_names, code.co_varnames
