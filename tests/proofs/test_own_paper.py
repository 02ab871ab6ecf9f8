"""A paper of somebody's own: found anywhere, decided with its own ledger, refused in one line where it cannot stand."""

import json
import shutil

import pytest

from proofs_check.__main__ import main
from proofs_check.coq import generate
from proofs_check.engines import coq_files
from proofs_check.own_paper.folder import Paper, write_example
from proofs_check.verdicts import book

KIND = "conformance"

CLAIM = """
from proofs_check import Claim, Form, Statement, reals, smt
x, = reals("x")
square = Statement([], x * x >= 0)
CLAIMS = (Claim("{id}", "page 1", Form("squares are not negative", (smt(square, mutants=[square.but(then=x > 0)]),))),)
"""


@pytest.fixture(autouse=True)
def _nothing_stays(monkeypatch):
    """Each test's folder is found by its own name, and leaves nothing on Python's path or for Coq."""
    monkeypatch.setattr("sys.path", list(__import__("sys").path))
    monkeypatch.setattr(coq_files, "_ADDED", {})
    yield
    for known in (coq_files.sources, coq_files.required, coq_files.files_for):
        known.cache_clear()


def folder(tmp_path, name, **texts):
    place = tmp_path / name
    place.mkdir()
    for file, text in texts.items():
        (place / file.replace("__", ".")).write_text(text)
    return place


def test_the_worked_paper_takes_the_name_of_its_folder(tmp_path):
    write_example(tmp_path / "worked")
    paper = Paper(tmp_path / "worked")
    assert [claim.id for claim in paper.claims] == [
        f"worked:{name}" for name in ("descent", "geometric", "best", "small-steps", "convex")
    ]
    assert paper.broken == [] and paper.title == "Step sizes of gradient descent on a quadratic"
    assert (
        "Definition worked_step (a lr x : R) : R :=\n  (x - ((lr * a) * x))."
        in coq_files.sources()["WorkedFormulas"]
    )
    with pytest.raises(ValueError, match="new or empty"):
        write_example(tmp_path / "worked")


def test_a_paper_is_decided_kept_and_compared_beside_itself(tmp_path, capsys):
    place = folder(tmp_path, "kept_paper", claims__py=CLAIM.format(id="kept_paper:square"))
    ours = book.COMMITTED.read_bytes()
    assert main([str(place)]) == 0
    assert "1 claims are new" in capsys.readouterr().err
    assert main([str(place), "--update", "--html", str(tmp_path / "page.html")]) == 0
    said = capsys.readouterr().err
    assert f"wrote {place / 'ledger.jsonl'}\n" in said and "new" not in said.replace(str(tmp_path), "")
    (row,) = [json.loads(line) for line in (place / "ledger.jsonl").read_text().splitlines()]
    assert (row["id"], row["printed_status"]) == ("kept_paper:square", "PROVED")
    assert (place / "errata.md").exists() and book.COMMITTED.read_bytes() == ours
    page = (tmp_path / "page.html").read_text()
    assert "kept_paper:square" in page and "periodic:13a" not in page
    assert main([str(place)]) == 0 and "new" not in capsys.readouterr().err
    edited = json.dumps(row | {"printed_status": "REFUTED"})
    (place / "ledger.jsonl").write_text(edited + "\n")
    assert main([str(place), "kept_paper:*"]) == 1
    assert "surprise: kept_paper:square: the printed form was REFUTED, is PROVED" in capsys.readouterr().err


