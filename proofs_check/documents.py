"""What the repository's documents say of the ledger, written from it: ``python -m proofs_check.documents``.

It writes the table of verdicts into README.md and the errata into docs/errata.md; ``--update`` of the ledger
does the same.
"""

import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from proofs_check.page.claims import LETTER, clash, named
from proofs_check.page.errata import KINDS, counted, kind
from proofs_check.page.prose import in_symbols
from proofs_check.page.views import TITLES, View, views
from proofs_check.verdicts import book
from proofs_check.verdicts.claims import Status
from sitheory.trajectory.atomic_files import written_whole

ROOT = Path(__file__).parents[1]
BEGIN, END = "<!-- verdicts: written by python -m proofs_check.documents -->", "<!-- end of verdicts -->"
ERRATA = Path("docs/errata.md")
OPENING = """# Errata and sharper forms

Written by `python -m proofs_check.documents` from the ledger; `python -m proofs_check ID` decides one entry again.

These notes are for the authors and readers of the papers, whose ideas stand: most entries are a constant, a strict
sign, a start that has to be excluded, or an order of quantifiers. Each statement was read with every quantifier and
sign as printed, so one exact example outside it is enough to list it here, however small the correction; a reader
who took it as an approximation will often find nothing new. Where our reading is not the one that was meant, the
entry is ours to mend.
"""


def verdict_table(shown: Sequence[View]) -> str:
    """The counts of verdicts, a row a paper, as a Markdown table."""
    columns = [s for s in LETTER if any(s in (v.printed.status, v.standing.status) for v in shown)]
    head = [f"as printed: {columns[0]}", *columns[1:], f"as it stands: {columns[0]}", *columns[1:]]
    lines = [
        _line(["paper", "statements", *head, "fully proved"]),
        _line(["---"] + ["--:"] * (2 * len(columns) + 2)),
    ]
    papers = list(dict.fromkeys(view.paper for view in shown))
    groups = [(paper, [v for v in shown if v.paper == paper]) for paper in papers]
    for name, own in [*groups, ("all", list(shown))]:
        printed, standing = (Counter(form(v) for v in own) for form in (_printed, _standing))
        numbers = [len(own), *(printed[s] for s in columns), *(standing[s] for s in columns)]
        numbers.append(sum(v.fully_proved for v in own))
        lines.append(_line([name, *(str(number or "·") for number in numbers)]))
    return "\n".join(lines)


def _printed(view: View) -> Status:
    return view.printed.status


def _standing(view: View) -> Status:
    return view.standing.status


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def errata(shown: Sequence[View], title: str = "") -> str:
    """The list of what was amended or refuted, as Markdown; with the title of a paper that is not ours."""
    parts = [
        f"# Errata and sharper forms: {title}\n" if title else OPENING,
        f"{counted(shown)} A row that repeats another row's failure points to it and is not counted.\n",
    ]
    for told in KINDS:
        own = [view for view in shown if kind(view) == told]
        papers = list(dict.fromkeys(view.paper for view in own))
        if own:
            parts.append(f"## {told} ({len(own)})\n")
        for paper in papers:
            parts.append(f"### {TITLES.get(paper, paper)}\n")
            parts += ["\n".join(_erratum(view)) + "\n" for view in own if view.paper == paper]
    return "\n".join(parts)


def _erratum(view: View) -> Iterator[str]:
    yield f"**{view.claim.id}** ({view.claim.source})\n"
    yield f"- As printed: {view.claim.printed.sentence}"
    if view.printed.status is Status.REFUTED:
        witness = view.printed.witness
        told = (
            _equations(in_symbols(witness))
            if witness
            else f"{named(view.printed.engine)} proves that it fails"
        )
        if failure := view.claim.printed.failure:
            again = f", the failure of {failure.repeats}" if failure.repeats else ""
            yield f"- Kind: {failure.kind}{again}; {failure.why}"
        yield f"- Fails at: {told}"
        if numbers := clash(view.printed):
            yield f"- There: {numbers if failure and failure.clash else f'`{numbers}`'}"
    if view.claim.printed.hedge:
        yield f"- Inexact: {view.claim.printed.hedge}"
    if view.amended:
        word = {Status.REFUTED: "Corrected", Status.PROVED: "Stronger"}.get(view.printed.status, "Made exact")
        by = f" by {named(view.amended.engine)}" if view.amended.engine else ""
        yield f"- {word} ({view.amended.status}{by}): {view.amended.form.sentence}"
    elif view.printed.status is Status.REFUTED:
        yield "- Corrected: no corrected form has been found yet"
    if view.claim.printed.note:
        yield f"- Note: {view.claim.printed.note}"


def _equations(witness: Mapping[str, str]) -> str:
    return ", ".join(f"`{name} = {value}`" for name, value in witness.items())


def with_table(text: str, shown: Sequence[View]) -> str:
    """A document with the table of verdicts between its marks.

    Raises:
        ValueError: If the marks are not there.
    """
    pattern = rf"{re.escape(BEGIN)}.*?{re.escape(END)}"
    if not re.search(pattern, text, re.DOTALL):
        raise ValueError(f"need the marks {BEGIN} and {END}, got a document without")
    table = f"{BEGIN}\n{verdict_table(shown)}\n\n{counted(shown)}\n{END}"
    return re.sub(pattern, lambda _: table, text, flags=re.DOTALL)


def write(root: Path = ROOT) -> list[Path]:
    """Rewrite the documents of a clone; nothing where there is no clone."""
    readme = root / "README.md"
    if not readme.exists():
        return []
    shown = views(book.load(), book.committed_rows())
    (root / ERRATA).parent.mkdir(exist_ok=True)
    texts = {readme: with_table(readme.read_text(encoding="utf-8"), shown), root / ERRATA: errata(shown)}
    for file, text in texts.items():
        with written_whole(file) as temporary:
            temporary.write_text(text, encoding="utf-8")
    return list(texts)


def main() -> int:
    """Write, and say what was written; 1 where there is no clone."""
    written = write()
    for path in written:
        print(path)
    if not written:
        print("need a clone, with its README.md, got an installed package", file=sys.stderr)
    return int(not written)


if __name__ == "__main__":
    sys.exit(main())
