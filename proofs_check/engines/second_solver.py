"""cvc5 in a process of its own: its limits do not reach every inner loop, but the end of a process does."""

import atexit
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

GRACE = 1.5
"""How many times its own limit a question may take before its process is ended."""


@cache
def installed() -> str:
    """The installed version of cvc5, empty where there is none."""
    try:
        return version("cvc5")
    except PackageNotFoundError:
        return ""


class Cvc5:
    """A process that answers one question after the other, and is replaced once it runs over."""

    def __init__(self) -> None:
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None

    def ask(self, smtlib: str, timeout: float) -> str:
        """What cvc5 says to SMT-LIB text: sat, unsat, or why it does not know.

        Args:
            smtlib: text with one ``check-sat``.
            timeout: seconds.

        Returns:
            ``sat``, ``unsat``, or ``unknown (...)``.
        """
        if not installed():
            return "unknown (not installed)"
        try:
            pipe = self._connected()
            pipe.send((smtlib, timeout))
            if pipe.poll(GRACE * timeout):
                return str(pipe.recv())
            reason = "timeout"
        except (EOFError, OSError):
            reason = "its process died"
        except (
            BaseException
        ):  # an interrupted question leaves an answer behind, which the next one would take
            self.close()
            raise
        self.close()
        return f"unknown ({reason})"

    def close(self) -> None:
        """End the process, whatever it is at."""
        if self._pipe is not None:
            self._pipe.close()
        if self._process is not None and self._process.pid is not None:  # an interrupted start leaves none
            self._process.kill()
            self._process.join()
        self._process = self._pipe = None

    def _connected(self) -> Connection:
        if self._process is not None and not self._process.is_alive():
            self.close()
        if self._pipe is None:
            context = get_context("spawn")
            self._pipe, far = context.Pipe()
            self._process = context.Process(target=_serve, args=(far,), daemon=True)
            with _script_hidden():
                self._process.start()
            far.close()
        return self._pipe


@contextmanager
def _script_hidden() -> Iterator[None]:
    """Hide the user's script from a process that is being spawned, which would run it a second time."""
    names = vars(sys.modules["__main__"])
    kept: dict[str, Any] = {name: names[name] for name in ("__file__", "__spec__") if name in names}
    names.update(dict.fromkeys(kept))
    try:
        yield
    finally:
        names.update(kept)


@cache
def shared() -> Cvc5:
    """The process that all checks of this process ask."""
    solver = Cvc5()
    atexit.register(solver.close)
    return solver


def _serve(pipe: Connection) -> None:
    """Answer until nobody asks any more; the alarm ends an orphan inside cvc5's own code."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        try:
            smtlib, timeout = pipe.recv()
        except EOFError:
            return
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, 2 * GRACE * timeout)
        answer = _answer(smtlib, timeout)
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, 0)  # else it would end a process that waits
        pipe.send(answer)


def _answer(smtlib: str, timeout: float) -> str:
    import cvc5

    solver = cvc5.Solver(cvc5.TermManager())
    solver.setOption("tlimit-per", str(int(timeout * 1000)))
    parser = cvc5.InputParser(solver)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, smtlib, "goal")
    symbols = parser.getSymbolManager()
    answer = ""
    while not (command := parser.nextCommand()).isNull():
        answer = str(command.invoke(solver, symbols)).strip() or answer
    if answer in ("sat", "unsat"):
        return answer
    return "unknown (timeout)" if "TIMEOUT" in answer else f"unknown ({answer})"
