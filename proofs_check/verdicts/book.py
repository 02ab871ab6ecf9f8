"""The ledger as it stands on disk: the claims that the papers' folders define, and the committed verdicts."""

import json
import pkgutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from importlib import import_module
from pathlib import Path
from typing import Any

from proofs_check.verdicts.claims import Claim, Form, Ledger, Outcome, Status, Verdict, conclude

HERE = Path(__file__).parents[1]
IDS = HERE / "claim_ids.txt"
COMMITTED = HERE / "ledger.jsonl"
NOT_PAPERS = ("attacks", "coq", "engines", "own_paper", "page", "statements", "verdicts")
VOLATILE = (
    *("seconds", "version", "date", "certificate", "proof", "remembered"),
    *("variants_refuted", "variants_true"),
)
"""What may differ from run to run or from machine to machine without being news: also which of many
certificates a solver finds, and how far z3 comes with variants within its steps."""


def claim_ids() -> list[str]:
    """The ids that the ledger must hold, in the papers' order."""
    return IDS.read_text(encoding="utf-8").split()


def papers() -> frozenset[str]:
    """What the ids of this package's ledger begin with."""
    return frozenset(claim_id.partition(":")[0] for claim_id in load())


def files() -> Iterator[str]:
    """The modules of every paper's folder."""
    for paper in pkgutil.iter_modules([str(HERE)]):
        if paper.ispkg and paper.name not in NOT_PAPERS:
            for file in pkgutil.iter_modules([str(HERE / paper.name)]):
                yield f"proofs_check.{paper.name}.{file.name}"


def _unmarked() -> list[str]:
    """Folders that hold Python files and are no packages, so that nothing in them would be seen."""
    return sorted(
        {file.parent.name for file in HERE.glob("*/*.py")}
        - {p.name for p in pkgutil.iter_modules([str(HERE)])}
    )


def formalised() -> tuple[list[Claim], list[str]]:
    """The claims of every file that loads, and a line for each file that does not."""
    claims: list[Claim] = []
    broken = [f"proofs_check/{name} does not load: it needs an __init__.py" for name in _unmarked()]
    for name in files():
        try:
            claims += import_module(name).CLAIMS
        except Exception as error:  # one broken file must not hide what the others say
            broken.append(f"{name} does not load: {type(error).__name__}: {error}")
    return claims, broken


def load(committed: Path = COMMITTED) -> Ledger:
    """The ledger: every listed id, in order, then what the folders hold beyond; with committed statuses."""
    found, _ = formalised()
    listed = claim_ids()
    known = {claim.id for claim in found}
    missing = [Claim(i, "", Form("", note="not formalised yet")) for i in listed if i not in known]
    order = {claim_id: n for n, claim_id in enumerate(listed)}
    claims = sorted([*found, *missing], key=lambda claim: order.get(claim.id, len(order)))
    rows = committed_rows(committed)
    return Ledger(claims, {claim_id: standing(row) for claim_id, row in rows.items()})


def committed_rows(path: Path = COMMITTED) -> dict[str, dict[str, Any]]:
    """The committed rows by id, none where there is no file yet; lines that are no rows are left out (``damaged``)."""
    return {row["id"]: row for row in map(_row_in, _lines(path)) if row is not None}


def damaged(path: Path = COMMITTED, listed: Sequence[str] | None = None) -> Iterator[str]:
    """A line of words for each line of the committed file that is no row, and each listed claim that it lacks.

    Args:
        path: The committed file.
        listed: The ids that it must hold, those of ``claim_ids.txt`` by default.

    Yields:
        A line for each defect.
    """
    rows = [_row_in(line) for line in _lines(path)]
    yield from (
        f"line {n} of {path.name} is no row of the ledger" for n, row in enumerate(rows, 1) if row is None
    )
    held = [row["id"] for row in rows if row is not None]
    yield from (
        f"{i}: stands {held.count(i)} times in {path.name}" for i in dict.fromkeys(held) if held.count(i) > 1
    )
    yield from (
        f"{i}: not in the committed ledger"
        for i in (claim_ids() if listed is None else listed)
        if i not in held
    )


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []


