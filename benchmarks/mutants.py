"""Mutation run: small wrong changes of the library, and whether the tests see them; ``python -m benchmarks.mutants``.

Works in a copy of the tree. First the tests that mirror a room run once under coverage, which says what each of them
runs and what it costs; then each mutant meets the tests that were seen to run its line, cheapest first, up to the first
that fails. Each mutant has a process of its own, forked where the third parties are already loaded. Results go to a
file of JSON lines as they come; a run that is started again goes on behind them.
"""

import argparse
import compileall
import hashlib
import json
import os
import resource
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks import mutations
from benchmarks.mutations import Mutant

ROOT = Path(__file__).parents[1]
ROOMS = {
    "theory": "sitheory/theory",
    "simulation": "sitheory/simulation",
    "measure": "sitheory/measure",
    "sweeps": "sitheory/sweeps",
    "statements": "proofs_check/statements",
    "engines": "proofs_check/engines",
}
CLAIMS = [f"proofs/test_claims_{part}.py" for part in ("beta", "kernels", "norm", "regimes", "sharpness")]
LANGUAGE = [
    f"proofs/test_{part}.py" for part in ("clauses", "engines", "faults", "jets", "printing", "roots")
]
MIRRORS = {
    "theory": ["theory", "measure", *CLAIMS],
    "simulation": ["simulation", "edge", "losses"],
    "measure": ["measure", "simulation", "edge"],
    "sweeps": ["sweeps", "simulation"],
    "statements": [*LANGUAGE, "proofs/test_soundness.py"],
    "engines": [*LANGUAGE, "proofs/test_soundness.py", "proofs/test_variants.py"],
}
LEFT_OUT = ("__pycache__", ".git", ".venv", "results", "figures", ".hypothesis", ".mypy_cache", ".ruff_cache")
MEMORY = 8 << 30  # a mutant that asks for more has failed, and takes nothing from its neighbours
GRACE = 60  # seconds above the tests' own for imports and for compiling what a changed formula made stale
LONGEST = 10  # seconds of processor time; a test that takes more is no mutant's
SLOWER = 6  # a mutant may take so many times what its tests took on right code


@dataclass(frozen=True)
class Test:
    """One test that passes on right code: its cost in seconds, and the lines it runs of each file."""

    name: str
    cost: float
    lines: dict[str, list[int]]


def main() -> None:
    """Read the arguments, run what is missing, print the survivors."""
    args = arguments()
    args.folder.mkdir(parents=True, exist_ok=True)
    warm()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that no test run is left behind
    os.environ |= {"PYTHONDONTWRITEBYTECODE": "1", "NUMBA_CACHE_DIR": str(args.folder.resolve() / "numba")}
    results = args.folder / f"seed{args.seed}.jsonl"
    copy = copied(args.folder / "tree")
    rooms = {room: ROOMS[room] for room in args.rooms}
    done = read(results, again=args.again)
    mutants = mutations.chosen(copy, rooms, args.count, args.seed)
    for room in rooms:
        tests = mirror(copy, room, args.folder)
        for mutant in (mutant for mutant in mutants if mutant.room == room):
            key = {**asdict(mutant), "of": sha(copy / mutant.file)}
            if not any(key.items() <= row.items() for row in done):
                row = key | tried(copy, mutant, tests, args.seconds)
                done.append(row)
                with results.open("a") as file:
                    file.write(json.dumps(row) + "\n")
    sys.stdout.write(report([row for row in done if row["room"] in rooms]))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.mutants", description=__doc__.partition(";")[0]
    )
    parser.add_argument(
        "--count", type=int, default=300, help="mutants in all, the rooms in turn (%(default)s)"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the choice of mutants (%(default)s)")
    parser.add_argument("--rooms", nargs="+", choices=ROOMS, default=list(ROOMS), help="all unless given")
    parser.add_argument(
        "--seconds",
        type=float,
        default=30,
        help="tests a mutant meets, in their cost on right code (%(default)s)",
    )
    parser.add_argument(
        "--again", action="store_true", help="try the survivors on file again, after new tests"
    )
    parser.add_argument("--folder", type=Path, default=ROOT / "results" / "mutants", help="for what is kept")
    return parser.parse_args()


def warm() -> None:
    """Load what is slow to load and is not the code under trial."""
    import coverage  # noqa: F401
    import hypothesis  # noqa: F401
    import numba  # noqa: F401
    import pytest  # noqa: F401
    import scipy.optimize  # noqa: F401
    import scipy.stats  # noqa: F401
    import sympy  # noqa: F401
    import xarray  # noqa: F401
    import z3  # noqa: F401


def copied(copy: Path) -> Path:
    """A fresh copy of the tree, with its bytecode."""
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*LEFT_OUT))
    compileall.compile_dir(copy, quiet=1)
    return copy.resolve()


