"""Small wrong changes of a source file: each swaps, moves or drops one thing, and leaves the rest as written.

They are changes of what functions do, so that they can be put into a running process: constants of modules and defaults
of arguments stay as they are.
"""

import ast
import gc
import random
from collections import defaultdict
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FunctionType

ARITHMETIC = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.MatMult: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.LShift: ast.RShift,
}
COMPARISONS = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
NAMES = {
    "min": "max",
    "max": "min",
    "minimum": "maximum",
    "maximum": "minimum",
    "argmin": "argmax",
    "argmax": "argmin",
    "any": "all",
    "all": "any",
    "floor": "ceil",
    "ceil": "floor",
    "sin": "cos",
    "cos": "sin",
    "log1p": "log",
    "expm1": "exp",
    "mean": "sum",
}
EITHER_WAY = ("min", "max", "minimum", "maximum")
"""Functions whose arguments may stand in any order."""
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


@dataclass(frozen=True)
class Mutant:
    """One change of one file; ``before`` and ``after`` are the source of the place itself."""

    room: str
    file: str
    line: int
    column: int
    kind: str
    before: str
    after: str

    def applied(self, source: str) -> str:
        """The file's text with the change made."""
        lines = source.encode().splitlines(keepends=True)
        start = sum(len(line) for line in lines[: self.line - 1]) + self.column
        whole, old = source.encode(), self.before.encode()
        assert whole[start : start + len(old)] == old, f"need {self.before!r} at {self.file}:{self.line}"
        return (whole[:start] + self.after.encode() + whole[start + len(old) :]).decode()


def put(mutant: Mutant, root: Path) -> bool:
    """Give the living functions of the mutant's file its code; whether there were any."""
    path = str(root / mutant.file)
    source = Path(path).read_text()
    right, wrong = (
        _codes(compile(source, path, "exec")),
        _codes(compile(mutant.applied(source), path, "exec")),
    )
    changed = {place: code for place, code in wrong.items() if right.get(place) != code}
    found = False
    for function in gc.get_objects():
        if type(function) is FunctionType and function.__code__.co_filename == path:
            code = changed.get(_place(function.__code__))
            if code and len(code.co_freevars) == len(function.__code__.co_freevars):
                function.__code__, found = code, True
    return found


def _codes(code: CodeType) -> dict[tuple, CodeType]:
    """The code of all functions in a module's code, by name and line."""
    found = {}
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found |= {_place(constant): constant} | _codes(constant)
    return found


def _place(code: CodeType) -> tuple:
    return code.co_qualname, code.co_firstlineno


def chosen(root: Path, rooms: dict[str, str], count: int, seed: int) -> list[Mutant]:
    """``count`` mutants, the rooms in turn, and in each room the kinds in turn."""
    rngs = {
        room: random.Random(f"{seed} {room}") for room in rooms
    }  # a room's do not depend on which others run
    queues = [_shuffled(of_room(root, room, folder), rngs[room]) for room, folder in rooms.items()]
    found: list[Mutant] = []
    while len(found) < count and any(queues):
        drawn = [queue.pop() for queue in queues if queue]
        found += [mutant for mutant in drawn if _compiles(mutant.applied((root / mutant.file).read_text()))]
    return found[:count]


def of_room(root: Path, room: str, folder: str) -> list[Mutant]:
    """All mutants of a folder's modules."""
    files = sorted(file for file in (root / folder).rglob("*.py") if file.name != "__init__.py")
    return [mutant for file in files for mutant in of_file(root, room, file)]


def of_file(root: Path, room: str, file: Path) -> list[Mutant]:
    """All mutants of a file; few of them do not compile."""
    source, name = file.read_text(), str(file.relative_to(root))
    lines, found = source.encode().splitlines(keepends=True), []
    for node in _places(ast.parse(source)):
        for kind, changed in _changes(node):
            before = _segment(lines, node)
            after = ast.unparse(changed)
            after = after if isinstance(node, ast.stmt) else f"({after})"
            found.append(Mutant(room, name, node.lineno, node.col_offset, kind, before, after))
    return found


def _segment(lines: list[bytes], node: ast.expr | ast.stmt) -> str:
    """What ``ast.get_source_segment`` returns, without splitting the source for each node."""
    rows = lines[node.lineno - 1 : node.end_lineno]
    rows[-1] = rows[-1][: node.end_col_offset]
    rows[0] = rows[0][node.col_offset :]
    return b"".join(rows).decode()


