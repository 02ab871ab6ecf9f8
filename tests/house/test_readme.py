"""What README and docs show runs, what they name exists, and what they say of the ledger is what it says."""

import ast
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from proofs_check import documents
from proofs_check.page.errata import kind
from proofs_check.page.views import views
from proofs_check.verdicts import book
from sitheory import trajectory

KIND = "conformance"

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("**/*.md"))]
WITH_THE_SITE = {ROOT / "docs" / f"{name}.html" for name in ("ledger", "gallery", "classroom")}
"""What docs/site_hooks.py adds to the pages when the site is built."""


def blocks(document, language):
    return re.findall(rf"^```{language}\n(.*?)^```", document.read_text(), flags=re.S | re.M)


SNIPPETS = [(document, code) for document in DOCUMENTS for code in blocks(document, "python")]
IN_ORDER = "new-paper"  # its lines build on each other: tests/house/test_package.py runs them in one folder
ELSEWHERE = {"python -m paper_figs --all --html gallery.html"}
"""Run by tests/experiments/test_gallery.py: two runs at once wait for each other's experiments."""

COMMANDS = {
    command: document
    for document in reversed(DOCUMENTS)
    for block in (blocks(document, "sh") if document.stem != IN_ORDER else ())
    for line in block.splitlines()
    if line.startswith("python -m ") and (command := line.split("#")[0].strip()) not in ELSEWHERE
}
"""Each command once, and the first document that shows it."""

# These draw or verify everything, look at all engines, or train networks: a minute or more.
LONG = {
    "python -m proofs_check",
    "python -m proofs_check --quick",
    "python -m benchmarks",
    "python -m simulations digits_sphere --table",
    "python -m simulations digits_decay --table",
}
CLONE = ("paper_figs", "simulations", "benchmarks")  # used from a clone, where their results lie
WRITTEN = {
    "--plot": "plot.png",
    "--html": "page.html",
    "--page": "toys.html",
    "--gif": "toys.gif",
}  # into the test's own folder


def name(document, text):
    return f"{document.stem}: {text.strip().splitlines()[0][:50]}"


def is_long(command):
    return command in LONG or any(part in command for part in ("--executor", "--all", "-m benchmarks"))


def run_snippet(code, folder, monkeypatch):
    monkeypatch.chdir(folder)
    exec(compile(code, "snippet.py", "exec"), {"__name__": "__main__"})


@pytest.mark.parametrize(("document", "code"), SNIPPETS, ids=[name(*item) for item in SNIPPETS])
def test_python_snippets_run(document, code, tmp_path, monkeypatch):
    run_snippet(code, tmp_path, monkeypatch)


@pytest.mark.parametrize(
    "command", [pytest.param(c, marks=pytest.mark.slow) if is_long(c) else c for c in COMMANDS]
)
def test_commands_run(command, tmp_path, monkeypatch):
    words = shlex.split(command)[1:]
    for flag, file in WRITTEN.items():
        if flag in words:
            words[words.index(flag) + 1] = str(tmp_path / file)
    if "paper_figs" in words and len(words) > 2:
        words += ["--out", str(tmp_path)]
    if "--data" in words:  # a file that a snippet of the same document makes
        made = words[words.index("--data") + 1]
        for code in (c for d, c in SNIPPETS if d == COMMANDS[command] and made in c):
            run_snippet(code, tmp_path, monkeypatch)
    done = subprocess.run(
        [sys.executable, *words],
        capture_output=True,
        text=True,
        timeout=3000,
        check=False,
        cwd=ROOT if words[1] in CLONE else tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr


def test_every_symbol_of_the_dictionary_names_something_in_the_code():
    """Conformance: a variable of the schema, or a parameter of something public."""
    names = {*trajectory.VARIABLES, *trajectory.DIMS}
    for path in (ROOT / "sitheory").rglob("*.py"):
        public = (
            n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.FunctionDef | ast.ClassDef)
        )
        for node in public:
            if isinstance(node, ast.ClassDef):
                names |= {field.target.id for field in node.body if isinstance(field, ast.AnnAssign)}
            elif not node.name.startswith("_"):
                names |= {node.name, *(arg.arg for arg in (*node.args.args, *node.args.kwonlyargs))}
    symbols = re.findall(r"^\| [^|]+ \| `(\w+)`", README, flags=re.M)
    assert len(symbols) > 8 and set(symbols) <= names, set(symbols) - names


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.stem)
def test_links_and_paths_lead_somewhere(document):
    text = document.read_text()
    anchors = {
        re.sub(r"[^\w -]", "", h).strip().lower().replace(" ", "-")
        for h in re.findall(r"^#+ (.*)$", text, re.M)
    }
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        place = (document.parent / link.partition("#")[0]).resolve()
        there = link[1:] in anchors if link.startswith("#") else place.exists() or place in WITH_THE_SITE
        assert there, link
    folders = "sitheory|proofs_check|simulations|paper_figs|tests|docs"
    for path in re.findall(rf"`((?:{folders})/[\w./]+)`", text):
        assert (ROOT / path.rstrip("/")).exists(), path


# What is written from the ledger.


@pytest.fixture(scope="module")
def shown():
    return views(book.load(), book.committed_rows())


def test_the_table_of_verdicts_is_the_ledger_s(shown):
    assert documents.with_table(README, shown) == README, "python -m proofs_check.documents writes it anew"
    *_, total = documents.verdict_table(shown).splitlines()
    assert total.startswith(f"| all | {len(shown)} |")
    with pytest.raises(ValueError, match="need the marks"):
        documents.with_table("no marks", shown)


def test_the_errata_are_the_ledger_s(shown):
    text = (ROOT / documents.ERRATA).read_text()
    assert documents.errata(shown) == text, "python -m proofs_check.documents writes it anew"
    listed = set(re.findall(r"^\*\*(\S+)\*\* \(", text, re.M))
    assert listed == {v.claim.id for v in shown if kind(v)}
    refuted = [v for v in shown if v.printed.status == "REFUTED"]
    assert text.count("- Fails at: ") == len(refuted)


def test_the_documents_of_a_clone_are_written_anew(tmp_path):
    (tmp_path / "README.md").write_text(f"before {documents.BEGIN}stale{documents.END} after")
    written = documents.write(tmp_path)
    assert [p.name for p in written] == ["README.md", "errata.md"]
    assert "stale" not in written[0].read_text() and written[0].read_text().endswith("after")
    assert documents.write(tmp_path / "nowhere") == []
