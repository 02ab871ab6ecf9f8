"""What an open project has around its code: a workflow, templates, a page on the index, what is needed to cite it."""

import re
import shlex
import subprocess
import sys
import tarfile
import tomllib
from email import message_from_bytes
from pathlib import Path

import pytest
import yaml

import sitheory as si
from sitheory.reports.command_line import OneLine

KIND = "conformance"

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
WORKFLOW = ROOT / ".github/workflows/ci.yml"


def lines_of(workflow):
    """Every line that some job of a workflow runs."""
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    return [step["run"] for step in steps if "run" in step]


def readme_command():
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), flags=re.S)
    return next(block.strip() for block in blocks if "pytest" in block)


def missing(workflow):
    """What the forge must run, and this workflow does not."""
    run = lines_of(workflow)
    oldest = PROJECT["requires-python"].removeprefix(">=")
    versions = [v.rpartition(" ")[2] for v in PROJECT["classifiers"] if re.search(r":: 3\.\d+$", v)]
    matrices = [job["strategy"]["matrix"] for job in workflow["jobs"].values() if "strategy" in job]
    pythons = {version for matrix in matrices for version in matrix["python"]}
    systems = {job["runs-on"] for job in workflow["jobs"].values()} | {
        system for matrix in matrices for system in matrix.get("os", ())
    }
    wanted = {
        "the README's test command": readme_command() in run,
        ".ci/run": "bash .ci/run" in run,
        ".ci/extras": "bash .ci/extras" in run,
        "the oldest and the newest Python": pythons == {oldest, versions[-1]},
        "three systems": {"ubuntu", "macos", "windows"} <= {system.partition("-")[0] for system in systems},
        "an end": all(job["timeout-minutes"] for job in workflow["jobs"].values()),
        "no rights to write": workflow["permissions"] == {"contents": "read"},
    }
    return [what for what, there in wanted.items() if not there]


def test_the_workflow_runs_what_the_repository_runs():
    """Conformance: the README's command and ``.ci/run``, on the oldest and newest Python and on three systems."""
    text = WORKFLOW.read_text()
    assert missing(yaml.safe_load(text)) == []
    for wrong, what in (
        (text.replace("pytest -n 2", "pytest -n 4"), "the README's test command"),
        (text.replace("bash .ci/run", "true"), ".ci/run"),
        (text.replace('"3.14"', '"3.13"'), "the oldest and the newest Python"),
        (text.replace("macos", "ubuntu"), "three systems"),
        (text.replace("contents: read", "contents: write"), "no rights to write"),
    ):
        assert missing(yaml.safe_load(wrong)) == [what]


def test_the_tests_that_the_workflow_names_are_there():
    for line in lines_of(yaml.safe_load(WORKFLOW.read_text())):
        for word in shlex.split(line):
            assert not word.startswith("tests/") or (ROOT / word).is_dir(), word


def test_the_templates_are_forms():
    forms = [f for f in (ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml") if f.stem != "config"]
    assert forms
    for form in forms:
        read = yaml.safe_load(form.read_text())
        assert {"name", "description", "body"} <= set(read), form
        assert all(field["attributes"]["label"] for field in read["body"]), form


def test_what_a_citation_of_a_release_needs_is_there_or_said():
    """Conformance: date and DOI stand in CITATION.cff, or the line that says when they will."""
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert cited["version"] == si.__version__ and cited["license"] == PROJECT["license"]
    assert [a["name"] for a in cited["authors"]] == [a["name"] for a in PROJECT["authors"]]
    if "doi" in cited:
        assert re.fullmatch(r"10\.\d{4,}/\S+", cited["doi"]) and cited["date-released"]
    else:
        assert "doi: 10." in (ROOT / "CITATION.cff").read_text()


def test_addresses_stand_in_one_place():
    """Conformance: no file that is followed names the repository's address but pyproject.toml."""
    address = PROJECT["urls"]["Repository"]
    assert all(url.startswith(address) for url in PROJECT["urls"].values())
    texts = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob(".github/**/*.*"), ROOT / "CITATION.cff"]
    assert [str(p) for p in texts if address in p.read_text(encoding="utf-8")] == []


def test_the_page_on_the_index_has_no_relative_link(tmp_path):
    """Conformance: in the built package README's links lead into the repository, and the version is the code's."""
    built = [sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", str(tmp_path)]
    subprocess.run(built, check=True, cwd=ROOT, capture_output=True, timeout=60)
    (made,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(made) as archive:
        (info,) = (m for m in archive.getmembers() if m.name.count("/") == 1 and m.name.endswith("PKG-INFO"))
        page = message_from_bytes(archive.extractfile(info).read())
    links = re.findall(r"\]\(([^)\s]+)\)", page.get_payload(decode=True).decode())
    assert page["Version"] == si.__version__ and page["Description-Content-Type"] == "text/markdown"
    assert len(links) > 5 and not [x for x in links if not x.startswith(("http", "#"))]
    address = PROJECT["urls"]["Repository"]
    assert f"{address}/blob/main/docs/claims.md" in links
    assert f"{address}/raw/main/docs/regimes_bifurcation.png" in links


def test_every_command_says_the_version(capsys):
    with pytest.raises(SystemExit) as left:
        OneLine("sitheory.toy").parse_args(["--version"])
    assert left.value.code == 0 and capsys.readouterr().out == f"sitheory.toy {si.__version__}\n"
