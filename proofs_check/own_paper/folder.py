"""A folder of claims that is no part of this package: found, loaded, and kept with its own committed ledger.

A folder holds ``claims.py`` and any other file that defines ``CLAIMS``; it may hold ``formulas.py``, whose functions
Coq reads as ``<folder>_<function>`` of the module ``<Folder>Formulas``, and Coq files of its own. What is committed
lies in it: ``ledger.jsonl`` and ``errata.md``. A single file ``mine.py`` is a paper too, with ``mine.ledger.jsonl``.
"""

import ast
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.resources import files
from keyword import iskeyword
from pathlib import Path
from types import ModuleType
from typing import Any

from proofs_check.coq import generate
from proofs_check.engines import coq_files
from proofs_check.verdicts import book
from proofs_check.verdicts.claims import Claim, Ledger
from sitheory.references import paper_folders
from sitheory.trajectory.atomic_files import written_whole

EXAMPLE = "example"
"""The worked paper that ``--new`` writes, and its name in its own files."""


@dataclass(frozen=True)
class Paper:
    """A paper of the user's own.

    Attributes:
        place: its folder, or its one file.
    """

    place: Path

    @property
    def name(self) -> str:
        """What its ids begin with, and what Python calls it."""
        return self.place.stem if self.place.is_file() else self.place.name

    @property
    def title(self) -> str:
        """The first line of its docstring, its name where there is none."""
        about = (self.loaded[0].__doc__ or "").strip()
        return about.partition("\n")[0].rstrip(".") or self.name

    @property
    def committed(self) -> Path:
        """The file with its committed verdicts."""
        return self._beside("ledger.jsonl")

    @property
    def errata(self) -> Path:
        """The file with its errata."""
        return self._beside("errata.md")

    def _beside(self, name: str) -> Path:
        return self.place.with_suffix(f".{name}") if self.place.is_file() else self.place / name

    def rows(self) -> dict[str, dict[str, Any]]:
        """Its committed rows by id."""
        return book.committed_rows(self.committed)

    def damaged(self) -> Iterator[str]:
        """A line for each line of its committed file that is no row of a ledger."""
        return book.damaged(self.committed, ())

    def ledger(self) -> Ledger:
        """The papers' claims, which its own may need, and then its own, each with its committed status.

        Raises:
            ValueError: If a claim needs one that is nowhere, or itself.
        """  # noqa: DOC502  raised by what it calls
        theirs, rows = book.load(), self.rows()
        own = {claim_id: book.standing(row) for claim_id, row in rows.items()}
        return Ledger([*theirs.values(), *self.claims], theirs.standing | own)

    def alone(self, ledger: Ledger) -> Ledger:
        """Its own claims, and those of the papers that they need."""
        needed = frozenset[str]().union(*(ledger.foundations(claim.id) for claim in self.claims))
        return Ledger([claim for claim in ledger.values() if claim.id in needed], ledger.standing)

    @property
    def claims(self) -> list[Claim]:
        """The claims of every file that loads."""
        return self.loaded[1]

    @property
    def broken(self) -> list[str]:
        """A line for each file that does not load and each claim that cannot stand."""
        return self.loaded[2]

    @property
    def loaded(self) -> tuple[ModuleType, list[Claim], list[str]]:
        """Load its files, and let Coq know its formulas and lemmas.

        Returns:
            Its module, its claims, and a line for each file that does not load.

        Raises:
            ValueError: If its name cannot be that of a module, is another one's, or is one of the papers' prefixes.
        """  # noqa: DOC502  raised by what it calls
        return _loaded(self)

    def _load(self) -> tuple[ModuleType, list[Claim], list[str]]:
        found, broken = list[Claim](), list[str]()
        modules = list(paper_folders.own_modules(self.place))
        try:
            package = paper_folders.load(self.name)
        except paper_folders.DoesNotLoadError as error:
            raise ValueError(str(error)) from error
        self._tell_coq(broken)
        for name, tree in modules:
            try:
                if isinstance(tree, paper_folders.DoesNotLoadError):
                    raise tree
                assigned = _assigned(tree)
                if "CLAIMS" in assigned and "NEEDS" not in assigned:  # a figure's CLAIMS are ids
                    found += paper_folders.load(name, "CLAIMS").CLAIMS
            except (
                paper_folders.DoesNotLoadError
            ) as error:  # one broken file must not hide what the others say
                broken.append(str(error))
        if not found and not broken:
            broken.append(f"need a file that defines CLAIMS, got none in {self.place}")
        claims: dict[str, Claim] = {}
        for claim in found:
            if claim.id.partition(":")[0] in book.papers():
                broken.append(f"need ids that begin with no paper's name of the ledger, got {claim.id!r}")
            elif claim.id in claims:
                broken.append(f"need one claim an id, got {claim.id!r} twice")
            else:
                claims[claim.id] = claim
        return package, list(claims.values()), broken

    def _tell_coq(self, broken: list[str]) -> None:
        if self.place.is_file():
            return
        texts = {file.stem: file.read_text(encoding="utf-8") for file in sorted(self.place.glob("*.v"))}
        if (self.place / "formulas.py").exists():
            try:
                texts[self.formulas_for_coq] = generate.printed(import_module(f"{self.name}.formulas"))
            except Exception as error:  # the claims that do not use it can be decided all the same
                broken.append(f"formulas.py is not for Coq: {type(error).__name__}: {error}")
        try:
            coq_files.add(texts)
        except ValueError as error:
            broken.append(str(error))

    @property
    def left_out(self) -> dict[str, str]:
        """The formulas that Coq cannot have, and why; a proof that names one does not find it."""
        known = {name: module for name, module in sys.modules.items() if name == f"{self.name}.formulas"}
        return {f: why for module in known.values() for f, why in generate.left_out(module).items()}

    @property
    def coq_modules(self) -> list[str]:
        """The Coq modules of the folder, that of its formulas among them."""
        if self.place.is_file():
            return []
        printed = [self.formulas_for_coq] if (self.place / "formulas.py").exists() else []
        return [*printed, *(file.stem for file in sorted(self.place.glob("*.v")))]

    @property
    def formulas_for_coq(self) -> str:
        """The Coq module that its formulas are printed to."""
        return f"{''.join(part.capitalize() for part in self.name.split('_'))}Formulas"


