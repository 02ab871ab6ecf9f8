"""Decide random statements by every engine, and hunt each: ``python -m tests.proofs.soundness --count 10000``.

Nothing that the hunt refutes may be proved, nothing that one engine proves may another refute, and each witness has
to break the statement by the referee's evaluation. A run that was stopped goes on where it stopped (``--state``).
"""

import argparse
import faulthandler
import json
import os
import random
import re
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from fractions import Fraction
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import z3

from proofs_check import referee
from proofs_check.engines import coq_files, exact_algebra, handelman, induction, solvers
from proofs_check.statements import polynomials, witness
from proofs_check.verdicts.claims import Check, EngineMissing, Status, Verdict
from tests.proofs import random_statements as made

BLOCK = 25
LONGEST = 120
"""Seconds after which a block that takes a few counts as hanging."""
TIMEOUT = 0.05
"""Seconds for each question to a solver: an engine that needs more says OPEN, which is no pass."""


HARD_LIMIT = 2
"""Seconds of computing after which an engine is taken to hang; what it is at ends as OPEN."""


class OutOfTime(Exception):
    """An engine ran over its hard limit."""


def _stop(*_: Any) -> None:
    raise OutOfTime


def limited(decide: Callable[[], Verdict]) -> Verdict:
    """Run an engine under the hard limit."""
    before = signal.signal(signal.SIGPROF, _stop)
    signal.setitimer(signal.ITIMER_PROF, HARD_LIMIT)
    try:
        return decide()
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


@contextmanager
def small_budgets() -> Iterator[None]:
    """Engines that give up early and do not start coqc, for many statements a second."""

    def absent(*args: Any, **kwargs: Any) -> Any:
        raise EngineMissing("kernel: left out here")

    cut = [
        (handelman, "FACTORS", (1, 2)), (handelman, "MAX_PRODUCTS", 40), (handelman, "LP_TIMEOUT_MS", 50),
        (coq_files, "session", absent), (witness.search, "__defaults__", ((), 200)), (witness, "PIN_TIMEOUT_MS", 10),
        (witness, "PIN_DENOMINATORS", 10), (solvers, "VACUITY_POINTS", 200), (polynomials.clear, "__defaults__", (40,)),
        (solvers.satisfiable, "__defaults__", (TIMEOUT,)),
    ]  # fmt: skip
    kept = [getattr(module, name) for module, name, _ in cut]
    for module, name, new in cut:
        setattr(module, name, new)
    try:
        yield
    finally:
        for (module, name, _), old in zip(cut, kept, strict=True):
            setattr(module, name, old)


def verdicts(statement: Any) -> dict[str, Verdict]:
    """What each engine says, crashes included."""
    engines = {
        "smt": lambda: solvers.decide(statement, TIMEOUT),
        "algebra": lambda: exact_algebra.decide(statement),
        "certificate": lambda: handelman.decide(statement),
    }
    return {
        name: Check(name, str(statement), partial(limited, decide)).run() for name, decide in engines.items()
    }


def complaints(seed: int) -> tuple[list[str], Counter]:
    """What is wrong with the verdicts on one random statement, and how many of each there were."""
    if seed % 10 == 9:
        return _of_process(seed)
    if seed % 10 == 8:
        return _of_vectors(seed)
    given, then = made.Chance(seed).statement()
    try:
        statement = made.stated(given, then)
        shown = str(statement)
    except ValueError:
        return [], Counter(["refused"])
    found = verdicts(statement)
    broken = made.counterexample(given, then, seed)
    wrong = [*_reading(shown, given, then, seed)]
    statuses = {v.status for v in found.values()}
    if statuses >= {Status.PROVED, Status.REFUTED} or Status.CONFLICT in statuses:
        wrong.append(f"engines disagree: { {n: str(v.status) for n, v in found.items()} }")
    for name, verdict in found.items():
        if verdict.status is Status.PROVED and broken is not None:
            wrong.append(f"{name} proves what is false at {broken}")
        if verdict.status is Status.REFUTED and not _breaks(verdict, given, then):
            wrong.append(f"{name} refutes at {verdict.witness}, where it is not false")
        if verdict.reason.startswith("crashed") and "OutOfTime" not in verdict.reason:
            wrong.append(f"{name} {verdict.reason}")
    wrong += _certified(found["certificate"], shown)
    counts = Counter(f"{name} {v.status}" for name, v in found.items())
    counts["hunted down"] += broken is not None
    return [f"seed {seed}: {line}: {shown}" for line in wrong], counts


def _breaks(verdict: Verdict, given: list, then: tuple) -> bool:
    """Whether the witness breaks the statement by the referee's evaluation, at a real root by exact arithmetic."""
    try:
        point = {name: made.exact(number) for name, number in (verdict.witness or {}).items()}
        return made.truth(given, then, point) is False
    except KeyError:  # it leaves a variable out
        return False


