"""The house's own laws: who may import what, and that README, docstrings and code name the same things."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

KIND = "conformance"

ROOT = Path(__file__).parents[2]

HOUSES = ("sitheory", "proofs_check", "simulations", "paper_figs")
LINT = (
    sys.executable,
    "-c",
    "from importlinter.cli import lint_imports_command; lint_imports_command()",
    "--no-cache",
)

# What breaks each contract of the law: contract -> (file, its import). Lazy imports count.
BROKEN = {
    "rooms": ("paper_figs/broken.py", "import simulations"),
    "no-proofs-in-simulations": ("simulations/broken.py", "from proofs_check import ledger"),
    "floors": ("sitheory/theory/broken.py", "def lazily():\n    from sitheory.measure import regimes"),
    "circles": ("sitheory/losses/protocol.py", "def lazily():\n    from sitheory.losses import quotients"),
    "torch": ("sitheory/measure/broken.py", "def lazily():\n    import torch.nn"),
    "compilers": ("sitheory/bridge/broken.py", "import numba"),
    "solvers": ("paper_figs/broken.py", "import sympy"),
    "executors": ("sitheory/sweeps/broken.py", "from dask import delayed"),
    "plots": ("simulations/broken.py", "import matplotlib.pyplot as plt"),
}


def verdicts(folder: Path) -> dict[str, str]:
    """KEPT or BROKEN for each contract's id, as import-linter says of the sources in a folder."""
    done = subprocess.run(LINT, cwd=folder, capture_output=True, text=True, check=False)
    said = " ".join(done.stdout.split())
    contracts = tomllib.loads((folder / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    return {c["id"]: re.search(re.escape(c["name"]) + r" (KEPT|BROKEN)", said)[1] for c in contracts}


def test_the_import_law_holds():
    assert set(verdicts(ROOT).values()) == {"KEPT"}


def test_a_broken_variant_of_each_contract_is_seen(tmp_path):
    for house in HOUSES:
        shutil.copytree(ROOT / house, tmp_path / house, ignore=shutil.ignore_patterns("__pycache__", "*.v*"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for file, line in BROKEN.values():
        with (tmp_path / file).open("a") as source:
            source.write(f"\n{line}\n")
    assert verdicts(tmp_path) == dict.fromkeys(BROKEN, "BROKEN")


def imported(source: str) -> Iterator[tuple[str, bool]]:
    """Each imported module's dotted name, and whether it is imported when the file is."""
    tree = ast.parse(source)
    lazy = {id(node) for f in ast.walk(tree) if isinstance(f, ast.FunctionDef) for node in ast.walk(f)}
    lazy |= {
        id(node)
        for test in tree.body
        if isinstance(test, ast.If) and "TYPE_CHECKING" in ast.dump(test.test)
        for node in ast.walk(test)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, id(node) not in lazy) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield f"{'.' * node.level}{node.module or ''}", id(node) not in lazy


def strangers_in_theory(source: str) -> list[str]:
    return [name for name, _ in imported(source) if not f"{name}.".startswith("sitheory.theory.")]


def slow_starts(source: str) -> list[str]:
    """What takes seconds to import, and is imported with the file."""
    return [name for name, at_once in imported(source) if at_once and name.split(".")[0] == "xarray"]


def test_formulas_import_nothing_but_formulas():
    for path in (ROOT / "sitheory/theory").glob("*.py"):
        assert not strangers_in_theory(path.read_text()), path
    assert strangers_in_theory("import math") and strangers_in_theory("from .. import measure")


def test_the_library_imports_xarray_lazily():
    for path in (ROOT / "sitheory").rglob("*.py"):
        assert not slow_starts(path.read_text()), path
    assert slow_starts("import xarray") and not slow_starts("def f():\n    import xarray")


def test_an_outsider_sees_the_plan():
    entries = [path for path in (ROOT / "sitheory").iterdir() if path.name != "__pycache__"]
    assert len(entries) <= 20, sorted(p.name for p in entries)


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
