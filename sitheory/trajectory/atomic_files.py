"""Files are written whole or not at all: a temporary file on the same disk, then a rename."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def written_whole(path: Path, *, within: Path | None = None) -> Iterator[Path]:
    """Give a temporary path to write to; it becomes ``path`` at the end, and nothing stays if writing fails.

    Args:
        path: Where the file is to be; its ending is the temporary file's too.
        within: Where the temporary file is to be, on the same disk; by default beside ``path``.

    Yields:
        The temporary path.
    """
    name = f".{path.stem}.{secrets.token_hex(8)}{path.suffix}"
    temporary = (within or path.parent) / name
    # The kernel applies the umask: to ask for it would change it for a moment, under other threads' feet.
    os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    try:
        yield temporary
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
