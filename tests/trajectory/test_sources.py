"""The hash of an experiment's code covers all that it runs, and nothing that it does not."""

import ast
import gc
import importlib.util
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from simulations.periodic.decay_plane import Plane
from simulations.regimes.toy_basins import Basins
from sitheory._kernels.syntax import parsed
from sitheory.trajectory import code_hash

KIND = "conformance"

ROOT = Path(__file__).parents[2]

# One of each kind of kernel, with a configuration that takes no time.
SMALL = {
    "regimes.toy_phases": "Phases(groups=(2,), spreads=(1.0,), elrs=1, seeds=1, steps=200)",
    "regimes.toy_basins": "Basins(starts=2, steps=100)",
    "periodic.decay_plane": "Plane(losses=('cosine',), lr=(0.5, 1.0), wd=(0.1, 0.2), values=2, seeds=1, cycles=2)",
    "periodic.decay_interval": "Interval(alphas=(0.4,), lows=(0.01,), sequences=10, settle=10, steps=10, seeds=1)",
    "sharpness.sharpness_tracking": "Tracking(values=2, lowest=5e-4, time=0.1, seeds=1)",
    "sharpness.sharpness_regression": "Regression(n=5, d=10, steps=100)",
}
LOADED = """
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from simulations.{module} import *
{made}.run()
print(*(name for name in sys.modules if name.split(".")[0] in ("sitheory", "simulations")))
"""


def loaded(module):
    """The modules that a run in a fresh process has loaded, without the packages' own."""
    code = LOADED.format(module=module, made=SMALL[module])
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.split()) - {"sitheory"}


QUICK = ("regimes.toy_basins",)


@pytest.mark.parametrize(
    "module", [m if m in QUICK else pytest.param(m, marks=pytest.mark.slow) for m in SMALL]
)
def test_every_module_that_a_run_loads_is_hashed(module):
    assert loaded(module) <= set(code_hash.modules(f"simulations.{module}"))


def test_helpers_and_kernels_are_hashed_and_strangers_are_not():
    tracking = code_hash.modules("simulations.sharpness.sharpness_tracking")
    basins = code_hash.modules("simulations.regimes.toy_basins")
    assert {"simulations.sharpness.edge_losses", "sitheory._kernels.surfaces", "sitheory.sweeps"} <= set(
        tracking
    )
    assert {"sitheory.reports.text", "sitheory._kernels.toy.vectors"} <= set(basins)
    assert not {"simulations.sharpness.edge_losses", "proofs_check.attacks", "sitheory.toy"} & set(basins)


PACKAGE = {
    "__init__": "",
    "experiment": '"""A docstring."""\nimport sitheory as si\nfrom . import helper\nx = 1  # a comment\n',
    "helper": "def f():\n    from sitheory import Quotients\n",
}


@pytest.fixture
def package(tmp_path, monkeypatch):
    for name, source in PACKAGE.items():
        tmp_path.joinpath("mine").mkdir(exist_ok=True)
        tmp_path.joinpath("mine", f"{name}.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path / "mine"
    sys.modules.pop("mine", None)
    forget()


def forget():
    """What a new process would not know."""
    for cached in (code_hash._hash, code_hash._imported, code_hash._file):
        cached.cache_clear()


def hashed():
    forget()
    return code_hash._hash(("mine.experiment",))


@pytest.mark.parametrize(
    ("name", "old", "new", "changes"),
    [
        ("experiment", "x = 1", "x = 2", True),
        ("experiment", "a comment", "a remark", False),
        ("experiment", "A docstring", "Another", False),
        ("helper", "def f", "def g", True),
        ("helper", "Quotients", "DecayGD", True),
    ],
)
def test_code_counts_and_prose_does_not(package, name, old, new, changes):
    before = hashed()
    file = package / f"{name}.py"
    file.write_text(file.read_text().replace(old, new))
    assert (hashed() != before) == changes


def test_names_through_the_front_door_are_followed(package):
    assert {"mine.helper", "sitheory.losses.quotients", "sitheory.theory.regimes"} <= set(
        code_hash.modules("mine.experiment")
    )
    (package / "experiment.py").write_text("import sitheory\nsitheory.sharpness\n")
    forget()
    assert "sitheory.measure.spherical_sharpness" in code_hash.modules("mine.experiment")
    (package / "experiment.py").write_text("import sitheory as si\ngetattr(si, 'jumps')\n")
    forget()
    assert "sitheory.measure.cycles" in code_hash.modules("mine.experiment")


def test_hashing_runs_nothing(package):
    """Python's own ``find_spec`` would run the packages above a module."""
    (package / "__init__.py").write_text("raise SystemExit('the package was run')\n")
    (package / "helper.py").write_text("raise SystemExit('the helper was run')\n")
    (package / "experiment.py").write_text("from .plain.deep import x\nfrom .helper import f\n")
    (package / "plain").mkdir()  # without __init__.py
    (package / "plain" / "deep.py").write_text("x = 1\n")
    with pytest.raises(SystemExit):
        importlib.util.find_spec("mine.experiment")
    assert {"mine", "mine.experiment", "mine.helper"} <= set(code_hash.modules("mine.experiment"))


def test_a_folder_without_a_package_file_is_followed(package):
    (package / "experiment.py").write_text("from .plain.deep import x\n")
    (package / "plain").mkdir()
    (package / "plain" / "deep.py").write_text("x = 1\n")
    forget()
    assert "mine.plain.deep" in code_hash.modules("mine.experiment")


def test_a_thing_and_its_class_have_one_hash():
    assert code_hash.code_hash(Basins()) == code_hash.code_hash(Basins) != code_hash.code_hash(Plane())


def test_a_loss_of_another_module_counts(package):
    """Conformance: what a field's class is made of counts, also where its module is imported by nothing else."""
    (package / "losses.py").write_text("class Mine:\n    slope = 1\n")

    class Held:
        def __init__(self, loss):
            self.loss = loss

    def hashed_with(text):
        (package / "losses.py").write_text(text)
        forget()
        sys.modules.pop("mine.losses", None)
        return code_hash.code_hash(Held(importlib.import_module("mine.losses").Mine()))

    first = hashed_with("class Mine:\n    slope = 1\n")
    assert hashed_with("class Mine:\n    slope = 2\n") != first != code_hash.code_hash(Held(None))


@pytest.fixture
def busy_collector():
    """Lets another thread in whenever garbage is collected, and has it collected often."""
    before = gc.get_threshold()
    gc.callbacks.append(lets_others := lambda *_: time.sleep(1e-3))
    gc.set_threshold(500)
    yield
    gc.set_threshold(*before)
    gc.callbacks.remove(lets_others)


def test_threads_read_the_same_tree(busy_collector):
    source = Path(code_hash.__file__)
    with ThreadPoolExecutor(4) as four:
        trees = list(four.map(lambda _: parsed(source), range(16)))
    assert {ast.dump(tree) for tree in trees} == {ast.dump(ast.parse(source.read_text()))}
