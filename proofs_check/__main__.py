"""Decide the claims and print what is known: ``python -m proofs_check [ID ...]``."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tqdm import tqdm

from proofs_check import quick, verify
from proofs_check.verdicts import book
from proofs_check.verdicts.claims import STRENGTH, Claim, Ledger, Verdict
from sitheory.reports.command_line import run_command
from sitheory.trajectory.atomic_files import written_whole


def arguments(words: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m proofs_check", description=__doc__)
    parser.add_argument("ids", nargs="*", metavar="ID", help="claims to decide (all, if none is named)")
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
    ledger = book.load()
    unknown = [claim_id for claim_id in given.ids if claim_id not in ledger]
    if unknown:
        print(f"need ids that are in the ledger, got {unknown[0]!r}", file=sys.stderr)
        return 2
    if given.quick and given.ids:
        print(f"need --quick alone, got --quick {given.ids[0]}", file=sys.stderr)
        return 2
    if given.html and find_spec("latex2mathml") is None:
        print("need latex2mathml for --html, pip install 'sitheory[proofs]', got none", file=sys.stderr)
        return 2
    if given.quick:
        return quick.check(ledger, book.committed_rows()) or broken_files()
    ids = given.ids or list(ledger)
    if given.derive:
        return derive(ledger, ids)
    if given.html and not (given.ids or given.fresh or given.update):
        write_page(given.html, ledger, [])
        return broken_files()
    rows = decided(ledger, ids, given)
    if given.json:
        print(book.written(rows), end="")
    else:
        table(rows, ledger if given.ids else None)
    if given.update:
        update(rows)
    if given.html:
        write_page(given.html, ledger, rows)
    return broken_files() or (0 if given.engine else report(rows))


def broken_files() -> int:
    """Say which claim files do not load; 1 if there are any."""
    _, broken = book.formalised()
    for line in broken:
        print(f"surprise: {line}", file=sys.stderr)
    return int(bool(broken))


def decided(ledger: Ledger, ids: Sequence[str], given: argparse.Namespace) -> list[dict[str, Any]]:
    """Run the checks and make a row for each claim."""
    todo = verify.tasks(ledger, ids, given.engine)
    results = verify.run(ledger, todo, given.fresh)
    bar = tqdm(results, total=len(todo), disable=None, unit="check", leave=False)
    verdicts: dict[verify.Task, Verdict] = dict(bar)
    found = verify.outcomes(ledger, verdicts, ids)
    standing = ledger.standing | {claim_id: outcome.standing.status for claim_id, outcome in found.items()}
    now = Ledger(list(ledger.values()), standing)
    rows = [book.row(ledger[i], found[i], now.fully_proved(i)) for i in ids]
    committed = book.committed_rows()
    for row in rows:
        book.recall(row, committed.get(row["id"]))
    return rows


def table(rows: Sequence[dict[str, Any]], ledger: Ledger | None) -> None:
    """Print rows as a table; with all that is known of each where the ledger is given."""
    width = max(len(row["id"]) for row in rows)
    print(f"{'claim':{width}}  {'printed':11}  {'by':11}  {'amended':11}  {'by':11}  fully  {'s':>7}")
    for row in rows:
        forms = "  ".join(
            f"{row[f'{form}_status'] or '':11}  {strongest(row, form):11}" for form in ("printed", "amended")
        )
        print(
            f"{row['id']:{width}}  {forms}  {'yes' if row['fully_proved'] else '':5}  {row['seconds']:7.2f}"
        )
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
            told = clause["why"] or ", ".join(clause["parts"])
            lines.append(f"  clause [{clause['form']}] {clause['status']}: {clause['text']} ({told})")
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


def update(rows: Sequence[dict[str, Any]]) -> None:
    """Write the rows into the committed ledger, beside those of claims not decided now, and what tells of it."""
    from proofs_check import documents  # like the page, it needs the converter of TeX

    for row in rows:
        for check in row["engines"]:
            check.pop("remembered", None)
            if check["engine"] == "kernel":
                check["date"] = date.today().isoformat()
    kept = book.committed_rows() | {row["id"]: row for row in rows}
    book.COMMITTED.write_text(book.written(kept[i] for i in book.load() if i in kept), encoding="utf-8")
    documents.write()


def write_page(file: str, ledger: Ledger, rows: Sequence[dict[str, Any]]) -> None:
    """Write the page, from these rows and the committed ones of all other claims."""
    from proofs_check.page.document import page  # it alone needs the converter of TeX

    now = {row["id"]: row for row in rows}
    with written_whole(Path(file)) as temporary:
        temporary.write_text(page(ledger, book.committed_rows() | now, now), encoding="utf-8")


def report(rows: Sequence[dict[str, Any]]) -> int:
    """Print what is surprising and what could not be re-run; 1 on a surprise."""
    committed = book.committed_rows()
    surprises = [s for row in rows for s in book.surprises(row, committed.get(row["id"]))]
    surprises += [line for line in book.damaged() if line not in surprises]
    missing = [row["id"] for row in rows if any(e.get("missing") for e in row["engines"])]
    if missing:
        print(f"{len(missing)} claims have checks whose engine is not installed here", file=sys.stderr)
    verdicts = [e for row in rows for e in row["engines"]]
    known = sum(1 for e in verdicts if e.get("remembered"))
    if known:
        note = "read from the memory of an earlier run (--fresh decides them again)"
        print(f"{known} of {len(verdicts)} verdicts are {note}", file=sys.stderr)
    for surprise in surprises:
        print(f"surprise: {surprise}", file=sys.stderr)
    return int(bool(surprises))


if __name__ == "__main__":
    sys.exit(run_command("proofs_check", main))
