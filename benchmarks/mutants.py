"""Mutation run: small wrong changes of the library, and whether the tests see them; ``python -m benchmarks.mutants``.

The tests that mirror a room are collected once, in a copy of the tree, and run once under coverage, which says what
each of them runs and what it costs. Each mutant then has a process of its own, forked from there: the changed code goes
into the living functions, and the tests that were seen to run its line run, cheapest first, up to the first that fails.
Files that compute with formulas as they load are loaded in the fork, behind the change. Results go to a file of JSON
lines as they come; a run that is started again goes on behind them.
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
import traceback
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from itertools import accumulate
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
LANGUAGE = [
    f"tests/proofs/test_{part}.py"
    for part in (
        "clauses",
        "door",
        "engines",
        "faults",
        "forgeries",
        "jets",
        "printing",
        "reach",
        "roots",
        "soundness",
        "translation",
    )
]
MIRRORS = {
    "theory": ["tests/theory", "tests/measure", "tests/proofs/test_coq_files.py", "sitheory/theory"],
    "simulation": ["tests/simulation", "sitheory/simulation"],
    "measure": [
        "tests/measure",
        "tests/simulation",
        "tests/losses/test_regression_loss.py",
        "sitheory/measure",
    ],
    "sweeps": ["tests/sweeps", "sitheory/sweeps"],
    "statements": LANGUAGE,
    "engines": [*LANGUAGE, *(f"tests/proofs/test_{part}.py" for part in ("referee", "variants"))],
}
LOADED_LATE = {
    "theory": [
        f"tests/proofs/test_claims_{p}.py" for p in ("beta", "kernels", "norm", "regimes", "sharpness")
    ]
}
"""Tests of statements, which are written from the formulas when their files are loaded."""
LEFT_OUT = ("__pycache__", ".git", ".venv", "results", "figures", ".hypothesis", ".mypy_cache", ".ruff_cache")
MEMORY = 8 << 30  # a mutant that asks for more has failed, and takes nothing from its neighbours
LONGEST = 10  # seconds of processor time; a test that takes more is no mutant's
SLOWER, GRACE = (
    6,
    20,
)  # a mutant has so many times its tests' processor time on right code, and so many seconds more
STUCK = 900  # seconds by the clock, for what waits and does not compute


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
    folder = args.folder.resolve()
    warm()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that no test run is left behind
    # Coq takes minutes to compile its library once a formula has changed; tests that need it are not run.
    os.environ |= {"NUMBA_CACHE_DIR": str(folder / "numba"), "PATH": str(Path(sys.executable).parent)}
    results = folder / f"seed{args.seed}.jsonl"
    copy = copied(folder / "tree")
    drawn = again(results, copy) if args.again else fresh(results, copy, args)
    for room in args.rooms:
        if own := [(row, mutant) for row, mutant in drawn if mutant.room == room]:
            forked(copy, lambda: tried(room, own, args.seconds, folder, results))  # noqa: B023
    sys.stdout.write(report([row for row in read(results) if row["room"] in args.rooms]))


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
    parser.add_argument("--again", action="store_true", help="try the survivors on file again, and no others")
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


def read(results: Path) -> list[dict]:
    """The latest row on file of each mutant, without those that broke."""
    rows = [json.loads(line) for line in results.read_text().splitlines()] if results.exists() else []
    latest = {tuple(row[name] for name in (*Mutant.__annotations__, "of")): row for row in rows}
    return [row for row in latest.values() if row["outcome"] != "broken"]


def fresh(results: Path, copy: Path, args: argparse.Namespace) -> list[tuple[dict, Mutant]]:
    """The chosen mutants that are not on file, each with how its row begins."""
    chosen = mutations.chosen(copy, {room: ROOMS[room] for room in args.rooms}, args.count, args.seed)
    rows = [(asdict(mutant) | {"of": sha(copy / mutant.file)}, mutant) for mutant in chosen]
    known = [{name: row[name] for name in (*Mutant.__annotations__, "of")} for row in read(results)]
    return [(row, mutant) for row, mutant in rows if row not in known]


def again(results: Path, copy: Path) -> list[tuple[dict, Mutant]]:
    """The survivors on file as they stand now, on the nearest line with the same text, each with its row."""
    found = []
    for row in read(results):
        if row["outcome"] == "survived" and (copy / row["file"]).exists():
            change = (row["kind"], row["before"], row["after"])
            now = mutations.of_file(copy, row["room"], copy / row["file"])
            near = [mutant for mutant in now if (mutant.kind, mutant.before, mutant.after) == change]
            found += [(row, m) for m in sorted(near, key=lambda m: abs(m.line - row["line"]))[:1]]
    return found


def sha(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:12]


def tried(room: str, mutants: list[tuple[dict, Mutant]], seconds: float, folder: Path, results: Path) -> int:
    """Collect a room's tests, and try its mutants in forks from there."""
    import pytest

    class Loop:
        def pytest_runtestloop(self, session):
            tests = seen(session, room, folder)
            for row, mutant in mutants:
                row |= one(session, mutant, tests, seconds)
                with results.open("a") as file:
                    file.write(json.dumps(row) + "\n")
            return True

    options = ["-q", "--no-header", "-p", "no:cacheprovider", "--hypothesis-seed=0"]
    return int(pytest.main([*MIRRORS[room], *options], plugins=[Loop()]))


