"""Experiments and figures are found: one new file is enough, and a broken one hides nothing."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import sitheory as si
from paper_figs import discovery as figure_discovery
from paper_figs.__main__ import main as draw
from simulations import discovery
from simulations.__main__ import main
from simulations.experiment import ensure, papers
from simulations.regimes.toy_basins import Basins
from simulations.regimes.toy_three_regimes import ThreeRegimes
from sitheory.references.citations import PAPERS
from sitheory.reports.command_line import run_command
from sitheory.trajectory.schema import VARIABLES

KIND = "conformance"
ROOT = Path(__file__).parents[2]

EXPERIMENT = '''"""A new experiment."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sitheory.trajectory import schema
from sitheory.trajectory.schema import Variable

DECLARED = {"wonder": Variable(("marvel",), "how far we see")}


@dataclass(frozen=True)
class Wonder:
    """A straight line."""

    name: ClassVar[str] = "new_wonder"
    cost: ClassVar[str] = "nothing"

    length: int = 3

    def run(self):
        series, coords = {"wonder": (("marvel",), np.arange(self.length))}, {"marvel": np.arange(self.length)}
        attrs = schema.provenance({"length": self.length}, None)
        dims = {"marvel": "where we stand"}
        return schema.dataset(series, coords, attrs, declared=DECLARED, dims=dims)

    @staticmethod
    def table(result):
        return f"we see {float(result['wonder'].max())}"
'''
FIGURE = '''"""A straight line, drawn."""

from paper_figs.style import new_figure

NEEDS = ("new_wonder",)
CLAIMS = ("regimes:eq9",)
COST = "nothing"


def draw(result):
    figure = new_figure(2, 2)
    figure.subplots().plot(result["marvel"], result["wonder"])
    return figure


def numbers(result):
    return []
