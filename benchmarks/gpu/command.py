"""All that is to be seen on a GPU, in one command of less than six minutes: checks that do not depend on each other.

python -m benchmarks gpu [--out gpu.json] [--seconds 350] [--device cpu] [check ...]

Checks run in a process of their own, since an error of CUDA may spoil all that a process does after it: a check that
fails, dies or takes longer than it may is reported, and the next one begins in a new process. The file is written after
each check. With ``--device cpu`` each check that a CPU can do runs at a tiny size, as a test of the command itself; its
numbers mean nothing.
"""

import json
import multiprocessing
import time
from dataclasses import asdict
from pathlib import Path

from benchmarks.gpu.checks import CHECKS
from benchmarks.gpu.machine import Impossible, Machine
from sitheory.reports.command_line import OneLine, unknown_name, whole
from sitheory.trajectory.atomic_files import written_whole

STARTING = 60.0
"""Seconds in which a process has to be ready: torch is imported and the device found."""

SECONDS = 350
"""For all checks together, by default; their own times add up to no more."""

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"


class Found(dict):
    """What a check measures, sent on as it comes, so that a check that is ended leaves what it had."""

    def __init__(self, send):
        super().__init__()
        self._send = send

    def __setitem__(self, name, value):
        super().__setitem__(name, value)
        self._send(("measured", {name: value}))


def work(connection, machine):
    """Do one check after the other, as they are sent, until one fails or None comes."""
    try:
        connection.send(("ready", machine.told()))
        while (check := connection.recv()) is not None:
            state, why = PASSED, None
            try:
                check.run(machine, Found(connection.send))
            except Impossible as reason:
                state, why = SKIPPED, str(reason)
            except Exception as error:  # whatever a check meets is what it reports
                state, why = FAILED, f"{type(error).__name__}: {error}"
            connection.send((state, why))
            if state == FAILED:
                return
    finally:
        connection.close()


class Worker:
    """A process that does checks, and is ended when one takes too long."""

    def __init__(self, machine):
        context = multiprocessing.get_context("spawn")
        self.connection, other = context.Pipe()
        self.process = context.Process(target=work, args=(other, machine), daemon=True)
        self.process.start()
        other.close()
        self.machine = {}
        if (said := self._next(time.monotonic() + STARTING)) is None or said[0] != "ready":
            self.end()
            raise RuntimeError(f"need a process that is ready in {STARTING:g} s")
        self.machine = said[1]

    def _next(self, until):
        """Return what comes next, None if nothing came in time.

        Raises:
            EOFError: If the process died.
        """
        return self.connection.recv() if self.connection.poll(max(0.0, until - time.monotonic())) else None

    def do(self, check, seconds):
        """Return the state of a check, why, and what it measured."""
        until, measured = time.monotonic() + seconds, {}
        try:
            self.connection.send(check)
            while (said := self._next(until)) is not None:
                if said[0] != "measured":
                    return *said, measured
                measured |= said[1]
        except (EOFError, OSError):
            self.process.join(1)
            return FAILED, f"the process died with exit code {self.process.exitcode}", measured
        return FAILED, f"took longer than {seconds:.3g} s", measured

    def end(self):
        """End the process, whatever it is at."""
        self.process.kill()
        self.process.join()
        self.connection.close()


def run(checks, machine, path, seconds, tell=print):
    """Do the checks, write the file after each, and return the report.

    Args:
        checks: In their order.
        machine: Where.
        path: The file, JSON.
        seconds: For all together; what there is no time for is reported as failed.
        tell: Called with a line for each.
    """
    begin, worker = time.monotonic(), None
    report = {"asked": asdict(machine), "machine": {}, "checks": {}}
    for check in checks:
        at, measured = time.monotonic(), {}
        allowed = min(check.seconds, begin + seconds - at)
        try:
            if allowed <= 0:
                raise RuntimeError(f"no time was left of {seconds:g} s")
            worker = worker or Worker(machine)
            report["machine"] = report["machine"] or worker.machine
            state, why, measured = worker.do(check, allowed)
        except (RuntimeError, EOFError, OSError) as error:
            state, why = FAILED, str(error) or "the process died before it was ready"
        if state == FAILED and worker is not None:
            worker.end()
            worker = None
        took = time.monotonic() - at
        report["checks"][check.name] = {
            "state": state,
            "why": why,
            "seconds": round(took, 3),
            "allowed": check.seconds,
            "what": check.what,
            "measured": measured,
        }
        report["seconds"] = round(time.monotonic() - begin, 3)
        with written_whole(path) as temporary:
            temporary.write_text(json.dumps(report, indent=1, default=str) + "\n")
        tell(f"{state:8}{check.name:24}{took:7.1f} s  {why or check.what}")
    if worker is not None:
        worker.end()
    return report


def main(argv=None):
    parser = OneLine("benchmarks gpu", description=__doc__.splitlines()[0])
    names = [check.name for check in CHECKS]
    parser.add_argument("checks", nargs="*", metavar="check", help=", ".join(names))
    parser.add_argument("--out", type=Path, default=Path("gpu.json"), help="the file to write (gpu.json)")
    parser.add_argument("--seconds", type=whole, default=SECONDS, help=f"for all checks ({SECONDS})")
    parser.add_argument("--device", default="cuda", help="cuda, or cpu to try the checks at a tiny size")
    options = parser.parse_args(argv)
    if unknown := [name for name in options.checks if name not in names]:
        parser.error(unknown_name("a check", unknown[0], names))
    if options.seconds < 1:
        parser.error(f"need --seconds >= 1, got {options.seconds}")
    machine = Machine(options.device)
    if (why := machine.missing()) is not None:
        parser.error(why)
    chosen = [check for check in CHECKS if not options.checks or check.name in options.checks]
    report = run(chosen, machine, options.out, options.seconds)
    states = [check["state"] for check in report["checks"].values()]
    failed = states.count(FAILED)
    print(f"{states.count(PASSED)} passed, {failed} failed, {states.count(SKIPPED)} skipped; {options.out}")
    return 1 if failed else 0
