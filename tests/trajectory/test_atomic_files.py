"""Files are whole or not there, and what a killed process left behind does not stay."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sitheory.trajectory import atomic_files
from sitheory.trajectory.atomic_files import remove_leftovers, written_whole

KIND = "conformance"

ROOT = Path(__file__).parents[2]
ENDED = """
import os, sys
from pathlib import Path
from sitheory.trajectory.atomic_files import written_whole
with written_whole(Path("result with a name.nc")) as temporary:
    temporary.write_text("half")
    os.{how}
"""


def ended(how, folder):
    """A process that is ended while it writes; the temporary file that it leaves."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", ENDED.format(how=how)], cwd=folder, env=environment)
    assert done.returncode != 0
    (left,) = folder.iterdir()
    return left


def aged(path, seconds):
    then = time.time() - seconds
    os.utime(path, (then, then))


@pytest.mark.parametrize("how", ["kill(os.getpid(), 9)", "_exit(3)"])
def test_what_a_killed_process_leaves_is_removed_by_the_next(how, tmp_path):
    """Conformance: once it is quiet for a while; the file that is written meanwhile is whole."""
    left = ended(how, tmp_path)
    atomic_files._tidied.cache_clear()
    with written_whole(tmp_path / "other.nc") as temporary:
        temporary.write_text("whole")
    assert left.exists()  # it may be on a disk that is slow to say that it is written to
    aged(left, 2 * atomic_files.QUIET_SECONDS)
    atomic_files._tidied.cache_clear()
    with written_whole(tmp_path / "other.nc") as temporary:
        temporary.write_text("whole again")
    assert [path.name for path in tmp_path.iterdir()] == ["other.nc"]
    assert (tmp_path / "other.nc").read_text() == "whole again"


def test_what_somebody_writes_and_what_is_no_temporary_file_stays(tmp_path, monkeypatch):
    """Conformance: a process that runs has a day, as has one of another machine, whose numbers say nothing here."""
    with written_whole(tmp_path / "mine.npz") as here:
        token = "0123456789abcdef"
        elsewhere = tmp_path / f".mine.00000000-99999999-{token}.npz"
        others = [tmp_path / name for name in (".hidden", "mine.npz", f".mine.{token}.npz", ".mine.npz.swp")]
        for path in (elsewhere, *others):
            path.write_text("")
        for path in (here, elsewhere, *others):
            aged(path, 2 * atomic_files.QUIET_SECONDS)
        remove_leftovers(tmp_path)
        assert all(path.exists() for path in (here, elsewhere, *others))
        aged(elsewhere, 2 * atomic_files.FORGOTTEN_SECONDS)
        for path in others:
            aged(path, 10 * atomic_files.FORGOTTEN_SECONDS)
        remove_leftovers(tmp_path)
        assert not elsewhere.exists() and here.exists() and all(path.exists() for path in others)
    assert not here.exists()
    remove_leftovers(tmp_path / "none")


def test_a_failed_write_leaves_nothing(tmp_path):
    """Conformance: neither a temporary file nor another version of the file."""
    file = tmp_path / ("ü" * 100 + ".npz")
    file.write_text("before")
    with pytest.raises(OSError, match="No space left"), written_whole(file) as temporary:
        temporary.write_text("half")
        raise OSError(28, "No space left on device")
    assert list(tmp_path.iterdir()) == [file] and file.read_text() == "before"


def test_a_full_disk_names_the_file_that_was_to_be_written(tmp_path):
    """Conformance: not the temporary file, and not without a name; an error about another file keeps that one's."""
    file = tmp_path / "mine.npz"
    for said in ((), (str(tmp_path / "read.csv"),)):
        with pytest.raises(OSError, match=r"No space left|Unable") as full, written_whole(file):
            raise OSError(28, "Unable to create file (time = now\n, errno = 28)", *said)
        assert full.value.filename == (said[0] if said else str(file))
    with pytest.raises(OSError, match="of the library's") as own, written_whole(file):
        raise OSError("an error of the library's own")
    assert own.value.errno is None and not list(tmp_path.iterdir())
