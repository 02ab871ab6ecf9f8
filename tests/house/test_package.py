"""The package as others meet it: its self-check, what it asks to be cited, and the wheel away from the repo."""

import io
import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
import venv
import zipfile
from pathlib import Path
from typing import get_args

import pytest

import sitheory as si
from proofs_check import quick
from proofs_check.__main__ import main
from proofs_check.page.views import TITLES
from proofs_check.verdicts import book
from sitheory.bridge.training import optimisers
from sitheory.references import citations

KIND = "conformance"

ROOT = Path(__file__).parents[2]
NEW_PAPER = ROOT / "docs/new-paper.md"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


# The self-check.


def test_the_self_check_takes_the_cheapest_of_each_paper_and_engine():
    ledger, rows = book.load(), book.committed_rows()
    found = {(s.claim_id.split(":")[0], s.answer.check.engine): s.seconds for s in quick.chosen(ledger, rows)}
    told: dict[tuple[str, str], float] = {}
    for claim_id, row in rows.items():
        for check in row["engines"]:
            place = claim_id.split(":")[0], check["engine"]
            if check["status"] == "OPEN":
                continue
            told[place] = min(told.get(place, 1e9), check.get("seconds", 0.0))
    assert found == {place: seconds for place, seconds in told.items() if place[1] != "kernel"}
    assert {engine for _, engine in found} >= {"smt", "algebra", "induction", "enclosure", "trial"}


def small():
    """A ledger of one cheap claim, and its committed rows."""
    from proofs_check.verdicts.claims import Ledger

    ledger, rows = book.load(), book.committed_rows()
    only = "si:gradient-homogeneity"
    return Ledger([ledger[only]]), {only: rows[only]}


def test_the_self_check_passes_on_what_is_committed_and_says_what_it_left_out(capsys):
    ledger, rows = small()
    assert quick.check(ledger, rows) == 0
    out = capsys.readouterr().out
    assert "PROVED" in out and "Left out: " in out


def test_the_self_check_sees_a_verdict_that_differs(capsys):
    ledger, rows = small()
    (row,) = rows.values()
    wrong = {**row, "engines": [e | {"status": "REFUTED"} for e in row["engines"]]}
    assert quick.check(ledger, {row["id"]: wrong}) == 1
    assert "was REFUTED, is PROVED" in capsys.readouterr().err
    assert quick.check(ledger, {}) == 1  # nothing to compare with is no pass


