"""The house's own laws: who may import what, and that README, docstrings and code name the same things."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# room -> (rooms it may import, third parties that it alone touches)
ROOMS = {
    "sitheory/theory": (set(), set()),
    "sitheory/_kernels": ({"sitheory._kernels"}, {"numba", "llvmlite"}),
    "sitheory/bridge": ({"sitheory"}, {"torch"}),
    "sitheory": ({"sitheory"}, {"xarray"}),
    "proofs_check": ({"sitheory", "proofs_check"}, {"sympy", "z3", "cvc5", "flint"}),
    "simulations": ({"sitheory", "simulations"}, {"submitit", "dask", "distributed"}),
    "paper_figs": ({"sitheory", "paper_figs", "proofs_check"}, {"matplotlib"}),
}
GUARDED = set().union(*(alone for _, alone in ROOMS.values())) - {"xarray"}
OURS = {"sitheory", "proofs_check", "simulations", "paper_figs", "tests", "benchmarks"}


def room_of(path: Path) -> str:
    relative = path.relative_to(ROOT).as_posix()
    return max((room for room in ROOMS if relative.startswith(f"{room}/")), key=len)


def imports(source: str, package: str):
    """Each imported module's dotted name, with the function it stands in ("" at module level)."""
    tree = ast.parse(source)
    inside = {
        id(node): "TYPE_CHECKING" for top in tree.body if isinstance(top, ast.If) for node in ast.walk(top)
    }
    for function in ast.walk(tree):
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
            inside |= {id(node): function.name for node in ast.walk(function)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            prefix = ".".join([*base, *([node.module] if node.module else [])])
            names = [f"{prefix}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            yield name, inside.get(id(node), "")


def violations(path: Path, source: str):
    room = room_of(path)
    rooms, alone = ROOMS[room]
    where = path.relative_to(ROOT)
    package = ".".join(where.with_suffix("").parts[:-1])
    own = room.replace("/", ".")
    for name, function in imports(source, package):
        party = name.split(".")[0]
        draws = (
            party == "matplotlib" and room == "sitheory" and re.search("draw|plot|TYPE_CHECKING", function)
        )
        if party in OURS:
            if not any(name == r or name.startswith(f"{r}.") for r in {*rooms, own}):
                yield f"{where} imports {name}"
        elif room == "sitheory/theory":
            yield f"{where} imports {name}: theory imports nothing"
        elif party in GUARDED - alone and not draws:
            yield f"{where} imports {party}, which another room keeps"
        elif not function and party == "xarray" and room == "sitheory":
            yield f"{where} imports xarray at module level: it takes seconds"


SOURCES = [
    p
    for room in ("sitheory", "proofs_check", "simulations", "paper_figs")
    for p in (ROOT / room).rglob("*.py")
]


def test_the_import_law_holds():
    broken = [v for path in SOURCES for v in violations(path, path.read_text())]
    assert not broken, "\n".join(broken)


@pytest.mark.parametrize(
    ("where", "line"),
    [
        ("sitheory/theory/regimes.py", "import math"),
        ("sitheory/measure.py", "import simulations"),
        ("sitheory/measure.py", "from proofs_check import ledger"),
        ("sitheory/measure.py", "import numba"),
        ("sitheory/measure.py", "import xarray"),
        ("sitheory/measure.py", "def f():\n    import torch"),
        ("sitheory/theory/scale.py", "import torch"),
        ("proofs_check/__init__.py", "from torch import nn"),
        ("simulations/toy_bifurcation.py", "import torch"),
        ("paper_figs/regimes_fig2.py", "import torch.nn.functional as F"),
        ("sitheory/bridge/data.py", "import numba"),
        ("sitheory/bridge/data.py", "import simulations"),
        ("sitheory/toy.py", "import matplotlib"),
        ("sitheory/toy.py", "def run():\n    import matplotlib"),
        ("sitheory/_kernels/__init__.py", "from sitheory import measure"),
        ("simulations/toy_bifurcation.py", "import matplotlib.pyplot as plt"),
        ("paper_figs/regimes_fig2.py", "import simulations"),
        ("proofs_check/__init__.py", "from simulations import toy_bifurcation"),
        ("sitheory/theory/regimes.py", "from .. import measure"),
    ],
)
def test_a_broken_import_law_is_seen(where, line):
    assert list(violations(ROOT / where, line))


def test_a_command_may_draw_inside_the_function_that_draws():
    assert not list(violations(ROOT / "sitheory/toy.py", "def draw():\n    import matplotlib"))


def test_the_bridge_may_import_torch_and_the_library():
    source = "import torch\nfrom torch import nn\nfrom sitheory.theory import scale"
    assert not list(violations(ROOT / "sitheory/bridge/groups.py", source))


def test_every_top_level_folder_of_the_house_stands():
    for name in ("sitheory", "proofs_check", "simulations", "paper_figs", "tests", "benchmarks"):
        assert (ROOT / name).is_dir(), name


def test_public_names_resolve():
    import sitheory

    for name in sitheory.__all__:
        assert getattr(sitheory, name) is not None
    with pytest.raises(AttributeError):
        _ = sitheory.no_such_name


def test_ci_runs_the_readme_s_test_command():
    script = (ROOT / ".ci" / "run").read_text()
    commands = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), flags=re.S)
    tests = [c.strip() for c in commands if "pytest" in c]
    assert tests and tests[0] in script
