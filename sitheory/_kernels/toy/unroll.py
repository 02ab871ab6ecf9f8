"""Write the theory's formulas into a plain function, and its loops over the groups out for a given n."""

import ast
import copy
from types import ModuleType

from sitheory._kernels.syntax import parsed


class Written:
    """A number that knows nothing but how Python's source would write it: ``theory`` runs on it."""

    def __init__(self, node):
        self.node = node

    def _made(self, left, sign, right):
        left, right = (e.node if isinstance(e, Written) else ast.Constant(e) for e in (left, right))
        return Written(ast.BinOp(left, sign, right))

    def __add__(self, other):
        return self._made(self, ast.Add(), other)

    def __radd__(self, other):
        return self._made(other, ast.Add(), self)

    def __sub__(self, other):
        return self._made(self, ast.Sub(), other)

    def __rsub__(self, other):
        return self._made(other, ast.Sub(), self)

    def __mul__(self, other):
        return self._made(self, ast.Mult(), other)

    def __rmul__(self, other):
        return self._made(other, ast.Mult(), self)

    def __truediv__(self, other):
        return self._made(self, ast.Div(), other)

    def __rtruediv__(self, other):
        return self._made(other, ast.Div(), self)

    def __neg__(self):
        return Written(ast.UnaryOp(ast.USub(), self.node))


def _node(value):
    """What a formula gave, as an expression."""
    if isinstance(value, tuple):
        return ast.Tuple([_node(part) for part in value], ast.Load())
    return value.node


class _Unroll(ast.NodeTransformer):
    """Replace formulas by their terms, known names by constants, lists of length n by variables, loops by copies."""

    def __init__(self, constants, names):
        self.constants = dict(constants)
        self.lists = set()
        self.modules = {name: value for name, value in names.items() if isinstance(value, ModuleType)}

    def visit_Call(self, node):
        node = self.generic_visit(node)
        called = node.func
        if not (isinstance(called, ast.Attribute) and getattr(called.value, "id", None) in self.modules):
            return node
        formula = getattr(self.modules[called.value.id], called.attr)
        return ast.copy_location(_node(formula(*map(Written, node.args))), node)

    def visit_Name(self, node):
        if isinstance(node.ctx, ast.Load) and node.id in self.constants:
            return ast.copy_location(ast.Constant(self.constants[node.id]), node)
        return node

    def visit_Assign(self, node):
        pairs = _pairs(node)
        if "n" in self.constants and any(_is_list_of_n(value) for _, value in pairs):
            return [made for target, value in pairs for made in self._variables(target, value)]
        return self.generic_visit(node)

    def _variables(self, target, value):
        self.lists.add(target.id)
        for i in range(self.constants["n"]):
            name = ast.Name(f"{target.id}_{i}", ast.Store())
            yield ast.copy_location(ast.Assign([name], value.left.elts[0]), target)

    def visit_Subscript(self, node):
        node = self.generic_visit(node)
        if isinstance(node.value, ast.Name) and node.value.id in self.lists:
            name = ast.Name(f"{node.value.id}_{node.slice.value}", node.ctx)
            return ast.copy_location(name, node)
        return node

    def visit_For(self, node):
        if "n" not in self.constants or not _is_range_of_n(node.iter):
            return self.generic_visit(node)
        body = []
        for i in range(self.constants["n"]):
            self.constants[node.target.id] = i
            body += [made for line in node.body for made in _listed(self.visit(copy.deepcopy(line)))]
        del self.constants[node.target.id]
        return body

    def visit_If(self, node):
        test = self.visit(node.test)
        if isinstance(test, ast.BoolOp):
            test = _simplified(test)
        if isinstance(test, ast.Constant):
            branch = node.body if test.value else node.orelse
            return [made for line in branch for made in _listed(self.visit(line))]
        node = self.generic_visit(node)
        node.test = test
        return node


def _pairs(node):
    target = node.targets[0]
    if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
        return list(zip(target.elts, node.value.elts, strict=True))
    return [(target, node.value)]


def _is_list_of_n(value):
    return isinstance(value, ast.BinOp) and isinstance(value.left, ast.List)


def _is_range_of_n(value):
    return [getattr(a, "id", None) for a in value.args] == ["n"]


def _listed(made):
    return made if isinstance(made, list) else [made]


def _simplified(test):
    """A conjunction or disjunction without its constant members."""
    decisive = isinstance(test.op, ast.Or)
    constants = [bool(value.value) for value in test.values if isinstance(value, ast.Constant)]
    rest = [value for value in test.values if not isinstance(value, ast.Constant)]
    if decisive in constants or not rest:
        return ast.copy_location(ast.Constant(decisive if decisive in constants else not decisive), test)
    return rest[0] if len(rest) == 1 else ast.copy_location(ast.BoolOp(test.op, rest), test)


def unrolled(function, name, constants, **namespace):
    """A copy of a plain function with the formulas of imported modules written into it, ``module.formula(...)``.

    Some parameters may be fixed; given n, the loops over n are written out.

    Args:
        function: A function that uses no closure.
        name: The copy's name.
        constants: Values of some of its parameters; what the copy is given for them does not matter.
        **namespace: What names outside the function mean to the copy, where not the same.

    Returns:
        The copy; it claims to come from the function's file, so that compiled code can be cached there.
    """
    path = function.__code__.co_filename
    module = parsed(path)
    found = next(
        node for node in module.body if isinstance(node, ast.FunctionDef) and node.name == function.__name__
    )
    found.name = name
    transform = _Unroll(constants, function.__globals__)
    found.body = [made for line in found.body[1:] for made in _listed(transform.visit(line))]
    module.body = [found]
    namespace = {**function.__globals__, **namespace}
    exec(compile(ast.fix_missing_locations(module), path, "exec"), namespace)
    return namespace[name]