# What the tests run.


def seen(session, room: str, folder: Path) -> list[Test]:
    """A room's tests that pass on right code, cheapest first; a file of tests that is known runs no second time."""
    late = LOADED_LATE.get(room, [])
    files = {item.path for item in session.items} | {session.path / name for name in late}
    names = {file: f"{file.relative_to(session.path)}".replace("/", ".") for file in sorted(files)}
    kept = {file: folder / "tests" / f"{name}.{sha(file)}" for file, name in names.items()}
    missing = {file: place for file, place in kept.items() if not place.exists()}
    if missing:
        forked(session.path, lambda: covered(session, late, missing))
    tests = [Test(**test) for place in kept.values() for test in json.loads(place.read_text())]
    return sorted(tests, key=lambda test: test.cost)


def covered(session, late: list[str], places: dict[Path, Path]) -> int:
    """Run files of tests under coverage, one context a test, and write what each that passed runs."""
    import coverage
    import pytest

    recorder = coverage.Coverage(
        source=[str(session.path / folder) for folder in ROOMS.values()], data_file=None
    )
    signal.signal(signal.SIGPROF, lambda *_: pytest.fail(f"takes more than {LONGEST} s"))
    recorder.start()
    costs = {}
    items = [*session.items, *(session.perform_collect(late) if late else ())]
    items = [item for item in items if item.path in places]
    for item, following in zip(items, [*items[1:], None], strict=True):
        recorder.switch_context(item.nodeid)
        signal.setitimer(signal.ITIMER_PROF, LONGEST)
        began = spent()
        if passes(item, following):
            costs[item.nodeid] = spent() - began
        signal.setitimer(signal.ITIMER_PROF, 0)
    recorder.stop()
    data = recorder.get_data()
    tests = {name: Test(name, cost, {}) for name, cost in costs.items()}
    for file in data.measured_files():
        for line, names in data.contexts_by_lineno(file).items():
            for name in tests.keys() & set(names):
                tests[name].lines.setdefault(str(Path(file).relative_to(session.path)), []).append(line)
    for file, place in places.items():
        place.parent.mkdir(exist_ok=True)
        own = [tests[item.nodeid] for item in items if item.path == file and item.nodeid in tests]
        place.write_text(json.dumps([asdict(test) for test in own]))
    return 0


def spent() -> float:
    """Processor time so far, with that of the programs that were run and have ended."""
    return sum(os.times()[:4])


def passes(item, following=None) -> bool:
    """Run one test; fixtures that the following one shares are kept for it."""
    from _pytest.runner import runtestprotocol

    before = item.session.testsfailed
    runtestprotocol(item, nextitem=following)
    return item.session.testsfailed == before


def meets(mutant: Mutant, tests: list[Test], seconds: float) -> list[Test]:
    """The cheapest tests that ran a mutant's line on right code, else its file: as many as fit, and one at least."""
    lines = set(range(mutant.line, mutant.line + mutant.before.count("\n") + 1))
    found = [test for test in tests if lines & set(test.lines.get(mutant.file, ()))]
    found = found or [test for test in tests if mutant.file in test.lines]
    sums = accumulate(test.cost for test in found)
    found = [test for test, cost in zip(found, sums, strict=True) if cost <= max(seconds, found[0].cost)]
    files = list(dict.fromkeys(test.name.partition("::")[0] for test in found))
    return sorted(found, key=lambda test: files.index(test.name.partition("::")[0]))  # they share fixtures