def read(results: Path, again: bool) -> list[dict]:
    """The rows on file; without the survivors where these are to be tried again."""
    rows = [json.loads(line) for line in results.read_text().splitlines()] if results.exists() else []
    latest = {tuple(row[name] for name in (*Mutant.__annotations__, "of")): row for row in rows}
    return [row for row in latest.values() if not (again and row["outcome"] == "survived")]


def sha(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:12]


# What the tests run.


def mirror(copy: Path, room: str, folder: Path) -> list[Test]:
    """The tests that mirror a room, and the room's own doctests, cheapest first; those on file are not run again."""
    paths = [copy / "tests" / name for name in MIRRORS[room]] + [copy / ROOMS[room]] * ROOMS[room].startswith(
        "sitheory"
    )
    files = [file for path in paths for file in (sorted(path.rglob("*.py")) if path.is_dir() else [path])]
    files = [
        f for f in files if f.name.startswith("test_") or (">>>" in f.read_text() and "tests" not in f.parts)
    ]
    kept = {
        file: folder / "tests" / f"{file.relative_to(copy).as_posix().replace('/', '.')}.{sha(file)}"
        for file in files
    }
    missing = [file for file in files if not kept[file].exists()]
    if missing:
        found = folder / "coverage.json"
        forked(copy, lambda: covered([str(f.relative_to(copy)) for f in missing], copy, found), limit=3600)
        tests = json.loads(found.read_text())
        for file in missing:
            own = [test for test in tests if test["name"].partition("::")[0] == str(file.relative_to(copy))]
            kept[file].parent.mkdir(exist_ok=True)
            kept[file].write_text(json.dumps(own))
    tests = [Test(**test) for file in files for test in json.loads(kept[file].read_text())]
    return sorted(tests, key=lambda test: test.cost)


def covered(names: list[str], copy: Path, into: Path) -> int:
    """Run tests under coverage, one context a test, and write what passed."""
    import coverage
    import pytest

    recorder = coverage.Coverage(source=[str(copy / folder) for folder in ROOMS.values()], data_file=None)

    class Contexts:
        def __init__(self):
            self.costs, self.failed = {}, set()

        @pytest.hookimpl(tryfirst=True)
        def pytest_runtest_protocol(self, item):
            recorder.switch_context(item.nodeid)
            signal.setitimer(signal.ITIMER_PROF, LONGEST)

        def pytest_runtest_logreport(self, report):
            self.costs[report.nodeid] = self.costs.get(report.nodeid, 0) + report.duration
            if not report.passed:
                self.failed.add(report.nodeid)

    contexts = Contexts()
    signal.signal(signal.SIGPROF, lambda *_: pytest.fail(f"takes more than {LONGEST} s"))
    recorder.start()
    pytest.main([*names, *QUIET], plugins=[contexts])
    signal.setitimer(signal.ITIMER_PROF, 0)
    recorder.stop()
    data = recorder.get_data()
    tests: dict[str, Test] = {
        n: Test(n, c, {}) for n, c in contexts.costs.items() if n not in contexts.failed
    }
    for file in data.measured_files():
        for line, seen in data.contexts_by_lineno(file).items():
            for name in tests.keys() & set(seen):
                tests[name].lines.setdefault(str(Path(file).relative_to(copy)), []).append(line)
    into.write_text(json.dumps([asdict(test) for test in tests.values()]))
    return 0


def meets(mutant: Mutant, tests: list[Test], seconds: float) -> list[Test]:
    """The cheapest tests that ran a mutant's line on right code, else its file."""
    lines = set(range(mutant.line, mutant.line + mutant.before.count("\n") + 1))
    seen = [test for test in tests if lines & set(test.lines.get(mutant.file, ()))]
    return within(seen or [test for test in tests if mutant.file in test.lines], seconds)


