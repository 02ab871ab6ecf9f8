"""Run many checks on two processes, remembering verdicts; no crash or hang of a solver ends the run."""

import signal
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import cache, partial
from multiprocessing import get_context
from typing import Any

from proofs_check.own_paper.folder import Paper
from proofs_check.verdicts import book
from proofs_check.verdicts.claims import Check, Ledger, Outcome, Status, Verdict
from proofs_check.verdicts.memory import Disk

WORKERS = 2
HARD_LIMIT_SECONDS = 300


@dataclass(frozen=True, order=True)
class Task:
    """One check of one form of one claim, by name and numbers, so that any process can find it."""

    claim_id: str
    form: int
    check: int

    def find(self, ledger: Ledger) -> Check:
        """The check itself."""
        return ledger[self.claim_id].forms[self.form].checks[self.check]


def tasks(ledger: Ledger, ids: Sequence[str], engine: str | None = None) -> list[Task]:
    """All checks of the claims, or those of one engine."""
    return [
        Task(claim_id, f, c)
        for claim_id in ids
        for f, form in enumerate(ledger[claim_id].forms)
        for c, check in enumerate(form.checks)
        if engine in (None, check.engine)
    ]


def _silent(wave: Sequence[Task]) -> None:
    """Say nothing."""


def run(
    ledger: Ledger,
    todo: Sequence[Task],
    fresh: bool = False,
    paper: Paper | None = None,
    starting: Callable[[Sequence[Task]], None] = _silent,
) -> Iterator[tuple[Task, Verdict]]:
    """Decide tasks, remembered ones first, and yield each with its verdict as it is done.

    Args:
        ledger: where the tasks' claims are.
        todo: what is to be decided.
        fresh: decide again what is remembered.
        paper: the folder whose claims the ledger holds beside ours.
        starting: called with the tasks that are decided next, before each wave of them.

    Yields:
        Tasks and verdicts, in the order in which they end.
    """
    memory = Disk()
    known = [] if fresh else [t for t in todo if t.find(ledger).remembered(memory)]
    for task in known:
        yield task, task.find(ledger).examine(memory)
    rest = [task for task in todo if task not in set(known)]
    quick = [task for task in rest if task.find(ledger).engine != "kernel"]
    kernel = [task for task in rest if task.find(ledger).engine == "kernel"]
    for wave in filter(None, (quick, kernel)):  # engines without Coq's files answer first
        starting(wave)
        yield from survive(wave, partial(_decide, fresh=fresh, paper=paper))


def plan(ledger: Ledger, todo: Sequence[Task], committed: Mapping[str, Mapping[str, Any]]) -> str:
    """What is to be decided, by engine, and how long it took when the ledger was written.

    Args:
        ledger: where the tasks' claims are.
        todo: what is to be decided.
        committed: the ledger's rows by id.

    Returns:
        One line.
    """
    checks = [(task.claim_id, task.find(ledger)) for task in todo]
    engines = Counter(check.engine for _, check in checks)
    rows = ((i, committed[i]) for i in {task.claim_id for task in todo} & set(committed))
    took = {
        (i, e["engine"], e.get("formula", "")): e.get("seconds", 0.0)
        for i, row in rows
        for e in row["engines"]
    }
    known = [s for i, c in checks if (s := took.get((i, c.engine, c.formula))) is not None]
    told = f"deciding {', '.join(f'{count} {engine}' for engine, count in engines.items())}"
    told += f": {sum(known) / WORKERS:.0f} s when the ledger was written" if known else ""
    new = len(todo) - len(known)
    told += f"; {new} not in the ledger" if new else ""
    return told + ("; first come Coq files that were never compiled here" if engines["kernel"] else "")


def survive(todo: Sequence[Task], decide: Callable[[Task], Verdict]) -> Iterator[tuple[Task, Verdict]]:
    """Decide tasks in processes; one that kills its process is CRASHED, and the others go on.

    Args:
        todo: what is to be decided.
        decide: a function that other processes can import.

    Yields:
        Tasks and verdicts, in the order in which they end.
    """
    rest = list(todo)
    while rest:
        suspects: list[Task] = []
        for task, verdict in _pooled(rest, WORKERS, decide, suspects):
            rest = [other for other in rest if other != task]
            yield task, verdict
        for task in suspects:
            rest.remove(task)
            yield task, _alone(task, decide)


def _pooled(
    todo: Sequence[Task], workers: int, decide: Callable[[Task], Verdict], suspects: list[Task]
) -> Iterator[tuple[Task, Verdict]]:
    """Verdicts of a pool of processes; when one dies, what was running then becomes suspect."""
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_guard) as pool:
        futures = {pool.submit(decide, task): task for task in todo}
        for future in as_completed(futures):
            try:
                yield futures[future], future.result()
            except BrokenProcessPool:
                unfinished = [t for f, t in futures.items() if f.exception() is not None]
                suspects.extend(unfinished[: workers + 1])
                return


def _alone(task: Task, decide: Callable[[Task], Verdict]) -> Verdict:
    """The verdict of a process that runs nothing else: CRASHED if it dies."""
    for _, verdict in _pooled([task], 1, decide, []):
        return verdict
    return Verdict(Status.CRASHED, reason=f"crashed: its process died, or ran over {HARD_LIMIT_SECONDS} s")


def _guard() -> None:
    """Let the system end a process that runs over its limit, even inside a solver's own code."""
    if hasattr(signal, "SIGALRM"):
        signal.signal(signal.SIGALRM, signal.SIG_DFL)


@cache
def _ledger(paper: Paper | None) -> Ledger:
    return paper.ledger() if paper else book.load()


def _decide(task: Task, fresh: bool, paper: Paper | None) -> Verdict:
    check = task.find(_ledger(paper))
    if hasattr(signal, "alarm"):
        signal.alarm(HARD_LIMIT_SECONDS)
    try:
        return check.examine(_Fresh() if fresh else Disk())
    finally:
        if hasattr(signal, "alarm"):
            signal.alarm(0)


class _Fresh(Disk):
    """A memory that is written and not read."""

    def __getitem__(self, depends: str) -> Verdict:
        raise KeyError(depends)


def outcomes(ledger: Ledger, verdicts: Mapping[Task, Verdict], ids: Sequence[str]) -> dict[str, Outcome]:
    """What the verdicts say of each claim."""
    found: dict[str, Outcome] = {}
    for claim_id in ids:
        own = {(t.form, t.check): v for t, v in verdicts.items() if t.claim_id == claim_id}
        found[claim_id] = book.outcome_of(ledger[claim_id], own)
    return found