def test_a_single_file_is_a_paper_too_and_a_claim_may_need_one_of_ours(tmp_path, capsys):
    file = tmp_path / "lonely_paper.py"
    file.write_text(
        CLAIM.format(id="lonely_paper:square").replace(",))),)", ",)), needs=('si:orthogonality',)),)")
    )
    assert main([str(file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["needs"] == ["si:orthogonality"]
    paper = Paper(file)
    assert list(paper.alone(paper.ledger())) == ["si:orthogonality", "lonely_paper:square"]


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ({"claims__py": "CLAIMS = 1 / 0"}, "ZeroDivisionError"),
        ({"claims__py": "CLAIMS = ("}, "SyntaxError"),
        ({"other__py": "x = 1"}, "need a file that defines CLAIMS"),
        (
            {"claims__py": CLAIM.format(id="periodic:13a")},
            "no paper's name of the ledger, got 'periodic:13a'",
        ),
        (
            {"claims__py": CLAIM.format(id="a:b"), "more__py": CLAIM.format(id="a:b")},
            "one claim an id, got 'a:b' twice",
        ),
        ({"claims__py": CLAIM.format(id="a:b"), "Beta__v": ""}, "not one of sitheory's, got Beta.v"),
        (
            {
                "claims__py": CLAIM.format(id="a:b"),
                "Zeta__v": "Section S.\n  Definition\ndot := 0.\nEnd S.\n",
            },
            "definitions that change no name of sitheory's, got dot in Zeta.v",
        ),
        (
            {
                "claims__py": CLAIM.format(id="a:b"),
                "formulas__py": "import nothing_of_this_name\n",
            },
            "formulas.py is not for Coq: ModuleNotFoundError",
        ),
    ],
    ids=[
        "raises",
        "syntax",
        "no claims",
        "our id",
        "twice",
        "our Coq file",
        "our Coq name",
        "formulas do not load",
    ],
)
def test_what_cannot_stand_is_said_in_one_line_and_hides_nothing_else(tmp_path, capsys, request, texts, said):
    name = f"broken_{request.node.callspec.indices['texts']}"
    paper = Paper(folder(tmp_path, name, **texts))
    (line,) = paper.broken
    assert said in line and "\n" not in line


def test_a_file_that_does_not_load_is_named_beside_an_id_that_is_not_found(tmp_path, capsys):
    """Conformance: the id may stand in that file, so the search's refusal alone would mislead."""
    mine = folder(tmp_path, "halved", claims__py=CLAIM.format(id="halved:one"), more__py="CLAIMS = 1 / 0")
    assert main([str(mine), "halved:two"]) == 2
    first, second = capsys.readouterr().err.splitlines()
    assert "got 'halved:two'" in first and "halved.more does not load: ZeroDivisionError" in second


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("json", "no installed package's, got 'json'"),
        ("my-paper", "Python's, letters"),
        ("class", "Python's"),
    ],
)
def test_a_name_that_python_cannot_use_is_refused(tmp_path, capsys, name, said):
    place = folder(tmp_path, name, claims__py=CLAIM.format(id="a:b"))
    assert main([str(place)]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nosuch/paper"], "which is not there"),
        (["periodic:13z"], "near: periodic:13"),
        (["json"], "need a file that defines CLAIMS"),
        (["--coq"], "need a folder of your own for --coq"),
        (["--with-papers"], "need --html FILE and a folder"),
        (["--update", "--engine", "smt"], "need all engines for --update"),
    ],
    ids=str,
)
def test_words_that_name_nothing_are_refused_in_one_line(capsys, words, said):
    assert main(words) == 2
    err = capsys.readouterr().err
    assert said in err and err.count("\n") == 1


def test_patterns_and_papers_name_all_their_claims(capsys):
    assert main(["si:*homogeneity", "--json", "--engine", "algebra"]) == 0
    ids = [json.loads(line)["id"] for line in capsys.readouterr().out.splitlines()]
    assert (
        ids == [i for i in book.load() if i.startswith("si:") and i.endswith("homogeneity")] and len(ids) > 1
    )


def test_an_edited_formula_asks_the_kernel_again(tmp_path):
    """A wrong formula changes what the kernel is asked, so no remembered verdict is taken for it."""
    write_example(tmp_path / "drifting")
    (check,) = [c for c in Paper(tmp_path / "drifting").claims[1].printed.checks if c.engine == "kernel"]
    text = coq_files.sources()["DriftingFormulas"]
    coq_files.add({"DriftingFormulas": text.replace("(1 - (lr * a))", "(1 + (lr * a))")})
    assert text != coq_files.sources()["DriftingFormulas"]
    if shutil.which("coqc"):
        verdict = check.run()
        assert (
            verdict.status.name == "CRASHED"
            and "need a Coq file that compiles, got Lemmas.v" in verdict.reason
        )


def test_what_is_printed_for_coq_is_what_theory_prints():
    from sitheory.theory import scale

    (first, *_) = [line for line in generate.printed(scale).splitlines() if line.startswith("Definition")]
    assert first.replace("sitheory_", "scale_") in generate.theory_v()


def test_a_formula_that_coq_cannot_have_is_named_and_the_others_are_printed(tmp_path, capsys):
    """numpy's functions are Coq's; a formula with cases or on vectors costs the kernel that formula alone."""
    place = folder(
        tmp_path,
        "partly_printed",
        claims__py=CLAIM.format(id="partly_printed:square") + "from . import formulas\n",
        formulas__py="import numpy as np\n\ndef decay(x, t):\n    return x * np.exp(-t) + np.sqrt(abs(x))\n\n"
        "def cases(x):\n    return x if x > 0 else 0\n\ndef length(v):\n    return v @ v\n",
    )
    assert main([str(place)]) == 0
    said = capsys.readouterr().err
    assert "formulas.py: cases is not for Coq" in said and "formulas.py: length is not for Coq" in said
    text = coq_files.sources()["PartlyPrintedFormulas"]
    assert "partly_printed_decay (x t : R) : R :=\n  ((x * (exp (- t))) + (sqrt (Rabs x)))." in text
    assert "cases" not in text and "decay is not for Coq" not in said