def _reading(shown: str, given: list, then: tuple, seed: int) -> Iterator[str]:
    """What is printed means what was made, at the first points of the hunt."""
    try:
        again = referee.statement(shown)
    except referee.Wrong as why:
        yield f"the printed statement cannot be read: {why}"
        return
    for _, point in zip(range(5), made.points(given, then, seed), strict=False):
        if made.truth(given, then, point) != made.truth(*again, point):
            yield f"the printed statement means something else at {point}"
            return


def _certified(verdict: Verdict, shown: str) -> Iterator[str]:
    """The referee re-checks each certificate, that its cases are all included."""
    if verdict.proof:
        try:
            referee.Certificate(json.loads(verdict.proof)).shows(*referee.statement(shown))
        except referee.Wrong as why:
            yield f"the referee rejects the certificate: {why}"


def _of_process(seed: int) -> tuple[list[str], Counter]:
    """The same for a random process: runs of it are what the hunt evaluates."""
    step, given, start, kept, then, moves = made.Chance(seed).process()
    try:
        process = made.moved(step, given, start, kept, then, moves)
        shown = str(process)
    except ValueError:
        return [], Counter(["refused"])
    decide = lambda: induction.decide(process, lambda s: solvers.decide(s, TIMEOUT))  # noqa: E731
    verdict = Check("induction", shown, partial(limited, decide)).run()
    stays = "u" in process.constants
    broken = run_that_breaks(step, given, start, then, seed, stays=stays)
    wrong = (
        [f"induction proves what a run breaks: {broken}"]
        if verdict.status is Status.PROVED and broken
        else []
    )
    wrong += ["induction refutes"] if verdict.status is Status.REFUTED else []
    crashed = verdict.reason.startswith("crashed") and "OutOfTime" not in verdict.reason
    wrong += [verdict.reason] if crashed else []
    counts = Counter([f"induction {verdict.status}", *(["hunted down"] if broken else [])])
    if moves is not None:
        wrong += _after(process, step, given, start, then, stays, counts)
    return [f"seed {seed}: {line}: {shown}" for line in wrong], counts


def _after(
    process: Any, step: tuple, given: list, start: list, then: list, stays: bool, counts: Counter
) -> Iterator[str]:
    """A witness against the claim at one time is a run that breaks it there, evaluated step by step."""
    decide = lambda: solvers.decide(process.after(2), TIMEOUT)  # noqa: E731
    verdict = Check("smt", str(process), partial(limited, decide)).run()
    counts[f"after two steps {verdict.status}"] += 1
    if verdict.status is not Status.REFUTED or any("root" in v for v in (verdict.witness or {}).values()):
        return
    at = {name: Fraction(number) for name, number in (verdict.witness or {}).items()}
    inputs = [at.get("u" if stays else f"u_{k}", Fraction(0)) for k in range(3)]
    named = made.names(("and", step, *given, *start, *then)) | {"x"}
    point = {**dict.fromkeys(named, Fraction(0)), **at}
    for k, value in enumerate(inputs):
        point = {**point, "u": value}
        if not all(referee.value(fact, point) for fact in (*given, *(start if k == 0 else ()))):
            yield f"what is given fails at step {k} of the witness {verdict.witness}"
            return
        if k < 2:
            point["x"] = referee.value(step, point)
    if all(referee.value(fact, point) for fact in then):
        yield f"the run of the witness {verdict.witness} breaks nothing after two steps"


def _of_vectors(seed: int) -> tuple[list[str], Counter]:
    """The same for a statement about inner products: vectors of whole numbers are what the hunt evaluates."""
    space, real, given, then = made.Chance(seed).vectors()
    try:
        made_of_it = made.stated(given, then)
        statement = made_of_it.but(given=[*space.real, *made_of_it.given]) if real else made_of_it
    except ValueError:
        return [], Counter(["refused"])
    found = verdicts(statement)
    points = made.of_integers(space, seed)
    broken = next((point for point in points if made.truth(given, then, point) is False), None)
    wrong = []
    statuses = {v.status for v in found.values()}
    if statuses >= {Status.PROVED, Status.REFUTED} or Status.CONFLICT in statuses:
        wrong.append(f"engines disagree: { {n: str(v.status) for n, v in found.items()} }")
    for name, verdict in found.items():
        if verdict.status is Status.PROVED and broken is not None:
            wrong.append(f"{name} proves what is false at {broken}")
        if verdict.status is Status.REFUTED and not _of_real_vectors(verdict, given, then):
            wrong.append(
                f"{name} refutes at {verdict.witness}, where it is not false or which no vectors have"
            )
        if verdict.reason.startswith("crashed") and "OutOfTime" not in verdict.reason:
            wrong.append(f"{name} {verdict.reason}")
    wrong += _certified(found["certificate"], str(statement))
    counts = Counter(f"vectors {name} {v.status}" for name, v in found.items())
    counts["vectors hunted down"] += broken is not None
    return [f"seed {seed}: {line}: {statement}" for line in wrong], counts