'''


@pytest.fixture
def copy(tmp_path):
    """A copy of both houses, to which files are added."""
    for house in ("simulations", "paper_figs"):
        shutil.copytree(ROOT / house, tmp_path / house, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def door(*words, cwd):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", *words]
    return subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=300
    )


def test_a_new_file_is_an_experiment_or_a_figure(copy):
    """One file each, the experiment in a folder that was not there: run, listed and drawn by their names."""
    for house, file, text in (("simulations", "wonder", EXPERIMENT), ("paper_figs", "line", FIGURE)):
        (copy / house / "thesis").mkdir(exist_ok=True)
        (copy / house / "thesis" / f"{file}.py").write_text(text)
    done = door("simulations", "new_wonder", "--length", "4", "--table", cwd=copy)
    assert (done.returncode, done.stdout) == (0, "we see 3.0\n"), done.stderr
    assert "new_wonder" in door("simulations", "--list", "new_wonder", cwd=copy).stdout
    assert re.search("^thesis_line +nothing +A straight line", door("paper_figs", cwd=copy).stdout, re.M)
    done = door("paper_figs", "thesis_line", "--out", "here", cwd=copy)
    assert done.returncode == 0 and (copy / "here" / "thesis_line.png").exists(), done.stderr
    result, *_ = (copy / "results").glob("new_wonder-*.nc")
    assert si.load(result).attrs["papers"] == "thesis"
    assert si.load(result)["wonder"].attrs["long_name"] == "how far we see"


def test_a_broken_file_takes_one_line_and_hides_nothing(copy):
    (copy / "simulations/regimes/unread.py").write_text("class (")
    (copy / "simulations/regimes/unloaded.py").write_text("import nothing_like_it\n" + EXPERIMENT)
    (copy / "paper_figs/regimes/unread.py").write_text("NEEDS = (")
    (copy / "paper_figs/regimes/unloaded.py").write_text(
        'NEEDS, COST = ("toy_basins",), "nothing"\nNEEDS = ()\n'
    )
    done = door("simulations", "--list", cwd=copy)
    assert done.returncode == 1 and "toy_basins" in done.stdout and "net_sharpness_time" in done.stdout
    unread, unloaded = done.stderr.splitlines()
    assert "simulations.regimes.unread does not load: SyntaxError" in unread
    assert "simulations.regimes.unloaded does not load: ModuleNotFoundError" in unloaded
    done = door("simulations", "toy_three_regimes", "--steps", "20", cwd=copy)
    assert done.returncode == 0 and not done.stderr
    done = door("simulations", "new_wonder", cwd=copy)
    assert done.returncode == 1 and done.stderr.count("\n") == 1
    done = door("paper_figs", cwd=copy)
    assert done.returncode == 1 and "regimes_fig2" in done.stdout and "unread does not load" in done.stderr
    done = door("paper_figs", "regimes_unloaded", "periodic_fig7", cwd=copy)
    assert done.returncode == 1 and (copy / "figures/periodic_fig7.pdf").exists()
    assert done.stderr.count("\n") == 1 and "unloaded does not load: AttributeError" in done.stderr


def test_a_new_variable_makes_no_other_result_stale(copy):
    """Twin: hashes of all experiments before and after one of them declares a variable more."""
    hashes = """
from simulations import discovery
from sitheory.trajectory.code_hash import code_hash
for name, place in discovery.experiments()[0].items():
    print(name, code_hash(discovery.load(place)))
"""
    before = _hashes(copy, hashes)
    file = copy / "simulations/regimes/toy_basins.py"
    text = file.read_text()
    added = text.replace(
        '"loss_ratio": Variable(', '"another": Variable((), "another"), "loss_ratio": Variable('
    )
    assert added != text
    file.write_text(added)
    after = _hashes(copy, hashes)
    assert len(before) > 50 and {n for n in before if before[n] != after[n]} == {"toy_basins"}


def _hashes(folder, code):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, '.'){code}"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True)
    return dict(line.split() for line in done.stdout.splitlines())


def test_no_variable_of_one_experiment_alone_is_in_the_library():
    assert not {"landed", "t_printed", "similarity", "attractor", "settling_index"} & set(VARIABLES)


def test_every_experiment_names_its_papers_and_swept_ones_say_so(tmp_path):
    places, broken = discovery.experiments()
    assert not broken and not figure_discovery.figures()[1]
    for name, place in places.items():
        cited = papers(discovery.load(place)())
        assert cited and set(cited) <= set(PAPERS), name
    assert papers(Basins()) == papers(ThreeRegimes()) == ("regimes",)
    assert si.load(ensure(Basins(starts=2, steps=100), tmp_path)).attrs["papers"] == "regimes"


def test_lists_are_in_the_papers_order_with_numbers_counted():
    figures = list(figure_discovery.figures()[0])
    at = [figures.index(f"regimes_fig{n}") for n in (1, 2, 9, 10, 28)]
    assert at == sorted(at) and figures.index("periodic_fig1") < at[0] < figures.index("beyond_edge_drift")
    assert figures.index("regimes_basins") > at[-1]


@pytest.mark.parametrize(
    ("words", "law"),
    [
        (["toy_phase"], "need the name of an experiment like toy_phases, got 'toy_phase'"),
        (["--list", "toy_phase"], "need the name of an experiment like toy_phases, got 'toy_phase'"),
        (["qwertz"], "need the name of an experiment, got 'qwertz'"),
        (["--table"], "need the name of an experiment, got none"),
        (["digits_sphere", "--elrs", "x"], "--elrs"),
        (["toy_phases", "--elr", "3"], "--elr"),
    ],
)
def test_a_wrong_word_takes_one_short_line(words, law, capsys):
    try:
        code = main(words)
    except SystemExit as left:
        code = left.code
    said = capsys.readouterr().err
    assert code == 2 and law in said and said.count("\n") == 1 and len(said) < 200, said


def test_help_is_help(capsys):
    assert main(["--help"]) == 0
    assert "--executor" in capsys.readouterr().out


def test_figures_try_their_output_before_they_compute(tmp_path, capsys, monkeypatch):
    """Wrong variants: a file in the place of a folder, a page where none can lie, a result of something else."""
    monkeypatch.setattr("paper_figs.__main__._result", lambda *_: pytest.fail("computed"))
    taken, other = tmp_path / "taken", tmp_path / "toy_basins-0.nc"
    taken.touch(), other.touch()
    for words, law in (
        (["--out", str(taken / "in")], "need a writable folder for --out"),
        (["--out", str(tmp_path), "--html", str(tmp_path)], "need a writable file for --html"),
        (["--out", str(tmp_path), "--result", str(other)], "need a result of toy_three_regimes"),
        (["--out", str(tmp_path), "--result", "missing.nc"], "need a file for --result"),
    ):
        assert draw(["regimes_fig2", *words]) == 2
        said = capsys.readouterr().err
        assert law in said and said.count("\n") == 1


def test_stopped_figures_end_in_one_line(capsys, monkeypatch, tmp_path):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("paper_figs.__main__._result", stop)
    words = ["regimes_fig2", "--out", str(tmp_path)]
    assert run_command("paper_figs", lambda: draw(words)) == 130
    assert capsys.readouterr().err == "paper_figs: stopped\n"


def test_a_given_result_is_drawn_in_place_of_the_default_one(tmp_path, monkeypatch):
    monkeypatch.setattr("paper_figs.__main__._result", lambda *_: pytest.fail("computed"))
    path = ensure(ThreeRegimes(steps=200), tmp_path)
    assert draw(["regimes_fig2", "--out", str(tmp_path), "--result", str(path)]) == 0
    assert path.name.encode() in (tmp_path / "regimes_fig2.png").read_bytes()