def _shuffled(mutants: list[Mutant], rng: random.Random) -> list[Mutant]:
    """In random order, the kinds in turn; to be taken from the end."""
    kinds = defaultdict(list)
    for mutant in rng.sample(mutants, len(mutants)):
        kinds[mutant.kind].append(mutant)
    rows = [(place, kind, mutant) for kind in sorted(kinds) for place, mutant in enumerate(kinds[kind])]
    return [mutant for *_, mutant in sorted(rows, key=lambda row: row[:2], reverse=True)]


def _compiles(source: str) -> bool:
    try:
        compile(source, "mutant", "exec")
    except (SyntaxError, ValueError):
        return False
    return True


def _places(node: ast.AST, runs: bool = False) -> Iterator[ast.expr | ast.stmt]:
    """What the bodies of functions run, without annotations, decorators, defaults and the insides of messages."""
    for name, value in ast.iter_fields(node):
        if name in (
            "annotation",
            "returns",
            "decorator_list",
            "args" * isinstance(node, FUNCTIONS),
            "exc",
            "msg",
        ):
            continue
        inside = runs or (isinstance(node, FUNCTIONS) and name == "body")
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not isinstance(child, ast.JoinedStr):
                if inside and isinstance(child, ast.expr | ast.stmt):
                    yield child
                yield from _places(child, inside)


def _changes(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """The kinds of changes of one place, each with the place as changed."""
    match node:
        case ast.BinOp(op=op) if type(op) in ARITHMETIC:
            yield "operator", _with(node, op=ARITHMETIC[type(op)]())
            if isinstance(op, ast.Sub):
                yield "operands swapped", _with(node, left=node.right, right=node.left)
        case ast.AugAssign(op=op) if type(op) in ARITHMETIC:
            yield "operator", _with(node, op=ARITHMETIC[type(op)]())
        case ast.Compare(ops=ops):
            for place, op in enumerate(ops):
                for other in COMPARISONS[type(op)]:
                    yield "comparison", _with(node, ops=[*ops[:place], other(), *ops[place + 1 :]])
        case ast.BoolOp(op=op):
            yield "and/or", _with(node, op=ast.Or() if isinstance(op, ast.And) else ast.And())
            yield "condition dropped", _with(node, values=node.values[:-1])
        case ast.UnaryOp(op=ast.USub() | ast.Not()):
            kind = "not dropped" if isinstance(node.op, ast.Not) else "sign"
            yield kind, node.operand
        case ast.Constant(value=bool() as value):
            yield "constant", _with(node, value=not value)
        case ast.Constant(value=int() as value):
            yield "off by one", _with(node, value=value + 1)
            if value > 0:
                yield "off by one", _with(node, value=value - 1)
        case ast.Constant(value=float() as value):
            yield "constant", _with(node, value=value * 2 if value else 1.0)
        case ast.IfExp():
            yield "branches swapped", _with(node, body=node.orelse, orelse=node.body)
        case ast.Return(value=ast.BinOp() as value):
            yield "sign", _with(node, value=ast.UnaryOp(ast.USub(), value))
        case ast.Call() if getattr(node.func, "id", None) == "isinstance":
            yield "condition turned", ast.UnaryOp(ast.Not(), node)
        case ast.Call():
            yield from _calls(node)


def _calls(node: ast.Call) -> Iterator[tuple[str, ast.AST]]:
    """Changes of a call: another function, two arguments swapped, a keyword left out."""
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", None)
    if name in NAMES:
        field = "attr" if isinstance(node.func, ast.Attribute) else "id"
        yield "function", _with(node, func=_with(node.func, **{field: NAMES[name]}))
    first = [] if name in EITHER_WAY else node.args[:2]
    if len({ast.dump(arg) for arg in first}) == 2 and not any(isinstance(arg, ast.Starred) for arg in first):
        yield "arguments swapped", _with(node, args=[node.args[1], node.args[0], *node.args[2:]])
    for place, keyword in enumerate(node.keywords):
        if keyword.arg and name not in ("field", "dataclass"):
            yield "keyword dropped", _with(node, keywords=node.keywords[:place] + node.keywords[place + 1 :])


def _with(node: ast.AST, **fields: object) -> ast.AST:
    changed = deepcopy(node)
    for name, value in fields.items():
        setattr(changed, name, value)
    return changed
