"""Decide claims and print what is known: ``python -m proofs_check [ID | PAPER | 'PATTERN' | FOLDER ...]``.

A folder (or file, or installed package) with claims of your own is decided with its own ledger, which ``--update``
writes beside it; ``--new FOLDER`` writes a worked example.
"""

import argparse
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from difflib import get_close_matches
from fnmatch import fnmatchcase
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tqdm import tqdm

from proofs_check import __doc__ as language, quick, verify
from proofs_check.engines import coq_files
from proofs_check.own_paper.folder import Paper, named, write_example
from proofs_check.page.views import views
from proofs_check.verdicts import book
from proofs_check.verdicts.advice import advice
from proofs_check.verdicts.claims import STRENGTH, Claim, EngineMissing, Ledger, Verdict
from sitheory.reports.command_line import OneLine, check_writable, one_line, run_command
from sitheory.reports.text import columns
from sitheory.trajectory.atomic_files import written_whole

FEW = 5
"""Claims of whose committed verdicts a line each is said first."""


def arguments(words: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = OneLine(prog="proofs_check", description=__doc__)
    parser.add_argument(
        "ids",
        nargs="*",
        metavar="ID",
        help="an id, a paper (regimes), a pattern ('periodic:13*') or a folder of your own (all, if none)",
    )
    parser.add_argument(
        "--new", metavar="FOLDER", help="write a worked paper of five statements into a new folder"
    )
    parser.add_argument(
        "--coq", action="store_true", help="compile the Coq files of your folder, and say where"
    )
    parser.add_argument(
        "--with-papers", action="store_true", help="with --html and your folder: the papers' claims too"
    )
    parser.add_argument(
        "--language", action="store_true", help="print what claims are made of, on one page, and end"
    )
    parser.add_argument("--engine", choices=STRENGTH, help="only this engine's checks")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--derive", action="store_true", help="show the derivations, step by step")
    parser.add_argument("--fresh", action="store_true", help="decide again what is remembered")
    parser.add_argument("--quick", action="store_true", help="a self-check under a minute, without coqc")
    parser.add_argument("--update", action="store_true", help="write the committed ledger anew")
    parser.add_argument(
        "--html", metavar="FILE", help="write the ledger as a page; decides only the IDs named"
    )
    return parser.parse_args(words)


def main(words: Sequence[str] | None = None) -> int:
    """Decide, print, compare with the committed ledger; 1 on a surprise, 2 on a bad id."""
    given = arguments(words)
    if complaint := not_alone(given):
        print(f"proofs_check: {complaint}", file=sys.stderr)
        return 2
    if given.language:
        print(language.strip())
        return 0
    if given.new:
        return write_new(Path(given.new), given)
    if not any((given.derive, given.coq, given.update, given.html, given.with_papers)):
        for line in already(
            given.ids, book.committed_rows()
        ):  # before the claims, whose loading takes seconds
            progress(line)
    theirs = book.load()
    try:
        paper, asked = named(given.ids, theirs)
        ledger = paper.ledger() if paper else theirs
    except ValueError as refusal:
        print(f"proofs_check: {one_line(refusal)}", file=sys.stderr)
        return 2
    try:
        ids = chosen(asked, ledger, [claim.id for claim in paper.claims] if paper else list(theirs))
    except ValueError as refusal:
        print(f"proofs_check: {one_line(refusal)}", file=sys.stderr)
        if paper:  # what is not found may stand in a file that does not load
            broken_files(paper)
        return 2
    if complaint := misused(given, paper):
        print(f"proofs_check: {one_line(complaint)}", file=sys.stderr)
        return 2
    if paper and not ids:
        broken_files(paper)
        return 2
    if given.quick:
        return quick.check(ledger, book.committed_rows()) or broken_files(paper)
    if given.derive:
        return derive(ledger, ids)
    if given.coq and paper:
        return compile_files(paper)
    committed = book.committed_rows() | (paper.rows() if paper else {})
    if given.html and not (given.ids or given.fresh or given.update):
        write_page(given, None, ledger, committed, [])
        return broken_files(None)
    rows = decided(ledger, ids, given, paper, committed)
    if given.json:
        print(book.written(rows), end="")
    else:
        table(rows, ledger if asked else None, given.engine)
    if given.update:
        update(rows, paper)
    if given.html:
        write_page(given, paper, ledger, committed, rows)
    if not paper:
        return broken_files(None) or (
            0 if given.engine else report(rows, book.committed_rows(), book.damaged())
        )
    advise(ledger, rows, paper)
    return broken_files(paper) or (
        0 if given.engine else report(rows, committed, paper.damaged(), paper, given.update)
    )


def not_alone(given: argparse.Namespace) -> str:
    """A line on an option that would be ignored beside one that does something else, empty if there is none."""
    mode = next(
        (name for name in ("new", "language", "quick", "derive", "coq") if getattr(given, name)), None
    )
    others = (
        "language",
        "quick",
        "derive",
        "coq",
        "update",
        "html",
        "with_papers",
        "json",
        "engine",
        "fresh",
    )
    beside = [f"--{name.replace('_', '-')}" for name in others if name != mode and getattr(given, name)]
    beside += given.ids if mode in ("new", "language", "quick") else []
    return f"need --{mode} alone, got --{mode} {beside[0]}" if mode and beside else ""


def misused(given: argparse.Namespace, paper: Paper | None) -> str:
    """A line on options that do not go together, empty if all do."""
    if given.coq and paper is None:
        return "need a folder of your own for --coq, got none"
    if given.update and given.engine:
        return f"need all engines for --update, got --engine {given.engine}"
    if given.with_papers and not (given.html and paper):
        return "need --html FILE and a folder of your own for --with-papers"
    if given.html and find_spec("latex2mathml") is None:
        return "need latex2mathml for --html, pip install 'sitheory[proofs]', got none"
    try:  # now, not after the hour in which all is decided
        if given.update:
            check_writable(paper.committed if paper else book.COMMITTED, "ledger for --update")
        if given.html:
            check_writable(Path(given.html), "file for --html")
    except ValueError as refusal:
        return str(refusal)
    return ""


def chosen(words: Sequence[str], ledger: Ledger, default: list[str]) -> list[str]:
    """The ids that words name: ids, papers, patterns; the default if there are no words.

    Raises:
        ValueError: If a word names none.
    """
    found: dict[str, None] = {}
    for word in words:
        own = [i for i in ledger if word in (i, i.partition(":")[0]) or fnmatchcase(i, word)]
        if not own:
            near = get_close_matches(word, list(ledger), n=3)
            like = f" (near: {', '.join(near)})" if near else ""
            raise ValueError(
                f"need an id, a paper or a pattern of the ledger, or a folder of claims, got {word!r}{like}"
            )
        found |= dict.fromkeys(own)
    return list(found) if words else default


def write_new(folder: Path, given: argparse.Namespace) -> int:
    """Write the worked paper, and say what to type next."""
    try:
        written = write_example(folder)
    except ValueError as refusal:
        print(f"proofs_check: {one_line(refusal)}", file=sys.stderr)
        return 2
    except OSError as failed:
        why = failed.strerror or one_line(failed)
        print(f"proofs_check: need a writable folder for --new, got {str(folder)!r}: {why}", file=sys.stderr)
        return 2
    for file in written:
        print(file)
    print(f"decide them: python -m proofs_check {folder}")
    return 0


def compile_files(paper: Paper) -> int:
    """Compile the paper's Coq files; say where they lie compiled, or what coqc says."""
    if paper.broken:
        return broken_files(paper)
    try:
        where = coq_files.compiled(
            tuple(sorted(frozenset().union(*map(coq_files.required, paper.coq_modules))))
        )
    except (EngineMissing, ValueError) as refusal:
        print(f"proofs_check: {one_line(refusal)}", file=sys.stderr)
        return 1
    print(f"compiled: {where}")
    print(f"for an editor, as _CoqProject beside your files: -Q {where} Sitheory")
    return 0


def advise(ledger: Ledger, rows: Sequence[dict[str, Any]], paper: Paper) -> None:
    """Print what each claim lacks by the rules that the papers' claims keep, and which formulas Coq does not have."""
    for name, why in paper.left_out.items():
        print(
            f"advice: formulas.py: {name} is not for Coq, the kernel cannot name it: {why}", file=sys.stderr
        )
    for row in rows:
        for line in advice(ledger[row["id"]], row):
            print(f"advice: {row['id']}: {line}", file=sys.stderr)


def broken_files(paper: Paper | None) -> int:
    """Say which claim files do not load; 1 if there are any."""
    broken = paper.broken if paper else [f"surprise: {line}" for line in book.formalised()[1]]
    for line in broken:
        print(line if paper is None else f"proofs_check: {line}", file=sys.stderr)
    return int(bool(broken))


def decided(
    ledger: Ledger,
    ids: Sequence[str],
    given: argparse.Namespace,
    paper: Paper | None,
    committed: Mapping[str, dict[str, Any]],
) -> list[dict[str, Any]]:
    """Run the checks and make a row for each claim."""
    todo = verify.tasks(ledger, ids, given.engine)
    start = time.monotonic()

    def starting(wave: Sequence[verify.Task]) -> None:
        progress(verify.plan(ledger, wave, committed))

    results = verify.run(ledger, todo, given.fresh, paper, starting)
    verdicts: dict[verify.Task, Verdict] = {}
    for task, verdict in (bar := tqdm(results, total=len(todo), disable=None, unit="check", leave=False)):
        verdicts[task] = verdict
        bar.set_postfix_str(f"{task.claim_id}: {verdict.engine} {verdict.status}")
    if not all(verdict.remembered for verdict in verdicts.values()):
        progress(f"decided {len(todo)} checks in {time.monotonic() - start:.0f} s")
    found = verify.outcomes(ledger, verdicts, ids)
    standing = ledger.standing | {claim_id: outcome.standing.status for claim_id, outcome in found.items()}
    now = Ledger(list(ledger.values()), standing)
    rows = [book.row(ledger[i], found[i], now.fully_proved(i)) for i in ids]
    for row in rows:
        book.recall(row, committed.get(row["id"]))
    return rows


def already(ids: Sequence[str], committed: Mapping[str, dict[str, Any]]) -> list[str]:
    """What the committed ledger says of a few ids, if it has them all: an answer before the engines have theirs."""
    known = [committed[i] for i in ids] if len(ids) <= FEW and set(ids) <= committed.keys() else []
    lines = []
    for row in known:
        amended = f", {row['amended_status']} as amended" if row["amended_status"] else ""
        lines.append(
            f"committed: {row['id']} is {row['printed_status']} as printed{amended}; deciding it anew"
        )
    return lines


def progress(line: str) -> None:
    """Write a line beside the bar, where it disturbs neither JSON nor the table."""
    tqdm.write(line, file=sys.stderr)


def status(row: dict[str, Any], form: str, engine: str | None) -> str:
    """A form's status; nothing where one engine alone ran, and has no check of it."""
    own = engine is None or any(e["form"] == form for e in row["engines"])
    return row[f"{form}_status"] or "" if own else ""


def table(rows: Sequence[dict[str, Any]], ledger: Ledger | None, engine: str | None) -> None:
    """Print rows as a table; with all that is known of each where the ledger is given."""
    cells = {
        "claim": [row["id"] for row in rows],
        "printed": [status(row, "printed", engine) for row in rows],
        "by": [strongest(row, "printed") for row in rows],
        "amended": [status(row, "amended", engine) for row in rows],
        "by ": [strongest(row, "amended") for row in rows],
        "fully": ["yes" if row["fully_proved"] else "" for row in rows],
        "s": [f"{row['seconds']:.2f}" for row in rows],
    }
    head, *lines = columns(cells, left=set(cells) - {"s"}).splitlines()
    print(head)
    for row, line in zip(rows, lines, strict=True):
        print(line)
        if ledger:
            print("\n".join(details(row, ledger[row["id"]])))


def strongest(row: dict[str, Any], form: str) -> str:
    """The strongest engine that gave a form its status."""
    status = row[f"{form}_status"]
    engines = {e["engine"] for e in row["engines"] if e["form"] == form and e["status"] == status}
    return next((name for name in STRENGTH if name in engines), "")


def details(row: dict[str, Any], claim: Claim) -> list[str]:
    """What a reader of one claim wants to see: sentences, formulas, verdicts."""
    lines = [f"  source: {row['source']}", f"  printed: {row['printed']}"]
    lines += [f"  amended: {row['amended']}"] if row["amended"] else []
    lines += [f"  note: {note}" for note in (form.note for form in claim.forms) if note]
    lines += [f"  inexact: {row['hedge']}"] if row["hedge"] else []
    if row["failure"]:
        lines.append(
            f"  fails by: {row['failure']['kind']}; {row['failure']['why']} {row['failure']['clash']}"
        )
    for clause in row["clauses"]:
        if len(row["clauses"]) > len(claim.forms):
            told = clause["why"] or ", ".join(filter(None, clause["parts"]))
            by = f" ({told})" if told else ""
            lines.append(f"  clause [{clause['form']}] {clause['status']}: {clause['text']}{by}")
    for e in row["engines"]:
        lines.append(f"  [{e['form']}{' ' + e['part'] if 'part' in e else ''}] {e['formula']}")
        told = [e.get("version", ""), f"rests on {', '.join(e['rests_on'])}" if "rests_on" in e else ""]
        told += [
            "from memory" if e.get("remembered") else "",
            f"witness {e['witness']}" if "witness" in e else "",
            e.get("certificate", ""),
            e.get("reason", ""),
            against(e),
        ]
        lines.append(f"    {e['engine']}: {e['status']} ({'; '.join(t for t in told if t)})")
        lines += [f"      passes: {mutant}" for mutant in e.get("survivors", ())]
        lines += [f"      counts for nothing: {mutant}" for mutant in e.get("hollow", ())]
        lines += [f"      true as well: {words}" for words in e.get("variants_true", ())]
    return lines


def against(check: Mapping[str, Any]) -> str:
    """How many wrong variants a verdict met: its author's, and those made by rule."""
    said = "no wrong variant tried" if "no_variant" in check else f"{check.get('killed', 0)} mutants rejected"
    refuted, true = check.get("variants_refuted", 0), len(check.get("variants_true", ()))
    made = f"; of those made by rule {refuted} refuted, {true} true" if refuted or true else ""
    return said + made


def derive(ledger: Ledger, ids: Sequence[str]) -> int:
    """Show the claims' derivations; 1 if a step does not equal the one before."""
    gaps = 0
    for claim in (ledger[i] for i in ids):
        if claim.derivation is None and len(ids) < len(ledger):
            print(f"{claim.id}: no derivation; its checks decide it: python -m proofs_check {claim.id}")
        for derivation in claim.derivation() if claim.derivation else ():
            gaps += len(derivation.gaps())
            print(f"{claim.id}: " + "\n".join(derivation.lines()) + "\n")
    return int(gaps > 0)


def update(rows: Sequence[dict[str, Any]], paper: Paper | None) -> None:
    """Write the rows into the committed ledger, beside those of claims not decided now, and what tells of it."""
    from proofs_check import documents  # like the page, it needs the converter of TeX

    for row in rows:
        for check in row["engines"]:
            check.pop("remembered", None)
            if check["engine"] == "kernel":
                check["date"] = date.today().isoformat()
    ledger = paper.ledger() if paper else book.load()
    then, ids = (paper.rows(), [c.id for c in paper.claims]) if paper else (book.committed_rows(), [*ledger])
    kept = book.leaning(then | {row["id"]: row for row in rows}, ledger)
    file = paper.committed if paper else book.COMMITTED
    with written_whole(file) as temporary:
        temporary.write_text(book.written(kept[i] for i in ids if i in kept), encoding="utf-8")
    progress(f"wrote {file}")
    if paper:
        shown = views(paper.ledger(), book.committed_rows() | paper.rows())
        own = [view for view in shown if view.claim.id in set(ids)]
        with written_whole(paper.errata) as temporary:
            temporary.write_text(documents.errata(own, paper.title), encoding="utf-8")
        progress(f"wrote {paper.errata}")
    else:
        documents.write()


def write_page(
    given: argparse.Namespace,
    paper: Paper | None,
    ledger: Ledger,
    committed: Mapping[str, dict[str, Any]],
    rows: Sequence[dict[str, Any]],
) -> None:
    """Write the page, from these rows and the committed ones of all other claims."""
    from proofs_check.page.document import page  # it alone needs the converter of TeX

    now = {row["id"]: row for row in rows}
    shown = ledger if paper is None or given.with_papers else paper.alone(ledger)
    titles = {paper.name: paper.title} if paper else {}
    with written_whole(Path(given.html)) as temporary:
        temporary.write_text(page(shown, {**committed, **now}, now, titles), encoding="utf-8")


def report(
    rows: Sequence[dict[str, Any]],
    committed: Mapping[str, dict[str, Any]],
    damaged: Iterable[str],
    own: Paper | None = None,
    updated: bool = False,
) -> int:
    """Print what is surprising and what could not be re-run; 1 on a surprise, which a new claim of one's own is not."""
    new = [row["id"] for row in rows if own and row["id"] not in committed]
    surprises = [
        s for row in rows for s in book.surprises(row, committed.get(row["id"])) if row["id"] not in new
    ]
    surprises += [s for row in rows if row["id"] in new for s in book.wrong_by_itself(row)]
    surprises += [line for line in damaged if line not in surprises]
    missing = [row["id"] for row in rows if any(e.get("missing") for e in row["engines"])]
    if missing:
        print(f"{len(missing)} claims have checks whose engine is not installed here", file=sys.stderr)
    verdicts = [e for row in rows for e in row["engines"]]
    known = sum(1 for e in verdicts if e.get("remembered"))
    if known:
        note = "read from the memory of an earlier run (--fresh decides them again)"
        print(f"{known} of {len(verdicts)} verdicts are {note}", file=sys.stderr)
    if new and not updated:
        print(f"{len(new)} claims are new: --update writes their verdicts beside them", file=sys.stderr)
    for surprise in surprises:
        print(f"surprise: {surprise}", file=sys.stderr)
    return int(bool(surprises))


if __name__ == "__main__":
    sys.exit(run_command("proofs_check", main))