def within(tests: Iterable[Test], seconds: float) -> list[Test]:
    """As many of the cheapest tests as fit, and one at least."""
    taken: list[Test] = []
    for test in tests:
        if taken and sum(t.cost for t in taken) + test.cost > seconds:
            break
        taken.append(test)
    return taken


# One mutant.


QUIET = ["-q", "--no-header", "-p", "no:cacheprovider", "--hypothesis-seed=0"]


def tried(copy: Path, mutant: Mutant, tests: list[Test], seconds: float) -> dict:
    """What became of a mutant, the test that saw it, and the number and cost of the tests that it met."""
    met = meets(mutant, tests, seconds)
    file, started = copy / mutant.file, time.monotonic()
    right, stamp = file.read_text(), file.stat().st_mtime
    verdict = copy.parent / "verdict"
    verdict.unlink(missing_ok=True)
    try:
        file.write_text(mutant.applied(right))
        os.utime(
            file, (stamp + 1000, stamp + 1000)
        )  # no bytecode on file is taken for that of the changed text
        code = (
            forked(copy, lambda: run(met, verdict), GRACE + SLOWER * sum(test.cost for test in met))
            if met
            else 0
        )
    finally:
        file.write_text(right)
        os.utime(file, (stamp, stamp))
    by = verdict.read_text() if verdict.exists() else None
    outcome = {0: "survived", None: "timeout"}.get(code, "killed")
    cost = round(sum(test.cost for test in met), 2)
    return {
        "outcome": outcome,
        "by": by,
        "tests": len(met),
        "cost": cost,
        "took": round(time.monotonic() - started, 1),
    }


def run(tests: list[Test], verdict: Path) -> int:
    """Run tests in order of their cost up to the first that fails, and write its name."""
    import pytest

    sys.dont_write_bytecode = True
    order = {test.name: place for place, test in enumerate(tests)}

    class Chosen:
        @pytest.hookimpl(trylast=True)
        def pytest_collection_modifyitems(self, items):
            items[:] = sorted((i for i in items if i.nodeid in order), key=lambda item: order[item.nodeid])

        def pytest_runtest_logreport(self, report):
            if report.failed:
                verdict.write_text(report.nodeid)

        def pytest_collectreport(self, report):
            if report.failed:
                verdict.write_text(f"{report.nodeid} (import)")

    files = list(dict.fromkeys(test.name.partition("::")[0] for test in tests))
    return int(pytest.main([*files, "-x", *QUIET], plugins=[Chosen()]))


def forked(copy: Path, work: Callable[[], int], limit: float) -> int | None:
    """Run ``work`` in a fork that imports from the copy; its exit code, or None after ``limit`` seconds."""
    child = os.fork()
    if not child:
        code = 1
        try:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            settle(copy)
            code = work()
        finally:
            os._exit(code)
    until, ended = time.monotonic() + limit, 0
    try:
        while not ended and time.monotonic() < until:
            time.sleep(0.05)
            ended, status = os.waitpid(child, os.WNOHANG)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)  # what it started goes with it
    if not ended:
        os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) if ended else None


def settle(copy: Path) -> None:
    """Let this process, and those it starts, work in the copy, in silence and with little memory."""
    os.setsid()
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    os.chdir(copy)
    os.environ["PYTHONPATH"] = str(copy)
    sys.path[:] = [str(copy), *(path for path in sys.path if path and Path(path).resolve() != ROOT)]
    for name in [name for name in sys.modules if name.partition(".")[0] == "benchmarks"]:
        del sys.modules[name]
    log = os.open(copy.parent / "log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for stream in (1, 2):
        os.dup2(log, stream)


# What came out.


def report(rows: list[dict]) -> str:
    """A table by room, and the survivors."""
    lines = [f"{'room':12}{'mutants':>9}{'killed':>9}{'timeout':>9}{'survived':>9}"]
    for room in [*dict.fromkeys(row["room"] for row in rows), "all"]:
        own = Counter(row["outcome"] for row in rows if room in (row["room"], "all"))
        lines.append(
            f"{room:12}{own.total():9}" + "".join(f"{own[o]:9}" for o in ("killed", "timeout", "survived"))
        )
    for row in rows:
        if row["outcome"] == "survived":
            change = " ".join(f"{row['before']}  ->  {row['after']}".split())
            lines.append(f"{row['file']}:{row['line']} {row['kind']}, {row['tests']} tests: {change}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