def _row_in(line: str) -> dict[str, Any] | None:
    try:
        row = json.loads(line)
        statuses = [row["printed_status"], *(e["status"] for e in row["engines"])]
        for status in (*statuses, *([row["amended_status"]] if row["amended_status"] else [])):
            Status(status)
        return row if isinstance(row["id"], str) else None
    except (ValueError, KeyError, TypeError):
        return None


def standing(row: Mapping[str, Any]) -> Status:
    """The status that a row gives the form that others build on."""
    return Status(row["amended_status"] or row["printed_status"])


def row(claim: Claim, outcome: Outcome, fully_proved: bool) -> dict[str, Any]:
    """A claim and what is known about it, as one JSON object."""
    findings = [("printed", outcome.printed)]
    findings += [("amended", outcome.amended)] if outcome.amended else []
    failure = claim.printed.failure if outcome.printed.status is Status.REFUTED else None
    return {
        "id": claim.id,
        "source": claim.source,
        "printed": claim.printed.sentence,
        "printed_status": str(outcome.printed.status),
        "witness": outcome.printed.witness and dict(outcome.printed.witness),
        "amended": claim.amended and claim.amended.sentence,
        "amended_status": outcome.amended and str(outcome.amended.status),
        "engines": [entry(form, verdict) for form, finding in findings for verdict in finding.verdicts],
        "needs": list(claim.needs),
        "fully_proved": fully_proved,
        "seconds": round(sum(v.seconds for _, finding in findings for v in finding.verdicts), 3),
        "hedge": claim.printed.hedge or None,
        "failure": failure and asdict(failure),
        "clauses": [
            {
                "form": name,
                "text": clause.text,
                "parts": list(clause.parts),
                "status": str(status),
                "why": clause.why,
            }
            for (name, finding), form in zip(findings, claim.forms, strict=True)
            for clause, status in form.by_clause(finding.verdicts)
        ],
    }


def entry(form: str, verdict: Verdict) -> dict[str, Any]:
    """One verdict as JSON, without what is empty."""
    fields = {
        "form": form,
        "part": verdict.part,
        "engine": verdict.engine,
        "status": str(verdict.status),
        "formula": verdict.formula,
        "rests_on": list(verdict.rests_on),
        "certificate": verdict.certificate,
        "proof": json.loads(verdict.proof) if verdict.proof else None,
        "witness": verdict.witness and dict(verdict.witness),
        "reason": verdict.reason,
        "killed": verdict.killed,
        "no_variant": verdict.no_variant,
        "survivors": list(verdict.survivors),
        "hollow": list(verdict.hollow),
        "variants_refuted": verdict.variants_refuted,
        "variants_true": list(verdict.variants_true),
        "missing": verdict.missing,
        "remembered": verdict.remembered,
        "version": verdict.version,
        "seconds": round(verdict.seconds, 3),
    }
    return {name: value for name, value in fields.items() if value not in ("", None, [], False)}


def leaning(rows: Mapping[str, dict[str, Any]], ledger: Ledger) -> dict[str, dict[str, Any]]:
    """Rows with ``fully_proved`` by what the rows say now: a claim decided anew changes those that need it."""
    now = Ledger(list(ledger.values()), ledger.standing | {i: standing(row) for i, row in rows.items()})
    return {i: row | {"fully_proved": now.fully_proved(i)} for i, row in rows.items() if i in now}


def recall(fresh: dict[str, Any], committed: Mapping[str, Any] | None) -> None:
    """Say of each check whose engine is missing here what the committed ledger says of it."""
    last = {_key(e): e for e in committed["engines"]} if committed else {}
    for check in fresh["engines"]:
        if check.get("missing") and (then := last.get(_key(check))):
            when = f"{then.get('version', '')}, {then.get('date', '')}"
            check["reason"] += f" (last: {then['status']}, {when})"


