"""What a result or a claim rests on, as BibTeX: the papers, and the programs behind the verdict or the numbers."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    import xarray as xr

HERE = Path(__file__).parent
LEDGER = HERE.parents[1] / "proofs_check" / "ledger.jsonl"
"""The committed verdicts, read as data: the package beside this one is not imported."""

PAPERS = ("periodic", "regimes", "sharpness", "thesis", "hyperball", "rotation")

PAPER_OF = {
    "Quotients": "regimes",
    "SphereGD": "regimes",
    "SphereSGD": "regimes",
    "GroupSphereSGD": "regimes",
    "FixedELR": "regimes",
    "DecayGD": "periodic",
    "SGD": "periodic",
    "BatchNormRegression": "sharpness",
    "Cone": "sharpness",
    "MatrixCompletion": "sharpness",
    "ScalarRMSprop": "sharpness",
    "Valley": "sharpness",
    "Momentum": "rotation",
    "Nesterov": "rotation",
    "AdamW": "rotation",
    "AdamL2": "rotation",
    "Lion": "rotation",
    "Muon": "hyperball",
    "Hyperball": "hyperball",
    "RandomWalk": "rotation",
}
"""The paper that a loss or a rule comes from, by the name that a result's configuration holds."""

PROGRAMS = {
    "Coq": "coq",
    "development": "coquelicot",
    "arb": "arb",
    "cvc5": "cvc5",
    "numba": "numba",
    "numpy": "numpy",
    "python-flint": "flint",
    "sympy": "sympy",
    "xarray": "xarray",
    "z3": "z3",
}
"""The entry of each program, by the name that a verdict's or a result's versions hold."""


def citations(of: xr.Dataset | str | None = None, *, file: TextIO | None = None) -> None:
    """Print BibTeX of what a result or a claim rests on.

    Args:
        of: A result (``simulate``, ``sweep``, ``load``), or the id of a claim of the ledger
            (``"periodic:13a"``), or nothing for sitheory and the papers.
        file: Where to print; standard output if none is given.

    Raises:
        ValueError: If there is no claim of that id.

    Example:
        >>> citations("regimes:eq8")  # doctest: +ELLIPSIS
        @software{sitheory,
        ...
        @inproceedings{regimes,
          title         = {Training Scale-Invariant Neural Networks on the Sphere Can Happen in Three Regimes},
        ...
    """  # noqa: DOC502  raised by what it calls
    keys = dict.fromkeys(["sitheory", *_keys(of)])
    print("\n\n".join(_entries()[key] for key in keys), file=file or sys.stdout)


def _keys(of: xr.Dataset | str | None) -> Iterable[str]:
    if of is None:
        return PAPERS
    return _of_claim(of) if isinstance(of, str) else _of_result(of.attrs)


def _of_result(attrs: Mapping[str, Any]) -> Iterator[str]:
    """The papers whose losses, rules or experiments the configuration names, all if none; then the programs."""
    words = re.findall(r"\w+", f"{attrs.get('papers', '')} {attrs.get('config', '')}")
    named = {word for word in words if word in PAPERS} | {
        PAPER_OF[word] for word in words if word in PAPER_OF
    }
    yield from (paper for paper in PAPERS if paper in named or not named)
    versions = json.loads(attrs.get("versions", "{}"))
    yield from (PROGRAMS[name] for name in sorted(versions) if name in PROGRAMS)


def _of_claim(claim_id: str) -> Iterator[str]:
    """The papers of the claim and of all that it needs, then the programs whose verdicts stand for them."""
    rows = _rows()
    if claim_id not in rows:
        raise ValueError(f"need the id of a claim in the ledger, got {claim_id!r}")
    behind, todo = {}, [claim_id]
    while todo:
        row = rows[todo.pop()]
        behind[row["id"]] = row
        todo += [i for i in row["needs"] if i not in behind]
    told = " ".join(f"{row['id']} {row['source']}" for row in behind.values())
    yield from (paper for paper in PAPERS if re.search(rf"\b{paper}\b", told))
    versions = {part.split()[0] for row in behind.values() for part in _versions(row)}
    yield from (key for name, key in PROGRAMS.items() if name in versions)


def _versions(row: Mapping[str, Any]) -> Iterator[str]:
    for check in row["engines"]:
        yield from (part for part in check.get("version", "").split(",") if part.strip())


def address(paper: str) -> str:
    """Return where a paper can be read, empty where its entry names no archive."""
    found = re.search(r"eprint\s*=\s*\{(.*?)\}", _entries().get(paper, ""))
    return f"https://arxiv.org/abs/{found[1]}" if found else ""


@cache
def _rows() -> dict[str, dict[str, Any]]:
    lines = LEDGER.read_text(encoding="utf-8").splitlines() if LEDGER.exists() else []
    return {row["id"]: row for row in map(json.loads, lines)}


@cache
def _entries() -> dict[str, str]:
    """The entries of ``references.bib`` by key."""
    text = (HERE / "references.bib").read_text(encoding="utf-8")
    return {m[1]: m[0].strip() for m in re.finditer(r"^@\w+\{(\w+),.*?^\}", text, re.MULTILINE | re.DOTALL)}