def test_the_self_check_takes_no_ids(capsys):
    assert main(["--quick", "periodic:13a"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_the_solvers_alone_say_what_the_page_needs(monkeypatch, capsys):
    monkeypatch.setattr("proofs_check.__main__.find_spec", lambda name: None)
    assert main(["--html", "ledger.html"]) == 2
    assert "pip install 'sitheory[proofs]'" in capsys.readouterr().err


def test_a_plain_script_decides_once(tmp_path):
    """A script without a guard around its main part: a process that the solvers start must not run it again."""
    script = tmp_path / "mine.py"
    script.write_text(
        "from proofs_check import Statement, reals, smt\n"
        "x, = reals('x')\n"
        "verdict = smt(Statement([x > 1], x * x > 1)).run()\n"
        "print(verdict.status, verdict.rests_on)\n"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=environment,
    )
    assert done.stdout == "PROVED ('z3', 'cvc5')\n" and not done.stderr, done.stderr


# What is cited.


def printed(of=None):
    out = io.StringIO()
    si.citations(of, file=out)
    return re.findall(r"^@\w+\{(\w+),", out.getvalue(), re.M)


def test_a_claim_cites_its_papers_and_the_programs_behind_its_verdicts():
    assert printed() == ["sitheory", "periodic", "regimes", "sharpness", "thesis", "hyperball", "rotation"]
    assert printed("periodic:unit-sphere")[:2] == ["sitheory", "periodic"]
    assert {"coq", "coquelicot", "z3", "cvc5"} <= set(printed("periodic:13a"))
    assert "arb" in printed("periodic:cor1") and "arb" not in printed("periodic:13a")
    assert {"periodic", "regimes", "sharpness"} <= set(printed("si:orthogonality"))
    with pytest.raises(ValueError, match=r"need the id of a claim in the ledger, got 'mine:1'"):
        si.citations("mine:1")


def test_a_result_cites_what_its_configuration_names():
    toy = si.simulate(si.Quotients((1, 2)), si.SphereGD(0.1), 5, rng=0)
    assert printed(toy) == ["sitheory", "regimes", "numba", "numpy", "xarray"]
    assert printed(si.simulate(si.Quotients((1, 2)), si.DecayGD(0.1, 0.01), 5, rng=0))[1:3] == [
        "periodic",
        "regimes",
    ]
    assert printed(toy.assign_attrs(config="{}", papers="sharpness"))[1] == "sharpness"
    assert printed(toy.assign_attrs(config="{}"))[1:7] == list(citations.PAPERS)


def test_every_loss_and_rule_has_its_paper():
    own = {"check_loss", "Compiled", "Fourier", "SphereQuadratics", "ScaleInvariantLoss"}  # of no paper
    own |= {"Isotropic", "HeavyTailed", "Orthogonal"}  # what RandomWalk is made with
    rules = {rule.__name__ for rule in get_args(si.rules.Rule)}
    rules |= {rule.__name__ for rule in get_args(optimisers.Rule)}
    assert set(citations.PAPER_OF) == {*si.losses.__all__, *rules} - own


def test_the_references_agree_with_each_other():
    entries = citations._entries()
    own = {"sitheory", *citations.PAPERS, *citations.PROGRAMS.values()}
    assert own <= set(entries)
    beyond = (ROOT / "docs" / "beyond.md").read_text()
    for key in set(entries) - own:  # those who were first, whom the notes beyond the papers name
        assert re.search(r"author += \{([^,]+),", entries[key])[1] in beyond, key
    cff = (ROOT / "CITATION.cff").read_text()
    for key, entry in entries.items():
        assert entry.count("{") == entry.count("}"), key
        assert all(re.match(r"  \w+ += \{.*\},$", line) for line in entry.splitlines()[1:-1]), key
    for paper in citations.PAPERS:
        assert TITLES[paper] in entries[paper] and TITLES[paper] in cff
        names = re.search(r"author += \{(.*)\}", entries[paper])[1].split(" and ")
        assert all("family-names: {}, given-names: {}".format(*n.split(", ")) in cff for n in names)
        arxiv = re.search(r"eprint += \{(.*)\}", entries[paper])
        assert not arxiv or f"arXiv:{arxiv[1]}" in cff


def test_there_is_one_version():
    version = si.__version__
    assert "version" in PROJECT["dynamic"] and "version" not in PROJECT  # read from there
    told = {
        "CITATION.cff": r"^version: (\S+)$",
        "CHANGELOG.md": r"^## (\S+)",
        "sitheory/references/references.bib": r"^  version = \{(\S+)\}",
    }
    for file, pattern in told.items():
        assert re.search(pattern, (ROOT / file).read_text(), re.M)[1] == version, file


# The wheel.

CARRIED = [
    *(p.relative_to(ROOT).as_posix() for p in (ROOT / "proofs_check/coq").glob("*.v")),
    *(
        f"proofs_check/{name}"
        for name in ("ledger.jsonl", "claim_ids.txt", "page/page.css", "page/page.js", "py.typed")
    ),
    *(
        f"sitheory/{name}"
        for name in ("references/references.bib", "py.typed", "explore/notebook.py", "explore/notebook.css")
    ),
]


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A Python that has the wheel and its dependencies, and does not see the repository."""
    folder = tmp_path_factory.mktemp("wheel")
    built = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(built, check=True, cwd=ROOT, capture_output=True, timeout=60)
    (wheel,) = folder.glob("*.whl")
    venv.create(folder / "venv", with_pip=False, symlinks=True)
    (packages,) = (folder / "venv").glob("lib/python*/site-packages")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)
        names = archive.namelist()
    dependencies = [place for place in sys.path if place.endswith("site-packages")]  # and no editable install
    (packages / "dependencies.pth").write_text("\n".join(dependencies))
    return folder / "venv" / "bin" / "python", names, packages


def outside(python, *words, path=None):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    environment |= {} if path is None else {"PATH": str(path)}
    return subprocess.run(
        [str(python), *words],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        cwd=python.parent,
        env=environment,
    )


def test_experiments_say_in_one_line_which_extra_they_need(tmp_path):
    (tmp_path / "tyro.py").write_text("raise ModuleNotFoundError('none', name='tyro')")
    path = os.pathsep.join([str(tmp_path), str(ROOT)])
    command = [sys.executable, "-m", "simulations", "--list"]
    run = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": path})
    said = "simulations: need what experiments use, pip install 'sitheory[figures]', got no module 'tyro'\n"
    assert (run.returncode, run.stderr) == (1, said)


def shown():
    """The lines that ``docs/new-paper.md`` shows to type, in order."""
    blocks = re.findall(r"^```sh\n(.*?)^```", NEW_PAPER.read_text(), flags=re.S | re.M)
    return [line.split("#")[0].strip() for block in blocks for line in block.splitlines() if line.strip()]


@pytest.mark.slow
def test_a_paper_of_ones_own_goes_from_an_empty_folder_to_its_page_as_the_document_shows(installed):
    python, *_ = installed
    for line in shown():
        program, *words = shlex.split(line)
        assert program == "python"
        done = outside(python, *words)
        assert done.returncode == 0, f"{line}: {done.stderr}"
    here = python.parent
    rows = map(json.loads, (here / "mine/ledger.jsonl").read_text(encoding="utf-8").splitlines())
    statuses = {row["id"]: row["printed_status"] for row in rows}
    assert statuses == {
        "mine:descent": "PROVED",
        "mine:geometric": "PROVED",  # by induction, and by the kernel where coqc is
        "mine:best": "REFUTED",
        "mine:small-steps": "APPROXIMATE",
        "mine:convex": "OPEN",
    }
    assert "Step sizes of gradient descent" in (here / "mine.html").read_text(encoding="utf-8")
    assert (here / "figures/mine_figure.png").exists() and (here / "gallery.html").exists()
    for code in re.findall(r"^```python\n(.*?)^```", NEW_PAPER.read_text(), flags=re.S | re.M):
        done = outside(python, "-c", code)
        assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_the_wheel_passes_its_own_self_check_without_repo_and_coqc(installed, tmp_path):
    python, names, packages = installed
    assert set(CARRIED) <= set(names) and not [n for n in names if n.startswith(("tests", "benchmarks"))]
    where = outside(python, "-c", "import sitheory, proofs_check as p; print(sitheory.__file__, p.__file__)")
    assert where.stdout.count(str(packages)) == 2, where.stderr
    checked = outside(python, "-m", "proofs_check", "--quick", path=tmp_path)
    assert checked.returncode == 0 and "Left out" in checked.stdout, checked.stderr
    toy = outside(python, "-m", "sitheory.toy", "--elr", "0.2", "--json")
    assert toy.returncode == 0 and json.loads(toy.stdout), toy.stderr
    cited = outside(python, "-c", "import sitheory; sitheory.citations('periodic:13a')")
    assert "@inproceedings{periodic," in cited.stdout, cited.stderr