def _of_real_vectors(verdict: Verdict, given: list, then: tuple) -> bool:
    """Whether a witness breaks the statement, and the minors that its products tell are those of vectors."""
    if not _breaks(verdict, given, then):
        return False
    at = {name: made.exact(number) for name, number in (verdict.witness or {}).items()}
    pairs = {tuple(re.split(r"_dot(\d*)_", name)): number for name, number in at.items()}
    squares = {a: number for (a, _, b), number in pairs.items() if a == b}
    if any(number < 0 for number in squares.values()):
        return False
    for (a, dimension, b), number in pairs.items():
        if a in squares and b in squares:
            left = squares[a] * squares[b] - number**2
            if left < 0 or (dimension == "1" and left != 0):
                return False
    return True


def run_that_breaks(
    step: tuple, given: list, start: list, then: list, seed: int, *, stays: bool = True
) -> list[made.Point] | None:
    """A short exact run that satisfies all that is given and breaks the conclusion."""
    chance = random.Random(seed)
    claim = ("and", *given, step, *start, *then)
    for first in made.points([*given, *start], ("and", ("=", step, step), claim), seed):
        point, run = {"x": Fraction(1), "u": Fraction(1, 2)} | first, []
        try:
            if not all(referee.value(fact, point) for fact in (*given, *start)):
                continue
            for _ in range(4):
                if not all(referee.value(fact, point) for fact in given):
                    break
                run.append(dict(point))
                if not all(referee.value(fact, point) for fact in then):
                    return run
                moved = (
                    {}
                    if stays
                    else {"u": chance.choice((point["u"], Fraction(1), Fraction(0), Fraction(1, 2)))}
                )
                point = {**point, "x": referee.value(step, point), **moved}
        except ZeroDivisionError:
            continue
    return None


def block(seeds: tuple[int, int]) -> tuple[int, list[str], Counter]:
    """All statements of a range of seeds."""
    wrong: list[str] = []
    counts: Counter = Counter()
    with small_budgets():
        for seed in range(*seeds):
            told, found = complaints(seed)
            wrong += told
            counts += found
    return seeds[0], wrong, counts


def watched(decide: Callable[[tuple[int, int]], tuple], seeds: tuple[int, int]) -> tuple:
    """Decide a block, or end the process: a solver that hangs in its own code hears no alarm."""
    faulthandler.dump_traceback_later(LONGEST, exit=True)
    try:
        return decide(seeds)
    finally:
        faulthandler.cancel_dump_traceback_later()


def apart(
    blocks: list[tuple[int, int]], processes: int, decide: Callable[[tuple[int, int]], tuple] = block
) -> Iterator[tuple[tuple[int, int], list[str], Counter]]:
    """Decide blocks in processes of their own; a statement whose solver ends its process is counted as that."""
    lost = []
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        for seeds, future in [(seeds, pool.submit(watched, decide, seeds)) for seeds in blocks]:
            try:
                yield seeds, *future.result()[1:]
            except (BrokenProcessPool, z3.Z3Exception):  # the latter from terms that a question broke before
                lost.append(seeds)
    # One of the first that were lost ended its process or spoilt its terms; the others came after it.
    for low, high in lost[:processes]:
        if high == low + 1:
            yield (low, high), [], Counter(["a solver ended its process"])
            continue
        wrong, counts, middle = [], Counter(), (low + high) // 2
        for half in ((low, middle), (middle, high)):
            for _, told, found in apart([half], 1, decide):
                wrong, counts = wrong + told, counts + found
        yield (low, high), wrong, counts
    if rest := lost[processes:]:
        yield from apart(rest, processes, decide)


def main(words: list[str] | None = None) -> int:
    """Run, print the counts, 1 if anything is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.proofs.soundness", description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--state", type=Path, help="a file of finished blocks, from which a run goes on")
    given = parser.parse_args(words)
    ends = range(given.seed, given.seed + given.count, BLOCK)
    todo = {start: (start, min(start + BLOCK, given.seed + given.count)) for start in ends}
    counts, wrong = _so_far(given.state, todo)
    for seeds, told, found in apart(list(todo.values()), given.processes):
        counts, wrong = counts + found, wrong + told
        counts["statements"] += seeds[1] - seeds[0]
        if given.state:
            _note(given.state, {"seeds": seeds, "counts": found, "wrong": told})
    print("\n".join(f"{n:8}  {what}" for what, n in sorted(counts.items())))
    for line in wrong:
        print(f"wrong: {line}", file=sys.stderr)
    return int(bool(wrong))


def _so_far(state: Path | None, todo: dict[int, tuple[int, int]]) -> tuple[Counter, list[str]]:
    """Take the blocks that are done out of the list, and add up what they found."""
    counts: Counter = Counter()
    wrong: list[str] = []
    if state and state.exists():
        for line in state.read_text(encoding="utf-8").splitlines():
            done = json.loads(line)
            if todo.get(done["seeds"][0]) == tuple(done["seeds"]):
                del todo[done["seeds"][0]]
                counts += Counter(done["counts"])
                counts["statements"] += done["seeds"][1] - done["seeds"][0]
                wrong += done["wrong"]
    return counts, wrong


def _note(state: Path, done: dict[str, Any]) -> None:
    with state.open("a", encoding="utf-8") as file:
        file.write(json.dumps(done) + "\n")
        file.flush()
        os.fsync(file.fileno())


if __name__ == "__main__":
    sys.exit(main())
