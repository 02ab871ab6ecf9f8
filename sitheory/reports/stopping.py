"""Ctrl-C and SIGTERM end a command within seconds, whatever it is computing, with one line."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

PATIENCE = 2.0
"""Seconds that a stopped command has to write its checkpoint and to let go of its workers."""

CODES = {int(signal.SIGINT): 130, int(signal.SIGTERM): 143}
"""The exit codes by which shells know that a command was stopped."""


class Terminated(KeyboardInterrupt):
    """SIGTERM, which takes the same way out as Ctrl-C."""


@contextmanager
def stoppable(prog: str) -> Iterator[None]:
    """Make SIGTERM a KeyboardInterrupt too, and end the process if either is not followed within ``PATIENCE``.

    A compiled loop sees no exception before it returns, and threads are waited for at the end. So a thread listens
    beside them: Python writes the number of each signal into a socket at the moment it comes.

    Args:
        prog: The command's name.

    Yields:
        Nothing; in another thread than the main one, which gets no signals, this does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    listener = _Listener(prog)
    with listener.told:
        handler = signal.signal(signal.SIGTERM, _terminate)
        wakeup = signal.set_wakeup_fd(listener.told.fileno(), warn_on_full_buffer=False)
        try:
            yield
        finally:
            listener.left.set()
            signal.set_wakeup_fd(wakeup)
            signal.signal(signal.SIGTERM, handler)


class _Listener:
    """A thread that waits for a signal; ``left`` says that the command has ended and printed what it had to."""

    def __init__(self, prog: str):
        self.prog, self.left = prog, threading.Event()
        self.heard, self.told = socket.socketpair()
        self.told.setblocking(False)
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        with self.heard:
            while (number := self.heard.recv(1)) and number[0] not in CODES:
                pass
        if not number:  # the command has ended, and closed the other side
            return
        deadline = time.monotonic() + PATIENCE
        if not self.left.wait(PATIENCE):
            os.write(2, f"{self.prog}: stopped\n".encode())
        time.sleep(max(0.0, deadline - time.monotonic()))
        os._exit(CODES[number[0]])


def _terminate(_: int, __: FrameType | None) -> None:
    raise Terminated
