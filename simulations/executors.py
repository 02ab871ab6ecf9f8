"""What runs the cells: nothing, pools on this machine, a dask cluster, or SLURM."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sitheory.sweeps.run import IN_FLIGHT

Options = Mapping[str, Any]


@contextmanager
def opened(kind: str, workers: int, options: Options, folder: Path) -> Iterator[dict[str, Any]]:
    """Open an executor; it is shut when the block ends.

    Args:
        kind: One of ``KINDS``.
        workers: How many workers, where this machine starts them.
        options: What else the executor takes, see ``KINDS``.
        folder: Where submitit may keep its files.

    Yields:
        The arguments ``executor`` and ``in_flight`` of ``ensure``.

    Raises:
        ValueError: If the kind takes no such option, or its package is not installed.
        ModuleNotFoundError: If something else is missing while the block runs.
    """
    try:
        with KINDS[kind](workers, dict(options), folder) as executor:
            yield {"executor": executor, "in_flight": workers if kind == "submitit" else IN_FLIGHT}
    except ModuleNotFoundError as missing:
        if missing.name not in ("dask", "distributed", "submitit"):
            raise
        extra = "slurm" if missing.name == "submitit" else "dask"
        raise ValueError(f"need the extra [{extra}] for --executor {kind}, got none") from None


@contextmanager
def _serial(_: int, options: dict[str, Any], __: Path) -> Iterator[None]:
    """``serial``: one cell after the other."""
    _refuse(options)
    yield None


@contextmanager
def _threads(workers: int, options: dict[str, Any], _: Path) -> Iterator[ThreadPoolExecutor]:
    """``threads``: compiled loops leave Python, so threads are enough for them."""
    _refuse(options)
    with _let_go(ThreadPoolExecutor(workers)) as pool:
        yield pool


@contextmanager
def _processes(workers: int, options: dict[str, Any], _: Path) -> Iterator[ProcessPoolExecutor]:
    """``processes``: for cells that stay in Python."""
    _refuse(options)
    # A fork would copy locks that threads of this process may hold.
    spawn = multiprocessing.get_context("spawn")
    with _let_go(ProcessPoolExecutor(workers, mp_context=spawn, initializer=_leave_with_parent)) as pool:
        yield pool


@contextmanager
def _let_go(pool: Executor) -> Iterator[Any]:
    """Wait for a pool's tasks at the end, but not when stopped: what they were at is computed at the next start."""
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()


@contextmanager
def _unheard_interrupts() -> Iterator[None]:
    """Start processes that ignore Ctrl-C, which a terminal sends to all: their parent tells them what to do."""
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)


def _leave_with_parent() -> None:
    """A worker whose parent was killed would wait for tasks for ever; one that hears Ctrl-C would print a traceback."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    assert parent is not None

    def leave() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=leave, daemon=True).start()


@contextmanager
def _dask(workers: int, options: dict[str, Any], _: Path) -> Iterator[Any]:
    """``dask``: a cluster at ``address=tcp://...``, or else one of processes on this machine."""
    from distributed import Client, LocalCluster

    address = options.pop("address", None)
    if address is not None:
        _refuse(options)
        with Client(address) as client:
            yield client.get_executor(pure=False)
        return
    fixed = {"n_workers": workers, "threads_per_worker": 1, "host": "127.0.0.1", "dashboard_address": None}
    with _unheard_interrupts():
        cluster = LocalCluster(**{**fixed, **options})
    with cluster, Client(cluster) as client:
        yield client.get_executor(pure=False)


@contextmanager
def _slurm(_: int, options: dict[str, Any], folder: Path) -> Iterator[Any]:
    """``slurm``: job arrays; options are submitit's, like ``slurm_partition=cpu timeout_min=60``."""
    import submitit

    if submitit.SlurmExecutor.affinity() < 0:
        raise ValueError("need srun on the path for --executor slurm, got a machine without SLURM")
    yield _submitit(submitit.AutoExecutor(folder / "jobs", cluster="slurm"), options)


@contextmanager
def _submitit_here(_: int, options: dict[str, Any], folder: Path) -> Iterator[Any]:
    """``submitit``: what slurm does, with jobs as processes of this machine."""
    import submitit

    yield _submitit(submitit.AutoExecutor(folder / "jobs", cluster="local"), options)


def _submitit(executor: Any, options: dict[str, Any]) -> Any:
    try:
        executor.update_parameters(**{"timeout_min": 60, **options})
    except (NameError, TypeError) as unknown:
        raise ValueError(f"need submitit's options, got {unknown}") from None
    return executor


KINDS: dict[str, Callable[..., Any]] = {
    "serial": _serial,
    "threads": _threads,
    "processes": _processes,
    "dask": _dask,
    "slurm": _slurm,
    "submitit": _submitit_here,
}


def _refuse(options: dict[str, Any]) -> None:
    if options:
        raise ValueError(f"need no options for this executor, got {', '.join(options)}")