# One mutant.

SURVIVED, KILLED, UNPLACED, BROKEN = range(4)
OUTCOMES = {SURVIVED: "survived", KILLED: "killed", UNPLACED: "no function", BROKEN: "broken"}


def one(session, mutant: Mutant, tests: list[Test], seconds: float) -> dict:
    """What became of a mutant, the test that saw it, and the number and cost of the tests that it could meet."""
    met = meets(mutant, tests, seconds)
    cost = sum(test.cost for test in met)
    verdict = session.path.parent / "verdict"
    verdict.write_text("")
    code = forked(session.path, lambda: first_failure(session, mutant, met, verdict), SLOWER * cost + GRACE)
    outcome = OUTCOMES.get(code, "timeout")  # ended by a signal
    by = verdict.read_text() if code == KILLED else ""
    return {"outcome": outcome, "by": by, "tests": len(met), "cost": round(cost, 2)}


def first_failure(session, mutant: Mutant, tests: list[Test], verdict: Path) -> int:
    """Run tests on the changed code up to the first that fails, and write its name."""
    from numba.core import caching

    caching.Cache.save_overload = lambda *_: None  # no compiled wrong formula is kept for the next mutant
    if not mutations.put(mutant, session.path):
        return UNPLACED
    items, names = {item.nodeid: item for item in session.items}, [test.name for test in tests]
    late = [file for file in LOADED_LATE.get(mutant.room, []) if any(name.startswith(file) for name in names)]
    for name, following in zip(names, [*names[1:], None], strict=False):
        verdict.write_text(name)
        if name not in items:
            items |= {item.nodeid: item for item in session.perform_collect(late)}
        if name not in items or not passes(items[name], items.get(following)):
            return KILLED
    return SURVIVED


def forked(copy: Path, work: Callable[[], int], seconds: float | None = None) -> int:
    """Run ``work`` in a fork that imports from the copy, with so much processor time; its exit code or signal."""
    child = os.fork()
    if not child:
        code = BROKEN
        try:
            settle(copy, seconds)
            code = work()
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    until, ended, status = time.monotonic() + STUCK, 0, 0
    try:
        while not ended and (seconds is None or time.monotonic() < until):
            time.sleep(0.02)
            ended, status = os.waitpid(child, os.WNOHANG)
    finally:
        with suppress(ProcessLookupError):
            if seconds:
                os.killpg(child, signal.SIGKILL)  # what it started goes with it
            elif not ended:
                os.kill(child, signal.SIGTERM)
    return os.waitstatus_to_exitcode(status if ended else os.waitpid(child, 0)[1])


def settle(copy: Path, seconds: float | None) -> None:
    """Let this process, and those it starts, work in the copy, in silence and with bounds."""
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    if seconds:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.setsid()
        resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1, int(seconds) + 1))
    elif Path.cwd() != copy:
        os.chdir(copy)
        os.environ["PYTHONPATH"] = str(copy)
        sys.path[:] = [str(copy), *(path for path in sys.path if path and Path(path).resolve() != ROOT)]
        log = os.open(copy.parent / "log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        for stream in (1, 2):
            os.dup2(log, stream)


# What came out.


def report(rows: list[dict]) -> str:
    """A table by room, and the survivors."""
    counted = ("killed", "timeout", "survived")
    rows = [row for row in rows if row["outcome"] in counted]
    lines = [f"{'room':12}{'mutants':>9}" + "".join(f"{name:>9}" for name in counted)]
    for room in [*dict.fromkeys(row["room"] for row in rows), "all"]:
        own = Counter(row["outcome"] for row in rows if room in (row["room"], "all"))
        lines.append(f"{room:12}{own.total():9}" + "".join(f"{own[name]:9}" for name in counted))
    for row in rows:
        if row["outcome"] == "survived":
            change = " ".join(f"{row['before']}  ->  {row['after']}".split())
            lines.append(f"{row['file']}:{row['line']} {row['kind']}, {row['tests']} tests: {change}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