@cache
def _loaded(paper: Paper) -> tuple[ModuleType, list[Claim], list[str]]:
    return paper._load()


def _assigned(tree: ast.Module) -> set[str]:
    """The names that a file's own level assigns."""
    targets = (t for node in tree.body if isinstance(node, ast.Assign) for t in node.targets)
    noted = (node.target for node in tree.body if isinstance(node, ast.AnnAssign))
    return {t.id for t in (*targets, *noted) if isinstance(t, ast.Name)}


def named(words: Iterable[str], ledger: Mapping[str, Claim]) -> tuple[Paper | None, list[str]]:
    """Split what a command names into a paper of the user's own and the rest.

    Args:
        words: Ids, patterns, and at most one folder, file or installed package.
        ledger: The papers' claims, whose ids and prefixes are no folders.

    Returns:
        The paper, None if none is named, and the other words.

    Raises:
        ValueError: If two are named, or one is none.
    """
    papers, rest = [], []
    for word in words:
        place = None if word in ledger or word in book.papers() else _place(word)
        if place is None:
            rest.append(word)
        else:
            papers.append(Paper(place.resolve()))
    if len(papers) > 1:
        raise ValueError(f"need one folder of claims at a time, got {len(papers)}")
    return (papers[0] if papers else None), rest


def _place(word: str) -> Path | None:
    path = Path(word)
    if paper_folders.is_own(word):
        return path
    if path.suffix == ".py" or "/" in word or "\\" in word:
        raise ValueError(f"need a folder or file of claims, got {word!r}, which is not there")
    return paper_folders.home(word) if all(part.isidentifier() for part in word.split(".")) else None


def write_example(place: Path) -> list[Path]:
    """Write the worked paper into a new folder, under that folder's name.

    Args:
        place: The folder, which must not be there or be empty.

    Returns:
        The files.

    Raises:
        ValueError: If the folder holds something, or its name cannot be a module's.
        OSError: If there is no room; what was written is taken back.
    """  # noqa: DOC502  raised by what it calls
    name = place.resolve().name
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or iskeyword(name):
        raise ValueError(f"need a folder name of small letters, digits and _, got {name!r}")
    if place.exists() and (not place.is_dir() or any(place.iterdir())):
        raise ValueError(f"need a folder that is new or empty, got {place}")
    place.mkdir(parents=True, exist_ok=True)
    texts, own = {}, Paper(place.resolve()).formulas_for_coq
    for source in sorted(files(__package__).joinpath(EXAMPLE).iterdir(), key=lambda f: f.name):
        if source.name.endswith((".py", ".v", ".txt")):
            text = source.read_text(encoding="utf-8").replace("ExampleFormulas", own)
            # a .txt is no module where it lies: it stands above all rooms
            file = place / source.name.replace(".txt", ".py")
            texts[file] = re.sub(rf"\b{EXAMPLE}(?=[:_])", name, text)
    try:
        for file, text in texts.items():
            with written_whole(file) as temporary:
                temporary.write_text(text, encoding="utf-8")
    except BaseException:
        for file in texts:
            file.unlink(missing_ok=True)
        raise
    return list(texts)
