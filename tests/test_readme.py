"""What the README shows runs, and what it names exists."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", README, flags=re.S | re.M)


COMMANDS = [
    line.split("#")[0].strip()
    for block in blocks("sh")
    for line in block.splitlines()
    if line.startswith("python -m ")
]
# These draw or verify everything: minutes.
LONG = {"python -m paper_figs --all", "python -m proofs_check", "python -m benchmarks"}
# These start processes of their own, as tests of sweeps do.
LONG |= {c for c in COMMANDS if "--executor" in c}


@pytest.mark.parametrize("code", blocks("python"), ids=lambda code: code.strip().splitlines()[0][:40])
def test_python_snippets_run(code, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "README.md", "exec"), {})


@pytest.mark.parametrize(
    "command", [pytest.param(c, marks=pytest.mark.slow) if c in LONG else c for c in COMMANDS]
)
def test_commands_run(command, tmp_path):
    words = shlex.split(command)[1:]
    if "--plot" in words:
        words[words.index("--plot") + 1] = str(tmp_path / "plot.png")
    if "--html" in words:
        words[words.index("--html") + 1] = str(tmp_path / "ledger.html")
    if "paper_figs" in words and len(words) > 2:
        words += ["--out", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, *words], capture_output=True, text=True, timeout=3000, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr


def test_every_symbol_of_the_dictionary_names_something_in_the_code():
    sources = "\n".join(p.read_text() for p in (ROOT / "sitheory").rglob("*.py"))
    for name in re.findall(r"^\| [^|]+ \| `(\w+)`", README, flags=re.M):
        assert re.search(rf"\b{name}\b", sources), name
