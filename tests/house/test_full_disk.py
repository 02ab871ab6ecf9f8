"""A full disk: every writer ends in one line that names its file, and leaves nothing half-written."""

import subprocess
import sys

import pytest

resource = pytest.importorskip("resource", reason="limits of POSIX")
KIND = "conformance"

ROOM = 300
"""So many bytes go into any one file; every file here is longer."""

COMMANDS = {
    "plot of the toy": ("sitheory.toy", "--elr 0.2 --steps 64 --plot a.png"),
    "page of the toy": ("sitheory.toy", "--elr 0.2 --page a.html"),
    "film": ("sitheory.toy", "--elr 0.2 --steps 3 --gif a.gif"),
    "new paper": ("proofs_check", "--new mine"),
}

WRITERS = {
    "plot as PDF": "from matplotlib.figure import Figure\n"
    "from sitheory.reports.command_line import save_whole\n"
    "drawn = Figure(); drawn.subplots().plot([1, 2]); save_whole(drawn, Path('a.pdf'))",
    "figure": "from matplotlib.figure import Figure\nfrom paper_figs.style import write\n"
    "drawn = Figure(); drawn.subplots().plot([1, 2]); write(drawn, Path('a'))",
    "result": "import numpy as np, xarray as xr, sitheory as si\n"
    "seen = {'loss': ('step', np.zeros(1000))}\n"
    "si.save(xr.Dataset(seen, {'step': np.arange(1000)}, {'config': '{}', 'reduction': 'sample'}), 'a.nc')",
    "a network's checkpoint": "import torch\nfrom sitheory.bridge.functional import checkpoints\n"
    "checkpoints.write('a.pt', 'config', {'weights': torch.zeros(1000)})",
}
ONE_LINE = (
    "from pathlib import Path\ntry:\n    exec({!r})\n"
    "except OSError as full:\n    raise SystemExit(f'one line: {{full}}')"
)


def without_room(folder, *words):
    return subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, ROOM)),
    )


def left(folder):
    return [file for file in folder.rglob("*") if file.is_file()]


@pytest.mark.parametrize("what", COMMANDS)
def test_a_command_without_room_says_so_in_one_line_and_leaves_nothing(what, tmp_path):
    """Conformance: the line names the file, what was computed is printed, and no file stays."""
    module, words = COMMANDS[what]
    done = without_room(tmp_path, "-m", module, *words.split())
    assert done.returncode in (1, 2), done.stderr
    assert done.stderr.count("\n") == 1 and "File too large" in done.stderr, done.stderr
    assert words.split()[-1] in done.stderr
    assert "--plot" not in words or "seed 0" in done.stdout
    assert not left(tmp_path)


@pytest.mark.parametrize("what", WRITERS)
def test_a_writer_without_room_raises_the_systems_error(what, tmp_path):
    """Conformance: HDF5 would end the process, torch and matplotlib raise errors of their own."""
    if "torch" in WRITERS[what]:
        pytest.importorskip("torch")
    done = without_room(tmp_path, "-c", ONE_LINE.format(WRITERS[what]))
    assert done.returncode == 1 and done.stderr.count("\n") == 1, done.stderr
    assert done.stderr.startswith("one line: [Errno 27]") and "'a." in done.stderr
    assert not left(tmp_path)


def test_with_room_the_same_writers_write(tmp_path):
    """Conformance: so it was the disk."""
    for code in (code for what, code in WRITERS.items() if "torch" not in code):
        done = [sys.executable, "-c", f"from pathlib import Path\n{code}"]
        subprocess.run(done, cwd=tmp_path, check=True, timeout=300)
    assert {file.name for file in left(tmp_path)} == {"a.pdf", "a.png", "a.nc"}
