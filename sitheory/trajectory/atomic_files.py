"""Files are written whole or not at all: a temporary file on the same disk, then a rename.

A process that is killed while it writes leaves its temporary file; the next that writes to the folder removes it.
"""

from __future__ import annotations

import errno
import hashlib
import os
import platform
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path

TEMPORARY = re.compile(r"\..*\.(?P<machine>[0-9a-f]{8})-(?P<process>\d+)-[0-9a-f]{16}(\.[^.]*)?")
"""The name of a temporary file, which says who writes it."""

NAME_LENGTH = 60
"""Of the file's own name, so many characters are part of it: file systems take 255 bytes."""

QUIET_SECONDS = 600.0
"""A temporary file of a dead process of this machine is left behind when nothing was written to it for so long."""

FORGOTTEN_SECONDS = 86_400.0
"""One of another machine, whose processes cannot be seen, or of a number that another process has by now."""


@contextmanager
def written_whole(path: Path, *, within: Path | None = None, room: int = 0) -> Iterator[Path]:
    """Give a temporary path to write to; it becomes ``path`` at the end, and nothing stays if writing fails.

    An error of the system that names no other file then names this one: a full disk says in which file it is met.

    Args:
        path: Where the file is to be; its ending is the temporary file's too.
        within: Where the temporary file is to be, on the same disk; by default beside ``path``.
        room: Bytes that the disk must have before anything is written, for a library that ends the process when it
            meets a full one.

    Yields:
        The temporary path.

    Raises:
        OSError: If the file cannot be written.
    """
    folder = within or path.parent
    _tidied(folder.absolute(), os.getpid())
    writer = f"{_machine()}-{os.getpid()}-{secrets.token_hex(8)}"
    temporary = folder / f".{path.stem[:NAME_LENGTH]}.{writer}{path.suffix}"
    try:
        with _made(temporary, room):
            yield temporary
            os.replace(temporary, path)
    except OSError as failed:
        if failed.errno is None or failed.filename not in (None, str(temporary), temporary):
            raise
        raise OSError(failed.errno, os.strerror(failed.errno), str(path)) from failed


@contextmanager
def _made(temporary: Path, room: int) -> Iterator[None]:
    """Make the file; remove it if anything fails before it has another name."""
    # The kernel applies the umask: to ask for it would change it for a moment, under other threads' feet.
    opened = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
    try:
        try:
            _try_room(opened, temporary, room)
        finally:
            os.close(opened)
        yield
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _try_room(opened: int, temporary: Path, room: int) -> None:
    """Take room for a moment.

    Raises:
        OSError: If the disk, or what limits this process, has less.
    """
    if room and hasattr(os, "posix_fallocate"):
        os.posix_fallocate(opened, 0, room)
        os.ftruncate(opened, 0)
    elif room > shutil.disk_usage(temporary.parent).free:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def remove_leftovers(folder: Path) -> None:
    """Remove the temporary files of processes that were ended while they wrote.

    Args:
        folder: Where they lie.
    """
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            found = TEMPORARY.fullmatch(entry.name)
            if found is None:
                continue
            with suppress(OSError):  # gone by now, or not ours to remove
                quiet = time.time() - entry.stat(follow_symlinks=False).st_mtime
                dead = found["machine"] == _machine() and not _runs(int(found["process"]))
                if quiet > (QUIET_SECONDS if dead else FORGOTTEN_SECONDS):
                    os.unlink(entry.path)


@lru_cache(maxsize=256)
def _tidied(folder: Path, _process: int) -> None:
    """Look at a folder once in a process: a sweep writes a hundred thousand blocks to one."""
    remove_leftovers(folder)


@lru_cache(maxsize=1)
def _machine() -> str:
    return hashlib.sha256(platform.node().encode()).hexdigest()[:8]


def _runs(process: int) -> bool:
    """Whether a process of this machine runs; where asking would end it, as on Windows, it counts as running."""
    if os.name != "posix":
        return True
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
