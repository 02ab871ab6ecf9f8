"""A command that is stopped ends with one line and the code that shells expect, whatever it is computing."""

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from sitheory.reports import stopping
from sitheory.reports.command_line import run_command

KIND = "conformance"

ROOT = Path(__file__).parents[2]
PATIENT = 120
"""Seconds until a test gives up on a process that hangs; nothing depends on it otherwise."""

HOURS = ["--steps", "20000000000"]
LONG = {
    "toy": ["-m", "sitheory.toy", "--elr", "0.2", *HOURS],
    "serial": ["-m", "simulations", "toy_phases", *HOURS, "--executor", "serial"],
    "threads": ["-m", "simulations", "toy_phases", *HOURS, "--workers", "2"],
    "processes": ["-m", "simulations", "toy_phases", *HOURS, "--executor", "processes", "--workers", "2"],
    "dask": ["-m", "simulations", "toy_phases", *HOURS, "--executor", "dask", "--workers", "2"],
}
DEAF = """
import sys
from sitheory.reports.command_line import run_command
def main():
    print("begun", flush=True)
    while True:
        try:
            while True:
                pass
        except KeyboardInterrupt:
            pass
sys.exit(run_command("deaf", main))
"""


def begun(process, folder):
    """Wait until a command computes: for its sweep's folder, or for one second of its own time."""
    while process.poll() is None:
        if next(folder.rglob("about.json"), None):
            return
        fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
        if "toy_phases" not in process.args and int(fields[11]) > 3 * os.sysconf("SC_CLK_TCK"):
            return
        time.sleep(0.05)


def stopped(words, number, folder, ready, whole_group):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "start_new_session": True}
    heard = {
        "preexec_fn": lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)
    }  # a shell's background ignores it
    with subprocess.Popen([sys.executable, *words], cwd=folder, env=environment, **pipes, **heard) as process:
        try:
            ready(process, folder)
            if whole_group:  # as a terminal does
                os.killpg(process.pid, number)
            else:
                process.send_signal(number)
            _, err = process.communicate(timeout=PATIENT)
        finally:  # one that hangs fails its test, and holds up no other
            with suppress(ProcessLookupError):
                if process.returncode is None:
                    os.killpg(process.pid, signal.SIGKILL)
    return process, err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(
    "kind", [k if k in ("toy", "threads") else pytest.param(k, marks=pytest.mark.slow) for k in LONG]
)
def test_a_stopped_command_says_so_in_one_line(kind, number, tmp_path):
    """Conformance: Ctrl-C as a terminal sends it to all, SIGTERM as a scheduler sends it to one; nobody stays.

    Where workers are processes, their libraries complain of them beside our line, in words that are not ours.
    """
    process, err = stopped(LONG[kind], number, tmp_path, begun, number == signal.SIGINT)
    prog = "sitheory.toy" if kind == "toy" else "simulations"
    assert process.returncode == stopping.CODES[number]
    lines = err.splitlines()
    assert lines.count(f"{prog}: stopped") == 1 and (len(lines) == 1 or kind in ("processes", "dask"))
    with pytest.raises(ProcessLookupError):
        for _ in range(PATIENT * 10):
            os.killpg(process.pid, 0)
            time.sleep(0.1)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_command_that_hears_nothing_is_ended(number, tmp_path):
    """Conformance: also one that swallows every KeyboardInterrupt."""
    process, err = stopped(["-c", DEAF], number, tmp_path, lambda p, _: p.stdout.readline(), False)
    assert (process.returncode, err) == (stopping.CODES[number], "deaf: stopped\n")


@pytest.mark.parametrize(
    ("raised", "code", "line"),
    [
        (KeyboardInterrupt(), 130, "mine: stopped\n"),
        (stopping.Terminated(), 143, "mine: stopped\n"),
        (ValueError("need a,\n got b"), 2, "mine: need a, got b\n"),
        (
            OverflowError("math range error"),
            2,
            "mine: need numbers that doubles can hold, got math range error\n",
        ),
        (MemoryError(), 1, "mine: need enough memory, got MemoryError\n"),
    ],
)
def test_each_way_out_has_its_code_and_its_line(raised, code, line, capsys):
    def main():
        raise raised

    before = signal.getsignal(signal.SIGTERM), threading.active_count()
    assert run_command("mine", main) == code and capsys.readouterr().err == line
    assert signal.getsignal(signal.SIGTERM) == before[0]


def test_in_another_thread_a_command_runs_without_signals():
    codes = []
    thread = threading.Thread(target=lambda: codes.append(run_command("mine", lambda: 3)))
    thread.start()
    thread.join()
    assert codes == [3]
