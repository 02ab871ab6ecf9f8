"""README's lines on a pool of processes, by each start method, however Python was handed them."""

import itertools
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import sitheory as si
from sitheory.sweeps import run

KIND = "conformance"

ROOT = Path(__file__).parents[2]
POOL = "ProcessPoolExecutor(2)"
(LINES,) = (
    block
    for block in re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.S)
    if POOL in block
)
DEFAULT = {("spawn", "-c"), ("forkserver", "stdin")}


def handed(how, text, folder):
    """What to call Python with, and what to give it on stdin."""
    if how == "script":
        (folder / "mine.py").write_text(text)
    words = {"-c": ["-c", text], "script": ["mine.py"], "stdin": [], "session": ["-i", "-q"]}[how]
    if how == "session":  # a blank line ends what is typed into a session
        text = re.sub(r"\n+", "\n", text) + "\n\n"
    return words, text if how in ("stdin", "session") else ""


@pytest.mark.parametrize(
    ("method", "how"),
    [
        pair if pair in DEFAULT else pytest.param(*pair, marks=pytest.mark.nightly)
        for pair in itertools.product(("spawn", "forkserver"), ("-c", "stdin", "script", "session"))
    ],
)
def test_a_pool_works_however_python_was_started(method, how, tmp_path):
    """Twin: the same sweep in this process."""
    pool = f"ProcessPoolExecutor(2, mp_context=__import__('multiprocessing').get_context({method!r}))"
    words, typed = handed(how, LINES.replace(POOL, pool), tmp_path)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONSTARTUP": ""}
    done = subprocess.run(
        [sys.executable, *words], input=typed, text=True, capture_output=True, cwd=tmp_path, env=environment
    )
    assert done.returncode == 0 and "('lr', 'wd', 'seed', 'step')" in done.stdout, done.stderr
    assert "Traceback" not in done.stderr
    (file,) = (tmp_path / "results").glob("*.nc")
    options = {"lr": si.load(file)["lr"].values, "wd": [1e-3, 1e-2], "seeds": 2, "steps": 10_000}
    alone = si.sweep(si.Fourier(cos=(1,)), si.DecayGD, **options)
    assert si.load(file).drop_attrs().identical(alone.drop_attrs())


def test_a_main_module_of_stdin_has_its_name_back(monkeypatch):
    """Conformance: and one that a file holds keeps its name meanwhile."""
    main = sys.modules["__main__"]
    for file in ("<stdin>", __file__):
        monkeypatch.setattr(main, "__file__", file, raising=False)
        with run._main_that_is_a_file():
            assert getattr(main, "__file__", None) == (None if file == "<stdin>" else file)
        assert main.__file__ == file
