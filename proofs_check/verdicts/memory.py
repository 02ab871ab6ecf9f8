"""Verdicts remembered from run to run, in the user's cache, by all that they depend on."""

import hashlib
import inspect
import json
import os
from collections.abc import Callable, Iterator, MutableMapping
from dataclasses import asdict
from functools import cache
from pathlib import Path

import sitheory
from proofs_check.verdicts.claims import Status, Verdict

HERE = Path(__file__).parents[1]


def cache_folder() -> Path:
    """Where this user's machine keeps what can be made again."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sitheory"


@cache
def code_hash() -> str:
    """A hash of the code that turns a statement into a verdict: the terms, the jets and the engines."""
    digest = hashlib.sha256()
    for file in (*sorted((HERE / "statements").glob("*.py")), *sorted((HERE / "engines").glob("*.py"))):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def source_of(function: Callable) -> str:
    """All that a function's answer may depend on: the file it stands in, and a hash of the library's."""
    module = inspect.getmodule(function)
    return f"{_library_hash()} {inspect.getsource(module or function)}"


@cache
def _library_hash() -> str:
    digest = hashlib.sha256()
    for file in sorted(Path(sitheory.__file__).parent.rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()


class Disk(MutableMapping[str, Verdict]):
    """A file for each verdict, under the hash of what it depends on and of the engines' code."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or cache_folder() / "verdicts"

    def _file(self, depends: str) -> Path:
        name = hashlib.sha256(f"{code_hash()}\n{depends}".encode()).hexdigest()
        return self.folder / f"{name}.json"

    def __contains__(self, depends: object) -> bool:
        return self._file(str(depends)).exists()

    def __getitem__(self, depends: str) -> Verdict:
        try:
            return restored(json.loads(self._file(depends).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError, KeyError):  # none, or a damaged one, which is as good as none
            raise KeyError(depends) from None

    def __setitem__(self, depends: str, verdict: Verdict) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        file = self._file(depends)
        draft = file.with_suffix(f".{os.getpid()}")
        draft.write_text(json.dumps(asdict(verdict)), encoding="utf-8")
        draft.replace(file)

    def __delitem__(self, depends: str) -> None:
        self._file(depends).unlink()

    def __iter__(self) -> Iterator[str]:
        return (file.stem for file in self.folder.glob("*.json"))

    def __len__(self) -> int:
        return sum(1 for _ in self)


def restored(fields: dict) -> Verdict:
    """A verdict from its fields as JSON keeps them."""
    lists = {name: tuple(fields[name]) for name in ("rests_on", "survivors")}
    return Verdict(**fields | lists | {"status": Status(fields["status"])})