def lasting(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row without what may differ from run to run, for comparison."""
    engines = [{k: v for k, v in e.items() if k not in VOLATILE} for e in row["engines"]]
    return {k: v for k, v in row.items() if k not in VOLATILE} | {"engines": engines}


def surprises(fresh: Mapping[str, Any], committed: Mapping[str, Any] | None) -> Iterator[str]:
    """What differs from the committed row, or is wrong by itself; engines missing here do not count."""
    name = fresh["id"]
    yield from wrong_by_itself(fresh)
    if committed is None:
        yield f"{name}: not in the committed ledger"
        return
    for form in ("printed", "amended"):
        then, now = committed[f"{form}_status"], _with_missing(fresh, committed, form)
        if then != now:
            yield f"{name}: the {form} form was {then}, is {now}"
    yield from (f"{name}: {what}" for what in _edited(lasting(fresh), lasting(committed)))


def wrong_by_itself(fresh: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with a row whatever is committed: engines that disagree, and mutants that pass."""
    for form in ("printed", "amended"):
        if fresh[f"{form}_status"] == Status.CONFLICT:
            yield f"{fresh['id']}: CONFLICT in the {form} form"
    for check in (e for e in fresh["engines"] if e["status"] == Status.CRASHED):
        yield f"{fresh['id']}: {check['engine']} {check['reason']}"
    for check in fresh["engines"]:
        for mutant in check.get("survivors", ()):
            yield f"{fresh['id']}: {check['engine']} lets a mutant pass: {mutant}"


def _edited(fresh: Mapping[str, Any], committed: Mapping[str, Any]) -> Iterator[str]:
    """Which other fields of the committed row are not what is computed now; engines missing here are not compared."""
    absent = [_key(e) for e in fresh["engines"] if e.get("missing")]
    skipped = (
        "engines",
        "printed_status",
        "amended_status",
        *(("witness", "fully_proved", "clauses") if absent else ()),
    )
    for field in (f for f in fresh if f not in skipped):
        if fresh[field] != committed.get(field):
            yield f"{field} was {_short(committed.get(field))}, is {_short(fresh[field])}"
    now, then = ({_key(e): e for e in row["engines"]} for row in (fresh, committed))
    for key in dict.fromkeys((*now, *then)):
        if key not in absent and now.get(key) != then.get(key):
            which = " ".join(name for name in key[:3] if name)
            yield f"the {which} verdict was {_short(then.get(key))}, is {_short(now.get(key))}"


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) < 200 else f"{text[:200]}..."


def _with_missing(fresh: Mapping[str, Any], committed: Mapping[str, Any], form: str) -> str | None:
    """A form's status if the engines missing here had answered as committed."""
    checks = [e for e in fresh["engines"] if e["form"] == form]
    if not any(e.get("missing") for e in checks):
        return fresh[f"{form}_status"]
    last = {_key(e): e["status"] for e in committed["engines"]}
    filled = (last.get(_key(e), e["status"]) if e.get("missing") else e["status"] for e in checks)
    parts = (e.get("part", "") for e in checks)
    verdicts = [Verdict(Status(s), part=p) for s, p in zip(filled, parts, strict=True)]
    clauses = [c for c in fresh.get("clauses", ()) if c["form"] == form and not c["parts"]]
    status = conclude(verdicts + [Verdict(Status.OPEN, part=c["text"]) for c in clauses if verdicts])
    inexact = form == "printed" and fresh.get("hedge") and status not in (Status.CONFLICT, Status.CRASHED)
    return committed["printed_status"] if inexact else str(status)


def _key(check: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(check.get(name, "") for name in ("form", "part", "engine", "formula"))


def written(rows: Iterable[Mapping[str, Any]]) -> str:
    """Rows as the committed file holds them."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def outcome_of(claim: Claim, verdicts: Mapping[tuple[int, int], Verdict]) -> Outcome:
    """A claim's outcome from its checks' verdicts, by number of form and check."""
    findings = []
    for f, form in enumerate(claim.forms):
        found = [(check, verdicts[f, c]) for c, check in enumerate(form.checks) if (f, c) in verdicts]
        given = tuple(replace(v, engine=c.engine, formula=c.formula, part=c.part) for c, v in found)
        findings.append(form.found(given))
    return claim.outcome(findings[0], findings[1] if len(findings) > 1 else None)
